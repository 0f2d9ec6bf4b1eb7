/* 128-bit identifiers, lower-case in text, as FaceId and ImageId are. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/bytes.h"

#define UUID_TEXT 37 /* bytes of the text with its NUL */

struct uuid {
    uint8_t bytes[16];
};

/* Version 4: random. */
struct uuid uuid_random(void);
/* Version 8, from the SHA-256 of data: the same data gives the same id. */
struct uuid uuid_of_data(struct bytes data);
bool uuid_equal(struct uuid a, struct uuid b);
/* Every bit of it changes with every bit of the uuid, which need not be random. */
uint64_t uuid_hash(struct uuid uuid);
void uuid_format(struct uuid uuid, char out[UUID_TEXT]);
/* Only the lower-case form with four hyphens. */
MUST_CHECK bool uuid_parse(struct bytes text, struct uuid *ret_uuid);

#endif
