/* The similarity scale from photographs: for each false match rate that the scale names, the cosine that at
 * most this share of pairs of strangers reaches, with 95 % confidence. Writes them as the table that the
 * server is built with or as a section of the pack's manifest, and draws the curve. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include "cli/labelled.h"
#include "match/similarity.h"

static const struct similarity_anchor *const anchors = similarity_anchors;

enum { KNOTS = SIMILARITY_ANCHORS + 2, PAIRS_MIN = 1000000 };

static void make_knots(const struct pair_scores *scores, struct similarity_knot knots[KNOTS]) {
    knots[0] = (struct similarity_knot){-1, 0};
    for (int i = 0; i < SIMILARITY_ANCHORS; i++)
        knots[i + 1] = (struct similarity_knot){
            roundf(pair_scores_safe_cosine(scores, anchors[i].false_match_rate) * 1e4f) / 1e4f,
            anchors[i].similarity};
    knots[KNOTS - 1] = (struct similarity_knot){1, 100};
}

static FILE *create(const char *path, struct error *err) {
    FILE *stream = fopen(path, "we");
    if (!stream)
        error_set(err, ERROR_INTERNAL, "cannot write %s: %s", path, strerror(errno));
    return stream;
}

static bool finish(FILE *stream, const char *path, struct error *err) {
    return fclose(stream) == 0 ||
           error_set(err, ERROR_INTERNAL, "cannot write %s: %s", path, strerror(errno));
}

static bool write_table(const char *path, const struct similarity_knot knots[KNOTS],
                        const struct labelled *labelled, const struct pair_scores *scores,
                        struct error *err) {
    FILE *stream = create(path, err);
    if (!stream)
        return false;
    fprintf(stream,
            "/* Written by `countenance calibrate` from %zu photographs of %d people, %zu pairs of "
            "strangers: the default\n"
            " * model pack's cosines and their similarity. Do not edit. */\n"
            "#ifndef MATCH_SIMILARITY_TABLE_H\n#define MATCH_SIMILARITY_TABLE_H\n\n#include "
            "\"match/similarity.h\"\n\n"
            "static const struct similarity_knot similarity_table[] = {\n",
            labelled->count, labelled->persons[labelled->count - 1] + 1, scores->impostor_count);
    for (int i = 0; i < KNOTS; i++)
        fprintf(stream, "    {%.4ff, %.1ff},\n", (double)knots[i].cosine, (double)knots[i].similarity);
    fputs("};\n\n#endif\n", stream);
    return finish(stream, path, err);
}

/* The section for the manifest of the pack that was measured. */
static bool write_section(const char *path, const struct similarity_knot knots[KNOTS],
                          const struct labelled *labelled, const struct pair_scores *scores,
                          struct error *err) {
    FILE *stream = create(path, err);
    if (!stream)
        return false;
    fprintf(
        stream,
        "; Written by `countenance calibrate` from %zu photographs of %d people, %zu pairs of strangers:\n"
        "; similarity = cosine.\n[similarity]\n",
        labelled->count, labelled->persons[labelled->count - 1] + 1, scores->impostor_count);
    for (int i = 0; i < KNOTS; i++)
        fprintf(stream, "%.1f = %.4f\n", (double)knots[i].similarity, (double)knots[i].cosine);
    return finish(stream, path, err);
}

/* Plot area of the SVG: x is cosine -0.2 to 1, y is 0 to 100 upwards. */
static double plot_x(double cosine) {
    return 60 + (cosine + 0.2) / 1.2 * 560;
}

static double plot_y(double percent) {
    return 330 - percent * 3;
}

static void draw_axes(FILE *stream) {
    fputs("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 660 390\" font-family=\"sans-serif\" "
          "font-size=\"12\">\n"
          "<rect width=\"660\" height=\"390\" fill=\"#fff\"/>\n<g stroke=\"#ddd\" fill=\"#555\">\n",
          stream);
    for (int percent = 0; percent <= 100; percent += 20)
        fprintf(stream,
                "<path d=\"M60 %.1fH620\"/><text x=\"52\" y=\"%.1f\" text-anchor=\"end\" "
                "stroke=\"none\">%d</text>\n",
                plot_y(percent), plot_y(percent) + 4, percent);
    for (int tenth = -2; tenth <= 10; tenth += 2)
        fprintf(stream,
                "<path d=\"M%.1f 30V330\"/><text x=\"%.1f\" y=\"348\" text-anchor=\"middle\" "
                "stroke=\"none\">%.1f</text>\n",
                plot_x(tenth / 10.0), plot_x(tenth / 10.0), tenth / 10.0);
    fputs("</g>\n<text x=\"340\" y=\"374\" text-anchor=\"middle\">cosine of two embeddings</text>\n", stream);
}

static void draw_line(FILE *stream, const char *colour, const struct similarity_scale *scale,
                      const struct pair_scores *scores) {
    fprintf(stream, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour);
    for (int i = 0; i <= 240; i++) {
        double cosine = -0.2 + i * 0.005;
        double percent = scale ? (double)similarity_of_cosine(scale, (float)cosine)
                               : 100 * pair_scores_accepted(scores, (float)cosine);
        fprintf(stream, "%.1f,%.1f ", plot_x(cosine), plot_y(percent));
    }
    fputs("\"/>\n", stream);
}

static bool write_curve(const char *path, const struct similarity_knot knots[KNOTS],
                        const struct pair_scores *scores, struct error *err) {
    struct similarity_scale scale;
    if (!similarity_scale_make(knots, KNOTS, &scale))
        return error_set(err, ERROR_INTERNAL, "the cosines do not ascend: too few photographs");
    FILE *stream = create(path, err);
    if (!stream)
        return false;
    draw_axes(stream);
    draw_line(stream, "#1f77b4", &scale, NULL);
    draw_line(stream, "#2ca02c", NULL, scores);
    for (int i = 1; i + 1 < KNOTS; i++)
        fprintf(stream, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"#1f77b4\"/>\n",
                plot_x((double)knots[i].cosine), plot_y((double)knots[i].similarity));
    for (int i = 3; i < SIMILARITY_ANCHORS; i++)
        fprintf(stream, "<text x=\"%.1f\" y=\"%.1f\" fill=\"#1f77b4\">%.0f: false match rate %g</text>\n",
                plot_x((double)knots[i + 1].cosine) + 9, plot_y((double)anchors[i].similarity) + 16,
                (double)anchors[i].similarity, anchors[i].false_match_rate);
    fputs("<text x=\"60\" y=\"20\" fill=\"#1f77b4\">similarity</text>\n"
          "<text x=\"620\" y=\"20\" fill=\"#2ca02c\" text-anchor=\"end\">% of one person's pairs that reach "
          "the cosine</text>\n"
          "</svg>\n",
          stream);
    return finish(stream, path, err);
}

static void print_rates(const struct labelled *labelled, const struct pair_scores *scores) {
    printf("%zu photographs of %d people (%zu more without a face), %zu pairs of one person, %zu of "
           "strangers\n\n"
           "  similarity  false match rate  cosine  same-person pairs accepted\n",
           labelled->count, labelled->persons[labelled->count - 1] + 1, labelled->without_face,
           scores->genuine_count, scores->impostor_count);
    for (int i = 0; i < SIMILARITY_ANCHORS; i++) {
        float cosine = pair_scores_safe_cosine(scores, anchors[i].false_match_rate);
        printf("  %10.1f  %16g  %6.4f  %25.2f%%\n", (double)anchors[i].similarity,
               anchors[i].false_match_rate, (double)cosine, 100 * pair_scores_accepted(scores, cosine));
    }
}

int command_calibrate(int argc, char **argv) {
    static const struct option options[] = {
        {"table", required_argument, NULL, 't'}, {"section", required_argument, NULL, 's'},
        {"curve", required_argument, NULL, 'c'}, {"models", required_argument, NULL, 'M'},
        {"help", no_argument, NULL, 'h'},        {0}};
    const char *table = NULL, *section = NULL, *curve = NULL, *models = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 't')
            table = optarg;
        else if (option == 's')
            section = optarg;
        else if (option == 'c')
            curve = optarg;
        else if (option == 'M')
            models = optarg;
        else
            return option == 'h' ? help_of("calibrate") : EXIT_USAGE;
    if (argc - optind != 1)
        return fail_usage("calibrate needs a folder that holds a folder a person");
    struct labelled labelled = {0};
    struct pair_scores scores = {0};
    struct similarity_knot knots[KNOTS];
    struct error err;
    bool done = labelled_read(argv[optind], models, &labelled, &err) &&
                pair_scores_make(&labelled, &scores, &err);
    if (done) {
        print_rates(&labelled, &scores);
        make_knots(&scores, knots);
        if ((table || section || curve) && scores.impostor_count < PAIRS_MIN)
            done = error_set(&err, ERROR_INTERNAL,
                             "a rate of 1e-5 needs %d pairs of strangers: bring more people", PAIRS_MIN);
    }
    done = done && (!table || write_table(table, knots, &labelled, &scores, &err)) &&
           (!section || write_section(section, knots, &labelled, &scores, &err)) &&
           (!curve || write_curve(curve, knots, &scores, &err));
    pair_scores_release(&scores);
    labelled_release(&labelled);
    return done ? EXIT_FINE : fail("%s", err.text);
}
