#include <getopt.h>
#include "cli/client.h"
#include "cli/command.h"
#include "api/json.h"
#include "api/operation.h"
#include "base/arena.h"

struct advise {
    bool json;
    const char *collection, *data, *endpoint, *models;
    double size, rate;
};

static void put_request(const struct advise *advise, struct buffer *json) {
    json_object_open(json, NULL);
    if (advise->collection)
        json_put_string(json, "CollectionId", advise->collection);
    else
        json_put_integer(json, "GallerySize", (int64_t)advise->size);
    json_put_float(json, "FalsePositiveIdentificationRate", (float)advise->rate);
    json_object_close(json);
}

static void print_advice(struct yyjson_val *reply) {
    double rate = (double)json_get_float(reply, "FalsePositiveIdentificationRate", 0);
    printf("similarity %.2f: among %lld faces, %.3g %% of strangers match somebody\n%.*s\n",
           (double)json_get_float(reply, "Similarity", 0),
           (long long)json_get_integer(reply, "GallerySize", 0), rate * 100,
           BYTES_FORMAT(json_get_text(reply, "Basis")));
}

static int run(const struct advise *advise) {
    struct client *client = NULL;
    struct client_session *session = NULL;
    struct error err;
    struct yyjson_val *reply;
    struct buffer json = buffer_new(1 << 16), body = buffer_new(0);
    put_request(advise, &json);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
    bool done = client_open(advise->data, advise->endpoint, advise->models, &client, &err) &&
                client_session_new(client, &session, &err) &&
                client_demand(session, EXTENSION_PREFIX "AdviseThreshold", &json, &body, &err) &&
                (advise->json || client_read(arena, &body, &reply, &err));
    client_session_free(session);
    client_close(client);
    buffer_release(&json);
    int code = done ? EXIT_FINE : fail("%s", err.text);
    if (done && advise->json)
        return print_json(&body);
    if (done)
        print_advice(reply);
    buffer_release(&body);
    return code;
}

int command_advise(int argc, char **argv) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"collection", required_argument, NULL, 'c'},
                                            {"data", required_argument, NULL, 'd'},
                                            {"endpoint", required_argument, NULL, 'e'},
                                            {"models", required_argument, NULL, 'M'},
                                            {"size", required_argument, NULL, 's'},
                                            {"rate", required_argument, NULL, 'r'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct advise advise = {.data = "./var", .rate = 0.01};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'j')
            advise.json = true;
        else if (option == 'c')
            advise.collection = optarg;
        else if (option == 'd')
            advise.data = optarg;
        else if (option == 'e')
            advise.endpoint = optarg;
        else if (option == 'M')
            advise.models = optarg;
        else if (option == 's') {
            if (!option_number("size", optarg, 1, LIMIT_COLLECTION_FACES, &advise.size))
                return EXIT_USAGE;
        } else if (option == 'r') {
            if (!option_number("rate", optarg, 0, 1, &advise.rate))
                return EXIT_USAGE;
        } else
            return option == 'h' ? help_of("advise") : EXIT_USAGE;
    if (argc != optind || (advise.collection != NULL) == (advise.size > 0))
        return fail_usage("advise needs either --collection or --size");
    return run(&advise);
}
