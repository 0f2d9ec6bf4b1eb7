#include <getopt.h>
#include "cli/command.h"
#include "api/face_json.h"
#include "api/json.h"

static bool put_faces(struct buffer *out, struct eyes *eyes, const struct image *image,
                      const struct findings *found, struct error *err) {
    float embedding[FACE_EMBEDDING_MAX];
    int dimension = face_engine_dimension(eyes->engine);
    json_array_open(out, NULL);
    for (int i = 0; i < found->count; i++) {
        if (!face_embed(eyes->worker, image, &found->faces[i], embedding, err))
            return false;
        json_object_open(out, NULL);
        face_json_members(out, found, i);
        json_array_open(out, "Embedding");
        for (int k = 0; k < dimension; k++)
            json_put_float(out, NULL, embedding[k]);
        json_array_close(out);
        json_object_close(out);
    }
    json_array_close(out);
    return true;
}

int command_embed(int argc, char **argv) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"models", required_argument, NULL, 'M'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *models = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'M')
            models = optarg;
        else if (option != 'j') /* JSON is the only form there is */
            return option == 'h' ? help_of("embed") : EXIT_USAGE;
    if (argc - optind != 1)
        return fail_usage("embed needs one photograph");
    struct eyes eyes = {NULL, NULL};
    struct findings found;
    CLEANUP_IMAGE struct image image = {0};
    struct error err;
    struct buffer out = buffer_new(32 << 20);
    bool done = eyes_open(models, (struct face_search){false, 0}, &eyes, &err) &&
                eyes_look(&eyes, argv[optind], LIMIT_FACES_FOUND, &image, &found, &err) &&
                put_faces(&out, &eyes, &image, &found, &err);
    int code = done ? print_json(&out) : fail("%s", err.text);
    buffer_release(&out);
    eyes_close(&eyes);
    return code;
}
