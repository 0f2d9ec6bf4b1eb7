/* Identifiers as lists write them: what kind one is by what it is called, and numbers in free text. */
#ifndef SANCTIONS_LISTS_IDENTIFY_H
#define SANCTIONS_LISTS_IDENTIFY_H

#include "sanctions/lists/builder.h"

/* By label ("Tax ID No."), form of the value and country of issue; `otherwise` when they do not tell. */
enum identifier_kind identify(struct bytes label, struct bytes value, struct bytes country,
                              enum identifier_kind otherwise);
/* Adds an identifier of this label, which also may stand in the value ("INN - 781102285043"); it is then cut
 * off.
 */
void identify_value(struct builder *builder, uint32_t designation, enum identifier_kind otherwise,
                    struct bytes label, struct bytes value, struct bytes country);
/* Adds each number of a free text such as "OGRN: 1193850025467; Tax ID No. 7735579027 (Russia)" under the
 * words before it, or under `label` when there are none. */
void identify_text(struct builder *builder, uint32_t designation, enum identifier_kind otherwise,
                   struct bytes label, struct bytes text);

#endif
