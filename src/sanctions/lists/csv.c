#include "base/buffer.h"
#include "base/limits.h"
#include "sanctions/lists/csv.h"
#include "sanctions/lists/text.h"

#define END_MARK "\x1a"

enum csv_state {
    FIELD_START,
    UNQUOTED,
    QUOTED,
    QUOTE_SEEN, /* the quote that closes the field, or the first of two */
};

struct csv {
    csv_take *take;
    void *context;
    enum csv_state state;
    struct buffer text;              /* of the row */
    size_t ends[LIMIT_LIST_COLUMNS]; /* of its fields in text */
    size_t count;                    /* of fields that have ended */
    uint64_t line, row_line;         /* where we are, where the row began */
    bool started, after_return;      /* behind the byte order mark; behind a carriage return */
};

struct csv *csv_new(csv_take *take, void *context) {
    struct csv *csv = calloc(1, sizeof *csv);
    if (csv)
        *csv = (struct csv){
            .take = take, .context = context, .text = buffer_new(LIMIT_LIST_ROW), .line = 1, .row_line = 1};
    return csv;
}

void csv_free(struct csv *csv) {
    if (csv)
        buffer_release(&csv->text);
    free(csv);
}

uint64_t csv_line(const struct csv *csv) {
    return csv->row_line;
}

static bool end_field(struct csv *csv, struct error *err) {
    if (csv->count == LIMIT_LIST_COLUMNS)
        return error_set(err, ERROR_VALIDATION, "more than %d fields", LIMIT_LIST_COLUMNS);
    csv->ends[csv->count++] = csv->text.len;
    csv->state = FIELD_START;
    return true;
}

static bool end_row(struct csv *csv, struct error *err) {
    struct bytes fields[LIMIT_LIST_COLUMNS];
    size_t start = 0;
    if (csv->count == 0 && csv->text.len == 0 && csv->state == FIELD_START)
        return true;
    if (csv->count == 0 && bytes_equal_string(buffer_bytes(&csv->text), END_MARK)) {
        csv->text.len = 0;
        csv->state = FIELD_START;
        return true;
    }
    if (!end_field(csv, err))
        return false;
    if (csv->text.failed)
        return error_set(err, ERROR_VALIDATION, "a row of more than %u bytes", LIMIT_LIST_ROW);
    for (size_t i = 0; i < csv->count; i++) {
        fields[i] = (struct bytes){csv->text.data ? csv->text.data + start : "", csv->ends[i] - start};
        start = csv->ends[i];
    }
    if (!text_is_valid(buffer_bytes(&csv->text)))
        return error_set(err, ERROR_VALIDATION, "the row is no UTF-8 text");
    bool taken = csv->take(csv->context, fields, csv->count, csv->row_line, err);
    csv->text.len = csv->count = 0;
    return taken;
}

/* Up to the first byte that means something: they are most. */
static size_t plain_len(struct bytes data, bool quoted) {
    size_t len = 0;
    while (len < data.len && data.ptr[len] != '"' &&
           (quoted ? data.ptr[len] != '\n'
                   : data.ptr[len] != ',' && data.ptr[len] != '\n' && data.ptr[len] != '\r'))
        len++;
    return len;
}

static bool take_line_end(struct csv *csv, struct error *err) {
    if (!end_row(csv, err))
        return false;
    csv->row_line = csv->line;
    return true;
}

static bool take_byte(struct csv *csv, char c, struct error *err) {
    bool line_feed_of_return = csv->after_return && c == '\n';
    csv->after_return = c == '\r' && csv->state != QUOTED;
    csv->line += c == '\n' && !line_feed_of_return;
    if (line_feed_of_return) {
        csv->row_line = csv->line;
        return true;
    }
    if (csv->state == QUOTED) {
        if (c == '"')
            csv->state = QUOTE_SEEN;
        else
            buffer_append(&csv->text, &c, 1);
        return true;
    }
    csv->line += c == '\r';
    if (c == ',')
        return end_field(csv, err);
    if (c == '\n' || c == '\r')
        return take_line_end(csv, err);
    if (c == '"' && csv->state != UNQUOTED) {
        if (csv->state == QUOTE_SEEN)
            buffer_append(&csv->text, &c, 1);
        csv->state = QUOTED;
        return true;
    }
    if (csv->state == QUOTE_SEEN)
        return error_set(err, ERROR_VALIDATION, "text behind a closing quote");
    csv->state = UNQUOTED;
    buffer_append(&csv->text, &c, 1);
    return true;
}

bool csv_feed(struct csv *csv, struct bytes data, struct error *err) {
    bool start = !csv->started;
    csv->started |= data.len > 0;
    if (start && data.len >= 3 && memcmp(data.ptr, "\xef\xbb\xbf", 3) == 0) {
        data.ptr += 3;
        data.len -= 3;
    }
    while (data.len > 0) {
        size_t plain = csv->state == QUOTED || csv->state == UNQUOTED ? plain_len(data, csv->state == QUOTED)
                                                                      : 0;
        buffer_append(&csv->text, data.ptr, plain);
        if (csv->text.failed)
            return error_set(err, ERROR_VALIDATION, "a row of more than %u bytes", LIMIT_LIST_ROW);
        if (plain < data.len && !take_byte(csv, data.ptr[plain++], err))
            return false;
        data.ptr += plain;
        data.len -= plain;
    }
    return true;
}

bool csv_end(struct csv *csv, struct error *err) {
    if (csv->state == QUOTED)
        return error_set(err, ERROR_VALIDATION, "the file ends within quotes");
    return end_row(csv, err);
}
