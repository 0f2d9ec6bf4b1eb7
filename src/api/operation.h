/* The operations of the API, as data. A new operation is one row of OPERATIONS in operation.c with the
 * constraints of its members, one handler in the file of its family, and one test.
 *
 * Members are checked before a handler runs (validate.h), so that a handler may rely on types, lengths,
 * ranges, patterns and required members; what a member means is its own business. */
#ifndef API_OPERATION_H
#define API_OPERATION_H

#include "api/pattern.h"
#include "base/error.h"

enum field_type { FIELD_STRING, FIELD_INTEGER, FIELD_FLOAT, FIELD_BLOB, FIELD_LIST, FIELD_MAP, FIELD_STRUCT };

struct field {
    const char *name; /* as on the wire; NULL ends an array of fields */
    enum field_type type;
    bool required;
    /* Of characters of a string, bytes of a blob, items of a list or map, or of the number itself. A maximum
     * of 0 is none; numbers are never negative. */
    int64_t minimum, maximum;
    const struct pattern *pattern; /* of a string, or NULL */
    const char *const *choices;    /* of a string, NULL behind the last; or NULL */
    const struct field *fields;    /* members of a struct; the item of a list; key and value of a map */
};

struct call; /* service.h */

struct operation {
    const char *name;
    const char *action; /* for policies: "rekognition:IndexFaces" */
    const struct field *fields;
    /* Puts the members of the reply between its braces, which are the caller's. */
    bool (*handle)(struct call *call, struct error *err);
};

/* What X-Amz-Target puts before the name. */
#define OPERATION_PREFIX "RekognitionService."

/* NULL when there is none of the name. */
const struct operation *operation_find(struct bytes name);
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

#endif
