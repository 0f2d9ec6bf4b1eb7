/* Screening.
 *
 * Identifiers first: a number whose check digits are right and that a list has too is the listed one,
 * whatever the names say. Other numbers that agree make sure of a name that is close already, and hardly
 * more, since somebody else's passport number can be the same.
 *
 * Then names: those of the index that score within CORRECTION of what is asked, each corrected:
 *
 *   birth     another year by more than one: -0.20; the same year, another day: -0.10; the same day: half of
 *             what is missing to 1 is added; as far as told, or with day and month swapped: a fifth of it
 *   country   none in common: -0.05; one in common: a tenth of what is missing
 *   gender    the other: -0.15
 *   number    one of the same kind, with right check digits, and another: -0.15
 *
 * So a hit is confirmed towards 1 but never pushed over a threshold by what many share alone, and hits of
 * equal names are told apart for those who must decide on them. */
#include "sanctions/screen.h"
#include "sanctions/name_index.h"
#include "sanctions/pile.h"

#define CORRECTION 0.06f /* the most that what is missing can shrink near a threshold, see raise() */
#define BORN_DIFFERS 0.20f
#define BORN_OTHER_DAY 0.10f
#define COUNTRY_DIFFERS 0.05f
#define GENDER_DIFFERS 0.15f
#define NUMBER_DIFFERS 0.15f
#define NUMBER_AGREES 0.90f /* share of what is missing, of a number without check digits */

enum { NAMES_MOST = 256 };

/* A number of the lists. */
struct listed_number {
    char text[IDENTIFIER_MAX + 1];
    uint8_t kind;
    uint32_t list, identifier;
};

/* Whose a name of the index is. */
struct owner {
    uint32_t list, name;
};

struct screen {
    const struct designations *const *lists;
    size_t list_count;
    struct name_index *index;
    struct pile owners;  /* struct owner: by the index's number */
    struct pile numbers; /* struct listed_number: in order of text */
};

struct screener {
    const struct screen *screen;
    struct name_reader *reader;
    struct name_search *search;
    struct name_readings readings[2]; /* as a person, as an organisation */
    struct name_hit hits[NAMES_MOST];
};

/* --- making --- */

static int compare_numbers(const void *a, const void *b) {
    return strcmp(((const struct listed_number *)a)->text, ((const struct listed_number *)b)->text);
}

static bool add_numbers(struct screen *screen, uint32_t list, struct error *err) {
    const struct designations *designations = screen->lists[list];
    for (uint32_t i = 0; i < designations->identifier_count; i++) {
        struct identifier read = identifier_read(
            designations_text(designations, designations->identifiers[i].value));
        struct listed_number number = {.kind = read.checked ? read.kind : designations->identifiers[i].kind,
                                       .list = list,
                                       .identifier = i};
        memcpy(number.text, read.text, sizeof number.text);
        if (read.len > 0 && !pile_add(&screen->numbers, &number))
            return error_set(err, ERROR_INTERNAL, "no memory for the identifiers of lists");
    }
    return true;
}

static bool add_as(struct screen *screen, struct name_reader *reader, struct bytes text,
                   enum name_schema schema, uint32_t owner, struct error *err) {
    struct name_readings readings;
    /* What has no letter at all in a list, such as "???", can be nobody's name. */
    if (!name_read(reader, (struct bytes){text.ptr, MIN(text.len, (size_t)LIMIT_NAME_BYTES)}, schema,
                   &readings, err))
        return err->code == ERROR_VALIDATION;
    for (size_t i = 0; i < readings.count; i++)
        if (!name_index_add(screen->index, &readings.names[i], owner, err))
            return false;
    return true;
}

/* The text, cut between characters to what name_read takes. */
static struct bytes cut_name(struct bytes text) {
    if (text.len <= LIMIT_NAME_BYTES)
        return text;
    text.len = LIMIT_NAME_BYTES;
    while (text.len > 0 && ((uint8_t)text.ptr[text.len] & 0xC0) == 0x80)
        text.len--;
    return text;
}

static bool add_names(struct screen *screen, struct name_reader *reader, uint32_t list, struct error *err) {
    const struct designations *designations = screen->lists[list];
    for (uint32_t i = 0; i < designations->name_count; i++) {
        const struct designation_name *name = &designations->names[i];
        uint8_t kind = designations->designations[name->designation].kind;
        struct bytes text = cut_name(designations_text(designations, name->whole));
        uint32_t owner = (uint32_t)screen->owners.count;
        if (!pile_add(&screen->owners, &(struct owner){list, i}))
            return error_set(err, ERROR_INTERNAL, "no memory for the names of lists");
        if (kind != DESIGNATION_ENTITY && kind != DESIGNATION_VESSEL && kind != DESIGNATION_AIRCRAFT &&
            !add_as(screen, reader, text, NAME_PERSON, owner, err))
            return false;
        if (kind != DESIGNATION_PERSON && !add_as(screen, reader, text, NAME_ENTITY, owner, err))
            return false;
    }
    return true;
}

bool screen_new(const struct designations *const *lists, size_t list_count, struct screen **ret_screen,
                struct error *err) {
    struct name_reader *reader = NULL;
    struct screen *screen = calloc(1, sizeof *screen);
    struct error ignored;
    err = err ? err : &ignored;
    bool fine = screen && (screen->index = name_index_new());
    if (!fine)
        (void)error_set(err, ERROR_INTERNAL, "no memory for the names of lists");
    else {
        screen->lists = lists;
        screen->list_count = list_count;
        screen->owners = pile_new(sizeof(struct owner));
        screen->numbers = pile_new(sizeof(struct listed_number));
        fine = name_reader_new(&reader, err);
    }
    for (uint32_t i = 0; fine && i < list_count; i++)
        fine = add_names(screen, reader, i, err) && add_numbers(screen, i, err);
    name_reader_free(reader);
    if (!fine || !name_index_seal(screen->index, err)) {
        screen_free(screen);
        return false;
    }
    if (screen->numbers.count)
        qsort(screen->numbers.items, screen->numbers.count, sizeof(struct listed_number), compare_numbers);
    *ret_screen = screen;
    return true;
}

void screen_free(struct screen *screen) {
    if (!screen)
        return;
    name_index_free(screen->index);
    pile_release(&screen->owners);
    pile_release(&screen->numbers);
    free(screen);
}

bool screener_new(const struct screen *screen, struct screener **ret_screener, struct error *err) {
    struct screener *screener = calloc(1, sizeof *screener);
    if (!screener)
        return error_set(err, ERROR_INTERNAL, "no memory to screen");
    screener->screen = screen;
    screener->search = name_search_new(screen->index);
    if (!screener->search) {
        screener_free(screener);
        return error_set(err, ERROR_INTERNAL, "no memory to screen");
    }
    if (!name_reader_new(&screener->reader, err)) {
        screener_free(screener);
        return false;
    }
    *ret_screener = screener;
    return true;
}

void screener_free(struct screener *screener) {
    if (!screener)
        return;
    name_reader_free(screener->reader);
    name_search_free(screener->search);
    free(screener);
}

/* --- what else is known --- */

static int64_t date_order(struct partial_date date, bool last) {
    int month = date.month ? date.month : last ? 12 : 1, day = date.day ? date.day : last ? 31 : 1;
    return date.year * 372 + (month - 1) * 31 + day - 1;
}

static bool same_date(struct partial_date a, struct partial_date b) {
    return a.year == b.year && a.month == b.month && a.day == b.day && a.month && a.day;
}

static enum accord born_accord(struct partial_date asked, const struct designation_birth *birth) {
    struct partial_date swapped = {asked.year, asked.day, asked.month};
    int slack = birth->circa ? 3 : 1;
    if (birth->from.year == 0)
        return ACCORD_UNKNOWN;
    if (same_date(asked, birth->from) && same_date(asked, birth->to))
        return ACCORD_AGREES;
    if ((date_order(asked, true) >= date_order(birth->from, false) &&
         date_order(asked, false) <= date_order(birth->to, true)) ||
        same_date(swapped, birth->from))
        return ACCORD_NEAR;
    bool years_apart = asked.year < birth->from.year - slack || asked.year > birth->to.year + slack;
    return years_apart ? ACCORD_DIFFERS : ACCORD_NEAR;
}

/* The best of all dates; *ret_other_day: it is near, but the day is another. */
static enum accord weigh_birth(const struct designations *list, const struct designation *one,
                               struct partial_date asked, bool *ret_other_day) {
    enum accord best = ACCORD_UNKNOWN;
    *ret_other_day = false;
    for (uint32_t i = 0; asked.year && i < one->births.count; i++) {
        const struct designation_birth *birth = &list->births[one->births.first + i];
        enum accord accord = born_accord(asked, birth);
        if (accord == ACCORD_UNKNOWN || (best != ACCORD_UNKNOWN && accord >= best))
            continue;
        best = accord;
        struct partial_date swapped = {asked.year, asked.day, asked.month};
        *ret_other_day = accord == ACCORD_NEAR && !same_date(swapped, birth->from) &&
                         (date_order(asked, true) < date_order(birth->from, false) ||
                          date_order(asked, false) > date_order(birth->to, true));
    }
    return best;
}

static enum accord weigh_country(const struct designations *list, const struct designation *one,
                                 const char country[2]) {
    if (!country[0] || one->countries.count == 0)
        return ACCORD_UNKNOWN;
    for (uint32_t i = 0; i < one->countries.count; i++)
        if (memcmp(list->countries[one->countries.first + i].code, country, 2) == 0)
            return ACCORD_AGREES;
    return ACCORD_DIFFERS;
}

static enum accord weigh_gender(const struct designations *list, const struct designation *one, char gender) {
    enum accord accord = ACCORD_UNKNOWN;
    for (uint32_t i = 0; gender && i < one->terms.count; i++) {
        const struct designation_term *term = &list->terms[one->terms.first + i];
        struct bytes text = designations_text(list, term->text);
        if (term->kind == TERM_GENDER && text.len == 1 && accord != ACCORD_AGREES)
            accord = text.ptr[0] == gender ? ACCORD_AGREES : ACCORD_DIFFERS;
    }
    return accord;
}

/* AGREES with the listed number in *ret_agreeing, DIFFERS when both have one of the same checked kind. */
static enum accord weigh_numbers(const struct designations *list, const struct designation *one,
                                 const struct screen_query *query, uint32_t *ret_agreeing,
                                 bool *ret_checked) {
    enum accord accord = ACCORD_UNKNOWN;
    for (size_t i = 0; i < MIN(query->identifier_count, (size_t)SCREEN_IDENTIFIERS); i++) {
        struct identifier asked = identifier_read(query->identifiers[i]);
        for (uint32_t k = 0; asked.len > 0 && k < one->identifiers.count; k++) {
            uint32_t at = one->identifiers.first + k;
            struct identifier listed = identifier_read(designations_text(list, list->identifiers[at].value));
            if (strcmp(asked.text, listed.text) == 0) {
                *ret_agreeing = at;
                *ret_checked = asked.checked;
                return ACCORD_AGREES;
            }
            if (asked.checked && listed.checked && asked.kind == listed.kind && asked.len == listed.len)
                accord = ACCORD_DIFFERS;
        }
    }
    return accord;
}

static float raise(float score, float share) {
    return score + (1 - score) * share;
}

/* Sets the accords of the hit, and its score by them from that of the names. */
static void correct(const struct screen *screen, const struct screen_query *query, struct screen_hit *hit) {
    const struct designations *list = screen->lists[hit->list];
    const struct designation *one = &list->designations[hit->designation];
    bool other_day, checked = false;
    float score = hit->match.score;
    hit->born = weigh_birth(list, one, query->born, &other_day);
    hit->country = weigh_country(list, one, query->country);
    hit->gender = weigh_gender(list, one, query->gender);
    hit->identifier = weigh_numbers(list, one, query, &hit->agreeing, &checked);
    score -= hit->born == ACCORD_DIFFERS ? BORN_DIFFERS : other_day ? BORN_OTHER_DAY : 0;
    score -= hit->country == ACCORD_DIFFERS ? COUNTRY_DIFFERS : 0;
    score -= hit->gender == ACCORD_DIFFERS ? GENDER_DIFFERS : 0;
    score -= hit->identifier == ACCORD_DIFFERS ? NUMBER_DIFFERS : 0;
    score = MAX(score, 0);
    if (hit->born == ACCORD_AGREES)
        score = raise(score, 0.5f);
    else if (hit->born == ACCORD_NEAR && !other_day)
        score = raise(score, 0.2f);
    if (hit->country == ACCORD_AGREES)
        score = raise(score, 0.1f);
    if (hit->identifier == ACCORD_AGREES)
        score = checked ? 1 : hit->name_matches ? raise(score, NUMBER_AGREES) : MATCH_REVIEW;
    hit->score = score;
}

/* --- looking --- */

/* Which of two hits comes first: the score, then how much else agrees. */
static bool comes_before(const struct screen_hit *a, const struct screen_hit *b) {
    if (a->score > b->score || a->score < b->score)
        return a->score > b->score;
    int a_more = (a->identifier == ACCORD_AGREES) * 8 + (a->born == ACCORD_AGREES) * 4 +
                 (a->born == ACCORD_NEAR) * 2 + (a->country == ACCORD_AGREES);
    int b_more = (b->identifier == ACCORD_AGREES) * 8 + (b->born == ACCORD_AGREES) * 4 +
                 (b->born == ACCORD_NEAR) * 2 + (b->country == ACCORD_AGREES);
    return a_more > b_more;
}

/* Puts the hit in its place; one of each designation. */
static size_t keep(struct screen_hit *hits, size_t count, size_t maximum, const struct screen_hit *hit) {
    size_t at = 0;
    while (at < count && (hits[at].list != hit->list || hits[at].designation != hit->designation))
        at++;
    if (at < count) {
        if (!comes_before(hit, &hits[at]))
            return count;
    } else if (count < maximum)
        count++;
    else if (count == 0 || !comes_before(hit, &hits[--at]))
        return count;
    for (; at > 0 && comes_before(hit, &hits[at - 1]); at--)
        hits[at] = hits[at - 1];
    hits[at] = *hit;
    return count;
}

struct found {
    struct screen_hit *hits;
    size_t count, maximum;
    float least;
};

static void consider(const struct screen *screen, const struct screen_query *query, struct screen_hit *hit,
                     struct found *found) {
    correct(screen, query, hit);
    if (hit->score >= found->least)
        found->count = keep(found->hits, found->count, found->maximum, hit);
}

static void find_numbers(const struct screener *screener, const struct screen_query *query,
                         struct found *found) {
    const struct screen *screen = screener->screen;
    const struct listed_number *numbers = screen->numbers.items;
    for (size_t i = 0; i < MIN(query->identifier_count, (size_t)SCREEN_IDENTIFIERS); i++) {
        struct identifier asked = identifier_read(query->identifiers[i]);
        size_t low = 0, high = asked.len ? screen->numbers.count : 0;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (strcmp(numbers[middle].text, asked.text) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        for (; asked.len && low < screen->numbers.count && strcmp(numbers[low].text, asked.text) == 0;
             low++) {
            const struct designations *list = screen->lists[numbers[low].list];
            uint32_t one = list->identifiers[numbers[low].identifier].designation;
            struct screen_hit hit = {
                .list = numbers[low].list, .designation = one, .name = list->designations[one].names.first};
            consider(screen, query, &hit, found);
        }
    }
}

static void find_names(struct screener *screener, const struct screen_query *query,
                       const struct name_readings *readings, struct found *found) {
    const struct screen *screen = screener->screen;
    bool more_known = query->born.year || query->country[0] || query->identifier_count;
    float least = found->least - (more_known ? CORRECTION : 0);
    size_t count = name_search_find(screener->search, readings, least, screener->hits, NAMES_MOST);
    for (size_t i = 0; i < count; i++) {
        const struct name_hit *name = &screener->hits[i];
        const struct owner *owner = (const struct owner *)screen->owners.items + name->owner;
        struct screen_hit hit = {.list = owner->list,
                                 .name = owner->name,
                                 .name_matches = true,
                                 .match = name->match,
                                 .schema = readings->names[0].schema,
                                 .reading = name->reading,
                                 .entry = name->entry};
        hit.designation = screen->lists[owner->list]->names[owner->name].designation;
        consider(screen, query, &hit, found);
    }
}

bool screen_find(struct screener *screener, const struct screen_query *query, struct screen_hit *ret_hits,
                 size_t maximum, size_t *ret_count, struct error *err) {
    bool person = query->kind == DESIGNATION_PERSON || query->kind == DESIGNATION_OTHER,
         entity = query->kind != DESIGNATION_PERSON;
    struct found found = {ret_hits, 0, maximum, query->least > 0 ? query->least : MATCH_REVIEW};
    if ((person && !name_read(screener->reader, query->name, NAME_PERSON, &screener->readings[0], err)) ||
        (entity && !name_read(screener->reader, query->name, NAME_ENTITY, &screener->readings[1], err)))
        return false;
    find_numbers(screener, query, &found);
    if (person)
        find_names(screener, query, &screener->readings[0], &found);
    if (entity)
        find_names(screener, query, &screener->readings[1], &found);
    *ret_count = found.count;
    return true;
}

const struct name *screener_asked(const struct screener *screener, const struct screen_hit *hit) {
    return &screener->readings[hit->schema == NAME_ENTITY].names[hit->reading];
}

void screen_listed(const struct screen *screen, const struct screen_hit *hit, struct name *ret_name) {
    name_index_name(screen->index, hit->entry, ret_name);
}

const char *accord_name(uint8_t accord) {
    static const char *const names[] = {"unknown", "agrees", "near", "differs"};
    return names[MIN(accord, ARRAY_LEN(names) - 1)];
}
