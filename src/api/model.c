#include <assert.h>
#include "api/model.h"

static bool open_model(const char *folder, int at_once, const char *cache, struct model *model,
                       struct error *err) {
    if (!face_engine_open(folder, at_once, cache, &model->engine, err))
        return false;
    model->scale = similarity_of_calibration(face_engine_calibration(model->engine));
    model->probes = probes_new((size_t)model_dimension(model));
    return model->probes || error_set(err, ERROR_INTERNAL, "There is no memory for the models.");
}

bool models_open(const char *const *folders, int at_once, const char *cache, struct face_search search,
                 struct models *models, struct error *err) {
    for (; *folders; folders++) {
        assert(models->count < LIMIT_MODELS);
        struct model *model = &models->list[models->count];
        model->number = models->count++;
        if (!open_model(*folders, at_once, cache, model, err))
            return false;
        face_engine_set_search(model->engine, search);
        for (int i = 0; i < model->number; i++)
            if (strcmp(model_version(&models->list[i]), model_version(model)) == 0)
                return error_set(err, ERROR_INVALID_PARAMETER,
                                 "The model packs %s and %s have the same version, %s.",
                                 face_engine_name(models->list[i].engine), face_engine_name(model->engine),
                                 model_version(model));
    }
    return true;
}

void models_close(struct models *models) {
    for (int i = 0; i < models->count; i++) {
        face_engine_free(models->list[i].engine);
        probes_free(models->list[i].probes);
    }
    models->count = 0;
}

const struct model *models_find(const struct models *models, const char *wanted) {
    for (int i = 0; i < models->count; i++)
        if (strcmp(model_version(&models->list[i]), wanted) == 0)
            return &models->list[i];
    for (int i = 0; i < models->count; i++)
        if (strcmp(face_engine_name(models->list[i].engine), wanted) == 0)
            return &models->list[i];
    return NULL;
}

const struct model *models_of(const struct models *models, const struct store_collection *collection) {
    for (int i = 0; i < models->count; i++)
        if (strcmp(model_version(&models->list[i]), collection->model) == 0 &&
            model_dimension(&models->list[i]) == collection->dimension)
            return &models->list[i];
    return NULL;
}

bool models_refuse(const struct models *models, const char *wanted, struct error *err) {
    char loaded[256] = "";
    for (int i = 0; i < models->count; i++) {
        size_t len = strlen(loaded);
        snprintf(loaded + len, sizeof loaded - len, "%s%s (%s)", i > 0 ? ", " : "",
                 model_version(&models->list[i]), face_engine_name(models->list[i].engine));
    }
    return error_set(err, ERROR_INVALID_PARAMETER,
                     "Request has invalid parameters: this server does not run model version %.64s, it runs "
                     "%s.",
                     wanted, loaded);
}

bool models_workers_new(const struct models *models, struct face_worker *ret_workers[LIMIT_MODELS],
                        struct error *err) {
    for (int i = 0; i < models->count; i++)
        if (!face_worker_new(models->list[i].engine, &ret_workers[i], err))
            return false;
    return true;
}

void models_workers_free(struct face_worker *workers[LIMIT_MODELS]) {
    for (int i = 0; i < LIMIT_MODELS; i++)
        face_worker_free(workers[i]);
}

struct probe_counts models_probe_counts(const struct models *models) {
    struct probe_counts sum = {0};
    for (int i = 0; i < models->count; i++) {
        struct probe_counts counts = probes_counts(models->list[i].probes);
        sum.seen += counts.seen;
        sum.alike += counts.alike;
        sum.refused += counts.refused;
    }
    return sum;
}
