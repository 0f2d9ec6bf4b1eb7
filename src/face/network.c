#include <pthread.h>
#include "face/network.h"

struct networks {
    const struct pack *pack;
    int at_once;
    char *cache;                                 /* NULL for none */
    pthread_mutex_t lock;                        /* of models: held while one is loaded */
    struct infer_model *models[PACK_OTHERS_MAX]; /* as in pack->others; NULL until asked for */
};

struct network_requests {
    struct networks *networks;
    struct network found[PACK_OTHERS_MAX]; /* without a request until asked for */
};

bool networks_new(const struct pack *pack, int at_once, const char *cache, struct networks **ret_networks,
                  struct error *err) {
    struct networks *networks = calloc(1, sizeof *networks);
    char *copy = cache ? strdup(cache) : NULL;
    if (!networks || (cache && !copy)) {
        free(networks);
        free(copy);
        return error_set(err, ERROR_INTERNAL, "no memory for the models");
    }
    networks->pack = pack;
    networks->at_once = at_once;
    networks->cache = copy;
    pthread_mutex_init(&networks->lock, NULL);
    *ret_networks = networks;
    return true;
}

void networks_free(struct networks *networks) {
    if (!networks)
        return;
    for (int i = 0; i < PACK_OTHERS_MAX; i++)
        infer_free(networks->models[i]);
    pthread_mutex_destroy(&networks->lock);
    free(networks->cache);
    free(networks);
}

bool network_requests_new(struct networks *networks, struct network_requests **ret_requests,
                          struct error *err) {
    struct network_requests *requests = calloc(1, sizeof *requests);
    if (!requests)
        return error_set(err, ERROR_INTERNAL, "no memory for a worker");
    requests->networks = networks;
    *ret_requests = requests;
    return true;
}

void network_requests_free(struct network_requests *requests) {
    if (!requests)
        return;
    for (int i = 0; i < PACK_OTHERS_MAX; i++)
        infer_request_free(requests->found[i].request);
    free(requests);
}

static bool load(struct networks *networks, int place, struct infer_shape shape,
                 struct infer_model **ret_model, struct error *err) {
    pthread_mutex_lock(&networks->lock);
    struct infer_model **model = &networks->models[place];
    bool loaded = *model ||
                  infer_load(networks->pack->others[place].file, shape, networks->pack->others[place].half,
                             networks->at_once, networks->cache, model, err);
    if (loaded)
        *ret_model = *model;
    pthread_mutex_unlock(&networks->lock);
    return loaded;
}

bool network_find(struct network_requests *requests, const char *role, const char *kind,
                  struct infer_shape shape, const struct network **ret_network, struct error *err) {
    struct networks *networks = requests->networks;
    int place = pack_find(networks->pack, role);
    if (place < 0) {
        *ret_network = NULL;
        return true;
    }
    struct network *network = &requests->found[place];
    if (!network->request) {
        struct infer_model *model;
        if (strcmp(networks->pack->others[place].kind, kind) != 0)
            return error_set(err, ERROR_INTERNAL, "the model pack: [%s] has kind %s, only %s is known", role,
                             networks->pack->others[place].kind, kind);
        if (!load(networks, place, shape, &model, err) || !infer_request_new(model, &network->request, err))
            return false;
        network->model = model;
    }
    *ret_network = network;
    return true;
}
