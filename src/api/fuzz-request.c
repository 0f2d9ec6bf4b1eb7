/* Any operation with any body, up to its handler. The input is the operation's name, a line end, and the
 * body. */
#include "api/api.h"
#include "api/json.h"
#include "api/validate.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bytes body = {(const char *)data, size};
    const struct operation *operation = operation_find(bytes_split(&body, '\n'));
    struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
    struct yyjson_val *object;
    struct error err = {.text = ""};
    char *text = malloc(body.len + API_BODY_PADDING);
    if (!arena || !text)
        abort();
    if (body.len > 0)
        memcpy(text, body.ptr, body.len);
    if (operation) {
        bool good = json_read(arena, text, body.len, &object, &err) &&
                    validate(arena, operation->fields, object, &err);
        if (!good && err.text[0] == 0)
            abort();
    } else if (operation_refuse((struct bytes){(const char *)data, size}, &err) || err.text[0] == 0) {
        abort();
    }
    free(text);
    arena_free(arena);
    return 0;
}
