/* The faces with the smallest hashes. How many hashes lie below a bound is known well enough to set the bound
 * a little high, keep what is below it, and cut. */
#include "match/sample.h"
#include "base/uuid.h"

enum { PAGE = 1024 };

struct drawn {
    uint64_t hash;
    struct uuid face;
};

struct draw {
    struct drawn *drawn;
    size_t count, room;
    uint64_t bound;
    uint8_t salt;
};

void sample_release(struct sample *sample) {
    free(sample->faces);
    free(sample->vectors);
}

static int by_hash(const void *a, const void *b) {
    const struct drawn *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return memcmp(&x->face, &y->face, sizeof x->face);
}

static void consider(struct draw *draw, struct uuid face) {
    struct uuid salted = face;
    salted.bytes[0] ^= draw->salt;
    uint64_t hash = uuid_hash(salted);
    if (hash <= draw->bound && draw->count < draw->room)
        draw->drawn[draw->count++] = (struct drawn){hash, face};
}

static bool consider_all(struct index *index, const atomic_bool *stop, struct draw *draw, struct error *err) {
    struct uuid faces[PAGE];
    size_t cursor = 0, count = PAGE;
    while (count > 0) {
        if (stop && *stop)
            return error_set(err, ERROR_INTERNAL, "a walk through an index was ended");
        if (!index_walk(index, &cursor, PAGE, faces, NULL, &count, err))
            return false;
        for (size_t i = 0; i < count; i++)
            consider(draw, faces[i]);
    }
    qsort(draw->drawn, draw->count, sizeof *draw->drawn, by_hash);
    return true;
}

bool sample_take(struct index *index, size_t wanted, uint8_t salt, const atomic_bool *stop,
                 struct sample *ret_sample, struct error *err) {
    size_t dimension = (size_t)index_dimension(index), faces = index_count(index);
    size_t expected = wanted + wanted / 8 + 64, room = expected + wanted / 8 + 64;
    CLEANUP_FREE struct drawn *drawn = calloc(room, sizeof *drawn);
    CLEANUP(sample_release)
    struct sample sample = {calloc(wanted + 1, sizeof *sample.faces),
                            calloc(wanted + 1, dimension * sizeof *sample.vectors), 0};
    struct draw draw = {.drawn = drawn,
                        .room = room,
                        .bound = expected < faces ? UINT64_MAX / faces * expected : UINT64_MAX,
                        .salt = salt};
    if (!drawn || !sample.faces || !sample.vectors)
        return error_set(err, ERROR_INTERNAL, "no memory for a sample of an index");
    if (!consider_all(index, stop, &draw, err))
        return false;
    for (size_t i = 0; i < draw.count && sample.count < wanted; i++)
        if (index_vector(index, drawn[i].face, sample.vectors + sample.count * dimension))
            sample.faces[sample.count++] = drawn[i].face; /* else it has gone meanwhile */
    *ret_sample = sample;
    sample.faces = NULL;
    sample.vectors = NULL;
    return true;
}
