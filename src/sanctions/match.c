/* The score of two names.
 *
 * Words are paired so that what is paired is worth most and costs least in all (assignment.c). Before that,
 * words that together are one word of the other name are joined ("Good Will", "Goodwill").
 *
 * Then the score begins at 1, and this is taken off:
 * - spelling: the costs of the pairs, over the square root of how much there is to compare, since a long name
 *   bears more slips than a short one;
 * - other: words on both sides that have no partner. "Andrei Petrovich Testov" is not "Andrei Petrovich
 *   Probin", however much is the same, so one such word is enough to be below MATCH_REVIEW;
 * - missing: words that one name has more, little where two words agree, much where a single one does; in
 *   organisations by the share of what it tells;
 * - form: numbers that differ, legal forms that differ.
 *
 * Words count by what they tell: a patronymic less than a name, "trading" less than "Probatron", a title
 * nothing.
 *
 * The name of an organisation that is one word may be the initials of the other: that is worth a look, and no
 * more. */
#include <math.h>
#include "sanctions/match.h"
#include "sanctions/assignment.h"
#include "sanctions/joining.h"

#define SLIP 0.57f         /* of one letter, times the square root of the number of letters */
#define OTHER_PERSON 0.75f /* of a whole name that is another */
#define OTHER_ENTITY 1.00f
#define MISSING_ALONE 0.34f /* of a name when only one agrees */
#define MISSING_MORE 0.05f  /* of each further one */
#define MISSING_MOST 0.26f
#define DOUBT 0.4f      /* how much more a slip counts for each word that is missing, */
#define DOUBT_MOST 2.0f /* up to so many */
#define MISSING_SHARE 0.62f
#define OTHER_NUMBER 0.28f
#define MISSING_NUMBER 0.08f
#define OTHER_FORM 0.03f
#define ACRONYM_SCORE 0.76f

enum {
    COST_VARIANT = 12, /* another form of the name that sounds alike, */
    COST_MEANING = 45, /* and one that does not: John, Ivan */
    COST_INITIAL = 15,
    COST_TRANSLATED = 4,
    COST_OTHER_SENSE = 10,
    COST_ACRONYM = 60,
    LETTERS_LEAST = 6,
    WORTH_ENOUGH = 130,
    WORTH_LEAST = 95,
    ACRONYM_LEAST = 3,
    ACRONYM_MOST = 6,
};

/* --- pairs of words --- */

static unsigned initial_cost(const struct token *a, const struct token *b) {
    if (a->kind == TOKEN_INITIAL && b->kind == TOKEN_INITIAL)
        return a->text[0] == b->text[0] ? 0 : (unsigned)MATCH_NONE;
    if ((a->kind != TOKEN_INITIAL ? a : b)->kind == TOKEN_PARTICLE)
        return MATCH_NONE;
    return a->text[0] == b->text[0] || a->phones[0] == b->phones[0] ? (unsigned)COST_INITIAL
                                                                    : (unsigned)MATCH_NONE;
}

static unsigned spelling_limit(const struct token *a, const struct token *b, enum name_schema schema) {
    unsigned least = MIN(a->phone_count, b->phone_count), limit = token_limit(a, b);
    if (a->kind == TOKEN_PATRONYMIC && b->kind == TOKEN_PATRONYMIC)
        return limit / 2;
    if (a->kind == TOKEN_PARTICLE || b->kind == TOKEN_PARTICLE)
        return 20;
    if (a->kind == TOKEN_COMMON || b->kind == TOKEN_COMMON)
        return least >= 5 ? MIN(limit, 100u) : 20;
    if (schema == NAME_ENTITY)
        return least <= 3 ? MIN(limit, 30u) : MIN(limit, 160u);
    return limit;
}

unsigned match_token_cost(struct token_profile *profile, const struct token *b, enum name_schema schema) {
    const struct token *a = profile->token;
    bool same_sense = a->sense && a->sense == b->sense && a->kind == b->kind;
    if (a->kind == TOKEN_INITIAL || b->kind == TOKEN_INITIAL)
        return initial_cost(a, b);
    if (a->kind == TOKEN_NUMBER || b->kind == TOKEN_NUMBER ||
        (a->script == SCRIPT_SYLLABLES && b->script == SCRIPT_SYLLABLES))
        return a->len == b->len && memcmp(a->text, b->text, a->len) == 0 ? 0 : (unsigned)MATCH_NONE;
    bool other_sense = a->sense && b->sense && !same_sense && a->kind == b->kind;
    if (other_sense && (a->kind == TOKEN_COMMON || a->kind == TOKEN_PATRONYMIC))
        return MATCH_NONE;
    if (same_sense && a->kind == TOKEN_COMMON)
        return profile_cost(profile, b, COST_TRANSLATED) == 0 ? 0 : COST_TRANSLATED;
    unsigned limit = other_sense ? COST_OTHER_SENSE : spelling_limit(a, b, schema);
    unsigned cost = profile_cost(profile, b, limit);
    if (same_sense)
        return cost <= limit ? MIN(cost, (unsigned)COST_VARIANT) : (unsigned)COST_MEANING;
    return cost <= limit ? cost : (unsigned)MATCH_NONE;
}

/* --- the alignment --- */

static uint8_t kind_of(const struct view *a, size_t i, const struct view *b, size_t j, unsigned cost) {
    const struct token *x = a->tokens[i], *y = b->tokens[j];
    unsigned span = MAX(a->spans[i], b->spans[j]);
    if (span > 1)
        return x->len == span && y->len == span ? MATCH_ACRONYM : MATCH_JOINED;
    if ((x->kind == TOKEN_INITIAL) != (y->kind == TOKEN_INITIAL))
        return MATCH_INITIAL;
    if (cost == 0)
        return MATCH_SAME;
    return x->sense && x->sense == y->sense ? MATCH_MEANING : MATCH_SPELLING;
}

struct alignment {
    struct view a, b;
    uint16_t costs[LIMIT_NAME_TOKENS][LIMIT_NAME_TOKENS];
    bool a_paired[LIMIT_NAME_TOKENS], b_paired[LIMIT_NAME_TOKENS];
    unsigned letters, spelling, agreed; /* of the pairs: sounds, costs, worth */
    unsigned initials;                  /* worth of pairs that are one letter */
    enum name_schema schema;
};

/* Costs of all pairs; gains are of those that can be, in rows of the side with fewer words. */
static void weigh_pairs(struct alignment *alignment, bool flip, int (*gains)[LIMIT_NAME_TOKENS]) {
    bool a_asked = alignment->a.profile != NULL;
    const struct view *asked = a_asked ? &alignment->a : &alignment->b;
    const struct view *listed = a_asked ? &alignment->b : &alignment->a;
    for (size_t k = 0; k < asked->count; k++) {
        struct token_profile *profile = view_profile(asked, k);
        for (size_t l = 0; l < listed->count; l++) {
            unsigned cost = match_token_cost(profile, listed->tokens[l], alignment->schema);
            int worth = MIN(asked->tokens[k]->weight, listed->tokens[l]->weight);
            size_t i = a_asked ? k : l, j = a_asked ? l : k;
            alignment->costs[i][j] = (uint16_t)cost;
            gains[flip ? j : i][flip ? i : j] = cost == MATCH_NONE ? 0 : -worth * (400 - (int)cost);
        }
    }
}

static void add_pair(struct alignment *alignment, size_t i, size_t j, struct match *match) {
    const struct view *a = &alignment->a, *b = &alignment->b;
    const struct token *x = a->tokens[i], *y = b->tokens[j];
    unsigned cost = alignment->costs[i][j];
    uint8_t kind = kind_of(a, i, b, j, cost);
    cost = kind == MATCH_ACRONYM ? COST_ACRONYM : cost;
    alignment->a_paired[i] = alignment->b_paired[j] = true;
    match->pairs[match->pair_count++] = (struct match_pair){a->first[i], a->spans[i], b->first[j],
                                                            b->spans[j], kind,        (uint16_t)cost};
    if (x->kind == TOKEN_PARTICLE || y->kind == TOKEN_PARTICLE)
        return;
    alignment->letters += MAX(x->phone_count, y->phone_count);
    alignment->spelling += cost;
    if (kind == MATCH_INITIAL || x->kind == TOKEN_INITIAL)
        alignment->initials += MIN(x->weight, y->weight);
    else if (x->kind != TOKEN_NUMBER)
        alignment->agreed += MIN(x->weight, y->weight);
}

static void align(struct alignment *alignment, struct match *match) {
    int gains[LIMIT_NAME_TOKENS][LIMIT_NAME_TOKENS];
    uint8_t column[LIMIT_NAME_TOKENS];
    bool flip = alignment->a.count > alignment->b.count;
    size_t rows = MIN(alignment->a.count, alignment->b.count);
    weigh_pairs(alignment, flip, gains);
    assign(rows, MAX(alignment->a.count, alignment->b.count), gains, column);
    for (size_t row = 0; row < rows; row++) {
        size_t i = flip ? column[row] : row, j = flip ? row : column[row];
        if (alignment->costs[i][j] != MATCH_NONE)
            add_pair(alignment, i, j, match);
    }
}

/* A word that the name has twice is worth nothing the second time. */
static bool is_repeated(const struct view *view, const bool *paired, size_t at) {
    for (size_t i = 0; i < view->count; i++)
        if (i != at && (paired[i] || i < at) && view->tokens[i]->len == view->tokens[at]->len &&
            memcmp(view->tokens[i]->text, view->tokens[at]->text, view->tokens[at]->len) == 0)
            return true;
    return false;
}

/* The worth of the words without a partner, numbers apart. */
static float alone(const struct view *view, const bool *paired, unsigned *ret_numbers) {
    unsigned worth = 0, numbers = 0;
    for (size_t i = 0; i < view->count; i++) {
        const struct token *token = view->tokens[i];
        if (paired[i] || token->kind == TOKEN_PARTICLE || is_repeated(view, paired, i))
            continue;
        if (token->kind == TOKEN_NUMBER)
            numbers++;
        else
            worth += token->weight;
    }
    *ret_numbers = numbers;
    return (float)worth / 100;
}

static float missing_of_person(float more, float agreed) {
    if (agreed * 100 < WORTH_ENOUGH && more > 0)
        return MISSING_ALONE * MIN(more, 1);
    return MIN(MISSING_MORE * (more + MAX(more - agreed, 0)), MISSING_MOST);
}

/* What is taken off for words without a partner, of the worth a_alone and b_alone, when words of the worth
 * agreed have one. */
static void weigh_words(enum name_schema schema, float agreed, float a_alone, float b_alone,
                        struct match *match) {
    float conflict = MIN(a_alone, b_alone), more = MAX(a_alone, b_alone) - conflict;
    if (schema == NAME_PERSON) {
        match->other = agreed * 100 < WORTH_LEAST ? 1 : OTHER_PERSON * MIN(conflict, 1);
        match->missing = missing_of_person(more, agreed);
    } else {
        match->other = agreed > 0 ? OTHER_ENTITY * MIN(conflict, 1) : 1;
        match->missing = more > 0 ? MISSING_SHARE * more / (agreed + more) : 0;
    }
}

float match_bound(enum name_schema schema, float agreed, float a_alone, float b_alone) {
    struct match match;
    weigh_words(schema, agreed, a_alone, b_alone, &match);
    return 1 - match.other - match.missing;
}

/* The one word that tells something; NULL when there are several. */
static const struct token *only_word(const struct name *name) {
    const struct token *only = NULL;
    for (size_t i = 0; i < name->count; i++)
        if (name->tokens[i].kind != TOKEN_PARTICLE) {
            if (only)
                return NULL;
            only = &name->tokens[i];
        }
    return only;
}

size_t name_initials(const struct name *name, bool all, char out[LIMIT_NAME_TOKENS + 1]) {
    size_t len = 0;
    for (size_t i = 0; i < name->count; i++)
        if (all || name->tokens[i].kind != TOKEN_PARTICLE)
            out[len++] = name->tokens[i].text[0];
    out[len] = 0;
    return len;
}

static bool is_initials(const struct name *acronym, const struct name *name) {
    char initials[LIMIT_NAME_TOKENS + 1], all_initials[LIMIT_NAME_TOKENS + 1];
    const struct token *word = only_word(acronym);
    if (!word || word->kind != TOKEN_WORD || word->len < ACRONYM_LEAST || name->count < 2)
        return false;
    (void)name_initials(name, false, initials);
    (void)name_initials(name, true, all_initials);
    return strcmp(word->text, initials) == 0 || strcmp(word->text, all_initials) == 0;
}

/* Whether one name is the initials of the other; then that is the match. */
static bool match_acronym(const struct name *a, const struct name *b, struct match *match) {
    if (!is_initials(a, b) && !is_initials(b, a))
        return false;
    *match = (struct match){.score = ACRONYM_SCORE, .missing = 1 - ACRONYM_SCORE, .pair_count = 1};
    match->pairs[0] = (struct match_pair){0, a->count, 0, b->count, MATCH_ACRONYM, 0};
    return true;
}

static void swap_sides(struct match *match) {
    for (size_t i = 0; i < match->pair_count; i++) {
        struct match_pair *pair = &match->pairs[i];
        *pair = (struct match_pair){pair->b, pair->b_count, pair->a, pair->a_count, pair->kind, pair->cost};
    }
}

/* Each word is in a pair with the same word: that is a match even where words tell as little as "44". */
static bool is_all_the_same(const struct alignment *alignment, const struct match *match) {
    bool same = match->pair_count == alignment->a.count && match->pair_count == alignment->b.count;
    for (size_t i = 0; i < match->pair_count; i++)
        same &= match->pairs[i].kind == MATCH_SAME;
    return same;
}

/* An order of names, whatever it is, so that the score does not depend on which is given first. */
static bool comes_after(const struct name *a, const struct name *b) {
    if (a->count != b->count)
        return a->count > b->count;
    int order = 0;
    for (size_t i = 0; i < a->count && order == 0; i++)
        order = strcmp(a->tokens[i].text, b->tokens[i].text);
    return order > 0;
}

static void match_in_order(const struct name *a, const struct name *b, struct name_profile *a_profile,
                           struct name_profile *b_profile, struct match *ret_match) {
    struct match match = {0};
    struct alignment alignment;
    alignment.schema = a->schema == NAME_PERSON ? b->schema : a->schema;
    alignment.letters = alignment.spelling = alignment.agreed = alignment.initials = 0;
    memset(alignment.a_paired, 0, sizeof alignment.a_paired);
    memset(alignment.b_paired, 0, sizeof alignment.b_paired);
    view_of(a, a_profile, &alignment.a);
    view_of(b, b_profile, &alignment.b);
    join_words(&alignment.a, &alignment.b, alignment.schema);
    join_words(&alignment.b, &alignment.a, alignment.schema);
    align(&alignment, &match);
    unsigned a_numbers, b_numbers;
    float a_alone = alone(&alignment.a, alignment.a_paired, &a_numbers);
    float b_alone = alone(&alignment.b, alignment.b_paired, &b_numbers);
    match.spelling = SLIP * (float)alignment.spelling / 100 /
                     sqrtf((float)MAX(alignment.letters, (unsigned)LETTERS_LEAST));
    if (alignment.agreed > 0) /* letters alone are nobody's name */
        alignment.agreed += alignment.initials;
    if (!is_all_the_same(&alignment, &match))
        weigh_words(alignment.schema, (float)alignment.agreed / 100, a_alone, b_alone, &match);
    if (alignment.schema == NAME_PERSON)
        match.spelling *= 1 + DOUBT * MIN(fabsf(a_alone - b_alone), DOUBT_MOST);
    match.form = a_numbers && b_numbers ? OTHER_NUMBER : a_numbers || b_numbers ? MISSING_NUMBER : 0;
    match.form += a->forms && b->forms && !(a->forms & b->forms) ? OTHER_FORM : 0;
    match.score = MAX(0, 1 - match.spelling - match.other - match.missing - match.form);
    if (match.score < ACRONYM_SCORE && alignment.schema == NAME_ENTITY)
        (void)match_acronym(a, b, &match);
    *ret_match = match;
}

void names_match(struct name_profile *profile, const struct name *b, struct match *ret_match) {
    if (!comes_after(profile->name, b)) {
        match_in_order(profile->name, b, profile, NULL, ret_match);
        return;
    }
    match_in_order(b, profile->name, NULL, profile, ret_match);
    swap_sides(ret_match);
}

void readings_match(const struct name_readings *a, const struct name_readings *b, struct match *ret_match,
                    size_t *ret_a, size_t *ret_b) {
    struct match best = {.score = -1};
    struct name_profile profile;
    for (size_t i = 0; i < a->count; i++) {
        name_profile_begin(&profile, &a->names[i]);
        for (size_t j = 0; j < b->count; j++) {
            struct match match;
            names_match(&profile, &b->names[j], &match);
            if (match.score <= best.score)
                continue;
            best = match;
            if (ret_a)
                *ret_a = i;
            if (ret_b)
                *ret_b = j;
        }
    }
    *ret_match = best;
}

const char *match_kind_name(uint8_t kind) {
    static const char *const names[] = {"same", "spelling", "meaning", "initial", "joined", "acronym"};
    return names[MIN(kind, ARRAY_LEN(names) - 1)];
}

const char *match_verdict(float score) {
    return score >= MATCH_BLOCK ? "block" : score >= MATCH_REVIEW ? "review" : "clear";
}
