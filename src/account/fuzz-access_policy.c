/* Any policy: it is refused with a reason, or decides, the same way each time. The input is the policy, a
 * NUL, and then the resource, the person, a tag's value and the source address of a request, each to a line
 * end. */
#include "account/access_policy.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next line, as a string in the arena. */
static const char *line(struct arena *arena, struct bytes *rest) {
    struct bytes text = bytes_split(rest, '\n');
    const char *string = arena_string(arena, text.ptr ? text : BYTES_LITERAL(""));
    if (!string)
        abort();
    return string;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bytes rest = {(const char *)data, size}, text = bytes_split(&rest, 0);
    struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
    const struct access_policy *policy;
    struct error err = {.text = ""};
    if (!arena)
        abort();
    if (text.ptr && access_policy_parse(arena, text, &policy, &err)) {
        struct access_request request = {.action = BYTES_LITERAL("rekognition:SearchFaces"),
                                         .resource = bytes_of(line(arena, &rest)),
                                         .now_ms = INT64_C(1772366400000),
                                         .person = line(arena, &rest)};
        struct store_tag tag = {"Team", line(arena, &rest)};
        request.source_ip = line(arena, &rest);
        request.resource_tags = request.request_tags = &tag;
        request.resource_tag_count = request.request_tag_count = 1;
        if (access_policy_decide(policy, &request) != access_policy_decide(policy, &request))
            abort();
    } else if (text.ptr && err.text[0] == 0) {
        abort();
    }
    arena_free(arena);
    return 0;
}
