#include <sodium.h>
#include "base/uuid.h"
#include "base/digest.h"

static struct uuid stamped(struct uuid uuid, uint8_t version) {
    uuid.bytes[6] = (uint8_t)(version << 4 | (uuid.bytes[6] & 0x0f));
    uuid.bytes[8] = 0x80 | (uuid.bytes[8] & 0x3f);
    return uuid;
}

struct uuid uuid_random(void) {
    struct uuid uuid;
    randombytes_buf(uuid.bytes, sizeof uuid.bytes);
    return stamped(uuid, 4);
}

struct uuid uuid_of_data(struct bytes data) {
    struct uuid uuid;
    struct sha256 hash = sha256_of(data);
    memcpy(uuid.bytes, hash.bytes, sizeof uuid.bytes);
    return stamped(uuid, 8);
}

bool uuid_equal(struct uuid a, struct uuid b) {
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

/* The finish of MurmurHash3. */
uint64_t uuid_hash(struct uuid uuid) {
    uint64_t a, b;
    memcpy(&a, uuid.bytes, sizeof a);
    memcpy(&b, uuid.bytes + 8, sizeof b);
    uint64_t hash = a ^ (b << 32 | b >> 32);
    hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
    hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53u;
    return hash ^ hash >> 33;
}

static const uint8_t part_lengths[] = {4, 2, 2, 2, 6};

void uuid_format(struct uuid uuid, char out[UUID_TEXT]) {
    const uint8_t *from = uuid.bytes;
    for (size_t part = 0; part < ARRAY_LEN(part_lengths); part++) {
        if (part > 0)
            *out++ = '-';
        hex_encode(from, part_lengths[part], out);
        from += part_lengths[part];
        out += 2 * part_lengths[part];
    }
}

bool uuid_parse(struct bytes text, struct uuid *ret_uuid) {
    struct uuid uuid;
    uint8_t *to = uuid.bytes;
    if (text.len != UUID_TEXT - 1)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= 'A' && text.ptr[i] <= 'F')
            return false;
    for (size_t part = 0; part < ARRAY_LEN(part_lengths); part++) {
        size_t len = part_lengths[part];
        if (!hex_decode((struct bytes){text.ptr, 2 * len}, to, len))
            return false;
        to += len;
        text.ptr += 2 * len;
        if (part + 1 < ARRAY_LEN(part_lengths) && *text.ptr++ != '-')
            return false;
    }
    *ret_uuid = uuid;
    return true;
}
