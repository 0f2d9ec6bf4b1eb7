#define _GNU_SOURCE /* strcasestr */
#include <errno.h>
#include <ini.h>
#include "sanctions/screening_policy.h"
#include "record/files.h"

enum { FILE_BYTES = 256 * 1024 };

static bool add_rule(struct screening_rule *rules, size_t *count, const char *text, const char *value) {
    struct screening_rule *rule = &rules[*count];
    bool refused = strcmp(value, "refused") == 0;
    if (*count == LIMIT_SCREENING_RULES || strlen(text) >= sizeof rule->text ||
        (!refused && strcmp(value, "review") != 0))
        return false;
    snprintf(rule->text, sizeof rule->text, "%s", text);
    rule->result = refused ? RESULT_BLOCKED : RESULT_REVIEW;
    ++*count;
    return true;
}

static bool add_lists(struct screening_policy *policy, const char *value) {
    struct bytes rest = bytes_of(value);
    policy->all_lists = strcmp(value, "all") == 0;
    policy->list_count = 0;
    if (policy->all_lists || strcmp(value, "none") == 0)
        return true;
    while (rest.ptr) {
        struct bytes name = bytes_trim(bytes_split(&rest, ','));
        char *place = policy->lists[policy->list_count];
        if (policy->list_count == LIMIT_LIST_SOURCES || name.len > ARCHIVE_SOURCE_MAX)
            return false;
        snprintf(place, ARCHIVE_SOURCE_MAX + 1, "%.*s", BYTES_FORMAT(name));
        if (!archive_is_source(place))
            return false;
        policy->list_count++;
    }
    return policy->list_count > 0;
}

static bool is_country(const char *text) {
    return text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z' && !text[2];
}

/* inih's handler: 0 makes it report the line. */
static int read_entry(void *context, const char *section, const char *name, const char *value) {
    struct screening_policy *policy = context;
    uint64_t days;
    if (strcmp(section, "screening") == 0)
        return strcmp(name, "lists") == 0 && add_lists(policy, value);
    if (strcmp(section, "countries") == 0)
        return is_country(name) && add_rule(policy->countries, &policy->country_count, name, value);
    if (strcmp(section, "end-use") == 0 && strcmp(name, "statement") == 0) {
        policy->end_use_required = strcmp(value, "required") == 0;
        return policy->end_use_required || strcmp(value, "optional") == 0;
    }
    if (strcmp(section, "end-use") == 0)
        return add_rule(policy->end_uses, &policy->end_use_count, name, value);
    if (strcmp(section, "concerns") != 0 || strcmp(name, "days") != 0 ||
        !bytes_to_number(bytes_of(value), 3650, &days))
        return 0;
    policy->concern_days = (int)days;
    return 1;
}

bool screening_policy_read(const char *data, struct screening_policy *ret_policy, struct error *err) {
    CLEANUP_FREE struct screening_policy *policy = calloc(1, sizeof *policy);
    CLEANUP_FREE char *text = NULL;
    char path[FILES_PATH_MAX];
    struct error failure;
    size_t len = 0;
    if (!policy)
        return error_set(err, ERROR_INTERNAL, "no memory for the rules of screening");
    policy->all_lists = true;
    policy->concern_days = LIMIT_CONCERN_DAYS;
    if (!files_path(data, SCREENING_POLICY_FILE, path, err))
        return false;
    if (!files_read(path, FILE_BYTES, &text, &len, &failure) && failure.code != ERROR_NOT_FOUND)
        return error_set(err, failure.code, "%s", failure.text);
    if (text && strlen(text) != len)
        return error_set(err, ERROR_VALIDATION, "%s is no text", path);
    int line = text ? ini_parse_string(text, read_entry, policy) : 0;
    if (line != 0)
        return error_set(err, ERROR_VALIDATION, "%s: line %d is not understood", path, line);
    policy->digest = sha256_of((struct bytes){text, len});
    *ret_policy = *policy;
    return true;
}

enum result screening_policy_country(const struct screening_policy *policy, const char *country) {
    enum result result = RESULT_CLEAR;
    for (size_t i = 0; i < policy->country_count; i++)
        if (strcmp(policy->countries[i].text, country) == 0)
            result = MAX(result, policy->countries[i].result);
    return result;
}

const struct screening_rule *screening_policy_end_use(const struct screening_policy *policy,
                                                      const char *statement) {
    const struct screening_rule *gravest = NULL;
    for (size_t i = 0; i < policy->end_use_count; i++)
        if (strcasestr(statement, policy->end_uses[i].text) &&
            (!gravest || policy->end_uses[i].result > gravest->result))
            gravest = &policy->end_uses[i];
    return gravest;
}
