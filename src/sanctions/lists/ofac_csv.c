/* OFAC's CSV set, of the SDN list and of the consolidated one: four files without headers, known by the number
 * of their columns. Names (12): number, name, type, programmes, title, call sign, vessel type, tonnage, gross
 * tonnage, flag, owner, remarks; alternate names (5): number, number of the name, aka or fka or nka, name,
 * remarks; addresses (6): number, number of the address, street, city, country, remarks; comments (2): number
 * and what did not fit into the remarks. "-0- " is nothing; a file ends with the byte 0x1a.
 *
 * Remarks may be cut in the middle of a word, and the comments come in another file: all are kept until the
 * end, put together by number, and only then taken apart. */
#include "base/buffer.h"
#include "base/limits.h"
#include "sanctions/lists/ofac.h"
#include "sanctions/lists/text.h"

struct piece {
    uint32_t designation;
    uint32_t order; /* pieces of a designation in the order of the rows, comments behind */
    size_t at, len; /* in the text */
};

struct ofac_csv {
    struct piece *pieces;
    size_t count, capacity;
    struct buffer text;
    bool names_seen;
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

static bool keep(struct ofac_csv *state, uint32_t designation, bool comment, struct bytes text,
                 struct error *err) {
    if (text.len == 0)
        return true;
    if (state->count == 0)
        state->text = buffer_new(LIMIT_LIST_POOL);
    if (state->count == state->capacity) {
        size_t capacity = MAX(state->capacity * 2, (size_t)4096);
        struct piece *pieces = realloc(state->pieces, capacity * sizeof *pieces);
        if (!pieces)
            return error_set(err, ERROR_INTERNAL, "no memory for the remarks");
        state->pieces = pieces;
        state->capacity = capacity;
    }
    state->pieces[state->count] = (struct piece){.designation = designation,
                                                 .order = (uint32_t)(state->count & 0x7fffffff) |
                                                          (comment ? 0x80000000u : 0),
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
    state->names_seen = true;
    builder_kind(builder, designation, what);
    ofac_name(builder, designation, what, NAME_PRIMARY, cell(cells, 1));
    for (struct bytes part; text_next(&programmes, "[];", &part);)
        builder_term(builder, designation, TERM_PROGRAMME, part);
    builder_term(builder, designation, TERM_POSITION, cell(cells, 4));
    builder_country(builder, designation, COUNTRY_FLAG, cell(cells, 9));
    builder_link(builder, designation, &(struct builder_link){.kind = LINK_OWNER, .name = cell(cells, 10)});
    return keep(state, designation, false, cell(cells, 11), err);
}

static void take_alias(struct builder *builder, uint32_t designation, const struct bytes *cells) {
    struct bytes type = cell(cells, 2), name = cell(cells, 3);
    /* Whether it is a person may come later; only persons have commas followed by given names in lower case. */
    bool person = false;
    const char *comma = name.len > 0 ? memchr(name.ptr, ',', name.len) : NULL;
    for (const char *at = comma; at && at < name.ptr + name.len; at++)
        person |= *at >= 'a' && *at <= 'z';
    ofac_name(builder, designation, person ? DESIGNATION_PERSON : DESIGNATION_OTHER,
              text_has(type, "fka") ? NAME_FORMER : NAME_ALIAS, name);
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
        take_alias(builder, designation, cells);
        return true;
    case ADDRESSES_ROW:
        builder_country(builder, designation, COUNTRY_ADDRESS, cell(cells, 4));
        return true;
    case COMMENTS_ROW:
        return keep(state, designation, true, cell(cells, 1), err);
    default:
        return error_set(err, ERROR_VALIDATION, "a row of %zu fields", count);
    }
}
