/* image -> faces: where they are, how good, and their embeddings.
 *
 * An engine holds the models and is shared; a worker belongs to one thread. Coordinates are pixels of the
 * upright full-size photograph (image.full_width x image.full_height), "left" is the viewer's left. */
#ifndef FACE_FACE_H
#define FACE_FACE_H

#include "image/image.h"

#define FACE_LANDMARKS 5
#define FACE_EMBEDDING_MAX 512

enum face_landmark {
    LANDMARK_EYE_LEFT,
    LANDMARK_EYE_RIGHT,
    LANDMARK_NOSE,
    LANDMARK_MOUTH_LEFT,
    LANDMARK_MOUTH_RIGHT
};

struct point {
    float x, y;
};

struct box {
    float left, top, width, height; /* may reach beyond the photograph */
};

struct pose {
    float roll, yaw, pitch; /* degrees; see pose.h for the signs */
};

struct quality {
    float brightness, sharpness; /* 0 to 100 */
};

struct face {
    struct box box;
    float confidence; /* 0 to 100 */
    struct point landmarks[FACE_LANDMARKS];
    struct pose pose;
    struct quality quality;
};

#define FACE_CALIBRATION_MAX 32

/* Cosines of two embeddings and the similarity (0 to 100) that each stands for, ascending in both. */
struct face_calibration {
    int count; /* 0: that of the default pack */
    struct {
        float cosine, similarity;
    } knots[FACE_CALIBRATION_MAX];
};

enum face_filter { FACE_FILTER_NONE, FACE_FILTER_LOW, FACE_FILTER_MEDIUM, FACE_FILTER_HIGH };

/* Why a face is not good enough; a set of bits. */
enum face_reason {
    FACE_EXCEEDS_MAX_FACES = 1 << 0,
    FACE_EXTREME_POSE = 1 << 1,
    FACE_LOW_BRIGHTNESS = 1 << 2,
    FACE_LOW_SHARPNESS = 1 << 3,
    FACE_LOW_CONFIDENCE = 1 << 4,
    FACE_SMALL_BOUNDING_BOX = 1 << 5,
    FACE_LOW_QUALITY = 1 << 6,
};

struct face_engine;
struct face_worker;

/* models: the folder with manifest.ini and its files (see pack.h); at_once and cache as in
 * infer.h. */
MUST_CHECK bool face_engine_open(const char *models, int at_once, const char *cache,
                                 struct face_engine **ret_engine, struct error *err);
void face_engine_free(struct face_engine *engine);
/* Length of an embedding, at most FACE_EMBEDDING_MAX. */
int face_engine_dimension(const struct face_engine *engine);
/* How the pack's cosines are to be read, owned by the engine; see match/similarity.h. */
const struct face_calibration *face_engine_calibration(const struct face_engine *engine);
/* The pack's name, owned by the engine. */
const char *face_engine_name(const struct face_engine *engine);
/* Version of the model as clients see it ("7.0" form), owned by the engine. */
const char *face_engine_version(const struct face_engine *engine);

/* How hard to look for faces. */
struct face_search {
    bool thorough; /* with the pack's second detector ([thorough]) too: finds more, takes several times as
                      long */
    int budget_ms; /* of one photograph, after which no further part of it is looked at closely; 0: no limit
                    */
};
/* For the workers that are made from now on; without it neither thorough nor limited. */
void face_engine_set_search(struct face_engine *engine, struct face_search search);

MUST_CHECK bool face_worker_new(struct face_engine *engine, struct face_worker **ret_worker,
                                struct error *err);
void face_worker_free(struct face_worker *worker);

/* Up to `maximum` faces (at most LIMIT_FACES_FOUND) into faces, largest box first. With maximum 1 the
 * search stops early once it has a clear face, so the smallest faces of the photograph are not looked for. */
MUST_CHECK bool face_detect(struct face_worker *worker, const struct image *image, int maximum,
                            struct face *faces, int *ret_count, struct error *err);
/* The embedding of one face: a unit vector of face_engine_dimension floats. */
MUST_CHECK bool face_embed(struct face_worker *worker, const struct image *image, const struct face *face,
                           float *ret_embedding, struct error *err);
/* The reasons for which the filter refuses the face; 0 when it passes. */
unsigned face_filter_reasons(const struct face *face, enum face_filter filter);

#endif
