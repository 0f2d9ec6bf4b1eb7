#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <sodium.h>
#include <sys/stat.h>
#include "account/keys.h"
#include "base/base64.h"
#include "base/digest.h"

#define FILE_NAME "credentials"
enum { SECRET_BYTES = 30 };

/* Zeroed behind the strings, so that all access keys compare over the same length. */
struct key {
    struct key *next;
    char access[KEYS_ACCESS_MAX + 1];
    char secret[KEYS_SECRET_MAX + 1];
};

struct keys {
    struct key *first;
};

/* Where the reading of the file is. */
struct reader {
    struct keys *keys;
    struct key *last;
    char section[256]; /* of the last key */
    struct error *err;
    bool failed;
};

/* --- reading --- */

static bool fail(struct reader *reader, const char *section, const char *what) {
    if (!reader->failed)
        error_set(reader->err, ERROR_INVALID_PARAMETER, "Section [%s] of the key file %s.", section, what);
    reader->failed = true;
    return false;
}

static bool finish_section(struct reader *reader) {
    if (reader->last && (!reader->last->access[0] || !reader->last->secret[0]))
        return fail(reader, reader->section, "lacks aws_access_key_id or aws_secret_access_key");
    return true;
}

static bool begin_section(struct reader *reader, const char *section) {
    struct key **link = reader->last ? &reader->last->next : &reader->keys->first;
    if (!finish_section(reader))
        return false;
    *link = calloc(1, sizeof **link);
    if (!*link)
        return fail(reader, section, "finds no memory");
    reader->last = *link;
    snprintf(reader->section, sizeof reader->section, "%s", section);
    return true;
}

/* Other names (region, output, ...) are for clients. */
static int read_pair(void *context, const char *section, const char *name, const char *value) {
    struct reader *reader = context;
    bool access = strcmp(name, "aws_access_key_id") == 0;
    if (!access && strcmp(name, "aws_secret_access_key") != 0)
        return 1;
    bool same = reader->last && strncmp(reader->section, section, sizeof reader->section - 1) == 0;
    if (!same && !begin_section(reader, section))
        return 0;
    char *field = access ? reader->last->access : reader->last->secret;
    size_t maximum = access ? KEYS_ACCESS_MAX : KEYS_SECRET_MAX;
    if (field[0] || !value[0] || strlen(value) > maximum)
        return fail(reader, section, "gives a key twice, or one that is empty or too long");
    memcpy(field, value, strlen(value));
    return 1;
}

static bool read_file(const char *path, FILE *file, struct keys *keys, struct error *err) {
    struct stat status;
    struct reader reader = {.keys = keys, .err = err};
    if (fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode))
        return error_set(err, ERROR_INVALID_PARAMETER, "%s is not a file.", path);
    if (status.st_mode & (S_IRWXG | S_IRWXO))
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "Others may read the keys in %s: run chmod 600 %s first.", path, path);
    int line = ini_parse_file(file, read_pair, &reader);
    if (reader.failed || !finish_section(&reader))
        return false;
    if (line != 0)
        return error_set(err, ERROR_INVALID_PARAMETER, "Line %d of %s is not of an AWS credentials file.",
                         line, path);
    if (!keys->first)
        return error_set(err, ERROR_INVALID_PARAMETER, "%s holds no key: delete it to get a new one.", path);
    return true;
}

/* --- making --- */

static bool write_all(int fd, const char *text, size_t len) {
    while (len > 0) {
        ssize_t done = write(fd, text, len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        text += done;
        len -= (size_t)done;
    }
    return true;
}

/* Whole or not there at all, also after a power cut. */
static bool write_atomically(const char *directory, const char *path, const char *text, size_t len) {
    char fresh[4096];
    if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
        return false;
    unlink(fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool good = write_all(fd, text, len) && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    good = good && rename(fresh, path) == 0;
    if (!good)
        unlink(fresh);
    int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return false;
    good = fsync(folder) == 0 && good;
    close(folder);
    return good;
}

void keys_letters(const uint8_t bytes[10], char out[17]) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (size_t i = 0; i < 16; i++) { /* five bits each */
        size_t bit = 5 * i;
        unsigned pair = (unsigned)bytes[bit / 8] << 8 | (bit / 8 < 9 ? bytes[bit / 8 + 1] : 0);
        out[i] = letters[pair >> (11 - bit % 8) & 31];
    }
    out[16] = 0;
}

void keys_make(char ret_access_key[KEYS_MADE_ACCESS + 1], char ret_secret[KEYS_MADE_SECRET + 1]) {
    uint8_t id[10], secret[SECRET_BYTES];
    char letters[17];
    randombytes_buf(id, sizeof id);
    randombytes_buf(secret, sizeof secret);
    keys_letters(id, letters);
    snprintf(ret_access_key, KEYS_MADE_ACCESS + 1, "CNTN%s", letters);
    base64_to_text((struct bytes){(const char *)secret, sizeof secret}, ret_secret);
    ret_secret[KEYS_MADE_SECRET] = 0;
    secret_wipe(secret, sizeof secret);
}

static bool make_file(const char *directory, const char *path, struct error *err) {
    char access[KEYS_MADE_ACCESS + 1], secret[KEYS_MADE_SECRET + 1], text[256];
    keys_make(access, secret);
    int len = snprintf(text, sizeof text, "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n",
                       access, secret);
    bool good = write_atomically(directory, path, text, (size_t)len);
    secret_wipe(secret, sizeof secret);
    secret_wipe(text, sizeof text);
    if (!good)
        return error_set(err, ERROR_INTERNAL, "%s could not be written.", path);
    return true;
}

/* --- keys --- */

static FILE *open_file(const char *directory, const char *path, struct error *err) {
    FILE *file = fopen(path, "re");
    if (!file && errno == ENOENT) {
        if (!make_file(directory, path, err))
            return NULL;
        file = fopen(path, "re");
    }
    if (!file)
        error_set(err, ERROR_INTERNAL, "%s could not be opened.", path);
    return file;
}

bool keys_open(const char *directory, struct keys **ret_keys, struct error *err) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/" FILE_NAME, directory) >= (int)sizeof path)
        return error_set(err, ERROR_INVALID_PARAMETER, "The path of the data folder is too long.");
    FILE *file = open_file(directory, path, err);
    if (!file)
        return false;
    struct keys *keys = calloc(1, sizeof *keys);
    bool good = keys ? read_file(path, file, keys, err)
                     : error_set(err, ERROR_INTERNAL, "There is no memory for the keys.");
    fclose(file);
    if (!good) {
        keys_free(keys);
        return false;
    }
    *ret_keys = keys;
    return true;
}

void keys_free(struct keys *keys) {
    if (!keys)
        return;
    for (struct key *key = keys->first; key;) {
        struct key *next = key->next;
        secret_wipe(key, sizeof *key);
        free(key);
        key = next;
    }
    free(keys);
}

bool keys_each(const struct keys *keys,
               bool (*visit)(void *context, const char *access_key, const char *secret, struct error *err),
               void *context, struct error *err) {
    for (const struct key *key = keys->first; key; key = key->next)
        if (!visit(context, key->access, key->secret, err))
            return false;
    return true;
}

void keys_first(const struct keys *keys, const char **ret_access_key, const char **ret_secret) {
    *ret_access_key = keys->first->access;
    *ret_secret = keys->first->secret;
}
