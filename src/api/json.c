#include <math.h>
#include <yyjson.h>
#include "api/json.h"
#include "api/utf8.h"
#include "base/limits.h"

static void *alc_malloc(void *arena, size_t size) {
    return arena_alloc(arena, size);
}

static void *alc_realloc(void *arena, void *old, size_t old_size, size_t size) {
    void *fresh = arena_alloc(arena, size);
    if (fresh)
        memcpy(fresh, old, MIN(old_size, size));
    return fresh;
}

static void alc_free(void *arena, void *memory) {
    (void)arena;
    (void)memory;
}

/* Descends at most `levels` deep, however deep the document is. */
static bool is_within(yyjson_val *value, int levels) {
    if (!yyjson_is_ctn(value))
        return true;
    if (levels == 0)
        return false;
    bool keyed = yyjson_is_obj(value);
    size_t count = yyjson_get_len(value);
    yyjson_val *item = unsafe_yyjson_get_first(value);
    for (size_t i = 0; i < count; i++) {
        yyjson_val *child = keyed ? item + 1 : item;
        if (!is_within(child, levels - 1))
            return false;
        item = unsafe_yyjson_get_next(child);
    }
    return true;
}

bool json_read(struct arena *arena, char *text, size_t len, struct yyjson_val **ret_object,
               struct error *err) {
    yyjson_alc alc = {alc_malloc, alc_realloc, alc_free, arena};
    yyjson_read_err problem;
    memset(text + len, 0, YYJSON_PADDING_SIZE);
    yyjson_doc *document = yyjson_read_opts(text, len, YYJSON_READ_INSITU, &alc, &problem);
    if (!document)
        return error_set(err, ERROR_SERIALIZATION, "The body is not valid JSON: %s at byte %zu.", problem.msg,
                         problem.pos);
    yyjson_val *root = yyjson_doc_get_root(document);
    if (!yyjson_is_obj(root))
        return error_set(err, ERROR_SERIALIZATION, "The body must be a JSON object.");
    if (!is_within(root, LIMIT_JSON_DEPTH))
        return error_set(err, ERROR_SERIALIZATION, "The body is nested more than %d deep.", LIMIT_JSON_DEPTH);
    *ret_object = root;
    return true;
}

struct yyjson_val *json_get(struct yyjson_val *object, const char *name) {
    yyjson_val *value = yyjson_obj_get(object, name);
    return yyjson_is_null(value) ? NULL : value;
}

struct bytes json_get_text(struct yyjson_val *object, const char *name) {
    yyjson_val *value = json_get(object, name);
    return value ? (struct bytes){yyjson_get_str(value), yyjson_get_len(value)} : (struct bytes){NULL, 0};
}

int64_t json_get_integer(struct yyjson_val *object, const char *name, int64_t fallback) {
    yyjson_val *value = json_get(object, name);
    return value ? yyjson_get_sint(value) : fallback;
}

float json_get_float(struct yyjson_val *object, const char *name, float fallback) {
    yyjson_val *value = json_get(object, name);
    return value ? (float)yyjson_get_num(value) : fallback;
}

bool json_get_boolean(struct yyjson_val *object, const char *name, bool fallback) {
    yyjson_val *value = json_get(object, name);
    return value ? yyjson_get_bool(value) : fallback;
}

int64_t json_get_time(struct yyjson_val *object, const char *name, int64_t fallback) {
    yyjson_val *value = json_get(object, name);
    return value ? llround(fmin(yyjson_get_num(value) * 1000, 1e15)) : fallback;
}

/* --- the form that is digested: strings with their length in front, members by name --- */

static void put_canonical(struct buffer *out, struct arena *arena, yyjson_val *value, const char *except);

static void put_canonical_text(struct buffer *out, yyjson_val *text) {
    buffer_printf(out, "%zu:", yyjson_get_len(text));
    buffer_append(out, yyjson_get_str(text), yyjson_get_len(text));
}

static int compare_keys(const void *a, const void *b) {
    yyjson_val *left = *(yyjson_val *const *)a, *right = *(yyjson_val *const *)b;
    size_t left_len = yyjson_get_len(left), right_len = yyjson_get_len(right);
    int order = memcmp(yyjson_get_str(left), yyjson_get_str(right), MIN(left_len, right_len));
    return order != 0 ? order : (left_len > right_len) - (left_len < right_len);
}

static void put_canonical_object(struct buffer *out, struct arena *arena, yyjson_val *object,
                                 const char *except) {
    size_t index, size, count = 0;
    yyjson_val *key, *value, **keys = arena_array(arena, yyjson_obj_size(object), sizeof(yyjson_val *));
    if (!keys) {
        out->failed = true;
        return;
    }
    yyjson_obj_foreach(object, index, size, key, value) {
        bool counts = yyjson_obj_getn(object, yyjson_get_str(key), yyjson_get_len(key)) == value;
        if (counts && !yyjson_is_null(value) && !(except && yyjson_equals_str(key, except)))
            keys[count++] = key;
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    buffer_text(out, "{");
    for (size_t i = 0; i < count; i++) {
        put_canonical_text(out, keys[i]);
        put_canonical(out, arena, unsafe_yyjson_get_next(keys[i]), NULL);
    }
    buffer_text(out, "}");
}

/* Descends no deeper than json_read allows. */
static void put_canonical(struct buffer *out, struct arena *arena, yyjson_val *value, const char *except) {
    size_t index, size;
    yyjson_val *item;
    if (yyjson_is_obj(value)) {
        put_canonical_object(out, arena, value, except);
    } else if (yyjson_is_arr(value)) {
        buffer_text(out, "[");
        yyjson_arr_foreach(value, index, size, item) {
            put_canonical(out, arena, item, NULL);
        }
        buffer_text(out, "]");
    } else if (yyjson_is_str(value)) {
        put_canonical_text(out, value);
    } else if (yyjson_is_num(value)) {
        buffer_printf(out, "%.17g;", yyjson_get_num(value));
    } else {
        buffer_text(out, yyjson_is_true(value) ? "t" : yyjson_is_false(value) ? "f" : "n");
    }
}

bool json_digest(struct arena *arena, struct yyjson_val *object, const char *except,
                 struct sha256 *ret_digest, struct error *err) {
    struct buffer text = buffer_new(2 * LIMIT_BODY_BYTES);
    put_canonical(&text, arena, object, except);
    bool good = !text.failed || error_set(err, ERROR_INTERNAL, "There is no memory for the request.");
    if (good)
        *ret_digest = sha256_of(buffer_bytes(&text));
    buffer_release(&text);
    return good;
}

/* --- writing --- */

static bool is_plain(char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* One code point, or one byte that is none, in the form JSON wants. */
static void quote_special(struct buffer *out, struct bytes *rest) {
    struct bytes from = *rest;
    uint32_t code;
    if (!utf8_take(rest, &code)) {
        buffer_text(out, "\xef\xbf\xbd");
        *rest = (struct bytes){from.ptr + 1, from.len - 1};
    } else if (code == '"' || code == '\\') {
        buffer_printf(out, "\\%c", (char)code);
    } else if (code < 0x20 || code == 0x7f) {
        buffer_printf(out, "\\u%04x", code);
    } else {
        buffer_append(out, from.ptr, from.len - rest->len);
    }
}

static void quote(struct buffer *out, struct bytes text) {
    buffer_text(out, "\"");
    while (text.len > 0) {
        size_t plain = 0;
        while (plain < text.len && is_plain(text.ptr[plain]))
            plain++;
        buffer_append(out, text.ptr, plain);
        text = (struct bytes){text.ptr + plain, text.len - plain};
        if (text.len > 0)
            quote_special(out, &text);
    }
    buffer_text(out, "\"");
}

/* The comma, if one is due, and the name. What was written last tells: after an opening bracket or a name
 * comes a value without a comma; a string ends in a quotation mark, so it is never mistaken for them. */
static void begin(struct buffer *out, const char *name) {
    char last = out->len > 0 ? out->data[out->len - 1] : '[';
    if (last != '{' && last != '[' && last != ':')
        buffer_text(out, ",");
    if (name) {
        quote(out, bytes_of(name));
        buffer_text(out, ":");
    }
}

void json_object_open(struct buffer *out, const char *name) {
    begin(out, name);
    buffer_text(out, "{");
}

void json_object_close(struct buffer *out) {
    buffer_text(out, "}");
}

void json_array_open(struct buffer *out, const char *name) {
    begin(out, name);
    buffer_text(out, "[");
}

void json_array_close(struct buffer *out) {
    buffer_text(out, "]");
}

void json_put_text(struct buffer *out, const char *name, struct bytes text) {
    begin(out, name);
    quote(out, text);
}

void json_put_string(struct buffer *out, const char *name, const char *text) {
    json_put_text(out, name, bytes_of(text));
}

void json_put_integer(struct buffer *out, const char *name, int64_t number) {
    begin(out, name);
    buffer_printf(out, "%lld", (long long)number);
}

void json_put_boolean(struct buffer *out, const char *name, bool value) {
    begin(out, name);
    buffer_text(out, value ? "true" : "false");
}

void json_put_float(struct buffer *out, const char *name, float number) {
    char text[32];
    if (!isfinite(number)) {
        out->failed = true;
        return;
    }
    int digits = 6;
    do
        snprintf(text, sizeof text, "%.*g", digits++, (double)number);
    while (digits <= 9 && strtof(text, NULL) != number);
    begin(out, name);
    buffer_text(out, text);
}

void json_put_time(struct buffer *out, const char *name, int64_t ms) {
    begin(out, name);
    buffer_printf(out, "%lld.%03d", (long long)(ms / 1000), (int)(ms % 1000));
}

void json_put_json(struct buffer *out, const char *name, struct bytes json) {
    begin(out, name);
    buffer_append(out, json.ptr, json.len);
}
