#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include "record/files.h"

static void close_file(int *fd) {
    if (*fd >= 0)
        close(*fd);
}

static bool failed(const char *doing, const char *path, struct error *err) {
    return error_set(err, ERROR_INTERNAL, "cannot %s %s: %s", doing, path, strerror(errno));
}

bool files_path(const char *folder, const char *name, char out[FILES_PATH_MAX], struct error *err) {
    /* Room is left for what files_write appends. */
    return snprintf(out, FILES_PATH_MAX, "%s/%s", folder, name) < FILES_PATH_MAX - 8 ||
           error_set(err, ERROR_INTERNAL, "the path of the record is too long");
}

void files_folder(const char *path, char out[FILES_PATH_MAX]) {
    const char *slash = strrchr(path, '/');
    snprintf(out, FILES_PATH_MAX, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
}

bool files_read(const char *path, size_t maximum, char **ret_data, size_t *ret_len, struct error *err) {
    CLEANUP(close_file) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return error_set(err, ERROR_NOT_FOUND, "%s is not there", path);
    if (fd < 0 || fstat(fd, &about) < 0)
        return failed("read", path, err);
    if (!S_ISREG(about.st_mode) || (uint64_t)about.st_size > maximum)
        return error_set(err, ERROR_INTERNAL, "%s is no file of at most %zu bytes", path, maximum);
    size_t size = (size_t)about.st_size, len = 0;
    char *data = malloc(size + 1);
    if (!data)
        return error_set(err, ERROR_INTERNAL, "no memory for %s", path);
    for (ssize_t got = 1; got > 0 && len < size; len += (size_t)MAX(got, 0)) {
        got = read(fd, data + len, size - len);
        if (got < 0) {
            failed("read", path, err);
            free(data);
            return false;
        }
    }
    data[len] = 0;
    *ret_data = data;
    *ret_len = len;
    return true;
}

bool files_sync(const char *folder, struct error *err) {
    CLEANUP(close_file) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return (fd >= 0 && fsync(fd) == 0) || failed("write the folder", folder, err);
}

static bool make_folders(const char *folder, struct error *err) {
    char parent[FILES_PATH_MAX];
    if (mkdir(folder, 0755) == 0) {
        files_folder(folder, parent);
        return files_sync(parent, err);
    }
    if (errno == EEXIST)
        return true;
    if (errno != ENOENT)
        return failed("make", folder, err);
    files_folder(folder, parent);
    return make_folders(parent, err) && make_folders(folder, err);
}

static bool write_all(int fd, struct bytes data) {
    while (data.len > 0) {
        ssize_t written = write(fd, data.ptr, data.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        data.ptr += written;
        data.len -= (size_t)written;
    }
    return true;
}

bool files_write(const char *path, struct bytes data, int mode, struct error *err) {
    char beside[FILES_PATH_MAX + 8], folder[FILES_PATH_MAX];
    const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    snprintf(beside, sizeof beside, "%s.new", path);
    int made = open(beside, flags, mode);
    if (made < 0 && errno == ENOENT) {
        files_folder(path, folder);
        if (!make_folders(folder, err))
            return false;
        made = open(beside, flags, mode);
    }
    CLEANUP(close_file) int fd = made;
    if (fd < 0 || !write_all(fd, data) || fsync(fd) < 0 || rename(beside, path) < 0)
        return failed("write", path, err);
    return true;
}
