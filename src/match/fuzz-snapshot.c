/* A snapshot with any header and any blocks, under a good seal: what even one who has the key cannot do. */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>
#include "match/snapshot.h"
#include "base/digest.h"

enum { SEALED = 96, HEADER = 128, DIMENSION = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static const uint8_t key[SNAPSHOT_KEY] = {1};
    uint8_t header[HEADER] = "CntcSnp1";
    struct index *faces = NULL, *users = NULL;
    struct snapshot_state state;
    char path[64];
    if (len > 0)
        memcpy(header + 8, data, MIN(len, SEALED - 8));
    struct sha256 seal = hmac_sha256((struct bytes){(const char *)key, sizeof key},
                                     (struct bytes){(const char *)header, SEALED});
    memcpy(header + SEALED, seal.bytes, sizeof seal.bytes);
    int fd = memfd_create("snapshot", MFD_CLOEXEC);
    if (fd < 0)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    bool made = write(fd, header, sizeof header) == (ssize_t)sizeof header;
    if (len > SEALED)
        made = made && write(fd, data + SEALED, len - SEALED) == (ssize_t)(len - SEALED);
    if (made && index_new(DIMENSION, &faces, NULL) && index_new(DIMENSION, &users, NULL) &&
        snapshot_load(path, key, DIMENSION, faces, users, &state, NULL) &&
        index_count(faces) + index_count(users) > 0)
        abort(); /* no block can be made without the cipher */
    index_free(faces);
    index_free(users);
    close(fd);
    return 0;
}
