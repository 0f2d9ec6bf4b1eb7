/* What the forms of the lists of the US treasury (OFAC) have in common. */
#ifndef SANCTIONS_LISTS_OFAC_H
#define SANCTIONS_LISTS_OFAC_H

#include "sanctions/lists/format.h"

/* "individual", "entity", "vessel", "aircraft", of either case; what is empty is an entity. */
enum designation_kind ofac_kind(struct bytes type);
/* "FAMILY, Given" of a person; of others the name as it is. */
void ofac_name(struct builder *builder, uint32_t designation, enum designation_kind what, enum name_kind kind,
               struct bytes name);
/* An entry of a list of ids ("Gender", "Passport", "Tax ID No."), of which some are no identifiers. */
void ofac_id(struct builder *builder, uint32_t designation, struct bytes type, struct bytes number,
             struct bytes country);
/* The remarks of the CSV: "DOB 1962; POB Shati; nationality Syria; Passport A1 (Iran); Linked To: HAMAS." */
void ofac_remarks(struct builder *builder, uint32_t designation, enum designation_kind what,
                  struct bytes remarks);

#endif
