/* The public C library: include/countenance.h over the face and match layers. */
#include <pthread.h>
#include "countenance.h"
#include "base/limits.h"
#include "face/face.h"
#include "match/similarity.h"

struct countenance_engine {
    struct face_engine *engine;
    struct similarity_scale scale;
};

struct countenance_worker {
    struct countenance_engine *engine;
    struct face_worker *worker;
};

static _Thread_local struct error last_error;

static int result(bool worked) {
    return worked ? 0 : -1;
}

int countenance_open(const char *models, countenance_engine **ret_engine) {
    struct countenance_engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return result(error_set(&last_error, ERROR_INTERNAL, "no memory for the models"));
    if (!face_engine_open(models ? models : COUNTENANCE_MODELS, 0, NULL, &engine->engine, &last_error)) {
        free(engine);
        return -1;
    }
    engine->scale = similarity_of_calibration(face_engine_calibration(engine->engine));
    *ret_engine = engine;
    return 0;
}

void countenance_close(countenance_engine *engine) {
    if (!engine)
        return;
    face_engine_free(engine->engine);
    free(engine);
}

int countenance_worker_new(countenance_engine *engine, countenance_worker **ret_worker) {
    struct countenance_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return result(error_set(&last_error, ERROR_INTERNAL, "no memory for a worker"));
    worker->engine = engine;
    if (!face_worker_new(engine->engine, &worker->worker, &last_error)) {
        free(worker);
        return -1;
    }
    *ret_worker = worker;
    return 0;
}

void countenance_worker_free(countenance_worker *worker) {
    if (!worker)
        return;
    face_worker_free(worker->worker);
    free(worker);
}

static void to_ratios(const struct face *from, const struct image *image, countenance_face *to) {
    float width = (float)image->full_width, height = (float)image->full_height;
    *to = (countenance_face){.left = from->box.left / width,
                             .top = from->box.top / height,
                             .width = from->box.width / width,
                             .height = from->box.height / height,
                             .confidence = from->confidence,
                             .roll = from->pose.roll,
                             .yaw = from->pose.yaw,
                             .pitch = from->pose.pitch,
                             .brightness = from->quality.brightness,
                             .sharpness = from->quality.sharpness};
    for (int i = 0; i < FACE_LANDMARKS; i++)
        to->landmarks[i] = (countenance_point){from->landmarks[i].x / width, from->landmarks[i].y / height};
}

static bool find_faces(countenance_worker *worker, const struct image *image, bool embed,
                       countenance_face *faces, int maximum, int *ret_count) {
    struct face found[LIMIT_FACES_PER_IMAGE];
    int count;
    if (!face_detect(worker->worker, image, MIN(maximum, LIMIT_FACES_PER_IMAGE), found, &count, &last_error))
        return false;
    for (int i = 0; i < count; i++) {
        to_ratios(&found[i], image, &faces[i]);
        if (!embed)
            continue;
        if (!face_embed(worker->worker, image, &found[i], faces[i].embedding, &last_error))
            return false;
        faces[i].dimension = face_engine_dimension(worker->engine->engine);
    }
    *ret_count = count;
    return true;
}

int countenance_faces(countenance_worker *worker, const void *image, size_t len, int embed,
                      countenance_face *faces, int maximum, int *ret_count) {
    CLEANUP_IMAGE struct image decoded = {0};
    if (len > LIMIT_IMAGE_FILE_BYTES)
        return result(error_set(&last_error, ERROR_IMAGE_TOO_LARGE, "the image file has over %d bytes",
                                LIMIT_IMAGE_FILE_BYTES));
    if (!image_decode((struct bytes){image, len}, &decoded, &last_error))
        return -1;
    return result(find_faces(worker, &decoded, embed != 0, faces, maximum, ret_count));
}

float countenance_similarity(const countenance_engine *engine, const countenance_face *a,
                             const countenance_face *b) {
    float cosine = 0;
    if (a->dimension == 0 || a->dimension != b->dimension)
        return 0;
    for (int i = 0; i < a->dimension; i++)
        cosine += a->embedding[i] * b->embedding[i];
    return similarity_of_cosine(&engine->scale, cosine);
}

const char *countenance_error(void) {
    return last_error.text;
}

const char *countenance_version(void) {
    return COUNTENANCE_VERSION;
}
