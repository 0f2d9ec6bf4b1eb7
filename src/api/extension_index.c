#include "api/extension.h"
#include "api/faces.h"
#include "api/json.h"
#include "base/clock.h"

bool extension_index_faces(struct call *call, struct error *err) {
    struct indexing indexing = {.refuses = json_get(call->input, "RefuseSimilarity") != NULL,
                                .refused_similarity = json_get_float(call->input, "RefuseSimilarity", 0)};
    struct store_tag *tags;
    if (!call_tags(call, "Tags", &tags, &indexing.tag_count, err) ||
        !call_string(call, "ConsentReference", &indexing.consent, err))
        return false;
    indexing.expires_ms = json_get_time(call->input, "ExpiresAt", 0);
    if (indexing.expires_ms != 0 && indexing.expires_ms <= clock_now_ms())
        return error_set(err, ERROR_INVALID_PARAMETER, "ExpiresAt is in the past.");
    indexing.tags = tags;
    return index_photo(call, &indexing, err);
}
