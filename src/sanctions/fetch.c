#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include "base/limits.h"
#include "sanctions/fetch.h"

struct download {
    int fd;
    uint64_t len;
    struct fetch_tag tag;
};

bool fetch_is_address(const char *text) {
    return (strncasecmp(text, "https://", 8) == 0 || strncasecmp(text, "http://", 7) == 0) &&
           strlen(text) <= LIMIT_LIST_ADDRESS;
}

static size_t on_data(char *data, size_t size, size_t count, void *context) {
    struct download *download = context;
    size_t len = size * count, done = 0;
    if (len > LIMIT_LIST_BYTES - download->len)
        return 0;
    while (done < len) {
        ssize_t written = write(download->fd, data + done, len - done);
        if (written <= 0 && errno != EINTR)
            return 0;
        done += (size_t)MAX(written, 0);
    }
    download->len += len;
    return len;
}

static void keep_header(struct bytes value, char *out, size_t size) {
    value = bytes_trim(value);
    if (value.len < size) {
        memcpy(out, value.ptr, value.len);
        out[value.len] = 0;
    }
}

static size_t on_header(char *data, size_t size, size_t count, void *context) {
    struct download *download = context;
    struct bytes value = {data, size * count}, name = bytes_split(&value, ':');
    if (bytes_starts_with(name, "HTTP/")) /* of the reply to a redirect */
        download->tag = (struct fetch_tag){"", ""};
    else if (value.ptr && bytes_equal_nocase(name, BYTES_LITERAL("ETag")))
        keep_header(value, download->tag.etag, sizeof download->tag.etag);
    else if (value.ptr && bytes_equal_nocase(name, BYTES_LITERAL("Last-Modified")))
        keep_header(value, download->tag.modified, sizeof download->tag.modified);
    return size * count;
}

static bool add_condition(struct curl_slist **headers, const char *name, const char *value) {
    char line[512];
    if (value[0] == 0)
        return true;
    snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(*headers, line);
    if (longer)
        *headers = longer;
    return longer != NULL;
}

static bool set_up(CURL *curl, const char *address, struct curl_slist *headers, struct download *download) {
    const char *redirects = strncasecmp(address, "https:", 6) == 0 ? "https" : "http,https";
    return !curl_easy_setopt(curl, CURLOPT_URL, address) &&
           !curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") &&
           !curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, redirects) &&
           !curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L) &&
           !curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L) && !curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) &&
           /* The United Nations refuse those that are not called so. */
           !curl_easy_setopt(curl, CURLOPT_USERAGENT,
                             "Mozilla/5.0 (compatible; countenance/" COUNTENANCE_VERSION ")") &&
           !curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "") &&
           !curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) &&
           !curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)LIMIT_LIST_CONNECT_SECONDS) &&
           !curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)LIMIT_LIST_SECONDS) &&
           !curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data) &&
           !curl_easy_setopt(curl, CURLOPT_WRITEDATA, download) &&
           !curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header) &&
           !curl_easy_setopt(curl, CURLOPT_HEADERDATA, download);
}

static bool perform(CURL *curl, const char *address, struct download *download, long *ret_status,
                    struct error *err) {
    CURLcode result = curl_easy_perform(curl);
    if (result == CURLE_WRITE_ERROR && download->len > 0)
        return error_set(err, ERROR_VALIDATION, "%.300s: it has more than %u bytes, or the disk is full",
                         address, LIMIT_LIST_BYTES);
    if (result != CURLE_OK)
        return error_set(err, ERROR_VALIDATION, "%.300s: %s", address, curl_easy_strerror(result));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
    return *ret_status == 200 || *ret_status == 304 ||
           error_set(err, ERROR_VALIDATION, "%.300s: the server answers with status %ld", address,
                     *ret_status);
}

bool fetch_file(const char *address, const char *path, const struct fetch_tag *known, bool *ret_unchanged,
                struct fetch_tag *ret_tag, struct error *err) {
    struct download download = {.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)};
    struct curl_slist *headers = NULL;
    CURL *curl = curl_easy_init();
    long status = 0;
    bool done = false;
    if (download.fd < 0)
        error_set(err, ERROR_INTERNAL, "cannot write %.300s: %s", path, strerror(errno));
    else if (!curl ||
             (known && (!add_condition(&headers, "If-None-Match", known->etag) ||
                        !add_condition(&headers, "If-Modified-Since", known->modified))) ||
             !set_up(curl, address, headers, &download))
        error_set(err, ERROR_INTERNAL, "%.300s: no memory, or no address", address);
    else
        done = perform(curl, address, &download, &status, err) &&
               (fsync(download.fd) == 0 || error_set(err, ERROR_INTERNAL, "cannot write %.300s", path));
    if (download.fd >= 0)
        close(download.fd);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    if (!done)
        return false;
    *ret_unchanged = status == 304;
    *ret_tag = download.tag;
    return true;
}
