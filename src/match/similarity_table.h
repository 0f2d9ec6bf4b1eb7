/* Written by `countenance calibrate`: cosine and similarity of the default model pack. Do not edit. */
#ifndef MATCH_SIMILARITY_TABLE_H
#define MATCH_SIMILARITY_TABLE_H

#include "match/similarity.h"

static const struct similarity_knot similarity_table[] = {
    {-1.0000f, 0.0f}, {0.0200f, 0.5f}, {0.1540f, 8.0f}, {0.2740f, 45.0f},
    {0.3640f, 80.0f}, {0.4260f, 90.0f}, {0.4940f, 99.0f}, {1.0000f, 100.0f},
};

#endif
