/* A list comes in two steps. First its files are laid into DIR/lists/.incoming as they come, read there and
 * held against the rules: what is read is what will be kept, whatever happens to the origin meanwhile. Then
 * they are moved to their SHA-256, the version's JSON is written, and at last source.json, which puts it into
 * use. A lock keeps out others who add. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "sanctions/archive_file.h"
#include "sanctions/lists/list.h"

#define INCOMING ".incoming"

enum { COPY_CHUNK = 64 * 1024, MS_PER_DAY = 24 * 60 * 60 * 1000 };

bool archive_is_source(const char *name) {
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.");
    return len > 0 && len <= ARCHIVE_SOURCE_MAX && name[len] == 0 && name[0] != '.';
}

void archive_source_new(const char *name, struct archive_source *ret_source) {
    *ret_source = (struct archive_source){.rules = {ARCHIVE_DEFAULT, ARCHIVE_DEFAULT, ARCHIVE_DEFAULT}};
    snprintf(ret_source->name, sizeof ret_source->name, "%s", name);
}

bool archive_sources(const char *data, char ret_names[LIMIT_LIST_SOURCES][ARCHIVE_SOURCE_MAX + 1],
                     size_t *ret_count, struct error *err) {
    char folder[ARCHIVE_PATH], path[ARCHIVE_PATH], **names = NULL;
    size_t count = 0, kept = 0;
    if (!archive_path(data, NULL, NULL, folder, err) ||
        !archive_names(folder, archive_is_source, &names, &count, err))
        return false;
    for (size_t i = 0; i < count && kept < LIMIT_LIST_SOURCES; i++)
        if (archive_path(data, names[i], "source.json", path, err) && access(path, F_OK) == 0)
            snprintf(ret_names[kept++], sizeof ret_names[0], "%s", names[i]);
    archive_names_free(names, count);
    *ret_count = kept;
    return true;
}

static bool is_version(const char *name) {
    return strspn(name, "0123456789abcdef") == 64 && strcmp(name + 64, ".json") == 0;
}

static int by_time(const void *a, const void *b) {
    int64_t x = ((const struct archive_version *)a)->added_ms,
            y = ((const struct archive_version *)b)->added_ms;
    return (x > y) - (x < y);
}

bool archive_versions(const char *data, const char *source, struct archive_version **ret_versions,
                      size_t *ret_count, struct error *err) {
    char folder[ARCHIVE_PATH], **names = NULL;
    size_t count = 0;
    if (!archive_path(data, source, NULL, folder, err) ||
        !archive_names(folder, is_version, &names, &count, err))
        return false;
    struct archive_version *versions = calloc(count + 1, sizeof *versions);
    bool fine = versions != NULL;
    if (!fine)
        error_set(err, ERROR_INTERNAL, "no memory for %zu versions", count);
    for (size_t i = 0; fine && i < count; i++)
        fine = archive_version_file(data, source, names[i], &versions[i], err);
    archive_names_free(names, count);
    if (!fine) {
        free(versions);
        return false;
    }
    qsort(versions, count, sizeof *versions, by_time);
    *ret_versions = versions;
    *ret_count = count;
    return true;
}

bool archive_version_read(const char *data, const char *source, const char *version,
                          struct archive_version *ret_version, struct error *err) {
    CLEANUP_FREE struct archive_version *versions = NULL;
    size_t count = 0, found = 0;
    if (!archive_versions(data, source, &versions, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (bytes_starts_with(bytes_of(versions[i].version), version)) {
            *ret_version = versions[i];
            found++;
        }
    return found == 1 ||
           error_set(err, found ? ERROR_VALIDATION : ERROR_NOT_FOUND,
                     found ? "several versions of '%s' begin with %.64s" : "'%s' has no version %.64s",
                     source, version);
}

/* --- adding --- */

static void close_file(int *fd) {
    if (*fd >= 0)
        close(*fd);
}

static bool copy(const char *from, const char *to, struct error *err) {
    CLEANUP(close_file) int in = open(from, O_RDONLY | O_CLOEXEC);
    CLEANUP(close_file) int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    CLEANUP_FREE char *chunk = malloc(COPY_CHUNK);
    uint64_t len = 0;
    if (in < 0)
        return error_set(err, ERROR_NOT_FOUND, "cannot read %.300s: %s", from, strerror(errno));
    if (out < 0 || !chunk)
        return error_set(err, ERROR_INTERNAL, "cannot write %.300s: %s", to, strerror(errno));
    for (ssize_t got; (got = read(in, chunk, COPY_CHUNK)) != 0; len += (uint64_t)got) {
        if (got < 0)
            return error_set(err, ERROR_INTERNAL, "cannot read %.300s: %s", from, strerror(errno));
        if (len > LIMIT_LIST_BYTES)
            return error_set(err, ERROR_VALIDATION, "%.300s has more than %u bytes", from, LIMIT_LIST_BYTES);
        for (ssize_t done = 0, written; done < got; done += written)
            if ((written = write(out, chunk + done, (size_t)(got - done))) <= 0)
                return error_set(err, ERROR_INTERNAL, "cannot write %.300s: %s", to, strerror(errno));
    }
    return fsync(out) == 0 || error_set(err, ERROR_INTERNAL, "cannot write %.300s: %s", to, strerror(errno));
}

/* The files on their way in. */
struct incoming {
    size_t count;
    char files[LIMIT_LIST_FILES][ARCHIVE_PATH];
    const char *paths[LIMIT_LIST_FILES]; /* the same, for list_read */
    const char *const *origins;          /* the caller's */
    struct sha256 digests[LIMIT_LIST_FILES];
};

static void remove_incoming(struct incoming *incoming) {
    for (size_t i = 0; i < incoming->count; i++)
        unlink(incoming->paths[i]);
}

/* *ret_unchanged: the one address says that it still is what is in use. */
static bool bring(const char *data, struct archive_source *source, const char *const *origins, size_t count,
                  struct incoming *incoming, bool *ret_unchanged, struct error *err) {
    bool unchanged = false;
    incoming->origins = origins;
    for (size_t i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "%zu", i);
        if (!archive_path(data, INCOMING, name, incoming->files[i], err))
            return false;
        incoming->paths[i] = incoming->files[i];
        incoming->count = i + 1;
        unlink(incoming->paths[i]);
        struct archive_address *address = &source->addresses[i];
        const struct fetch_tag *known = count == 1 && source->current[0] ? &address->tag : NULL;
        struct fetch_tag tag;
        if (!fetch_is_address(origins[i])) {
            if (!copy(origins[i], incoming->files[i], err))
                return false;
        } else if (!fetch_file(origins[i], incoming->paths[i], known, &unchanged, &tag, err)) {
            return false;
        } else if (!unchanged) {
            address->tag = tag;
        }
    }
    *ret_unchanged = unchanged;
    return true;
}

/* "uk-csv" comes to be called "uk". */
static void name_by_format(struct archive_source *source, const char *format) {
    if (source->name[0] == 0)
        snprintf(source->name, sizeof source->name, "%.*s", (int)strcspn(format, "-"), format);
}

static struct health_rules rules_of(const struct archive_source *source, const char *format) {
    struct health_rules rules = health_rules_of(format);
    rules.minimum = source->rules.minimum == ARCHIVE_DEFAULT ? rules.minimum : source->rules.minimum;
    rules.shrink = source->rules.shrink == ARCHIVE_DEFAULT ? rules.shrink : source->rules.shrink;
    rules.days = source->rules.days == ARCHIVE_DEFAULT ? rules.days : source->rules.days;
    return rules;
}

static void describe(const struct designations *designations, const struct incoming *incoming,
                     struct archive_version *ret_version) {
    *ret_version = (struct archive_version){
        .measure = {designations->count, designations->name_count, designations->generated},
        .added_ms = clock_now_ms(),
        .file_count = incoming->count};
    sha256_hex(designations->version, ret_version->version);
    snprintf(ret_version->format, sizeof ret_version->format, "%s", designations->format);
    for (size_t i = 0; i < incoming->count; i++)
        sha256_hex(incoming->digests[i], ret_version->files[i]);
}

/* Against the rules, and the version in use. */
static bool judge(const char *data, const struct archive_source *source,
                  const struct designations *designations, struct error *err) {
    struct archive_version current;
    struct health_rules rules = rules_of(source, designations->format);
    bool known = source->current[0] != 0;
    if (known && !archive_version_file(data, source->name, source->current, &current, err))
        return false;
    return health_check(designations, known ? &current.measure : NULL, &rules, clock_now_ms(), err);
}

static bool make_folder(const char *path, struct error *err) {
    return mkdir(path, 0755) == 0 || errno == EEXIST ||
           error_set(err, ERROR_INTERNAL, "cannot make %.300s: %s", path, strerror(errno));
}

static bool keep(const char *data, struct archive_source *source, const struct incoming *incoming,
                 const struct archive_version *version, struct error *err) {
    char path[ARCHIVE_PATH];
    if (!archive_path(data, source->name, NULL, path, err))
        return false;
    if (!make_folder(path, err))
        return false;
    for (size_t i = 0; i < incoming->count; i++) {
        if (!archive_path(data, source->name, version->files[i], path, err))
            return false;
        if (rename(incoming->paths[i], path) < 0)
            return error_set(err, ERROR_INTERNAL, "cannot write %.300s: %s", path, strerror(errno));
    }
    return archive_version_write(data, source->name, version, err);
}

static bool put_into_use(const char *data, struct archive_source *source, const char *version,
                         struct error *err) {
    struct archive_source changed = *source;
    snprintf(changed.current, sizeof changed.current, "%s", version);
    changed.checked_ms = clock_now_ms();
    changed.refused[0] = 0;
    changed.refused_ms = 0;
    if (!archive_source_write(data, &changed, err))
        return false;
    *source = changed;
    return true;
}

static bool take(const char *data, struct archive_source *source, struct incoming *incoming,
                 struct archive_version *ret_version, bool *ret_changed, struct error *err) {
    CLEANUP(designations_cleanup) struct designations *designations = NULL;
    struct archive_version version;
    if (!list_read(source->name, incoming->paths, incoming->origins, incoming->count, &designations,
                   incoming->digests, err))
        return false;
    describe(designations, incoming, &version);
    name_by_format(source, version.format);
    bool changed = strcmp(version.version, source->current) != 0;
    if (!judge(data, source, designations, err) ||
        (changed && !keep(data, source, incoming, &version, err)) ||
        !put_into_use(data, source, version.version, err))
        return false;
    *ret_version = version;
    *ret_changed = changed;
    return true;
}

static void refuse(const char *data, const struct archive_source *source, const struct error *why) {
    struct archive_source before;
    struct error ignored;
    if (!archive_is_source(source->name) || why->code != ERROR_VALIDATION)
        return;
    if (!archive_source_read(data, source->name, &before, &ignored))
        before = *source;
    snprintf(before.refused, sizeof before.refused, "%s", why->text);
    before.refused_ms = clock_now_ms();
    /* The reason that the caller gets counts more than one why it could not be kept. */
    if (!archive_source_write(data, &before, &ignored))
        return;
}

static bool lock(const char *data, int *ret_fd, struct error *err) {
    char lists[ARCHIVE_PATH], incoming[ARCHIVE_PATH], path[ARCHIVE_PATH];
    if (!archive_path(data, NULL, NULL, lists, err) || !archive_path(data, INCOMING, NULL, incoming, err) ||
        !archive_path(data, INCOMING, "lock", path, err) || !make_folder(data, err) ||
        !make_folder(lists, err) || !make_folder(incoming, err))
        return false;
    *ret_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    return (*ret_fd >= 0 && flock(*ret_fd, LOCK_EX) == 0) ||
           error_set(err, ERROR_INTERNAL, "cannot lock %.300s: %s", path, strerror(errno));
}

static bool check_origins(struct archive_source *source, const char *const *origins, size_t count,
                          struct error *err) {
    size_t addresses = 0;
    if (source->name[0] && !archive_is_source(source->name))
        return error_set(err, ERROR_VALIDATION, "'%s' is no name of a list: a to z, 0 to 9, -, _ and .",
                         source->name);
    for (size_t i = 0; i < count; i++)
        addresses += fetch_is_address(origins[i]);
    if (count == 0 || count > LIMIT_LIST_FILES || (addresses > 0 && addresses < count))
        return error_set(err, ERROR_VALIDATION, "a list is up to %d files, or up to %d addresses",
                         LIMIT_LIST_FILES, LIMIT_LIST_FILES);
    source->address_count = addresses;
    for (size_t i = 0; i < addresses; i++) {
        struct archive_address *address = &source->addresses[i];
        if (strcmp(address->url, origins[i]) == 0)
            continue;
        *address = (struct archive_address){"", {"", ""}};
        snprintf(address->url, sizeof address->url, "%s", origins[i]);
    }
    return true;
}

bool archive_add(const char *data, struct archive_source *source, const char *const *origins, size_t count,
                 struct archive_version *ret_version, bool *ret_changed, struct error *err) {
    CLEANUP_FREE struct incoming *incoming = calloc(1, sizeof *incoming);
    CLEANUP(close_file) int locked = -1;
    struct error inner;
    bool unchanged = false;
    if (!incoming)
        return error_set(err, ERROR_INTERNAL, "no memory for the list");
    if (!check_origins(source, origins, count, err) || !lock(data, &locked, err))
        return false;
    bool done = bring(data, source, origins, count, incoming, &unchanged, &inner);
    if (done && unchanged)
        done = archive_version_file(data, source->name, source->current, ret_version, &inner) &&
               put_into_use(data, source, source->current, &inner);
    else if (done)
        done = take(data, source, incoming, ret_version, ret_changed, &inner);
    if (done && unchanged)
        *ret_changed = false;
    remove_incoming(incoming);
    if (!done) {
        refuse(data, source, &inner);
        return error_set(err, inner.code, "%s", inner.text);
    }
    return true;
}

bool archive_update(const char *data, struct archive_source *source, struct archive_version *ret_version,
                    bool *ret_changed, struct error *err) {
    const char *origins[LIMIT_LIST_FILES];
    struct archive_source before = *source;
    if (source->address_count == 0)
        return error_set(err, ERROR_VALIDATION, "'%s' came from files: add it again", source->name);
    for (size_t i = 0; i < source->address_count; i++)
        origins[i] = before.addresses[i].url;
    return archive_add(data, source, origins, source->address_count, ret_version, ret_changed, err);
}

/* --- using --- */

bool archive_is_healthy(const char *data, const struct archive_source *source, int64_t now_ms,
                        struct error *err) {
    struct archive_version version;
    if (source->current[0] == 0)
        return error_set(err, ERROR_NOT_FOUND, "'%s' has no version that could be used%s%s", source->name,
                         source->refused[0] ? ": " : "", source->refused);
    if (!archive_version_file(data, source->name, source->current, &version, err))
        return false;
    struct health_rules rules = rules_of(source, version.format);
    if (!health_age_check(version.measure.generated, &rules, now_ms, err))
        return false;
    return now_ms - source->checked_ms <= (int64_t)rules.days * MS_PER_DAY ||
           error_set(err, ERROR_VALIDATION, "'%s' has not been updated for more than %u days%s%s",
                     source->name, rules.days, source->refused[0] ? ": " : "", source->refused);
}

bool archive_load(const char *data, const char *source, const char *version,
                  struct designations **ret_designations, struct error *err) {
    struct archive_version found;
    CLEANUP_FREE struct incoming *files = calloc(1, sizeof *files);
    struct designations *designations;
    char hex[65];
    if (!files)
        return error_set(err, ERROR_INTERNAL, "no memory for the list");
    if (!archive_version_file(data, source, version, &found, err))
        return false;
    for (size_t i = 0; i < found.file_count; i++) {
        if (!archive_path(data, source, found.files[i], files->files[i], err))
            return false;
        files->paths[i] = files->files[i];
    }
    if (!list_read(source, files->paths, NULL, found.file_count, &designations, NULL, err))
        return false;
    sha256_hex(designations->version, hex);
    if (strcmp(hex, found.version) != 0) {
        designations_free(designations);
        return error_set(err, ERROR_INTERNAL, "the files of version %.64s of '%s' have been changed", version,
                         source);
    }
    *ret_designations = designations;
    return true;
}
