/* OFAC's CSV set, of the SDN list and of the consolidated one: four files without headers, known by the
 * number of their columns. Names (12): number, name, type, programmes, title, call sign, vessel type,
 * tonnage, gross tonnage, flag, owner, remarks; alternate names (5): number, number of the name, aka or fka
 * or nka, name, remarks; addresses (6): number, number of the address, street, city, country, remarks;
 * comments (2): number and what did not fit into the remarks. "-0- " is nothing; a file ends with the byte
 * 0x1a.
 *
 * The files come in any order. How a name is split depends on what bears it, and remarks may be cut in the
 * middle of a word where the comments go on: alternate names, remarks and comments are kept until the end,
 * put together by number, and only then taken apart. */
#include "base/buffer.h"
#include "base/limits.h"
#include "sanctions/lists/ofac.h"
#include "sanctions/lists/text.h"

enum piece_kind { REMARKS, COMMENTS, ALIAS, FORMER };

struct piece {
    uint32_t designation, number; /* number: of arrival */
    enum piece_kind kind;
    size_t at, len; /* in the text */
};

struct ofac_csv {
    struct piece *pieces;
    size_t count, capacity;
    struct buffer text;
};

enum { NAMES_ROW = 12, ALIASES_ROW = 5, ADDRESSES_ROW = 6, COMMENTS_ROW = 2 };

static struct bytes cell(const struct bytes *cells, size_t i) {
    struct bytes text = bytes_trim(cells[i]);
    return bytes_equal_string(text, "-0-") ? BYTES_LITERAL("") : text;
}

static bool recognises(const struct bytes *cells, size_t count) {
    uint64_t number;
    return (count == NAMES_ROW || count == ALIASES_ROW || count == ADDRESSES_ROW || count == COMMENTS_ROW) &&
           bytes_to_number(bytes_trim(cells[0]), UINT32_MAX, &number);
}

static bool keep(struct ofac_csv *state, uint32_t designation, enum piece_kind kind, struct bytes text,
                 struct error *err) {
    if (text.len == 0)
        return true;
    if (state->count == 0)
        state->text = buffer_new(LIMIT_LIST_POOL);
    if (state->count == state->capacity) {
        size_t capacity = MAX(state->capacity * 2, (size_t)4096);
        struct piece *pieces = capacity > 2 * LIMIT_LIST_ITEMS
                                   ? NULL
                                   : realloc(state->pieces, capacity * sizeof *pieces);
        if (!pieces)
            return error_set(err, ERROR_VALIDATION, "more remarks than fit into memory or into the limits");
        state->pieces = pieces;
        state->capacity = capacity;
    }
    state->pieces[state->count] = (struct piece){.designation = designation,
                                                 .number = (uint32_t)state->count,
                                                 .kind = kind,
                                                 .at = state->text.len,
                                                 .len = text.len};
    state->count++;
    buffer_append(&state->text, text.ptr, text.len);
    return !state->text.failed || error_set(err, ERROR_VALIDATION, "the remarks are too long");
}

static bool take_name(struct builder *builder, struct ofac_csv *state, uint32_t designation,
                      const struct bytes *cells, struct error *err) {
    enum designation_kind what = ofac_kind(cell(cells, 2));
    struct bytes programmes = cell(cells, 3);
    builder_kind(builder, designation, what);
    ofac_name(builder, designation, what, NAME_PRIMARY, cell(cells, 1));
    for (struct bytes part; text_next(&programmes, "[];", &part);)
        builder_term(builder, designation, TERM_PROGRAMME, part);
    builder_term(builder, designation, TERM_POSITION, cell(cells, 4));
    builder_country(builder, designation, COUNTRY_FLAG, cell(cells, 9));
    builder_link(builder, designation, &(struct builder_link){.kind = LINK_OWNER, .name = cell(cells, 10)});
    return keep(state, designation, REMARKS, cells[11].len > 4 ? cells[11] : cell(cells, 11), err);
}

static bool row(struct list_input *input, const struct bytes *cells, size_t count, struct error *err) {
    struct ofac_csv *state = input->state;
    struct builder *builder = input->builder;
    uint64_t number;
    if (!bytes_to_number(bytes_trim(cells[0]), UINT32_MAX, &number))
        return error_set(err, ERROR_VALIDATION, "the row does not begin with a number");
    uint32_t designation = builder_designation(builder, cells[0]);
    switch (count) {
    case NAMES_ROW:
        return take_name(builder, state, designation, cells, err);
    case ALIASES_ROW:
        return keep(state, designation, text_has(cells[2], "fka") ? FORMER : ALIAS, cell(cells, 3), err);
    case ADDRESSES_ROW:
        builder_country(builder, designation, COUNTRY_ADDRESS, cell(cells, 4));
        return true;
    case COMMENTS_ROW:
        return keep(state, designation, COMMENTS, cells[1], err);
    default:
        return error_set(err, ERROR_VALIDATION, "a row of %zu fields", count);
    }
}

static int by_designation(const void *a, const void *b) {
    const struct piece *x = a, *y = b;
    if (x->designation != y->designation)
        return x->designation < y->designation ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static bool finish(struct list_input *input, struct error *err) {
    struct ofac_csv *state = input->state;
    struct buffer remarks = buffer_new(LIMIT_LIST_POOL);
    if (state->count > 1)
        qsort(state->pieces, state->count, sizeof *state->pieces, by_designation);
    for (size_t i = 0; i < state->count; i++) {
        const struct piece *piece = &state->pieces[i];
        enum designation_kind what = builder_kind_of(input->builder, piece->designation);
        struct bytes text = {state->text.data + piece->at, piece->len};
        if (piece->kind == ALIAS || piece->kind == FORMER) {
            ofac_name(input->builder, piece->designation, what,
                      piece->kind == ALIAS ? NAME_ALIAS : NAME_FORMER, text);
            continue;
        }
        buffer_append(&remarks, text.ptr, text.len);
        bool more = i + 1 < state->count && piece[1].designation == piece->designation &&
                    piece[1].kind <= COMMENTS;
        if (more)
            continue;
        ofac_remarks(input->builder, piece->designation, what, buffer_bytes(&remarks));
        remarks.len = 0;
    }
    bool whole = !remarks.failed;
    buffer_release(&remarks);
    return whole ? builder_fine(input->builder, err)
                 : error_set(err, ERROR_VALIDATION, "the remarks are too long");
}

static void release(void *opaque) {
    struct ofac_csv *state = opaque;
    free(state->pieces);
    buffer_release(&state->text);
}

const struct list_format format_ofac_csv = {.name = "ofac-csv",
                                            .state_size = sizeof(struct ofac_csv),
                                            .recognises = recognises,
                                            .row = row,
                                            .finish = finish,
                                            .release = release};
