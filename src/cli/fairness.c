/* Who is in which group: by the pack's own estimates (one a person, of all photographs together, so that a
 * person does not change groups between pictures), or by the columns of a CSV file. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include "cli/fairness.h"
#include "api/json.h"
#include "sanctions/lists/csv.h"

enum { DIVISIONS_MAX = 8, GROUPS_MAX = 64, GENDERS = 2, BANDS = 5 };

static const char *const genders[GENDERS] = {"women", "men"};
static const struct {
    const char *name;
    float below;
} bands[BANDS] = {
    {"0 to 17", 18}, {"18 to 29", 30}, {"30 to 44", 45}, {"45 to 59", 60}, {"60 and up", INFINITY}};

struct fairness {
    const char *labels, *out, *models;
    bool json;
    double similarity;
    struct labelled labelled;
    struct fairness_division divisions[DIVISIONS_MAX];
    struct fairness_result *results[DIVISIONS_MAX];
    int division_count;
};

static void fairness_release(struct fairness *fairness) {
    for (int i = 0; i < fairness->division_count; i++) {
        free(fairness->divisions[i].groups);
        free(fairness->divisions[i].members);
        free(fairness->results[i]);
    }
    labelled_release(&fairness->labelled);
}

static struct fairness_division *division_add(struct fairness *fairness, const char *name,
                                              struct error *err) {
    struct fairness_division *division = &fairness->divisions[fairness->division_count];
    if (fairness->division_count == DIVISIONS_MAX) {
        error_set(err, ERROR_INTERNAL, "more than %d columns of labels", DIVISIONS_MAX);
        return NULL;
    }
    fairness->division_count++;
    snprintf(division->name, sizeof division->name, "%s", name);
    division->groups = calloc(GROUPS_MAX, sizeof *division->groups);
    division->members = malloc(fairness->labelled.count * sizeof *division->members);
    if (!division->groups || !division->members) {
        error_set(err, ERROR_INTERNAL, "no memory for groups");
        return NULL;
    }
    for (size_t i = 0; i < fairness->labelled.count; i++)
        division->members[i] = -1;
    return division;
}

/* The number of the group called name, which is added when it is new; -1 when there are too many. */
static int group_number(struct fairness_division *division, const char *name) {
    for (int i = 0; i < division->count; i++)
        if (strcmp(division->groups[i], name) == 0)
            return i;
    if (division->count == GROUPS_MAX)
        return -1;
    snprintf(division->groups[division->count], sizeof *division->groups, "%s", name);
    return division->count++;
}

static int band_of(float age) {
    int band = 0;
    while (!(age < bands[band].below) && band < BANDS - 1)
        band++;
    return band;
}

/* Mean age and the more frequent gender of the photographs of one person; false when nothing is known. */
static bool person_traits(const struct labelled *labelled, size_t first, size_t end, int *ret_gender,
                          int *ret_band) {
    float age = 0;
    int known = 0, men = 0;
    for (size_t i = first; i < end; i++)
        if (labelled->traits[i].known) {
            age += labelled->traits[i].age;
            men += labelled->traits[i].male;
            known++;
        }
    if (known == 0)
        return false;
    *ret_gender = 2 * men > known;
    *ret_band = band_of(age / (float)known);
    return true;
}

static bool divide_by_estimates(struct fairness *fairness, struct error *err) {
    const struct labelled *labelled = &fairness->labelled;
    struct fairness_division *gender = division_add(fairness, "gender (estimated)", err);
    struct fairness_division *age = gender ? division_add(fairness, "age (estimated)", err) : NULL;
    struct fairness_division *both = age ? division_add(fairness, "gender and age (estimated)", err) : NULL;
    if (!both)
        return false;
    for (int i = 0; i < GENDERS * BANDS; i++) {
        snprintf(both->groups[i], sizeof *both->groups, "%s, %s", genders[i / BANDS], bands[i % BANDS].name);
        snprintf(age->groups[i % BANDS], sizeof *age->groups, "%s", bands[i % BANDS].name);
        snprintf(gender->groups[i / BANDS], sizeof *gender->groups, "%s", genders[i / BANDS]);
    }
    gender->count = GENDERS;
    age->count = BANDS;
    both->count = GENDERS * BANDS;
    for (size_t first = 0, end; first < labelled->count; first = end) {
        int of_gender, of_age;
        for (end = first; end < labelled->count && labelled->persons[end] == labelled->persons[first]; end++)
            ;
        if (!person_traits(labelled, first, end, &of_gender, &of_age))
            continue;
        for (size_t i = first; i < end; i++) {
            gender->members[i] = of_gender;
            age->members[i] = of_age;
            both->members[i] = of_gender * BANDS + of_age;
        }
    }
    return true;
}

/* Gives the photographs that a path names, PERSON or PERSON/PHOTO, to a group. */
static void assign(const struct labelled *labelled, struct fairness_division *division, struct bytes path,
                   int group) {
    size_t low = 0, high = labelled->count;
    while (low < high) { /* the first name that does not come before the path */
        size_t middle = low + (high - low) / 2;
        if (strncmp(labelled->names[middle], path.ptr, path.len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < labelled->count && strncmp(labelled->names[low], path.ptr, path.len) == 0; low++)
        if (labelled->names[low][path.len] == '/' || labelled->names[low][path.len] == 0)
            division->members[low] = group;
}

static bool take_row(void *context, const struct bytes *fields, size_t count, uint64_t line,
                     struct error *err) {
    struct fairness *fairness = context;
    char text[64];
    for (size_t i = 1; i < count; i++) {
        snprintf(text, sizeof text, "%.*s", (int)MIN(fields[i].len, sizeof text), fields[i].ptr);
        if (line == 1) {
            if (!division_add(fairness, text, err))
                return false;
            continue;
        }
        if (i > (size_t)fairness->division_count)
            return error_set(err, ERROR_INTERNAL, "line %llu has more fields than the first",
                             (unsigned long long)line);
        struct fairness_division *division = &fairness->divisions[i - 1];
        int group = text[0] ? group_number(division, text) : -1;
        if (text[0] && group < 0)
            return error_set(err, ERROR_INTERNAL, "column %s has more than %d groups", division->name,
                             GROUPS_MAX);
        assign(&fairness->labelled, division, fields[0], group);
    }
    return true;
}

static bool divide_by_labels(struct fairness *fairness, struct error *err) {
    CLEANUP_FREE char *data = NULL;
    size_t len;
    struct error why;
    if (!file_read(fairness->labels, 0, &data, &len, err))
        return false;
    struct csv *csv = csv_new(take_row, fairness);
    bool done = csv && csv_feed(csv, (struct bytes){data, len}, &why) && csv_end(csv, &why);
    csv_free(csv);
    if (!done)
        return error_set(err, ERROR_INTERNAL, "%s: %s", fairness->labels, csv ? why.text : "no memory");
    return fairness->division_count > 0 ||
           error_set(err, ERROR_INTERNAL, "%s needs a first line: path, and names of columns",
                     fairness->labels);
}

static bool count_groups(struct fairness *fairness, float cosine, struct fairness_report *report,
                         struct error *err) {
    struct fairness_pairs *pairs;
    if (!fairness_pairs_make(&fairness->labelled, cosine, &pairs, err))
        return false;
    bool done = fairness_count(pairs, NULL, -1, &report->all, err);
    for (int i = 0; done && i < fairness->division_count; i++) {
        const struct fairness_division *division = &fairness->divisions[i];
        fairness->results[i] = calloc((size_t)division->count + 1, sizeof **fairness->results);
        done = fairness->results[i] || error_set(err, ERROR_INTERNAL, "no memory for groups");
        for (int group = 0; done && group < division->count; group++)
            done = fairness_count(pairs, division, group, &fairness->results[i][group], err);
    }
    fairness_pairs_free(pairs);
    return done;
}

static void put_rate(struct buffer *out, const char *name, const struct fairness_rate *rate) {
    json_object_open(out, name);
    json_put_integer(out, "Wrong", (int64_t)rate->wrong);
    json_put_integer(out, "Pairs", (int64_t)rate->pairs);
    if (rate->pairs > 0) {
        json_put_float(out, "Rate", (float)fairness_share(rate));
        json_put_float(out, "Low", (float)rate->low);
        json_put_float(out, "High", (float)rate->high);
    }
    json_object_close(out);
}

static void put_group(struct buffer *out, const char *member, const char *name,
                      const struct fairness_report *report, const struct fairness_result *result) {
    static const char *const verdicts[] = {[FAIRNESS_WITHIN] = "WITHIN",
                                           [FAIRNESS_PERHAPS] = "PERHAPS_ABOVE",
                                           [FAIRNESS_ABOVE] = "ABOVE",
                                           [FAIRNESS_TOO_FEW] = "TOO_FEW"};
    json_object_open(out, member);
    json_put_string(out, "Group", name);
    json_put_integer(out, "People", result->people);
    json_put_integer(out, "Photographs", result->photographs);
    put_rate(out, "FalseMatch", &result->match);
    put_rate(out, "FalseNonMatch", &result->nonmatch);
    json_put_string(out, "ThreeTimesAverage", verdicts[fairness_judge(report, result)]);
    json_object_close(out);
}

static int print_report(const struct fairness_report *report) {
    struct buffer out = buffer_new(1 << 22);
    json_object_open(&out, NULL);
    json_put_float(&out, "Similarity", report->similarity);
    json_put_float(&out, "Cosine", report->cosine);
    put_group(&out, "All", "all", report, &report->all);
    json_array_open(&out, "Divisions");
    for (int i = 0; i < report->division_count; i++) {
        json_object_open(&out, NULL);
        json_put_string(&out, "Name", report->divisions[i].name);
        json_array_open(&out, "Groups");
        for (int group = 0; group < report->divisions[i].count; group++)
            put_group(&out, NULL, report->divisions[i].groups[group], report, &report->results[i][group]);
        json_array_close(&out);
        json_object_close(&out);
    }
    json_array_close(&out);
    json_object_close(&out);
    return print_json(&out);
}

static bool write_page(const char *path, const struct fairness_report *report, struct error *err) {
    FILE *stream = fopen(path, "we");
    bool written = stream && fairness_page(stream, report);
    return (stream && fclose(stream) == 0 && written) ||
           error_set(err, ERROR_INTERNAL, "cannot write %s: %s", path, strerror(errno));
}

/* What a person reads on the terminal: the groups that are not within bounds. */
static void print_summary(const struct fairness_report *report) {
    printf("all: false match rate %.2g, false non-match rate %.2g\n", fairness_share(&report->all.match),
           fairness_share(&report->all.nonmatch));
    for (int i = 0; i < report->division_count; i++)
        for (int group = 0; group < report->divisions[i].count; group++) {
            const struct fairness_result *result = &report->results[i][group];
            enum fairness_verdict verdict = fairness_judge(report, result);
            if (verdict == FAIRNESS_ABOVE || verdict == FAIRNESS_PERHAPS)
                printf("%s: %s: false match rate %.2g (%.2g to %.2g)%s above three times the average\n",
                       report->divisions[i].name, report->divisions[i].groups[group],
                       fairness_share(&result->match), result->match.low, result->match.high,
                       verdict == FAIRNESS_ABOVE ? "," : ", perhaps");
        }
}

static bool make_report(struct fairness *fairness, const char *folder, struct error *err) {
    bool read = fairness->labels ? labelled_read(folder, fairness->models, &fairness->labelled, err)
                                 : labelled_read_traits(folder, fairness->models, &fairness->labelled, err);
    if (!read || !(fairness->labels ? divide_by_labels(fairness, err) : divide_by_estimates(fairness, err)))
        return false;
    float similarity = (float)fairness->similarity,
          cosine = similarity_to_cosine(&fairness->labelled.scale, similarity);
    struct fairness_report report = {
        .labelled = &fairness->labelled,
        .origin = fairness->labels ? "The groups are labels that the operator brought."
                                   : "The groups are estimated by the model pack, one estimate a person.",
        .similarity = similarity,
        .cosine = cosine,
        .expected = similarity_false_match_rate(similarity),
        .divisions = fairness->divisions,
        .results = fairness->results,
        .division_count = fairness->division_count,
    };
    if (!count_groups(fairness, cosine, &report, err) ||
        (fairness->out && !write_page(fairness->out, &report, err)))
        return false;
    if (fairness->json)
        return print_report(&report) == EXIT_FINE || error_set(err, ERROR_INTERNAL, "the report is lost");
    print_summary(&report);
    return true;
}

int command_fairness(int argc, char **argv) {
    static const struct option options[] = {{"labels", required_argument, NULL, 'l'},
                                            {"out", required_argument, NULL, 'o'},
                                            {"similarity", required_argument, NULL, 's'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"models", required_argument, NULL, 'M'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct fairness fairness = {.similarity = 90};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'l')
            fairness.labels = optarg;
        else if (option == 'o')
            fairness.out = optarg;
        else if (option == 'M')
            fairness.models = optarg;
        else if (option == 'j')
            fairness.json = true;
        else if (option == 's') {
            if (!option_number("similarity", optarg, 0, 100, &fairness.similarity))
                return EXIT_USAGE;
        } else
            return option == 'h' ? help_of("fairness") : EXIT_USAGE;
    if (argc - optind != 1)
        return fail_usage("fairness needs a folder that holds a folder a person");
    struct error err;
    int code = make_report(&fairness, argv[optind], &err) ? EXIT_FINE : fail("%s", err.text);
    fairness_release(&fairness);
    return code;
}
