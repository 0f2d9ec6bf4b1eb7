/* One entry of the record: what it says, and the JSON that is logged.
 *
 * The JSON is canonical (RFC 8785: members in order, no blanks, integers only), so that the same entry is the
 * same bytes. Members that are empty are left out. docs/record.md tells of each. Never put names, pictures,
 * embeddings or secrets into one: what must be recognised later goes in as a commitment. */
#ifndef RECORD_ENTRY_H
#define RECORD_ENTRY_H

#include "base/buffer.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/uuid.h"

#define RECORD_VERSION 1

enum record_kind {
    RECORD_USE,               /* a call that touched faces */
    RECORD_SUPPLY,            /* face recognition was made available to somebody */
    RECORD_SCREENING,         /* a name was held against sanctions lists */
    RECORD_DECISION,          /* a person decided: a release, a clearance, an answer to a concern */
    RECORD_ERASURE,           /* faces and their salts were destroyed */
    RECORD_CONCERN,           /* somebody lodged a sealed concern */
    RECORD_COLLECTION,        /* a collection, its purpose or its settings changed */
    RECORD_KEY,               /* a key was made, disabled, rotated */
    RECORD_ACCOUNT,           /* an account was made or changed */
    RECORD_LIST,              /* a sanctions list came into use */
    RECORD_CHECKPOINT_POLICY, /* other witnesses or another quorum */
};

enum record_outcome {
    RECORD_DONE,
    RECORD_MATCH,
    RECORD_NO_MATCH,
    RECORD_NO_FACE,
    RECORD_REFUSED, /* `error` says why */
};

enum record_role {
    RECORD_PROBE,
    RECORD_MATCHED,
    RECORD_ENROLLED,
    RECORD_ERASED,
    RECORD_CHANGED, /* given to a user, taken away, tagged */
    RECORD_READ,    /* its template was given out */
};

struct record_subject {
    enum record_role role;
    struct sha256 commitment; /* record_commit_subject */
};

/* How many; 0 is left out. */
struct record_counts {
    int64_t faces;    /* found in the photographs */
    int64_t searched; /* faces of the reference database that were compared */
    int64_t matched, enrolled, erased;
};

/* A member of `details`: its name is lower case letters, digits and '_'. */
struct record_detail {
    const char *name;
    const char *text; /* NULL: the number counts */
    int64_t number;
};

/* All strings are valid UTF-8 of at most LIMIT_RECORD_TEXT bytes; NULL: not told. */
struct record_entry {
    enum record_kind kind;
    int64_t started_ms, ended_ms; /* of the use; ended_ms 0: at once */
    const char *request_id;
    const char *account, *key, *person; /* who: account, access key id, the id of the key's person */
    const char *operation;
    const char *collection;      /* the reference database */
    const char *purpose, *basis; /* of the collection: purpose and lawful basis */
    const char *model;           /* version of the embedding model */
    const struct sha256 *images; /* record_commit_image; at most LIMIT_RECORD_IMAGES */
    size_t image_count;
    const struct record_subject *subjects; /* any number: see entry_part_count */
    size_t subject_count;
    enum record_outcome outcome;
    const char *error; /* AWS name of the error, when refused */
    struct record_counts counts;
    const char *const *released_by; /* persons who verified and released the result; at most 16 */
    size_t released_count;
    const struct record_detail *details; /* at most LIMIT_RECORD_DETAILS, in any order */
    size_t detail_count;
};

/* An entry with more than LIMIT_RECORD_SUBJECTS subjects is logged as several, which say "part" i of "parts".
 * At least 1. */
size_t entry_part_count(const struct record_entry *entry);
/* Appends part `part`, from 0, as JSON. INTERNAL when a text is no UTF-8 or it is too large: nothing of that
 * may go unrecorded, so that the call which it tells of must fail. */
MUST_CHECK bool entry_write(const struct record_entry *entry, size_t part, struct buffer *out,
                            struct error *err);

/* Of a subject: HMAC-SHA-256 under its own salt, over its id. Whoever has destroyed the salt has made it
 * meaningless. */
struct sha256 record_commit_subject(const uint8_t salt[32], struct uuid id);

#endif
