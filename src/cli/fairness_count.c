/* Of pairs of strangers only those that match are kept: how many there are at all follows from the numbers of
 * photographs. With c photographs of each person of a group, it has ((sum c)^2 - sum c^2) / 2 pairs.
 *
 * The bootstrap draws as many people as the group has, with replacement; a pair counts as often as both its
 * people were drawn, and a person drawn twice makes no strangers with itself. */
#include <math.h>
#include "cli/fairness.h"

enum { ROUNDS = 400 };
static const double Z = 1.96; /* 95 % */

struct pair {
    int a, b; /* photographs */
    bool wrong;
};

struct fairness_pairs {
    const struct labelled *labelled;
    int people;
    struct pair *strangers; /* that match */
    struct pair *same;      /* all of one person */
    size_t stranger_count, stranger_room, same_count, same_room;
};

static bool pair_add(struct pair **pairs, size_t *count, size_t *room, struct pair pair) {
    if (*count == *room) {
        size_t more = MAX(*room * 2, (size_t)1024);
        struct pair *grown = realloc(*pairs, more * sizeof *grown);
        if (!grown)
            return false;
        *pairs = grown;
        *room = more;
    }
    (*pairs)[(*count)++] = pair;
    return true;
}

bool fairness_pairs_make(const struct labelled *labelled, float cosine, struct fairness_pairs **ret_pairs,
                         struct error *err) {
    struct fairness_pairs *pairs = calloc(1, sizeof *pairs);
    bool fine = pairs != NULL;
    int count = (int)labelled->count, dimension = labelled->dimension;
    for (int a = 0; fine && a < count; a++)
        for (int b = a + 1; fine && b < count; b++) {
            const float *x = labelled->embeddings + (size_t)a * (size_t)dimension,
                        *y = labelled->embeddings + (size_t)b * (size_t)dimension;
            float sum = 0;
            for (int k = 0; k < dimension; k++)
                sum += x[k] * y[k];
            bool matches = sum >= cosine;
            if (labelled->persons[a] == labelled->persons[b])
                fine = pair_add(&pairs->same, &pairs->same_count, &pairs->same_room,
                                (struct pair){a, b, !matches});
            else if (matches)
                fine = pair_add(&pairs->strangers, &pairs->stranger_count, &pairs->stranger_room,
                                (struct pair){a, b, true});
        }
    if (!fine) {
        fairness_pairs_free(pairs);
        return error_set(err, ERROR_INTERNAL, "no memory for the pairs of %d photographs", count);
    }
    pairs->labelled = labelled;
    pairs->people = labelled->persons[labelled->count - 1] + 1;
    *ret_pairs = pairs;
    return true;
}

void fairness_pairs_free(struct fairness_pairs *pairs) {
    if (!pairs)
        return;
    free(pairs->strangers);
    free(pairs->same);
    free(pairs);
}

double fairness_share(const struct fairness_rate *rate) {
    return rate->pairs > 0 ? rate->wrong / rate->pairs : NAN;
}

/* The group's own view: its people, and how often each is drawn. */
struct sample {
    const struct fairness_pairs *pairs;
    const int *members; /* NULL: everybody */
    int group;
    int *photographs; /* of each person, in the group */
    int *drawn;       /* how often each person counts */
};

static bool belongs(const struct sample *sample, int photograph) {
    return !sample->members || sample->members[photograph] == sample->group;
}

static double weight(const struct sample *sample, const struct pair *pair) {
    const int *persons = sample->pairs->labelled->persons;
    if (!belongs(sample, pair->a) || !belongs(sample, pair->b))
        return 0;
    double first = sample->drawn[persons[pair->a]];
    return persons[pair->a] == persons[pair->b] ? first : first * sample->drawn[persons[pair->b]];
}

static void count_pairs(const struct sample *sample, struct fairness_result *result) {
    const struct fairness_pairs *pairs = sample->pairs;
    double sum = 0, squares = 0;
    result->match = result->nonmatch = (struct fairness_rate){0, 0, 0, 0};
    for (int person = 0; person < pairs->people; person++) {
        double photographs = sample->photographs[person], drawn = sample->drawn[person];
        sum += drawn * photographs;
        squares += drawn * drawn * photographs * photographs;
    }
    result->match.pairs = (sum * sum - squares) / 2;
    for (size_t i = 0; i < pairs->stranger_count; i++)
        result->match.wrong += weight(sample, &pairs->strangers[i]);
    for (size_t i = 0; i < pairs->same_count; i++) {
        double counts = weight(sample, &pairs->same[i]);
        result->nonmatch.pairs += counts;
        result->nonmatch.wrong += pairs->same[i].wrong ? counts : 0;
    }
}

static void wilson(struct fairness_rate *rate) {
    double n = rate->pairs, share = fairness_share(rate);
    if (!(n > 0)) {
        rate->low = 0;
        rate->high = 1;
        return;
    }
    double middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n);
    double reach = Z / (1 + Z * Z / n) * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n));
    rate->low = fmax(middle - reach, 0);
    rate->high = fmin(middle + reach, 1);
}

static int by_number(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void widen(struct fairness_rate *rate, double shares[ROUNDS]) {
    qsort(shares, ROUNDS, sizeof *shares, by_number);
    rate->low = fmin(rate->low, shares[ROUNDS / 40]);
    rate->high = fmax(rate->high, shares[ROUNDS - 1 - ROUNDS / 40]);
}

/* Marsaglia's xorshift: 64 bits, never 0. */
static uint64_t next_number(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void bootstrap(struct sample *sample, const int *people, int count, struct fairness_result *result) {
    double match[ROUNDS], nonmatch[ROUNDS];
    uint64_t state = 88172645463325252;
    struct fairness_result drawn;
    for (int round = 0; round < ROUNDS; round++) {
        memset(sample->drawn, 0, (size_t)sample->pairs->people * sizeof *sample->drawn);
        for (int i = 0; i < count; i++)
            sample->drawn[people[next_number(&state) % (uint64_t)count]]++;
        count_pairs(sample, &drawn);
        match[round] = drawn.match.pairs > 0 ? fairness_share(&drawn.match) : 0;
        nonmatch[round] = drawn.nonmatch.pairs > 0 ? fairness_share(&drawn.nonmatch) : 0;
    }
    widen(&result->match, match);
    widen(&result->nonmatch, nonmatch);
}

bool fairness_count(const struct fairness_pairs *pairs, const struct fairness_division *division, int group,
                    struct fairness_result *ret_result, struct error *err) {
    size_t size = (size_t)pairs->people;
    CLEANUP_FREE int *photographs = calloc(size, sizeof *photographs);
    CLEANUP_FREE int *drawn = calloc(size, sizeof *drawn);
    CLEANUP_FREE int *people = calloc(size, sizeof *people);
    if (!photographs || !drawn || !people)
        return error_set(err, ERROR_INTERNAL, "no memory for %zu people", size);
    struct sample sample = {pairs, group < 0 ? NULL : division->members, group, photographs, drawn};
    struct fairness_result result = {0};
    for (int i = 0; i < (int)pairs->labelled->count; i++)
        if (belongs(&sample, i)) {
            int person = pairs->labelled->persons[i];
            if (photographs[person]++ == 0) {
                people[result.people++] = person;
                drawn[person] = 1;
            }
            result.photographs++;
        }
    count_pairs(&sample, &result);
    wilson(&result.match);
    wilson(&result.nonmatch);
    if (result.people > 0)
        bootstrap(&sample, people, result.people, &result);
    *ret_result = result;
    return true;
}

enum fairness_verdict fairness_judge(const struct fairness_report *report,
                                     const struct fairness_result *result) {
    double most = FAIRNESS_TIMES_MAX * fairness_share(&report->all.match);
    if (result->people < FAIRNESS_PEOPLE_MIN || !(result->match.pairs > 0))
        return FAIRNESS_TOO_FEW;
    if (result->match.low > most)
        return FAIRNESS_ABOVE;
    return fairness_share(&result->match) > most ? FAIRNESS_PERHAPS : FAIRNESS_WITHIN;
}
