/* Puts the designations of a list together while its file is read, in whatever order it tells of them: rows
 * of one designation need not stand together, and what is said twice is kept once.
 *
 * Out of memory, or past a limit (limits.h), the builder counts as failed and takes nothing more; a parser
 * looks once at the end, as with buffers. Texts are cleaned: blanks run together and are cut off at the ends,
 * what is longer than LIMIT_LIST_TEXT is cut. Empty ones are passed over. */
#ifndef SANCTIONS_LISTS_BUILDER_H
#define SANCTIONS_LISTS_BUILDER_H

#include "sanctions/designation.h"

struct builder;

/* NULL when there is no memory. */
struct builder *builder_new(void);
/* Takes NULL. */
void builder_free(struct builder *builder);
/* The same error for all that is too much. */
MUST_CHECK bool builder_fine(const struct builder *builder, struct error *err);
/* The finished designations, without source, format and version; the builder is empty then. */
MUST_CHECK bool builder_finish(struct builder *builder, struct designations **ret_designations,
                               struct error *err);

/* The number of the designation with this id; made when it is not there. Any number when the builder failed
 * or the id is empty, which marks it as failed. */
uint32_t builder_designation(struct builder *builder, struct bytes id);
/* false when none has this id. */
MUST_CHECK bool builder_find(const struct builder *builder, struct bytes id, uint32_t *ret_designation);
void builder_kind(struct builder *builder, uint32_t designation, enum designation_kind kind);
/* DESIGNATION_OTHER while it is not known. */
enum designation_kind builder_kind_of(const struct builder *builder, uint32_t designation);
/* Keeps the earlier of two first designations, the later of two changes. */
void builder_listed(struct builder *builder, uint32_t designation, struct partial_date date);
void builder_updated(struct builder *builder, uint32_t designation, struct partial_date date);
/* The date of the file. */
void builder_generated(struct builder *builder, struct partial_date date);
struct partial_date builder_generation(const struct builder *builder);

/* An alias in another script than Latin becomes an original name. */
void builder_name(struct builder *builder, uint32_t designation, enum name_kind kind, struct bytes whole);
/* Of a person; one of them may be empty. */
void builder_person(struct builder *builder, uint32_t designation, enum name_kind kind, struct bytes given,
                    struct bytes family);
/* to may be year 0: the same as from. Nothing when from is year 0. */
void builder_birth(struct builder *builder, uint32_t designation, struct partial_date from,
                   struct partial_date to, bool circa);
/* A name or code as country.h knows it; others are passed over. */
void builder_country(struct builder *builder, uint32_t designation, enum country_role role,
                     struct bytes country);
/* country: as above, or empty. */
void builder_identifier(struct builder *builder, uint32_t designation, enum identifier_kind kind,
                        struct bytes label, struct bytes value, struct bytes country);
void builder_term(struct builder *builder, uint32_t designation, enum term_kind kind, struct bytes text);
/* "M" or "F" by the first letter of a word for it; others are passed over. */
void builder_gender(struct builder *builder, uint32_t designation, struct bytes word);

/* Shares in hundredths of a percent; share_most 0: the same as share. */
struct builder_link {
    enum link_kind kind;
    struct bytes name, id;
    struct partial_date since, until;
    uint16_t share, share_most;
};
void builder_link(struct builder *builder, uint32_t designation, const struct builder_link *link);

#endif
