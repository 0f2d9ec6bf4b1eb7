#include <expat.h>
#include "base/arena.h"
#include "base/buffer.h"
#include "base/limits.h"
#include "sanctions/lists/text.h"
#include "sanctions/lists/xml.h"

struct xml {
    XML_Parser parser;
    xml_begin *begin;
    xml_take *take;
    void *context;
    const char *const *records; /* names; NULL before the root */
    struct arena *arena;        /* of the record that is being read */
    struct open_node {
        struct xml_node *node, *last; /* last child */
        size_t text_at;               /* where its text begins in `text` */
    } open[LIMIT_LIST_DEPTH];         /* from the record down */
    size_t depth, record_depth;       /* of elements; of those within the record, with it */
    struct buffer text;               /* of the open elements, those outside first */
    uint64_t fed;
    bool failed;
    struct error error; /* why */
};

static void stop(struct xml *xml, const struct error *err) {
    if (!xml->failed)
        xml->error = *err;
    xml->failed = true;
    XML_StopParser(xml->parser, XML_FALSE);
}

static void stop_saying(struct xml *xml, const char *text) {
    struct error err;
    error_set(&err, ERROR_VALIDATION, "%s", text);
    stop(xml, &err);
}

static const char *local_name(const char *name) {
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

static bool is_record(const struct xml *xml, const char *name) {
    for (const char *const *record = xml->records; *record; record++)
        if (strcmp(*record, name) == 0)
            return true;
    return false;
}

/* A node with copies of its name and attributes in the arena; NULL when that is full. */
static struct xml_node *node_new(struct arena *arena, const char *name, const char **attributes) {
    size_t count = 0;
    while (attributes[2 * count])
        count++;
    struct xml_node *node = arena_array(arena, 1, sizeof *node);
    struct xml_attribute *copies = count ? arena_array(arena, count, sizeof *copies) : NULL;
    char *copy = arena_string(arena, bytes_of(local_name(name)));
    if (!node || !copy || (count && !copies))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        struct bytes value = bytes_of(attributes[2 * i + 1]);
        copies[i].name = arena_string(arena, bytes_of(local_name(attributes[2 * i])));
        copies[i].value = (struct bytes){arena_string(arena, value), value.len};
        if (!copies[i].name || !copies[i].value.ptr)
            return NULL;
    }
    *node = (struct xml_node){.name = copy, .attributes = copies, .attribute_count = count};
    return node;
}

static void open_root(struct xml *xml, const struct xml_node *root) {
    struct error err;
    xml->records = xml->begin(xml->context, root, &err);
    if (!xml->records)
        stop(xml, &err);
    arena_reset(xml->arena);
}

static void XMLCALL on_start(void *context, const char *name, const char **attributes) {
    struct xml *xml = context;
    if (xml->failed)
        return;
    if (xml->depth == LIMIT_LIST_DEPTH) {
        stop_saying(xml, "elements are nested too deeply");
        return;
    }
    xml->depth++;
    bool inside = xml->record_depth > 0;
    if (xml->records && !inside && !is_record(xml, local_name(name)))
        return;
    struct xml_node *node = node_new(xml->arena, name, attributes);
    if (!node) {
        stop_saying(xml, "a record is too large");
    } else if (!xml->records) {
        open_root(xml, node);
    } else {
        struct open_node *parent = inside ? &xml->open[xml->record_depth - 1] : NULL;
        if (parent && parent->last)
            parent->last->next = node;
        else if (parent)
            parent->node->child = node;
        if (parent)
            parent->last = node;
        xml->open[xml->record_depth++] = (struct open_node){.node = node, .text_at = xml->text.len};
    }
}

static void XMLCALL on_end(void *context, const char *name) {
    struct xml *xml = context;
    (void)name;
    if (xml->failed)
        return;
    xml->depth--;
    if (xml->record_depth == 0)
        return;
    struct open_node *closing = &xml->open[xml->record_depth - 1];
    struct bytes text = {xml->text.data, xml->text.len - closing->text_at};
    if (text.len > 0)
        text.ptr += closing->text_at;
    struct error err;
    if (xml->text.failed || !(closing->node->text.ptr = arena_string(xml->arena, text))) {
        stop_saying(xml, "a record is too large");
        return;
    }
    closing->node->text.len = text.len;
    xml->text.len = closing->text_at;
    xml->record_depth--;
    if (xml->record_depth > 0)
        return;
    if (!xml->take(xml->context, closing->node, &err))
        stop(xml, &err);
    arena_reset(xml->arena);
}

static void XMLCALL on_text(void *context, const char *text, int len) {
    struct xml *xml = context;
    if (!xml->failed && xml->record_depth > 0)
        buffer_append(&xml->text, text, (size_t)len);
}

static void XMLCALL on_doctype(void *context, const char *name, const char *system, const char *public_id,
                               int has_internal_subset) {
    (void)name, (void)system, (void)public_id, (void)has_internal_subset;
    stop_saying(context, "it has a document type declaration, as a page has and a list has not");
}

struct xml *xml_new(xml_begin *begin, xml_take *take, void *context) {
    struct xml *xml = calloc(1, sizeof *xml);
    if (!xml)
        return NULL;
    *xml = (struct xml){.begin = begin,
                        .take = take,
                        .context = context,
                        .parser = XML_ParserCreate(NULL),
                        .arena = arena_new(LIMIT_LIST_RECORD),
                        .text = buffer_new(LIMIT_LIST_RECORD)};
    if (!xml->parser || !xml->arena) {
        xml_free(xml);
        return NULL;
    }
    XML_SetUserData(xml->parser, xml);
    XML_SetElementHandler(xml->parser, on_start, on_end);
    XML_SetCharacterDataHandler(xml->parser, on_text);
    XML_SetStartDoctypeDeclHandler(xml->parser, on_doctype);
    return xml;
}

void xml_free(struct xml *xml) {
    if (!xml)
        return;
    if (xml->parser)
        XML_ParserFree(xml->parser);
    arena_free(xml->arena);
    buffer_release(&xml->text);
    free(xml);
}

uint64_t xml_line(const struct xml *xml) {
    return XML_GetCurrentLineNumber(xml->parser);
}

static bool parse(struct xml *xml, struct bytes data, bool last, struct error *err) {
    if (!xml->failed && XML_Parse(xml->parser, data.ptr, (int)data.len, last) == XML_STATUS_OK)
        return true;
    if (!xml->failed)
        stop_saying(xml, XML_ErrorString(XML_GetErrorCode(xml->parser)));
    if (err)
        *err = xml->error;
    return false;
}

bool xml_feed(struct xml *xml, struct bytes data, struct error *err) {
    while (data.len > 0) {
        struct bytes piece = {data.ptr, MIN(data.len, (size_t)LIMIT_LIST_TAG / 4)};
        if (!parse(xml, piece, false, err))
            return false;
        xml->fed += piece.len;
        /* What expat could not yet use is a tag that has not ended. */
        XML_Index used = XML_GetCurrentByteIndex(xml->parser);
        if (used >= 0 && xml->fed > (uint64_t)used + LIMIT_LIST_TAG)
            return error_set(err, ERROR_VALIDATION, "a tag of more than %u bytes", LIMIT_LIST_TAG);
        data.ptr += piece.len;
        data.len -= piece.len;
    }
    return true;
}

bool xml_end(struct xml *xml, struct error *err) {
    return parse(xml, BYTES_LITERAL(""), true, err);
}

static const struct xml_node *find(const struct xml_node *node, const char *name) {
    while (node && strcmp(node->name, name) != 0)
        node = node->next;
    return node;
}

const struct xml_node *xml_child(const struct xml_node *node, const char *name) {
    return node ? find(node->child, name) : NULL;
}

const struct xml_node *xml_next(const struct xml_node *node) {
    return find(node->next, node->name);
}

struct bytes xml_text(const struct xml_node *node) {
    return node ? bytes_trim(node->text) : BYTES_LITERAL("");
}

struct bytes xml_child_text(const struct xml_node *node, const char *name) {
    return xml_text(xml_child(node, name));
}

struct bytes xml_attribute(const struct xml_node *node, const char *name) {
    for (size_t i = 0; node && i < node->attribute_count; i++)
        if (strcmp(node->attributes[i].name, name) == 0)
            return bytes_trim(node->attributes[i].value);
    return BYTES_LITERAL("");
}
