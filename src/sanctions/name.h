/* A name, read: the words that tell who bears it, without titles, articles and legal forms. */
#ifndef SANCTIONS_NAME_H
#define SANCTIONS_NAME_H

#include "sanctions/token.h"

enum name_schema {
    NAME_PERSON,
    NAME_ENTITY, /* companies and other organisations, vessels, aircraft */
};

struct name {
    struct token tokens[LIMIT_NAME_TOKENS];
    uint8_t count;
    uint8_t schema; /* enum name_schema */
    uint16_t forms; /* set of legal forms: 1 << enum form_class of tables/forms.h */
};

/* Reads names; one a thread. */
struct name_reader;

MUST_CHECK bool name_reader_new(struct name_reader **ret_reader, struct error *err);
/* Takes NULL. */
void name_reader_free(struct name_reader *reader);
static inline void name_reader_cleanup(struct name_reader **reader) {
    name_reader_free(*reader);
}

/* "Dmitri (Dima) Petrov / Petroff" says more than one name: the whole first, then its readings. At least one,
 * and each has at least one token. VALIDATION: not UTF-8, too long, or without a letter or digit that could
 * be compared: such a name has not been screened and is never clear. */
enum { NAME_READINGS = 4 };
struct name_readings {
    struct name names[NAME_READINGS];
    size_t count;
};
MUST_CHECK bool name_read(struct name_reader *reader, struct bytes text, enum name_schema schema,
                          struct name_readings *ret_readings, struct error *err);

#endif
