#include <fts.h>
#include <math.h>
#include <pthread.h>
#include "cli/labelled.h"
#include "face/attributes.h"

enum { THREADS_MAX = 16 };

struct reading {
    const char *folder;
    struct face_engine *engine;
    struct labelled *labelled;
    bool *found;
    pthread_mutex_t lock;
    size_t next;
};

static bool add_name(struct labelled *labelled, size_t *capacity, const char *name) {
    if (labelled->count == *capacity) {
        *capacity = MAX(*capacity * 2, (size_t)1024);
        char **names = realloc(labelled->names, *capacity * sizeof *names);
        if (!names)
            return false;
        labelled->names = names;
    }
    labelled->names[labelled->count] = strdup(name);
    return labelled->names[labelled->count++] != NULL;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool list_names(const char *folder, struct labelled *labelled, struct error *err) {
    char *roots[] = {(char *)folder, NULL};
    size_t capacity = 0, base = strlen(folder);
    FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
    bool fine = walk != NULL;
    for (FTSENT *entry; fine && (entry = fts_read(walk));)
        if (entry->fts_info == FTS_F && entry->fts_level == 2)
            fine = add_name(labelled, &capacity,
                            entry->fts_path + base + strspn(entry->fts_path + base, "/"));
    if (walk)
        fts_close(walk);
    if (!fine || labelled->count < 2)
        return error_set(err, ERROR_INTERNAL, "%s holds no folders with photographs, one a person", folder);
    qsort(labelled->names, labelled->count, sizeof *labelled->names, by_name);
    return true;
}

/* The person whose name the photograph bears is in its middle, as in LFW. */
static const struct face *central_face(const struct findings *found) {
    const struct face *best = &found->faces[0];
    float least = INFINITY;
    for (int i = 0; i < found->count; i++) {
        struct box box = found->faces[i].box;
        float distance = hypotf(box.left + box.width / 2 - (float)found->width / 2,
                                box.top + box.height / 2 - (float)found->height / 2);
        if (distance < least) {
            least = distance;
            best = &found->faces[i];
        }
    }
    return best;
}

static void describe(struct eyes *eyes, const struct image *image, const struct face *face,
                     struct labelled_traits *traits) {
    const unsigned wanted = FACE_AGE_RANGE | FACE_GENDER;
    struct face_attributes found;
    struct error err;
    if (!face_describe(eyes->worker, image, face, wanted, &found, &err) || (found.present & wanted) != wanted)
        return;
    *traits = (struct labelled_traits){true, found.male, (float)(found.age_low + found.age_high) / 2};
}

static void *read_some(void *context) {
    struct reading *reading = context;
    struct labelled *labelled = reading->labelled;
    struct eyes eyes = {reading->engine, NULL};
    struct findings found;
    struct error err;
    if (!face_worker_new(reading->engine, &eyes.worker, &err))
        return NULL;
    for (;;) {
        pthread_mutex_lock(&reading->lock);
        size_t i = reading->next++;
        if (i < labelled->count && i % 200 == 0)
            fprintf(stderr, "\r%zu of %zu photographs", i, labelled->count);
        pthread_mutex_unlock(&reading->lock);
        if (i >= labelled->count)
            break;
        char path[4096];
        struct image image = {0};
        snprintf(path, sizeof path, "%s/%s", reading->folder, labelled->names[i]);
        if (!eyes_look(&eyes, path, LIMIT_FACES_PER_IMAGE, &image, &found, &err))
            continue;
        reading->found[i] = found.count > 0 &&
                            face_embed(eyes.worker, &image, central_face(&found),
                                       labelled->embeddings + i * (size_t)labelled->dimension, &err);
        if (reading->found[i])
            labelled->confidences[i] = central_face(&found)->confidence;
        if (reading->found[i] && labelled->traits)
            describe(&eyes, &image, central_face(&found), &labelled->traits[i]);
        image_release(&image);
    }
    face_worker_free(eyes.worker);
    return NULL;
}

/* Moves those with a face together and numbers the folders. */
static void compact(struct labelled *labelled, const bool *found) {
    size_t kept = 0, dimension = (size_t)labelled->dimension;
    int person = -1;
    for (size_t i = 0; i < labelled->count; i++) {
        if (!found[i]) {
            free(labelled->names[i]);
            continue;
        }
        size_t folder = strcspn(labelled->names[i], "/") + 1;
        if (kept == 0 || strncmp(labelled->names[kept - 1], labelled->names[i], folder) != 0)
            person++;
        labelled->names[kept] = labelled->names[i];
        labelled->persons[kept] = person;
        labelled->confidences[kept] = labelled->confidences[i];
        if (labelled->traits)
            labelled->traits[kept] = labelled->traits[i];
        memmove(labelled->embeddings + kept * dimension, labelled->embeddings + i * dimension,
                dimension * sizeof(float));
        kept++;
    }
    labelled->without_face = labelled->count - kept;
    labelled->count = kept;
}

static bool embed_all(const char *folder, struct face_engine *engine, struct labelled *labelled,
                      struct error *err) {
    pthread_t threads[THREADS_MAX];
    int started = 0, wanted = (int)MIN(MAX(sysconf(_SC_NPROCESSORS_ONLN), 1), THREADS_MAX);
    CLEANUP_FREE bool *found = calloc(labelled->count, sizeof *found);
    labelled->dimension = face_engine_dimension(engine);
    labelled->persons = calloc(labelled->count, sizeof *labelled->persons);
    labelled->embeddings = calloc(labelled->count * (size_t)labelled->dimension, sizeof(float));
    labelled->confidences = calloc(labelled->count, sizeof *labelled->confidences);
    if (!found || !labelled->persons || !labelled->embeddings || !labelled->confidences)
        return error_set(err, ERROR_INTERNAL, "no memory for %zu embeddings", labelled->count);
    struct reading reading = {folder, engine, labelled, found, PTHREAD_MUTEX_INITIALIZER, 0};
    while (started < wanted && pthread_create(&threads[started], NULL, read_some, &reading) == 0)
        started++;
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    fprintf(stderr, "\r%zu of %zu photographs\n", labelled->count, labelled->count);
    compact(labelled, found);
    return labelled->count > 1 || error_set(err, ERROR_INTERNAL, "no faces were found in %s", folder);
}

static bool read_folder(const char *folder, const char *models, bool traits, struct labelled *ret_labelled,
                        struct error *err) {
    struct labelled labelled = {0};
    struct face_engine *engine = NULL;
    bool done = list_names(folder, &labelled, err) &&
                face_engine_open(models_folder(models), 0, NULL, &engine, err);
    if (done && traits) {
        labelled.traits = calloc(labelled.count, sizeof *labelled.traits);
        done = labelled.traits || error_set(err, ERROR_INTERNAL, "no memory for %zu faces", labelled.count);
    }
    if (done)
        labelled.scale = similarity_of_calibration(face_engine_calibration(engine));
    done = done && embed_all(folder, engine, &labelled, err);
    face_engine_free(engine);
    if (done)
        *ret_labelled = labelled;
    else
        labelled_release(&labelled);
    return done;
}

bool labelled_read(const char *folder, const char *models, struct labelled *ret_labelled, struct error *err) {
    return read_folder(folder, models, false, ret_labelled, err);
}

bool labelled_read_traits(const char *folder, const char *models, struct labelled *ret_labelled,
                          struct error *err) {
    return read_folder(folder, models, true, ret_labelled, err);
}

void labelled_release(struct labelled *labelled) {
    for (size_t i = 0; i < labelled->count; i++)
        free(labelled->names[i]);
    free(labelled->names);
    free(labelled->persons);
    free(labelled->embeddings);
    free(labelled->confidences);
    free(labelled->traits);
}

static int by_number(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

bool pair_scores_make(const struct labelled *labelled, struct pair_scores *ret_scores, struct error *err) {
    size_t pairs = labelled->count * (labelled->count - 1) / 2, dimension = (size_t)labelled->dimension;
    struct pair_scores scores = {.genuine = malloc(pairs * sizeof(float)),
                                 .impostor = malloc(pairs * sizeof(float))};
    if (!scores.genuine || !scores.impostor) {
        pair_scores_release(&scores);
        return error_set(err, ERROR_INTERNAL, "no memory for %zu pairs", pairs);
    }
    for (size_t i = 0; i < labelled->count; i++)
        for (size_t j = i + 1; j < labelled->count; j++) {
            const float *a = labelled->embeddings + i * dimension, *b = labelled->embeddings + j * dimension;
            float cosine = 0;
            for (size_t k = 0; k < dimension; k++)
                cosine += a[k] * b[k];
            if (labelled->persons[i] == labelled->persons[j])
                scores.genuine[scores.genuine_count++] = cosine;
            else
                scores.impostor[scores.impostor_count++] = cosine;
        }
    if (scores.genuine_count == 0 || scores.impostor_count == 0) {
        pair_scores_release(&scores);
        return error_set(err, ERROR_INTERNAL, "there must be people with two photographs, and two people");
    }
    qsort(scores.genuine, scores.genuine_count, sizeof(float), by_number);
    qsort(scores.impostor, scores.impostor_count, sizeof(float), by_number);
    *ret_scores = scores;
    return true;
}

void pair_scores_release(struct pair_scores *scores) {
    free(scores->genuine);
    free(scores->impostor);
}

static float largest_but(const struct pair_scores *scores, double above) {
    size_t skipped = MIN((size_t)fmax(above, 0), scores->impostor_count - 1);
    return scores->impostor[scores->impostor_count - 1 - skipped];
}

float pair_scores_cosine(const struct pair_scores *scores, double rate) {
    return largest_but(scores, (double)scores->impostor_count * rate);
}

float pair_scores_safe_cosine(const struct pair_scores *scores, double rate) {
    double expected = (double)scores->impostor_count * rate;
    return largest_but(scores, expected - 1.645 * sqrt(expected));
}

double pair_scores_accepted(const struct pair_scores *scores, float cosine) {
    size_t low = 0, high = scores->genuine_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (scores->genuine[middle] >= cosine)
            high = middle;
        else
            low = middle + 1;
    }
    return (double)(scores->genuine_count - low) / (double)scores->genuine_count;
}
