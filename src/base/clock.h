/* Time: the wall clock in milliseconds since 1970 and a clock that only goes forward. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/bytes.h"

int64_t clock_now_ms(void);
uint64_t clock_monotonic_ns(void);

/* "20261124T084347Z", the form of X-Amz-Date; exactly that form, of a time that exists, in seconds since
 * 1970. */
MUST_CHECK bool clock_parse_amz(struct bytes text, int64_t *ret_seconds);
/* The same form into out, 17 bytes. */
void clock_format_amz(int64_t seconds, char out[17]);

#endif
