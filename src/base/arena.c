/* Blocks in a list, newest first; each is twice the last one, so that a request of any size needs few.
 * Under AddressSanitizer the free part of a block is poisoned, so that running past an allocation is seen. */
#include "base/arena.h"
#include <stdarg.h>
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1 /* clang's way to say it */
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

enum { FIRST_BLOCK = 64 * 1024, GUARD = 16 };

struct block {
    struct block *older;
    size_t capacity, used;
    _Alignas(64) char data[];
};

struct arena {
    struct block *newest;
    size_t maximum, taken;
};

static struct block *block_new(size_t capacity) {
    size_t size;
    if (!size_add(sizeof(struct block), capacity, &size) || !size_add(size, 63, &size))
        return NULL;
    struct block *block = aligned_alloc(64, size & ~(size_t)63);
    if (!block)
        return NULL;
    *block = (struct block){.capacity = capacity};
    ASAN_POISON_MEMORY_REGION(block->data, capacity);
    return block;
}

static void block_free(struct block *block) {
    ASAN_UNPOISON_MEMORY_REGION(block->data, block->capacity);
    free(block);
}

struct arena *arena_new(size_t maximum) {
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena)
        arena->maximum = maximum;
    return arena;
}

static void free_blocks(struct block *block) {
    while (block) {
        struct block *older = block->older;
        block_free(block);
        block = older;
    }
}

void arena_free(struct arena *arena) {
    if (!arena)
        return;
    free_blocks(arena->newest);
    free(arena);
}

void arena_reset(struct arena *arena) {
    struct block *block = arena->newest;
    while (block && block->older) {
        struct block *older = block->older;
        block_free(block);
        block = older;
    }
    if (block) {
        block->used = 0;
        ASAN_POISON_MEMORY_REGION(block->data, block->capacity);
    }
    arena->newest = block;
    arena->taken = 0;
}

void *arena_alloc(struct arena *arena, size_t size) {
    size_t alignment = size >= 64 ? 64 : 16, total;
    if (!size_add(arena->taken, size, &total) || total > arena->maximum)
        return NULL;
    struct block *block = arena->newest;
    size_t start = block ? (block->used + alignment - 1) & ~(alignment - 1) : 0, end;
    if (!size_add(start, size, &end) || !size_add(end, GUARD, &end))
        return NULL;
    if (!block || end > block->capacity) {
        size_t capacity = block ? MIN(block->capacity * 2, (size_t)8 << 20) : FIRST_BLOCK;
        struct block *fresh = block_new(MAX(capacity, size + GUARD));
        if (!fresh)
            return NULL;
        fresh->older = block;
        arena->newest = block = fresh;
        start = 0;
        end = size + GUARD;
    }
    block->used = end;
    arena->taken = total;
    ASAN_UNPOISON_MEMORY_REGION(block->data + start, size);
    return block->data + start;
}

void *arena_array(struct arena *arena, size_t count, size_t size) {
    size_t total;
    if (!size_multiply(count, size, &total))
        return NULL;
    void *array = arena_alloc(arena, total);
    return array ? memset(array, 0, total) : NULL;
}

char *arena_string(struct arena *arena, struct bytes view) {
    size_t size;
    if (!size_add(view.len, 1, &size))
        return NULL;
    char *copy = arena_alloc(arena, size);
    if (!copy)
        return NULL;
    if (view.len > 0)
        memcpy(copy, view.ptr, view.len);
    copy[view.len] = 0;
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = len < 0 ? NULL : arena_alloc(arena, (size_t)len + 1);
    if (text)
        vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}
