/* Each item is a line; the digest is that of the lines in order, so that a list which only sorts its names
 * anew has told nothing new. */
#include "sanctions/designation_digest.h"
#include "base/buffer.h"

enum { LINE_BYTES = 16 * 1024 };

struct lines {
    const struct designations *list;
    struct sha256 *digests;
    size_t count;
    struct buffer line;
};

static void put_text(struct lines *lines, struct pool_text text) {
    struct bytes bytes = designations_text(lines->list, text);
    buffer_append(&lines->line, bytes.ptr, bytes.len);
    buffer_append(&lines->line, "", 1);
}

static void put_date(struct lines *lines, struct partial_date date) {
    char text[11];
    partial_date_format(date, text);
    buffer_printf(&lines->line, "%s|", text);
}

static void end_line(struct lines *lines) {
    lines->digests[lines->count++] = sha256_of(buffer_bytes(&lines->line));
    lines->line.len = 0;
}

static void put_names(struct lines *lines, struct span span) {
    for (uint32_t i = span.first; i < span.first + span.count; i++) {
        const struct designation_name *name = &lines->list->names[i];
        buffer_printf(&lines->line, "name %d ", name->kind);
        put_text(lines, name->whole);
        end_line(lines);
    }
}

static void put_known(struct lines *lines, const struct designation *one) {
    const struct designations *list = lines->list;
    for (uint32_t i = one->births.first; i < one->births.first + one->births.count; i++) {
        buffer_printf(&lines->line, "birth %d ", list->births[i].circa);
        put_date(lines, list->births[i].from);
        put_date(lines, list->births[i].to);
        end_line(lines);
    }
    for (uint32_t i = one->countries.first; i < one->countries.first + one->countries.count; i++) {
        buffer_printf(&lines->line, "country %d %.2s", list->countries[i].role, list->countries[i].code);
        end_line(lines);
    }
    for (uint32_t i = one->identifiers.first; i < one->identifiers.first + one->identifiers.count; i++) {
        buffer_printf(&lines->line, "number %d %.2s ", list->identifiers[i].kind,
                      list->identifiers[i].country);
        put_text(lines, list->identifiers[i].value);
        end_line(lines);
    }
}

static void put_relations(struct lines *lines, const struct designation *one) {
    const struct designations *list = lines->list;
    for (uint32_t i = one->terms.first; i < one->terms.first + one->terms.count; i++) {
        buffer_printf(&lines->line, "term %d ", list->terms[i].kind);
        put_text(lines, list->terms[i].text);
        end_line(lines);
    }
    for (uint32_t i = one->links.first; i < one->links.first + one->links.count; i++) {
        const struct designation_link *link = &list->links[i];
        buffer_printf(&lines->line, "link %d %d ", link->kind, link->share);
        if (link->share_most != link->share)
            buffer_printf(&lines->line, "to %d ", link->share_most);
        put_date(lines, link->since);
        put_date(lines, link->until);
        put_text(lines, link->name);
        put_text(lines, link->id);
        end_line(lines);
    }
}

static int compare(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct sha256));
}

bool designation_digest(const struct designations *list, const struct designation *one,
                        struct sha256 *ret_digest, struct error *err) {
    size_t most = 1 + (size_t)one->names.count + one->births.count + one->countries.count +
                  one->identifiers.count + one->terms.count + one->links.count;
    struct lines lines = {
        .list = list, .digests = calloc(most, sizeof(struct sha256)), .line = buffer_new(LINE_BYTES)};
    if (lines.digests) {
        buffer_printf(&lines.line, "designation %d ", one->kind);
        put_text(&lines, one->id);
        end_line(&lines);
        put_names(&lines, one->names);
        put_known(&lines, one);
        put_relations(&lines, one);
        qsort(lines.digests, lines.count, sizeof *lines.digests, compare);
        *ret_digest = sha256_of(
            (struct bytes){(const char *)lines.digests, lines.count * sizeof *lines.digests});
    }
    bool good = lines.digests && !lines.line.failed;
    free(lines.digests);
    buffer_release(&lines.line);
    return good || error_set(err, ERROR_INTERNAL, "no memory for a designation");
}
