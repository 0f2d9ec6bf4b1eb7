/* The members of the operations on accounts, keys, policies and sessions, for extension.c; and what they
 * share with other operations of ours. */
#ifndef API_ADMINISTRATION_H
#define API_ADMINISTRATION_H

#include "api/fields.h"
#include "api/service.h"

extern const struct pattern pattern_line; /* UTF-8 without control characters */

/* Of an account, a person: what is told of both is kept to LIMIT_ACCOUNT_TEXT. */
#define LINE(name) name, FIELD_STRING, .maximum = LIMIT_ACCOUNT_TEXT, .pattern = &pattern_line

/* A time up to the last second of the year 9999. */
#define EXPIRES_AT "ExpiresAt", FIELD_TIME, .maximum = 253402300799

extern const struct field create_account_fields[];
extern const struct field update_account_fields[];
extern const struct field describe_account_fields[];
extern const struct field list_accounts_fields[];
extern const struct field create_key_fields[];
extern const struct field list_keys_fields[];
extern const struct field update_key_fields[];
extern const struct field rotate_key_fields[];
extern const struct field delete_key_fields[];
extern const struct field put_policy_fields[];
extern const struct field delete_policy_fields[];
extern const struct field list_policies_fields[];
extern const struct field get_session_token_fields[];

#endif
