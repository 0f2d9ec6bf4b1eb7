#include <yyjson.h>
#include "api/validate.h"
#include "api/json.h"
#include "api/utf8.h"
#include "base/base64.h"

enum { ECHO_MAX = 80, TEXT_MAX = 4096, MEMBER_PATH_MAX = 128 };

/* What was found so far: sentences for the client. A wrong type ends the work at once. */
struct report {
    struct arena *arena;
    struct error *err;
    struct buffer text;
    int violations;
};

/* --- the constraints of one field --- */

enum constraint { MINIMUM, MAXIMUM, PATTERN, CHOICES, CONSTRAINT_COUNT };

static bool is_number(const struct field *field) {
    return field->type == FIELD_INTEGER || field->type == FIELD_FLOAT || field->type == FIELD_TIME;
}

static bool constraint_applies(const struct field *field, enum constraint constraint) {
    switch (constraint) {
    case MINIMUM:
        return is_number(field) || field->minimum > 0;
    case MAXIMUM:
        return field->maximum > 0;
    case PATTERN:
        return field->pattern != NULL;
    default:
        return field->choices != NULL;
    }
}

static void constraint_describe(const struct field *field, enum constraint constraint, struct buffer *out) {
    const char *what = is_number(field) ? "value" : "length";
    switch (constraint) {
    case MINIMUM:
        buffer_printf(out, "Member must have %s greater than or equal to %lld", what,
                      (long long)field->minimum);
        return;
    case MAXIMUM:
        buffer_printf(out, "Member must have %s less than or equal to %lld", what, (long long)field->maximum);
        return;
    case PATTERN:
        buffer_printf(out, "Member must satisfy regular expression pattern: %s", field->pattern->expression);
        return;
    default:
        buffer_text(out, "Member must satisfy enum value set: [");
        for (size_t i = 0; field->choices[i]; i++)
            buffer_printf(out, "%s%s", i > 0 ? ", " : "", field->choices[i]);
        buffer_text(out, "]");
    }
}

static struct bytes text_of(yyjson_val *value) {
    return (struct bytes){yyjson_get_str(value), yyjson_get_len(value)};
}

/* The number that minimum and maximum bound. */
static double measure(const struct field *field, yyjson_val *value) {
    if (is_number(field))
        return yyjson_get_num(value);
    return (double)(field->type == FIELD_STRING ? utf8_count(text_of(value)) : yyjson_get_len(value));
}

static bool constraint_holds(const struct field *field, enum constraint constraint, yyjson_val *value) {
    switch (constraint) {
    case MINIMUM:
        return measure(field, value) >= (double)field->minimum;
    case MAXIMUM:
        return measure(field, value) <= (double)field->maximum;
    case PATTERN:
        return field->pattern->matches(text_of(value));
    default:
        for (size_t i = 0; field->choices[i]; i++)
            if (bytes_equal_string(text_of(value), field->choices[i]))
                return true;
        return false;
    }
}

static bool all_hold(const struct field *field, yyjson_val *value) {
    for (int i = 0; i < CONSTRAINT_COUNT; i++)
        if (constraint_applies(field, i) && !constraint_holds(field, i, value))
            return false;
    return true;
}

/* --- what a client reads --- */

/* Appends what fits of a part of an echo that began at `start`; false when it had to be cut. */
static bool echo_part(struct buffer *out, size_t start, struct bytes part) {
    size_t room = ECHO_MAX - MIN(out->len - start, (size_t)ECHO_MAX);
    struct bytes fits = utf8_cut(part, room);
    buffer_append(out, fits.ptr, fits.len);
    if (fits.len < part.len)
        buffer_text(out, "...");
    return fits.len == part.len;
}

static void echo_list(struct buffer *out, yyjson_val *list) {
    size_t start = out->len, index, count;
    yyjson_val *item;
    buffer_text(out, "[");
    yyjson_arr_foreach(list, index, count, item) {
        struct bytes shown = yyjson_is_str(item) ? text_of(item) : BYTES_LITERAL("{...}");
        if ((index > 0 && !echo_part(out, start, BYTES_LITERAL(", "))) || !echo_part(out, start, shown))
            break;
    }
    buffer_text(out, "]");
}

static void echo_map(struct buffer *out, yyjson_val *map) {
    size_t start = out->len, index, count;
    yyjson_val *key, *value;
    buffer_text(out, "{");
    yyjson_obj_foreach(map, index, count, key, value) {
        if ((index > 0 && !echo_part(out, start, BYTES_LITERAL(", "))) ||
            !echo_part(out, start, text_of(key)) || !echo_part(out, start, BYTES_LITERAL("=")) ||
            !echo_part(out, start, text_of(value)))
            break;
    }
    buffer_text(out, "}");
}

static void echo(struct buffer *out, const struct field *field, yyjson_val *value) {
    size_t len = yyjson_get_len(value);
    if (field->type == FIELD_BLOB)
        buffer_printf(out, "java.nio.HeapByteBuffer[pos=0 lim=%zu cap=%zu]", len, len);
    else if (field->type == FIELD_STRING)
        (void)echo_part(out, out->len, text_of(value));
    else if (field->type == FIELD_INTEGER)
        buffer_printf(out, "%lld", (long long)yyjson_get_sint(value));
    else if (field->type == FIELD_FLOAT)
        buffer_printf(out, "%.9g", yyjson_get_num(value));
    else if (field->type == FIELD_TIME)
        buffer_printf(out, "%.15g", yyjson_get_num(value));
    else if (field->type == FIELD_LIST)
        echo_list(out, value);
    else
        echo_map(out, value);
}

/* Begins the sentence of a violation; value is NULL for a member that is missing. */
static void report_violation(struct report *report, const struct field *field, yyjson_val *value,
                             const char *path) {
    struct buffer *out = &report->text;
    buffer_text(out, report->violations++ > 0 ? "; Value " : "Value ");
    if (value) {
        buffer_text(out, "'");
        echo(out, field, value);
        buffer_text(out, "'");
    } else {
        buffer_text(out, "null");
    }
    buffer_printf(out, " at '%s' failed to satisfy constraint: ", path);
}

static void report_constraints(struct report *report, const struct field *field, yyjson_val *value,
                               const char *path) {
    for (int i = 0; i < CONSTRAINT_COUNT; i++)
        if (constraint_applies(field, i) && !constraint_holds(field, i, value)) {
            report_violation(report, field, value, path);
            constraint_describe(field, i, &report->text);
        }
}

/* AWS answers for the container and names all that its items must satisfy. */
static void report_items(struct report *report, const struct field *field, yyjson_val *value,
                         const char *path, const char *whose, const struct field *item) {
    const char *separator = "";
    report_violation(report, field, value, path);
    buffer_printf(&report->text, "%s must satisfy constraint: [", whose);
    for (int i = 0; i < CONSTRAINT_COUNT; i++)
        if (constraint_applies(item, i)) {
            buffer_text(&report->text, separator);
            constraint_describe(item, i, &report->text);
            separator = ", ";
        }
    buffer_text(&report->text, "]");
}

/* --- types --- */

static bool has_type(const struct field *field, yyjson_val *value) {
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_BLOB:
        return yyjson_is_str(value);
    case FIELD_INTEGER:
        return yyjson_is_uint(value) ? yyjson_get_uint(value) <= INT32_MAX
                                     : yyjson_is_sint(value) && yyjson_get_sint(value) >= INT32_MIN;
    case FIELD_FLOAT:
    case FIELD_TIME:
        return yyjson_is_num(value);
    case FIELD_BOOLEAN:
        return yyjson_is_bool(value);
    case FIELD_LIST:
        return yyjson_is_arr(value);
    default:
        return yyjson_is_obj(value);
    }
}

static bool check_type(struct report *report, const struct field *field, yyjson_val *value,
                       const char *path) {
    static const char *const wanted[] = {"a String", "an Integer", "a Float", "a Boolean",  "a Timestamp",
                                         "a Blob",   "a list",     "a map",   "a structure"};
    if (has_type(field, value))
        return true;
    const char *given = yyjson_is_str(value)     ? "STRING_VALUE"
                        : yyjson_is_num(value)   ? "NUMBER_VALUE"
                        : yyjson_is_true(value)  ? "TRUE_VALUE"
                        : yyjson_is_false(value) ? "FALSE_VALUE"
                        : yyjson_is_arr(value)   ? "A list"
                        : yyjson_is_obj(value)   ? "A structure or map"
                                                 : "null";
    return error_set(report->err, ERROR_SERIALIZATION, "%s can not be converted to %s: '%s'", given,
                     wanted[field->type], path);
}

static bool decode_blob(struct report *report, yyjson_val *value, const char *path) {
    struct bytes text = text_of(value);
    size_t len;
    char *data = arena_alloc(report->arena, base64_bytes_maximum(text.len) + 1);
    if (!data)
        return error_set(report->err, ERROR_INTERNAL, "There is no memory for the request.");
    if (!base64_to_bytes(text, data, &len))
        return error_set(report->err, ERROR_SERIALIZATION, "The value is not valid Base64: '%s'", path);
    yyjson_set_strn(value, data, len);
    return true;
}

/* --- the walk over the table --- */

static bool check_fields(struct report *report, const struct field *fields, yyjson_val *object,
                         const char *parent);

/* Each answers for itself, by its number. */
static bool check_structs(struct report *report, const struct field *field, yyjson_val *list,
                          const char *path) {
    size_t index, count;
    yyjson_val *item;
    yyjson_arr_foreach(list, index, count, item) {
        char item_path[MEMBER_PATH_MAX];
        snprintf(item_path, sizeof item_path, "%.90s.%zu.member", path, index + 1);
        if (!check_type(report, field->fields, item, item_path) ||
            !check_fields(report, field->fields->fields, item, item_path))
            return false;
    }
    return true;
}

static bool check_list(struct report *report, const struct field *field, yyjson_val *list, const char *path) {
    size_t index, count;
    yyjson_val *item;
    bool good = true;
    if (field->fields->type == FIELD_STRUCT)
        return check_structs(report, field, list, path);
    yyjson_arr_foreach(list, index, count, item) {
        if (!check_type(report, field->fields, item, path))
            return false;
        good = good && all_hold(field->fields, item);
    }
    if (!good)
        report_items(report, field, list, path, "Member", field->fields);
    return true;
}

static bool check_map(struct report *report, const struct field *field, yyjson_val *map, const char *path) {
    size_t index, count;
    yyjson_val *key, *value;
    bool good_keys = true, good_values = true;
    yyjson_obj_foreach(map, index, count, key, value) {
        if (!check_type(report, &field->fields[1], value, path))
            return false;
        good_keys = good_keys && all_hold(&field->fields[0], key);
        good_values = good_values && all_hold(&field->fields[1], value);
    }
    if (!good_keys)
        report_items(report, field, map, path, "Map keys", &field->fields[0]);
    if (!good_values)
        report_items(report, field, map, path, "Map value", &field->fields[1]);
    return true;
}

static bool check_value(struct report *report, const struct field *field, yyjson_val *value,
                        const char *path) {
    if (!check_type(report, field, value, path))
        return false;
    switch (field->type) {
    case FIELD_STRUCT:
        return check_fields(report, field->fields, value, path);
    case FIELD_BLOB:
        if (!decode_blob(report, value, path))
            return false;
        break;
    case FIELD_LIST:
        if (!check_list(report, field, value, path))
            return false;
        break;
    case FIELD_MAP:
        if (!check_map(report, field, value, path))
            return false;
        break;
    default:
        break;
    }
    report_constraints(report, field, value, path);
    return true;
}

static bool check_fields(struct report *report, const struct field *fields, yyjson_val *object,
                         const char *parent) {
    for (const struct field *field = fields; field->name; field++) {
        char path[MEMBER_PATH_MAX];
        snprintf(path, sizeof path, "%s%s%c%s", parent, parent[0] ? "." : "", field->name[0] | 0x20,
                 field->name + 1);
        yyjson_val *value = json_get(object, field->name);
        if (value) {
            if (!check_value(report, field, value, path))
                return false;
        } else if (field->required) {
            report_violation(report, field, NULL, path);
            buffer_text(&report->text, "Member must not be null");
        }
    }
    return true;
}

bool validate(struct arena *arena, const struct field *fields, struct yyjson_val *object, struct error *err) {
    struct report report = {.arena = arena, .err = err, .text = buffer_new(TEXT_MAX)};
    bool good = check_fields(&report, fields, object, "");
    if (good && report.violations > 0) {
        struct bytes text = buffer_bytes(&report.text);
        for (char *nul; (nul = memchr(report.text.data, 0, text.len));)
            *nul = '?'; /* an echoed NUL would end the error */
        good = error_set(err, ERROR_VALIDATION, "%d validation error%s detected: %.*s", report.violations,
                         report.violations == 1 ? "" : "s", BYTES_FORMAT(text));
    }
    buffer_release(&report.text);
    return good;
}
