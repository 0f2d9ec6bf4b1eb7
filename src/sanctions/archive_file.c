#include <dirent.h>
#include <errno.h>
#include <yyjson.h>
#include "record/files.h"
#include "sanctions/archive_file.h"
#include "sanctions/lists/dates.h"

enum { JSON_MAX = 1024 * 1024 };

bool archive_path(const char *data, const char *source, const char *name, char out[ARCHIVE_PATH],
                  struct error *err) {
    int len = snprintf(out, ARCHIVE_PATH, "%s/lists%s%s%s%s", data, source ? "/" : "", source ? source : "",
                       name ? "/" : "", name ? name : "");
    return (len > 0 && len < ARCHIVE_PATH - 16) ||
           error_set(err, ERROR_INTERNAL, "the path of the data folder is too long");
}

/* --- reading --- */

static void free_document(yyjson_doc **document) {
    yyjson_doc_free(*document);
}

static yyjson_doc *read_json(const char *path, struct error *err) {
    CLEANUP_FREE char *text = NULL;
    size_t len;
    if (!files_read(path, JSON_MAX, &text, &len, err))
        return NULL;
    yyjson_doc *document = yyjson_read(text, len, 0);
    if (!document || !yyjson_is_obj(yyjson_doc_get_root(document))) {
        yyjson_doc_free(document);
        error_set(err, ERROR_INTERNAL, "%.400s is damaged", path);
        return NULL;
    }
    return document;
}

static void get_text(yyjson_val *object, const char *name, char *out, size_t size) {
    const char *text = yyjson_get_str(yyjson_obj_get(object, name));
    snprintf(out, size, "%s", text ? text : "");
}

static uint32_t get_count(yyjson_val *object, const char *name, uint32_t otherwise) {
    yyjson_val *value = yyjson_obj_get(object, name);
    return yyjson_is_uint(value) ? (uint32_t)MIN(yyjson_get_uint(value), UINT32_MAX) : otherwise;
}

bool archive_source_read(const char *data, const char *name, struct archive_source *ret_source,
                         struct error *err) {
    char path[ARCHIVE_PATH];
    if (!archive_is_source(name))
        return error_set(err, ERROR_VALIDATION, "'%.80s' is no name of a list: a to z, 0 to 9, -, _ and .",
                         name);
    if (!archive_path(data, name, "source.json", path, err))
        return false;
    CLEANUP(free_document) yyjson_doc *document = read_json(path, err);
    if (!document)
        return err && err->code == ERROR_NOT_FOUND
                   ? error_set(err, ERROR_NOT_FOUND, "there is no list '%s'", name)
                   : false;
    yyjson_val *root = yyjson_doc_get_root(document), *address;
    yyjson_arr_iter addresses = yyjson_arr_iter_with(yyjson_obj_get(root, "addresses"));
    archive_source_new(name, ret_source);
    ret_source->rules = (struct health_rules){get_count(root, "minimum", ARCHIVE_DEFAULT),
                                              get_count(root, "shrink", ARCHIVE_DEFAULT),
                                              get_count(root, "days", ARCHIVE_DEFAULT)};
    while ((address = yyjson_arr_iter_next(&addresses)) && ret_source->address_count < LIMIT_LIST_FILES) {
        struct archive_address *to = &ret_source->addresses[ret_source->address_count++];
        get_text(address, "url", to->url, sizeof to->url);
        get_text(address, "etag", to->tag.etag, sizeof to->tag.etag);
        get_text(address, "modified", to->tag.modified, sizeof to->tag.modified);
    }
    get_text(root, "current", ret_source->current, sizeof ret_source->current);
    get_text(root, "refused", ret_source->refused, sizeof ret_source->refused);
    ret_source->checked_ms = yyjson_get_sint(yyjson_obj_get(root, "checked"));
    ret_source->refused_ms = yyjson_get_sint(yyjson_obj_get(root, "refusedAt"));
    return true;
}

bool archive_version_file(const char *data, const char *source, const char *version,
                          struct archive_version *ret_version, struct error *err) {
    char path[ARCHIVE_PATH], name[80], generated[16];
    snprintf(name, sizeof name, "%.64s.json", version);
    if (!archive_path(data, source, name, path, err))
        return false;
    CLEANUP(free_document) yyjson_doc *document = read_json(path, err);
    if (!document)
        return false;
    yyjson_val *root = yyjson_doc_get_root(document), *file;
    yyjson_arr_iter files = yyjson_arr_iter_with(yyjson_obj_get(root, "files"));
    *ret_version = (struct archive_version){
        .measure = {get_count(root, "designations", 0), get_count(root, "names", 0), {0}},
        .added_ms = yyjson_get_sint(yyjson_obj_get(root, "added"))};
    snprintf(ret_version->version, sizeof ret_version->version, "%.64s", version);
    get_text(root, "format", ret_version->format, sizeof ret_version->format);
    get_text(root, "generated", generated, sizeof generated);
    ret_version->measure.generated = date_read(bytes_of(generated), DATE_DAY_FIRST);
    while ((file = yyjson_arr_iter_next(&files)) && ret_version->file_count < LIMIT_LIST_FILES) {
        uint8_t digest[32];
        const char *hex = yyjson_get_str(file);
        if (!hex || !hex_decode(bytes_of(hex), digest, sizeof digest))
            return error_set(err, ERROR_INTERNAL, "%.400s is damaged", path);
        memcpy(ret_version->files[ret_version->file_count++], hex, 65);
    }
    return ret_version->file_count > 0 || error_set(err, ERROR_INTERNAL, "%.400s is damaged", path);
}

/* --- writing --- */

static bool write_json(const char *path, yyjson_mut_doc *document, struct error *err) {
    size_t len = 0;
    CLEANUP_FREE char *text = yyjson_mut_write(document, YYJSON_WRITE_PRETTY, &len);
    char folder[FILES_PATH_MAX];
    files_folder(path, folder);
    if (!text)
        return error_set(err, ERROR_INTERNAL, "no memory for %.400s", path);
    return files_write(path, (struct bytes){text, len}, 0644, err) && files_sync(folder, err);
}

static void put_rule(yyjson_mut_doc *document, yyjson_mut_val *root, const char *name, uint32_t value) {
    if (value != ARCHIVE_DEFAULT)
        yyjson_mut_obj_add_uint(document, root, name, value);
}

bool archive_source_write(const char *data, const struct archive_source *source, struct error *err) {
    char path[ARCHIVE_PATH];
    if (!archive_path(data, source->name, "source.json", path, err))
        return false;
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(document), *addresses = yyjson_mut_arr(document);
    yyjson_mut_doc_set_root(document, root);
    for (size_t i = 0; i < source->address_count; i++) {
        const struct archive_address *from = &source->addresses[i];
        yyjson_mut_val *address = yyjson_mut_arr_add_obj(document, addresses);
        yyjson_mut_obj_add_str(document, address, "url", from->url);
        yyjson_mut_obj_add_str(document, address, "etag", from->tag.etag);
        yyjson_mut_obj_add_str(document, address, "modified", from->tag.modified);
    }
    yyjson_mut_obj_add_val(document, root, "addresses", addresses);
    put_rule(document, root, "minimum", source->rules.minimum);
    put_rule(document, root, "shrink", source->rules.shrink);
    put_rule(document, root, "days", source->rules.days);
    yyjson_mut_obj_add_str(document, root, "current", source->current);
    yyjson_mut_obj_add_sint(document, root, "checked", source->checked_ms);
    yyjson_mut_obj_add_str(document, root, "refused", source->refused);
    bool made = yyjson_mut_obj_add_sint(document, root, "refusedAt", source->refused_ms);
    bool done = made ? write_json(path, document, err)
                     : error_set(err, ERROR_INTERNAL, "no memory for %s", path);
    yyjson_mut_doc_free(document);
    return done;
}

bool archive_version_write(const char *data, const char *source, const struct archive_version *version,
                           struct error *err) {
    char path[ARCHIVE_PATH], name[80], generated[11];
    snprintf(name, sizeof name, "%s.json", version->version);
    if (!archive_path(data, source, name, path, err))
        return false;
    partial_date_format(version->measure.generated, generated);
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(document), *files = yyjson_mut_arr(document);
    yyjson_mut_doc_set_root(document, root);
    yyjson_mut_obj_add_str(document, root, "format", version->format);
    yyjson_mut_obj_add_str(document, root, "generated", generated);
    yyjson_mut_obj_add_uint(document, root, "designations", version->measure.designations);
    yyjson_mut_obj_add_uint(document, root, "names", version->measure.names);
    yyjson_mut_obj_add_sint(document, root, "added", version->added_ms);
    for (size_t i = 0; i < version->file_count; i++)
        yyjson_mut_arr_add_str(document, files, version->files[i]);
    bool made = yyjson_mut_obj_add_val(document, root, "files", files);
    bool done = made ? write_json(path, document, err)
                     : error_set(err, ERROR_INTERNAL, "no memory for %s", path);
    yyjson_mut_doc_free(document);
    return done;
}

/* --- folders --- */

void archive_names_free(char **names, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add_name(char ***names, size_t *count, const char *name) {
    char **longer = realloc(*names, (*count + 1) * sizeof **names);
    if (!longer)
        return false;
    *names = longer;
    longer[*count] = strdup(name);
    *count += longer[*count] != NULL;
    return longer[*count - 1] != NULL;
}

bool archive_names(const char *folder, bool (*fits)(const char *name), char ***ret_names, size_t *ret_count,
                   struct error *err) {
    char **names = NULL;
    size_t count = 0;
    bool fine = true;
    DIR *open = opendir(folder);
    if (!open && errno != ENOENT)
        return error_set(err, ERROR_INTERNAL, "cannot read %.400s: %s", folder, strerror(errno));
    for (struct dirent *entry; fine && open && (entry = readdir(open));)
        fine = !fits(entry->d_name) || add_name(&names, &count, entry->d_name);
    if (open)
        closedir(open);
    if (!fine) {
        archive_names_free(names, count);
        return error_set(err, ERROR_INTERNAL, "no memory for the names in %.400s", folder);
    }
    if (count > 1)
        qsort(names, count, sizeof *names, by_name);
    *ret_names = names;
    *ret_count = count;
    return true;
}
