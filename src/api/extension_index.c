#include "api/extension.h"
#include "api/faces.h"
#include "api/json.h"

bool extension_index_faces(struct call *call, struct error *err) {
    struct indexing indexing = {.refuses = json_get(call->input, "RefuseSimilarity") != NULL,
                                .refused_similarity = json_get_float(call->input, "RefuseSimilarity", 0)};
    struct store_tag *tags;
    if (!call_tags(call, "Tags", &tags, &indexing.tag_count, err))
        return false;
    indexing.tags = tags;
    return index_photo(call, &indexing, err);
}
