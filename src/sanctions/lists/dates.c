#include "sanctions/lists/dates.h"
#include "sanctions/lists/text.h"

enum { PARTS = 3 };

static bool is_alnum(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int month_of(struct bytes word) {
    static const char months[][4] = {"jan", "feb", "mar", "apr", "may", "jun",
                                     "jul", "aug", "sep", "oct", "nov", "dec"};
    for (size_t i = 0; word.len >= 3 && i < ARRAY_LEN(months); i++)
        if (strncasecmp(word.ptr, months[i], 3) == 0)
            return (int)i + 1;
    return 0;
}

/* The next run of letters and digits. */
static struct bytes next_word(struct bytes *rest) {
    while (rest->len > 0 && !is_alnum(rest->ptr[0])) {
        rest->ptr++;
        rest->len--;
    }
    size_t len = 0;
    while (len < rest->len && is_alnum(rest->ptr[len]))
        len++;
    struct bytes word = {rest->ptr, len};
    rest->ptr += len;
    rest->len -= len;
    return word;
}

static struct partial_date checked(uint64_t year, uint64_t month, uint64_t day) {
    static const uint8_t days[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct partial_date date = {0};
    if (year < 1000 || year > 2999)
        return date;
    date.year = (int16_t)year;
    if (month >= 1 && month <= 12) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        date.month = (uint8_t)month;
        date.day = (uint8_t)(day > days[month] - (unsigned)(month == 2 && !leap) ? 0 : day);
    }
    return date;
}

struct partial_date date_read(struct bytes text, enum date_order order) {
    uint64_t numbers[PARTS], number, month = 0;
    size_t count = 0, year_at = PARTS;
    text = bytes_trim(text);
    if (text.len > 10 && text.ptr[4] == '-' && text.ptr[7] == '-')
        text.len = 10; /* no time of day */
    while (text.len > 0 && count < PARTS) {
        struct bytes word = next_word(&text);
        if (month == 0 && month_of(word) > 0) {
            month = (uint64_t)month_of(word);
        } else if (bytes_equal_nocase(word, BYTES_LITERAL("dd")) ||
                   bytes_equal_nocase(word, BYTES_LITERAL("mm"))) {
            numbers[count++] = 0;
        } else if (bytes_to_number(word, 9999, &number)) {
            if (word.len == 4 && year_at == PARTS)
                year_at = count;
            numbers[count++] = number;
        }
    }
    if (year_at >= count)
        return (struct partial_date){0};
    if (month > 0)
        return checked(numbers[year_at], month, count > 1 ? numbers[year_at == 0 ? 1 : 0] : 0);
    if (year_at == 0)
        return checked(numbers[0], count > 1 ? numbers[1] : 0, count > 2 ? numbers[2] : 0);
    if (year_at == 1)
        return checked(numbers[1], numbers[0], 0);
    return checked(numbers[2], numbers[order == DATE_DAY_FIRST ? 1 : 0],
                   numbers[order == DATE_DAY_FIRST ? 0 : 1]);
}

struct date_range date_range_read(struct bytes text, enum date_order order) {
    size_t at = text_find(text, " to ");
    struct date_range range = {.from = date_read((struct bytes){text.ptr, at}, order)};
    range.to = at < text.len ? date_read((struct bytes){text.ptr + at + 4, text.len - at - 4}, order)
                             : range.from;
    range.circa = text_has(text, "circa") || text_has(text, "approximately") || text_has(text, "about");
    if (!range.from.year)
        range.from = range.to;
    return range;
}
