#include "base/clock.h"

int64_t clock_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t clock_monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void clock_format_amz(int64_t seconds, char out[17]) {
    struct tm parts;
    time_t time = (time_t)seconds;
    gmtime_r(&time, &parts);
    strftime(out, 17, "%Y%m%dT%H%M%SZ", &parts);
}

bool clock_parse_amz(struct bytes text, int64_t *ret_seconds) {
    uint64_t year, month, day, hour, minute, second;
    if (text.len != 16 || text.ptr[8] != 'T' || text.ptr[15] != 'Z' ||
        !bytes_to_number((struct bytes){text.ptr, 4}, 9999, &year) ||
        !bytes_to_number((struct bytes){text.ptr + 4, 2}, 12, &month) ||
        !bytes_to_number((struct bytes){text.ptr + 6, 2}, 31, &day) ||
        !bytes_to_number((struct bytes){text.ptr + 9, 2}, 23, &hour) ||
        !bytes_to_number((struct bytes){text.ptr + 11, 2}, 59, &minute) ||
        !bytes_to_number((struct bytes){text.ptr + 13, 2}, 59, &second) || year < 1970)
        return false;
    struct tm parts = {.tm_year = (int)year - 1900,
                       .tm_mon = (int)month - 1,
                       .tm_mday = (int)day,
                       .tm_hour = (int)hour,
                       .tm_min = (int)minute,
                       .tm_sec = (int)second};
    int64_t seconds = timegm(&parts);
    /* timegm turns the 31st of February into March: a time that exists prints as it was read. */
    char again[17];
    clock_format_amz(seconds, again);
    if (memcmp(again, text.ptr, 16) != 0)
        return false;
    *ret_seconds = seconds;
    return true;
}
