/* Writes a collection into a file beside the one that is wanted, and renames it when it is whole. Faces may
 * come and go meanwhile, so that the header is written last, into room that was left for it. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <yyjson.h>
#include "cli/archive.h"
#include "cli/client.h"
#include "cli/command.h"
#include "api/json.h"
#include "api/operation.h"

enum { COUNTS_MAX = 64 }; /* bytes of the members Users and Faces in the header */

struct exporting {
    const char *collection, *data, *endpoint, *models, *path;
    char draft[PATH_MAX];
    FILE *stream;
    struct buffer header; /* without its counts */
    size_t users, faces;
};

static bool write_failed(const struct exporting *exporting, struct error *err) {
    return error_set(err, ERROR_INTERNAL, "cannot write %s: %s", exporting->draft, strerror(errno));
}

/* The header as far as it is known, and room for the rest. */
static bool begin(struct exporting *exporting, struct yyjson_val *reply, struct error *err) {
    struct yyjson_val *tags = json_get(reply, "Tags"), *key, *value;
    struct buffer *out = &exporting->header;
    size_t index, count;
    json_object_open(out, NULL);
    json_put_string(out, "Format", ARCHIVE_FORMAT);
    json_put_integer(out, "Version", ARCHIVE_VERSION);
    json_put_string(out, "CollectionId", exporting->collection);
    json_put_text(out, "FaceModelVersion", json_get_text(reply, "FaceModelVersion"));
    json_put_integer(out, "Dimension", json_get_integer(reply, "Dimension", 0));
    json_object_open(out, "Tags");
    yyjson_obj_foreach(tags, index, count, key, value) {
        json_put_string(out, yyjson_get_str(key), yyjson_get_str(value));
    }
    json_object_close(out);
    return (!out->failed && fprintf(exporting->stream, "%*s\n", (int)out->len + COUNTS_MAX, "") > 0) ||
           write_failed(exporting, err);
}

static bool write_rows(struct exporting *exporting, struct yyjson_val *list, size_t *count,
                       struct error *err) {
    struct yyjson_val *item;
    size_t index, size;
    yyjson_arr_foreach(list, index, size, item) {
        size_t len;
        CLEANUP_FREE char *line = yyjson_val_write(item, YYJSON_WRITE_NOFLAG, &len);
        if (!line || fwrite(line, 1, len, exporting->stream) != len || fputc('\n', exporting->stream) == EOF)
            return write_failed(exporting, err);
        (*count)++;
    }
    return true;
}

/* One page; token is empty for the first, and empty behind the last. */
static bool write_page(struct exporting *exporting, struct client_session *session, struct arena *arena,
                       char token[LIMIT_NEXT_TOKEN + 1], struct error *err) {
    struct buffer json = buffer_new(LIMIT_BODY_BYTES);
    struct yyjson_val *reply;
    json_object_open(&json, NULL);
    json_put_string(&json, "CollectionId", exporting->collection);
    json_put_integer(&json, "MaxResults", LIMIT_TRANSFER_PAGE);
    json_put_string(&json, "NextToken", token);
    json_object_close(&json);
    bool first = token[0] == 0,
         good = client_ask(session, EXTENSION_PREFIX "ExportFaces", &json, arena, &reply, err) &&
                (!first || begin(exporting, reply, err)) &&
                write_rows(exporting, json_get(reply, "Users"), &exporting->users, err) &&
                write_rows(exporting, json_get(reply, "Faces"), &exporting->faces, err);
    buffer_release(&json);
    if (good)
        snprintf(token, LIMIT_NEXT_TOKEN + 1, "%.*s", BYTES_FORMAT(json_get_text(reply, "NextToken")));
    return good;
}

static bool write_header(struct exporting *exporting, struct error *err) {
    struct buffer *out = &exporting->header;
    json_put_integer(out, "Users", (int64_t)exporting->users);
    json_put_integer(out, "Faces", (int64_t)exporting->faces);
    json_object_close(out);
    if (out->failed || fflush(exporting->stream) != 0 ||
        pwrite(fileno(exporting->stream), out->data, out->len, 0) != (ssize_t)out->len)
        return write_failed(exporting, err);
    return true;
}

static bool write_end(struct exporting *exporting, struct error *err) {
    struct buffer end = buffer_new(1024);
    struct bytes before;
    if (!archive_map(fileno(exporting->stream), exporting->draft, &before, err))
        return false;
    archive_put_end(&end, before);
    archive_unmap(before);
    bool good = !end.failed && fwrite(end.data, 1, end.len, exporting->stream) == end.len &&
                fflush(exporting->stream) == 0 && fsync(fileno(exporting->stream)) == 0;
    buffer_release(&end);
    return good || write_failed(exporting, err);
}

static bool write_all(struct exporting *exporting, struct client_session *session, struct error *err) {
    char token[LIMIT_NEXT_TOKEN + 1] = "";
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(4ul * LIMIT_REPLY_BYTES);
    if (!arena)
        return error_set(err, ERROR_INTERNAL, "no memory for the export");
    do {
        arena_reset(arena);
        if (!write_page(exporting, session, arena, token, err))
            return false;
    } while (token[0] != 0);
    return write_header(exporting, err) && write_end(exporting, err);
}

/* Only its owner may read the draft. */
static bool open_draft(struct exporting *exporting, struct error *err) {
    if (snprintf(exporting->draft, sizeof exporting->draft, "%s.XXXXXX", exporting->path) >=
        (int)sizeof exporting->draft)
        return error_set(err, ERROR_INTERNAL, "the path of the file is too long");
    int file = mkstemp(exporting->draft);
    if (file < 0)
        return write_failed(exporting, err);
    exporting->stream = fdopen(file, "w+");
    if (exporting->stream)
        return true;
    close(file);
    unlink(exporting->draft);
    return write_failed(exporting, err);
}

static bool write_file(struct exporting *exporting, struct client_session *session, struct error *err) {
    if (!open_draft(exporting, err))
        return false;
    exporting->header = buffer_new(LIMIT_ARCHIVE_LINE);
    bool good = write_all(exporting, session, err);
    buffer_release(&exporting->header);
    if (fclose(exporting->stream) != 0)
        good = good && write_failed(exporting, err);
    if (good && rename(exporting->draft, exporting->path) != 0)
        good = write_failed(exporting, err);
    if (!good)
        unlink(exporting->draft);
    return good;
}

static int run(struct exporting *exporting) {
    struct client *client = NULL;
    struct client_session *session = NULL;
    struct error err;
    bool done = client_open(exporting->data, exporting->endpoint, exporting->models, &client, &err) &&
                client_session_new(client, &session, &err) && write_file(exporting, session, &err);
    client_session_free(session);
    client_close(client);
    if (!done)
        return fail("%s", err.text);
    printf("%zu faces and %zu users exported\n", exporting->faces, exporting->users);
    return EXIT_FINE;
}

int command_export(int argc, char **argv) {
    static const struct option options[] = {{"collection", required_argument, NULL, 'c'},
                                            {"data", required_argument, NULL, 'd'},
                                            {"endpoint", required_argument, NULL, 'e'},
                                            {"models", required_argument, NULL, 'M'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct exporting exporting = {.data = "./var"};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'c')
            exporting.collection = optarg;
        else if (option == 'd')
            exporting.data = optarg;
        else if (option == 'e')
            exporting.endpoint = optarg;
        else if (option == 'M')
            exporting.models = optarg;
        else
            return option == 'h' ? help_of("export") : EXIT_USAGE;
    if (argc - optind != 1 || !exporting.collection)
        return fail_usage("export needs --collection and a file");
    exporting.path = argv[optind];
    return run(&exporting);
}
