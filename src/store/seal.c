#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include "store/seal.h"
#include "base/digest.h"

_Static_assert(SEAL_OVERHEAD ==
                   crypto_aead_xchacha20poly1305_ietf_NPUBBYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "nonce and tag");

static void close_file(int *fd) {
    if (*fd >= 0)
        close(*fd);
}

static bool file_error(struct error *err, const char *doing, const char *path) {
    return error_set(err, ERROR_INTERNAL, "cannot %s %s: %s", doing, path, strerror(errno));
}

bool seal_sync(const char *directory) {
    CLEANUP(close_file) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0;
}

/* Whole or not at all: written beside its place and renamed. */
static bool make_key(const char *directory, const char *path, struct error *err) {
    char temporary[4096];
    struct seal_key key;
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.new", path) >= sizeof temporary)
        return error_set(err, ERROR_INTERNAL, "the path of the data folder is too long");
    CLEANUP(close_file) int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_error(err, "make", temporary);
    seal_key_random(&key);
    bool written = write(fd, key.bytes, sizeof key.bytes) == (ssize_t)sizeof key.bytes && fsync(fd) == 0;
    secret_wipe(&key, sizeof key);
    if (!written || rename(temporary, path) < 0 || !seal_sync(directory))
        return file_error(err, "write", path);
    return true;
}

static bool read_key(const char *path, struct seal_key *ret_key, struct error *err) {
    CLEANUP(close_file) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    struct seal_key key;
    if (fd < 0 || fstat(fd, &about) < 0)
        return file_error(err, "read", path);
    if (about.st_mode & 077)
        return error_set(err, ERROR_INTERNAL, "%s can be read by others: run chmod 600 %s", path, path);
    if (about.st_size != SEAL_KEY || read(fd, key.bytes, sizeof key.bytes) != SEAL_KEY)
        return error_set(err, ERROR_INTERNAL, "%s is not a key of %d bytes: restore it from a backup", path,
                         SEAL_KEY);
    *ret_key = key;
    secret_wipe(&key, sizeof key);
    return true;
}

bool seal_key_open(const char *directory, const char *name, bool create, struct seal_key *ret_key,
                   struct error *err) {
    char path[4096];
    if (sodium_init() < 0)
        return error_set(err, ERROR_INTERNAL, "libsodium does not start");
    if ((size_t)snprintf(path, sizeof path, "%s/%s", directory, name) >= sizeof path)
        return error_set(err, ERROR_INTERNAL, "the path of the data folder is too long");
    if (access(path, F_OK) != 0) {
        if (!create)
            return error_set(
                err, ERROR_INTERNAL,
                "%s is gone, and without it the stored vectors cannot be read: restore it from a backup",
                path);
        if (!make_key(directory, path, err))
            return false;
    }
    return read_key(path, ret_key, err);
}

void seal_key_random(struct seal_key *ret_key) {
    randombytes_buf(ret_key->bytes, sizeof ret_key->bytes);
}

void seal(const struct seal_key *key, struct bytes owner, const void *data, size_t len, uint8_t *out) {
    const size_t nonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
    randombytes_buf(out, nonce);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + nonce, NULL, data, len, (const uint8_t *)owner.ptr,
                                               owner.len, NULL, out, key->bytes);
}

bool unseal(const struct seal_key *key, struct bytes owner, struct bytes sealed, void *out) {
    const size_t nonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
    const uint8_t *bytes = (const uint8_t *)sealed.ptr;
    return sealed.len >= SEAL_OVERHEAD && crypto_aead_xchacha20poly1305_ietf_decrypt(
                                              out, NULL, NULL, bytes + nonce, sealed.len - nonce,
                                              (const uint8_t *)owner.ptr, owner.len, bytes, key->bytes) == 0;
}
