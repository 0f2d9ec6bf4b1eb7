#define _GNU_SOURCE /* O_TMPFILE */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/uio.h>
#include "match/vectors.h"
#include "match/kernel.h"

enum { BLOCK_ROWS = 1024, BLOCKS_MAX = VECTORS_MAX / BLOCK_ROWS + 1, NONCE = sizeof(uint64_t) };

struct vectors {
    size_t dimension, width;
    float **blocks; /* in memory: rows of width floats, aligned to 64 bytes */
    int file;       /* on disk: records of a nonce and the encrypted row; -1 in memory */
    uint64_t nonce; /* the last one used */
    unsigned char key[crypto_stream_chacha20_KEYBYTES];
};

/* Opens a file that has no name, or takes it away at once where the file system needs one. */
static int open_nameless(const char *folder) {
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    char path[4096];
    if (file >= 0 || (size_t)snprintf(path, sizeof path, "%s/vectors-XXXXXX", folder) >= sizeof path)
        return file;
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0)
        unlink(path);
    return file;
}

bool vectors_new(size_t dimension, const char *folder, struct vectors **ret_vectors, struct error *err) {
    struct vectors *vectors = calloc(1, sizeof *vectors);
    if (!vectors || sodium_init() < 0) {
        free(vectors);
        return error_set(err, ERROR_INTERNAL, "no memory for an index");
    }
    vectors->dimension = dimension;
    vectors->width = (dimension + KERNEL_LANE - 1) / KERNEL_LANE * KERNEL_LANE;
    vectors->file = folder ? open_nameless(folder) : -1;
    if (folder && vectors->file < 0) {
        free(vectors);
        return error_set(err, ERROR_INTERNAL, "no file for the vectors of an index: %s", strerror(errno));
    }
    crypto_stream_chacha20_keygen(vectors->key);
    *ret_vectors = vectors;
    return true;
}

void vectors_free(struct vectors *vectors) {
    if (!vectors)
        return;
    for (size_t i = 0; vectors->blocks && i < BLOCKS_MAX; i++)
        free(vectors->blocks[i]);
    free(vectors->blocks);
    if (vectors->file >= 0)
        close(vectors->file);
    sodium_memzero(vectors->key, sizeof vectors->key);
    free(vectors);
}

size_t vectors_width(const struct vectors *vectors) {
    return vectors->width;
}

bool vectors_on_disk(const struct vectors *vectors) {
    return vectors->file >= 0;
}

size_t vectors_memory(const struct vectors *vectors) {
    size_t bytes = sizeof *vectors;
    for (size_t i = 0; vectors->blocks && i < BLOCKS_MAX && vectors->blocks[i]; i++)
        bytes += BLOCK_ROWS * vectors->width * sizeof(float);
    return bytes;
}

static size_t record_bytes(const struct vectors *vectors) {
    return NONCE + vectors->dimension * sizeof(float);
}

static float *row_in_memory(const struct vectors *vectors, size_t row) {
    return vectors->blocks[row / BLOCK_ROWS] + row % BLOCK_ROWS * vectors->width;
}

static bool write_record(struct vectors *vectors, size_t row, const void *record) {
    size_t bytes = record_bytes(vectors);
    return pwrite(vectors->file, record, bytes, (off_t)(row * bytes)) == (ssize_t)bytes;
}

static bool write_to_disk(struct vectors *vectors, size_t row, const float *vector, struct error *err) {
    size_t bytes = record_bytes(vectors);
    CLEANUP_FREE unsigned char *record = malloc(bytes);
    if (!record)
        return error_set(err, ERROR_INTERNAL, "no memory for more faces in the index");
    vectors->nonce++;
    memcpy(record, &vectors->nonce, NONCE);
    crypto_stream_chacha20_xor(record + NONCE, (const unsigned char *)vector, bytes - NONCE, record,
                               vectors->key);
    errno = ENOSPC; /* what a short write means */
    return write_record(vectors, row, record) ||
           error_set(err, ERROR_INTERNAL, "no room on disk for more faces in the index: %s", strerror(errno));
}

static bool reserve(struct vectors *vectors, size_t row) {
    if (!vectors->blocks && !(vectors->blocks = calloc(BLOCKS_MAX, sizeof *vectors->blocks)))
        return false;
    float **block = &vectors->blocks[row / BLOCK_ROWS];
    return *block || (*block = aligned_alloc(64, BLOCK_ROWS * vectors->width * sizeof **block));
}

bool vectors_write(struct vectors *vectors, size_t row, const float *vector, struct error *err) {
    if (vectors->file >= 0)
        return write_to_disk(vectors, row, vector, err);
    if (!reserve(vectors, row))
        return error_set(err, ERROR_INTERNAL, "no memory for more faces in the index");
    float *to = row_in_memory(vectors, row);
    memcpy(to, vector, vectors->dimension * sizeof *to);
    memset(to + vectors->dimension, 0, (vectors->width - vectors->dimension) * sizeof *to);
    return true;
}

const float *vectors_read(const struct vectors *vectors, size_t row, float *scratch) {
    if (vectors->file < 0)
        return row_in_memory(vectors, row);
    size_t bytes = record_bytes(vectors), rest = bytes - NONCE;
    unsigned char nonce[NONCE];
    struct iovec parts[] = {{nonce, NONCE}, {scratch, rest}};
    if (preadv(vectors->file, parts, 2, (off_t)(row * bytes)) != (ssize_t)bytes)
        return NULL;
    crypto_stream_chacha20_xor((unsigned char *)scratch, (const unsigned char *)scratch, rest, nonce,
                               vectors->key);
    memset(scratch + vectors->dimension, 0, (vectors->width - vectors->dimension) * sizeof *scratch);
    return scratch;
}

void vectors_erase(struct vectors *vectors, size_t row) {
    if (vectors->file < 0) {
        memset(row_in_memory(vectors, row), 0, vectors->width * sizeof(float));
        return;
    }
    CLEANUP_FREE unsigned char *record = calloc(1, record_bytes(vectors));
    if (!record || !write_record(vectors, row, record))
        return; /* what stays is ciphertext whose key goes with the process */
}
