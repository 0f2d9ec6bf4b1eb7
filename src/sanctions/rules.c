#include <ini.h>
#include <math.h>
#include "sanctions/rules_table.h"

void rules_default(struct rules *ret_rules) {
    *ret_rules = (struct rules){.count = ARRAY_LEN(rules_table)};
    memcpy(ret_rules->rules, rules_table, sizeof rules_table);
}

const struct rule *rules_find(const struct rules *rules, const char *name) {
    for (uint32_t i = 0; i < rules->count; i++)
        if (strcmp(rules->rules[i].name, name) == 0)
            return &rules->rules[i];
    return NULL;
}

bool rule_in_force(const struct rule *rule, int32_t day) {
    for (uint32_t i = 0; i < rule->period_count; i++)
        if (rule->periods[i].from <= day && day < rule->periods[i].until)
            return true;
    return rule->period_count == 0;
}

bool rule_is_met(const struct rule *rule, uint64_t share) {
    return rule->inclusive ? share >= rule->threshold : share > rule->threshold;
}

static bool read_text(char *to, size_t size, const char *value) {
    return value[0] != 0 && (size_t)snprintf(to, size, "%s", value) < size;
}

/* A percentage from 0 to 100, as millionths. */
static bool read_percent(const char *value, uint32_t *ret_share) {
    char *end;
    double percent = strtod(value, &end);
    if (end == value || *end != 0 || !(percent >= 0 && percent <= 100))
        return false;
    *ret_share = (uint32_t)lround(percent * 1e4);
    return true;
}

static bool read_word(const char *value, const char *const *words, int count, int *ret_word) {
    for (int i = 0; i < count; i++)
        if (strcmp(value, words[i]) == 0) {
            *ret_word = i;
            return true;
        }
    return false;
}

static bool read_flag(const char *value, const char *no, const char *yes, bool *ret_flag) {
    int word;
    if (!read_word(value, (const char *const[]){no, yes}, 2, &word))
        return false;
    *ret_flag = word == 1;
    return true;
}

/* "2025-09-29..2025-11-10", the second day open or not told; a line a period. */
static bool read_period(const char *value, struct rule *rule) {
    struct bytes from = bytes_of(value), until = {NULL, 0};
    struct period period = {.until = DAY_LAST};
    const char *dots = strstr(value, "..");
    if (dots) {
        from.len = (size_t)(dots - value);
        until = bytes_of(dots + 2);
    }
    if (!day_parse(from, &period.from) || (until.len > 0 && !day_parse(until, &period.until)) ||
        period.from >= period.until || rule->period_count == LIMIT_OWNERSHIP_PERIODS)
        return false;
    rule->periods[rule->period_count++] = period;
    return true;
}

static bool read_control(const char *value, struct rule *rule) {
    int word;
    if (!read_word(value, (const char *const[]){"no", "caution", "yes"}, 3, &word))
        return false;
    rule->control = (enum control_limb)word;
    return true;
}

static bool read_lookback(const char *value, struct rule *rule) {
    uint64_t days;
    if (!bytes_to_number(bytes_of(value), 36500, &days))
        return false;
    rule->lookback_days = (uint32_t)days;
    return true;
}

static bool read_member(struct rule *rule, const char *name, const char *value) {
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"inclusive", &rule->inclusive},
                 {"aggregate", &rule->aggregate},
                 {"votes", &rule->votes},
                 {"board", &rule->board},
                 {"joint", &rule->joint}};
    const struct {
        const char *name;
        char *text;
        size_t size;
    } texts[] = {{"regime", rule->regime, sizeof rule->regime},
                 {"authority", rule->authority, sizeof rule->authority},
                 {"source", rule->source, sizeof rule->source},
                 {"risk_countries", rule->risk_countries, sizeof rule->risk_countries}};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (strcmp(name, flags[i].name) == 0)
            return read_flag(value, "no", "yes", flags[i].flag);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (strcmp(name, texts[i].name) == 0)
            return read_text(texts[i].text, texts[i].size, value);
    if (strcmp(name, "threshold") == 0)
        return read_percent(value, &rule->threshold);
    if (strcmp(name, "influence") == 0)
        return read_percent(value, &rule->influence);
    if (strcmp(name, "control") == 0)
        return read_control(value, rule);
    if (strcmp(name, "unknown") == 0)
        return read_flag(value, "risk", "review", &rule->unknown_is_review);
    if (strcmp(name, "lookback_days") == 0)
        return read_lookback(value, rule);
    return strcmp(name, "in_force") == 0 && read_period(value, rule);
}

struct reading {
    struct rules rules;
    bool periods_read[LIMIT_OWNERSHIP_RULES]; /* the file's replace those that were there */
};

/* The rule of this name; a new one asks for more than half and for everything else that is strict. */
static struct rule *rule_of(struct rules *rules, const char *name) {
    for (uint32_t i = 0; i < rules->count; i++)
        if (strcmp(rules->rules[i].name, name) == 0)
            return &rules->rules[i];
    struct rule fresh = {.threshold = SHARE_HALF,
                         .inclusive = true,
                         .aggregate = true,
                         .votes = true,
                         .board = true,
                         .joint = true,
                         .control = CONTROL_LIMB,
                         .influence = SHARE_HALF / 2,
                         .unknown_is_review = true,
                         .lookback_days = 730};
    if (rules->count == LIMIT_OWNERSHIP_RULES || !read_text(fresh.name, sizeof fresh.name, name))
        return NULL;
    rules->rules[rules->count] = fresh;
    return &rules->rules[rules->count++];
}

/* inih's handler: 0 makes ini_parse_file report the line. */
static int read_entry(void *context, const char *section, const char *name, const char *value) {
    struct reading *reading = context;
    struct rule *rule = rule_of(&reading->rules, section);
    if (!rule)
        return 0;
    bool *read = &reading->periods_read[rule - reading->rules.rules];
    if (strcmp(name, "in_force") == 0 && !*read) {
        rule->period_count = 0;
        *read = true;
    }
    return read_member(rule, name, value);
}

bool rules_read(FILE *file, const char *name, struct rules *rules, struct error *err) {
    struct reading reading = {.rules = *rules};
    int line = ini_parse_file(file, read_entry, &reading);
    if (line != 0)
        return error_set(err, ERROR_VALIDATION, "%s: line %d is not understood", name, line);
    for (uint32_t i = 0; i < reading.rules.count; i++)
        if (!reading.rules.rules[i].regime[0] || !reading.rules.rules[i].authority[0])
            return error_set(err, ERROR_VALIDATION, "%s: the rule '%s' needs a regime and an authority", name,
                             reading.rules.rules[i].name);
    *rules = reading.rules;
    return true;
}
