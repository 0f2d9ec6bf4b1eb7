/* Reads a list, of whatever format: bytes in as they come, designations out. Hostile input is an error that
 * names the file and the line, never more. One list may be several files, as OFAC's CSV set is: sdn.csv,
 * alt.csv, add.csv and sdn_comments.csv in any order, all of one format. */
#ifndef SANCTIONS_LISTS_LIST_H
#define SANCTIONS_LISTS_LIST_H

#include "sanctions/designation.h"

struct list_reader;

/* NULL when there is no memory. */
struct list_reader *list_reader_new(void);
/* Takes NULL. */
void list_reader_free(struct list_reader *reader);
/* A file: begin, any number of feeds, end. name is for messages. After an error there is only free. */
MUST_CHECK bool list_reader_begin(struct list_reader *reader, const char *name, struct error *err);
MUST_CHECK bool list_reader_feed(struct list_reader *reader, struct bytes data, struct error *err);
MUST_CHECK bool list_reader_end(struct list_reader *reader, struct error *err);
/* After the last file. source is copied, cut where it is too long. VALIDATION: no list, or not whole. */
MUST_CHECK bool list_reader_finish(struct list_reader *reader, const char *source,
                                   struct designations **ret_designations, struct error *err);

/* All of that for files on the disk. version is the SHA-256 of the one file, or with several that of their
 * SHA-256s in hex, a line each, in this order. names (may be NULL: the paths) are for messages; digests (may
 * be NULL): of each file. */
MUST_CHECK bool list_read(const char *source, const char *const *paths, const char *const *names,
                          size_t count, struct designations **ret_designations, struct sha256 *ret_digests,
                          struct error *err);

#endif
