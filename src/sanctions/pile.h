/* A growing array of things of one size. */
#ifndef SANCTIONS_PILE_H
#define SANCTIONS_PILE_H

#include "base/compiler.h"

struct pile {
    void *items;
    size_t count, capacity, size;
};

static inline struct pile pile_new(size_t size) {
    return (struct pile){.size = size};
}

/* Adds a copy; false when there is no memory, the pile is then as before. Pointers into it end with it. */
static inline MUST_CHECK bool pile_add(struct pile *pile, const void *item) {
    if (pile->count == pile->capacity) {
        size_t capacity = pile->capacity ? 2 * pile->capacity : 64, bytes;
        if (!size_multiply(capacity, pile->size, &bytes))
            return false;
        void *items = realloc(pile->items, bytes);
        if (!items)
            return false;
        pile->items = items;
        pile->capacity = capacity;
    }
    memcpy((char *)pile->items + pile->count++ * pile->size, item, pile->size);
    return true;
}

static inline void pile_release(struct pile *pile) {
    free(pile->items);
    *pile = (struct pile){.size = pile->size};
}

#endif
