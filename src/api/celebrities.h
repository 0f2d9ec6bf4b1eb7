/* The members of the operations on celebrities that are not Rekognition's, for extension.c. */
#ifndef API_CELEBRITIES_H
#define API_CELEBRITIES_H

#include "api/fields.h"

/* What is kept of a celebrity as the details of the user. */
extern const struct field celebrity_details_fields[];

extern const struct field put_celebrity_fields[];
extern const struct field list_celebrities_fields[];
extern const struct field delete_celebrity_fields[];

#endif
