#include <math.h>
#include "face/face.h"
#include "base/limits.h"
#include "face/align.h"
#include "face/detect.h"
#include "face/network.h"
#include "face/pack.h"
#include "face/pose.h"
#include "face/quality.h"
#include "face/worker.h"

/* Below this YuNet's finds are more often no face than one. */
static const float SCORE_MINIMUM = 0.5f;

struct face_engine {
    struct pack pack;
    struct infer_model *detector, *embedder;
    struct networks *networks;
};

struct face_worker {
    const struct face_engine *engine;
    struct detector *detector;
    struct infer_request *embedder;
    struct network_requests *networks;
    float aligned[3 * ALIGN_SIZE * ALIGN_SIZE];
    float scratch[ALIGN_SCRATCH];
};

bool face_engine_open(const char *models, int at_once, const char *cache, struct face_engine **ret_engine,
                      struct error *err) {
    struct face_engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return error_set(err, ERROR_INTERNAL, "no memory for the models");
    struct infer_shape aligned = {4, {1, 3, ALIGN_SIZE, ALIGN_SIZE}};
    if (!pack_open(models, &engine->pack, err) ||
        !infer_load(engine->pack.detector.file, detector_shape(), at_once, cache, &engine->detector, err) ||
        !infer_load(engine->pack.embedder.file, aligned, at_once, cache, &engine->embedder, err) ||
        !networks_new(&engine->pack, at_once, cache, &engine->networks, err)) {
        face_engine_free(engine);
        return false;
    }
    *ret_engine = engine;
    return true;
}

void face_engine_free(struct face_engine *engine) {
    if (!engine)
        return;
    networks_free(engine->networks);
    infer_free(engine->detector);
    infer_free(engine->embedder);
    free(engine);
}

int face_engine_dimension(const struct face_engine *engine) {
    return engine->pack.dimension;
}

const char *face_engine_version(const struct face_engine *engine) {
    return engine->pack.version;
}

bool face_worker_new(struct face_engine *engine, struct face_worker **ret_worker, struct error *err) {
    struct face_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return error_set(err, ERROR_INTERNAL, "no memory for a worker");
    worker->engine = engine;
    if (!detector_new(engine->detector, &worker->detector, err) ||
        !infer_request_new(engine->embedder, &worker->embedder, err) ||
        !network_requests_new(engine->networks, &worker->networks, err)) {
        face_worker_free(worker);
        return false;
    }
    *ret_worker = worker;
    return true;
}

void face_worker_free(struct face_worker *worker) {
    if (!worker)
        return;
    network_requests_free(worker->networks);
    detector_free(worker->detector);
    infer_request_free(worker->embedder);
    free(worker);
}

struct network_requests *face_worker_networks(struct face_worker *worker) {
    return worker->networks;
}

/* Landmarks of the photograph in pixels of the decoded image, whose pixel centres are whole numbers. */
static bool image_map(const struct image *image, const struct face *face, struct affine *ret_map) {
    struct point points[FACE_LANDMARKS];
    float x = (float)image->width / (float)image->full_width,
          y = (float)image->height / (float)image->full_height;
    for (int i = 0; i < FACE_LANDMARKS; i++)
        points[i] = (struct point){face->landmarks[i].x * x - 0.5f, face->landmarks[i].y * y - 0.5f};
    return align_map(points, ret_map);
}

static void fill_face(struct face_worker *worker, const struct image *image,
                      const struct detection *detection, struct face *face) {
    float x = (float)image->full_width / (float)image->width,
          y = (float)image->full_height / (float)image->height;
    struct affine map;
    face->box = (struct box){detection->box.left * x, detection->box.top * y, detection->box.width * x,
                             detection->box.height * y};
    face->confidence = fminf(detection->score * 100, 100);
    for (int i = 0; i < FACE_LANDMARKS; i++)
        face->landmarks[i] = (struct point){detection->landmarks[i].x * x, detection->landmarks[i].y * y};
    face->pose = pose_of_landmarks(face->landmarks);
    face->quality = (struct quality){0, 0};
    if (image_map(image, face, &map)) {
        resample_warp(image, map, PLANES_RGB, ALIGN_SIZE, worker->aligned);
        face->quality = quality_of_aligned(worker->aligned);
    }
}

bool face_detect(struct face_worker *worker, const struct image *image, int maximum, struct face *faces,
                 int *ret_count, struct error *err) {
    const struct detection *detections;
    int count;
    if (!detector_run(worker->detector, image, SCORE_MINIMUM, maximum == 1, &detections, &count, err))
        return false;
    count = MIN(count, MIN(maximum, LIMIT_FACES_FOUND));
    for (int i = 0; i < count; i++)
        fill_face(worker, image, &detections[i], &faces[i]);
    *ret_count = count;
    return true;
}

bool face_embed(struct face_worker *worker, const struct image *image, const struct face *face,
                float *ret_embedding, struct error *err) {
    const struct pack *pack = &worker->engine->pack;
    struct infer_output outputs[INFER_OUTPUTS_MAX];
    struct affine map;
    if (!image_map(image, face, &map))
        return error_set(err, ERROR_INTERNAL, "the landmarks of a face coincide");
    float *input = infer_shape(worker->embedder, (struct infer_shape){4, {1, 3, ALIGN_SIZE, ALIGN_SIZE}},
                               err);
    if (!input)
        return false;
    align_warp(image, map, pack->channels, worker->scratch, input);
    if (pack->mean != 0 || pack->scale != 1)
        for (int i = 0; i < 3 * ALIGN_SIZE * ALIGN_SIZE; i++)
            input[i] = (input[i] - pack->mean) / pack->scale;
    if (!infer_run(worker->embedder, outputs, err))
        return false;
    size_t dimension = (size_t)pack->dimension;
    if (outputs[0].len != dimension)
        return error_set(err, ERROR_INTERNAL, "the embedder gives %zu numbers, its manifest says %zu",
                         outputs[0].len, dimension);
    double square = 0;
    for (size_t i = 0; i < dimension; i++)
        square += (double)outputs[0].data[i] * (double)outputs[0].data[i];
    if (!(square > 1e-12) || !isfinite(square))
        return error_set(err, ERROR_INTERNAL, "the embedder gave no direction");
    float norm = (float)(1 / sqrt(square));
    for (size_t i = 0; i < dimension; i++)
        ret_embedding[i] = outputs[0].data[i] * norm;
    return true;
}

/* What a face must reach; measured on photographs of the press (LFW): MEDIUM refuses about 1 % of its faces.
 */
static const struct {
    float confidence, side, brightness, sharpness, turn, nod;
} demands[] = {
    [FACE_FILTER_LOW] = {55, 20, 8, 3, 75, 60},
    [FACE_FILTER_MEDIUM] = {65, 30, 12, 8, 60, 45},
    [FACE_FILTER_HIGH] = {80, 50, 20, 25, 40, 30},
};

unsigned face_filter_reasons(const struct face *face, enum face_filter filter) {
    unsigned reasons = 0;
    if (filter == FACE_FILTER_NONE)
        return 0;
    if (face->confidence < demands[filter].confidence)
        reasons |= FACE_LOW_CONFIDENCE;
    if (fminf(face->box.width, face->box.height) < demands[filter].side)
        reasons |= FACE_SMALL_BOUNDING_BOX;
    if (face->quality.brightness < demands[filter].brightness)
        reasons |= FACE_LOW_BRIGHTNESS;
    if (face->quality.sharpness < demands[filter].sharpness)
        reasons |= FACE_LOW_SHARPNESS;
    if (fabsf(face->pose.yaw) > demands[filter].turn || fabsf(face->pose.pitch) > demands[filter].nod)
        reasons |= FACE_EXTREME_POSE;
    /* Each alone may pass and all together not. */
    if (face->confidence < demands[filter].confidence * 1.1f &&
        face->quality.sharpness < demands[filter].sharpness * 2)
        reasons |= FACE_LOW_QUALITY;
    return reasons;
}
