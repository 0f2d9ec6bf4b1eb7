/* How far two names can be the name of one person or organisation, and why. */
#ifndef SANCTIONS_MATCH_H
#define SANCTIONS_MATCH_H

#include "sanctions/distance.h"
#include "sanctions/name.h"

/* The two thresholds, the same for all lists, scripts and kinds of names. From REVIEW a person has to look;
 * from BLOCK it is taken for the listed one until somebody decides otherwise. */
#define MATCH_REVIEW 0.70f
#define MATCH_BLOCK 0.98f

enum match_kind {
    MATCH_SAME,     /* they sound the same */
    MATCH_SPELLING, /* another spelling, or a slip */
    MATCH_MEANING,  /* another form of the name, or the same word in another language */
    MATCH_INITIAL,
    MATCH_JOINED, /* several words of one name are one of the other */
    MATCH_ACRONYM,
};

/* One step of the alignment. Indices are of name.tokens; counts are 1 but for MATCH_JOINED and _ACRONYM. */
struct match_pair {
    uint8_t a, a_count, b, b_count;
    uint8_t kind;  /* enum match_kind */
    uint16_t cost; /* token_cost */
};

/* The explanation is the alignment: what is not in a pair is in one name alone. */
struct match {
    float score;    /* 0 to 1; 1: the same words */
    float spelling; /* what was taken off for spellings, */
    float missing;  /* for words that only one name has, */
    float other;    /* for words that are different in both, */
    float form;     /* and for numbers and legal forms */
    uint8_t pair_count;
    struct match_pair pairs[LIMIT_NAME_TOKENS];
};

struct name_profile; /* joining.h */

/* Symmetric in the score. Names of different schemas are compared as organisations. a: the profile's name. */
void names_match(struct name_profile *profile, const struct name *b, struct match *ret_match);
/* The best of all readings against all; *ret_a and *ret_b (may be NULL) are those that it is about. */
void readings_match(const struct name_readings *a, const struct name_readings *b, struct match *ret_match,
                    size_t *ret_a, size_t *ret_b);
const char *match_kind_name(uint8_t kind);
/* "clear", "review" or "block". */
const char *match_verdict(float score);

/* What a pair of words costs in names of this schema; MATCH_NONE when they cannot be one word. */
enum { MATCH_NONE = 0xFFFF };
unsigned match_token_cost(struct token_profile *a, const struct token *b, enum name_schema schema);

/* The most that names can score in which words of the worth agreed have a partner and others none; in whole
 * names. */
float match_bound(enum name_schema schema, float agreed, float a_alone, float b_alone);
/* The first letters of its words, without those that are worth nothing or with all; returns how many. */
size_t name_initials(const struct name *name, bool all, char out[LIMIT_NAME_TOKENS + 1]);

#endif
