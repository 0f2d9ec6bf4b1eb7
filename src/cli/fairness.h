/* Errors of recognition by group: of women and men, by age, or by whatever labels an operator brings. */
#ifndef CLI_FAIRNESS_H
#define CLI_FAIRNESS_H

#include <stdio.h>
#include "base/limits.h"
#include "cli/labelled.h"

/* One way to divide the people, such as "age". */
struct fairness_division {
    char name[64];
    int count;
    char (*groups)[64]; /* their names; owned */
    int *members;       /* group of each photograph; -1: in none; owned */
};

struct fairness_rate {
    double wrong, pairs; /* how many */
    double low, high;    /* 95 % interval of wrong / pairs */
};

struct fairness_result {
    int people, photographs;
    struct fairness_rate match;    /* pairs of strangers, both in the group, that match */
    struct fairness_rate nonmatch; /* pairs of one person that do not */
};

/* All that a division's groups are counted from. */
struct fairness_pairs;

MUST_CHECK bool fairness_pairs_make(const struct labelled *labelled, float cosine,
                                    struct fairness_pairs **ret_pairs, struct error *err);
/* Takes NULL. */
void fairness_pairs_free(struct fairness_pairs *pairs);
/* group -1 counts everybody. The interval is the wider one, on each side, of Wilson's, which takes pairs as
 * independent, and of a bootstrap over people, which knows that they are not but nothing of errors that have
 * not happened. Repeatable. */
MUST_CHECK bool fairness_count(const struct fairness_pairs *pairs, const struct fairness_division *division,
                               int group, struct fairness_result *ret_result, struct error *err);

/* NaN without pairs. */
double fairness_share(const struct fairness_rate *rate);

#define FAIRNESS_TIMES_MAX 3.0 /* times the average that a group's false match rate may reach */
#define FAIRNESS_PEOPLE_MIN 10 /* below, a group is counted but not judged */

struct fairness_report {
    const struct labelled *labelled;
    const char *origin; /* of the labels, for the reader */
    float similarity, cosine;
    double expected; /* the false match rate that the similarity is calibrated for */
    struct fairness_result all;
    const struct fairness_division *divisions;
    struct fairness_result *const *results; /* of each division, of each group */
    int division_count;
};

/* Whether a group's false match rate is above FAIRNESS_TIMES_MAX times that of all: for certain, when the
 * whole interval is, or perhaps. */
enum fairness_verdict { FAIRNESS_WITHIN, FAIRNESS_PERHAPS, FAIRNESS_ABOVE, FAIRNESS_TOO_FEW };
enum fairness_verdict fairness_judge(const struct fairness_report *report,
                                     const struct fairness_result *result);

/* A page that needs nothing else, without photographs and without names of people. false when it cannot be
 * written. */
MUST_CHECK bool fairness_page(FILE *stream, const struct fairness_report *report);

#endif
