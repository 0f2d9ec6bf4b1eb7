/* What the operations share, and what one call of them is given. */
#ifndef API_SERVICE_H
#define API_SERVICE_H

#include "account/accounts.h"
#include "api/api.h"
#include "api/deed.h"
#include "api/gallery.h"
#include "api/model.h"
#include "api/object.h"
#include "base/limits.h"
#include "face/face.h"
#include "store/store.h"

struct yyjson_val;

struct service {
    struct store *store;
    struct galleries *galleries;
    struct models models;
    struct accounts *accounts;
    struct quotas *quotas;                     /* how often keys and accounts may call */
    struct retention *retention;               /* erases what has expired; NULL: nobody does */
    struct gate *gate;                         /* who is served; NULL: everybody whose account is active */
    struct record *record;                     /* what was done; NULL: nothing is recorded */
    struct object_store *objects;              /* NULL: no photographs by S3Object */
    char region[64];                           /* in ARNs */
    char celebrities[LIMIT_COLLECTION_ID + 1]; /* the collection whose users they are; empty: none */
};

struct api_worker {
    struct service *service;
    struct arena *arena;                     /* of the call it works on */
    struct face_worker *faces[LIMIT_MODELS]; /* one a model */
};

/* One call of an operation: its validated members (json.h) and the reply that is being written. */
struct call {
    struct service *service;
    struct face_worker *const *faces; /* by the number of the model */
    struct arena *arena;
    struct yyjson_val *input;
    struct buffer *reply;
    struct deed *deed;                 /* what it does, for the record */
    const struct principal *principal; /* who calls; its secrets are wiped */
};

/* Begins the one transaction of the call, unless it has begun. A handler calls it before its first write and
 * after all slow work, since nobody else can write until the call ends: committed when the handler succeeds,
 * rolled back when it fails. */
MUST_CHECK bool call_begin(struct call *call, struct error *err);
/* The collection that CollectionId names. NOT_FOUND. */
MUST_CHECK bool call_collection(struct call *call, struct store_collection *ret_collection,
                                struct error *err);
/* The same, with the model of its vectors, for operations that compare a photograph with its faces.
 * INVALID_PARAMETER when that is not loaded. */
MUST_CHECK bool call_collection_and_model(struct call *call, struct store_collection *ret_collection,
                                          const struct model **ret_model, struct error *err);
/* The second half of it. */
MUST_CHECK bool call_model(struct call *call, const struct store_collection *collection,
                           const struct model **ret_model, struct error *err);
/* The face of a FaceId that is searched for, named to the record as the probe. INVALID_PARAMETER when it is
 * not in the collection. */
MUST_CHECK bool call_probe(struct call *call, const struct store_collection *collection, struct bytes face_id,
                           struct store_face *ret_face, struct error *err);
/* The tags of a map member, in the arena; the first of several values of one key counts, as everywhere. */
MUST_CHECK bool call_tags(struct call *call, const char *name, struct store_tag **ret_tags, size_t *ret_count,
                          struct error *err);
/* The strings of a list member whose pattern lets no NUL in, in the arena. */
MUST_CHECK bool call_strings(struct call *call, const char *name, const char *const **ret_strings,
                             size_t *ret_count, struct error *err);
/* The ids of a list member, in the arena, ascending and each once. */
MUST_CHECK bool call_face_ids(struct call *call, const char *name, struct uuid **ret_ids, size_t *ret_count,
                              struct error *err);
/* A member that is a string without NUL (its pattern says so), terminated, in the arena. *ret_string is NULL
 * when it is absent. */
MUST_CHECK bool call_string(struct call *call, const char *name, const char **ret_string, struct error *err);
/* What the ARN of a collection has in front of its id. */
#define ARN_PREFIX_MAX 160
void call_arn_prefix(const struct call *call, char ret_prefix[ARN_PREFIX_MAX]);
/* For an allocation in the arena that failed. Returns false. */
bool call_no_memory(struct error *err);

#endif
