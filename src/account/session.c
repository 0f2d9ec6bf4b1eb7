/*     token  = base64(seal(server's key, 1, expiry, length and text of the access key, policy))
 *     access = "CNTS" and 16 letters from the nonce that the sealed text begins with
 *     secret = base64(HMAC-SHA-256(HMAC-SHA-256(server's key, secret of the access key), sealed text))
 */
#include <sodium.h>
#include "account/session.h"
#include "base/base64.h"
#include "base/digest.h"

enum {
    VERSION = 1,
    HEAD = 1 + 8 + 1,
    PLAIN_MAX = HEAD + KEYS_ACCESS_MAX + LIMIT_SESSION_POLICY,
    SEALED_MAX = PLAIN_MAX + SEAL_OVERHEAD
};
_Static_assert((SEALED_MAX + 2) / 3 * 4 <= LIMIT_SESSION_TOKEN, "the longest token fits");

static const struct bytes owner = {"session", 7};

static bool invalid(struct error *err) {
    return error_set(err, ERROR_UNRECOGNIZED_CLIENT,
                     "The security token included in the request is invalid.");
}

static void write_number(uint8_t out[8], int64_t number) {
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)((uint64_t)number >> 8 * i);
}

static int64_t read_number(const uint8_t in[8]) {
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number |= (uint64_t)in[i] << 8 * i;
    return (int64_t)number;
}

static void derive_access(struct bytes sealed, char ret_access[KEYS_MADE_ACCESS + 1]) {
    char letters[17];
    keys_letters((const uint8_t *)sealed.ptr, letters);
    snprintf(ret_access, KEYS_MADE_ACCESS + 1, SESSION_PREFIX "%s", letters);
}

static void derive_secret(const struct accounts *accounts, const char *parent, struct bytes sealed,
                          char ret_secret[SESSION_SECRET + 1]) {
    const struct seal_key *server = accounts_session_key(accounts);
    struct sha256 key = hmac_sha256((struct bytes){(const char *)server->bytes, sizeof server->bytes},
                                    bytes_of(parent));
    struct sha256 secret = hmac_sha256((struct bytes){(const char *)key.bytes, sizeof key.bytes}, sealed);
    base64_to_text((struct bytes){(const char *)secret.bytes, sizeof secret.bytes}, ret_secret);
    ret_secret[SESSION_SECRET] = 0;
    secret_wipe(&key, sizeof key);
    secret_wipe(&secret, sizeof secret);
}

/* --- making --- */

static bool check_policy(struct bytes policy, struct error *err) {
    const struct access_policy *parsed;
    if (policy.len > LIMIT_SESSION_POLICY)
        return error_set(err, ERROR_INVALID_PARAMETER, "The policy of a session has at most %d bytes.",
                         LIMIT_SESSION_POLICY);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * LIMIT_POLICY_BYTES);
    return arena ? access_policy_parse(arena, policy, &parsed, err)
                 : error_set(err, ERROR_INTERNAL, "There is no memory for a policy.");
}

bool session_create(struct accounts *accounts, const struct principal *principal, int64_t seconds,
                    struct bytes policy, int64_t now_ms, struct session *ret_session, struct error *err) {
    uint8_t plain[PLAIN_MAX], sealed[SEALED_MAX];
    size_t key_len = strlen(principal->key);
    if (principal->is_temporary)
        return error_set(err, ERROR_ACCESS_DENIED, "Session credentials cannot be used to get others.");
    if (seconds < LIMIT_SESSION_SECONDS_MIN || seconds > LIMIT_SESSION_SECONDS)
        return error_set(err, ERROR_INVALID_PARAMETER, "A session lasts %d to %d seconds.",
                         LIMIT_SESSION_SECONDS_MIN, LIMIT_SESSION_SECONDS);
    if (policy.ptr && !check_policy(policy, err))
        return false;
    ret_session->expires_ms = now_ms + seconds * 1000;
    plain[0] = VERSION;
    write_number(plain + 1, ret_session->expires_ms);
    plain[9] = (uint8_t)key_len;
    memcpy(plain + HEAD, principal->key, key_len);
    if (policy.len > 0)
        memcpy(plain + HEAD + key_len, policy.ptr, policy.len);
    size_t len = HEAD + key_len + policy.len;
    seal(accounts_session_key(accounts), owner, plain, len, sealed);
    struct bytes whole = {(const char *)sealed, len + SEAL_OVERHEAD};
    derive_access(whole, ret_session->access_key);
    derive_secret(accounts, principal->secret, whole, ret_session->secret);
    base64_to_text(whole, ret_session->token);
    ret_session->token[base64_text_len(whole.len)] = 0;
    return true;
}

/* --- finding --- */

struct opened {
    struct bytes sealed, key, policy; /* policy.len 0: none */
    int64_t expires_ms;
};

/* One text a token: the bits that base64 leaves over are none to play with. */
static bool is_canonical(struct arena *arena, struct bytes text, const void *data, size_t len) {
    char *again = arena_alloc(arena, text.len);
    if (!again || base64_text_len(len) != text.len)
        return false;
    base64_to_text((struct bytes){data, len}, again);
    return memcmp(again, text.ptr, text.len) == 0;
}

static bool open_token(const struct accounts *accounts, struct arena *arena, struct bytes token,
                       struct opened *ret_opened, struct error *err) {
    size_t len;
    if (token.len == 0 || token.len > LIMIT_SESSION_TOKEN)
        return invalid(err);
    uint8_t *sealed = arena_alloc(arena, base64_bytes_maximum(token.len) + 1);
    uint8_t *plain = arena_alloc(arena, base64_bytes_maximum(token.len) + 1);
    if (!sealed || !plain)
        return error_set(err, ERROR_INTERNAL, "There is no memory for a session.");
    if (!base64_to_bytes(token, sealed, &len) || !is_canonical(arena, token, sealed, len) ||
        len < SEAL_OVERHEAD + HEAD ||
        !unseal(accounts_session_key(accounts), owner, (struct bytes){(const char *)sealed, len}, plain))
        return invalid(err);
    size_t plain_len = len - SEAL_OVERHEAD, key_len = plain[9];
    if (plain[0] != VERSION || HEAD + key_len > plain_len)
        return invalid(err);
    *ret_opened = (struct opened){
        .sealed = {(const char *)sealed, len},
        .key = {(const char *)plain + HEAD, key_len},
        .policy = {(const char *)plain + HEAD + key_len, plain_len - HEAD - key_len},
        .expires_ms = read_number(plain + 1)};
    return true;
}

/* What the key signs with becomes what the session signs with. */
static void derive_secrets(const struct accounts *accounts, struct bytes sealed,
                           struct principal *principal) {
    char secret[SESSION_SECRET + 1], previous[SESSION_SECRET + 1] = "";
    derive_secret(accounts, principal->secret, sealed, secret);
    if (principal->previous[0])
        derive_secret(accounts, principal->previous, sealed, previous);
    principal_wipe(principal);
    memcpy(principal->secret, secret, sizeof secret);
    memcpy(principal->previous, previous, sizeof previous);
    secret_wipe(secret, sizeof secret);
    secret_wipe(previous, sizeof previous);
    principal->is_temporary = true;
}

bool session_find(struct accounts *accounts, struct arena *arena, struct bytes access_key, struct bytes token,
                  int64_t now_ms, struct principal *ret_principal, struct error *err) {
    char expected[KEYS_MADE_ACCESS + 1];
    struct opened opened = {.expires_ms = 0};
    const struct access_policy *narrowing = NULL;
    if (!token.ptr)
        return accounts_find_key(accounts, access_key, now_ms, ret_principal, err);
    if (!open_token(accounts, arena, token, &opened, err))
        return false;
    derive_access(opened.sealed, expected);
    if (!bytes_equal_string(access_key, expected))
        return invalid(err);
    if (now_ms >= opened.expires_ms)
        return error_set(err, ERROR_EXPIRED_TOKEN, "The security token included in the request is expired");
    if (opened.policy.len > 0 && !access_policy_parse(arena, opened.policy, &narrowing, err))
        return false;
    if (!accounts_find_key(accounts, opened.key, now_ms, ret_principal, err))
        return false;
    derive_secrets(accounts, opened.sealed, ret_principal);
    ret_principal->narrowing = narrowing;
    return true;
}
