/* Settings of the S3 source, any at all: they are read or refused. Then any name of an object, in settings
 * that are in order: its address, as libcurl understands it, has the endpoint's host and begins with the
 * bucket. The input's first NUL parts the settings from the name. */
#include <curl/curl.h>
#include "api/object_settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_settings(const char *text, size_t len, struct object_settings *settings) {
    struct error err;
    FILE *file = len > 0 ? fmemopen((void *)(uintptr_t)text, len, "r") : NULL;
    if (file && object_settings_read(file, "s3.ini", settings, &err))
        object_settings_wipe(settings);
    if (file)
        fclose(file);
}

static void check_part(CURLU *url, CURLUPart part, const char *prefix) {
    char *text = NULL;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK || strncmp(text, prefix, strlen(prefix)) != 0)
        abort();
    curl_free(text);
}

static void check_address(const char *address) {
    CURLU *url = curl_url();
    char *user = NULL;
    if (!url || curl_url_set(url, CURLUPART_URL, address, CURLU_PATH_AS_IS) != CURLUE_OK)
        abort();
    check_part(url, CURLUPART_SCHEME, "https");
    check_part(url, CURLUPART_HOST, "s3.example.org");
    check_part(url, CURLUPART_PATH, "/photos/");
    if (curl_url_get(url, CURLUPART_USER, &user, 0) == CURLUE_OK)
        abort();
    curl_url_cleanup(url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct object_settings settings;
    struct bytes rest = {(const char *)data, size}, text = bytes_split(&rest, 0);
    read_settings(text.ptr, text.len, &settings);
    settings = (struct object_settings){.scheme = "https", .authority = "s3.example.org"};
    struct buffer url = buffer_new(LIMIT_S3_URL_BYTES);
    struct bytes bucket = bytes_of("photos"), version = bytes_split(&rest, 0), name = rest;
    if (object_settings_url(&settings, bucket, name, version, &url))
        check_address(url.data);
    buffer_release(&url);
    return 0;
}
