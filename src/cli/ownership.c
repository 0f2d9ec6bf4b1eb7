/* Verdicts on the parties of a file of ownership facts, by each rule, as of a day. */
#include <errno.h>
#include <getopt.h>
#include <yyjson.h>
#include "cli/command.h"
#include "sanctions/dossier.h"
#include "sanctions/explain.h"

struct ownership {
    const char *path, *party, *regime, *rules_path;
    int32_t day;
    bool json, check;
    struct rules rules;
    struct dossier dossier;
    struct arena *arena, *scratch; /* of the view; of one verdict */
    struct view view;
    yyjson_mut_doc *document;
    yyjson_mut_val *verdicts;
    uint32_t failures; /* of --check */
};

/* False with the exit code when there is nothing more to do. */
static bool parse(int argc, char **argv, struct ownership *run, int *ret_code) {
    static const struct option options[] = {
        {"as-of", required_argument, 0, 'd'},  {"party", required_argument, 0, 'p'},
        {"regime", required_argument, 0, 'r'}, {"rules", required_argument, 0, 'f'},
        {"json", no_argument, 0, 'j'},         {"check", no_argument, 0, 'c'},
        {"help", no_argument, 0, 'h'},         {0}};
    run->day = day_today();
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'h' || option == '?') {
            *ret_code = option == 'h' ? help_of("ownership") : EXIT_USAGE;
            return false;
        }
        if (option == 'd' && !day_parse(bytes_of(optarg), &run->day)) {
            *ret_code = fail_usage("--as-of takes a day such as 2022-03-24, not '%s'", optarg);
            return false;
        }
        run->party = option == 'p' ? optarg : run->party;
        run->regime = option == 'r' ? optarg : run->regime;
        run->rules_path = option == 'f' ? optarg : run->rules_path;
        run->json |= option == 'j';
        run->check |= option == 'c';
    }
    if (argc - optind != 1) {
        *ret_code = fail_usage("ownership takes one FILE");
        return false;
    }
    run->path = argv[optind];
    return true;
}

static void close_stream(FILE **stream) {
    if (*stream)
        fclose(*stream);
}

static bool load_rules(struct ownership *run, struct error *err) {
    rules_default(&run->rules);
    if (!run->rules_path)
        return true;
    CLEANUP(close_stream) FILE *stream = fopen(run->rules_path, "re");
    if (!stream)
        return error_set(err, ERROR_INTERNAL, "cannot read %s: %s", run->rules_path, strerror(errno));
    return rules_read(stream, run->rules_path, &run->rules, err);
}

static bool load(struct ownership *run, struct error *err) {
    CLEANUP_FREE char *text = NULL;
    size_t len;
    struct error why;
    if (!load_rules(run, err) || !file_read(run->path, 0, &text, &len, err))
        return false;
    if (!dossier_read((struct bytes){text, len}, &run->dossier, &why))
        return error_set(err, why.code, "%s: %s", run->path, why.text);
    run->arena = arena_new(LIMIT_OWNERSHIP_ARENA);
    run->scratch = arena_new(LIMIT_OWNERSHIP_ARENA);
    run->document = yyjson_mut_doc_new(NULL);
    run->verdicts = yyjson_mut_arr(run->document);
    return (run->arena && run->scratch && run->verdicts) ||
           error_set(err, ERROR_INTERNAL, "no memory for verdicts");
}

static void print_finding(const struct ownership *run, const struct verdict *verdict,
                          const struct finding *finding) {
    struct buffer text = buffer_new(LIMIT_REPLY_BYTES);
    buffer_text(&text, "    - ");
    explain_finding(&run->view, verdict, finding, &text);
    for (uint32_t i = 0; i < finding->step_count; i++) {
        buffer_text(&text, "\n        ");
        explain_step(&run->view, verdict->rule, &finding->steps[i], &text);
    }
    if (finding->cut)
        buffer_text(&text, "\n        and more");
    buffer_text(&text, "\n");
    fputs(text.failed ? "" : text.data, stdout);
    buffer_release(&text);
}

static void print_verdict(const struct ownership *run, const struct verdict *verdict, enum serving service,
                          const struct decision *decision) {
    const struct party *party = &run->view.graph->parties[verdict->party];
    char day[DAY_TEXT], facts[65];
    day_format(verdict->day, day);
    sha256_hex(verdict->facts, facts);
    printf("%s (%s), %s, %s: %s; service %s\n", party->name, party->id, verdict->rule->regime, day,
           result_name(verdict->result), service_name(service));
    if (decision)
        printf("    %s by %s: %s\n", decision_kind_name(decision->kind), decision->by, decision->reasons);
    if (!verdict->in_force)
        printf("    the rule is not in force on that day\n");
    if (verdict->listings == 0)
        printf("    the file tells of no designation by %s\n", verdict->rule->regime);
    for (uint32_t i = 0; i < verdict->finding_count; i++)
        print_finding(run, verdict, &verdict->findings[i]);
    if (verdict->findings_left_out > 0)
        printf("    and %u findings that weigh less\n", verdict->findings_left_out);
    printf("    facts %s\n", facts);
}

/* What became of each decision about the party. */
static bool add_decisions(const struct ownership *run, const struct verdict *verdict,
                          yyjson_mut_val *object) {
    yyjson_mut_val *array = yyjson_mut_obj_add_arr(run->document, object, "decisions");
    const char *id = run->view.graph->parties[verdict->party].id;
    for (uint32_t i = 0; i < run->dossier.decision_count; i++) {
        const struct decision *decision = &run->dossier.decisions[i];
        if (strcmp(decision->party, id) != 0 || strcmp(decision->regime, verdict->rule->regime) != 0)
            continue;
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(run->document, array);
        enum standing standing = decision_standing(decision, &verdict->facts, verdict->day);
        if (!yyjson_mut_obj_add_str(run->document, item, "decision", decision_kind_name(decision->kind)) ||
            !yyjson_mut_obj_add_str(run->document, item, "by", decision->by) ||
            !yyjson_mut_obj_add_str(run->document, item, "reasons", decision->reasons) ||
            !yyjson_mut_obj_add_str(run->document, item, "standing", standing_name(standing)))
            return false;
    }
    return array != NULL;
}

static bool judge(struct ownership *run, uint32_t party, const struct rule *rule, struct error *err) {
    struct verdict verdict;
    size_t used, decisions = run->dossier.decision_count;
    arena_reset(run->scratch);
    if (!verdict_make(run->scratch, &run->view, rule, party, &verdict, err))
        return false;
    enum serving service = service_of(&verdict, run->view.graph->parties[party].id, run->dossier.decisions,
                                      decisions, &used);
    if (!run->json) {
        print_verdict(run, &verdict, service, used < decisions ? &run->dossier.decisions[used] : NULL);
        return true;
    }
    yyjson_mut_val *object = explain_json(run->document, &run->view, &verdict);
    return (yyjson_mut_obj_add_str(run->document, object, "service", service_name(service)) &&
            add_decisions(run, &verdict, object) && yyjson_mut_arr_append(run->verdicts, object)) ||
           error_set(err, ERROR_INTERNAL, "no memory for the result");
}

static bool wants(const struct ownership *run, const struct rule *rule) {
    return !run->regime || strcmp(run->regime, rule->regime) == 0;
}

static bool judge_all(struct ownership *run, struct error *err) {
    const struct graph *graph = run->dossier.graph;
    uint32_t first = 0, end = graph->party_count, judged = 0;
    if (run->party && !graph_find(graph, bytes_of(run->party), &first))
        return error_set(err, ERROR_NOT_FOUND, "%s has no party '%s'", run->path, run->party);
    end = run->party ? first + 1 : end;
    if (!view_make(run->arena, graph, run->day, &run->view, err))
        return false;
    for (uint32_t party = first; party < end; party++)
        for (uint32_t i = 0; i < run->rules.count; i++) {
            const struct rule *rule = &run->rules.rules[i];
            if (wants(run, rule) && !judge(run, party, rule, err))
                return false;
            judged += wants(run, rule);
        }
    return judged > 0 || error_set(err, ERROR_NOT_FOUND,
                                   "there is nothing to judge: no rule of the regime, "
                                   "or no party");
}

/* One of the verdicts that the file expects. */
static bool check(struct ownership *run, const struct expectation *expected, struct error *err) {
    const struct graph *graph = run->dossier.graph;
    struct verdict verdict;
    char day[DAY_TEXT];
    bool any = false;
    day_format(expected->day, day);
    arena_reset(run->arena);
    if (!view_make(run->arena, graph, expected->day, &run->view, err))
        return false;
    for (uint32_t i = 0; i < run->rules.count; i++) {
        if (strcmp(run->rules.rules[i].regime, expected->regime) != 0)
            continue;
        any = true;
        arena_reset(run->scratch);
        if (!verdict_make(run->scratch, &run->view, &run->rules.rules[i], expected->party, &verdict, err))
            return false;
        bool good = verdict.result == expected->result;
        run->failures += !good;
        printf("%s: %s, %s, %s: %s", good ? "ok" : "FAILED", graph->parties[expected->party].id,
               expected->regime, day, result_name(verdict.result));
        printf(good ? "\n" : ", not %s\n", result_name(expected->result));
    }
    return any || error_set(err, ERROR_NOT_FOUND, "there is no rule for %s", expected->regime);
}

static bool check_all(struct ownership *run, struct error *err) {
    for (uint32_t i = 0; i < run->dossier.expectation_count; i++)
        if (!check(run, &run->dossier.expectations[i], err))
            return false;
    return run->dossier.expectation_count > 0 ||
           error_set(err, ERROR_NOT_FOUND, "%s expects nothing", run->path);
}

static int print_document(struct ownership *run) {
    struct buffer out = buffer_new(LIMIT_REPLY_BYTES);
    yyjson_mut_doc_set_root(run->document, run->verdicts);
    size_t len;
    CLEANUP_FREE char *text = yyjson_mut_write(run->document, YYJSON_WRITE_PRETTY, &len);
    if (!text)
        return fail("no memory for the result");
    buffer_append(&out, text, len);
    return print_json(&out);
}

int command_ownership(int argc, char **argv) {
    struct ownership run = {0};
    struct error err;
    int code;
    if (!parse(argc, argv, &run, &code))
        return code;
    bool good = load(&run, &err) && (run.check ? check_all(&run, &err) : judge_all(&run, &err));
    code = !good                    ? fail("%s", err.text)
           : run.json && !run.check ? print_document(&run)
           : run.failures > 0       ? fail("%u verdicts are not as %s expects", run.failures, run.path)
                                    : EXIT_FINE;
    yyjson_mut_doc_free(run.document);
    dossier_release(&run.dossier);
    arena_free(run.arena);
    arena_free(run.scratch);
    return code;
}
