#include <getopt.h>
#include <math.h>
#include "cli/command.h"
#include "api/face_json.h"
#include "api/json.h"
#include "api/score.h"

struct compare {
    bool json;
    double threshold;
    const char *source, *target;
};

/* What a similarity means: the scale is made of false match rates. */
static const char *meaning(float similarity) {
    return similarity >= 99   ? "fewer than 1 in 100,000 pairs of strangers look this alike"
           : similarity >= 90 ? "fewer than 1 in 10,000 pairs of strangers look this alike"
           : similarity >= 80 ? "fewer than 1 in 1,000 pairs of strangers look this alike"
                              : "more than 1 in 1,000 pairs of strangers look this alike";
}

static void print_match(const struct compare *compare, const struct face *face, float similarity) {
    printf("%s %6.2f  face at %.0f, %.0f (%.0f x %.0f): %s\n",
           (double)similarity >= compare->threshold ? "match   " : "no match", (double)similarity,
           (double)face->box.left, (double)face->box.top, (double)face->box.width, (double)face->box.height,
           meaning(similarity));
}

static bool compare_faces(struct eyes *eyes, const struct compare *compare, struct buffer *out,
                          struct error *err) {
    CLEANUP_IMAGE struct image source = {0};
    CLEANUP_IMAGE struct image target = {0};
    struct findings one, all;
    float probe[FACE_EMBEDDING_MAX], other[FACE_EMBEDDING_MAX];
    if (!eyes_look(eyes, compare->source, 1, &source, &one, err) ||
        !eyes_look(eyes, compare->target, LIMIT_FACES_FOUND, &target, &all, err))
        return false;
    if (one.count == 0 || all.count == 0)
        return error_set(err, ERROR_INVALID_PARAMETER, "there is no face in %s",
                         one.count == 0 ? compare->source : compare->target);
    if (!face_embed(eyes->worker, &source, &one.faces[0], probe, err))
        return false;
    struct similarity_scale scale = similarity_of_calibration(face_engine_calibration(eyes->engine));
    json_array_open(out, NULL);
    for (int i = 0; i < all.count; i++) {
        if (!face_embed(eyes->worker, &target, &all.faces[i], other, err))
            return false;
        float similarity = score_of_vectors(&scale, probe, other, face_engine_dimension(eyes->engine));
        json_object_open(out, NULL);
        json_put_float(out, "Similarity", similarity);
        json_put_boolean(out, "Match", (double)similarity >= compare->threshold);
        face_json_detail(out, "Face", &all, i);
        json_object_close(out);
        if (!compare->json)
            print_match(compare, &all.faces[i], similarity);
    }
    json_array_close(out);
    return true;
}

int command_compare(int argc, char **argv) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"threshold", required_argument, NULL, 't'},
                                            {"models", required_argument, NULL, 'M'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct compare compare = {.threshold = 80};
    const char *models = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'j')
            compare.json = true;
        else if (option == 'M')
            models = optarg;
        else if (option == 't') {
            if (!option_number("threshold", optarg, 0, 100, &compare.threshold))
                return EXIT_USAGE;
        } else
            return option == 'h' ? help_of("compare") : EXIT_USAGE;
    if (argc - optind != 2)
        return fail_usage("compare needs two photographs");
    compare.source = argv[optind];
    compare.target = argv[optind + 1];
    struct eyes eyes = {NULL, NULL};
    struct error err;
    struct buffer out = buffer_new(1 << 20);
    int code = EXIT_FINE;
    if (!eyes_open(models, (struct face_search){false, 0}, &eyes, &err) ||
        !compare_faces(&eyes, &compare, &out, &err))
        code = fail("%s", err.text);
    else if (compare.json)
        code = print_json(&out);
    buffer_release(&out);
    eyes_close(&eyes);
    return code;
}
