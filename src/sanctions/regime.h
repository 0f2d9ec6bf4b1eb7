/* Under whose law a designation stands, in the words of the rules (rules.h): "UK", "OFAC". */
#ifndef SANCTIONS_REGIME_H
#define SANCTIONS_REGIME_H

#include "sanctions/designation.h"

#define REGIME_MAX 31

/* The official lists are of one authority each; one that is put together of several says it in its terms:
 * "Entity List (EL)", the programme "GB-RUS". */
struct regimes {
    bool all; /* the list does not tell whose it is: each rule takes it for its own */
    char names[8][REGIME_MAX + 1];
    size_t count; /* 0: of none that freezes anything, such as a politically exposed person */
    bool frozen;  /* with an asset freeze, as far as the list tells measures apart */
};

struct regimes regimes_of(const struct designations *list, const struct designation *one);

#endif
