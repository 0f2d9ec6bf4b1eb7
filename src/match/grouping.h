/* A grouped index (index.h) made from another index, or a plain one from a grouped one. */
#ifndef MATCH_GROUPING_H
#define MATCH_GROUPING_H

#include <stdatomic.h>
#include "match/index.h"

/* An index with centres for the faces of `from`: the same faces give the same lists, wherever they stand.
 * folder as for index_new_grouped. `from` may be searched and changed meanwhile; the changes have to be made
 * in the result again, once it is there, in their order. stop (may be NULL) ends it early once it is true.
 * INTERNAL, also when `from` is empty. */
MUST_CHECK bool grouping_make(struct index *from, const char *folder, const atomic_bool *stop,
                              struct index **ret_index, struct error *err);
/* Inserts all faces of an index into another one; the same holds. */
MUST_CHECK bool grouping_copy(struct index *from, struct index *to, const atomic_bool *stop,
                              struct error *err);
/* Has it grown so much that its centres should be made again? */
bool grouping_outgrown(struct index *index);

#endif
