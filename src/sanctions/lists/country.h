/* Countries as lists write them, to ISO 3166-1 alpha-2. */
#ifndef SANCTIONS_LISTS_COUNTRY_H
#define SANCTIONS_LISTS_COUNTRY_H

#include "base/bytes.h"

/* A two-letter code of either case, or a name in English: common, official and those that the lists use,
 * among them "Korea, North", "Palestinian" and "Region: Gaza". false, and nothing written, for what is
 * neither. */
bool country_code(struct bytes text, char ret_code[2]);

#endif
