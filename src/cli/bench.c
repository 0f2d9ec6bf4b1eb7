#include <getopt.h>
#include "cli/command.h"
#include "api/json.h"
#include "base/clock.h"

enum { ROUNDS_MAX = 1000 };
enum step { DECODE, DETECT_LARGEST, DETECT_ALL, EMBED, PHOTO_LARGEST, PHOTO_ALL, STEPS };

static const char *const step_names[STEPS] = {"Decode", "DetectLargest", "DetectAll",
                                              "Embed",  "PhotoLargest",  "PhotoAll"};

struct times {
    int rounds;
    double ms[STEPS][ROUNDS_MAX];
};

static double since(uint64_t start) {
    return (double)(clock_monotonic_ns() - start) / 1e6;
}

static bool one_round(struct eyes *eyes, struct bytes file, struct times *times, int round,
                      struct error *err) {
    CLEANUP_IMAGE struct image image = {0};
    static struct face faces[LIMIT_FACES_PER_IMAGE];
    float embedding[FACE_EMBEDDING_MAX];
    int count;
    uint64_t start = clock_monotonic_ns();
    if (!image_decode(file, &image, err))
        return false;
    times->ms[DECODE][round] = since(start);
    start = clock_monotonic_ns();
    if (!face_detect(eyes->worker, &image, LIMIT_FACES_PER_IMAGE, faces, &count, err))
        return false;
    times->ms[DETECT_ALL][round] = since(start);
    start = clock_monotonic_ns();
    if (!face_detect(eyes->worker, &image, 1, faces, &count, err))
        return false;
    times->ms[DETECT_LARGEST][round] = since(start);
    if (count == 0)
        return error_set(err, ERROR_INVALID_PARAMETER, "there is no face in the photograph");
    start = clock_monotonic_ns();
    if (!face_embed(eyes->worker, &image, &faces[0], embedding, err))
        return false;
    times->ms[EMBED][round] = since(start);
    double rest = times->ms[DECODE][round] + times->ms[EMBED][round];
    times->ms[PHOTO_LARGEST][round] = rest + times->ms[DETECT_LARGEST][round];
    times->ms[PHOTO_ALL][round] = rest + times->ms[DETECT_ALL][round];
    return true;
}

static int by_number(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int report(struct times *times, bool json) {
    struct buffer out = buffer_new(1 << 16);
    json_object_open(&out, NULL);
    for (int step = 0; step < STEPS; step++) {
        qsort(times->ms[step], (size_t)times->rounds, sizeof(double), by_number);
        double median = times->ms[step][times->rounds / 2];
        json_put_float(&out, step_names[step], (float)median);
        if (!json)
            printf("%-14s %8.2f ms\n", step_names[step], median);
    }
    json_object_close(&out);
    int code = json ? print_json(&out) : EXIT_FINE;
    buffer_release(&out);
    return code;
}

int command_bench(int argc, char **argv) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"rounds", required_argument, NULL, 'r'},
                                            {"models", required_argument, NULL, 'M'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    static struct times times;
    const char *models = NULL;
    bool json = false;
    double rounds = 30;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'j')
            json = true;
        else if (option == 'M')
            models = optarg;
        else if (option == 'r') {
            if (!option_number("rounds", optarg, 1, ROUNDS_MAX, &rounds))
                return EXIT_USAGE;
        } else
            return option == 'h' ? help_of("bench") : EXIT_USAGE;
    if (argc - optind != 1)
        return fail_usage("bench needs a photograph");
    CLEANUP_FREE char *data = NULL;
    size_t len = 0;
    struct eyes eyes = {NULL, NULL};
    struct error err;
    bool done = file_read(argv[optind], 0, &data, &len, &err) &&
                eyes_open(models, (struct face_search){false, 0}, &eyes, &err);
    times.rounds = (int)rounds;
    /* The first two warm caches and compile for the photograph's shapes. */
    for (int round = -2; done && round < times.rounds; round++)
        done = one_round(&eyes, (struct bytes){data, len}, &times, MAX(round, 0), &err);
    eyes_close(&eyes);
    return done ? report(&times, json) : fail("%s", err.text);
}
