/* A pass over all rows, or those of some lists, for any number of queries. */
#ifndef MATCH_SCAN_H
#define MATCH_SCAN_H

#include "match/ranking.h"
#include "match/rows.h"

/* Those to scan, the most promising first. lists NULL: all. */
struct scan_lists {
    const uint32_t *lists;
    size_t count;
};

/* rankings[i] becomes that of queries[i], unsorted; both asked for 1 match at least. Rows that are written
 * meanwhile are seen as before or as after; when that may have cost a match, *ret_moved is true, and the scan
 * has to be made again while nobody writes. */
MUST_CHECK bool scan_rows(const struct rows *rows, struct scan_lists lists, const struct index_query *queries,
                          size_t count, struct ranking *rankings, bool *ret_moved, struct error *err);
/* Is the face one that the query wants? */
bool scan_wants(const struct index_query *query, struct uuid face);

#endif
