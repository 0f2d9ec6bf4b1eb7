/* XML read a record at a time, by expat: the elements that a format calls records are handed over whole, as
 * small trees, and forgotten; nothing else is kept. Document type declarations, and with them entities, are
 * refused; depth, size of a record and size of a tag are limited. Prefixes of names are cut off. */
#ifndef SANCTIONS_LISTS_XML_H
#define SANCTIONS_LISTS_XML_H

#include "base/bytes.h"
#include "base/error.h"

struct xml_attribute {
    const char *name;
    struct bytes value;
};

struct xml_node {
    const char *name;
    struct bytes text; /* what stands directly in it */
    const struct xml_attribute *attributes;
    size_t attribute_count;
    struct xml_node *child, *next; /* first child, next sibling */
};

struct xml;

/* Called with the name of the root, and its attributes: returns the names of the records, NULL at their end,
 * which live as long as the reader; NULL when this is no list that it knows, and sets *err. */
typedef const char *const *xml_begin(void *context, const struct xml_node *root, struct error *err);
/* Takes a record; it is gone when this returns. */
typedef bool xml_take(void *context, const struct xml_node *record, struct error *err);

/* NULL when there is no memory. */
struct xml *xml_new(xml_begin *begin, xml_take *take, void *context);
/* Takes NULL. */
void xml_free(struct xml *xml);
/* VALIDATION, or the error of begin or take. */
MUST_CHECK bool xml_feed(struct xml *xml, struct bytes data, struct error *err);
/* The end of the file; an error when the root has not ended. */
MUST_CHECK bool xml_end(struct xml *xml, struct error *err);
/* For messages. */
uint64_t xml_line(const struct xml *xml);

/* The first child of this name; NULL when there is none, or node is NULL. */
const struct xml_node *xml_child(const struct xml_node *node, const char *name);
/* The next sibling of the same name. */
const struct xml_node *xml_next(const struct xml_node *node);
/* Its text without blanks at the ends, that of its child, and an attribute; empty when there is none. */
struct bytes xml_text(const struct xml_node *node);
struct bytes xml_child_text(const struct xml_node *node, const char *name);
struct bytes xml_attribute(const struct xml_node *node, const char *name);

/* for (each child of this name of what may be NULL) */
#define XML_EACH(item, node, name) \
    for (const struct xml_node *item = xml_child(node, name); item; item = xml_next(item))

#endif
