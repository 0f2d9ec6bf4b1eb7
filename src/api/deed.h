/* What a call did, as the record will tell it: gathered while a handler runs, written before its reply
 * leaves.
 *
 * Handlers name what they touch: photographs, collections, faces, users. Only commitments are kept of them.
 * What goes wrong here (no memory) is kept too and fails the call when it is to be recorded. */
#ifndef API_DEED_H
#define API_DEED_H

#include "base/limits.h"
#include "record/record.h"
#include "store/store.h"

struct call;
struct findings;
struct operation;

struct deed {
    struct record_entry entry;
    struct sha256 images[LIMIT_RECORD_IMAGES];
    struct record_subject *subjects; /* in the arena */
    size_t subject_capacity;
    struct record_detail detail;
    bool incomplete;
};

/* A photograph that the call has looked at, and the faces found in it. */
void deed_photo(struct call *call, struct bytes photo, const struct findings *findings);
/* The collection that the call is about. */
void deed_collection(struct call *call, const struct store_collection *collection);
/* A face of the store, whose commitment is made under its own salt; a user, under its key. */
void deed_face(struct call *call, enum record_role role, const struct store_face *face);
void deed_user(struct call *call, enum record_role role, struct uuid key);
/* So many faces of the collection were compared, so many are told as matches. */
void deed_search(struct call *call, const struct store_collection *collection, size_t matched);
void deed_no_face(struct call *call);
/* One thing more, by a name of lower-case letters; both texts live as long as the call. */
void deed_detail(struct call *call, const char *name, const char *text);

/* Records the call: inside its transaction, if it has one. refusal: the error that the client gets, NULL when
 * it is answered; what was touched before it is then left out. Operations that touch no face, collection or
 * account are not recorded. INTERNAL: the call must not be answered. */
MUST_CHECK bool deed_record(struct call *call, const struct operation *operation, const struct error *refusal,
                            struct error *err);

#endif
