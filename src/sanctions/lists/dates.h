/* Dates as lists write them. */
#ifndef SANCTIONS_LISTS_DATES_H
#define SANCTIONS_LISTS_DATES_H

#include "sanctions/designation.h"

/* What 05/06/1971 means. */
enum date_order { DATE_DAY_FIRST, DATE_MONTH_FIRST };

/* "05/06/1971", "00/00/1971", "dd/mm/1971", "1971", "1971-06", "1971-06-05T...", "5 Jun 1971", "June 1971",
 * "08-Oct-2026", with words such as "circa" before it. A month or day that cannot be counts as not known;
 * year 0 when there is no year from 1000 to 2999. */
struct partial_date date_read(struct bytes text, enum date_order order);

struct date_range {
    struct partial_date from, to;
    bool circa;
};
/* Also "1 Jan 1976 to 31 Dec 1978" and "1929 to 1930"; a single date is both ends. */
struct date_range date_range_read(struct bytes text, enum date_order order);

#endif
