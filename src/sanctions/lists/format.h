/* The formats that lists come in: a table of them, and what one of them gives. A format is known by its
 * content: the root element of XML, the header of CSV or the shape of its first row, the brace of JSON. */
#ifndef SANCTIONS_LISTS_FORMAT_H
#define SANCTIONS_LISTS_FORMAT_H

#include "sanctions/lists/builder.h"
#include "sanctions/lists/xml.h"

/* What a parser writes to and remembers. */
struct list_input {
    struct builder *builder;
    struct builder *others; /* parties that are not designated; NULL until a format tells of one */
    void
        *state; /* of the format, zeroed at the start, one for all files of the list; NULL when it has none */
};

/* A column, or element, and where its text goes in a struct of the format. */
struct list_column {
    const char *name;
    size_t field; /* offset of a struct bytes */
};

struct list_format {
    const char *name;
    size_t state_size;
    /* XML: the name of the root, and of the records that `record` takes. NULL for others. */
    const char *root;
    const char *const *records;
    bool (*record)(struct list_input *input, const struct xml_node *record, struct error *err);
    void (*start)(struct list_input *input, const struct xml_node *root); /* may be NULL */
    /* CSV with a header: the names of its columns, the first `required` of which must be there. `row` gets
     * the cells in the order of these names, empty where a column is missing. NULL for others. */
    const struct list_column *columns;
    size_t column_count, required;
    /* CSV without a header: whether this can be the first row; `row` gets the cells as they are. */
    bool (*recognises)(const struct bytes *cells, size_t count);
    bool (*row)(struct list_input *input, const struct bytes *cells, size_t count, struct error *err);
    /* JSON: an object a line. */
    bool (*line)(struct list_input *input, struct bytes line, struct error *err);
    /* After the last file, and always at the end; may be NULL. */
    bool (*finish)(struct list_input *input, struct error *err);
    void (*release)(void *state);
};

extern const struct list_format format_uk_csv, format_uk_xml, format_ofsi_csv, format_ofsi_xml,
    format_ofac_csv, format_ofac_xml, format_ofac_advanced, format_eu_xml, format_un_xml, format_csl_csv,
    format_ftm;

#endif
