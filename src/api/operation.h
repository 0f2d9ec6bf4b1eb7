/* The operations of the API, as data. A new operation is one row of OPERATIONS in operation.c with the
 * constraints of its members, one handler in the file of its family, and one test.
 *
 * Members are checked before a handler runs (validate.h), so that a handler may rely on types, lengths,
 * ranges, patterns and required members; what a member means is its own business. */
#ifndef API_OPERATION_H
#define API_OPERATION_H

#include "api/pattern.h"
#include "base/error.h"

enum field_type {
    FIELD_STRING,
    FIELD_INTEGER,
    FIELD_FLOAT,
    FIELD_BOOLEAN,
    FIELD_TIME, /* seconds since 1970 */
    FIELD_BLOB,
    FIELD_LIST,
    FIELD_MAP,
    FIELD_STRUCT
};

struct field {
    const char *name; /* as on the wire; NULL ends an array of fields */
    enum field_type type;
    bool required;
    /* Of characters of a string, bytes of a blob, items of a list or map, or of the number itself. A maximum
     * of 0 is none; a number always has its minimum. */
    int64_t minimum, maximum;
    const struct pattern *pattern; /* of a string, or NULL */
    const char *const *choices;    /* of a string, NULL behind the last; or NULL */
    const struct field *fields;    /* members of a struct; the item of a list; key and value of a map */
};

struct call; /* service.h */

/* It tells nothing of a face and changes nothing. */
#define OPERATION_UNRECORDED (-1)

struct operation {
    const char *name;   /* "IndexFaces", or "Countenance.RenameCollection" */
    const char *action; /* for policies: "rekognition:IndexFaces", "countenance:RenameCollection" */
    int record;         /* enum record_kind of its entry, or OPERATION_UNRECORDED */
    int family;         /* enum quota_family that its calls count in */
    const struct field *fields;
    /* Puts the members of the reply between its braces, which are the caller's. */
    bool (*handle)(struct call *call, struct error *err);
};

/* What X-Amz-Target puts before the name of an operation of Rekognition; our own (extension.c) have the
 * second as a part of their name. */
#define OPERATION_PREFIX "RekognitionService."
#define EXTENSION_PREFIX "Countenance."

/* An operation that has this member acts once for each of its values: request.c sees to it. Its handler is
 * called inside the transaction, so it does nothing slow. */
#define CLIENT_REQUEST_TOKEN "ClientRequestToken"

/* All rows, Rekognition's first; NULL behind the last. */
const struct operation *operation_at(size_t position);
/* The rows of extension.c; NULL behind the last. */
const struct operation *extension_at(size_t position);
/* By its name in the table; NULL when there is none. */
const struct operation *operation_find(struct bytes name);
/* By X-Amz-Target; NULL when there is none. */
const struct operation *operation_target(struct bytes target);
/* Says why X-Amz-Target leads nowhere: UNKNOWN_OPERATION. Returns false. */
bool operation_refuse(struct bytes target, struct error *err);

/* The handlers; one file a family. */
bool create_collection(struct call *call, struct error *err); /* collections.c */
bool describe_collection(struct call *call, struct error *err);
bool list_collections(struct call *call, struct error *err);
bool delete_collection(struct call *call, struct error *err);
bool index_faces(struct call *call, struct error *err); /* faces.c */
bool list_faces(struct call *call, struct error *err);
bool delete_faces(struct call *call, struct error *err);
bool search_faces(struct call *call, struct error *err); /* search.c */
bool search_faces_by_image(struct call *call, struct error *err);
bool detect_faces(struct call *call, struct error *err); /* images.c */
bool compare_faces(struct call *call, struct error *err);
bool create_user(struct call *call, struct error *err); /* users.c */
bool delete_user(struct call *call, struct error *err);
bool list_users(struct call *call, struct error *err);
bool associate_faces(struct call *call, struct error *err);
bool disassociate_faces(struct call *call, struct error *err);
bool search_users(struct call *call, struct error *err);
bool search_users_by_image(struct call *call, struct error *err);
bool tag_resource(struct call *call, struct error *err); /* tags.c */
bool untag_resource(struct call *call, struct error *err);
bool list_tags_for_resource(struct call *call, struct error *err);
bool recognize_celebrities(struct call *call, struct error *err); /* celebrities.c */
bool get_celebrity_info(struct call *call, struct error *err);
bool put_celebrity(struct call *call, struct error *err);
bool list_celebrities(struct call *call, struct error *err);
bool delete_celebrity(struct call *call, struct error *err);

#endif
