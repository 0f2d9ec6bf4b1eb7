/* How well persons are found of whom several photographs are there: by the most alike of their faces, by the
 * mean of their faces, and by the weighted vector that the server makes of a user. */
#ifndef CLI_PERSONS_H
#define CLI_PERSONS_H

#include "cli/labelled.h"

enum person_way { PERSON_BEST_FACE, PERSON_MEAN, PERSON_WEIGHTED, PERSON_WAYS };

#define PERSON_FALSE_POSITIVES 0.01 /* share of strangers' photographs that find somebody */

struct person_rates {
    size_t persons, photographs; /* of them that were looked for */
    size_t strangers;            /* photographs of people who are not among them */
    struct {
        double first; /* share of the photographs whose person is the most alike */
        double found; /* and more alike than PERSON_FALSE_POSITIVES allows strangers to be */
    } ways[PERSON_WAYS];
};

/* Looks for each photograph of `probes` among the persons of `gallery`: those with three photographs or more,
 * of whom the one of the same name as the probe is left out. Everybody else is a stranger. */
MUST_CHECK bool person_rates_measure(const struct labelled *probes, const struct labelled *gallery,
                                     struct person_rates *ret_rates, struct error *err);

#endif
