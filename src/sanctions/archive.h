/* The lists that an operator keeps, in DIR/lists: every version of each, by its SHA-256, and which one is in
 * use.
 *
 *   DIR/lists/<source>/source.json       where it comes from, what is asked of it, which version is in use
 *   DIR/lists/<source>/<version>.json    what a version holds, and of which files it is made
 *   DIR/lists/<source>/<sha256>          such a file, as it came
 *
 * A source is the operator's name for a list: "uk". source.json is replaced as a whole, so that at any moment
 * one healthy version is in use, or none; a version whose files no longer have their SHA-256 is none. A file
 * that health.h refuses changes nothing but the reason that is kept. */
#ifndef SANCTIONS_ARCHIVE_H
#define SANCTIONS_ARCHIVE_H

#include "base/limits.h"
#include "sanctions/designation.h"
#include "sanctions/fetch.h"
#include "sanctions/health.h"

#define ARCHIVE_SOURCE_MAX 63 /* letters of a source: a to z, 0 to 9, '-', '_' and '.' within */
#define ARCHIVE_DEFAULT UINT32_MAX

struct archive_source {
    char name[ARCHIVE_SOURCE_MAX + 1];
    struct health_rules rules; /* of the operator; ARCHIVE_DEFAULT: as health_rules_of */
    size_t address_count;      /* 0: it comes from files */
    struct archive_address {
        char url[LIMIT_LIST_ADDRESS + 1];
        struct fetch_tag tag;
    } addresses[LIMIT_LIST_FILES];
    char current[65];   /* the version in use in hex; "" when there is none */
    int64_t checked_ms; /* when it was last seen to be the current one */
    char refused[512];  /* why what came after that was refused; "" when nothing was */
    int64_t refused_ms;
};

struct archive_version {
    char version[65];
    char format[24];
    struct health_measure measure;
    int64_t added_ms;
    size_t file_count;
    char files[LIMIT_LIST_FILES][65]; /* SHA-256 in hex */
};

bool archive_is_source(const char *name);
/* No source of this name yet: NOT_FOUND. */
MUST_CHECK bool archive_source_read(const char *data, const char *name, struct archive_source *ret_source,
                                    struct error *err);
/* With nothing known, for archive_add. */
void archive_source_new(const char *name, struct archive_source *ret_source);
/* The names of all sources in order; at most LIMIT_LIST_SOURCES. */
MUST_CHECK bool archive_sources(const char *data, char ret_names[LIMIT_LIST_SOURCES][ARCHIVE_SOURCE_MAX + 1],
                                size_t *ret_count, struct error *err);
/* By its hex or the beginning of it that only it has. */
MUST_CHECK bool archive_version_read(const char *data, const char *source, const char *version,
                                     struct archive_version *ret_version, struct error *err);
/* All versions of a source, oldest first; free() them. */
MUST_CHECK bool archive_versions(const char *data, const char *source, struct archive_version **ret_versions,
                                 size_t *ret_count, struct error *err);

/* Takes a list from files or from addresses, not from both, and puts it into use. source: as it is or is to
 * be, with the operator's rules; its name may be "", then the format gives it. What is updated of it is
 * written. *ret_changed: false when it is the version in use already. VALIDATION: no list, or refused; where
 * the source has a name, the reason is kept in it. */
MUST_CHECK bool archive_add(const char *data, struct archive_source *source, const char *const *origins,
                            size_t count, struct archive_version *ret_version, bool *ret_changed,
                            struct error *err);
/* The same from its addresses; VALIDATION when it has none. */
MUST_CHECK bool archive_update(const char *data, struct archive_source *source,
                               struct archive_version *ret_version, bool *ret_changed, struct error *err);

/* Whether a source can give verdicts now: it has a version in use that was seen to be current within its
 * days. NOT_FOUND, VALIDATION with the reason: without it there is no verdict, which is never a clear one. */
MUST_CHECK bool archive_is_healthy(const char *data, const struct archive_source *source, int64_t now_ms,
                                   struct error *err);
/* The designations of a version; those in use: source.current. INTERNAL when its files are damaged. */
MUST_CHECK bool archive_load(const char *data, const char *source, const char *version,
                             struct designations **ret_designations, struct error *err);

#endif
