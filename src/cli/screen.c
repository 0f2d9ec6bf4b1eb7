/* Looks for somebody on sanctions lists. */
#include <dirent.h>
#include <getopt.h>
#include <math.h>
#include <sys/stat.h>
#include "api/json.h"
#include "base/clock.h"
#include "cli/command.h"
#include "sanctions/archive.h"
#include "sanctions/associates.h"
#include "sanctions/day.h"
#include "sanctions/lists/list.h"

enum { HITS_MOST = 50, OUTPUT_BYTES = 16 * 1024 * 1024 };

struct screening {
    const char *data;
    const char *paths[LIMIT_LIST_SOURCES]; /* files or folders; none: the archive in data */
    size_t path_count, list_count;
    struct designations *lists[LIMIT_LIST_SOURCES];
    struct screen *screen;
    struct screener *screener;
    struct screen_query query;
    struct bytes identifiers[SCREEN_IDENTIFIERS];
    struct screen_hit hits[HITS_MOST];
    size_t hit_count;
    struct associates_index *associates;
    struct screener *beside; /* asks associates->screen */
    struct screen_hit beside_hits[HITS_MOST];
    size_t beside_count;
    bool json;
};

/* --- the lists --- */

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static void free_names(struct dirent **names, int count) {
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

/* The files of a folder make one list, as OFAC's do. */
static bool load_folder(struct screening *run, const char *path, struct error *err) {
    struct dirent **names = NULL;
    static char files[LIMIT_LIST_FILES][4096];
    const char *paths[LIMIT_LIST_FILES];
    int count = scandir(path, &names, is_visible, alphasort);
    bool fine = count > 0 && count <= LIMIT_LIST_FILES;
    for (int i = 0; fine && i < count; i++) {
        snprintf(files[i], sizeof files[i], "%s/%s", path, names[i]->d_name);
        paths[i] = files[i];
    }
    free_names(names, count);
    if (!fine)
        return error_set(err, ERROR_VALIDATION, "%s does not hold the 1 to %d files of one list", path,
                         LIMIT_LIST_FILES);
    return list_read(path, paths, NULL, (size_t)count, &run->lists[run->list_count], NULL, err);
}

static bool load_path(struct screening *run, const char *path, struct error *err) {
    struct stat about;
    if (stat(path, &about) < 0)
        return error_set(err, ERROR_VALIDATION, "cannot read %s", path);
    bool fine = S_ISDIR(about.st_mode)
                    ? load_folder(run, path, err)
                    : list_read(path, &path, NULL, 1, &run->lists[run->list_count], NULL, err);
    run->list_count += fine;
    return fine;
}

/* All lists of the archive. One that is not healthy means that there is no verdict. */
static bool load_archive(struct screening *run, struct error *err) {
    static char names[LIMIT_LIST_SOURCES][ARCHIVE_SOURCE_MAX + 1];
    static struct archive_source source;
    size_t count;
    if (!archive_sources(run->data, names, &count, err))
        return false;
    if (count == 0)
        return error_set(err, ERROR_NOT_FOUND, "there are no lists in %s: see countenance lists --help",
                         run->data);
    for (size_t i = 0; i < count; i++) {
        if (!archive_source_read(run->data, names[i], &source, err) ||
            !archive_is_healthy(run->data, &source, clock_now_ms(), err) ||
            !archive_load(run->data, names[i], source.current, &run->lists[run->list_count], err))
            return false;
        run->list_count++;
    }
    return true;
}

static bool load_lists(struct screening *run, struct error *err) {
    for (size_t i = 0; i < run->path_count; i++)
        if (!load_path(run, run->paths[i], err))
            return false;
    return run->path_count > 0 || load_archive(run, err);
}

/* --- the answer --- */

/* Four digits are enough, and no more than there is to it. */
static void put_score(struct buffer *out, const char *name, float score) {
    json_put_float(out, name, roundf(score * 10000) / 10000);
}

static void put_word(struct buffer *out, const char *name, const struct token *tokens, size_t first,
                     size_t count) {
    char text[LIMIT_NAME_TOKENS * (LIMIT_TOKEN + 1)];
    size_t len = 0;
    for (size_t i = first; i < first + count; i++) {
        int added = snprintf(text + len, sizeof text - len, "%s%s", i > first ? " " : "", tokens[i].text);
        len += added > 0 ? MIN((size_t)added, sizeof text - len - 1) : 0;
    }
    json_put_text(out, name, (struct bytes){text, len});
}

/* The words that no pair has. */
static void put_alone(struct buffer *out, const char *name, const struct name *words,
                      const struct match *match, bool listed) {
    json_array_open(out, name);
    for (size_t i = 0; i < words->count; i++) {
        bool paired = false;
        for (size_t k = 0; k < match->pair_count; k++) {
            const struct match_pair *pair = &match->pairs[k];
            size_t first = listed ? pair->b : pair->a, count = listed ? pair->b_count : pair->a_count;
            paired |= i >= first && i < first + count;
        }
        if (!paired)
            json_put_string(out, NULL, words->tokens[i].text);
    }
    json_array_close(out);
}

static void put_explanation(struct buffer *out, const struct screening *run, const struct screen_hit *hit) {
    const struct name *asked = screener_asked(run->screener, hit);
    struct name listed;
    screen_listed(run->screen, hit, &listed);
    json_object_open(out, "explanation");
    put_score(out, "names", hit->match.score);
    json_array_open(out, "pairs");
    for (size_t i = 0; i < hit->match.pair_count; i++) {
        const struct match_pair *pair = &hit->match.pairs[i];
        json_object_open(out, NULL);
        put_word(out, "asked", asked->tokens, pair->a, pair->a_count);
        put_word(out, "listed", listed.tokens, pair->b, pair->b_count);
        json_put_string(out, "how", match_kind_name(pair->kind));
        put_score(out, "cost", (float)pair->cost / 100);
        json_object_close(out);
    }
    json_array_close(out);
    put_alone(out, "onlyAsked", asked, &hit->match, false);
    put_alone(out, "onlyListed", &listed, &hit->match, true);
    json_object_open(out, "takenOff");
    put_score(out, "spelling", hit->match.spelling);
    put_score(out, "missing", hit->match.missing);
    put_score(out, "other", hit->match.other);
    put_score(out, "form", hit->match.form);
    json_object_close(out);
    json_object_close(out);
}

static void put_hit(struct buffer *out, const struct screening *run, const struct screen_hit *hit) {
    const struct designations *list = run->lists[hit->list];
    const struct designation *one = &list->designations[hit->designation];
    json_object_open(out, NULL);
    json_put_string(out, "list", list->source);
    json_put_text(out, "id", designations_text(list, one->id));
    json_put_text(out, "name", designation_name(list, one));
    json_put_string(out, "kind", designation_kind_name(one->kind));
    put_score(out, "score", hit->score);
    json_put_string(out, "verdict", match_verdict(hit->score));
    if (hit->name_matches) {
        json_put_text(out, "matchedName", designations_text(list, list->names[hit->name].whole));
        json_put_string(out, "nameKind", name_kind_name(list->names[hit->name].kind));
    }
    json_put_string(out, "born", accord_name(hit->born));
    json_put_string(out, "country", accord_name(hit->country));
    json_put_string(out, "gender", accord_name(hit->gender));
    json_put_string(out, "identifier", accord_name(hit->identifier));
    if (hit->identifier == ACCORD_AGREES)
        json_put_text(out, "agreeing", designations_text(list, list->identifiers[hit->agreeing].value));
    if (hit->name_matches)
        put_explanation(out, run, hit);
    json_object_close(out);
}

/* --- those whom a list names beside the listed --- */

static const struct associates *beside_of(const struct screening *run, const struct screen_hit *hit) {
    return &run->associates->lists[hit->list];
}

/* Who is not tied to anybody listed any more is told, and is no review. */
static const char *beside_verdict(const struct screening *run, const struct screen_hit *hit) {
    return associate_is_tied(beside_of(run, hit), hit->designation, day_today()) ? "review" : "clear";
}

/* The caller releases it. */
static struct buffer beside_why(const struct screening *run, const struct screen_hit *hit) {
    struct buffer why = buffer_new(OUTPUT_BYTES);
    associate_explain(beside_of(run, hit), hit->designation, &why);
    return why;
}

static void put_beside(struct buffer *out, const struct screening *run, const struct screen_hit *hit) {
    const struct designations *parties = beside_of(run, hit)->parties;
    const struct designation *one = &parties->designations[hit->designation];
    struct buffer why = beside_why(run, hit);
    json_object_open(out, NULL);
    json_put_string(out, "list", parties->source);
    json_put_text(out, "id", designations_text(parties, one->id));
    json_put_text(out, "name", designation_name(parties, one));
    put_score(out, "score", hit->score);
    json_put_string(out, "verdict", beside_verdict(run, hit));
    json_put_string(out, "identifier", accord_name(hit->identifier));
    json_put_text(out, "why", buffer_bytes(&why));
    json_object_close(out);
    buffer_release(&why);
}

static void print_beside(const struct screening *run, const struct screen_hit *hit) {
    const struct designations *parties = beside_of(run, hit)->parties;
    const struct designation *one = &parties->designations[hit->designation];
    struct buffer why = beside_why(run, hit);
    printf("%.2f %-6s %s %.*s: %.*s: %.*s\n", (double)hit->score, beside_verdict(run, hit), parties->source,
           BYTES_FORMAT(designations_text(parties, one->id)), BYTES_FORMAT(designation_name(parties, one)),
           BYTES_FORMAT(buffer_bytes(&why)));
    buffer_release(&why);
}

/* The gravest. */
static const char *verdict_of(const struct screening *run) {
    const char *verdict = match_verdict(run->hit_count ? run->hits[0].score : 0);
    for (size_t i = 0; i < run->beside_count && strcmp(verdict, "clear") == 0; i++)
        verdict = beside_verdict(run, &run->beside_hits[i]);
    return verdict;
}

static int print_hits(const struct screening *run) {
    if (run->json) {
        struct buffer out = buffer_new(OUTPUT_BYTES);
        json_object_open(&out, NULL);
        json_put_string(&out, "verdict", verdict_of(run));
        put_score(&out, "reviewFrom", MATCH_REVIEW);
        put_score(&out, "blockFrom", MATCH_BLOCK);
        json_array_open(&out, "lists");
        for (size_t i = 0; i < run->list_count; i++) {
            char version[65];
            sha256_hex(run->lists[i]->version, version);
            json_object_open(&out, NULL);
            json_put_string(&out, "list", run->lists[i]->source);
            json_put_string(&out, "version", version);
            json_put_integer(&out, "designations", run->lists[i]->count);
            json_object_close(&out);
        }
        json_array_close(&out);
        json_array_open(&out, "candidates");
        for (size_t i = 0; i < run->hit_count; i++)
            put_hit(&out, run, &run->hits[i]);
        json_array_close(&out);
        json_array_open(&out, "associates");
        for (size_t i = 0; i < run->beside_count; i++)
            put_beside(&out, run, &run->beside_hits[i]);
        json_array_close(&out);
        json_object_close(&out);
        return print_json(&out);
    }
    for (size_t i = 0; i < run->hit_count; i++) {
        const struct screen_hit *hit = &run->hits[i];
        const struct designations *list = run->lists[hit->list];
        const struct designation *one = &list->designations[hit->designation];
        printf("%.2f %-6s %s %.*s: %.*s\n", (double)hit->score, match_verdict(hit->score), list->source,
               BYTES_FORMAT(designations_text(list, one->id)), BYTES_FORMAT(designation_name(list, one)));
    }
    for (size_t i = 0; i < run->beside_count; i++)
        print_beside(run, &run->beside_hits[i]);
    if (run->hit_count == 0 && run->beside_count == 0)
        printf("clear: nobody of %zu lists\n", run->list_count);
    return EXIT_FINE;
}

/* --- the question --- */

static bool parse_date(const char *text, struct partial_date *ret_date) {
    struct bytes rest = bytes_of(text);
    uint64_t parts[3] = {0};
    const uint64_t most[3] = {9999, 12, 31};
    size_t count = 0;
    while (rest.len > 0 && count < 3)
        if (!bytes_to_number(bytes_split(&rest, '-'), most[count], &parts[count]) || parts[count++] == 0)
            return false;
    *ret_date = (struct partial_date){(int16_t)parts[0], (uint8_t)parts[1], (uint8_t)parts[2]};
    return count > 0 && rest.len == 0 && parts[0] >= 1000;
}

static bool parse_schema(const char *text, enum designation_kind *ret_kind) {
    static const struct {
        const char *name;
        enum designation_kind kind;
    } schemas[] = {{"Person", DESIGNATION_PERSON},       {"Company", DESIGNATION_ENTITY},
                   {"Organization", DESIGNATION_ENTITY}, {"Vessel", DESIGNATION_VESSEL},
                   {"Airplane", DESIGNATION_AIRCRAFT},   {"LegalEntity", DESIGNATION_OTHER}};
    for (size_t i = 0; i < ARRAY_LEN(schemas); i++)
        if (strcmp(text, schemas[i].name) == 0) {
            *ret_kind = schemas[i].kind;
            return true;
        }
    return false;
}

/* Takes one option; EXIT_FINE when it is fine. */
static int take_option(struct screening *run, int option, const char *text) {
    struct screen_query *query = &run->query;
    if (option == 'b' && !parse_date(text, &query->born))
        return fail_usage("--born takes a date such as 1971-06-05, 1971-06 or 1971, not '%s'", text);
    if (option == 'c') {
        if (strlen(text) != 2)
            return fail_usage("--country takes two letters, not '%s'", text);
        query->country[0] = (char)(text[0] & ~32);
        query->country[1] = (char)(text[1] & ~32);
    }
    if (option == 'g' && (strlen(text) != 1 || !strchr("MF", text[0])))
        return fail_usage("--gender takes M or F, not '%s'", text);
    if (option == 'g')
        query->gender = text[0];
    if (option == 's' && !parse_schema(text, &query->kind))
        return fail_usage(
            "--schema takes Person, Company, Organization, LegalEntity, Vessel or Airplane, not '%s'", text);
    if (option == 'i') {
        if (query->identifier_count == SCREEN_IDENTIFIERS)
            return fail_usage("--id can be given %d times", SCREEN_IDENTIFIERS);
        run->identifiers[query->identifier_count++] = bytes_of(text);
    }
    if (option == 'l') {
        if (run->path_count == LIMIT_LIST_SOURCES)
            return fail_usage("--lists can be given %d times", LIMIT_LIST_SOURCES);
        run->paths[run->path_count++] = text;
    }
    return EXIT_FINE;
}

static int look(struct screening *run) {
    const struct designations *const *lists = (const struct designations *const *)run->lists;
    struct error err;
    if (!load_lists(run, &err) || !screen_new(lists, run->list_count, &run->screen, &err) ||
        !screener_new(run->screen, &run->screener, &err) ||
        !screen_find(run->screener, &run->query, run->hits, HITS_MOST, &run->hit_count, &err) ||
        !associates_index_new(lists, run->list_count, &run->associates, &err) ||
        !screener_new(run->associates->screen, &run->beside, &err) ||
        !screen_find(run->beside, &run->query, run->beside_hits, HITS_MOST, &run->beside_count, &err))
        return fail("no verdict: %s", err.text);
    return print_hits(run);
}

int command_screen(int argc, char **argv) {
    static const struct option options[] = {
        {"born", required_argument, NULL, 'b'},   {"country", required_argument, NULL, 'c'},
        {"gender", required_argument, NULL, 'g'}, {"id", required_argument, NULL, 'i'},
        {"schema", required_argument, NULL, 's'}, {"lists", required_argument, NULL, 'l'},
        {"data", required_argument, NULL, 'd'},   {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},         {0}};
    static struct screening run = {.data = "./var"};
    run.query.identifiers = run.identifiers;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'h' || option == '?')
            return option == 'h' ? help_of("screen") : EXIT_USAGE;
        run.json |= option == 'j';
        run.data = option == 'd' ? optarg : run.data;
        int code = take_option(&run, option, optarg);
        if (code != EXIT_FINE)
            return code;
    }
    if (argc - optind != 1)
        return fail_usage("screen takes one name");
    run.query.name = bytes_of(argv[optind]);
    int code = look(&run);
    screener_free(run.beside);
    associates_index_free(run.associates);
    screener_free(run.screener);
    screen_free(run.screen);
    for (size_t i = 0; i < run.list_count; i++)
        designations_free(run.lists[i]);
    return code;
}
