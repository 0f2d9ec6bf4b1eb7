/* The optimal string alignment distance (Damerau 1964, Levenshtein 1966) with the costs of sound.c: a table
 * of what it takes to turn each beginning of one word into each beginning of the other.
 *
 * Arabic and Hebrew leave short vowels out: against a word from them a vowel costs next to nothing, and the
 * letters alef, waw and ya stand for a consonant or a long vowel.
 *
 * Russian names of companies decline: "permskiy", "permskaya" and "Perm" are one word with different endings,
 * so a distance to the word without its ending is looked up in the same table.
 *
 * A word that is looked for is compared with hundreds of others, most of them too far. It gets a profile
 * (Rognes and Seeberg 2000): for each sound a row of what it costs in the place of each of the word's own.
 *
 * First a look ahead. Wherever a sound of the other word goes, it costs at least the least of its row or its
 * gap; and each of the word's own sounds costs at least the least that it has in all those rows, or its gap.
 * Neither sum is more than the distance: a change is paid for at most one sound of either word, and swapped
 * sounds are in both words and count nothing. An ending, which may be left out, does not count.
 *
 * Then the table, a column at a time: the word against one more sound of the other. A lane holds a cell, as
 * what is left of 255 after the costs, so that nothing is left of what is too far, and nothing is also what
 * shifts bring in; subtraction stops there, which loses only what is beyond any limit. A column comes from
 * the one before it, by its sound being left out or taken for another; from the one before that, by a swap;
 * and then from above: 1, 2, 4 and 8 sounds of the word left out, one after the other, make any number of
 * them; steps that cost 255 or more everywhere are not taken. A cell is within reach when what it cost, and
 * what the sounds that follow cost at least, is within the limit. A way through the table skips no two
 * columns, so two of them without a cell within reach end it.
 *
 * Words of more than 15 sounds are compared cell by cell. */
#ifdef __SSE2__
#include <emmintrin.h>
#endif
#include "sanctions/distance.h"

enum { LEFT = 255, SWAPPED = 60, ADJECTIVE = 10, GAP_SHORT_VOWEL = 4 };

/* What it costs to leave out the sound. heard: this word has its short vowels, the other has not. */
static inline uint8_t gap_at(const struct token *token, size_t at, bool heard) {
    return heard && is_vowel(token->phones[at]) ? GAP_SHORT_VOWEL : token->gaps[at];
}

static bool same_sounds(const struct token *a, const struct token *b) {
    return a->phone_count == b->phone_count && memcmp(a->phones, b->phones, a->phone_count) == 0;
}

/* --- cell by cell --- */

static enum sound_side side_of(const struct token *token, const struct token *other) {
    bool written = token->script == SCRIPT_VOWELLESS, other_written = other->script == SCRIPT_VOWELLESS;
    return written == other_written ? SOUND_EQUAL : written ? SOUND_WRITTEN : SOUND_HEARD;
}

/* Fills one row of the table and returns its least entry. */
static unsigned fill_row(const struct token *a, const struct token *b, size_t i, enum sound_side side,
                         uint16_t rows[3][LIMIT_TOKEN + 1]) {
    const uint8_t *x = a->phones, *y = b->phones, *others = sound_costs(side, x[i - 1]);
    uint16_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *twice = rows[(i + 1) % 3];
    unsigned gap = gap_at(a, i - 1, side == SOUND_HEARD), least = above[0] + gap;
    row[0] = (uint16_t)least;
    for (size_t j = 1; j <= b->phone_count; j++) {
        unsigned best = MIN(above[j - 1] + (unsigned)others[y[j - 1]], above[j] + gap);
        best = MIN(best, row[j - 1] + (unsigned)gap_at(b, j - 1, side == SOUND_WRITTEN));
        if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1])
            best = MIN(best, twice[j - 2] + (unsigned)SWAPPED);
        row[j] = (uint16_t)best;
        least = MIN(least, best);
    }
    return least;
}

unsigned token_cost(const struct token *a, const struct token *b, unsigned limit) {
    uint16_t rows[3][LIMIT_TOKEN + 1];
    size_t n = a->phone_count, m = b->phone_count;
    if (same_sounds(a, b))
        return 0;
    enum sound_side side = side_of(a, b);
    rows[0][0] = 0;
    for (size_t j = 1; j <= m; j++)
        rows[0][j] = (uint16_t)(rows[0][j - 1] + gap_at(b, j - 1, side == SOUND_WRITTEN));
    unsigned best = limit + 1, above = 0;
    for (size_t i = 1; i <= n; i++) {
        unsigned least = fill_row(a, b, i, side, rows);
        if (MIN(least, above) > limit)
            return best;
        above = least;
        if (a->ending && i == n - a->ending)
            best = MIN(best, MIN(rows[i % 3][m], rows[i % 3][m - b->ending]) + (unsigned)ADJECTIVE);
    }
    if (b->ending)
        best = MIN(best, rows[n % 3][m - b->ending] + (unsigned)ADJECTIVE);
    return MIN(best, (unsigned)rows[n % 3][m]);
}

unsigned token_limit(const struct token *a, const struct token *b) {
    unsigned len = MAX(a->phone_count, b->phone_count);
    return MIN(28 * len, 220u);
}

/* --- lanes --- */

static inline lanes lanes_all(uint8_t value) {
    return (lanes){0} + value;
}

#ifdef __SSE2__ /* One instruction each, which gcc does not find by itself. */
static inline lanes lanes_less(lanes a, lanes b) {
    return (lanes)_mm_subs_epu8((__m128i)a, (__m128i)b);
}

static inline lanes lanes_most(lanes a, lanes b) {
    return (lanes)_mm_max_epu8((__m128i)a, (__m128i)b);
}

#define lanes_down(a, count) ((lanes)_mm_slli_si128((__m128i)(a), (count)))
#else
static inline lanes lanes_most(lanes a, lanes b) {
    lanes more = (lanes)(a > b);
    return (a & more) | (b & ~more);
}

static inline lanes lanes_less(lanes a, lanes b) {
    return lanes_most(a, b) - b;
}

static inline lanes lanes_down(lanes a, size_t count) {
    lanes both[2] = {{0}, a};
    memcpy(&a, (const uint8_t *)&both[1] - count, sizeof a);
    return a;
}
#endif

static inline lanes lanes_least(lanes a, lanes b) {
    return a - lanes_less(a, b);
}

static unsigned lanes_sum(lanes a) {
    const uint64_t low = UINT64_C(0x00FF00FF00FF00FF);
    uint64_t halves[2];
    memcpy(halves, &a, sizeof a);
    uint64_t sums = (halves[0] & low) + (halves[0] >> 8 & low) + (halves[1] & low) + (halves[1] >> 8 & low);
    return (unsigned)(sums * UINT64_C(0x0001000100010001) >> 48);
}

static inline bool lanes_any(lanes a) {
    uint64_t halves[2];
    memcpy(halves, &a, sizeof a);
    return (halves[0] | halves[1]) != 0;
}

/* --- a column at a time --- */

/* The set of two sounds in this order; few others have the same. */
static inline uint64_t pair_of(uint8_t first, uint8_t second) {
    return UINT64_C(1) << (5 * first + second) % 64;
}

void profile_begin(struct token_profile *profile, const struct token *token) {
    profile->token = token;
    profile->hearings[0].known = profile->hearings[1].known = false;
    profile->pairs = 0;
    if (token->phone_count >= LANES)
        return;
    uint8_t sounds[LANES + 1] = {0};
    memcpy(sounds + 2, token->phones, token->phone_count);
    memcpy(&profile->last, sounds + 1, sizeof profile->last);
    memcpy(&profile->before, sounds, sizeof profile->before);
    for (size_t i = 1; i < token->phone_count; i++)
        profile->pairs |= pair_of(token->phones[i - 1], token->phones[i]);
}

/* All but the rows. */
static void hear(const struct token *token, bool heard, struct hearing *hearing) {
    unsigned sums[LANES] = {0};
    memset(hearing->least, UINT8_MAX, sizeof hearing->least);
    memset(hearing->gaps, LEFT, sizeof hearing->gaps);
    hearing->stem_gaps = lanes_all(0);
    hearing->all_gaps = lanes_all(LEFT);
    hearing->all_gaps[0] = 0;
    hearing->steps = 0;
    for (size_t i = 1; i <= token->phone_count; i++) {
        sums[i] = sums[i - 1] + gap_at(token, i - 1, heard);
        hearing->all_gaps[i] = (uint8_t)MIN(sums[i], (unsigned)LEFT);
        if (i + token->ending <= token->phone_count)
            hearing->stem_gaps[i] = gap_at(token, i - 1, heard);
        for (uint8_t step = 0; step < LANE_STEPS && i >> step; step++) {
            unsigned gap = sums[i] - sums[i - (1u << step)];
            hearing->gaps[step][i] = (uint8_t)MIN(gap, (unsigned)LEFT);
            if (gap < LEFT)
                hearing->steps = MAX(hearing->steps, (uint8_t)(step + 1));
        }
    }
    hearing->known = true;
}

/* The costs are of this sound of another word. */
static void make_row(const struct token *token, const uint8_t *costs, uint8_t sound,
                     struct hearing *hearing) {
    uint8_t row[LANES], least = UINT8_MAX;
    memset(row, LEFT, sizeof row);
    for (size_t i = 0; i < token->phone_count; i++) {
        row[i + 1] = costs[token->phones[i]];
        least = MIN(least, row[i + 1]);
    }
    memcpy(&hearing->rows[sound], row, sizeof row);
    hearing->least[sound] = least;
}

/* The other word of a comparison. */
struct other {
    const struct token *token;
    struct hearing *hearing;
    uint8_t gaps[LIMIT_TOKEN];
    uint8_t least[LIMIT_TOKEN + 1]; /* what its first sounds cost at least, wherever they go */
};

/* Fills gaps, least and the rows that are needed; false when the words are surely further apart than limit.
 */
static bool look_ahead(const struct token *token, struct other *other, unsigned limit) {
    enum sound_side side = side_of(other->token, token);
    size_t count = other->token->phone_count, stem = count - other->token->ending;
    struct hearing *hearing = other->hearing;
    lanes nearest = lanes_all(LEFT);
    unsigned sum = 0;
    other->least[0] = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t sound = other->token->phones[i] % SOUNDS;
        if (hearing->least[sound] == UINT8_MAX)
            make_row(token, sound_costs(side, sound), sound, hearing);
        nearest = lanes_least(nearest, hearing->rows[sound]);
        other->gaps[i] = side == SOUND_HEARD ? gap_at(other->token, i, true) : other->token->gaps[i];
        sum += i < stem ? MIN(hearing->least[sound], other->gaps[i]) : 0u;
        if (sum > limit)
            return false;
        other->least[i + 1] = (uint8_t)sum;
    }
    return lanes_sum(lanes_least(nearest, hearing->stem_gaps)) <= limit;
}

/* The column of the other word's sound at `at`, from the two before it. */
static inline lanes make_column(const struct token_profile *profile, const struct other *other, size_t at,
                                lanes before, lanes twice) {
    uint8_t sound = other->token->phones[at] % SOUNDS, last = at ? other->token->phones[at - 1] : 0;
    const struct hearing *hearing = other->hearing;
    lanes cells = lanes_most(lanes_less(before, lanes_all(other->gaps[at])),
                             lanes_less(lanes_down(before, 1), hearing->rows[sound]));
    if (profile->pairs & pair_of(sound, last)) {
        lanes swap = (lanes)(profile->last == last) & (lanes)(profile->before == sound);
        cells = lanes_most(cells, swap & lanes_less(lanes_down(twice, 2), lanes_all(SWAPPED)));
    }
    if (hearing->steps > 0)
        cells = lanes_most(cells, lanes_less(lanes_down(cells, 1), hearing->gaps[0]));
    if (hearing->steps > 1)
        cells = lanes_most(cells, lanes_less(lanes_down(cells, 2), hearing->gaps[1]));
    if (hearing->steps > 2)
        cells = lanes_most(cells, lanes_less(lanes_down(cells, 4), hearing->gaps[2]));
    if (hearing->steps > 3)
        cells = lanes_most(cells, lanes_less(lanes_down(cells, 8), hearing->gaps[3]));
    return cells;
}

/* What the whole word costs at the column, or when it has an ending, the word without it. */
static unsigned cost_at(const struct token *token, lanes column, unsigned more) {
    unsigned cost = LEFT - column[token->phone_count] + more;
    return token->ending ? MIN(cost, LEFT - column[token->phone_count - token->ending] + (unsigned)ADJECTIVE)
                         : cost;
}

unsigned profile_cost(struct token_profile *profile, const struct token *with, unsigned limit) {
    const struct token *token = profile->token;
    if (token->phone_count >= LANES || limit >= LEFT)
        return token_cost(token, with, limit);
    if (same_sounds(token, with))
        return 0;
    enum sound_side side = side_of(token, with);
    struct other other;
    other.token = with;
    other.hearing = &profile->hearings[side != SOUND_EQUAL];
    if (!other.hearing->known)
        hear(token, side == SOUND_HEARD, other.hearing);
    if (!look_ahead(token, &other, limit))
        return limit + 1;
    lanes cells = lanes_all(LEFT) - other.hearing->all_gaps, before, twice = {0};
    unsigned best = limit + 1, spare = limit - other.least[with->phone_count];
    bool within = true;
    for (size_t i = 0; i < with->phone_count; i++) {
        before = cells;
        cells = make_column(profile, &other, i, before, twice);
        twice = before;
        lanes floor = lanes_all((uint8_t)(LEFT - 1 - spare - other.least[i + 1]));
        bool still = lanes_any(lanes_less(cells, floor));
        if (!still && !within)
            return best;
        within = still;
        if (with->ending && i + 1 + with->ending == with->phone_count)
            best = MIN(best, cost_at(token, cells, ADJECTIVE));
    }
    return MIN(best, cost_at(token, cells, 0));
}
