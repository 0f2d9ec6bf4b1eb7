/* What one call changes in the indexes of a collection, from its write to the end of its transaction; private
 * to gallery.c, which applies it, and gallery_change.c, which makes it. */
#ifndef API_GALLERY_CHANGE_H
#define API_GALLERY_CHANGE_H

#include "api/gallery.h"

struct gallery_edit {
    struct gallery_edit *next;
    bool of_user; /* in the index of users, under the user's key */
    struct uuid id;
    const float *vector; /* NULL: it is taken out */
};

struct gallery_change {
    struct gallery_change *next; /* of those that wait for an index to be made */
    struct galleries *galleries;
    struct arena *arena; /* holds the edits, and the change itself */
    int64_t collection;
    const char *model; /* of the caller's collection, as long as that lives */
    int dimension;
    bool dropped; /* the collection has gone, or its vectors are all others */
    struct gallery_edit *first, **last;
};

/* Takes NULL. */
void gallery_change_free(struct gallery_change *change);
/* Brings what is on disk into the indexes, and frees the change. Called in the order of the commits. */
void gallery_apply(struct gallery_change *change);

struct store *galleries_store(struct galleries *galleries);
const struct similarity_scale *galleries_scale(const struct galleries *galleries, const char *model);

#endif
