#include <sodium.h>
#include <sys/stat.h>
#include "record/key.h"
#include "base/digest.h"
#include "record/files.h"

#define TITLE "countenance record key 1"

enum { SECRET = 32, FILE_MAX = 1024 };

static bool make(const char *directory, const char *path, const char *origin, struct error *err) {
    uint8_t secrets[2][SECRET];
    char name[NOTE_NAME_MAX + 1], seed[2 * SECRET + 1], salt[2 * SECRET + 1], text[FILE_MAX];
    randombytes_buf(secrets, sizeof secrets);
    snprintf(name, sizeof name, "countenance/%08x%08x", randombytes_random(), randombytes_random());
    hex_encode(secrets[0], SECRET, seed);
    hex_encode(secrets[1], SECRET, salt);
    int len = snprintf(text, sizeof text, TITLE "\n%s\n%s\n%s\n", origin ? origin : name, seed, salt);
    bool made = files_write(path, (struct bytes){text, (size_t)len}, 0600, err) && files_sync(directory, err);
    secret_wipe(secrets, sizeof secrets);
    secret_wipe(seed, sizeof seed);
    secret_wipe(salt, sizeof salt);
    secret_wipe(text, sizeof text);
    return made;
}

static bool read_lines(struct bytes text, struct record_key *ret_key) {
    struct bytes rest = text;
    struct bytes title = bytes_split(&rest, '\n'), name = bytes_split(&rest, '\n'),
                 seed_hex = bytes_split(&rest, '\n'), salt_hex = bytes_split(&rest, '\n');
    uint8_t seed[SECRET];
    bool whole = bytes_equal_string(title, TITLE) && note_name_fits(name) && seed_hex.len == 2 * SECRET &&
                 hex_decode(seed_hex, seed, SECRET) && salt_hex.len == 2 * SECRET &&
                 hex_decode(salt_hex, ret_key->salt, SECRET) && rest.ptr && rest.len == 0;
    if (whole)
        note_signer_make(name, seed, &ret_key->signer);
    secret_wipe(seed, sizeof seed);
    return whole;
}

bool record_key_open(const char *directory, const char *origin, bool create, struct record_key *ret_key,
                     struct error *err) {
    char path[FILES_PATH_MAX], *data;
    struct record_key key = {.salt = {0}};
    struct stat about;
    size_t len;
    if (sodium_init() < 0)
        return error_set(err, ERROR_INTERNAL, "libsodium does not start");
    if (origin && !note_name_fits(bytes_of(origin)))
        return error_set(err, ERROR_VALIDATION,
                         "the record's name has 1 to %d characters without blanks and '+'", NOTE_NAME_MAX);
    if (!files_path(directory, "record.key", path, err))
        return false;
    bool there = access(path, F_OK) == 0;
    if (!there && !create)
        return error_set(err, ERROR_INTERNAL,
                         "%s is gone, and without it the record cannot go on: restore it from a backup",
                         path);
    if (!there && !make(directory, path, origin, err))
        return false;
    if (stat(path, &about) == 0 && (about.st_mode & 077))
        return error_set(err, ERROR_INTERNAL, "%s can be read by others: run chmod 600 %s", path, path);
    if (!files_read(path, FILE_MAX, &data, &len, err))
        return false;
    bool whole = read_lines((struct bytes){data, len}, &key);
    secret_wipe(data, len);
    free(data);
    if (!whole)
        return error_set(err, ERROR_INTERNAL, "%s is no key of a record: restore it from a backup", path);
    bool same = !origin || strcmp(origin, key.signer.key.name) == 0;
    if (same)
        *ret_key = key;
    else
        error_set(err, ERROR_INTERNAL, "the record in %s is called %s, not %s", directory,
                  key.signer.key.name, origin);
    secret_wipe(&key, sizeof key);
    return same;
}
