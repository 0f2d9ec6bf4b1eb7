/* What the four forms of British lists have in common: fields with much the same names, whether in the
 * columns of a row or in elements. A form fills in what one row, or one element, tells, and adds that. */
#ifndef SANCTIONS_LISTS_UK_H
#define SANCTIONS_LISTS_UK_H

#include "sanctions/lists/format.h"

struct uk_fields {
    struct bytes id, kind;                          /* Individual, Entity, Ship */
    struct bytes name1, name2, name3, name4, name5; /* given names */
    struct bytes name6;                             /* family name, or the whole name */
    struct bytes name_type, name_strength, original, title;
    struct bytes regime, measures, references, designated, updated;
    struct bytes born, nationality, born_in, born_in_country, gender, position;
    struct bytes passport, passport_details, national, national_details;
    struct bytes country, registration, imo, flag, former_flag;
    struct bytes parent, subsidiary, owner, former_owner;
    struct bytes other; /* free text with more of them, which only one form has */
};

#define UK_FIELD(member) offsetof(struct uk_fields, member)
static inline struct bytes *uk_field_at(struct uk_fields *fields, size_t offset) {
    return (struct bytes *)(void *)((char *)fields + offset);
}
/* Adds what is there; id must be. */
void uk_add(struct builder *builder, const struct uk_fields *fields);

#endif
