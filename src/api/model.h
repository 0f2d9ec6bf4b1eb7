/* The model packs that are loaded. A collection is served by the one whose version its vectors are of; the
 * first is that of new collections and of operations on photographs alone. */
#ifndef API_MODEL_H
#define API_MODEL_H

#include "account/probes.h"
#include "base/limits.h"
#include "face/face.h"
#include "match/similarity.h"
#include "store/store.h"

struct model {
    int number; /* its place in the list */
    struct face_engine *engine;
    struct similarity_scale scale;
    struct probes *probes; /* who asks about one face again and again */
};

struct models {
    int count;
    struct model list[LIMIT_MODELS];
};

/* folders: one to LIMIT_MODELS packs, NULL behind the last; at_once and cache as in infer.h.
 * INVALID_PARAMETER when two have the same version. The caller closes them also when it fails. */
MUST_CHECK bool models_open(const char *const *folders, int at_once, const char *cache,
                            struct face_search search, struct models *models, struct error *err);
/* Takes a zeroed one too. */
void models_close(struct models *models);
/* By version, or else by name; NULL when there is none. */
const struct model *models_find(const struct models *models, const char *wanted);
/* That of the collection's vectors; NULL when it is not loaded. */
const struct model *models_of(const struct models *models, const struct store_collection *collection);
/* INVALID_PARAMETER: `wanted` is none of those that are loaded, which are named. Returns false. */
bool models_refuse(const struct models *models, const char *wanted, struct error *err);
/* One worker a model, for one thread. The caller frees those that were made also when it fails. */
MUST_CHECK bool models_workers_new(const struct models *models, struct face_worker *ret_workers[LIMIT_MODELS],
                                   struct error *err);
void models_workers_free(struct face_worker *workers[LIMIT_MODELS]);
struct probe_counts models_probe_counts(const struct models *models);

static inline const char *model_version(const struct model *model) {
    return face_engine_version(model->engine);
}
static inline int model_dimension(const struct model *model) {
    return face_engine_dimension(model->engine);
}

#endif
