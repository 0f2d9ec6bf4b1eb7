/* The supply statement: who was ever served, as JSON for programs and as HTML for people. */
#include <getopt.h>
#include "api/json.h"
#include "cli/command.h"
#include "record/files.h"
#include "record/proof.h"
#include "sanctions/match.h"
#include "sanctions/supply.h"

struct report {
    const char *data, *name, *as_of, *out;
    bool json;
    struct supply *supply;
    struct buffer text;
};

static const char *const kind_names[] = {
    [SUPPLY_SCREENING] = "verdict",
    [SUPPLY_BEGINS] = "service begins",
    [SUPPLY_ENDS] = "service ends",
    [SUPPLY_DECISION] = "decision",
};

/* Said in both forms. */
static const char *const proves[] = {"Every entry of the record was held against the root hash of the "
                                     "checkpoint named above; entries that were "
                                     "changed, left out or put in later would not fit it.",
                                     "A witness that cosigned the checkpoint has seen this record grow, and "
                                     "has not seen another one: what its "
                                     "cosignature covers cannot have been rewritten for this report alone.",
                                     "Each entry named here can be proved by itself, to anybody who has the "
                                     "verifier key, with countenance prove "
                                     "INDEX and countenance verify bundle.",
                                     NULL};
static const char *const proves_not[] = {
    "That there was no other server with another record, or that this program was not changed so as to "
    "answer "
    "without recording. The record shows what went through this server as it was built.",
    "That an account is who it said it was. Names are those under which accounts were made and screened.",
    "That the lists and the facts of ownership were complete. It shows which versions a verdict was held "
    "against, "
    "by hash.",
    "That nobody else stood behind an account: owners are those that the operator knew of at each verdict.",
    "Without cosignatures of witnesses: that the operator, who holds the signing key, has not made the whole "
    "record anew.",
    NULL};

/* --- both --- */

static bool is_match(const struct supply_account *account) {
    return account->match >= MATCH_REVIEW || account->holder_match >= MATCH_REVIEW;
}

/* Of those that were ever served. */
static size_t count_matches(const struct supply *supply) {
    size_t count = 0;
    for (const struct supply_account *account = supply->accounts; account; account = account->next)
        count += account->served && is_match(account);
    return count;
}

/* --- JSON --- */

static void put_text(struct buffer *out, const char *name, const char *text) {
    if (text && text[0])
        json_put_string(out, name, text);
}

static void put_proof(struct report *report, uint64_t index) {
    char folder[FILES_PATH_MAX];
    struct buffer proof = buffer_new(PROOF_BYTES);
    if (files_path(report->data, "record", folder, NULL) &&
        proof_make(folder, &report->supply->log, index, &proof, NULL))
        json_put_text(&report->text, "Proof", buffer_bytes(&proof));
    buffer_release(&proof);
}

static void put_event(struct report *report, const struct supply_event *event) {
    struct buffer *out = &report->text;
    json_object_open(out, NULL);
    json_put_string(out, "Kind", kind_names[event->kind]);
    json_put_integer(out, "EntryIndex", (int64_t)event->index);
    put_text(out, "Time", event->time);
    put_text(out, "Person", event->person);
    put_text(out, "Result", event->result);
    put_text(out, "Service", event->service);
    put_text(out, "Findings", event->findings);
    put_text(out, "Lists", event->lists);
    put_text(out, "Reason", event->reason);
    if (event->kind == SUPPLY_DECISION)
        put_text(out, "Decision", event->decision);
    if (event->number)
        json_put_integer(out, "DecisionNumber", event->number);
    put_text(out, "Subject", event->subject);
    put_text(out, "Authority", event->authority);
    put_text(out, "Reference", event->reference);
    put_text(out, "ExpiresDate", event->expires);
    put_proof(report, event->index);
    json_object_close(out);
}

static void put_texts(struct buffer *out, const char *name, const char *const *texts, size_t count) {
    json_array_open(out, name);
    for (size_t i = 0; i < count; i++)
        json_put_string(out, NULL, texts[i]);
    json_array_close(out);
}

static void put_match(struct buffer *out, const struct supply_account *account) {
    if (account->matched) {
        json_put_string(out, "MatchedName", account->matched);
        json_put_float(out, "MatchScore", account->match);
    }
    if (account->matched_holder) {
        json_put_string(out, "MatchedHolder", account->matched_holder);
        json_put_float(out, "HolderScore", account->holder_match);
    }
}

static void put_account(struct report *report, const struct supply_account *account) {
    struct buffer *out = &report->text;
    json_object_open(out, NULL);
    json_put_string(out, "AccountId", account->id);
    put_texts(out, "Names", account->names, account->name_count);
    put_text(out, "Country", account->country);
    put_texts(out, "Holders", account->holders, account->holder_count);
    json_put_boolean(out, "EverServed", account->served);
    json_put_boolean(out, "ServedAtTheEnd", account->open);
    json_put_integer(out, "Uses", (int64_t)account->uses);
    json_put_integer(out, "RefusedUses", (int64_t)account->refused);
    json_put_integer(out, "UsesWithoutService", (int64_t)account->unserved_uses);
    if (account->uses > 0) {
        json_put_integer(out, "FirstUseEntryIndex", (int64_t)account->first_use);
        json_put_integer(out, "LastUseEntryIndex", (int64_t)account->last_use);
        put_text(out, "FirstUse", account->first_time);
        put_text(out, "LastUse", account->last_time);
    }
    put_match(out, account);
    json_array_open(out, "Events");
    for (const struct supply_event *event = account->events; event; event = event->next)
        put_event(report, event);
    json_array_close(out);
    json_object_close(out);
}

static void put_sentences(struct buffer *out, const char *name, const char *const *sentences) {
    size_t count = 0;
    while (sentences[count])
        count++;
    put_texts(out, name, sentences, count);
}

static void write_json(struct report *report) {
    const struct supply *supply = report->supply;
    struct buffer *out = &report->text;
    char root[65], vkey[NOTE_VKEY_MAX];
    sha256_hex(supply->checkpoint.root, root);
    note_key_format(&supply->log, vkey);
    json_object_open(out, NULL);
    json_object_open(out, "Record");
    json_put_string(out, "Origin", supply->checkpoint.origin);
    json_put_integer(out, "Size", (int64_t)supply->checkpoint.size);
    json_put_string(out, "Root", root);
    json_put_string(out, "VerifierKey", vkey);
    json_put_integer(out, "Cosigned", supply->cosigned);
    json_put_integer(out, "Witnesses", supply->witnesses);
    json_object_close(out);
    if (report->as_of)
        json_put_string(out, "AsOf", report->as_of);
    json_put_boolean(out, "NamesOpened", supply->has_key && supply->unopened == 0);
    if (report->name) {
        json_object_open(out, "Question");
        json_put_string(out, "Name", report->name);
        json_put_boolean(out, "EverServed", count_matches(supply) > 0);
        json_put_boolean(out, "Complete", supply->unopened == 0);
        json_object_close(out);
    }
    json_array_open(out, "Accounts");
    for (const struct supply_account *account = supply->accounts; account; account = account->next)
        put_account(report, account);
    json_array_close(out);
    put_sentences(out, "Proves", proves);
    put_sentences(out, "ProvesNot", proves_not);
    json_object_close(out);
    buffer_text(out, "\n");
}

/* --- HTML --- */

static void html(struct buffer *out, const char *text) {
    for (; text && *text; text++)
        if (*text == '<' || *text == '>' || *text == '&' || *text == '"' || *text == '\'')
            buffer_printf(out, "&#%d;", *text);
        else
            buffer_append(out, text, 1);
}

/* "Label: text" when there is any. */
static void html_labelled(struct buffer *out, const char *label, const char *text) {
    if (!text || !text[0])
        return;
    buffer_printf(out, "%s%s", label, label[0] ? ": " : "");
    html(out, text);
    buffer_text(out, ". ");
}

static void html_list(struct buffer *out, const char *title, const char *const *sentences) {
    buffer_printf(out, "<h2>%s</h2>\n<ul>\n", title);
    for (; *sentences; sentences++) {
        buffer_text(out, "<li>");
        html(out, *sentences);
        buffer_text(out, "</li>\n");
    }
    buffer_text(out, "</ul>\n");
}

static void html_event(struct buffer *out, const struct supply_event *event) {
    buffer_printf(out, "<tr><td>%llu</td><td>", (unsigned long long)event->index);
    html(out, event->time);
    buffer_printf(out, "</td><td>%s</td><td>", kind_names[event->kind]);
    html_labelled(out, "Result", event->result);
    html_labelled(out, "Service", event->service);
    html_labelled(out, "Because", event->reason);
    html_labelled(out, "Findings", event->findings);
    html_labelled(out, "Lists", event->lists);
    if (event->kind == SUPPLY_DECISION)
        html_labelled(out, "Decision", event->decision);
    html_labelled(out, "About", event->subject);
    html_labelled(out, "Authority", event->authority);
    html_labelled(out, "Reference", event->reference);
    html_labelled(out, "Expires", event->expires);
    html_labelled(out, "By", event->person);
    buffer_text(out, "</td></tr>\n");
}

static void html_account(struct buffer *out, const struct supply_account *account) {
    buffer_printf(out, "<h3>Account %s", account->id);
    for (size_t i = 0; i < account->name_count; i++) {
        buffer_text(out, i ? "; " : ": ");
        html(out, account->names[i]);
    }
    buffer_text(out, "</h3>\n<p>");
    html_labelled(out, "Country", account->country);
    for (size_t i = 0; i < account->holder_count; i++)
        html_labelled(out, "Held or directed by", account->holders[i]);
    buffer_printf(out, "%s %llu uses were answered and %llu refused. ",
                  account->served ? "<strong>It was served.</strong>" : "It was never served.",
                  (unsigned long long)account->uses, (unsigned long long)account->refused);
    if (account->uses > 0) {
        html_labelled(out, "First use", account->first_time);
        html_labelled(out, "Last use", account->last_time);
    }
    if (account->unserved_uses > 0)
        buffer_printf(out, "<strong>%llu uses were answered while no service was recorded.</strong>",
                      (unsigned long long)account->unserved_uses);
    buffer_text(out, "</p>\n");
    if (!account->events)
        return;
    buffer_text(out,
                "<table border=\"1\"><tr><th>Entry</th><th>Time (UTC)</th><th>What</th><th></th></tr>\n");
    for (const struct supply_event *event = account->events; event; event = event->next)
        html_event(out, event);
    buffer_text(out, "</table>\n");
}

static void html_answer(struct report *report) {
    const struct supply *supply = report->supply;
    struct buffer *out = &report->text;
    size_t count = count_matches(supply);
    buffer_text(out, "<h2>Was anyone matching &ldquo;");
    html(out, report->name);
    buffer_printf(
        out, "&rdquo;, or held by them, ever served?</h2>\n<p id=\"answer\"><strong>%s</strong></p>\n<ul>\n",
        count ? "Yes." : "No: nobody whose name is like it is in this record as served.");
    for (const struct supply_account *account = supply->accounts; account; account = account->next)
        if (is_match(account)) {
            buffer_printf(out, "<li>Account %s (%s): ", account->id,
                          account->served ? "served" : "never served");
            html_labelled(out, "its name", account->matched);
            html_labelled(out, "its holder", account->matched_holder);
            buffer_text(out, "</li>\n");
        }
    buffer_text(out, "</ul>\n");
    if (supply->unopened > 0)
        buffer_printf(
            out, "<p>The answer is not complete: %llu verdicts bear names that this key does not open.</p>\n",
            (unsigned long long)supply->unopened);
}

static void write_html(struct report *report) {
    const struct supply *supply = report->supply;
    struct buffer *out = &report->text;
    char root[65], vkey[NOTE_VKEY_MAX];
    sha256_hex(supply->checkpoint.root, root);
    note_key_format(&supply->log, vkey);
    buffer_text(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Supply statement</title>"
        "</head><body>\n<h1>Supply statement</h1>\n<p>To whom this server made face recognition "
        "available, by its record.</p>\n<p>Record ");
    html(out, supply->checkpoint.origin);
    buffer_printf(
        out,
        ", %llu entries, root hash <code>%s</code>, cosigned by %d of %d witnesses. Verifier key: <code>",
        (unsigned long long)supply->checkpoint.size, root, supply->cosigned, supply->witnesses);
    html(out, vkey);
    buffer_text(out, "</code></p>\n");
    if (report->as_of)
        buffer_printf(out, "<p>As of the end of %s (UTC).</p>\n", report->as_of);
    if (!supply->has_key)
        buffer_text(out, "<p>Names are sealed in the record, and its key was not at hand: accounts are told "
                         "by number.</p>\n");
    if (report->name)
        html_answer(report);
    buffer_printf(out, "<h2>Accounts: %zu</h2>\n", supply->account_count);
    for (const struct supply_account *account = supply->accounts; account; account = account->next)
        html_account(out, account);
    html_list(out, "What this proves", proves);
    html_list(out, "What it does not prove", proves_not);
    buffer_text(out, "</body></html>\n");
}

/* --- the command --- */

static int print(const struct report *report) {
    struct error err;
    struct bytes text = buffer_bytes(&report->text);
    if (report->text.failed)
        return fail("the report is too long");
    if (report->out)
        return files_write(report->out, text, 0600, &err) ? EXIT_FINE : fail("%s", err.text);
    return fwrite(text.ptr, 1, text.len, stdout) == text.len && fflush(stdout) == 0
               ? EXIT_FINE
               : fail("cannot write the report");
}

static int run(struct report *report) {
    int32_t last_day = DAY_LAST;
    struct error err;
    if (report->as_of && !day_parse(bytes_of(report->as_of), &last_day))
        return fail_usage("--as-of is a day such as 2027-01-31, not '%s'", report->as_of);
    if (!supply_read(report->data, report->name, last_day, &report->supply, &err))
        return fail("%s", err.text);
    report->text = buffer_new((size_t)4 * LIMIT_REPLY_BYTES);
    if (report->json)
        write_json(report);
    else
        write_html(report);
    int code = print(report);
    buffer_release(&report->text);
    supply_free(report->supply);
    return code;
}

int command_supply_report(int argc, char **argv) {
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"name", required_argument, NULL, 'n'},
                                            {"as-of", required_argument, NULL, 'a'},
                                            {"out", required_argument, NULL, 'o'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct report report = {.data = "./var"};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'd')
            report.data = optarg;
        else if (option == 'n')
            report.name = optarg;
        else if (option == 'a')
            report.as_of = optarg;
        else if (option == 'o')
            report.out = optarg;
        else if (option == 'j')
            report.json = true;
        else
            return option == 'h' ? help_of("supply-report") : EXIT_USAGE;
    return argc == optind ? run(&report) : fail_usage("supply-report takes options alone");
}
