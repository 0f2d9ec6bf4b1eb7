/* Temporary credentials, to be handed to a browser or a device: an access key, a secret and a session token,
 * as the SDKs take them.
 *
 * Nothing of them is stored. The token holds the access key that they were made with, when they end and
 * perhaps a policy that narrows them, sealed with a key of the server's; the secret follows from the token
 * and from the secret of that key. So they die when that key is disabled, deleted or expires, and when its
 * secret is rotated out. They can do at most what its person can. */
#ifndef ACCOUNT_SESSION_H
#define ACCOUNT_SESSION_H

#include "account/accounts.h"

#define SESSION_PREFIX "CNTS" /* of their access keys */
#define SESSION_SECRET 44

struct session {
    char access_key[KEYS_MADE_ACCESS + 1];
    char secret[SESSION_SECRET + 1];
    char token[LIMIT_SESSION_TOKEN + 1];
    int64_t expires_ms;
};

/* policy.ptr NULL: none. seconds: LIMIT_SESSION_SECONDS_MIN to LIMIT_SESSION_SECONDS. The principal's secret
 * is not wiped yet, or ask accounts_find_key again. ACCESS_DENIED for a principal that is a session itself;
 * INVALID_PARAMETER. The caller wipes the session. */
MUST_CHECK bool session_create(struct accounts *accounts, const struct principal *principal, int64_t seconds,
                               struct bytes policy, int64_t now_ms, struct session *ret_session,
                               struct error *err);
/* Who an access key is: accounts_find_key when token.ptr is NULL (no X-Amz-Security-Token), else the session
 * of the token, whose own policy lives in the arena. UNRECOGNIZED_CLIENT, EXPIRED_TOKEN. */
MUST_CHECK bool session_find(struct accounts *accounts, struct arena *arena, struct bytes access_key,
                             struct bytes token, int64_t now_ms, struct principal *ret_principal,
                             struct error *err);

#endif
