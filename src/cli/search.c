#include <getopt.h>
#include <yyjson.h>
#include "cli/client.h"
#include "cli/command.h"
#include "api/json.h"
#include "base/arena.h"

struct search {
    bool json;
    const char *photo, *collection, *data, *endpoint, *models;
    double threshold, maximum;
};

static void print_matches(struct yyjson_val *reply) {
    struct yyjson_val *matches = json_get(reply, "FaceMatches"), *match;
    size_t i, count;
    if (yyjson_arr_size(matches) == 0)
        printf("nobody in the collection is alike enough\n");
    yyjson_arr_foreach(matches, i, count, match) {
        struct yyjson_val *face = json_get(match, "Face");
        struct bytes name = json_get_text(face, "ExternalImageId"), id = json_get_text(face, "FaceId");
        printf("%6.2f  %.*s  %.*s\n", (double)json_get_float(match, "Similarity", 0), BYTES_FORMAT(id),
               BYTES_FORMAT(name));
    }
}

static bool search_photo(struct client_session *session, const struct search *search, struct buffer *ret_body,
                         struct error *err) {
    CLEANUP_FREE char *data = NULL;
    size_t len;
    if (!file_read(search->photo, 0, &data, &len, err))
        return false;
    struct buffer json = buffer_new(LIMIT_BODY_BYTES * 2);
    json_object_open(&json, NULL);
    json_put_string(&json, "CollectionId", search->collection);
    json_put_float(&json, "FaceMatchThreshold", (float)search->threshold);
    json_put_integer(&json, "MaxFaces", (int64_t)search->maximum);
    json_object_open(&json, "Image");
    client_put_blob(&json, "Bytes", (struct bytes){data, len});
    json_object_close(&json);
    json_object_close(&json);
    bool done = client_demand(session, "SearchFacesByImage", &json, ret_body, err);
    buffer_release(&json);
    return done;
}

static int show(const struct search *search, struct buffer *body) {
    struct yyjson_val *reply;
    struct error err;
    if (search->json)
        return print_json(body);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(LIMIT_REPLY_BYTES);
    if (!client_read(arena, body, &reply, &err))
        return fail("%s", err.text);
    print_matches(reply);
    return EXIT_FINE;
}

static int run(const struct search *search) {
    struct client *client = NULL;
    struct client_session *session = NULL;
    struct error err;
    struct buffer body = buffer_new(0);
    bool done = client_open(search->data, search->endpoint, search->models, &client, &err) &&
                client_session_new(client, &session, &err) && search_photo(session, search, &body, &err);
    int code = done ? show(search, &body) : fail("%s", err.text);
    buffer_release(&body);
    client_session_free(session);
    client_close(client);
    return code;
}

int command_search(int argc, char **argv) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"collection", required_argument, NULL, 'c'},
                                            {"data", required_argument, NULL, 'd'},
                                            {"endpoint", required_argument, NULL, 'e'},
                                            {"threshold", required_argument, NULL, 't'},
                                            {"max", required_argument, NULL, 'm'},
                                            {"models", required_argument, NULL, 'M'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct search search = {.data = "./var", .threshold = 80, .maximum = 10};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'j')
            search.json = true;
        else if (option == 'c')
            search.collection = optarg;
        else if (option == 'd')
            search.data = optarg;
        else if (option == 'e')
            search.endpoint = optarg;
        else if (option == 'M')
            search.models = optarg;
        else if (option == 't') {
            if (!option_number("threshold", optarg, 0, 100, &search.threshold))
                return EXIT_USAGE;
        } else if (option == 'm') {
            if (!option_number("max", optarg, 1, LIMIT_PAGE, &search.maximum))
                return EXIT_USAGE;
        } else
            return option == 'h' ? help_of("search") : EXIT_USAGE;
    if (argc - optind != 1 || !search.collection)
        return fail_usage("search needs a photograph and --collection");
    search.photo = argv[optind];
    return run(&search);
}
