/* Numbers that one organisation or person alone has, and what their check digits say. */
#ifndef SANCTIONS_IDENTIFIER_H
#define SANCTIONS_IDENTIFIER_H

#include "sanctions/designation.h"

#define IDENTIFIER_MAX 40

struct identifier {
    char text[IDENTIFIER_MAX + 1]; /* capital letters and digits alone; "" when there are none, or too many */
    size_t len;
    uint8_t kind; /* enum identifier_kind: the one whose check digits are right; IDENTIFIER_OTHER */
    bool checked; /* they are: a slip of the pen is ruled out */
};

/* "INN 7707 083893" as "7707083893". A label before the number is left out. */
struct identifier identifier_read(struct bytes text);

/* Digits, and capital letters in an LEI, without blanks. */
bool inn_is_valid(struct bytes digits);  /* 10 digits of a company, 12 of a person; Russian tax service */
bool ogrn_is_valid(struct bytes digits); /* 13 digits of a company, 15 of an entrepreneur */
bool lei_is_valid(struct bytes text);    /* ISO 17442: 20 characters, modulo 97 */
bool imo_is_valid(struct bytes digits);  /* of a ship: 7 digits; IMO resolution A.1117(30) */

#endif
