#include <math.h>
#include "face/face.h"
#include "base/limits.h"
#include "face/chip.h"
#include "face/detect.h"
#include "face/embedders.h"
#include "face/pose.h"
#include "face/quality.h"
#include "face/worker.h"

struct face_engine {
    struct pack pack;
    struct infer_model *detector;
    struct embedders *embedders;
    struct networks *networks;
    struct face_search search;
};

struct face_worker {
    const struct face_engine *engine;
    struct detector *detector;
    struct network_requests *networks;
    struct embedder_requests *embedders;
    float aligned[3 * ALIGN_SIZE * ALIGN_SIZE];
};

bool face_engine_open(const char *models, int at_once, const char *cache, struct face_engine **ret_engine,
                      struct error *err) {
    struct face_engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return error_set(err, ERROR_INTERNAL, "no memory for the models");
    if (!pack_open(models, &engine->pack, err) ||
        !infer_load(engine->pack.detector.file, detector_shape(), engine->pack.detector.half, at_once, cache,
                    &engine->detector, err) ||
        !embedders_load(&engine->pack, at_once, cache, &engine->embedders, err) ||
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
    embedders_free(engine->embedders);
    free(engine);
}

int face_engine_dimension(const struct face_engine *engine) {
    return engine->pack.dimension;
}

const struct face_calibration *face_engine_calibration(const struct face_engine *engine) {
    return &engine->pack.calibration;
}

const char *face_engine_name(const struct face_engine *engine) {
    return engine->pack.name;
}

const char *face_engine_version(const struct face_engine *engine) {
    return engine->pack.version;
}

void face_engine_set_search(struct face_engine *engine, struct face_search search) {
    engine->search = search;
}

/* Loads the second detector. */
static bool search_thoroughly(struct face_worker *worker, struct error *err) {
    const struct network *network;
    if (!network_find(worker->networks, "thorough", "centerface", detector_shape(), &network, err))
        return false;
    if (!network)
        return error_set(err, ERROR_INTERNAL, "the model pack has no second detector for a thorough search");
    return detector_add(worker->detector, network, err);
}

bool face_worker_new(struct face_engine *engine, struct face_worker **ret_worker, struct error *err) {
    struct face_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return error_set(err, ERROR_INTERNAL, "no memory for a worker");
    worker->engine = engine;
    if (!detector_new(engine->detector, &worker->detector, err) ||
        !network_requests_new(engine->networks, &worker->networks, err) ||
        !embedder_requests_new(engine->embedders, worker->networks, &worker->embedders, err) ||
        (engine->search.thorough && !search_thoroughly(worker, err))) {
        face_worker_free(worker);
        return false;
    }
    *ret_worker = worker;
    return true;
}

void face_worker_free(struct face_worker *worker) {
    if (!worker)
        return;
    embedder_requests_free(worker->embedders);
    network_requests_free(worker->networks);
    detector_free(worker->detector);
    free(worker);
}

struct network_requests *face_worker_networks(struct face_worker *worker) {
    return worker->networks;
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
    if (chip_map(image, face, &map)) {
        resample_warp(image, map, PLANES_RGB, ALIGN_SIZE, worker->aligned);
        face->quality = quality_of_aligned(worker->aligned);
    }
}

bool face_detect(struct face_worker *worker, const struct image *image, int maximum, struct face *faces,
                 int *ret_count, struct error *err) {
    const struct detection *detections;
    int count;
    struct detector_wish wish = {maximum == 1, worker->engine->search.budget_ms};
    if (!detector_run(worker->detector, image, wish, &detections, &count, err))
        return false;
    count = MIN(count, MIN(maximum, LIMIT_FACES_FOUND));
    for (int i = 0; i < count; i++)
        fill_face(worker, image, &detections[i], &faces[i]);
    *ret_count = count;
    return true;
}

bool face_embed(struct face_worker *worker, const struct image *image, const struct face *face,
                float *ret_embedding, struct error *err) {
    return embedder_requests_run(worker->embedders, image, face, ret_embedding, err);
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
