/* The string to sign is built again from the request as it came:
 *
 *     canonical request = method \n path \n sorted query \n name:value\n for each signed header \n
 *                         signed header names \n body hash
 *     string to sign    = AWS4-HMAC-SHA256 \n time \n date/region/service/aws4_request \n SHA-256 of the
 * above signing key       = HMAC(HMAC(HMAC(HMAC("AWS4" secret, date), region), service), "aws4_request")
 *
 * and its HMAC under the signing key must be the signature. Everything that can be told from the request
 * alone is checked before the secret is looked up. */
#include "api/signature.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/limits.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define SERVICE "rekognition"
#define TERMINATOR "aws4_request"

struct authorization {
    struct bytes credential, signed_headers, signature;
    struct bytes access_key, scope, date, region; /* parts of the credential */
    struct bytes time;                            /* X-Amz-Date or Date */
};

struct bytes signature_header(const struct api_request *request, const char *name) {
    for (size_t i = 0; i < request->header_count; i++)
        if (bytes_equal_nocase(request->headers[i].name, bytes_of(name)))
            return request->headers[i].value;
    return (struct bytes){NULL, 0};
}

static bool header_is_present(const struct api_request *request, struct bytes name) {
    for (size_t i = 0; i < request->header_count; i++)
        if (bytes_equal_nocase(request->headers[i].name, name))
            return true;
    return false;
}

/* --- the Authorization header --- */

static bool parse_parts(struct bytes parts, struct authorization *auth, struct error *err) {
    while (parts.ptr) {
        struct bytes value = bytes_trim(bytes_split(&parts, ','));
        struct bytes name = bytes_split(&value, '=');
        struct bytes *target = bytes_equal_string(name, "Credential")      ? &auth->credential
                               : bytes_equal_string(name, "SignedHeaders") ? &auth->signed_headers
                               : bytes_equal_string(name, "Signature")     ? &auth->signature
                                                                           : NULL;
        if (!value.ptr || !target || target->ptr)
            return error_set(err, ERROR_INCOMPLETE_SIGNATURE,
                             "Authorization header must consist of 'Credential', 'SignedHeaders' and "
                             "'Signature', each once, as key=value pairs.");
        *target = value;
    }
    const char *missing = auth->credential.len == 0       ? "Credential"
                          : auth->signed_headers.len == 0 ? "SignedHeaders"
                          : auth->signature.len == 0      ? "Signature"
                                                          : NULL;
    if (missing)
        return error_set(err, ERROR_INCOMPLETE_SIGNATURE, "Authorization header requires '%s' parameter.",
                         missing);
    return true;
}

static bool parse_credential(struct authorization *auth, struct error *err) {
    struct bytes rest = auth->credential, parts[5];
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        parts[i] = bytes_split(&rest, '/');
    if (!parts[4].ptr || rest.ptr)
        return error_set(err, ERROR_INCOMPLETE_SIGNATURE,
                         "Credential must have exactly 5 slash-delimited elements, "
                         "e.g. keyid/date/region/service/term.");
    auth->access_key = parts[0];
    auth->date = parts[1];
    auth->region = parts[2];
    auth->scope = (struct bytes){parts[1].ptr, auth->credential.len - parts[0].len - 1};
    if (auth->access_key.len == 0 || auth->region.len == 0)
        return error_set(err, ERROR_INCOMPLETE_SIGNATURE, "Credential must name an access key and a region.");
    if (!bytes_equal_string(parts[3], SERVICE))
        return error_set(err, ERROR_INVALID_SIGNATURE,
                         "Credential should be scoped to correct service: '" SERVICE "'.");
    if (!bytes_equal_string(parts[4], TERMINATOR))
        return error_set(err, ERROR_INVALID_SIGNATURE,
                         "Credential should be scoped with a valid terminator: '" TERMINATOR "'.");
    return true;
}

static bool parse_authorization(const struct api_request *request, struct authorization *ret_auth,
                                struct error *err) {
    struct bytes header = bytes_trim(signature_header(request, "Authorization"));
    if (header.len == 0)
        return error_set(err, ERROR_MISSING_TOKEN, "Missing Authentication Token");
    struct bytes algorithm = bytes_split(&header, ' ');
    if (!bytes_equal_string(algorithm, ALGORITHM))
        return error_set(err, ERROR_INCOMPLETE_SIGNATURE,
                         "Authorization header must begin with '" ALGORITHM "'.");
    *ret_auth = (struct authorization){0};
    return parse_parts(header, ret_auth, err) && parse_credential(ret_auth, err);
}

/* --- time --- */

static bool check_time(const struct api_request *request, struct authorization *auth, int64_t now,
                       struct error *err) {
    int64_t signed_at;
    char edge[17], today[17];
    auth->time = signature_header(request, "X-Amz-Date");
    if (!auth->time.ptr)
        auth->time = signature_header(request, "Date");
    if (!auth->time.ptr)
        return error_set(
            err, ERROR_INCOMPLETE_SIGNATURE,
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
    auth->time = bytes_trim(auth->time);
    if (!clock_parse_amz(auth->time, &signed_at))
        return error_set(err, ERROR_INCOMPLETE_SIGNATURE, "Date must be in ISO-8601 'basic format'.");
    if (!bytes_equal(auth->date, (struct bytes){auth->time.ptr, 8}))
        return error_set(
            err, ERROR_INVALID_SIGNATURE,
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            "HTTP: '%.*s' != '%.8s', from '%.*s'.",
            (int)MIN(auth->date.len, (size_t)16), auth->date.ptr, auth->time.ptr, BYTES_FORMAT(auth->time));
    clock_format_amz(now, today);
    if (signed_at < now - LIMIT_CLOCK_SKEW_SECONDS) {
        clock_format_amz(now - LIMIT_CLOCK_SKEW_SECONDS, edge);
        return error_set(err, ERROR_INVALID_SIGNATURE,
                         "Signature expired: %.*s is now earlier than %s (%s - %d min.)",
                         BYTES_FORMAT(auth->time), edge, today, LIMIT_CLOCK_SKEW_SECONDS / 60);
    }
    if (signed_at > now + LIMIT_CLOCK_SKEW_SECONDS) {
        clock_format_amz(now + LIMIT_CLOCK_SKEW_SECONDS, edge);
        return error_set(err, ERROR_INVALID_SIGNATURE,
                         "Signature not yet current: %.*s is still later than %s (%s + %d min.)",
                         BYTES_FORMAT(auth->time), edge, today, LIMIT_CLOCK_SKEW_SECONDS / 60);
    }
    return true;
}

/* --- signed headers --- */

static bool is_signed(const struct authorization *auth, const char *name) {
    struct bytes rest = auth->signed_headers;
    while (rest.ptr)
        if (bytes_equal_nocase(bytes_split(&rest, ';'), bytes_of(name)))
            return true;
    return false;
}

static bool check_signed_headers(const struct api_request *request, const struct authorization *auth,
                                 struct error *err) {
    const char *date = header_is_present(request, BYTES_LITERAL("X-Amz-Date")) ? "X-Amz-Date" : "Date";
    const char *required[] = {"Host", date, "X-Amz-Target"};
    for (size_t i = 0; i < ARRAY_LEN(required); i++) {
        bool needed = i < 2 || header_is_present(request, bytes_of(required[i]));
        if (needed && !is_signed(auth, required[i]))
            return error_set(err, ERROR_INVALID_SIGNATURE,
                             "'%s' must be a 'SignedHeader' in the AWS Authorization.", required[i]);
    }
    struct bytes rest = auth->signed_headers;
    for (size_t count = 0; rest.ptr; count++) {
        struct bytes name = bytes_split(&rest, ';');
        if (count >= LIMIT_HEADER_COUNT)
            return error_set(err, ERROR_INVALID_SIGNATURE, "There are more signed headers than headers.");
        if (!header_is_present(request, name))
            return error_set(err, ERROR_INVALID_SIGNATURE,
                             "The request has no header '%.*s', which is signed.",
                             (int)MIN(name.len, (size_t)64), name.ptr);
    }
    return true;
}

static bool check_body(const struct api_request *request, struct sha256 body_hash, struct error *err) {
    struct bytes claimed = signature_header(request, "X-Amz-Content-Sha256");
    char hex[65];
    sha256_hex(body_hash, hex);
    if (claimed.ptr && !bytes_equal_string(bytes_trim(claimed), hex))
        return error_set(err, ERROR_INVALID_SIGNATURE,
                         "The header 'x-amz-content-sha256' is not the SHA-256 of the body.");
    return true;
}

/* --- the canonical request --- */

struct parameter {
    struct bytes name, value;
};

static int compare_bytes(struct bytes a, struct bytes b) {
    size_t len = MIN(a.len, b.len);
    int order = len > 0 ? memcmp(a.ptr, b.ptr, len) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_parameters(const void *a, const void *b) {
    const struct parameter *left = a, *right = b;
    int order = compare_bytes(left->name, right->name);
    return order != 0 ? order : compare_bytes(left->value, right->value);
}

/* Parameters sorted by name, then value, as they are encoded on the wire. */
static bool put_query(struct arena *arena, struct buffer *out, struct bytes query) {
    size_t count = 0;
    struct parameter *parameters = arena_array(arena, query.len + 1, sizeof *parameters);
    if (!parameters)
        return false;
    while (query.len > 0) {
        struct bytes value = bytes_split(&query, '&');
        struct bytes name = bytes_split(&value, '=');
        if (name.len > 0)
            parameters[count++] = (struct parameter){name, value};
    }
    qsort(parameters, count, sizeof *parameters, compare_parameters);
    for (size_t i = 0; i < count; i++) {
        buffer_text(out, i > 0 ? "&" : "");
        buffer_append(out, parameters[i].name.ptr, parameters[i].name.len);
        buffer_text(out, "=");
        buffer_append(out, parameters[i].value.ptr, parameters[i].value.len);
    }
    return true;
}

static void put_lower(struct buffer *out, struct bytes text) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        buffer_append(out, &c, 1);
    }
}

/* Without blanks at the ends; several blanks in a row are one. */
static void put_folded(struct buffer *out, struct bytes value) {
    value = bytes_trim(value);
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] != ' ' || value.ptr[i - 1] != ' ')
            buffer_append(out, &value.ptr[i], 1);
}

static void put_header(struct buffer *out, const struct api_request *request, struct bytes name) {
    const char *separator = ":";
    put_lower(out, name);
    for (size_t i = 0; i < request->header_count; i++)
        if (bytes_equal_nocase(request->headers[i].name, name)) {
            buffer_text(out, separator);
            put_folded(out, request->headers[i].value);
            separator = ",";
        }
    buffer_text(out, "\n");
}

static bool hash_request(struct arena *arena, const struct api_request *request,
                         const struct authorization *auth, struct sha256 body_hash, struct sha256 *ret_hash) {
    struct buffer out = buffer_new((size_t)LIMIT_HEADER_COUNT * LIMIT_HEADER_BYTES);
    struct bytes rest = auth->signed_headers;
    char hex[65];
    sha256_hex(body_hash, hex);
    buffer_append(&out, request->method.ptr, request->method.len);
    buffer_text(&out, "\n");
    buffer_append(&out, request->path.ptr, request->path.len);
    buffer_text(&out, "\n");
    bool good = put_query(arena, &out, request->query);
    buffer_text(&out, "\n");
    while (rest.ptr)
        put_header(&out, request, bytes_split(&rest, ';'));
    buffer_text(&out, "\n");
    put_lower(&out, auth->signed_headers);
    buffer_printf(&out, "\n%s", hex);
    good = good && !out.failed;
    if (good)
        *ret_hash = sha256_of(buffer_bytes(&out));
    buffer_release(&out);
    return good;
}

/* --- the signature --- */

static struct bytes bytes_of_hash(const struct sha256 *hash) {
    return (struct bytes){(const char *)hash->bytes, sizeof hash->bytes};
}

static bool sign(const char *secret, const struct authorization *auth, struct bytes text,
                 struct sha256 *ret_mac) {
    char first[260];
    size_t len = strlen(secret);
    if (len + 4 >= sizeof first)
        return false;
    memcpy(first, "AWS4", 4);
    memcpy(first + 4, secret, len);
    struct sha256 key = hmac_sha256((struct bytes){first, len + 4}, auth->date);
    key = hmac_sha256(bytes_of_hash(&key), auth->region);
    key = hmac_sha256(bytes_of_hash(&key), BYTES_LITERAL(SERVICE));
    key = hmac_sha256(bytes_of_hash(&key), BYTES_LITERAL(TERMINATOR));
    *ret_mac = hmac_sha256(bytes_of_hash(&key), text);
    secret_wipe(first, sizeof first);
    secret_wipe(&key, sizeof key);
    return true;
}

static bool is_signed_with(const char *secret, const struct authorization *auth, struct bytes text,
                           bool *ret_possible) {
    struct sha256 mac, given;
    *ret_possible = sign(secret, auth, text, &mac);
    bool good = *ret_possible && hex_decode(auth->signature, given.bytes, sizeof given.bytes) &&
                sha256_equal(mac, given);
    secret_wipe(&mac, sizeof mac);
    return good;
}

static bool check_signature(struct arena *arena, const struct api_request *request,
                            const struct authorization *auth, struct sha256 body_hash,
                            const char *const secrets[2], struct error *err) {
    struct sha256 hash;
    char hex[65];
    if (!hash_request(arena, request, auth, body_hash, &hash))
        return error_set(err, ERROR_INVALID_SIGNATURE,
                         "The headers of the request are too large to be verified.");
    sha256_hex(hash, hex);
    const char *text = arena_printf(arena, ALGORITHM "\n%.*s\n%.*s\n%s", BYTES_FORMAT(auth->time),
                                    BYTES_FORMAT(auth->scope), hex);
    bool possible = text != NULL;
    for (int i = 0; possible && i < 2 && secrets[i]; i++)
        if (is_signed_with(secrets[i], auth, bytes_of(text), &possible))
            return true;
    if (!possible)
        return error_set(err, ERROR_INTERNAL, "There is no memory for the request.");
    return error_set(err, ERROR_INVALID_SIGNATURE,
                     "The request signature we calculated does not match the signature you provided. Check "
                     "your AWS Secret Access Key and signing method. Consult the service documentation for "
                     "details.");
}

bool signature_verify(struct arena *arena, const struct api_request *request, struct sha256 body_hash,
                      int64_t now, struct signature_secrets secrets, struct error *err) {
    struct authorization auth;
    const char *signing[2] = {NULL, NULL};
    return parse_authorization(request, &auth, err) && check_time(request, &auth, now, err) &&
           check_signed_headers(request, &auth, err) && check_body(request, body_hash, err) &&
           secrets.find(secrets.context, auth.access_key, signature_header(request, "X-Amz-Security-Token"),
                        signing, err) &&
           check_signature(arena, request, &auth, body_hash, signing, err);
}
