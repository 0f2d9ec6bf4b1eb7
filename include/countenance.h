/* Countenance as a C library: image bytes in, faces and embeddings out.
 *
 *     cc example.c $(pkg-config --cflags --libs countenance)
 *
 * An engine holds the models and may be shared by threads; a worker belongs to one thread at a time. Every
 * function that can fail returns 0 on success and -1 on failure, with a sentence in countenance_error() of
 * the same thread; results are written on success only. Embeddings are biometric data: handle them as such.
 */
#ifndef COUNTENANCE_H
#define COUNTENANCE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COUNTENANCE_API __attribute__((visibility("default")))
#define COUNTENANCE_EMBEDDING_MAX 512

typedef struct countenance_engine countenance_engine;
typedef struct countenance_worker countenance_worker;

/* All coordinates are ratios of the upright photograph: x of its width, y of its height; (0, 0) is its top
 * left corner. A box that reaches over the edge has a negative left or top, or ends beyond 1. */
typedef struct countenance_point {
    float x, y;
} countenance_point;

typedef struct countenance_face {
    float left, top, width, height;
    float confidence; /* 0 to 100: how sure the box holds a face */
    countenance_point
        landmarks[5];       /* eye left, eye right, nose, mouth left, mouth right; the viewer's left */
    float roll, yaw, pitch; /* degrees: clockwise, nose to the right of the picture, nose up are positive */
    float brightness, sharpness;                /* 0 to 100 */
    int dimension;                              /* of the embedding; 0 when it was not asked for */
    float embedding[COUNTENANCE_EMBEDDING_MAX]; /* a unit vector */
} countenance_face;

/* models: the folder of a model pack; NULL for the one that this build was made with. The caller closes it.
 */
COUNTENANCE_API int countenance_open(const char *models, countenance_engine **ret_engine);
/* Workers are freed before. Takes NULL. */
COUNTENANCE_API void countenance_close(countenance_engine *engine);
COUNTENANCE_API int countenance_worker_new(countenance_engine *engine, countenance_worker **ret_worker);
COUNTENANCE_API void countenance_worker_free(countenance_worker *worker);

/* Finds up to maximum faces (at most 100), largest first, in a JPEG or PNG. With embed not 0 each gets its
 * embedding. faces holds maximum elements. */
COUNTENANCE_API int countenance_faces(countenance_worker *worker, const void *image, size_t len, int embed,
                                      countenance_face *faces, int maximum, int *ret_count);
/* How alike two faces are: 0 to 100 on the calibrated scale (80, 90, 99: false match rate 1e-3, 1e-4, 1e-5).
 */
COUNTENANCE_API float countenance_similarity(const countenance_engine *engine, const countenance_face *a,
                                             const countenance_face *b);
/* Why the last call of this thread failed; never NULL. */
COUNTENANCE_API const char *countenance_error(void);
COUNTENANCE_API const char *countenance_version(void);

#ifdef __cplusplus
}
#endif

#endif
