/* Written by `countenance calibrate` from 2320 photographs of 1375 people, 2687944 pairs of strangers: the
 * default model pack's cosines and their similarity. Do not edit. */
#ifndef MATCH_SIMILARITY_TABLE_H
#define MATCH_SIMILARITY_TABLE_H

#include "match/similarity.h"

static const struct similarity_knot similarity_table[] = {
    {-1.0000f, 0.0f}, {0.0870f, 0.5f},  {0.2002f, 8.0f},  {0.2920f, 45.0f},
    {0.3601f, 80.0f}, {0.4212f, 90.0f}, {0.4903f, 99.0f}, {1.0000f, 100.0f},
};

#endif
