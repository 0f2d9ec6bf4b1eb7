#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include "match/snapshot.h"
#include "base/digest.h"

enum { BLOCK_ROWS = 256, TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES, THREADS_MAX = 8 };

#define MAGIC 0x31706e5363746e43u /* "CntcSnp1" where the low byte comes first */

struct header {
    uint64_t magic;
    struct snapshot_state state;
    uint64_t dimension, face_rows, user_rows;
    uint8_t id[16];
    uint8_t unused[24];
    struct sha256 seal;
};
_Static_assert(sizeof(struct header) == 128, "the header as it lies in the file");

struct nonce {
    uint8_t id[16];
    uint64_t block;
};
_Static_assert(sizeof(struct nonce) == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "a nonce");

/* The rows of a block: BLOCK_ROWS ids, then as many vectors. Those behind the last row are zeros. */
static size_t plain_bytes(size_t dimension) {
    return BLOCK_ROWS * (sizeof(struct uuid) + dimension * sizeof(float));
}

static off_t block_offset(size_t dimension, uint64_t block) {
    return (off_t)(sizeof(struct header) + block * (plain_bytes(dimension) + TAG));
}

static uint64_t blocks_of(uint64_t rows) {
    return rows / BLOCK_ROWS + (rows % BLOCK_ROWS > 0);
}

static struct nonce nonce_of(const struct header *header, uint64_t block) {
    struct nonce nonce = {.block = block};
    memcpy(nonce.id, header->id, sizeof nonce.id);
    return nonce;
}

static struct sha256 seal_of(const struct header *header, const uint8_t key[SNAPSHOT_KEY]) {
    return hmac_sha256((struct bytes){(const char *)key, SNAPSHOT_KEY},
                       (struct bytes){(const char *)header, offsetof(struct header, seal)});
}

static void close_file(int *fd) {
    if (*fd >= 0)
        close(*fd);
}

/* For blocks in clear, which are wiped. */
struct block {
    char *data;
    size_t bytes;
};

static void block_release(struct block *block) {
    if (block->data)
        secret_wipe(block->data, block->bytes);
    free(block->data);
}

static struct block block_new(size_t dimension) {
    size_t bytes = plain_bytes(dimension) + TAG;
    return (struct block){calloc(1, bytes), bytes};
}

static struct uuid *block_ids(const struct block *block) {
    return (struct uuid *)block->data;
}

static float *block_vectors(const struct block *block) {
    return (float *)(block->data + BLOCK_ROWS * sizeof(struct uuid));
}

/* --- writing --- */

static bool put(int fd, const void *data, size_t len, off_t offset, struct error *err) {
    errno = ENOSPC; /* what a short write means */
    return pwrite(fd, data, len, offset) == (ssize_t)len ||
           error_set(err, ERROR_INTERNAL, "cannot write a snapshot: %s", strerror(errno));
}

/* Appends the rows of an index behind `first` blocks. */
static bool put_index(int fd, const struct header *header, const uint8_t *key, struct index *index,
                      uint64_t first, uint64_t *ret_rows, struct error *err) {
    CLEANUP(block_release) struct block block = block_new(header->dimension);
    size_t cursor = 0, count = BLOCK_ROWS;
    uint64_t rows = 0;
    if (!block.data)
        return error_set(err, ERROR_INTERNAL, "no memory for a snapshot");
    while (count == BLOCK_ROWS) {
        memset(block.data, 0, block.bytes);
        if (!index_walk(index, &cursor, BLOCK_ROWS, block_ids(&block), block_vectors(&block), &count, err))
            return false;
        uint64_t number = first + rows / BLOCK_ROWS;
        struct nonce nonce = nonce_of(header, number);
        uint8_t *bytes = (uint8_t *)block.data;
        crypto_aead_xchacha20poly1305_ietf_encrypt(bytes, NULL, bytes, block.bytes - TAG, NULL, 0, NULL,
                                                   (const uint8_t *)&nonce, key);
        if (count > 0 && !put(fd, bytes, block.bytes, block_offset(header->dimension, number), err))
            return false;
        rows += count;
    }
    *ret_rows = rows;
    return true;
}

static bool put_all(int fd, const uint8_t *key, struct header *header, struct index *faces,
                    struct index *users, struct error *err) {
    if (!put_index(fd, header, key, faces, 0, &header->face_rows, err) ||
        !put_index(fd, header, key, users, blocks_of(header->face_rows), &header->user_rows, err))
        return false;
    header->seal = seal_of(header, key);
    return put(fd, header, sizeof *header, 0, err);
}

bool snapshot_write(const char *path, const uint8_t key[SNAPSHOT_KEY], const struct snapshot_state *state,
                    struct index *faces, struct index *users, struct error *err) {
    struct header header = {.magic = MAGIC, .state = *state, .dimension = (uint64_t)index_dimension(faces)};
    CLEANUP(close_file)
    int fd = sodium_init() < 0 ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(err, ERROR_INTERNAL, "cannot make %s: %s", path, strerror(errno));
    randombytes_buf(header.id, sizeof header.id);
    bool written = put_all(fd, key, &header, faces, users, err);
    if (!written)
        unlink(path);
    return written;
}

/* --- reading --- */

static bool damaged(const char *path, const char *how, struct error *err) {
    return error_set(err, ERROR_INTERNAL, "%s %s", path, how);
}

static bool open_header(const char *path, int *ret_fd, struct header *ret_header, struct error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_INTERNAL, "cannot read %s: %s", path,
                         strerror(errno));
    ssize_t len = pread(fd, ret_header, sizeof *ret_header, 0);
    if (len == (ssize_t)sizeof *ret_header && ret_header->magic == MAGIC) {
        *ret_fd = fd;
        return true;
    }
    close(fd);
    return damaged(path, "is no snapshot of this release", err);
}

bool snapshot_peek(const char *path, struct snapshot_state *ret_state, struct error *err) {
    struct header header;
    int fd;
    if (!open_header(path, &fd, &header, err))
        return false;
    close(fd);
    *ret_state = header.state;
    return true;
}

/* What several threads do together: each takes the next block. */
struct loading {
    const char *path;
    int fd;
    const struct header *header;
    const uint8_t *key;
    struct index *faces, *users;
    atomic_uint_fast64_t next;
    uint64_t face_blocks, blocks;
    pthread_mutex_t lock;
    bool failed;
    struct error error;
};

static bool load_block(struct loading *loading, uint64_t number, const struct block *block,
                       struct error *err) {
    const struct header *header = loading->header;
    size_t dimension = header->dimension;
    struct nonce nonce = nonce_of(header, number);
    uint8_t *bytes = (uint8_t *)block->data;
    char what[48];
    snprintf(what, sizeof what, "is damaged in block %llu", (unsigned long long)number);
    if (pread(loading->fd, bytes, block->bytes, block_offset(dimension, number)) != (ssize_t)block->bytes ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(bytes, NULL, NULL, bytes, block->bytes, NULL, 0,
                                                   (const uint8_t *)&nonce, loading->key) != 0)
        return damaged(loading->path, what, err);
    bool users = number >= loading->face_blocks;
    uint64_t rows = users ? header->user_rows - (number - loading->face_blocks) * BLOCK_ROWS
                          : header->face_rows - number * BLOCK_ROWS;
    for (size_t i = 0; i < MIN(rows, BLOCK_ROWS); i++)
        if (!index_insert(users ? loading->users : loading->faces, block_ids(block)[i],
                          block_vectors(block) + i * dimension, err))
            return false;
    return true;
}

static void *load_blocks(void *context) {
    struct loading *loading = context;
    CLEANUP(block_release) struct block block = block_new(loading->header->dimension);
    struct error err;
    bool good = block.data || error_set(&err, ERROR_INTERNAL, "no memory for a snapshot");
    for (uint64_t number; good && (number = atomic_fetch_add(&loading->next, 1)) < loading->blocks;)
        good = load_block(loading, number, &block, &err);
    if (!good) {
        atomic_store(&loading->next, loading->blocks); /* the others may stop, too */
        pthread_mutex_lock(&loading->lock);
        loading->failed = true;
        loading->error = err;
        pthread_mutex_unlock(&loading->lock);
    }
    return NULL;
}

static bool load_all(struct loading *loading, struct error *err) {
    pthread_t threads[THREADS_MAX];
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = (size_t)MAX(MIN(MIN(cores, THREADS_MAX), (long)loading->blocks) - 1, 0), count = 0;
    pthread_mutex_init(&loading->lock, NULL);
    while (count < wanted && pthread_create(&threads[count], NULL, load_blocks, loading) == 0)
        count++;
    load_blocks(loading);
    while (count > 0)
        pthread_join(threads[--count], NULL);
    pthread_mutex_destroy(&loading->lock);
    return !loading->failed || error_set(err, loading->error.code, "%s", loading->error.text);
}

/* The header's numbers are ours, and the file is as long as they say. */
static bool check(const char *path, int fd, const struct header *header, const uint8_t *key, int dimension,
                  struct error *err) {
    struct stat about;
    if (!sha256_equal(seal_of(header, key), header->seal))
        return damaged(path, "is damaged, or was made under another key", err);
    if (header->dimension != (uint64_t)dimension)
        return damaged(path, "holds vectors of another dimension", err);
    uint64_t blocks = blocks_of(header->face_rows) + blocks_of(header->user_rows);
    return (fstat(fd, &about) == 0 && about.st_size == block_offset(header->dimension, blocks)) ||
           damaged(path, "is not as long as it was made", err);
}

bool snapshot_load(const char *path, const uint8_t key[SNAPSHOT_KEY], int dimension, struct index *faces,
                   struct index *users, struct snapshot_state *ret_state, struct error *err) {
    struct header header;
    CLEANUP(close_file) int fd = -1;
    if (sodium_init() < 0)
        return error_set(err, ERROR_INTERNAL, "libsodium does not start");
    if (!open_header(path, &fd, &header, err) || !check(path, fd, &header, key, dimension, err))
        return false;
    uint64_t face_blocks = blocks_of(header.face_rows), user_blocks = blocks_of(header.user_rows);
    struct loading loading = {.path = path,
                              .fd = fd,
                              .header = &header,
                              .key = key,
                              .faces = faces,
                              .users = users,
                              .face_blocks = face_blocks,
                              .blocks = face_blocks + user_blocks};
    if (!load_all(&loading, err))
        return false;
    *ret_state = header.state;
    return true;
}
