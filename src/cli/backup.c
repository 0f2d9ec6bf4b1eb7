/* First the files beside the database, the record's checkpoint before the tiles that it is of; then the
 * database at one moment. So the database is never older than the record, and the journal in it has what the
 * record lacks. The record's folder is gone through twice: a tile that was replaced under our eyes is there
 * the second time. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <sys/stat.h>
#include "cli/command.h"
#include "record/files.h"
#include "store/store.h"

enum { DEPTH_MAX = 16, CHUNK = 64 * 1024 };

/* Of the data folder itself. */
static const char *const left_out[] = {"store.db", "store.db-wal", "store.db-shm", "lock",
                                       "endpoint", "compiled",     "snapshots",    "master.key.next"};
static const char *const secrets[] = {"master.key", "record.key", "credentials", "s3.ini"};

static bool is_one_of(const char *name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void close_file(int *fd) {
    if (*fd >= 0)
        close(*fd);
}

static void close_folder(DIR **folder) {
    if (*folder)
        closedir(*folder);
}

static bool copy_error(struct error *err, const char *doing, const char *path) {
    return error_set(err, ERROR_INTERNAL, "cannot %s %s: %s", doing, path, strerror(errno));
}

static bool copy_bytes(int from, int to) {
    char chunk[CHUNK];
    ssize_t len;
    while ((len = read(from, chunk, sizeof chunk)) > 0) {
        errno = ENOSPC; /* what a short write means */
        if (write(to, chunk, (size_t)len) != len)
            return false;
    }
    return len == 0 && fsync(to) == 0;
}

/* A file that went meanwhile is none; one that is there already stays. */
static bool copy_file(const char *from, const char *to, mode_t mode, struct error *err) {
    CLEANUP(close_file) int source = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (source < 0)
        return errno == ENOENT || copy_error(err, "read", from);
    CLEANUP(close_file) int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & 0777);
    if (target < 0)
        return errno == EEXIST || copy_error(err, "make", to);
    return copy_bytes(source, target) || copy_error(err, "copy", from);
}

static bool make_folder(const char *path, struct error *err) {
    return mkdir(path, 0700) == 0 || errno == EEXIST || copy_error(err, "make", path);
}

static bool copy_folder(const char *from, const char *to, bool top, bool with_key, int depth,
                        struct error *err);

static bool copy_one(const char *from, const char *to, bool with_key, int depth, struct error *err) {
    struct stat about;
    if (lstat(from, &about) < 0)
        return errno == ENOENT || copy_error(err, "read", from);
    if (S_ISDIR(about.st_mode))
        return copy_folder(from, to, false, with_key, depth + 1, err);
    return !S_ISREG(about.st_mode) || copy_file(from, to, about.st_mode, err);
}

static bool is_wanted(const char *name, bool top, bool with_key) {
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    return !top || (!is_one_of(name, left_out, ARRAY_LEN(left_out)) &&
                    (with_key || !is_one_of(name, secrets, ARRAY_LEN(secrets))));
}

static bool copy_folder(const char *from, const char *to, bool top, bool with_key, int depth,
                        struct error *err) {
    char source[FILES_PATH_MAX], target[FILES_PATH_MAX];
    CLEANUP(close_folder) DIR *folder = opendir(from);
    if (!folder)
        return errno == ENOENT || copy_error(err, "read", from);
    if (depth > DEPTH_MAX)
        return error_set(err, ERROR_INTERNAL, "%s is nested too deep", from);
    if (!make_folder(to, err))
        return false;
    for (const struct dirent *file; (file = readdir(folder));)
        if (is_wanted(file->d_name, top, with_key) &&
            (!files_path(from, file->d_name, source, err) || !files_path(to, file->d_name, target, err) ||
             !copy_one(source, target, with_key, depth, err)))
            return false;
    return files_sync(to, err);
}

static bool copy_record(const char *data, const char *to, struct error *err) {
    char from_folder[FILES_PATH_MAX], to_folder[FILES_PATH_MAX], from[FILES_PATH_MAX], target[FILES_PATH_MAX];
    if (!files_path(data, "record", from_folder, err) || !files_path(to, "record", to_folder, err) ||
        !files_path(from_folder, "checkpoint", from, err) ||
        !files_path(to_folder, "checkpoint", target, err))
        return false;
    if (access(from, F_OK) != 0)
        return true;
    return make_folder(to_folder, err) && copy_file(from, target, 0644, err) &&
           copy_folder(from_folder, to_folder, false, false, 1, err) &&
           copy_folder(from_folder, to_folder, false, false, 1, err);
}

static bool copy_all(const char *data, const char *to, bool with_key, struct error *err) {
    char path[FILES_PATH_MAX];
    return files_path(to, "store.db", path, err) && copy_record(data, to, err) &&
           copy_folder(data, to, true, with_key, 0, err) && store_backup(data, path, err) &&
           files_sync(to, err);
}

/* A backup within the data folder would be a part of itself. */
static bool is_outside(const char *data, const char *parent, struct error *err) {
    char inner[PATH_MAX], outer[PATH_MAX];
    if (!realpath(data, outer))
        return copy_error(err, "find", data);
    if (!realpath(parent, inner))
        return copy_error(err, "find", parent);
    size_t len = strlen(outer);
    return strncmp(inner, outer, len) != 0 || (inner[len] != 0 && inner[len] != '/') ||
           error_set(err, ERROR_VALIDATION, "the backup cannot lie in the data folder itself");
}

static bool make_backup(const char *data, const char *destination, bool with_key, struct error *err) {
    char partial[FILES_PATH_MAX], parent[FILES_PATH_MAX];
    files_folder(destination, parent);
    if (access(destination, F_OK) == 0)
        return error_set(err, ERROR_ALREADY_EXISTS, "%s is there already: name a new folder", destination);
    if (!is_outside(data, parent, err))
        return false;
    if (snprintf(partial, sizeof partial, "%s.partial", destination) >= (int)sizeof partial)
        return error_set(err, ERROR_INTERNAL, "the path of the backup is too long");
    if (mkdir(partial, 0700) < 0)
        return copy_error(err, "make", partial);
    if (!copy_all(data, partial, with_key, err))
        return false;
    return (rename(partial, destination) == 0 || copy_error(err, "rename", partial)) &&
           files_sync(parent, err);
}

static int run(const char *data, const char *destination, bool with_key) {
    struct error err;
    if (!make_backup(data, destination, with_key, &err))
        return fail("%s; there is no backup (delete %s.partial if it is there)", err.text, destination);
    printf("backup of %s in %s%s\n", data, destination,
           with_key
               ? ", with its keys"
               : "; keep master.key, record.key, credentials and s3.ini apart: it cannot be read without");
    return fflush(stdout) == 0 ? EXIT_FINE : fail("cannot write the result");
}

int command_backup(int argc, char **argv) {
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"with-key", no_argument, NULL, 'k'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *data = "./var";
    bool with_key = false;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'd')
            data = optarg;
        else if (option == 'k')
            with_key = true;
        else
            return option == 'h' ? help_of("backup") : EXIT_USAGE;
    if (argc - optind != 1)
        return fail_usage("backup needs one folder to make");
    char *destination = argv[optind];
    for (size_t len = strlen(destination); len > 1 && destination[len - 1] == '/';)
        destination[--len] = 0;
    return run(data, destination, with_key);
}
