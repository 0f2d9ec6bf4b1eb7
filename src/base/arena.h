/* One arena a request: memory that is never freed piecemeal, and all at once when the request is answered.
 *
 * The maximum is given at birth; an allocation beyond it (or when the machine has no memory) is NULL, and so
 * is every array whose size overflows. Blocks are aligned to 64 bytes where they are 64 bytes or more, to 16
 * otherwise, and are not zeroed unless said. Not for use from two threads at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/bytes.h"

struct arena;

/* NULL when there is no memory. The caller frees it. */
struct arena *arena_new(size_t maximum);
/* Takes NULL. Wipes nothing: secrets are wiped by those who put them there. */
void arena_free(struct arena *arena);
/* Forgets all allocations and keeps the first block, for the next request. */
void arena_reset(struct arena *arena);
MUST_CHECK void *arena_alloc(struct arena *arena, size_t size);
/* count * size bytes, zeroed. */
MUST_CHECK void *arena_array(struct arena *arena, size_t count, size_t size);
/* A NUL-terminated copy. */
MUST_CHECK char *arena_string(struct arena *arena, struct bytes view);
MUST_CHECK char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

static inline void arena_cleanup(struct arena **arena) {
    arena_free(*arena);
}

#endif
