/* The file that `countenance export` writes and `countenance import` reads: a JSON object a line. The first
 * is the header, the last holds the SHA-256 of all bytes before it; between them stands a line a user and a
 * line a face, in the form in which ExportFaces gives them. docs/export-format.md describes it. */
#ifndef CLI_ARCHIVE_H
#define CLI_ARCHIVE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

#define ARCHIVE_FORMAT "countenance-export"
#define ARCHIVE_VERSION 1
#define ARCHIVE_USER "{\"UserId\":" /* what the line of a user begins with */
#define ARCHIVE_FACE "{\"FaceId\":"

struct yyjson_val;

/* A file in memory, to be read only. An empty file is an error. */
MUST_CHECK bool archive_map(int file, const char *path, struct bytes *ret_bytes, struct error *err);
void archive_unmap(struct bytes bytes);
/* The last line of a file that has these bytes before it. */
void archive_put_end(struct buffer *out, struct bytes before);

struct archive {
    const char *path; /* the caller's */
    struct bytes bytes;
    struct arena *arena; /* of the header */
    struct arena *line_arena;
    struct yyjson_val
        *header;       /* Format, Version, CollectionId, FaceModelVersion, Dimension, Tags, Users, Faces
                        */
    struct bytes rows; /* the lines of users and faces */
};

/* Maps a file and holds it against its digest, its header and the number of its lines: each is a JSON object.
 * What they say is checked by ImportFaces. */
MUST_CHECK bool archive_open(const char *path, struct archive *ret_archive, struct error *err);
void archive_close(struct archive *archive);

/* A walk over the rows, from {.rest = archive->rows}. */
struct archive_row {
    struct bytes rest;
    size_t number; /* of the row; the header is line 1, so its line is one more */
    struct bytes line;
    bool is_face;
};
/* The next row; *ret_more is false behind the last. */
MUST_CHECK bool archive_next(struct archive *archive, struct archive_row *row, bool *ret_more,
                             struct error *err);

#endif
