/* An error is a value: a code and a sentence. The code says which AWS error name a client sees, the sentence
 * is what it reads; neither ever holds a picture, a vector or a secret.
 *
 * Functions that can fail return bool, take `struct error *err` last and set it exactly when they return
 * false. Nothing is allocated. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/compiler.h"

/* name, HTTP status, AWS error name (`__type`). */
#define ERROR_CODES(row)                                                                                     \
    row(INTERNAL, 500, "InternalServerError") row(THROTTLED, 400, "ThrottlingException") row(                \
        THROUGHPUT, 400, "ProvisionedThroughputExceededException") row(ACCESS_DENIED, 400,                   \
                                                                       "AccessDeniedException")              \
        row(VALIDATION, 400, "ValidationException") row(SERIALIZATION, 400, "SerializationException") row(   \
            UNKNOWN_OPERATION, 400, "UnknownOperationException") row(BODY_TOO_LARGE, 413,                    \
                                                                     "RequestEntityTooLargeException")       \
            row(MISSING_TOKEN, 400, "MissingAuthenticationTokenException") row(                              \
                INCOMPLETE_SIGNATURE, 400,                                                                   \
                "IncompleteSignatureException") row(UNRECOGNIZED_CLIENT, 400, "UnrecognizedClientException") \
                row(INVALID_SIGNATURE, 400, "InvalidSignatureException")                                     \
                    row(EXPIRED_TOKEN, 400, "ExpiredTokenException") row(INVALID_PARAMETER, 400,             \
                                                                         "InvalidParameterException")        \
                        row(INVALID_IMAGE, 400, "InvalidImageFormatException")                               \
                            row(IMAGE_TOO_LARGE, 400, "ImageTooLargeException")                              \
                                row(INVALID_S3_OBJECT, 400, "InvalidS3ObjectException")                      \
                                    row(INVALID_PAGINATION_TOKEN, 400, "InvalidPaginationTokenException")    \
                                        row(NOT_FOUND, 400, "ResourceNotFoundException")                     \
                                            row(ALREADY_EXISTS, 400, "ResourceAlreadyExistsException")       \
                                                row(IN_USE, 400, "ResourceInUseException")                   \
                                                    row(CONFLICT, 400, "ConflictException")                  \
                                                        row(QUOTA, 400, "ServiceQuotaExceededException")     \
                                                            row(TOKEN_MISMATCH, 400,                         \
                                                                "IdempotentParameterMismatchException")

enum error_code {
#define ERROR_ENUM(name, status, type) ERROR_##name,
    ERROR_CODES(ERROR_ENUM)
#undef ERROR_ENUM
        ERROR_COUNT
};

struct error {
    enum error_code code;
    char text[512];
};

/* Fills *err (which may be NULL) and returns false, so that `return error_set(...)` reads well. Text that
 * does not fit is cut. */
bool error_set(struct error *err, enum error_code code, const char *format, ...) PRINTF_LIKE(3, 4);
/* The `__type` a client sees. */
const char *error_type(enum error_code code);
int error_status(enum error_code code);

#endif
