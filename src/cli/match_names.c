/* Scores the pairs of names in a CSV file. */
#include <getopt.h>
#include "cli/command.h"
#include "sanctions/lists/csv.h"
#include "sanctions/match.h"

enum { CHUNK = 64 * 1024, NO_COLUMN = -1, ROW_BYTES = 16 * 1024 * 1024 };

struct run {
    struct name_reader *reader;
    struct name_readings first, second;
    int name1, name2, schema; /* columns; NO_COLUMN until the header was read */
};

static void put_cell(struct buffer *row, struct bytes cell, bool last) {
    bool quoted = false;
    for (size_t i = 0; i < cell.len; i++)
        quoted |= memchr(",\"\r\n", cell.ptr[i], 4) != NULL;
    if (quoted)
        buffer_text(row, "\"");
    for (size_t i = 0; i < cell.len; i++)
        buffer_append(row, cell.ptr[i] == '"' ? "\"\"" : &cell.ptr[i], cell.ptr[i] == '"' ? 2 : 1);
    buffer_text(row, quoted ? "\"" : "");
    buffer_text(row, last ? "\n" : ",");
}

static bool put_row(const struct bytes *cells, size_t count, const char *score, const char *verdict,
                    struct error *err) {
    struct buffer row = buffer_new(ROW_BYTES);
    for (size_t i = 0; i < count; i++)
        put_cell(&row, cells[i], false);
    put_cell(&row, bytes_of(score), false);
    put_cell(&row, bytes_of(verdict), true);
    bool written = !row.failed && fwrite(row.data, 1, row.len, stdout) == row.len;
    buffer_release(&row);
    return written || error_set(err, ERROR_INTERNAL, "cannot write the scores");
}

static bool read_header(struct run *run, const struct bytes *cells, size_t count, struct error *err) {
    const struct {
        const char *name;
        int *column;
    } wanted[] = {{"name1", &run->name1}, {"name2", &run->name2}, {"schema", &run->schema}};
    for (size_t k = 0; k < ARRAY_LEN(wanted); k++) {
        for (size_t i = 0; i < count; i++)
            if (bytes_equal_string(bytes_trim(cells[i]), wanted[k].name))
                *wanted[k].column = (int)i;
        if (*wanted[k].column == NO_COLUMN)
            return error_set(err, ERROR_VALIDATION, "there is no column %s", wanted[k].name);
    }
    return put_row(cells, count, "score", "verdict", err);
}

/* The verdict is "unreadable" when one of the names cannot be compared: that is not "clear". */
static bool take_row(void *context, const struct bytes *cells, size_t count, uint64_t line,
                     struct error *err) {
    struct run *run = context;
    char score[16];
    struct match match;
    if (run->name1 == NO_COLUMN)
        return read_header(run, cells, count, err);
    if (count <= (size_t)MAX(run->name1, MAX(run->name2, run->schema)))
        return error_set(err, ERROR_VALIDATION, "line %llu has too few columns", (unsigned long long)line);
    bool person = bytes_equal_string(bytes_trim(cells[run->schema]), "Person");
    enum name_schema schema = person ? NAME_PERSON : NAME_ENTITY;
    if (!name_read(run->reader, cells[run->name1], schema, &run->first, NULL) ||
        !name_read(run->reader, cells[run->name2], schema, &run->second, NULL))
        return put_row(cells, count, "0.0000", "unreadable", err);
    readings_match(&run->first, &run->second, &match, NULL, NULL);
    snprintf(score, sizeof score, "%.4f", (double)match.score);
    return put_row(cells, count, score, match_verdict(match.score), err);
}

static void close_stream(FILE **stream) {
    if (*stream)
        fclose(*stream);
}

static bool match_file(struct csv *csv, const char *path, struct error *err) {
    char chunk[CHUNK];
    CLEANUP(close_stream) FILE *stream = fopen(path, "re");
    if (!stream)
        return error_set(err, ERROR_VALIDATION, "cannot read %s", path);
    for (size_t len; (len = fread(chunk, 1, sizeof chunk, stream)) > 0;)
        if (!csv_feed(csv, (struct bytes){chunk, len}, err))
            return false;
    if (ferror(stream))
        return error_set(err, ERROR_VALIDATION, "cannot read %s", path);
    return csv_end(csv, err);
}

int command_match_names(int argc, char **argv) {
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        return option == 'h' ? help_of("match-names") : EXIT_USAGE;
    if (argc - optind != 1)
        return fail_usage("match-names takes one file");
    static struct run run = {.name1 = NO_COLUMN, .name2 = NO_COLUMN, .schema = NO_COLUMN};
    struct error err;
    struct csv *csv = csv_new(take_row, &run);
    bool fine = csv ? name_reader_new(&run.reader, &err)
                    : error_set(&err, ERROR_INTERNAL, "no memory to read the file");
    fine = fine && match_file(csv, argv[optind], &err);
    if (fine && run.name1 == NO_COLUMN)
        fine = error_set(&err, ERROR_VALIDATION, "%s is empty", argv[optind]);
    csv_free(csv);
    name_reader_free(run.reader);
    return fine && fflush(stdout) == 0 ? EXIT_FINE : fail("%s", err.text);
}
