/* The members of the operations on one person's data, for extension.c. */
#ifndef API_SUBJECT_H
#define API_SUBJECT_H

#include "api/fields.h"

extern const struct field describe_subject_fields[];
extern const struct field erase_subject_fields[];

#endif
