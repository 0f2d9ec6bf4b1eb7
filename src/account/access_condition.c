/* A condition compares what the request says under a key with values. Positive operators hold when one of the
 * values fits, negative ones when none does. Without the key in the request a positive operator does not
 * hold and a negative one does. ForAllValues: asks each of several values of the request, ForAnyValue: at
 * least one.
 *
 * Operators and keys are tables. Each has a type, and they fit only when the types do: a text operator on an
 * address is a mistake that would otherwise never hold, or always. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <yyjson.h>
#include "account/access_condition.h"
#include "base/clock.h"
#include "base/limits.h"

enum type {
    TYPE_TEXT = 1,
    TYPE_ARN = 2,
    TYPE_NUMBER = 4,
    TYPE_DATE = 8,
    TYPE_ADDRESS = 16,
    TYPE_BOOLEAN = 32,
    TYPE_ANY = 63
};

enum comparison { EQUAL, EQUAL_NOCASE, LIKE, LESS, NOT_GREATER, GREATER, NOT_LESS, WITHIN, ABSENT };

struct access_operator {
    const char *name;
    enum type type;
    enum comparison comparison;
    bool negative;
};

enum source {
    SOURCE_IP,
    CURRENT_TIME,
    USERNAME,
    PRINCIPAL_ARN,
    RESOURCE_TAG,
    REQUEST_TAG,
    TAG_KEYS,
    PURPOSE,
    TEMPORARY
};

struct access_key {
    const char *name; /* one that ends with '/' goes on with the key of a tag */
    unsigned types;
    enum source source;
};

static const struct access_operator operators[] = {
    {"StringEquals", TYPE_TEXT, EQUAL, false},
    {"StringNotEquals", TYPE_TEXT, EQUAL, true},
    {"StringEqualsIgnoreCase", TYPE_TEXT, EQUAL_NOCASE, false},
    {"StringNotEqualsIgnoreCase", TYPE_TEXT, EQUAL_NOCASE, true},
    {"StringLike", TYPE_TEXT, LIKE, false},
    {"StringNotLike", TYPE_TEXT, LIKE, true},
    {"ArnEquals", TYPE_ARN, LIKE, false}, /* IAM compares both the same way */
    {"ArnNotEquals", TYPE_ARN, LIKE, true},
    {"ArnLike", TYPE_ARN, LIKE, false},
    {"ArnNotLike", TYPE_ARN, LIKE, true},
    {"NumericEquals", TYPE_NUMBER, EQUAL, false},
    {"NumericNotEquals", TYPE_NUMBER, EQUAL, true},
    {"NumericLessThan", TYPE_NUMBER, LESS, false},
    {"NumericLessThanEquals", TYPE_NUMBER, NOT_GREATER, false},
    {"NumericGreaterThan", TYPE_NUMBER, GREATER, false},
    {"NumericGreaterThanEquals", TYPE_NUMBER, NOT_LESS, false},
    {"DateEquals", TYPE_DATE, EQUAL, false},
    {"DateNotEquals", TYPE_DATE, EQUAL, true},
    {"DateLessThan", TYPE_DATE, LESS, false},
    {"DateLessThanEquals", TYPE_DATE, NOT_GREATER, false},
    {"DateGreaterThan", TYPE_DATE, GREATER, false},
    {"DateGreaterThanEquals", TYPE_DATE, NOT_LESS, false},
    {"IpAddress", TYPE_ADDRESS, WITHIN, false},
    {"NotIpAddress", TYPE_ADDRESS, WITHIN, true},
    {"Bool", TYPE_BOOLEAN, EQUAL, false},
    {"Null", TYPE_ANY, ABSENT, false},
};

static const struct access_key keys[] = {
    {"aws:SourceIp", TYPE_ADDRESS, SOURCE_IP},
    {"aws:CurrentTime", TYPE_DATE, CURRENT_TIME},
    {"aws:EpochTime", TYPE_DATE | TYPE_NUMBER, CURRENT_TIME},
    {"aws:username", TYPE_TEXT, USERNAME},
    {"aws:PrincipalArn", TYPE_ARN, PRINCIPAL_ARN},
    {"aws:ResourceTag/", TYPE_TEXT, RESOURCE_TAG},
    {"aws:RequestTag/", TYPE_TEXT, REQUEST_TAG},
    {"aws:TagKeys", TYPE_TEXT, TAG_KEYS},
    {"countenance:Purpose", TYPE_TEXT, PURPOSE},
    {"countenance:Temporary", TYPE_BOOLEAN, TEMPORARY},
};

/* --- values --- */

/* "10.0.0.0/8", "2001:db8::/32", or one address. */
static bool parse_network(const char *text, struct access_value *ret_value) {
    char address[INET6_ADDRSTRLEN + 4];
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);
    struct in_addr four;
    uint64_t prefix = 128;
    if (len >= sizeof address)
        return false;
    memcpy(address, text, len);
    address[len] = 0;
    bool is_four = inet_pton(AF_INET, address, &four) == 1;
    if (is_four) {
        static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
        memcpy(ret_value->address, mapped, sizeof mapped);
        memcpy(ret_value->address + sizeof mapped, &four, sizeof four);
        prefix = 32;
    } else if (inet_pton(AF_INET6, address, ret_value->address) != 1) {
        return false;
    }
    if (slash && !bytes_to_number(bytes_of(slash + 1), prefix, &prefix))
        return false;
    ret_value->prefix = (int)prefix + (is_four ? 96 : 0);
    return true;
}

static bool is_mapped(const uint8_t address[16]) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(address, mapped, sizeof mapped) == 0;
}

/* A network of IPv6 holds no IPv4 address, unless it lies where those are mapped. */
static bool is_within(const struct access_value *network, const uint8_t address[16]) {
    int whole = network->prefix / 8, rest = network->prefix % 8;
    if (is_mapped(address) && network->prefix < 96)
        return false;
    if (memcmp(network->address, address, (size_t)whole) != 0)
        return false;
    return rest == 0 || (network->address[whole] ^ address[whole]) >> (8 - rest) == 0;
}

static bool parse_number(const char *text, double *ret_number) {
    char *end;
    if (!isdigit((unsigned char)text[text[0] == '-']))
        return false;
    errno = 0;
    *ret_number = strtod(text, &end);
    return *end == 0 && errno == 0 && isfinite(*ret_number) && !strpbrk(text, "xXpP");
}

/* YYYY-MM-DD, YYYY-MM-DDThh:mm:ssZ (W3C's profile of ISO 8601), or seconds since 1970. */
static bool parse_date(const char *text, double *ret_seconds) {
    char basic[17];
    int64_t seconds;
    size_t len = strlen(text);
    if (len == 10 && text[4] == '-' && text[7] == '-')
        snprintf(basic, sizeof basic, "%.4s%.2s%.2sT000000Z", text, text + 5, text + 8);
    else if (len == 20 && text[4] == '-' && text[7] == '-' && text[13] == ':' && text[16] == ':')
        snprintf(basic, sizeof basic, "%.4s%.2s%.3s%.2s%.2s%.3s", text, text + 5, text + 8, text + 11,
                 text + 14, text + 17);
    else
        return parse_number(text, ret_seconds);
    if (!clock_parse_amz(bytes_of(basic), &seconds))
        return false;
    *ret_seconds = (double)seconds;
    return true;
}

static bool parse_boolean(const char *text, double *ret_number) {
    *ret_number = strcasecmp(text, "true") == 0;
    return *ret_number != 0 || strcasecmp(text, "false") == 0;
}

static bool parse_value(const struct access_operator *rule, const char *text,
                        struct access_value *ret_value) {
    ret_value->text = bytes_of(text);
    if (rule->comparison == ABSENT)
        return parse_boolean(text, &ret_value->number);
    switch (rule->type) {
    case TYPE_NUMBER:
        return parse_number(text, &ret_value->number);
    case TYPE_DATE:
        return parse_date(text, &ret_value->number);
    case TYPE_BOOLEAN:
        return parse_boolean(text, &ret_value->number);
    case TYPE_ADDRESS:
        return parse_network(text, ret_value);
    case TYPE_ARN:
        return access_is_arn(bytes_of(text));
    default:
        return !strstr(text, "${");
    }
}

/* --- parsing --- */

/* Cuts a prefix off when it is there. */
static bool cut_prefix(struct bytes *text, const char *prefix) {
    size_t len = strlen(prefix);
    if (!bytes_starts_with(*text, prefix))
        return false;
    *text = (struct bytes){text->ptr + len, text->len - len};
    return true;
}

static bool parse_operator(struct bytes name, struct access_condition *condition, struct error *err) {
    static const char suffix[] = "IfExists";
    struct bytes rest = name;
    condition->for_all = cut_prefix(&rest, "ForAllValues:");
    condition->for_any = !condition->for_all && cut_prefix(&rest, "ForAnyValue:");
    size_t stem = rest.len - MIN(rest.len, sizeof suffix - 1);
    condition->if_exists = bytes_equal_string((struct bytes){rest.ptr + stem, rest.len - stem}, suffix);
    if (condition->if_exists)
        rest.len = stem;
    for (size_t i = 0; i < ARRAY_LEN(operators); i++)
        if (bytes_equal_string(rest, operators[i].name))
            condition->rule = &operators[i];
    if (!condition->rule || (condition->rule->comparison == ABSENT && rest.len != name.len))
        return error_set(err, ERROR_INVALID_PARAMETER, "Condition: %.*s is no operator that is understood",
                         (int)MIN(name.len, (size_t)64), name.ptr);
    return true;
}

static bool parse_key(struct arena *arena, struct bytes name, struct access_condition *condition,
                      struct error *err) {
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        size_t len = strlen(keys[i].name);
        bool open = keys[i].name[len - 1] == '/';
        if ((open ? name.len > len : name.len == len) &&
            bytes_equal_nocase((struct bytes){name.ptr, len}, bytes_of(keys[i].name)))
            condition->key = &keys[i];
    }
    if (!condition->key)
        return error_set(err, ERROR_INVALID_PARAMETER, "Condition: %.*s is no key that is understood",
                         (int)MIN(name.len, (size_t)64), name.ptr);
    size_t len = strlen(condition->key->name);
    const char *tag = arena_string(arena, (struct bytes){name.ptr + len, name.len - len});
    condition->tag = bytes_of(tag);
    if (!tag)
        return error_set(err, ERROR_INTERNAL, "There is no memory for a policy.");
    bool many = condition->key->source == TAG_KEYS, asked = condition->for_all || condition->for_any;
    if (!(condition->key->types & condition->rule->type) ||
        (many != asked && condition->rule->comparison != ABSENT))
        return error_set(err, ERROR_INVALID_PARAMETER, "Condition: %s%s does not fit %.*s",
                         condition->for_all   ? "ForAllValues:"
                         : condition->for_any ? "ForAnyValue:"
                                              : "",
                         condition->rule->name, (int)MIN(name.len, (size_t)64), name.ptr);
    return true;
}

/* The text of a string, number or boolean, in the arena; NULL when it is none. */
static const char *scalar_text(struct arena *arena, yyjson_val *value) {
    if (yyjson_is_str(value) && !memchr(yyjson_get_str(value), 0, yyjson_get_len(value)))
        return arena_string(arena, (struct bytes){yyjson_get_str(value), yyjson_get_len(value)});
    if (yyjson_is_bool(value))
        return yyjson_get_bool(value) ? "true" : "false";
    return yyjson_is_num(value) ? arena_printf(arena, "%.17g", yyjson_get_num(value)) : NULL;
}

static bool parse_values(struct arena *arena, yyjson_val *json, struct access_condition *condition,
                         struct error *err) {
    bool list = yyjson_is_arr(json);
    size_t count = list ? yyjson_arr_size(json) : 1;
    if (count == 0 || count > LIMIT_POLICY_VALUES)
        return error_set(err, ERROR_INVALID_PARAMETER, "Condition: a key has 1 to %d values",
                         LIMIT_POLICY_VALUES);
    condition->values = arena_array(arena, count, sizeof *condition->values);
    condition->value_count = count;
    if (!condition->values)
        return error_set(err, ERROR_INTERNAL, "There is no memory for a policy.");
    yyjson_val *item = list ? yyjson_arr_get_first(json) : json;
    for (size_t i = 0; i < count; i++) {
        const char *text = scalar_text(arena, item);
        if (!text || !parse_value(condition->rule, text, &condition->values[i]))
            return error_set(err, ERROR_INVALID_PARAMETER, "Condition: value %zu of %s is none for %s", i + 1,
                             condition->key->name, condition->rule->name);
        item = list ? unsafe_yyjson_get_next(item) : NULL;
    }
    return true;
}

static struct bytes json_text(yyjson_val *string) {
    return (struct bytes){yyjson_get_str(string), yyjson_get_len(string)};
}

/* 0 when it is not an object of objects, none of them empty. */
static size_t count_conditions(yyjson_val *object) {
    size_t count = 0;
    yyjson_obj_iter names = yyjson_obj_iter_with(object);
    for (yyjson_val *name; (name = yyjson_obj_iter_next(&names));) {
        size_t more = yyjson_obj_size(yyjson_obj_iter_get_val(name));
        if (more == 0)
            return 0;
        count += more;
    }
    return count;
}

/* Of one operator. */
static bool parse_block(struct arena *arena, struct bytes name, yyjson_val *block,
                        struct access_condition *conditions, struct error *err) {
    yyjson_obj_iter members = yyjson_obj_iter_with(block);
    for (yyjson_val *key; (key = yyjson_obj_iter_next(&members)); conditions++)
        if (!parse_operator(name, conditions, err) || !parse_key(arena, json_text(key), conditions, err) ||
            !parse_values(arena, yyjson_obj_iter_get_val(key), conditions, err))
            return false;
    return true;
}

bool access_conditions_parse(struct arena *arena, struct yyjson_val *object,
                             struct access_condition **ret_conditions, size_t *ret_count, struct error *err) {
    size_t count = count_conditions(object), done = 0;
    if (count == 0)
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "Condition must be an object of operators, and each of them one of keys");
    struct access_condition *conditions = arena_array(arena, count, sizeof *conditions);
    if (!conditions)
        return error_set(err, ERROR_INTERNAL, "There is no memory for a policy.");
    yyjson_obj_iter names = yyjson_obj_iter_with(object);
    for (yyjson_val *name; (name = yyjson_obj_iter_next(&names));) {
        yyjson_val *block = yyjson_obj_iter_get_val(name);
        if (!parse_block(arena, json_text(name), block, conditions + done, err))
            return false;
        done += yyjson_obj_size(block);
    }
    *ret_conditions = conditions;
    *ret_count = count;
    return true;
}

/* --- deciding --- */

/* The next character of UTF-8. */
static const char *next_character(const char *at, const char *end) {
    do
        at++;
    while (at < end && ((unsigned char)*at & 0xc0) == 0x80);
    return at;
}

/* Only the last '*' that was passed is ever taken longer: what stood before it fits already. */
bool access_glob(struct bytes pattern, struct bytes text, bool ignore_case) {
    const char *p = pattern.ptr, *p_end = p + pattern.len, *t = text.ptr, *t_end = t + text.len;
    const char *star = NULL, *resume = NULL;
    while (t < t_end) {
        if (p < p_end && *p == '*') {
            star = ++p;
            resume = t;
        } else if (p < p_end && *p == '?') {
            p++;
            t = next_character(t, t_end);
        } else if (p < p_end &&
                   (*p == *t || (ignore_case && tolower((unsigned char)*p) == tolower((unsigned char)*t)))) {
            p++;
            t++;
        } else if (star) {
            p = star;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < p_end && *p == '*')
        p++;
    return p == p_end;
}

bool access_is_arn(struct bytes text) {
    int colons = 0;
    for (size_t i = 0; i < text.len; i++) {
        colons += text.ptr[i] == ':';
        if (text.ptr[i] == '$' && i + 1 < text.len && text.ptr[i + 1] == '{')
            return false;
    }
    return colons >= 5 && bytes_starts_with(text, "arn:");
}

bool access_arn_like(struct bytes pattern, struct bytes arn) {
    if (!access_is_arn(arn))
        return false;
    for (int part = 0; part < 5; part++) {
        struct bytes one = bytes_split(&pattern, ':'), other = bytes_split(&arn, ':');
        if (!access_glob(one, other, false))
            return false;
    }
    return access_glob(pattern, arn, false);
}

static bool compare_numbers(enum comparison comparison, double actual, double value) {
    switch (comparison) {
    case LESS:
        return actual < value;
    case NOT_GREATER:
        return actual <= value;
    case GREATER:
        return actual > value;
    case NOT_LESS:
        return actual >= value;
    default:
        return actual == value;
    }
}

static bool fits(const struct access_operator *rule, const struct access_value *actual,
                 const struct access_value *value) {
    switch (rule->type) {
    case TYPE_TEXT:
        return rule->comparison == LIKE    ? access_glob(value->text, actual->text, false)
               : rule->comparison == EQUAL ? bytes_equal(value->text, actual->text)
                                           : bytes_equal_nocase(value->text, actual->text);
    case TYPE_ARN:
        return access_arn_like(value->text, actual->text);
    case TYPE_ADDRESS:
        return is_within(value, actual->address);
    default:
        return compare_numbers(rule->comparison, actual->number, value->number);
    }
}

static bool fits_any(const struct access_condition *condition, const struct access_value *actual) {
    bool any = false;
    for (size_t i = 0; i < condition->value_count && !any; i++)
        any = fits(condition->rule, actual, &condition->values[i]);
    return any != condition->rule->negative;
}

static bool find_tag(const struct store_tag *tags, size_t count, struct bytes key, struct bytes *ret_value) {
    for (size_t i = 0; i < count; i++)
        if (bytes_equal_string(key, tags[i].key)) {
            *ret_value = bytes_of(tags[i].value);
            return true;
        }
    return false;
}

static bool take_text(const char *text, struct bytes *ret_text) {
    *ret_text = bytes_of(text);
    return text != NULL;
}

/* What the request says under the key of the condition; false when nothing. */
static bool actual_value(const struct access_condition *condition, const struct access_request *request,
                         struct access_value *ret_value) {
    switch (condition->key->source) {
    case SOURCE_IP:
        return request->source_ip && !strchr(request->source_ip, '/') &&
               parse_network(request->source_ip, ret_value);
    case CURRENT_TIME:
        ret_value->number = floor((double)request->now_ms / 1000);
        return true;
    case USERNAME:
        return take_text(request->person, &ret_value->text);
    case PRINCIPAL_ARN:
        return take_text(request->principal_arn, &ret_value->text);
    case PURPOSE:
        return take_text(request->purpose, &ret_value->text);
    case TEMPORARY:
        ret_value->number = request->temporary;
        return true;
    case RESOURCE_TAG:
        return find_tag(request->resource_tags, request->resource_tag_count, condition->tag,
                        &ret_value->text);
    case REQUEST_TAG:
        return find_tag(request->request_tags, request->request_tag_count, condition->tag, &ret_value->text);
    case TAG_KEYS:
        return request->request_tag_count > 0;
    }
    return false;
}

static bool tag_keys_hold(const struct access_condition *condition, const struct access_request *request) {
    bool all = true, any = false;
    for (size_t i = 0; i < request->request_tag_count; i++) {
        struct access_value key = {.text = bytes_of(request->request_tags[i].key)};
        bool fit = fits_any(condition, &key);
        all = all && fit;
        any = any || fit;
    }
    return condition->for_all ? all : any || (condition->if_exists && request->request_tag_count == 0);
}

bool access_condition_holds(const struct access_condition *condition, const struct access_request *request) {
    struct access_value actual = {.text = {NULL, 0}};
    bool there = actual_value(condition, request, &actual);
    if (condition->rule->comparison == ABSENT) {
        bool holds = false;
        for (size_t i = 0; i < condition->value_count; i++)
            holds = holds || there == (condition->values[i].number == 0);
        return holds;
    }
    if (condition->key->source == TAG_KEYS)
        return tag_keys_hold(condition, request);
    return there ? fits_any(condition, &actual) : condition->if_exists || condition->rule->negative;
}
