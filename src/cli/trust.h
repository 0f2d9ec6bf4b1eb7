/* Whose signatures a command believes: a verifier key or a policy, from an option. */
#ifndef CLI_TRUST_H
#define CLI_TRUST_H

#include "record/policy.h"

/* text: a verifier key, or a file that holds one. VALIDATION names it. */
MUST_CHECK bool trust_key(const char *text, struct note_key *ret_key, struct error *err);
/* The file of a policy; without one (NULL) that of the key alone, which needs no witness. */
MUST_CHECK bool trust_policy(const char *path, const char *key, struct policy *ret_policy, struct error *err);

#endif
