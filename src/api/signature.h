/* Who sent a request: AWS Signature Version 4 in the Authorization header, verified.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * Any region is accepted, the service is "rekognition". Of the signed headers the host, the date and (when it
 * is there) X-Amz-Target must be part, so that a signature serves for one host, one time and one operation.
 * The query form is not accepted. */
#ifndef API_SIGNATURE_H
#define API_SIGNATURE_H

#include "api/api.h"
#include "base/arena.h"
#include "base/digest.h"

/* Where secrets come from. token: X-Amz-Security-Token, ptr NULL when there is none. */
struct signature_secrets {
    /* Fills what may sign for the access key: a secret, and another one or NULL, which are the context's.
     * UNRECOGNIZED_CLIENT, EXPIRED_TOKEN. */
    bool (*find)(void *context, struct bytes access_key, struct bytes token, const char *ret_secrets[2],
                 struct error *err);
    void *context;
};

/* now: seconds since 1970; arena: for working space. Headers, method, path and query are those of the wire.
 *
 * Errors: MISSING_TOKEN without Authorization; INCOMPLETE_SIGNATURE when it or the date is malformed;
 * what find says; INVALID_SIGNATURE for everything that does not fit: scope, clock, signed headers, body or
 * the signature itself. */
MUST_CHECK bool signature_verify(struct arena *arena, const struct api_request *request,
                                 struct sha256 body_hash, int64_t now, struct signature_secrets secrets,
                                 struct error *err);
/* The value of the first header of the name; ptr is NULL when there is none. */
struct bytes signature_header(const struct api_request *request, const char *name);

#endif
