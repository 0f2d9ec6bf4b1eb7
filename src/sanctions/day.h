/* A day of the calendar (UTC), as days since 1970: law asks on which day something was so. */
#ifndef SANCTIONS_DAY_H
#define SANCTIONS_DAY_H

#include "base/bytes.h"

#define DAY_FIRST INT32_MIN /* since ever */
#define DAY_LAST INT32_MAX  /* until further notice; also: not told */
#define DAY_TEXT 11         /* bytes of the text with its NUL */

/* "2022-03-24": exactly that form, of a day that exists, from 1800 on. */
MUST_CHECK bool day_parse(struct bytes text, int32_t *ret_day);
/* The same form; "" for DAY_FIRST and DAY_LAST. */
void day_format(int32_t day, char out[DAY_TEXT]);
int32_t day_today(void);

#endif
