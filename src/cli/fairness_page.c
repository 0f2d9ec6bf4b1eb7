/* The report as a page: for each division a plot of false match rates on a logarithmic axis, one of false
 * non-match rates, and the table of both. */
#include <math.h>
#include "cli/fairness.h"

enum { ROW = 24, NAMES = 190, WIDTH = 640, TOP = 30 };

/* Labels are an operator's, and nobody knows from where. */
static void put_text(FILE *stream, const char *text) {
    for (; *text; text++)
        switch (*text) {
        case '<':
            fputs("&lt;", stream);
            break;
        case '&':
            fputs("&amp;", stream);
            break;
        case '"':
            fputs("&quot;", stream);
            break;
        default:
            fputc((unsigned char)*text < ' ' ? ' ' : *text, stream);
        }
}

struct axis {
    double low, high; /* exponents of ten */
};

static double place(struct axis axis, double share) {
    double exponent = share > 0 ? log10(share) : axis.low;
    double part = (fmin(fmax(exponent, axis.low), axis.high) - axis.low) / (axis.high - axis.low);
    return NAMES + part * (WIDTH - NAMES - 20);
}

static void put_axis(FILE *stream, struct axis axis, int height, const char *title) {
    fprintf(stream,
            "<svg viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\" aria-label=\"%s\">\n<text x=\"%d\" "
            "y=\"14\">%s</text>\n",
            WIDTH, height + 24, WIDTH, title, NAMES, title);
    for (double tick = axis.low; tick <= axis.high + 0.5; tick++)
        fprintf(stream,
                "<path class=\"grid\" d=\"M%.1f %dV%d\"/><text class=\"tick\" x=\"%.1f\" "
                "y=\"%d\">1e%.0f</text>\n",
                place(axis, pow(10, tick)), TOP - 8, height, place(axis, pow(10, tick)), height + 16, tick);
}

static void put_mark(FILE *stream, struct axis axis, int height, double share, const char *class) {
    if (share > 0)
        fprintf(stream, "<path class=\"%s\" d=\"M%.1f %dV%d\"/>\n", class, place(axis, share), TOP - 8,
                height);
}

static void put_plot(FILE *stream, const struct fairness_report *report,
                     const struct fairness_division *division, const struct fairness_result *results,
                     bool match) {
    struct axis axis = match ? (struct axis){-7, -1} : (struct axis){-4, 0};
    int height = TOP + division->count * ROW;
    double average = fairness_share(match ? &report->all.match : &report->all.nonmatch);
    put_axis(stream, axis, height, match ? "false match rate" : "false non-match rate");
    put_mark(stream, axis, height, average, "average");
    if (match)
        put_mark(stream, axis, height, FAIRNESS_TIMES_MAX * average, "limit");
    for (int group = 0; group < division->count; group++) {
        const struct fairness_rate *rate = match ? &results[group].match : &results[group].nonmatch;
        int y = TOP + group * ROW + ROW / 2;
        fprintf(stream, "<text class=\"name\" x=\"%d\" y=\"%d\">", NAMES - 10, y + 4);
        put_text(stream, division->groups[group]);
        fputs("</text>\n", stream);
        if (!(rate->pairs > 0))
            continue;
        fprintf(stream, "<path class=\"bar\" d=\"M%.1f %dH%.1f\"/>", place(axis, rate->low), y,
                place(axis, rate->high));
        if (rate->wrong > 0)
            fprintf(stream, "<circle cx=\"%.1f\" cy=\"%d\" r=\"4\"/>", place(axis, fairness_share(rate)), y);
        fputc('\n', stream);
    }
    fputs("</svg>\n", stream);
}

static void put_rate(FILE *stream, const struct fairness_rate *rate) {
    if (rate->pairs > 0)
        fprintf(stream, "<td>%.0f of %.0f</td><td>%.2g</td><td>%.2g to %.2g</td>", rate->wrong, rate->pairs,
                fairness_share(rate), rate->low, rate->high);
    else
        fputs("<td>no pairs</td><td></td><td></td>", stream);
}

static void put_row(FILE *stream, const struct fairness_report *report, const char *name,
                    const struct fairness_result *result) {
    static const char *const verdicts[] = {[FAIRNESS_WITHIN] = "within",
                                           [FAIRNESS_PERHAPS] = "perhaps above",
                                           [FAIRNESS_ABOVE] = "<strong>above</strong>",
                                           [FAIRNESS_TOO_FEW] = "too few to tell"};
    fputs("<tr><th>", stream);
    put_text(stream, name);
    fprintf(stream, "</th><td>%d</td><td>%d</td>", result->people, result->photographs);
    put_rate(stream, &result->match);
    fprintf(stream, "<td>%.2g</td><td>%s</td>",
            fairness_share(&result->match) / fairness_share(&report->all.match),
            verdicts[fairness_judge(report, result)]);
    put_rate(stream, &result->nonmatch);
    fputs("</tr>\n", stream);
}

static void put_table(FILE *stream, const struct fairness_report *report,
                      const struct fairness_division *division, const struct fairness_result *results) {
    fputs("<table><thead><tr><th>group</th><th>people</th><th>photographs</th><th>false "
          "matches</th><th>rate</th>"
          "<th>95 %</th><th>times the average</th><th>three times it</th><th>false "
          "non-matches</th><th>rate</th>"
          "<th>95 %</th></tr></thead><tbody>\n",
          stream);
    for (int group = 0; group < division->count; group++)
        put_row(stream, report, division->groups[group], &results[group]);
    put_row(stream, report, "all", &report->all);
    fputs("</tbody></table>\n", stream);
}

static void put_head(FILE *stream, const struct fairness_report *report) {
    fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Errors of recognition by "
          "group</title>\n<style>body{font:15px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
          "table{border-collapse:collapse;font-size:13px}td,th{border-bottom:1px solid #ccc;padding:3px 8px;"
          "text-align:right}th:first-child{text-align:left}svg{font-size:12px;display:block;margin:1em 0;"
          "max-width:100%}.grid{stroke:#ddd}.tick{text-anchor:middle;fill:#666}.name{text-anchor:end}"
          ".bar{stroke:#37c;stroke-width:3}circle{fill:#147}.average{stroke:#393;stroke-width:2}"
          ".limit{stroke:#c33;stroke-width:2;stroke-dasharray:4 3}</style></head><body>\n"
          "<h1>Errors of recognition by group</h1>\n",
          stream);
    fprintf(stream,
            "<p>%zu photographs of %d people; %zu without a face are left out. Similarity %.4g, cosine %.4f, "
            "which is calibrated for a false match rate of %.2g. ",
            report->labelled->count, report->all.people, report->labelled->without_face,
            (double)report->similarity, (double)report->cosine, report->expected);
    put_text(stream, report->origin);
    fputs(
        "</p>\n<p>A false match: a pair of strangers, both of the group, that reaches the similarity. A "
        "false "
        "non-match: a pair of one person that does not. Intervals hold with 95 %; each end is the wider of "
        "Wilson's and of a bootstrap over people. Green: the average over all pairs of the set, dashed red: "
        "three times that. People of one group look more alike than people of different ones, so most "
        "groups lie above the average, which mixes them.</p>\n",
        stream);
}

bool fairness_page(FILE *stream, const struct fairness_report *report) {
    put_head(stream, report);
    for (int i = 0; i < report->division_count; i++) {
        const struct fairness_division *division = &report->divisions[i];
        fputs("<h2>By ", stream);
        put_text(stream, division->name);
        fputs("</h2>\n", stream);
        put_plot(stream, report, division, report->results[i], true);
        put_plot(stream, report, division, report->results[i], false);
        put_table(stream, report, division, report->results[i]);
    }
    fputs(
        "<h2>Limits</h2>\n<p>The figures hold for these photographs. A group of few people tells little; the "
        "intervals say how little, but not what kinds of people and pictures are missing. Where groups are "
        "estimated, they carry the errors of the estimate, and a face taken for another age or gender is a "
        "harder one than most.</p>\n</body></html>\n",
        stream);
    return !ferror(stream);
}
