/* Recognition on labelled photographs.
 *
 * Over all pairs: the share of one person's pairs that are accepted where a given share of strangers' pairs
 * is. With a pairs file in the form of LFW (Huang et al., 2007): accuracy by ten folds, each with the
 * threshold that is best on the other nine; a pair of which a photograph shows no face counts as wrong. With
 * a gallery: how often the right person is found in it (persons.h). */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include "cli/persons.h"
#include "api/json.h"

enum { FOLDS = 10, PAIRS_MAX = 100000, NO_FACE = -2 };

static const double rates[] = {1e-2, 1e-3, 1e-4, 1e-5};

struct pairs {
    size_t count, missing;
    float cosines[PAIRS_MAX]; /* NO_FACE where a face is missing */
    bool same[PAIRS_MAX];
};

/* PERSON/PERSON_0001.jpg, with any extension; -1 when it has no face. */
static long find_photo(const struct labelled *labelled, const char *person, unsigned long number) {
    char name[512];
    size_t len = (size_t)snprintf(name, sizeof name, "%s/%s_%04lu.", person, person, number), low = 0,
           high = labelled->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strncmp(labelled->names[middle], name, len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < labelled->count && strncmp(labelled->names[low], name, len) == 0 ? (long)low : -1;
}

static float cosine_of(const struct labelled *labelled, long a, long b) {
    float sum = 0;
    const float *x = labelled->embeddings + a * labelled->dimension,
                *y = labelled->embeddings + b * labelled->dimension;
    for (int k = 0; k < labelled->dimension; k++)
        sum += x[k] * y[k];
    return sum;
}

static void add_pair(const struct labelled *labelled, const char *line, struct pairs *pairs) {
    char one[256], other[256];
    unsigned long first, second;
    bool same = sscanf(line, "%255s %lu %lu", one, &first, &second) == 3;
    if (same)
        snprintf(other, sizeof other, "%s", one);
    else if (sscanf(line, "%255s %lu %255s %lu", one, &first, other, &second) != 4)
        return; /* the head line: folds and pairs a fold */
    if (pairs->count == PAIRS_MAX)
        return;
    long a = find_photo(labelled, one, first), b = find_photo(labelled, other, second);
    bool seen = a >= 0 && b >= 0;
    pairs->missing += !seen;
    pairs->cosines[pairs->count] = seen ? cosine_of(labelled, a, b) : (float)NO_FACE;
    pairs->same[pairs->count++] = same;
}

static bool read_pairs(const char *path, const struct labelled *labelled, struct pairs *pairs,
                       struct error *err) {
    char line[1024];
    FILE *stream = fopen(path, "re");
    if (!stream)
        return error_set(err, ERROR_INTERNAL, "cannot read %s: %s", path, strerror(errno));
    while (fgets(line, sizeof line, stream))
        add_pair(labelled, line, pairs);
    fclose(stream);
    return pairs->count >= FOLDS ||
           error_set(err, ERROR_INTERNAL, "%s holds no pairs in the form of LFW's pairs.txt", path);
}

static size_t fold_of(const struct pairs *pairs, size_t pair) {
    return pair * FOLDS / pairs->count;
}

static size_t count_right(const struct pairs *pairs, float threshold, size_t fold, bool inside) {
    size_t right = 0;
    for (size_t i = 0; i < pairs->count; i++)
        if ((fold_of(pairs, i) == fold) == inside && pairs->cosines[i] > (float)NO_FACE)
            right += (pairs->cosines[i] >= threshold) == pairs->same[i];
    return right;
}

static double fold_accuracy(const struct pairs *pairs, size_t fold) {
    float best = 0;
    size_t most = 0, size = 0;
    for (float threshold = -1; threshold < 1; threshold += 0.0025f) {
        size_t right = count_right(pairs, threshold, fold, false);
        if (right > most) {
            most = right;
            best = threshold;
        }
    }
    for (size_t i = 0; i < pairs->count; i++)
        size += fold_of(pairs, i) == fold;
    return (double)count_right(pairs, best, fold, true) / (double)size;
}

static void report_folds(const struct pairs *pairs, struct buffer *out) {
    double sum = 0, squares = 0;
    for (size_t fold = 0; fold < FOLDS; fold++) {
        double accuracy = fold_accuracy(pairs, fold);
        sum += accuracy;
        squares += accuracy * accuracy;
    }
    double mean = sum / FOLDS, error = sqrt(fmax(0, squares / FOLDS - mean * mean) / (FOLDS - 1));
    json_put_integer(out, "Pairs", (int64_t)pairs->count);
    json_put_integer(out, "PairsWithoutFace", (int64_t)pairs->missing);
    json_put_float(out, "Accuracy", (float)(100 * mean));
    json_put_float(out, "StandardError", (float)(100 * error));
}

static bool report_all(const struct labelled *labelled, struct buffer *out, struct error *err) {
    struct pair_scores scores;
    if (!pair_scores_make(labelled, &scores, err))
        return false;
    json_put_integer(out, "SamePersonPairs", (int64_t)scores.genuine_count);
    json_put_integer(out, "StrangerPairs", (int64_t)scores.impostor_count);
    json_array_open(out, "AcceptRates");
    for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
        if ((double)scores.impostor_count * rates[i] < 10)
            continue; /* fewer than ten pairs say nothing about the rate */
        float cosine = pair_scores_cosine(&scores, rates[i]);
        json_object_open(out, NULL);
        json_put_float(out, "FalseMatchRate", (float)rates[i]);
        json_put_float(out, "Cosine", cosine);
        json_put_float(out, "TrueAcceptRate", (float)(100 * pair_scores_accepted(&scores, cosine)));
        json_object_close(out);
    }
    json_array_close(out);
    pair_scores_release(&scores);
    return true;
}

static void put_person_rates(struct buffer *out, const struct person_rates *persons) {
    static const char *const ways[] = {
        [PERSON_BEST_FACE] = "BestFace", [PERSON_MEAN] = "Mean", [PERSON_WEIGHTED] = "Weighted"};
    json_object_open(out, "PersonSearch");
    json_put_integer(out, "Persons", (int64_t)persons->persons);
    json_put_integer(out, "Photographs", (int64_t)persons->photographs);
    json_put_integer(out, "StrangerPhotographs", (int64_t)persons->strangers);
    json_put_float(out, "FalsePositiveRate", (float)PERSON_FALSE_POSITIVES);
    for (int way = 0; way < PERSON_WAYS; way++) {
        json_object_open(out, ways[way]);
        json_put_float(out, "RankOne", (float)(100 * persons->ways[way].first));
        json_put_float(out, "TruePositiveRate", (float)(100 * persons->ways[way].found));
        json_object_close(out);
    }
    json_object_close(out);
}

static bool report_persons(const char *folder, const char *models, const struct labelled *probes,
                           struct buffer *out, struct error *err) {
    struct labelled gallery = {0};
    struct person_rates persons;
    bool done = labelled_read(folder, models, &gallery, err) &&
                person_rates_measure(probes, &gallery, &persons, err);
    if (done)
        put_person_rates(out, &persons);
    labelled_release(&gallery);
    return done;
}

/* What is asked for; NULL: not. */
struct wishes {
    const char *pairs, *persons, *models;
};

static bool report(const char *folder, const struct wishes *wishes, struct buffer *out, struct error *err) {
    struct labelled labelled = {0};
    CLEANUP_FREE struct pairs *pairs = calloc(1, sizeof *pairs);
    if (!pairs)
        return error_set(err, ERROR_INTERNAL, "no memory");
    bool done = labelled_read(folder, wishes->models, &labelled, err);
    if (done) {
        json_put_integer(out, "Photographs", (int64_t)labelled.count);
        json_put_integer(out, "WithoutFace", (int64_t)labelled.without_face);
        done = (!wishes->pairs || read_pairs(wishes->pairs, &labelled, pairs, err)) &&
               report_all(&labelled, out, err);
    }
    if (done && wishes->pairs)
        report_folds(pairs, out);
    done = done && (!wishes->persons || report_persons(wishes->persons, wishes->models, &labelled, out, err));
    labelled_release(&labelled);
    return done;
}

int command_accuracy(int argc, char **argv) {
    static const struct option options[] = {
        {"pairs", required_argument, NULL, 'p'}, {"persons", required_argument, NULL, 'P'},
        {"json", no_argument, NULL, 'j'},        {"models", required_argument, NULL, 'M'},
        {"help", no_argument, NULL, 'h'},        {0}};
    struct wishes wishes = {NULL, NULL, NULL};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'p')
            wishes.pairs = optarg;
        else if (option == 'P')
            wishes.persons = optarg;
        else if (option == 'M')
            wishes.models = optarg;
        else if (option != 'j') /* JSON is the only form there is */
            return option == 'h' ? help_of("accuracy") : EXIT_USAGE;
    if (argc - optind != 1)
        return fail_usage("accuracy needs a folder that holds a folder a person");
    struct error err;
    struct buffer out = buffer_new(1 << 20);
    json_object_open(&out, NULL);
    bool done = report(argv[optind], &wishes, &out, &err);
    json_object_close(&out);
    int code = done ? print_json(&out) : fail("%s", err.text);
    buffer_release(&out);
    return code;
}
