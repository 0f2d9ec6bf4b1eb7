/* Words of a name that together are one word of another: "Good Will" and "Goodwill". */
#ifndef SANCTIONS_JOINING_H
#define SANCTIONS_JOINING_H

#include "sanctions/distance.h"
#include "sanctions/name.h"

enum { JOINS = 4 /* in one name */, JOIN_MOST = 3 /* words */ };

/* Neighbouring words as one. */
struct joined {
    bool known;
    struct token token;
    struct token_profile profile;
};

/* A name, ready to be compared with many. Large: hundreds of kilobytes. */
struct name_profile {
    const struct name *name;
    struct token_profile words[LIMIT_NAME_TOKENS];
    struct joined joined[LIMIT_NAME_TOKENS][JOIN_MOST - 1]; /* by the first word and how many follow it */
    struct token_profile other;                             /* of a word that was joined in this comparison */
};

/* NULL when there is no memory. */
struct name_profile *name_profile_new(void);
/* Takes NULL. */
void name_profile_free(struct name_profile *profile);
/* The name must outlive what is done with it. */
void name_profile_begin(struct name_profile *profile, const struct name *name);

/* Whether the profile's word and the other, one of which was joined, sound alike; whole: the one that was
 * not. */
bool joined_is(struct token_profile *profile, const struct token *other, const struct token *whole);

/* A name whose words may have been joined. */
struct view {
    const struct name *name;
    struct name_profile *profile; /* NULL: the other name has one */
    const struct token *tokens[LIMIT_NAME_TOKENS];
    uint8_t first[LIMIT_NAME_TOKENS], spans[LIMIT_NAME_TOKENS]; /* of the name's tokens */
    size_t count;
    struct token joined[JOINS];
    size_t joined_count;
};

/* The name as it is. profile: the name's, or NULL when that of the other name is used. */
void view_of(const struct name *name, struct name_profile *profile, struct view *ret_view);
/* Joins words of the view that sound like one of the other's; exactly one of them has a profile. */
void join_words(struct view *view, const struct view *other, enum name_schema schema);
/* Of a word of the view that has a profile; good until the next. */
struct token_profile *view_profile(const struct view *view, size_t at);

#endif
