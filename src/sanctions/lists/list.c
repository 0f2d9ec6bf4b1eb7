#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include "base/buffer.h"
#include "base/limits.h"
#include "sanctions/lists/csv.h"
#include "sanctions/lists/dates.h"
#include "sanctions/lists/format.h"
#include "sanctions/lists/list.h"
#include "sanctions/lists/text.h"
#include "sanctions/lists/xml.h"

enum { CHUNK = 64 * 1024 };

static const struct list_format *const formats[] = {&format_uk_csv,        &format_uk_xml,   &format_ofsi_csv,
                                                    &format_ofsi_xml,      &format_ofac_csv, &format_ofac_xml,
                                                    &format_ofac_advanced, &format_eu_xml,   &format_un_xml,
                                                    &format_csl_csv,       &format_ftm};

struct list_reader {
    struct list_input input;
    const struct list_format *format; /* NULL: not known yet */
    const char *name;                 /* of the file */
    size_t files, bytes;              /* bytes of this file */
    struct xml *xml;
    struct csv *csv;
    bool json, headed; /* the file's header has been seen, or it has none */
    struct buffer line;
    uint64_t line_number;
    uint8_t columns[LIMIT_LIST_COLUMNS]; /* number + 1 of the format's column that each cell is */
};

struct list_reader *list_reader_new(void) {
    struct list_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return NULL;
    reader->line = buffer_new(LIMIT_LIST_ROW);
    reader->input.builder = builder_new();
    if (reader->input.builder)
        return reader;
    free(reader);
    return NULL;
}

static void close_file(struct list_reader *reader) {
    xml_free(reader->xml);
    csv_free(reader->csv);
    reader->xml = NULL;
    reader->csv = NULL;
}

void list_reader_free(struct list_reader *reader) {
    if (!reader)
        return;
    close_file(reader);
    if (reader->format && reader->format->release)
        reader->format->release(reader->input.state);
    free(reader->input.state);
    builder_free(reader->input.builder);
    builder_free(reader->input.others);
    buffer_release(&reader->line);
    free(reader);
}

static bool settle(struct list_reader *reader, const struct list_format *format, struct error *err) {
    if (reader->format == format)
        return true;
    if (reader->format)
        return error_set(err, ERROR_VALIDATION, "this is %s, and the file before it was %s", format->name,
                         reader->format->name);
    if (format->state_size > 0 && !(reader->input.state = calloc(1, format->state_size)))
        return error_set(err, ERROR_INTERNAL, "no memory for the list");
    reader->format = format;
    return true;
}

/* --- XML --- */

static const char *const *begin_xml(void *context, const struct xml_node *root, struct error *err) {
    struct list_reader *reader = context;
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (formats[i]->root && strcmp(formats[i]->root, root->name) == 0) {
            if (!settle(reader, formats[i], err))
                return NULL;
            if (formats[i]->start)
                formats[i]->start(&reader->input, root);
            return formats[i]->records;
        }
    bool page = strcasecmp(root->name, "html") == 0;
    error_set(err, ERROR_VALIDATION,
              page ? "this is a page, not a list" : "<%.40s> begins no list that is known", root->name);
    return NULL;
}

static bool take_record(void *context, const struct xml_node *record, struct error *err) {
    struct list_reader *reader = context;
    return reader->format->record(&reader->input, record, err) && builder_fine(reader->input.builder, err);
}

/* --- CSV --- */

/* How many of the required columns the header has; all go into columns[]. */
static size_t match_header(const struct list_format *format, const struct bytes *cells, size_t count,
                           uint8_t columns[LIMIT_LIST_COLUMNS], const char **ret_missing) {
    size_t found = 0;
    memset(columns, 0, LIMIT_LIST_COLUMNS);
    for (size_t i = format->column_count; i-- > 0;) {
        size_t at = 0;
        while (at < count &&
               (columns[at] || !bytes_equal_nocase(bytes_trim(cells[at]), bytes_of(format->columns[i].name))))
            at++;
        if (at < count)
            columns[at] = (uint8_t)(i + 1);
        found += at < count && i < format->required;
        if (at == count && i < format->required)
            *ret_missing = format->columns[i].name;
    }
    return found;
}

/* "Report Date: 08-Oct-2026" in one cell, or "Last Updated" and a date in two, before the header. */
static bool take_preamble(struct list_reader *reader, const struct bytes *cells, size_t count) {
    for (size_t i = 2; i < count; i++)
        if (cells[i].len > 0)
            return false;
    struct bytes text = count > 1 && cells[1].len > 0 ? cells[1] : cells[0];
    if (!text_has(cells[0], "date") && !text_has(cells[0], "updated"))
        return false;
    struct partial_date date = date_read(text, DATE_DAY_FIRST);
    builder_generated(reader->input.builder, date);
    return date.year > 0;
}

static bool take_header(struct list_reader *reader, const struct bytes *cells, size_t count, bool *ret_is_row,
                        struct error *err) {
    const struct list_format *best = NULL;
    size_t most = 0;
    const char *missing = NULL, *best_missing = NULL;
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (formats[i]->recognises && formats[i]->recognises(cells, count)) {
            *ret_is_row = true;
            return settle(reader, formats[i], err);
        }
        if (!formats[i]->columns)
            continue;
        missing = NULL;
        size_t found = match_header(formats[i], cells, count, reader->columns, &missing);
        if (found > most) {
            most = found;
            best = formats[i];
            best_missing = missing;
        }
    }
    *ret_is_row = false;
    if (!best)
        return error_set(err, ERROR_VALIDATION, "no list that is known begins like this");
    if (best_missing)
        return error_set(err, ERROR_VALIDATION, "the header is that of %s, but the column \"%s\" is missing",
                         best->name, best_missing);
    match_header(best, cells, count, reader->columns, &missing);
    return settle(reader, best, err);
}

static bool take_row(void *context, const struct bytes *cells, size_t count, uint64_t line,
                     struct error *err) {
    struct list_reader *reader = context;
    struct bytes ordered[LIMIT_LIST_COLUMNS] = {{NULL, 0}};
    const struct bytes empty = BYTES_LITERAL("");
    (void)line;
    if (!reader->headed) {
        bool is_row = false;
        if (!reader->format && take_preamble(reader, cells, count))
            return true;
        if (!take_header(reader, cells, count, &is_row, err))
            return false;
        reader->headed = true;
        if (!is_row)
            return true;
    }
    const struct list_format *format = reader->format;
    if (!format->columns)
        return format->row(&reader->input, cells, count, err) && builder_fine(reader->input.builder, err);
    for (size_t i = 0; i < format->column_count; i++)
        ordered[i] = empty;
    for (size_t i = 0; i < count; i++)
        if (reader->columns[i])
            ordered[reader->columns[i] - 1] = cells[i];
    return format->row(&reader->input, ordered, format->column_count, err) &&
           builder_fine(reader->input.builder, err);
}

/* --- JSON --- */

static bool take_json_line(struct list_reader *reader, struct error *err) {
    struct bytes line = bytes_trim(buffer_bytes(&reader->line));
    if (reader->line.failed)
        return error_set(err, ERROR_VALIDATION, "a line of more than %u bytes", LIMIT_LIST_ROW);
    bool taken = line.len == 0 || (reader->format->line(&reader->input, line, err) &&
                                   builder_fine(reader->input.builder, err));
    reader->line.len = 0;
    return taken;
}

static bool feed_json(struct list_reader *reader, struct bytes data, struct error *err) {
    while (data.len > 0) {
        const char *end = memchr(data.ptr, '\n', data.len);
        size_t len = end ? (size_t)(end - data.ptr) : data.len;
        buffer_append(&reader->line, data.ptr, len);
        if ((end || reader->line.failed) && !take_json_line(reader, err))
            return false;
        reader->line_number += end != NULL;
        len += end != NULL;
        data.ptr += len;
        data.len -= len;
    }
    return true;
}

/* --- all --- */

/* By the first byte that is no blank. */
static bool open_file(struct list_reader *reader, struct bytes data, struct error *err) {
    struct bytes start = data;
    if (start.len >= 3 && memcmp(start.ptr, "\xef\xbb\xbf", 3) == 0)
        start = (struct bytes){start.ptr + 3, start.len - 3};
    start = bytes_trim(start);
    if (start.len == 0)
        return error_set(err, ERROR_VALIDATION, "it begins with nothing but blanks");
    /* UTF-16 begins with 0xff or 0xfe: expat knows it. */
    if (start.ptr[0] == '<' || (unsigned char)start.ptr[0] >= 0xfe) {
        reader->xml = xml_new(begin_xml, take_record, reader);
    } else if (start.ptr[0] == '{') {
        reader->json = true;
        return settle(reader, &format_ftm, err);
    } else {
        reader->csv = csv_new(take_row, reader);
    }
    return reader->xml || reader->csv || error_set(err, ERROR_INTERNAL, "no memory for the list");
}

static bool feed(struct list_reader *reader, struct bytes data, struct error *err) {
    if (data.len > LIMIT_LIST_BYTES - reader->bytes)
        return error_set(err, ERROR_VALIDATION, "it has more than %u bytes", LIMIT_LIST_BYTES);
    if (reader->bytes == 0 && data.len > 0 && !open_file(reader, data, err))
        return false;
    reader->bytes += data.len;
    return reader->xml   ? xml_feed(reader->xml, data, err)
           : reader->csv ? csv_feed(reader->csv, data, err)
                         : feed_json(reader, data, err);
}

static bool end(struct list_reader *reader, struct error *err) {
    if (reader->bytes == 0)
        return error_set(err, ERROR_VALIDATION, "it is empty");
    return reader->xml   ? xml_end(reader->xml, err)
           : reader->csv ? csv_end(reader->csv, err)
                         : take_json_line(reader, err);
}

/* Puts the file and the line before the message. */
static bool located(const struct list_reader *reader, const struct error *inner, struct error *err) {
    uint64_t line = reader->xml   ? xml_line(reader->xml)
                    : reader->csv ? csv_line(reader->csv)
                                  : reader->line_number;
    return error_set(err, inner->code, "%.200s, line %llu: %.250s", reader->name, (unsigned long long)line,
                     inner->text);
}

bool list_reader_begin(struct list_reader *reader, const char *name, struct error *err) {
    if (reader->files == LIMIT_LIST_FILES)
        return error_set(err, ERROR_VALIDATION, "a list of more than %d files", LIMIT_LIST_FILES);
    close_file(reader);
    reader->files++;
    reader->name = name;
    reader->bytes = 0;
    reader->line_number = 1;
    reader->json = reader->headed = false;
    return true;
}

bool list_reader_feed(struct list_reader *reader, struct bytes data, struct error *err) {
    struct error inner;
    return feed(reader, data, &inner) || located(reader, &inner, err);
}

bool list_reader_end(struct list_reader *reader, struct error *err) {
    struct error inner;
    return end(reader, &inner) || located(reader, &inner, err);
}

bool list_reader_finish(struct list_reader *reader, const char *source,
                        struct designations **ret_designations, struct error *err) {
    struct designations *designations;
    if (!reader->format)
        return error_set(err, ERROR_VALIDATION, "there is no list in it");
    if (reader->format->finish && !reader->format->finish(&reader->input, err))
        return false;
    if (!builder_finish(reader->input.builder, &designations, err))
        return false;
    if (reader->input.others && !builder_finish(reader->input.others, &designations->others, err)) {
        designations_free(designations);
        return false;
    }
    snprintf(designations->source, sizeof designations->source, "%s", source);
    designations->format = reader->format->name;
    *ret_designations = designations;
    return true;
}

static void close_descriptor(int *fd) {
    if (*fd >= 0)
        close(*fd);
}

static void digest_free(EVP_MD_CTX **digest) {
    EVP_MD_CTX_free(*digest);
}

static bool read_file(struct list_reader *reader, const char *path, const char *name,
                      struct sha256 *ret_digest, struct error *err) {
    CLEANUP_FREE char *chunk = malloc(CHUNK);
    CLEANUP(digest_free) EVP_MD_CTX *digest = EVP_MD_CTX_new();
    CLEANUP(close_descriptor) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, ERROR_NOT_FOUND, "cannot read %s: %s", path, strerror(errno));
    if (!chunk || !digest || !EVP_DigestInit_ex(digest, EVP_sha256(), NULL))
        return error_set(err, ERROR_INTERNAL, "no memory for %s", path);
    if (!list_reader_begin(reader, name, err))
        return false;
    for (ssize_t got; (got = read(fd, chunk, CHUNK)) != 0;) {
        if (got < 0)
            return error_set(err, ERROR_INTERNAL, "cannot read %s: %s", path, strerror(errno));
        struct bytes data = {chunk, (size_t)got};
        if (!EVP_DigestUpdate(digest, data.ptr, data.len) || !list_reader_feed(reader, data, err))
            return false;
    }
    return list_reader_end(reader, err) && EVP_DigestFinal_ex(digest, ret_digest->bytes, NULL);
}

static struct sha256 version_of(const struct sha256 *digests, size_t count) {
    char lines[LIMIT_LIST_FILES * 65];
    if (count == 1)
        return digests[0];
    for (size_t i = 0; i < count; i++) {
        char hex[65];
        sha256_hex(digests[i], hex);
        memcpy(lines + i * 65, hex, 64);
        lines[i * 65 + 64] = '\n';
    }
    return sha256_of((struct bytes){lines, count * 65});
}

bool list_read(const char *source, const char *const *paths, const char *const *names, size_t count,
               struct designations **ret_designations, struct sha256 *ret_digests, struct error *err) {
    struct sha256 digests[LIMIT_LIST_FILES];
    struct designations *designations = NULL;
    struct list_reader *reader = list_reader_new();
    bool fine = reader != NULL || error_set(err, ERROR_INTERNAL, "no memory for the list");
    names = names ? names : paths;
    for (size_t i = 0; fine && i < count; i++)
        fine = read_file(reader, paths[i], names[i], &digests[MIN(i, (size_t)LIMIT_LIST_FILES - 1)], err);
    fine = fine && list_reader_finish(reader, source, &designations, err);
    list_reader_free(reader);
    if (!fine)
        return false;
    designations->version = version_of(digests, count);
    if (ret_digests)
        memcpy(ret_digests, digests, count * sizeof *digests);
    *ret_designations = designations;
    return true;
}
