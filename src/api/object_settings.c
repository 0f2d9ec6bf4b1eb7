#include <curl/curl.h>
#include <ini.h>
#include "api/object_settings.h"
#include "base/digest.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define ALPHANUMERIC LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS

/* Where the reading of the file is. */
struct reader {
    struct object_settings *settings;
    const char *path;
    struct error *err;
    bool path_style_seen, failed;
};

static bool fail(struct reader *reader, const char *name, const char *what) {
    if (!reader->failed)
        error_set(reader->err, ERROR_INVALID_PARAMETER, "%s: '%.64s' %s.", reader->path, name, what);
    reader->failed = true;
    return false;
}

/* --- endpoint --- */

static void free_part(char **part) {
    curl_free(*part);
}

static bool is_address(const char *host) {
    return host[0] == '[' || host[strspn(host, DIGITS ".:")] == 0;
}

/* False when the address has more than scheme, host and port. */
static bool has_only_origin(CURLU *url) {
    static const CURLUPart others[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_ZONEID, CURLUPART_QUERY,
                                       CURLUPART_FRAGMENT};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        CLEANUP(free_part) char *part = NULL;
        if (curl_url_get(url, others[i], &part, 0) == CURLUE_OK)
            return false;
    }
    CLEANUP(free_part) char *path = NULL;
    return curl_url_get(url, CURLUPART_PATH, &path, 0) == CURLUE_OK && strcmp(path, "/") == 0;
}

static bool split_endpoint(CURLU *url, const char *value, struct object_settings *settings) {
    CLEANUP(free_part) char *scheme = NULL, *host = NULL, *port = NULL;
    if (curl_url_set(url, CURLUPART_URL, value, 0) != CURLUE_OK || !has_only_origin(url) ||
        curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        return false;
    if ((strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) ||
        host[strspn(host, ALPHANUMERIC "-._[]:")] != 0)
        return false;
    bool has_port = curl_url_get(url, CURLUPART_PORT, &port, 0) == CURLUE_OK;
    snprintf(settings->scheme, sizeof settings->scheme, "%s", scheme);
    return snprintf(settings->authority, sizeof settings->authority, "%s%s%s", host, has_port ? ":" : "",
                    has_port ? port : "") < (int)sizeof settings->authority;
}

static bool read_endpoint(struct reader *reader, const char *value) {
    CURLU *url = curl_url();
    bool good = url && !reader->settings->authority[0] && split_endpoint(url, value, reader->settings);
    curl_url_cleanup(url);
    return good || fail(reader, "endpoint",
                        "is given once, as http:// or https:// with a host and, where needed, a port");
}

/* --- other settings --- */

static bool is_bucket(struct bytes name) {
    if (name.len < 3 || name.len > LIMIT_BUCKET)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        bool inner = i > 0 && i + 1 < name.len;
        if (!name.ptr[i] || !strchr(inner ? ALPHANUMERIC "-._" : ALPHANUMERIC, name.ptr[i]) ||
            (name.ptr[i] == '.' && name.ptr[i + 1] == '.'))
            return false;
    }
    return true;
}

/* Called again for each line that goes on. */
static bool read_buckets(struct reader *reader, const char *value) {
    struct object_settings *settings = reader->settings;
    struct bytes rest = bytes_of(value);
    while (rest.ptr) {
        struct bytes name = bytes_trim(bytes_split(&rest, ','));
        if (name.len == 0)
            continue;
        if (!is_bucket(name))
            return fail(reader, "buckets",
                        "are names of 3 to 255 letters, digits and -._, with commas between");
        if (settings->bucket_count == LIMIT_S3_BUCKETS)
            return fail(reader, "buckets", "are too many");
        snprintf(settings->buckets[settings->bucket_count++], sizeof settings->buckets[0], "%.*s",
                 BYTES_FORMAT(name));
    }
    return true;
}

static bool is_graphic(const char *text) {
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

static bool read_once(struct reader *reader, const char *name, const char *value, char *to, size_t size) {
    if (to[0] || !value[0] || !is_graphic(value) || strlen(value) >= size)
        return fail(reader, name, "is given twice, empty, too long or of other than printable letters");
    memcpy(to, value, strlen(value) + 1);
    return true;
}

static bool read_region(struct reader *reader, const char *value) {
    struct object_settings *settings = reader->settings;
    if (value[strspn(value, ALPHANUMERIC "-_")] != 0)
        return fail(reader, "region", "is of letters, digits and hyphens");
    return read_once(reader, "region", value, settings->region, sizeof settings->region);
}

/* Called again for each line that goes on. */
static bool read_token(struct reader *reader, const char *value) {
    char *token = reader->settings->token;
    size_t len = strlen(token), more = strlen(value);
    if (!is_graphic(value) || len + more >= sizeof reader->settings->token)
        return fail(reader, "session_token", "is too long or of other than printable letters");
    memcpy(token + len, value, more + 1);
    return true;
}

static bool read_path_style(struct reader *reader, const char *value) {
    if (reader->path_style_seen || (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0))
        return fail(reader, "path_style", "is yes or no, once");
    reader->path_style_seen = true;
    reader->settings->host_style = strcmp(value, "no") == 0;
    return true;
}

static bool read_timeout(struct reader *reader, const char *value) {
    uint64_t seconds;
    if (reader->settings->timeout_seconds != 0 ||
        !bytes_to_number(bytes_of(value), LIMIT_S3_SECONDS, &seconds) || seconds == 0)
        return fail(reader, "timeout_seconds",
                    "is a number of seconds that is too large, none, or given twice");
    reader->settings->timeout_seconds = (int)seconds;
    return true;
}

/* inih's handler; fail() has said what is wrong when it returns 0. */
static int read_entry(void *context, const char *section, const char *name, const char *value) {
    struct reader *reader = context;
    struct object_settings *settings = reader->settings;
    if (strcmp(section, "s3") != 0)
        return fail(reader, "[s3]", "is the only section");
    if (strcmp(name, "endpoint") == 0)
        return read_endpoint(reader, value);
    if (strcmp(name, "region") == 0)
        return read_region(reader, value);
    if (strcmp(name, "access_key_id") == 0)
        return read_once(reader, name, value, settings->access_key, sizeof settings->access_key);
    if (strcmp(name, "secret_access_key") == 0)
        return read_once(reader, name, value, settings->secret_key, sizeof settings->secret_key);
    if (strcmp(name, "session_token") == 0)
        return read_token(reader, value);
    if (strcmp(name, "buckets") == 0)
        return read_buckets(reader, value);
    if (strcmp(name, "path_style") == 0)
        return read_path_style(reader, value);
    if (strcmp(name, "timeout_seconds") == 0)
        return read_timeout(reader, value);
    /* The name may be the rest of a secret that was too long for a line: it is not repeated. */
    return fail(reader, "[s3]", "has a setting that does not exist, or a line of more than 197 letters");
}

static bool check_whole(struct reader *reader) {
    struct object_settings *settings = reader->settings;
    const char *missing = !settings->authority[0]       ? "endpoint"
                          : !settings->region[0]        ? "region"
                          : !settings->access_key[0]    ? "access_key_id"
                          : !settings->secret_key[0]    ? "secret_access_key"
                          : settings->bucket_count == 0 ? "buckets"
                                                        : NULL;
    if (missing)
        return fail(reader, missing, "is missing");
    if (settings->host_style && is_address(settings->authority))
        return fail(reader, "path_style", "can only be no where the endpoint's host has a name");
    if (settings->timeout_seconds == 0)
        settings->timeout_seconds = LIMIT_S3_SECONDS_DEFAULT;
    return true;
}

bool object_settings_read(FILE *file, const char *path, struct object_settings *ret_settings,
                          struct error *err) {
    struct object_settings settings = {0};
    struct reader reader = {.settings = &settings, .path = path, .err = err};
    int line = ini_parse_file(file, read_entry, &reader);
    bool good = !reader.failed;
    if (good && line != 0)
        good = error_set(err, ERROR_INVALID_PARAMETER, "%s: line %d is not 'name = value'.", path, line);
    good = good && check_whole(&reader);
    if (good)
        *ret_settings = settings;
    object_settings_wipe(&settings);
    return good;
}

void object_settings_wipe(struct object_settings *settings) {
    secret_wipe(settings, sizeof *settings);
}

bool object_settings_allow(const struct object_settings *settings, struct bytes bucket) {
    for (size_t i = 0; i < settings->bucket_count; i++)
        if (bytes_equal_string(bucket, settings->buckets[i]))
            return true;
    return false;
}

/* --- addresses --- */

static void put_encoded(struct buffer *url, struct bytes text, const char *kept) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c && strchr(kept, c))
            buffer_append(url, &c, 1);
        else
            buffer_printf(url, "%%%02X", (unsigned char)c);
    }
}

static bool leads_out(struct bytes name) {
    while (name.ptr) {
        struct bytes segment = bytes_split(&name, '/');
        if (bytes_equal_string(segment, ".") || bytes_equal_string(segment, ".."))
            return true;
    }
    return false;
}

bool object_settings_url(const struct object_settings *settings, struct bytes bucket, struct bytes name,
                         struct bytes version, struct buffer *url) {
    if (leads_out(name))
        return false;
    if (settings->host_style)
        buffer_printf(url, "%s://%.*s.%s/", settings->scheme, BYTES_FORMAT(bucket), settings->authority);
    else
        buffer_printf(url, "%s://%s/%.*s/", settings->scheme, settings->authority, BYTES_FORMAT(bucket));
    put_encoded(url, name, ALPHANUMERIC "-._~/");
    if (version.len > 0) {
        buffer_text(url, "?versionId=");
        put_encoded(url, version, ALPHANUMERIC "-._~");
    }
    return !url->failed;
}
