/* subject report, subject erase: what is held about one person, and its end. */
#include <getopt.h>
#include <yyjson.h>
#include "cli/client.h"
#include "cli/command.h"
#include "api/json.h"
#include "api/operation.h"
#include "record/files.h"

struct subject {
    bool json;
    const char *photo, *collection, *receipt, *data, *endpoint, *models;
    const char **faces; /* the arguments of erase in a collection */
    size_t face_count;
    double similarity; /* 0: as the operation has it */
};

/* --- the request --- */

static bool put_photo(struct buffer *json, const char *path, struct error *err) {
    CLEANUP_FREE char *data = NULL;
    size_t len;
    if (!file_read(path, 0, &data, &len, err))
        return false;
    json_object_open(json, "Image");
    client_put_blob(json, "Bytes", (struct bytes){data, len});
    json_object_close(json);
    return true;
}

static bool put_request(const struct subject *subject, struct buffer *json, uint64_t from,
                        struct error *err) {
    json_object_open(json, NULL);
    if (subject->photo && !put_photo(json, subject->photo, err))
        return false;
    if (subject->similarity > 0)
        json_put_float(json, "SimilarityThreshold", (float)subject->similarity);
    if (from > 0)
        json_put_integer(json, "FromEntry", (int64_t)from);
    if (subject->collection) {
        json_put_string(json, "CollectionId", subject->collection);
        json_array_open(json, "FaceIds");
        for (size_t i = 0; i < subject->face_count; i++)
            json_put_string(json, NULL, subject->faces[i]);
        json_array_close(json);
    }
    json_object_close(json);
    return true;
}

static bool ask(const struct subject *subject, struct client_session *session, const char *operation,
                uint64_t from, struct buffer *ret_body, struct error *err) {
    struct buffer json = buffer_new(2 * LIMIT_BODY_BYTES);
    bool done = put_request(subject, &json, from, err) &&
                client_demand(session, operation, &json, ret_body, err);
    buffer_release(&json);
    return done;
}

/* --- report --- */

static void print_text(const char *before, struct bytes text) {
    if (text.len > 0)
        printf("%s%.*s", before, BYTES_FORMAT(text));
}

static void print_faces(struct yyjson_val *reply) {
    struct yyjson_val *faces = json_get(reply, "Faces"), *item;
    size_t i, count;
    printf("%zu faces in %lld collections that were searched; %lld could not be\n", yyjson_arr_size(faces),
           (long long)json_get_integer(reply, "SearchedCollections", 0),
           (long long)json_get_integer(reply, "SkippedCollections", 0));
    yyjson_arr_foreach(faces, i, count, item) {
        struct yyjson_val *face = json_get(item, "Face");
        print_text("\n  face ", json_get_text(face, "FaceId"));
        print_text("\n    collection   ", json_get_text(item, "CollectionId"));
        if (json_get(item, "Similarity"))
            printf("\n    similarity   %.2f", (double)json_get_float(item, "Similarity", 0));
        print_text("\n    user         ", json_get_text(face, "UserId"));
        print_text("\n    external id  ", json_get_text(face, "ExternalImageId"));
        print_text("\n    consent      ", json_get_text(item, "ConsentReference"));
        print_text("\n    commitment   ", json_get_text(item, "Commitment"));
        printf("\n");
    }
}

static void print_entry(struct yyjson_val *item) {
    struct yyjson_val *entry = json_get(item, "Entry"), *released = json_get(entry, "released_by"), *person;
    size_t i, count;
    printf("\n  entry %lld", (long long)json_get_integer(item, "Index", 0));
    print_text("  ", json_get_text(entry, "started"));
    print_text("  ", json_get_text(entry, "operation"));
    print_text(": ", json_get_text(entry, "outcome"));
    print_text("\n    by           ", json_get_text(entry, "person"));
    print_text(" of account ", json_get_text(entry, "account"));
    print_text("\n    collection   ", json_get_text(entry, "collection"));
    print_text("\n    purpose      ", json_get_text(entry, "purpose"));
    print_text("\n    basis        ", json_get_text(entry, "basis"));
    yyjson_arr_foreach(released, i, count, person) {
        printf("\n    released by  %s", yyjson_get_str(person));
    }
    printf("\n");
}

/* *ret_next: where the entries go on, 0 when these were all. */
static bool print_page(const struct subject *subject, struct buffer *body, bool first, uint64_t *ret_next,
                       struct error *err) {
    struct yyjson_val *reply, *item;
    size_t i, count;
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(8ul * LIMIT_REPLY_BYTES);
    if (!client_read(arena, body, &reply, err))
        return false;
    *ret_next = (uint64_t)json_get_integer(reply, "NextEntry", 0);
    if (subject->json)
        return printf("%.*s\n", (int)body->len, body->data) > 0 ||
               error_set(err, ERROR_INTERNAL, "cannot write the report");
    if (first)
        print_faces(reply);
    struct yyjson_val *entries = json_get(reply, "Entries");
    if (first)
        printf("\nentries of the record\n");
    yyjson_arr_foreach(entries, i, count, item) {
        print_entry(item);
    }
    return fflush(stdout) == 0 || error_set(err, ERROR_INTERNAL, "cannot write the report");
}

static bool report(const struct subject *subject, struct client_session *session, struct error *err) {
    uint64_t next = 0;
    bool good = true, first = true;
    do {
        struct buffer body = buffer_new(0);
        good = ask(subject, session, EXTENSION_PREFIX "DescribeSubject", next, &body, err) &&
               print_page(subject, &body, first, &next, err);
        buffer_release(&body);
        first = false;
    } while (good && next > 0);
    return good;
}

/* --- erase --- */

static bool write_receipt(const struct subject *subject, struct yyjson_val *reply, struct error *err) {
    struct bytes proof = json_get_text(reply, "Proof");
    long long index = (long long)json_get_integer(reply, "EntryIndex", 0);
    if (proof.len == 0)
        return error_set(err, ERROR_INTERNAL,
                         "erased, as entry %lld of the record says, which is not published yet: countenance "
                         "prove %lld makes the receipt",
                         index, index);
    return files_write(subject->receipt, proof, 0644, err);
}

static bool erase(const struct subject *subject, struct client_session *session, struct error *err) {
    struct buffer body = buffer_new(0);
    struct yyjson_val *reply;
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(LIMIT_REPLY_BYTES);
    bool done = ask(subject, session, EXTENSION_PREFIX "EraseSubject", 0, &body, err) &&
                client_read(arena, &body, &reply, err);
    if (done && subject->json)
        printf("%.*s\n", (int)body.len, body.data);
    else if (done)
        printf("%zu faces are erased, as entry %lld of the record says\n",
               yyjson_arr_size(json_get(reply, "ErasedFaces")),
               (long long)json_get_integer(reply, "EntryIndex", 0));
    done = done && (!subject->receipt || write_receipt(subject, reply, err));
    buffer_release(&body);
    return done;
}

/* --- the command --- */

static int run(const struct subject *subject,
               bool (*act)(const struct subject *subject, struct client_session *session,
                           struct error *err)) {
    struct client *client = NULL;
    struct client_session *session = NULL;
    struct error err;
    bool done = client_open(subject->data, subject->endpoint, subject->models, &client, &err) &&
                client_session_new(client, &session, &err) && act(subject, session, &err);
    client_session_free(session);
    client_close(client);
    return done ? EXIT_FINE : fail("%s", err.text);
}

static int start(struct subject *subject, int count, char **words) {
    if (count == 2 && strcmp(words[0], "report") == 0 && !subject->collection) {
        subject->photo = words[1];
        return run(subject, report);
    }
    if (count < 2 || strcmp(words[0], "erase") != 0 || (!subject->collection && count != 2))
        return fail_usage("subject takes: report PHOTO, erase PHOTO, or erase FACE... --collection C");
    if (subject->collection) {
        subject->faces = (const char **)(words + 1);
        subject->face_count = (size_t)count - 1;
    } else
        subject->photo = words[1];
    return run(subject, erase);
}

int command_subject(int argc, char **argv) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"collection", required_argument, NULL, 'c'},
                                            {"similarity", required_argument, NULL, 's'},
                                            {"receipt", required_argument, NULL, 'r'},
                                            {"data", required_argument, NULL, 'd'},
                                            {"endpoint", required_argument, NULL, 'e'},
                                            {"models", required_argument, NULL, 'M'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct subject subject = {.data = "./var"};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'j')
            subject.json = true;
        else if (option == 'c')
            subject.collection = optarg;
        else if (option == 'r')
            subject.receipt = optarg;
        else if (option == 'd')
            subject.data = optarg;
        else if (option == 'e')
            subject.endpoint = optarg;
        else if (option == 'M')
            subject.models = optarg;
        else if (option == 's') {
            if (!option_number("similarity", optarg, 1, 100, &subject.similarity))
                return EXIT_USAGE;
        } else
            return option == 'h' ? help_of("subject") : EXIT_USAGE;
    return start(&subject, argc - optind, argv + optind);
}
