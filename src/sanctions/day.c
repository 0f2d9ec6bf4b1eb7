#include "sanctions/day.h"
#include "base/clock.h"

enum { SECONDS = 86400, MS = 1000 };

void day_format(int32_t day, char out[DAY_TEXT]) {
    time_t seconds = (time_t)day * SECONDS;
    struct tm parts;
    out[0] = 0;
    if (day != DAY_FIRST && day != DAY_LAST && gmtime_r(&seconds, &parts))
        strftime(out, DAY_TEXT, "%Y-%m-%d", &parts);
}

bool day_parse(struct bytes text, int32_t *ret_day) {
    uint64_t year, month, day;
    if (text.len != DAY_TEXT - 1 || text.ptr[4] != '-' || text.ptr[7] != '-' ||
        !bytes_to_number((struct bytes){text.ptr, 4}, 9999, &year) || year < 1800 ||
        !bytes_to_number((struct bytes){text.ptr + 5, 2}, 12, &month) ||
        !bytes_to_number((struct bytes){text.ptr + 8, 2}, 31, &day))
        return false;
    struct tm parts = {.tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day};
    int32_t parsed = (int32_t)(timegm(&parts) / SECONDS);
    /* timegm turns the 31st of February into March: a day that exists prints as it was read. */
    char again[DAY_TEXT];
    day_format(parsed, again);
    if (memcmp(again, text.ptr, DAY_TEXT - 1) != 0)
        return false;
    *ret_day = parsed;
    return true;
}

int32_t day_today(void) {
    return (int32_t)(clock_now_ms() / MS / SECONDS);
}
