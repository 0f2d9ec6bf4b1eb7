/* JSON of requests, read in place by yyjson, and of replies, written straight into a buffer.
 *
 * Of members with the same name the first counts. A member that is null is absent. */
#ifndef API_JSON_H
#define API_JSON_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/digest.h"
#include "base/error.h"

struct yyjson_val;

/* Reads a text that is one JSON object, at most LIMIT_JSON_DEPTH deep, in valid UTF-8. It overwrites the text
 * and 16 bytes behind it, which the caller provides; the object lives as long as text and arena.
 * SERIALIZATION for anything else. */
MUST_CHECK bool json_read(struct arena *arena, char *text, size_t len, struct yyjson_val **ret_object,
                          struct error *err);

/* Members of an object that has been validated. Absent is NULL, an empty view or the fallback. */
struct yyjson_val *json_get(struct yyjson_val *object, const char *name);
struct bytes json_get_text(struct yyjson_val *object, const char *name);
int64_t json_get_integer(struct yyjson_val *object, const char *name, int64_t fallback);
float json_get_float(struct yyjson_val *object, const char *name, float fallback);
bool json_get_boolean(struct yyjson_val *object, const char *name, bool fallback);
/* Seconds since 1970, with a fraction, as milliseconds. */
int64_t json_get_time(struct yyjson_val *object, const char *name, int64_t fallback);
/* SHA-256 of the object's members but `except`, in a form that depends neither on the order of members nor on
 * white space or the way a number is written; a member that is null counts as absent. */
MUST_CHECK bool json_digest(struct arena *arena, struct yyjson_val *object, const char *except,
                            struct sha256 *ret_digest, struct error *err);

/* Writing: commas come by themselves. name is NULL inside an array and for the outermost value. */
void json_object_open(struct buffer *out, const char *name);
void json_object_close(struct buffer *out);
void json_array_open(struct buffer *out, const char *name);
void json_array_close(struct buffer *out);
/* What is not UTF-8 in the text becomes U+FFFD. */
void json_put_text(struct buffer *out, const char *name, struct bytes text);
void json_put_string(struct buffer *out, const char *name, const char *text);
void json_put_integer(struct buffer *out, const char *name, int64_t number);
void json_put_boolean(struct buffer *out, const char *name, bool value);
/* The shortest text that reads back as the same 32-bit value. NaN and infinity fail the buffer. */
void json_put_float(struct buffer *out, const char *name, float number);
/* Milliseconds since 1970 as seconds with three decimals. */
void json_put_time(struct buffer *out, const char *name, int64_t ms);
/* A value that is JSON already. */
void json_put_json(struct buffer *out, const char *name, struct bytes json);

#endif
