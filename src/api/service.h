/* What the operations share, and what one call of them is given. */
#ifndef API_SERVICE_H
#define API_SERVICE_H

#include "account/keys.h"
#include "api/api.h"
#include "api/gallery.h"
#include "face/face.h"
#include "store/store.h"

struct yyjson_val;

struct service {
    struct store *store;
    struct galleries *galleries;
    struct face_engine *engine;
    struct keys *keys; /* NULL: nobody may sign */
    char region[64];   /* in ARNs */
};

struct api_worker {
    struct service *service;
    struct arena *arena; /* of the call it works on */
    struct face_worker *faces;
};

/* One call of an operation: its validated members (json.h) and the reply that is being written. */
struct call {
    struct service *service;
    struct face_worker *faces;
    struct arena *arena;
    struct yyjson_val *input;
    struct buffer *reply;
};

/* The collection that CollectionId names. NOT_FOUND. */
MUST_CHECK bool call_collection(struct call *call, struct store_collection *ret_collection,
                                struct error *err);
/* The same, for operations that compare a photograph with its faces: INVALID_PARAMETER when those were made
 * by another model than the one that is loaded. */
MUST_CHECK bool call_collection_of_model(struct call *call, struct store_collection *ret_collection,
                                         struct error *err);
/* A member that is a string without NUL (its pattern says so), terminated, in the arena. *ret_string is NULL
 * when it is absent. */
MUST_CHECK bool call_string(struct call *call, const char *name, const char **ret_string, struct error *err);
/* For an allocation in the arena that failed. Returns false. */
bool call_no_memory(struct error *err);

#endif
