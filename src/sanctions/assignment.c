/* The Hungarian method (Kuhn 1955, Munkres 1957) with potentials: rows are added one at a time, each by the
 * cheapest augmenting path, in O(rows * rows * columns). Columns are counted from 1, 0 is the row being
 * added. */
#include <limits.h>
#include "sanctions/assignment.h"

enum { MAX_SIDE = LIMIT_NAME_TOKENS + 1 };

struct search {
    int row_potential[MAX_SIDE], column_potential[MAX_SIDE];
    uint8_t row_of[MAX_SIDE]; /* of a column; 0: free */
    uint8_t from[MAX_SIDE];   /* the column before on the path */
    int slack[MAX_SIDE];
    bool seen[MAX_SIDE];
};

/* Reaches one more column; returns it. */
static uint8_t step(struct search *search, size_t columns, int (*costs)[LIMIT_NAME_TOKENS], uint8_t at) {
    uint8_t row = search->row_of[at], next = 0;
    int least = INT_MAX;
    search->seen[at] = true;
    for (uint8_t j = 1; j <= columns; j++) {
        if (search->seen[j])
            continue;
        int reduced = costs[row - 1][j - 1] - search->row_potential[row] - search->column_potential[j];
        if (reduced < search->slack[j]) {
            search->slack[j] = reduced;
            search->from[j] = at;
        }
        if (search->slack[j] < least) {
            least = search->slack[j];
            next = j;
        }
    }
    for (uint8_t j = 0; j <= columns; j++)
        if (search->seen[j]) {
            search->row_potential[search->row_of[j]] += least;
            search->column_potential[j] -= least;
        } else
            search->slack[j] -= least;
    return next;
}

void assign(size_t rows, size_t columns, int (*costs)[LIMIT_NAME_TOKENS],
            uint8_t ret_column[LIMIT_NAME_TOKENS]) {
    struct search search = {0};
    for (uint8_t row = 1; row <= rows; row++) {
        for (size_t j = 0; j <= columns; j++) {
            search.slack[j] = INT_MAX;
            search.seen[j] = false;
        }
        search.row_of[0] = row;
        uint8_t at = 0;
        do
            at = step(&search, columns, costs, at);
        while (search.row_of[at] != 0);
        for (; at != 0; at = search.from[at])
            search.row_of[at] = search.row_of[search.from[at]];
    }
    for (uint8_t j = 1; j <= columns; j++)
        if (search.row_of[j])
            ret_column[search.row_of[j] - 1] = (uint8_t)(j - 1);
}
