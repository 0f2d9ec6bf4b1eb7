#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <sys/stat.h>
#include "api/gallery_file.h"
#include "base/digest.h"
#include "base/limits.h"
#include "face/quality.h"
#include "match/snapshot.h"

#define FOLDER "snapshots"
enum { PATH_BYTES = 4096, MISSING_MIN = 256, CHECKS = 3 };

static bool no_memory(struct error *err) {
    return error_set(err, ERROR_INTERNAL, "There is no memory for the index.");
}

static void path_of(struct store *store, int64_t collection, const char *ending, char out[PATH_BYTES]) {
    snprintf(out, PATH_BYTES, "%s/" FOLDER "/%lld%s", store_folder(store), (long long)collection, ending);
}

void gallery_indexes_free(struct indexes *indexes) {
    index_free(indexes->faces);
    index_free(indexes->users);
    *indexes = (struct indexes){NULL, NULL};
}

static bool new_index(struct store *store, int dimension, bool on_disk, struct index **ret_index,
                      struct error *err) {
    return on_disk ? index_new_on_disk(dimension, store_folder(store), ret_index, err)
                   : index_new(dimension, ret_index, err);
}

static bool new_indexes(struct store *store, int dimension, bool on_disk, struct indexes *indexes,
                        struct error *err) {
    return new_index(store, dimension, on_disk, &indexes->faces, err) &&
           new_index(store, dimension, on_disk, &indexes->users, err);
}

/* --- users --- */

void gallery_weigh(float *sum, const float *vector, float confidence, int dimension) {
    float weight = quality_weight(confidence);
    for (int i = 0; i < dimension; i++)
        sum[i] += weight * vector[i];
}

bool gallery_normalise(float *sum, int dimension) {
    double squares = 0;
    for (int i = 0; i < dimension; i++)
        squares += (double)sum[i] * (double)sum[i];
    if (squares <= 0)
        return false;
    double length = sqrt(squares);
    for (int i = 0; i < dimension; i++)
        sum[i] = (float)(sum[i] / length);
    return true;
}

/* Members come by user and face, so that a vector is summed up in the order in which a change sums it up, to
 * the same bits. */
struct summing {
    const struct indexes *indexes;
    int dimension;
    struct uuid user; /* whose sum it is, once there is one */
    bool begun;
    float *sum, *vector;
};

static bool end_user(struct summing *summing, struct error *err) {
    bool good = !summing->begun || !gallery_normalise(summing->sum, summing->dimension) ||
                index_insert(summing->indexes->users, summing->user, summing->sum, err);
    memset(summing->sum, 0, (size_t)summing->dimension * sizeof *summing->sum);
    summing->begun = false;
    return good;
}

static bool add_member(void *context, struct uuid user, struct uuid face, float confidence,
                       struct error *err) {
    struct summing *summing = context;
    if (summing->begun && !uuid_equal(user, summing->user) && !end_user(summing, err))
        return false;
    summing->begun = true;
    summing->user = user;
    if (index_vector(summing->indexes->faces, face, summing->vector))
        gallery_weigh(summing->sum, summing->vector, confidence, summing->dimension);
    return true;
}

static bool make_users(struct store *store, int64_t collection, const struct indexes *indexes,
                       struct error *err) {
    int dimension = index_dimension(indexes->faces);
    CLEANUP_FREE float *sum = calloc((size_t)dimension, sizeof *sum);
    CLEANUP_FREE float *vector = calloc((size_t)dimension, sizeof *vector);
    struct summing summing = {.indexes = indexes, .dimension = dimension, .sum = sum, .vector = vector};
    if (!sum || !vector)
        return no_memory(err);
    return store_members_each(store, collection, add_member, &summing, err) && end_user(&summing, err);
}

/* --- from the store --- */

static bool read_vector(void *context, struct uuid face, const struct uuid *user, const float *vector,
                        struct error *err) {
    const struct indexes *indexes = context;
    (void)user;
    return index_insert(indexes->faces, face, vector, err);
}

static bool read_store(struct store *store, const struct store_collection *collection, bool on_disk,
                       struct indexes *indexes, struct error *err) {
    return new_indexes(store, collection->dimension, on_disk, indexes, err) &&
           store_vectors_each(store, collection->number, read_vector, indexes, err) &&
           make_users(store, collection->number, indexes, err);
}

/* --- from a snapshot --- */

struct missing {
    struct index *faces;
    struct uuid *ids;
    size_t count, capacity, seen;
};

static bool see_id(void *context, struct uuid face, struct error *err) {
    struct missing *missing = context;
    missing->seen++;
    if (index_has(missing->faces, face))
        return true;
    if (missing->count == missing->capacity) {
        size_t capacity = MAX(missing->capacity * 2, (size_t)MISSING_MIN);
        struct uuid *more = reallocarray(missing->ids, capacity, sizeof *more);
        if (!more)
            return no_memory(err);
        missing->ids = more;
        missing->capacity = capacity;
    }
    missing->ids[missing->count++] = face;
    return true;
}

/* A face keeps its vector for life: those that have come since are all that the index lacks. */
static bool add_missing(struct store *store, int64_t collection, struct missing *missing, struct error *err) {
    CLEANUP_FREE float *vector = calloc((size_t)index_dimension(missing->faces), sizeof *vector);
    struct error why;
    if (!vector)
        return no_memory(err);
    for (size_t i = 0; i < missing->count; i++) {
        if (store_vector_get(store, collection, missing->ids[i], index_dimension(missing->faces), vector,
                             &why)) {
            if (!index_insert(missing->faces, missing->ids[i], vector, err))
                return false;
        } else if (why.code == ERROR_NOT_FOUND) {
            missing->seen--; /* gone meanwhile, of which its owner tells us later */
        } else {
            return error_set(err, why.code, "%s", why.text);
        }
    }
    return index_count(missing->faces) == missing->seen ||
           error_set(err, ERROR_INTERNAL, "it has faces that the store does not have");
}

static bool catch_up(struct store *store, int64_t collection, struct indexes *indexes, struct error *err) {
    struct missing missing = {.faces = indexes->faces};
    bool on_disk = index_is_on_disk(indexes->users);
    bool good = store_ids_each(store, collection, see_id, &missing, err) &&
                add_missing(store, collection, &missing, err);
    free(missing.ids);
    if (!good)
        return false;
    index_free(indexes->users);
    indexes->users = NULL;
    return new_index(store, index_dimension(indexes->faces), on_disk, &indexes->users, err) &&
           make_users(store, collection, indexes, err);
}

static bool is_of(const struct snapshot_state *saved, const struct store_state *now) {
    return saved->generation == now->generation && saved->stamp == now->stamp;
}

/* Can it be of use? Its header is believed for a no; a yes is proved when it is loaded. */
static bool is_usable(const char *path, int64_t collection, const struct store_state *now,
                      struct gallery_origin *origin, struct error *err) {
    struct snapshot_state saved;
    if (!snapshot_peek(path, &saved, err)) {
        origin->damaged = err->code != ERROR_NOT_FOUND;
        return false;
    }
    if (saved.collection != collection)
        return error_set(err, ERROR_INTERNAL, "it is of another collection");
    if (saved.generation < now->removed)
        return error_set(err, ERROR_INTERNAL, "it is from before vectors were removed");
    return saved.generation < now->generation || is_of(&saved, now) ||
           error_set(err, ERROR_INTERNAL, "it is of a later time than the store, or of another one");
}

static bool read_snapshot(struct store *store, const struct store_collection *collection, bool on_disk,
                          struct indexes *indexes, struct gallery_origin *origin, struct error *err) {
    char path[PATH_BYTES];
    uint8_t key[SNAPSHOT_KEY];
    struct snapshot_state saved;
    struct store_state now;
    path_of(store, collection->number, "", path);
    if (!store_state_get(store, collection->number, &now, err) ||
        !is_usable(path, collection->number, &now, origin, err) ||
        !store_copies_key(store, collection->number, key, err) ||
        !new_indexes(store, collection->dimension, on_disk, indexes, err))
        return false;
    bool loaded = snapshot_load(path, key, collection->dimension, indexes->faces, indexes->users, &saved,
                                err);
    secret_wipe(key, sizeof key);
    origin->damaged = !loaded && err->code != ERROR_NOT_FOUND;
    if (loaded)
        origin->source = is_of(&saved, &now) ? GALLERY_FROM_SNAPSHOT : GALLERY_CAUGHT_UP;
    return loaded && (is_of(&saved, &now) || catch_up(store, collection->number, indexes, err));
}

static bool make(struct store *store, const struct store_collection *collection, bool on_disk,
                 struct indexes *indexes, struct gallery_origin *origin, struct error *err) {
    struct error why = {.code = ERROR_NOT_FOUND, .text = "the collection is too small to need one"};
    *origin = (struct gallery_origin){.source = GALLERY_FROM_STORE};
    if (collection->face_count >= LIMIT_SNAPSHOT_FACES &&
        read_snapshot(store, collection, on_disk, indexes, origin, &why))
        return true;
    gallery_indexes_free(indexes);
    origin->source = GALLERY_FROM_STORE;
    snprintf(origin->why, sizeof origin->why, "%s", why.text);
    if (why.code != ERROR_NOT_FOUND)
        gallery_file_forget(store, collection->number);
    return read_store(store, collection, on_disk, indexes, err);
}

bool gallery_indexes_make(struct store *store, const struct store_collection *collection,
                          struct indexes *ret_indexes, struct gallery_origin *ret_origin, struct error *err) {
    struct indexes indexes = {NULL, NULL};
    struct error why = {.text = ""};
    bool large = collection->face_count > LIMIT_INDEX_IN_MEMORY;
    bool made = make(store, collection, large, &indexes, ret_origin, &why);
    if (!made && large && why.code != ERROR_NOT_FOUND) { /* a disk that is full or read-only */
        gallery_indexes_free(&indexes);
        made = make(store, collection, false, &indexes, ret_origin, &why);
    }
    if (made)
        *ret_indexes = indexes;
    else
        gallery_indexes_free(&indexes);
    return made || error_set(err, why.code, "%s", why.text);
}

/* --- into a snapshot --- */

bool gallery_file_state(struct store *store, int64_t collection, struct store_state *ret_state,
                        struct error *err) {
    if (!store_begin(store, err))
        return false;
    bool read = store_state_get(store, collection, ret_state, err);
    store_rollback(store);
    return read;
}

/* Looked at before the file gets its place and after: whoever removes a vector in between removes the file
 * that is there then, and whoever did before is seen. */
static bool still_whole(struct store *store, int64_t collection, int64_t generation, struct error *err) {
    struct store_state now;
    return store_state_get(store, collection, &now, err) &&
           (now.removed <= generation ||
            error_set(err, ERROR_INTERNAL, "vectors were removed while the snapshot was made"));
}

bool gallery_file_save(struct store *store, int64_t collection, const struct store_state *state,
                       const struct indexes *indexes, struct error *err) {
    char folder[PATH_BYTES], path[PATH_BYTES], beside[PATH_BYTES];
    uint8_t key[SNAPSHOT_KEY];
    snprintf(folder, sizeof folder, "%s/" FOLDER, store_folder(store));
    path_of(store, collection, "", path);
    path_of(store, collection, ".new", beside);
    if (!store_copies_key(store, collection, key, err))
        return false;
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return error_set(err, ERROR_INTERNAL, "cannot make %s: %s", folder, strerror(errno));
    const struct snapshot_state saved = {collection, state->generation, state->stamp};
    bool written = snapshot_write(beside, key, &saved, indexes->faces, indexes->users, err);
    secret_wipe(key, sizeof key);
    if (!written)
        return false;
    bool kept = still_whole(store, collection, state->generation, err) &&
                (rename(beside, path) == 0 ||
                 error_set(err, ERROR_INTERNAL, "cannot rename %s: %s", beside, strerror(errno)));
    if (!kept)
        unlink(beside);
    kept = kept && still_whole(store, collection, state->generation, err);
    if (!kept)
        unlink(path);
    return kept;
}

bool gallery_file_is_current(struct store *store, int64_t collection) {
    char path[PATH_BYTES];
    struct snapshot_state saved;
    struct store_state now;
    path_of(store, collection, "", path);
    return snapshot_peek(path, &saved, NULL) && store_state_get(store, collection, &now, NULL) &&
           is_of(&saved, &now);
}

void gallery_file_forget(struct store *store, int64_t collection) {
    char path[PATH_BYTES];
    path_of(store, collection, "", path);
    if (!store_is_beside(store))
        unlink(path);
}

static bool is_wanted(struct store *store, const char *folder, const char *name) {
    char path[PATH_BYTES];
    uint64_t number;
    struct snapshot_state saved;
    struct store_state now;
    struct error why;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path ||
        !bytes_to_number(bytes_of(name), INT64_MAX, &number) || !snapshot_peek(path, &saved, NULL))
        return false;
    if (!store_state_get(store, (int64_t)number, &now, &why))
        return why.code != ERROR_NOT_FOUND;
    return saved.collection == (int64_t)number && saved.generation >= now.removed;
}

void gallery_file_sweep(struct store *store) {
    char folder[PATH_BYTES];
    snprintf(folder, sizeof folder, "%s/" FOLDER, store_folder(store));
    DIR *files = opendir(folder);
    if (!files)
        return;
    for (const struct dirent *file; (file = readdir(files));)
        if (file->d_name[0] != '.' && !is_wanted(store, folder, file->d_name))
            unlinkat(dirfd(files), file->d_name, 0);
    closedir(files);
}

/* --- holding them against the store --- */

struct comparison {
    const struct indexes *indexes;
    float *vector;
    size_t seen, missing, different;
};

static bool compare_vector(void *context, struct uuid face, const struct uuid *user, const float *vector,
                           struct error *err) {
    struct comparison *comparison = context;
    struct index *faces = comparison->indexes->faces;
    (void)user, (void)err;
    comparison->seen++;
    if (!index_vector(faces, face, comparison->vector))
        comparison->missing++;
    else if (memcmp(comparison->vector, vector, (size_t)index_dimension(faces) * sizeof *vector) != 0)
        comparison->different++;
    return true;
}

/* Users that one of two indexes has and the other does not, or has otherwise. */
static bool compare_users(struct index *one, struct index *other, size_t *ret_different, struct error *err) {
    size_t dimension = (size_t)index_dimension(one), cursor = 0, count = 1, different = 0;
    CLEANUP_FREE float *vectors = calloc(2 * dimension, sizeof *vectors);
    struct uuid user;
    if (!vectors)
        return no_memory(err);
    while (count > 0) {
        if (!index_walk(one, &cursor, 1, &user, vectors, &count, err))
            return false;
        different += count > 0 && (!index_vector(other, user, vectors + dimension) ||
                                   memcmp(vectors, vectors + dimension, dimension * sizeof *vectors) != 0);
    }
    *ret_different = different + (index_count(one) != index_count(other));
    return true;
}

struct differences {
    size_t faces, missing, extra, vectors, users;
};

static bool compare(struct store *store, const struct store_collection *collection,
                    const struct indexes *indexes, struct differences *ret_differences, struct error *err) {
    struct indexes fresh = {indexes->faces, NULL};
    CLEANUP_FREE float *vector = calloc((size_t)collection->dimension, sizeof *vector);
    struct comparison comparison = {.indexes = indexes, .vector = vector};
    struct differences found = {0};
    bool good = vector || no_memory(err);
    good = good && store_vectors_each(store, collection->number, compare_vector, &comparison, err) &&
           index_new(collection->dimension, &fresh.users, err) &&
           make_users(store, collection->number, &fresh, err) &&
           compare_users(fresh.users, indexes->users, &found.users, err);
    index_free(fresh.users);
    found.faces = comparison.seen;
    found.missing = comparison.missing;
    found.vectors = comparison.different;
    found.extra = index_count(indexes->faces) - (comparison.seen - comparison.missing);
    if (good)
        *ret_differences = found;
    return good;
}

static void tell(const struct store_collection *collection, const struct differences *found,
                 void (*report)(void *context, const char *what), void *context) {
    const struct {
        size_t count;
        const char *what;
    } kinds[] = {{found->missing, "faces are not in it"},
                 {found->extra, "faces in it are not in the store"},
                 {found->vectors, "faces in it have another vector"},
                 {found->users, "users in it are missing or others"}};
    char text[LIMIT_COLLECTION_ID + 128];
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (kinds[i].count > 0) {
            snprintf(text, sizeof text, "index of collection %s: %zu %s", collection->id, kinds[i].count,
                     kinds[i].what);
            report(context, text);
        }
}

bool gallery_check(struct store *store, const struct store_collection *collection,
                   void (*report)(void *context, const char *what), void *context, struct error *err) {
    char text[LIMIT_COLLECTION_ID + sizeof(struct gallery_origin) + 64];
    struct gallery_origin origin;
    struct store_state before, after;
    struct differences found = {0};
    for (int check = 0; check < CHECKS; check++) {
        struct indexes indexes = {NULL, NULL};
        bool good = store_state_get(store, collection->number, &before, err) &&
                    gallery_indexes_make(store, collection, &indexes, &origin, err) &&
                    compare(store, collection, &indexes, &found, err) &&
                    store_state_get(store, collection->number, &after, err);
        gallery_indexes_free(&indexes);
        if (!good)
            return false;
        if (before.generation == after.generation) /* else a server has changed it meanwhile */
            break;
        found = (struct differences){0};
    }
    if (origin.damaged) {
        snprintf(text, sizeof text, "snapshot of collection %s: %s", collection->id, origin.why);
        report(context, text);
    }
    tell(collection, &found, report, context);
    return true;
}
