/* The files of the archive: where they are, and the two kinds of JSON. Private to archive.c. */
#ifndef SANCTIONS_ARCHIVE_FILE_H
#define SANCTIONS_ARCHIVE_FILE_H

#include "sanctions/archive.h"

#define ARCHIVE_PATH 4096

/* DATA/lists/SOURCE/NAME; without the last parts that are NULL. INTERNAL when that is too long. */
MUST_CHECK bool archive_path(const char *data, const char *source, const char *name, char out[ARCHIVE_PATH],
                             struct error *err);
MUST_CHECK bool archive_source_write(const char *data, const struct archive_source *source,
                                     struct error *err);
MUST_CHECK bool archive_version_write(const char *data, const char *source,
                                      const struct archive_version *version, struct error *err);
/* Of exactly this version in hex. */
MUST_CHECK bool archive_version_file(const char *data, const char *source, const char *version,
                                     struct archive_version *ret_version, struct error *err);
/* Names of a folder that `fits` takes, sorted; free() each and the array. A missing folder has none. */
MUST_CHECK bool archive_names(const char *folder, bool (*fits)(const char *name), char ***ret_names,
                              size_t *ret_count, struct error *err);
void archive_names_free(char **names, size_t count);

#endif
