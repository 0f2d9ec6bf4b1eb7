#include "sanctions/gate_memory.h"
#include "record/files.h"

#define OWNERSHIP_FILE "ownership.json"

void means_free(struct means *means) {
    if (!means)
        return;
    watchlists_free(means->lists);
    if (means->has_ownership)
        dossier_release(&means->ownership);
    free(means);
}

/* *ret_text NULL: there is no such file. */
static bool read_facts(const char *data, char **ret_text, size_t *ret_len, struct error *err) {
    char path[FILES_PATH_MAX];
    struct error failure;
    *ret_text = NULL;
    *ret_len = 0;
    if (!files_path(data, OWNERSHIP_FILE, path, err))
        return false;
    return files_read(path, LIMIT_OWNERSHIP_FILE, ret_text, ret_len, &failure) ||
           failure.code == ERROR_NOT_FOUND || error_set(err, failure.code, "%s", failure.text);
}

static bool load_ownership(struct means *means, const char *data, struct error *err) {
    CLEANUP_FREE char *text = NULL;
    size_t len;
    struct error failure;
    if (!read_facts(data, &text, &len, err))
        return false;
    means->facts = sha256_of((struct bytes){text, len});
    if (!text)
        return true;
    means->has_ownership = dossier_read((struct bytes){text, len}, &means->ownership, &failure);
    return means->has_ownership || error_set(err, failure.code, OWNERSHIP_FILE ": %s", failure.text);
}

struct means *means_load(const char *data, int64_t now_ms) {
    struct means *means = calloc(1, sizeof *means);
    if (!means)
        return NULL;
    rules_default(&means->rules);
    means->has_policy = screening_policy_read(data, &means->policy, &means->failure);
    means->good = means->has_policy && load_ownership(means, data, &means->failure) &&
                  watchlists_load(data, &means->policy, now_ms, &means->lists, &means->failure);
    return means;
}

bool means_are_current(const struct means *means, const char *data, int64_t now_ms) {
    CLEANUP_FREE struct screening_policy *policy = calloc(1, sizeof *policy);
    CLEANUP_FREE char *text = NULL;
    size_t len;
    return policy && means->good && screening_policy_read(data, policy, NULL) &&
           sha256_equal(policy->digest, means->policy.digest) && read_facts(data, &text, &len, NULL) &&
           sha256_equal(sha256_of((struct bytes){text, len}), means->facts) &&
           watchlists_are_current(means->lists, data, policy, now_ms, NULL);
}
