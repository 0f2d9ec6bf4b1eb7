/* A policy is read once, into lists of patterns in an arena. To decide is to go through its statements: one
 * applies when its action, its resource and all of its conditions fit; a denial ends the search, and a
 * permission counts when no denial comes. */
#include <yyjson.h>
#include "account/access_policy.h"
#include "account/access_condition.h"
#include "base/limits.h"

struct patterns {
    struct bytes *items;
    size_t count;
    bool negative; /* NotAction, NotResource */
};

struct statement {
    enum access_verdict effect;
    struct patterns actions, resources;
    struct access_condition *conditions;
    size_t condition_count;
};

struct access_policy {
    struct statement *statements;
    size_t statement_count;
};

/* --- parsing --- */

static bool no_memory(struct error *err) {
    return error_set(err, ERROR_INTERNAL, "There is no memory for a policy.");
}

static struct bytes json_text(yyjson_val *string) {
    return (struct bytes){yyjson_get_str(string), yyjson_get_len(string)};
}

static bool is_action(struct bytes text) {
    struct bytes rest = text, service = bytes_split(&rest, ':');
    return bytes_equal_string(text, "*") ||
           (rest.len > 0 && (bytes_equal_nocase(service, BYTES_LITERAL("rekognition")) ||
                             bytes_equal_nocase(service, BYTES_LITERAL("countenance"))));
}

static bool is_resource(struct bytes text) {
    return bytes_equal_string(text, "*") || access_is_arn(text);
}

static bool parse_patterns(struct arena *arena, yyjson_val *json, bool (*is_one)(struct bytes text),
                           struct patterns *patterns, struct error *err) {
    bool list = yyjson_is_arr(json);
    size_t count = list ? yyjson_arr_size(json) : 1;
    if (patterns->items || count == 0 || count > LIMIT_POLICY_VALUES)
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "Action or NotAction, and Resource or NotResource, come once, with 1 to %d values",
                         LIMIT_POLICY_VALUES);
    patterns->items = arena_array(arena, count, sizeof *patterns->items);
    patterns->count = count;
    if (!patterns->items)
        return no_memory(err);
    yyjson_val *item = list ? yyjson_arr_get_first(json) : json;
    for (size_t i = 0; i < count; i++) {
        struct bytes text = json_text(item);
        if (!text.ptr || memchr(text.ptr, 0, text.len) || !is_one(text))
            return error_set(err, ERROR_INVALID_PARAMETER, "%.*s is no %s", (int)MIN(text.len, (size_t)64),
                             text.ptr ? text.ptr : "",
                             is_one == is_action ? "action: rekognition:NAME, countenance:NAME or *"
                                                 : "resource: an ARN of six parts without variables, or *");
        patterns->items[i] = (struct bytes){arena_string(arena, text), text.len};
        if (!patterns->items[i].ptr)
            return no_memory(err);
        item = list ? unsafe_yyjson_get_next(item) : NULL;
    }
    return true;
}

static bool parse_effect(yyjson_val *json, struct statement *statement, struct error *err) {
    bool allow = yyjson_equals_str(json, "Allow");
    if (statement->effect != ACCESS_UNSAID || (!allow && !yyjson_equals_str(json, "Deny")))
        return error_set(err, ERROR_INVALID_PARAMETER, "Effect comes once and is Allow or Deny");
    statement->effect = allow ? ACCESS_ALLOWED : ACCESS_FORBIDDEN;
    return true;
}

static bool parse_element(struct arena *arena, struct bytes name, yyjson_val *value,
                          struct statement *statement, struct error *err) {
    if (bytes_equal_string(name, "Sid") && yyjson_is_str(value))
        return true;
    if (bytes_equal_string(name, "Effect"))
        return parse_effect(value, statement, err);
    if (bytes_equal_string(name, "Condition") && !statement->conditions)
        return access_conditions_parse(arena, value, &statement->conditions, &statement->condition_count,
                                       err);
    bool not_action = bytes_equal_string(name, "NotAction");
    bool not_resource = bytes_equal_string(name, "NotResource");
    if (not_action || bytes_equal_string(name, "Action")) {
        statement->actions.negative = not_action;
        return parse_patterns(arena, value, is_action, &statement->actions, err);
    }
    if (not_resource || bytes_equal_string(name, "Resource")) {
        statement->resources.negative = not_resource;
        return parse_patterns(arena, value, is_resource, &statement->resources, err);
    }
    return error_set(err, ERROR_INVALID_PARAMETER, "%.*s is not understood, or comes twice",
                     (int)MIN(name.len, (size_t)64), name.ptr);
}

static bool parse_elements(struct arena *arena, yyjson_val *json, struct statement *statement,
                           struct error *err) {
    if (!yyjson_is_obj(json))
        return error_set(err, ERROR_INVALID_PARAMETER, "It must be an object");
    yyjson_obj_iter elements = yyjson_obj_iter_with(json);
    for (yyjson_val *name; (name = yyjson_obj_iter_next(&elements));)
        if (!parse_element(arena, json_text(name), yyjson_obj_iter_get_val(name), statement, err))
            return false;
    return (statement->effect != ACCESS_UNSAID && statement->actions.items && statement->resources.items) ||
           error_set(err, ERROR_INVALID_PARAMETER,
                     "It lacks Effect, Action (or NotAction) or Resource (or NotResource)");
}

static bool parse_statement(struct arena *arena, yyjson_val *json, size_t number, struct statement *statement,
                            struct error *err) {
    struct error why;
    return parse_elements(arena, json, statement, &why) ||
           error_set(err, why.code, "The policy is malformed. Statement %zu: %s.", number, why.text);
}

static bool parse_statements(struct arena *arena, yyjson_val *json, struct access_policy *policy,
                             struct error *err) {
    bool list = yyjson_is_arr(json);
    size_t count = list ? yyjson_arr_size(json) : 1;
    if (count == 0 || count > LIMIT_POLICY_STATEMENTS)
        return error_set(err, ERROR_INVALID_PARAMETER, "The policy is malformed. It has 1 to %d statements.",
                         LIMIT_POLICY_STATEMENTS);
    policy->statements = arena_array(arena, count, sizeof *policy->statements);
    policy->statement_count = count;
    if (!policy->statements)
        return no_memory(err);
    yyjson_val *item = list ? yyjson_arr_get_first(json) : json;
    for (size_t i = 0; i < count; i++) {
        if (!parse_statement(arena, item, i + 1, &policy->statements[i], err))
            return false;
        item = list ? unsafe_yyjson_get_next(item) : NULL;
    }
    return true;
}

/* The value of Statement; NULL when the document has another form. */
static yyjson_val *find_statements(yyjson_val *root) {
    yyjson_val *statements = NULL;
    bool versioned = false;
    yyjson_obj_iter elements = yyjson_obj_iter_with(root);
    for (yyjson_val *name; (name = yyjson_obj_iter_next(&elements));) {
        yyjson_val *value = yyjson_obj_iter_get_val(name);
        if (yyjson_equals_str(name, "Statement") && !statements)
            statements = value;
        else if (yyjson_equals_str(name, "Version") && yyjson_equals_str(value, "2012-10-17"))
            versioned = true;
        else if (!yyjson_equals_str(name, "Id") || !yyjson_is_str(value))
            return NULL;
    }
    return versioned ? statements : NULL;
}

static bool parse_document(struct arena *arena, yyjson_val *root, struct access_policy *policy,
                           struct error *err) {
    yyjson_val *statements = find_statements(root);
    if (!statements)
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "The policy is malformed. It has a Version, which is 2012-10-17, a Statement, and "
                         "besides at most an Id.");
    return parse_statements(arena, statements, policy, err);
}

bool access_policy_parse(struct arena *arena, struct bytes text, const struct access_policy **ret_policy,
                         struct error *err) {
    yyjson_read_err problem;
    if (text.len > LIMIT_POLICY_BYTES)
        return error_set(err, ERROR_INVALID_PARAMETER, "The policy is malformed. It has more than %d bytes.",
                         LIMIT_POLICY_BYTES);
    yyjson_doc *document = yyjson_read_opts((char *)(uintptr_t)text.ptr, text.len, 0, NULL, &problem);
    if (!document)
        return error_set(err, ERROR_INVALID_PARAMETER, "The policy is malformed. %s at byte %zu.",
                         problem.msg, problem.pos);
    struct access_policy *policy = arena_array(arena, 1, sizeof *policy);
    bool fine = policy ? parse_document(arena, yyjson_doc_get_root(document), policy, err) : no_memory(err);
    yyjson_doc_free(document);
    if (fine)
        *ret_policy = policy;
    return fine;
}

/* --- deciding --- */

static bool action_fits(const struct patterns *patterns, struct bytes action) {
    bool any = false;
    for (size_t i = 0; i < patterns->count && !any; i++)
        any = access_glob(patterns->items[i], action, true);
    return any != patterns->negative;
}

static bool resource_fits(const struct patterns *patterns, struct bytes resource) {
    bool any = false;
    for (size_t i = 0; i < patterns->count && !any; i++)
        any = bytes_equal_string(patterns->items[i], "*") || access_arn_like(patterns->items[i], resource);
    return any != patterns->negative;
}

static bool applies(const struct statement *statement, const struct access_request *request) {
    bool applied = action_fits(&statement->actions, request->action) &&
                   resource_fits(&statement->resources, request->resource);
    for (size_t i = 0; applied && i < statement->condition_count; i++)
        applied = access_condition_holds(&statement->conditions[i], request);
    return applied;
}

enum access_verdict access_policy_decide(const struct access_policy *policy,
                                         const struct access_request *request) {
    enum access_verdict verdict = ACCESS_UNSAID;
    for (size_t i = 0; i < policy->statement_count && verdict != ACCESS_FORBIDDEN; i++)
        if (applies(&policy->statements[i], request))
            verdict = access_verdict_join(verdict, policy->statements[i].effect);
    return verdict;
}
