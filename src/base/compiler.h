/* What every file needs of the compiler: attributes, cleanup, array length, checked sizes.
 * Include it after the system headers: it bans functions (banned.h). */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* The result says whether it worked: looking away is a compile error. */
#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((__format__(printf, text, first)))
/* Runs function(&variable) when the variable leaves its scope. */
#define CLEANUP(function) __attribute__((cleanup(function)))
#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* *ret = a * b; false when that overflows, *ret is then untouched. */
static inline MUST_CHECK bool size_multiply(size_t a, size_t b, size_t *ret) {
    size_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *ret = product;
    return true;
}

/* *ret = a + b; false when that overflows, *ret is then untouched. */
static inline MUST_CHECK bool size_add(size_t a, size_t b, size_t *ret) {
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *ret = sum;
    return true;
}

static inline void cleanup_free(void *pointer_to_pointer) {
    void *pointer;
    memcpy(&pointer, pointer_to_pointer, sizeof pointer);
    free(pointer);
}
/* CLEANUP_FREE char *name = ...; freed at the end of the scope. */
#define CLEANUP_FREE CLEANUP(cleanup_free)

#include "base/banned.h"

#endif
