#include "cli/trust.h"
#include "record/files.h"

bool trust_key(const char *text, struct note_key *ret_key, struct error *err) {
    CLEANUP_FREE char *data = NULL;
    struct error why;
    size_t len;
    if (note_key_parse(bytes_of(text), ret_key, &why))
        return true;
    if (!files_read(text, NOTE_VKEY_MAX, &data, &len, NULL))
        return error_set(err, ERROR_VALIDATION, "%s: %s, and no file that holds one", text, why.text);
    return note_key_parse(bytes_trim((struct bytes){data, len}), ret_key, &why) ||
           error_set(err, ERROR_VALIDATION, "%s: %s", text, why.text);
}

bool trust_policy(const char *path, const char *key, struct policy *ret_policy, struct error *err) {
    CLEANUP_FREE char *data = NULL;
    char text[NOTE_VKEY_MAX + 32], vkey[NOTE_VKEY_MAX];
    struct note_key log;
    struct error why;
    size_t len;
    if (!path) {
        if (!trust_key(key, &log, err))
            return false;
        note_key_format(&log, vkey);
        snprintf(text, sizeof text, "log %s\nquorum none\n", vkey);
        return policy_parse(bytes_of(text), ret_policy, err);
    }
    if (!files_read(path, POLICY_BYTES, &data, &len, err))
        return false;
    return policy_parse((struct bytes){data, len}, ret_policy, &why) ||
           error_set(err, ERROR_VALIDATION, "%s: %s", path, why.text);
}
