/* Comma-separated values as RFC 4180 has them, read as they come: any line end, fields in quotes with
 * commas, line ends and doubled quotes inside, a byte order mark at the start. What is malformed is an error
 * that names its line: a quote that never ends, text behind a closing quote, what is no UTF-8. The
 * end-of-file mark of DOS, alone in a line, is no row. */
#ifndef SANCTIONS_LISTS_CSV_H
#define SANCTIONS_LISTS_CSV_H

#include "base/bytes.h"
#include "base/error.h"

struct csv;

/* Takes a row; its fields are gone when it returns. line: where the row begins, from 1. Empty lines are no
 * rows. */
typedef bool csv_take(void *context, const struct bytes *fields, size_t count, uint64_t line,
                      struct error *err);

/* NULL when there is no memory. */
struct csv *csv_new(csv_take *take, void *context);
/* Takes NULL. */
void csv_free(struct csv *csv);
/* VALIDATION, or the error of take. */
MUST_CHECK bool csv_feed(struct csv *csv, struct bytes data, struct error *err);
/* The end of the file: takes a last row that has no line end. */
MUST_CHECK bool csv_end(struct csv *csv, struct error *err);
/* For messages. */
uint64_t csv_line(const struct csv *csv);

#endif
