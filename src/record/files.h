/* Files of the record, read whole and written whole or not at all. Private to src/record and those who read
 * what it writes. */
#ifndef RECORD_FILES_H
#define RECORD_FILES_H

#include "base/bytes.h"
#include "base/error.h"

#define FILES_PATH_MAX 4096

/* Joins folder and name. INTERNAL when the path is too long. */
MUST_CHECK bool files_path(const char *folder, const char *name, char out[FILES_PATH_MAX], struct error *err);
/* A regular file of at most `maximum` bytes, with a NUL behind them; free() the data. NOT_FOUND, INTERNAL. */
MUST_CHECK bool files_read(const char *path, size_t maximum, char **ret_data, size_t *ret_len,
                           struct error *err);
/* Beside its place, onto the disk, and renamed into its place; folders above it are made. mode: as of open.
 * The name is on disk once its folder is (files_sync). */
MUST_CHECK bool files_write(const char *path, struct bytes data, int mode, struct error *err);
MUST_CHECK bool files_sync(const char *folder, struct error *err);
/* The folder that a path lies in. */
void files_folder(const char *path, char out[FILES_PATH_MAX]);

#endif
