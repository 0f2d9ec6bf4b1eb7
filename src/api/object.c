/* Downloads over libcurl, which signs them (Signature Version 4).
 *
 * Each handle keeps its connection open for the next download. There are as many handles as downloads may run
 * at a time: one who finds none is told to come back, and does not wait, since a waiting worker is one less
 * for those who bring their photographs along. */
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>
#include "api/object.h"
#include "api/object_settings.h"
#include "base/digest.h"

#define REFUSED "Unable to get object metadata from S3. Check object key, region and/or access permissions.: "

struct object_store {
    struct object_settings settings;
    struct curl_slist *headers;
    pthread_mutex_t lock; /* guards the handles that are free */
    int free_count, handle_count;
    CURL *free[LIMIT_WORKERS];
};

struct download {
    CURL *handle;
    struct buffer object;
    bool too_large;
};

/* --- opening --- */

static bool read_settings(const char *file, FILE *stream, struct object_settings *settings,
                          struct error *err) {
    struct stat status;
    if (fstat(fileno(stream), &status) != 0 || !S_ISREG(status.st_mode))
        return error_set(err, ERROR_INVALID_PARAMETER, "%s is not a file.", file);
    if (status.st_mode & (S_IRWXG | S_IRWXO))
        return error_set(err, ERROR_INVALID_PARAMETER,
                         "Others may read the key in %s: run chmod 600 %s first.", file, file);
    return object_settings_read(stream, file, settings, err);
}

static bool make_headers(struct object_store *store) {
    char token[sizeof "x-amz-security-token: " + LIMIT_S3_TOKEN];
    store->headers = curl_slist_append(NULL, "x-amz-content-sha256: UNSIGNED-PAYLOAD");
    if (!store->headers || !store->settings.token[0])
        return store->headers;
    snprintf(token, sizeof token, "x-amz-security-token: %s", store->settings.token);
    bool good = curl_slist_append(store->headers, token);
    secret_wipe(token, sizeof token);
    return good;
}

static size_t keep(char *data, size_t size, size_t count, void *context) {
    struct download *download = context;
    download->too_large = size * count > download->object.maximum - download->object.len;
    buffer_append(&download->object, data, size * count);
    return download->object.failed ? 0 : size * count;
}

/* Where a download may lead, and how long it may take. False without memory. */
static bool set_bounds(CURL *handle, int timeout_seconds) {
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_PROXY, "") == CURLE_OK && /* nor one of the environment */
           curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_TIMEOUT, (long)timeout_seconds) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, (long)LIMIT_S3_CONNECT_SECONDS) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, (long)LIMIT_S3_STALL_SECONDS) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, (long)LIMIT_S3_BYTES_PER_SECOND) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)LIMIT_IMAGE_FILE_BYTES) ==
               CURLE_OK;
}

static bool set_up(struct object_store *store, CURL *handle) {
    const struct object_settings *settings = &store->settings;
    char provider[sizeof "aws:amz::s3" + sizeof settings->region];
    snprintf(provider, sizeof provider, "aws:amz:%s:s3", settings->region);
    return set_bounds(handle, settings->timeout_seconds) &&
           curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_FAILONERROR, 1L) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, keep) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_HTTPHEADER, store->headers) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_AWS_SIGV4, provider) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_USERNAME, settings->access_key) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_PASSWORD, settings->secret_key) == CURLE_OK;
}

static bool make_handles(struct object_store *store, int count, struct error *err) {
    bool good = make_headers(store);
    for (; good && store->handle_count < MIN(count, LIMIT_WORKERS); store->handle_count++) {
        CURL *handle = curl_easy_init();
        if (!handle)
            break;
        store->free[store->free_count++] = handle;
        good = set_up(store, handle);
    }
    return (good && store->free_count == MIN(count, LIMIT_WORKERS)) ||
           error_set(err, ERROR_INTERNAL, "libcurl does not start, or there is no memory for it.");
}

static bool open_store(const char *file, FILE *stream, int downloads, struct object_store **ret_store,
                       struct error *err) {
    struct object_store *store = calloc(1, sizeof *store);
    if (!store || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(store);
        return error_set(err, ERROR_INTERNAL, "There is no memory for the S3 source.");
    }
    pthread_mutex_init(&store->lock, NULL);
    if (!read_settings(file, stream, &store->settings, err) || !make_handles(store, downloads, err)) {
        object_store_free(store);
        return false;
    }
    *ret_store = store;
    return true;
}

bool object_store_open(const char *file, int downloads, struct object_store **ret_store, struct error *err) {
    FILE *stream = fopen(file, "re");
    if (!stream && errno == ENOENT) {
        *ret_store = NULL;
        return true;
    }
    if (!stream)
        return error_set(err, ERROR_INVALID_PARAMETER, "%s could not be opened.", file);
    bool good = open_store(file, stream, downloads, ret_store, err);
    fclose(stream);
    return good;
}

void object_store_free(struct object_store *store) {
    if (!store)
        return;
    for (int i = 0; i < store->free_count; i++)
        curl_easy_cleanup(store->free[i]);
    for (struct curl_slist *header = store->headers; header; header = header->next)
        secret_wipe(header->data, strlen(header->data));
    curl_slist_free_all(store->headers);
    curl_global_cleanup();
    pthread_mutex_destroy(&store->lock);
    object_settings_wipe(&store->settings);
    free(store);
}

/* --- fetching --- */

static CURL *take_handle(struct object_store *store) {
    pthread_mutex_lock(&store->lock);
    CURL *handle = store->free_count > 0 ? store->free[--store->free_count] : NULL;
    pthread_mutex_unlock(&store->lock);
    return handle;
}

static void give_back(struct object_store *store, CURL *handle) {
    pthread_mutex_lock(&store->lock);
    store->free[store->free_count++] = handle;
    pthread_mutex_unlock(&store->lock);
}

/* What a client learns says nothing of the operator's network, and does not tell a bucket that is not listed
 * from one that is forbidden. */
static bool refuse(long status, struct error *err) {
    return error_set(err, ERROR_INVALID_S3_OBJECT, REFUSED "%s",
                     status == 401 || status == 403 ? "access is denied"
                     : status == 404                ? "there is no such object"
                                                    : "the object could not be read");
}

static bool run(struct download *download, const char *url, struct error *err) {
    long status = 0;
    CURLcode code = curl_easy_setopt(download->handle, CURLOPT_URL, url);
    if (code == CURLE_OK)
        code = curl_easy_setopt(download->handle, CURLOPT_WRITEDATA, download);
    if (code == CURLE_OK)
        code = curl_easy_perform(download->handle);
    curl_easy_getinfo(download->handle, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        return refuse(status, err);
    if (code == CURLE_FILESIZE_EXCEEDED || download->too_large)
        return error_set(err, ERROR_IMAGE_TOO_LARGE, "Image size is too large: more than %d bytes.",
                         LIMIT_IMAGE_FILE_BYTES);
    return code == CURLE_OK || refuse(0, err);
}

bool object_fetch(struct object_store *store, struct bytes bucket, struct bytes name, struct bytes version,
                  struct buffer *ret_object, struct error *err) {
    if (!store)
        return error_set(err, ERROR_INVALID_S3_OBJECT, REFUSED "this server has no S3 source configured");
    if (!object_settings_allow(&store->settings, bucket))
        return refuse(403, err);
    struct buffer url = buffer_new(LIMIT_S3_URL_BYTES);
    struct download download = {.object = buffer_new(LIMIT_IMAGE_FILE_BYTES)};
    bool good = object_settings_url(&store->settings, bucket, name, version, &url) || refuse(404, err);
    if (good) {
        download.handle = take_handle(store);
        good = download.handle ||
               error_set(err, ERROR_THROTTLED, "Too many photographs are being fetched from S3.");
    }
    if (download.handle) {
        good = run(&download, url.data, err);
        give_back(store, download.handle);
    }
    buffer_release(&url);
    if (good)
        *ret_object = download.object;
    else
        buffer_release(&download.object);
    return good;
}
