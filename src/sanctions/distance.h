/* How far one word is from another, in hundredths of a letter: 0 when they sound the same, 100 for a letter
 * that is another one, little for what transliteration confuses. Symmetric. */
#ifndef SANCTIONS_DISTANCE_H
#define SANCTIONS_DISTANCE_H

#include "sanctions/sound.h"
#include "sanctions/token.h"

/* More than limit may be returned as limit + 1. */
unsigned token_cost(const struct token *a, const struct token *b, unsigned limit);
/* The most that two spellings of one word may cost. */
unsigned token_limit(const struct token *a, const struct token *b);

/* A number for each beginning of a word: none of its sounds, the first one, ... */
enum { LANES = 16, LANE_STEPS = 4 };
typedef uint8_t lanes __attribute__((vector_size(LANES)));

/* What changes to the word's sounds cost, when they are heard in one way. */
struct hearing {
    bool known;
    uint8_t steps;          /* how many of gaps count */
    lanes gaps[LANE_STEPS]; /* of leaving out 1, 2, 4, 8 sounds at the end of each beginning, */
    lanes all_gaps;         /* all of them, */
    lanes stem_gaps;        /* and the last one; 0: there is none, or it is of the word's ending */
    lanes rows[SOUNDS];     /* of having this sound in the place of the last one; */
    uint8_t least[SOUNDS];  /* the least of the row. UINT8_MAX: not made yet */
};

/* A word, ready to be compared with many: what the comparisons share is made when one needs it. The token
 * must outlive it. */
struct token_profile {
    const struct token *token;
    uint64_t pairs;             /* a set of sounds that follow each other */
    lanes last, before;         /* the last sound of each beginning, and the one before */
    struct hearing hearings[2]; /* [1]: one word has its short vowels, the other has not */
};

void profile_begin(struct token_profile *profile, const struct token *token);
/* The same as token_cost. */
unsigned profile_cost(struct token_profile *profile, const struct token *other, unsigned limit);

#endif
