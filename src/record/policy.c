#include "record/policy.h"

enum { ITEMS_MAX = 3 + 2 * LIMIT_WITNESSES };

struct line {
    struct bytes items[ITEMS_MAX];
    int count;
};

static bool is_space(char c) {
    return c == ' ' || c == '\t';
}

static bool split(struct bytes text, struct line *line) {
    line->count = 0;
    for (size_t i = 0; i < text.len;) {
        size_t end = i;
        while (end < text.len && !is_space(text.ptr[end]))
            end++;
        if (end > i) {
            if (line->count == ITEMS_MAX)
                return false;
            line->items[line->count++] = (struct bytes){text.ptr + i, end - i};
        }
        i = end + 1;
    }
    return true;
}

/* A witness or group that is defined already; POLICY_NONE when there is none. */
static int find(const struct policy *policy, struct bytes name) {
    for (int i = 0; i < policy->witness_count; i++)
        if (bytes_equal(policy->witnesses[i].name, name))
            return i;
    for (int i = 0; i < policy->group_count; i++)
        if (bytes_equal(policy->groups[i].name, name))
            return LIMIT_WITNESSES + i;
    return POLICY_NONE;
}

static bool is_new(const struct policy *policy, struct bytes name) {
    return find(policy, name) == POLICY_NONE && !bytes_equal_string(name, "none");
}

static bool same_key(const struct note_key *a, const struct note_key *b) {
    return memcmp(a->public_key, b->public_key, sizeof a->public_key) == 0;
}

static bool add_log(struct policy *policy, const struct line *line, struct error *err) {
    struct note_key key;
    if (line->count < 2 || line->count > 3 || policy->log_count == LIMIT_WITNESSES)
        return error_set(err, ERROR_VALIDATION, "a log is: log VKEY [URL]");
    if (!note_key_parse(line->items[1], &key, err))
        return false;
    for (int i = 0; i < policy->log_count; i++)
        if (same_key(&policy->logs[i], &key))
            return error_set(err, ERROR_VALIDATION, "the key is that of another log");
    policy->logs[policy->log_count++] = key;
    return true;
}

static bool add_witness(struct policy *policy, const struct line *line, struct error *err) {
    struct policy_witness witness = {.name = line->items[1]};
    if (line->count < 3 || line->count > 4 || policy->witness_count == LIMIT_WITNESSES ||
        !is_new(policy, witness.name))
        return error_set(err, ERROR_VALIDATION, "a witness is: witness NAME VKEY [URL], with a new name");
    if (!note_key_parse(line->items[2], &witness.key, err))
        return false;
    if (witness.key.type != NOTE_COSIGNATURE)
        return error_set(err, ERROR_VALIDATION, "the key is not one of cosignature/v1");
    for (int i = 0; i < policy->witness_count; i++)
        if (same_key(&policy->witnesses[i].key, &witness.key))
            return error_set(err, ERROR_VALIDATION, "the key is that of another witness");
    if (line->count == 4)
        witness.url = line->items[3];
    policy->witnesses[policy->witness_count++] = witness;
    return true;
}

static bool read_needed(struct bytes text, int members, int *ret_needed) {
    uint64_t number;
    if (bytes_equal_string(text, "all"))
        number = (uint64_t)members;
    else if (bytes_equal_string(text, "any"))
        number = 1;
    else if (!bytes_to_number(text, (uint64_t)members, &number) || number == 0)
        return false;
    *ret_needed = (int)number;
    return true;
}

/* Each name may be a member once, in one group: so that each witness counts in one way. */
static bool is_member(const struct policy *policy, const struct policy_group *group, int member) {
    for (int i = 0; i < group->count; i++)
        if (group->members[i] == member)
            return true;
    for (int i = 0; i < policy->group_count; i++)
        for (int j = 0; j < policy->groups[i].count; j++)
            if (policy->groups[i].members[j] == member)
                return true;
    return false;
}

static bool add_group(struct policy *policy, const struct line *line, struct error *err) {
    struct policy_group group = {.count = 0};
    if (line->count < 4 || policy->group_count == LIMIT_WITNESSES || !is_new(policy, line->items[1]) ||
        !read_needed(line->items[2], line->count - 3, &group.needed))
        return error_set(err, ERROR_VALIDATION,
                         "a group is: group NAME all|any|NUMBER MEMBER..., with a new name");
    group.name = line->items[1];
    for (int i = 3; i < line->count; i++) {
        int member = find(policy, line->items[i]);
        if (member == POLICY_NONE || is_member(policy, &group, member))
            return error_set(err, ERROR_VALIDATION, "%.*s is not defined above, or is a member already",
                             BYTES_FORMAT(line->items[i]));
        group.members[group.count++] = member;
    }
    policy->groups[policy->group_count++] = group;
    return true;
}

static bool set_quorum(struct policy *policy, const struct line *line, bool *has_quorum, struct error *err) {
    if (line->count != 2 || *has_quorum)
        return error_set(err, ERROR_VALIDATION, "there is one quorum: quorum NAME|none");
    *has_quorum = true;
    if (bytes_equal_string(line->items[1], "none"))
        return true;
    policy->quorum = find(policy, line->items[1]);
    return policy->quorum != POLICY_NONE ||
           error_set(err, ERROR_VALIDATION, "%.*s is not defined above", BYTES_FORMAT(line->items[1]));
}

static bool add_line(struct policy *policy, struct bytes text, bool *has_quorum, struct error *err) {
    struct line line = {.count = 0};
    for (size_t i = 0; i < text.len; i++)
        if (((uint8_t)text.ptr[i] < ' ' && text.ptr[i] != '\t') || text.ptr[i] == 0x7f)
            return error_set(err, ERROR_VALIDATION, "it has strange characters");
    if (!split(text, &line))
        return error_set(err, ERROR_VALIDATION, "it has too many words");
    if (line.count == 0 || line.items[0].ptr[0] == '#')
        return true;
    if (bytes_equal_string(line.items[0], "log"))
        return add_log(policy, &line, err);
    if (bytes_equal_string(line.items[0], "witness"))
        return add_witness(policy, &line, err);
    if (bytes_equal_string(line.items[0], "group"))
        return add_group(policy, &line, err);
    if (bytes_equal_string(line.items[0], "quorum"))
        return set_quorum(policy, &line, has_quorum, err);
    return error_set(err, ERROR_VALIDATION, "it begins with none of log, witness, group, quorum");
}

bool policy_parse(struct bytes text, struct policy *ret_policy, struct error *err) {
    struct policy *policy = calloc(1, sizeof *policy);
    char *copy = malloc(text.len + 1);
    bool has_quorum = false, good = policy && copy && text.len <= POLICY_BYTES;
    struct error why = {.code = ERROR_VALIDATION, .text = "it is too large"};
    int number = 0;
    if (good) {
        memcpy(copy, text.ptr ? text.ptr : "", text.len);
        policy->text = copy;
        policy->quorum = POLICY_NONE;
        struct bytes rest = {copy, text.len};
        while (good && rest.len > 0) {
            number++;
            good = add_line(policy, bytes_split(&rest, '\n'), &has_quorum, &why);
        }
        if (good && !has_quorum)
            good = error_set(&why, ERROR_VALIDATION, "it has no quorum line");
    }
    if (good)
        *ret_policy = *policy;
    else {
        free(copy);
        error_set(err, ERROR_VALIDATION, "line %d of the policy: %s", number, why.text);
    }
    free(policy);
    return good;
}

void policy_release(struct policy *policy) {
    free(policy->text);
    *policy = (struct policy){.quorum = POLICY_NONE};
}

bool policy_quorum_met(const struct policy *policy, const struct note *note, int64_t oldest, int *ret_count) {
    bool good[2 * LIMIT_WITNESSES] = {false};
    int count = 0;
    int64_t time;
    for (int i = 0; i < policy->witness_count; i++) {
        good[i] = note_check(note, &policy->witnesses[i].key, &time) == NOTE_GOOD && time >= oldest;
        count += good[i];
    }
    for (int i = 0; i < policy->group_count; i++) {
        const struct policy_group *group = &policy->groups[i];
        int met = 0;
        for (int j = 0; j < group->count; j++)
            met += good[group->members[j]];
        good[LIMIT_WITNESSES + i] = met >= group->needed;
    }
    if (ret_count)
        *ret_count = count;
    return policy->quorum == POLICY_NONE || good[policy->quorum];
}
