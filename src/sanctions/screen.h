/* Who on the lists could this be?
 *
 * The lists' names and identifiers in one index, made when the lists change and shared by all threads. A
 * score is that of the names (match.h), corrected by what else is known: it never grows by what is not known.
 */
#ifndef SANCTIONS_SCREEN_H
#define SANCTIONS_SCREEN_H

#include "sanctions/identifier.h"
#include "sanctions/match.h"

struct screen;

/* The lists must outlive the screen. */
MUST_CHECK bool screen_new(const struct designations *const *lists, size_t list_count,
                           struct screen **ret_screen, struct error *err);
/* Takes NULL. */
void screen_free(struct screen *screen);

/* What one thread needs to ask. */
struct screener;

MUST_CHECK bool screener_new(const struct screen *screen, struct screener **ret_screener, struct error *err);
/* Takes NULL. */
void screener_free(struct screener *screener);

/* Whom to look for. What is not known stays zero. */
struct screen_query {
    struct bytes name;
    enum designation_kind kind; /* DESIGNATION_OTHER: not known, then all kinds are looked at */
    struct partial_date born;
    char country[2]; /* ISO 3166-1 alpha-2, capitals: of nationality, birth, residence or seat */
    char gender;     /* 'M' or 'F' */
    const struct bytes *identifiers;
    size_t identifier_count; /* at most SCREEN_IDENTIFIERS are looked at */
    float least;             /* score of a hit; 0: MATCH_REVIEW */
};
enum { SCREEN_IDENTIFIERS = 16 };

/* How something known of both sides bears on the question. */
enum accord {
    ACCORD_UNKNOWN, /* one side does not tell */
    ACCORD_AGREES,
    ACCORD_NEAR, /* as far as it is told, or with day and month swapped */
    ACCORD_DIFFERS,
};

struct screen_hit {
    uint32_t list, designation; /* lists[list]->designations[designation] */
    uint32_t name;              /* lists[list]->names[name]: the one that matches best */
    bool name_matches;          /* false: found by an identifier alone, `match` is then empty */
    float score;
    uint8_t born, country, gender, identifier; /* enum accord */
    uint32_t agreeing;                         /* identifier: lists[list]->identifiers[agreeing] */
    struct match match;                        /* a: the name asked for, b: the listed one */
    uint8_t schema, reading;                   /* of the name asked for; see screener_asked */
    uint32_t entry;                            /* of screen_listed */
};

/* Hits with at least query->least, best first, of more than `maximum` the best. VALIDATION: a name that
 * cannot be compared (name.h): there is then no answer, and that is not "clear". */
MUST_CHECK bool screen_find(struct screener *screener, const struct screen_query *query,
                            struct screen_hit *ret_hits, size_t maximum, size_t *ret_count,
                            struct error *err);
/* The names that hit->match is about, of a hit found by its name. Asked: until the screener's next find. */
const struct name *screener_asked(const struct screener *screener, const struct screen_hit *hit);
void screen_listed(const struct screen *screen, const struct screen_hit *hit, struct name *ret_name);
const char *accord_name(uint8_t accord);

#endif
