/* Whether the index of a collection's faces is grouped (match/grouping.h), and how it becomes so. */
#ifndef API_GALLERY_GROUP_H
#define API_GALLERY_GROUP_H

#include <stdatomic.h>
#include "api/gallery_file.h"

/* Is it otherwise than it should be? approximate: the collection may be searched so. An index of few faces is
 * exact all the same, and one that has grown much is grouped again. */
bool gallery_group_is_due(struct index *faces, bool approximate);
/* Copies the indexes so that they are as they should be; the same holds as for grouping_make. The caller
 * frees the copies with gallery_indexes_free. */
MUST_CHECK bool gallery_group_make(struct store *store, const struct indexes *from, bool approximate,
                                   const atomic_bool *stop, struct indexes *ret_indexes, struct error *err);

#endif
