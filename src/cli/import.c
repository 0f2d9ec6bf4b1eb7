/* Sends an export to a collection, page by page. Each page is wholly there or not at all, and what is there
 * already is passed by, so that the same command goes on where it was stopped. */
#include <getopt.h>
#include <yyjson.h>
#include "cli/archive.h"
#include "cli/client.h"
#include "cli/command.h"
#include "api/json.h"
#include "api/operation.h"

struct import {
    const char *collection, *data, *endpoint, *models, *path; /* collection NULL: that of the header */
    struct archive archive;
    struct client_session *session;
    struct arena *arena;
    int64_t added_faces, known_faces, added_users;
};

struct page {
    struct buffer users, faces; /* items of lists */
    size_t count, first;        /* number of the first row */
};

/* --- the collection --- */

static bool put_tags(struct buffer *json, const struct import *import, struct error *err) {
    struct yyjson_val *tags = json_get(import->archive.header, "Tags"), *key, *value;
    size_t index, count;
    json_object_open(json, "Tags");
    if (yyjson_obj_size(tags) < LIMIT_TAGS) /* else the server says by itself whether the model is another */
        json_put_text(json, "countenance:model", json_get_text(import->archive.header, "FaceModelVersion"));
    yyjson_obj_foreach(tags, index, count, key, value) {
        if (!yyjson_is_str(value))
            return error_set(err, ERROR_INTERNAL, "%s: a tag of the header is no text", import->path);
        json_put_string(json, yyjson_get_str(key), yyjson_get_str(value));
    }
    json_object_close(json);
    return true;
}

static void start_request(const struct import *import, struct buffer *json) {
    *json = buffer_new(LIMIT_BODY_BYTES);
    json_object_open(json, NULL);
    json_put_string(json, "CollectionId", import->collection);
}

/* Makes the collection, for faces of that model, unless it is there. */
static bool need_collection(struct import *import, struct error *err) {
    struct buffer json, body = buffer_new(0);
    start_request(import, &json);
    bool good = put_tags(&json, import, err);
    json_object_close(&json);
    good = good && (client_demand(import->session, "CreateCollection", &json, &body, err) ||
                    err->code == ERROR_ALREADY_EXISTS);
    buffer_release(&json);
    buffer_release(&body);
    return good;
}

/* --- its faces and users --- */

static bool send(struct import *import, const struct page *page, struct error *err) {
    struct yyjson_val *reply;
    struct buffer json;
    struct error why;
    start_request(import, &json);
    json_put_text(&json, "FaceModelVersion", json_get_text(import->archive.header, "FaceModelVersion"));
    json_array_open(&json, "Users");
    buffer_append(&json, page->users.data, page->users.len);
    json_array_close(&json);
    json_array_open(&json, "Faces");
    buffer_append(&json, page->faces.data, page->faces.len);
    json_array_close(&json);
    json_object_close(&json);
    arena_reset(import->arena);
    bool good = client_ask(import->session, EXTENSION_PREFIX "ImportFaces", &json, import->arena, &reply,
                           &why);
    buffer_release(&json);
    if (!good)
        return error_set(err, why.code, "%s, lines %zu to %zu: %s", import->path, page->first + 1,
                         page->first + page->count, why.text);
    import->added_faces += json_get_integer(reply, "AddedFaces", 0);
    import->known_faces += json_get_integer(reply, "KnownFaces", 0);
    import->added_users += json_get_integer(reply, "AddedUsers", 0);
    return true;
}

static void page_add(struct page *page, const struct archive_row *row) {
    struct buffer *list = row->is_face ? &page->faces : &page->users;
    if (list->len > 0)
        buffer_text(list, ",");
    buffer_append(list, row->line.ptr, row->line.len);
    page->count++;
}

static struct page page_new(const struct archive_row *before) {
    return (struct page){.users = buffer_new(LIMIT_BODY_BYTES),
                         .faces = buffer_new(LIMIT_BODY_BYTES),
                         .first = before->number + 1};
}

static bool page_is_full(const struct page *page) {
    return page->count == LIMIT_TRANSFER_PAGE || page->users.len + page->faces.len >= LIMIT_TRANSFER_BYTES;
}

static bool send_rows(struct import *import, struct error *err) {
    struct archive_row row = {.rest = import->archive.rows};
    bool more = true, good = true;
    while (good && more) {
        struct page page = page_new(&row);
        while (good && more && !page_is_full(&page)) {
            good = archive_next(&import->archive, &row, &more, err);
            if (good && more)
                page_add(&page, &row);
        }
        good = good && (page.count == 0 || send(import, &page, err));
        buffer_release(&page.users);
        buffer_release(&page.faces);
    }
    return good;
}

static bool import_archive(struct import *import, struct error *err) {
    struct client *client = NULL;
    import->arena = arena_new(LIMIT_REQUEST_ARENA);
    if (!import->collection) /* strings of yyjson end in a NUL */
        import->collection = json_get_text(import->archive.header, "CollectionId").ptr;
    bool done = import->arena ? client_open(import->data, import->endpoint, import->models, &client, err)
                              : error_set(err, ERROR_INTERNAL, "no memory for the import");
    done = done && client_session_new(client, &import->session, err) && need_collection(import, err) &&
           send_rows(import, err);
    client_session_free(import->session);
    client_close(client);
    arena_free(import->arena);
    return done;
}

static int run(struct import *import) {
    struct error err;
    if (!archive_open(import->path, &import->archive, &err))
        return fail("%s", err.text);
    bool done = import_archive(import, &err);
    archive_close(&import->archive);
    if (!done)
        return fail("%s", err.text);
    printf("%lld faces and %lld users imported, %lld faces were there already\n",
           (long long)import->added_faces, (long long)import->added_users, (long long)import->known_faces);
    return EXIT_FINE;
}

int command_import(int argc, char **argv) {
    static const struct option options[] = {{"collection", required_argument, NULL, 'c'},
                                            {"data", required_argument, NULL, 'd'},
                                            {"endpoint", required_argument, NULL, 'e'},
                                            {"models", required_argument, NULL, 'M'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct import import = {.data = "./var"};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'c')
            import.collection = optarg;
        else if (option == 'd')
            import.data = optarg;
        else if (option == 'e')
            import.endpoint = optarg;
        else if (option == 'M')
            import.models = optarg;
        else
            return option == 'h' ? help_of("import") : EXIT_USAGE;
    if (argc - optind != 1)
        return fail_usage("import needs a file");
    import.path = argv[optind];
    return run(&import);
}
