/* Any headers at all: signature_verify answers and touches nothing that is not its own. Lines of the input
 * are headers, "name:value"; the first is the query. */
#include "api/signature.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool find_secret(void *context, struct bytes access_key, struct bytes token,
                        const char *ret_secrets[2], struct error *err) {
    (void)context;
    ret_secrets[0] = "secret";
    ret_secrets[1] = token.ptr ? "another" : NULL;
    return access_key.len % 2 == 0 || error_set(err, ERROR_UNRECOGNIZED_CLIENT, "nobody");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bytes rest = {(const char *)data, size};
    struct api_header headers[LIMIT_HEADER_COUNT];
    struct api_request request = {.method = BYTES_LITERAL("POST"),
                                  .path = BYTES_LITERAL("/"),
                                  .headers = headers,
                                  .query = bytes_split(&rest, '\n')};
    while (rest.ptr && request.header_count < LIMIT_HEADER_COUNT) {
        struct bytes value = bytes_split(&rest, '\n'), name = bytes_split(&value, ':');
        headers[request.header_count++] = (struct api_header){name, value};
    }
    struct error err;
    struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
    struct signature_secrets secrets = {find_secret, NULL};
    /* 2015-08-30, so that dates of the corpus are current; nobody finds a signature by chance. */
    if (!arena || signature_verify(arena, &request, sha256_of(bytes_of("{}")), 1440938160, secrets, &err))
        abort();
    arena_free(arena);
    return 0;
}
