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

#define DEED_DETAILS 8

struct deed {
    struct record_entry entry;
    struct sha256 images[LIMIT_RECORD_IMAGES];
    struct record_subject *subjects; /* in the arena */
    size_t subject_capacity;
    struct record_detail details[DEED_DETAILS];
    bool incomplete;
    uint64_t index;        /* where deed_record has put it */
    bool recorded;         /* the handler has recorded and committed it itself */
    const char *held;      /* id of the release that keeps the reply back (release.h) */
    bool release_required; /* a collection that it looked into has its results released by a second person */
};

/* A photograph that the call has looked at, and the faces found in it. */
void deed_photo(struct call *call, struct bytes photo, const struct findings *findings);
/* The collection that the call is about. */
void deed_collection(struct call *call, const struct store_collection *collection);
/* A face of the store, whose commitment is made under its own salt; a user, under its key. */
void deed_face(struct call *call, enum record_role role, const struct store_face *face);
void deed_user(struct call *call, enum record_role role, struct uuid key);
/* The commitment that deed_user makes. */
struct sha256 deed_user_commitment(struct uuid key);
/* A commitment that is known already. */
void deed_subject(struct call *call, enum record_role role, struct sha256 commitment);
/* So many faces of the collection were compared, so many are told as matches. */
void deed_search(struct call *call, const struct store_collection *collection, size_t matched);
void deed_no_face(struct call *call);
/* One thing more, up to DEED_DETAILS, by a name of lower-case letters; both texts live as long as the call.
 */
void deed_detail(struct call *call, const char *name, const char *text);
/* The same of a text that is not to be told: only a commitment to it is. */
void deed_text(struct call *call, const char *name, const char *text);

/* Records the call, unless that is done: inside its transaction, if it has one. refusal: the error that the
 * client gets, NULL when it is answered; what was touched before it is then left out. Operations that touch
 * no face, collection or account are not recorded. INTERNAL: the call must not be answered. */
MUST_CHECK bool deed_record(struct call *call, const struct operation *operation, const struct error *refusal,
                            struct error *err);

#endif
