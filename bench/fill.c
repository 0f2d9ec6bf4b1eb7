/* Fills a collection that is there, of the operator's account, with random faces: for bench/bench.py, while
 * no server runs. With `users`, each belongs to a user of its own.
 *
 *     bench-fill DATA COLLECTION FACES [users]
 *
 * Prints the FaceId of the last one. */
#include <math.h>
#include <sodium.h>
#include "store/store.h"
#include "base/clock.h"

enum { BATCH = 1000, DIMENSION_MAX = 4096 };

static void fail(const char *what) {
    fprintf(stderr, "fill: %s\n", what);
    exit(1);
}

static void random_unit(float *vector, int dimension) {
    float sum = 0;
    uint16_t numbers[DIMENSION_MAX];
    randombytes_buf(numbers, (size_t)dimension * sizeof *numbers);
    for (int i = 0; i < dimension; i++) {
        vector[i] = (float)numbers[i] - 32767.5f;
        sum += vector[i] * vector[i];
    }
    for (int i = 0; i < dimension; i++)
        vector[i] /= sqrtf(sum);
}

static void give_users(struct store *store, int64_t collection, const struct store_face *faces,
                       size_t count) {
    struct error err;
    char name[UUID_TEXT];
    for (size_t i = 0; i < count; i++) {
        uuid_format(faces[i].id, name);
        if (!store_user_create(store, collection, name, NULL, &err) ||
            !store_faces_assign(store, collection, &faces[i].id, 1, name, &err))
            fail(err.text);
    }
}

static void add(struct store *store, const struct store_collection *collection, size_t count, bool users,
                struct uuid *ret_last) {
    static float vectors[BATCH][DIMENSION_MAX];
    static struct store_face faces[BATCH];
    const float *places[BATCH];
    bool known[BATCH];
    struct error err;
    for (size_t i = 0; i < count; i++) {
        random_unit(vectors[i], collection->dimension);
        places[i] = vectors[i];
        faces[i] = (struct store_face){.id = uuid_random(),
                                       .image_id = uuid_random(),
                                       .width = 0.5f,
                                       .height = 0.5f,
                                       .confidence = 99,
                                       .model = collection->model,
                                       .created_ms = clock_now_ms()};
    }
    if (!store_begin(store, &err) ||
        !store_faces_add(store, collection->number, faces, places, count, known, &err))
        fail(err.text);
    if (users)
        give_users(store, collection->number, faces, count);
    if (!store_commit(store, &err))
        fail(err.text);
    *ret_last = faces[count - 1].id;
}

int main(int count, char **arguments) {
    struct store *store;
    struct store_collection collection;
    struct error err;
    struct uuid last = {{0}};
    char text[UUID_TEXT];
    struct arena *arena = arena_new((size_t)1 << 20);
    bool users = count == 5 && strcmp(arguments[4], "users") == 0;
    if ((count != 4 && !users) || !arena)
        fail("DATA COLLECTION FACES [users]");
    if (!store_open(arguments[1], &store, &err) ||
        !store_collection_get(store, arena, STORE_OPERATOR, arguments[2], &collection, &err))
        fail(err.text);
    for (size_t left = strtoul(arguments[3], NULL, 10); left > 0; left -= MIN(left, (size_t)BATCH))
        add(store, &collection, MIN(left, (size_t)BATCH), users, &last);
    uuid_format(last, text);
    puts(text);
    store_close(store);
    arena_free(arena);
    return 0;
}
