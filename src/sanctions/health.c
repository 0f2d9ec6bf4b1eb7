#include "sanctions/day.h"
#include "sanctions/health.h"

enum { MS_PER_DAY = 24 * 60 * 60 * 1000, NAMELESS_PERCENT = 1 };

/* Minimum: about half of what the list held in 2026, or of the smaller list where two come in one format
 * (OFAC's consolidated list has 440, the SDN list 17,000). Files whose format has no date are as old as their
 * last look. The treasury's list is no longer kept up: who still wants it must say so. */
static const struct {
    const char *format;
    struct health_rules rules;
} table[] = {
    {"uk-csv", {3000, 10, 30}},       {"uk-xml", {3000, 10, 30}},  {"ofsi-csv", {1500, 10, 30}},
    {"ofsi-xml", {1500, 10, 30}},     {"ofac-csv", {200, 10, 60}}, {"ofac-xml", {200, 10, 60}},
    {"ofac-advanced", {200, 10, 60}}, {"eu-xml", {2000, 10, 60}},  {"un-xml", {500, 10, 60}},
    {"csl-csv", {5000, 10, 60}},      {"ftm", {1, 10, 60}},
};

struct health_rules health_rules_of(const char *format) {
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (strcmp(table[i].format, format) == 0)
            return table[i].rules;
    return (struct health_rules){1, 10, 60};
}

/* A month or day that is not known counts as the first. */
static int64_t day_of(struct partial_date date) {
    char text[32];
    int32_t day = DAY_FIRST;
    snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, MAX(date.month, 1), MAX(date.day, 1));
    return day_parse(bytes_of(text), &day) ? day : DAY_FIRST;
}

static bool check_shape(const struct designations *fresh, uint32_t minimum, struct error *err) {
    uint32_t nameless = 0;
    for (uint32_t i = 0; i < fresh->count; i++)
        nameless += fresh->designations[i].names.count == 0;
    if (fresh->count < minimum)
        return error_set(err, ERROR_VALIDATION, "it holds %u designations, fewer than the minimum of %u",
                         fresh->count, minimum);
    return (uint64_t)nameless * 100 <= (uint64_t)fresh->count * NAMELESS_PERCENT ||
           error_set(err, ERROR_VALIDATION, "%u of its %u designations have no name", nameless, fresh->count);
}

bool health_age_check(struct partial_date generated, const struct health_rules *rules, int64_t now_ms,
                      struct error *err) {
    char date[11];
    int64_t age = now_ms / MS_PER_DAY - day_of(generated);
    partial_date_format(generated, date);
    if (generated.year == 0)
        return true;
    if (age < -1)
        return error_set(err, ERROR_VALIDATION, "it is dated %s, in the future", date);
    return age <= (int64_t)rules->days ||
           error_set(err, ERROR_VALIDATION, "it is dated %s, more than %u days ago", date, rules->days);
}

static bool check_shrink(const char *what, uint32_t fresh, uint32_t current, uint32_t percent,
                         struct error *err) {
    return (uint64_t)fresh * 100 >= (uint64_t)current * (100 - MIN(percent, 100u)) ||
           error_set(err, ERROR_VALIDATION,
                     "it holds %u %s, and the version in use %u: more than %u percent are gone", fresh, what,
                     current, percent);
}

bool health_check(const struct designations *fresh, const struct health_measure *current,
                  const struct health_rules *rules, int64_t now_ms, struct error *err) {
    if (!check_shape(fresh, rules->minimum, err) || !health_age_check(fresh->generated, rules, now_ms, err))
        return false;
    if (!current)
        return true;
    if (fresh->generated.year && day_of(fresh->generated) < day_of(current->generated))
        return error_set(err, ERROR_VALIDATION, "it is older than the version in use");
    return check_shrink("designations", fresh->count, current->designations, rules->shrink, err) &&
           check_shrink("names", fresh->name_count, current->names, rules->shrink, err);
}
