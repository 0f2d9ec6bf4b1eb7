/* Embeddings of a folder of labelled photographs, DIR/PERSON/PHOTO, for calibration and accuracy. */
#ifndef CLI_LABELLED_H
#define CLI_LABELLED_H

#include "cli/command.h"
#include "match/similarity.h"

/* What the pack's networks say of a face. */
struct labelled_traits {
    bool known;
    bool male;
    float age; /* years: the middle of the range */
};

struct labelled {
    size_t count;
    int dimension;
    char **names;                   /* "PERSON/PHOTO" */
    int *persons;                   /* number of each photograph's folder */
    float *embeddings;              /* count * dimension: of the face in the middle */
    float *confidences;             /* of each face, 0 to 100 */
    struct labelled_traits *traits; /* of each face; NULL unless asked for */
    size_t without_face;
    struct similarity_scale scale; /* of the pack */
};

/* Shows progress on standard error. Photographs that cannot be read, or show no face, are counted and left
 * out. */
MUST_CHECK bool labelled_read(const char *folder, const char *models, struct labelled *ret_labelled,
                              struct error *err);
/* The same, with traits. */
MUST_CHECK bool labelled_read_traits(const char *folder, const char *models, struct labelled *ret_labelled,
                                     struct error *err);
void labelled_release(struct labelled *labelled);

/* Cosines of all pairs of photographs. */
struct pair_scores {
    float *genuine; /* ascending */
    size_t genuine_count;
    float *impostor;       /* ascending */
    size_t impostor_count; /* all pairs of strangers */
};
MUST_CHECK bool pair_scores_make(const struct labelled *labelled, struct pair_scores *ret_scores,
                                 struct error *err);
void pair_scores_release(struct pair_scores *scores);
/* The cosine that a share `rate` of the pairs of strangers reaches. */
float pair_scores_cosine(const struct pair_scores *scores, double rate);
/* One that at most this share reaches in the long run, with 95 % confidence: the count of pairs above it is
 * taken as Poisson's. Higher than the above where pairs are few. */
float pair_scores_safe_cosine(const struct pair_scores *scores, double rate);
/* The share of one person's pairs at or above a cosine. */
double pair_scores_accepted(const struct pair_scores *scores, float cosine);

#endif
