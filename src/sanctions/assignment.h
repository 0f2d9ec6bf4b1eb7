/* Which of these goes with which of those, at the least cost in all. */
#ifndef SANCTIONS_ASSIGNMENT_H
#define SANCTIONS_ASSIGNMENT_H

#include "base/compiler.h"
#include "base/limits.h"

/* costs[i][j] of giving row i to column j, of any sign, small enough that their sum is an int. Every row gets
 * a column; there are no more rows than columns, and at most LIMIT_NAME_TOKENS of either. */
void assign(size_t rows, size_t columns, int (*costs)[LIMIT_NAME_TOKENS],
            uint8_t ret_column[LIMIT_NAME_TOKENS]);

#endif
