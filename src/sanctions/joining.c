/* Words that are joined are compared with those of the other name as long as they are. Whichever name has the
 * profile, its side of the comparison is made once for all names that it meets. */
#include "sanctions/joining.h"

enum {
    JOINED_LIMIT = 12, /* for each sound */
    JOINED_LEAST = 5,
    JOINED_APART = 3,
};

struct name_profile *name_profile_new(void) {
    return calloc(1, sizeof(struct name_profile));
}

void name_profile_free(struct name_profile *profile) {
    free(profile);
}

void name_profile_begin(struct name_profile *profile, const struct name *name) {
    profile->name = name;
    for (size_t i = 0; i < name->count; i++) {
        profile_begin(&profile->words[i], &name->tokens[i]);
        for (size_t k = 0; k + 1 < JOIN_MOST; k++)
            profile->joined[i][k].known = false;
    }
}

static void join(const struct token *words, size_t count, struct token *ret_joined) {
    *ret_joined = words[0];
    for (size_t i = 1; i < count; i++)
        token_join(ret_joined, &words[i], ret_joined);
}

static struct token_profile *joined_profile(struct name_profile *profile, size_t first, size_t count) {
    struct joined *joined = &profile->joined[first][count - 2];
    if (!joined->known) {
        join(&profile->name->tokens[first], count, &joined->token);
        profile_begin(&joined->profile, &joined->token);
        joined->known = true;
    }
    return &joined->profile;
}

void view_of(const struct name *name, struct name_profile *profile, struct view *view) {
    view->name = name;
    view->profile = profile;
    view->count = name->count;
    view->joined_count = 0;
    for (size_t i = 0; i < name->count; i++) {
        view->tokens[i] = &name->tokens[i];
        view->first[i] = (uint8_t)i;
        view->spans[i] = 1;
    }
}

struct token_profile *view_profile(const struct view *view, size_t at) {
    if (view->spans[at] == 1)
        return &view->profile->words[view->first[at]];
    profile_begin(&view->profile->other, view->tokens[at]);
    return &view->profile->other;
}

static bool has_twin(const struct token *token, const struct view *view) {
    for (size_t j = 0; j < view->count; j++)
        if (token->len == view->tokens[j]->len && memcmp(token->text, view->tokens[j]->text, token->len) == 0)
            return true;
    return false;
}

static size_t telling_words(const struct view *view) {
    size_t count = 0;
    for (size_t i = 0; i < view->count; i++)
        count += view->tokens[i]->kind != TOKEN_PARTICLE;
    return count;
}

/* A word of the other name that is the initials of words from i on, when that is not all there is. */
static size_t find_initials(const struct view *view, size_t i, const struct view *other,
                            struct token *ret_joined) {
    bool alone = telling_words(other) < 2;
    for (size_t j = 0; j < other->count && !alone; j++) {
        const struct token *word = other->tokens[j];
        size_t len = word->kind == TOKEN_WORD && !word->sense && word->len >= 3 && word->len <= 6 ? word->len
                                                                                                  : 0;
        size_t same = 0;
        while (same < len && i + same < view->count && view->tokens[i + same]->text[0] == word->text[same])
            same++;
        if (len == 0 || same != len)
            continue;
        *ret_joined = *word;
        return len;
    }
    return 0;
}

/* Whether some word of the name is about as long as `count` sounds. */
static bool has_as_long(const struct view *view, unsigned count) {
    for (size_t j = 0; j < view->count; j++)
        if (view->tokens[j]->phone_count >= JOINED_LEAST &&
            abs(view->tokens[j]->phone_count - (int)count) <= JOINED_APART)
            return true;
    return false;
}

bool joined_is(struct token_profile *profile, const struct token *other, const struct token *whole) {
    unsigned limit = (unsigned)JOINED_LIMIT * whole->phone_count;
    return whole->phone_count >= JOINED_LEAST &&
           abs(profile->token->phone_count - other->phone_count) <= JOINED_APART &&
           profile_cost(profile, other, limit) <= limit;
}

/* The word of the other name that these words of the view sound like together; NULL when there is none. */
static const struct token *find_whole(const struct view *view, size_t first, size_t count,
                                      const struct view *other, struct token *ret_joined) {
    struct token_profile *profile = NULL;
    if (view->profile) {
        profile = joined_profile(view->profile, first, count);
        *ret_joined = *profile->token;
    } else
        join(&view->name->tokens[first], count, ret_joined);
    for (size_t j = 0; j < other->count; j++)
        if (joined_is(profile ? profile : view_profile(other, j), profile ? other->tokens[j] : ret_joined,
                      other->tokens[j]))
            return other->tokens[j];
    return NULL;
}

/* Up to three words from i on that together sound like one of the other's; how many, 0: none do. */
static size_t find_join(const struct view *view, size_t i, const struct view *other,
                        struct token *ret_joined) {
    unsigned sounds = view->tokens[i]->phone_count, letters = view->tokens[i]->len;
    for (size_t span = 2; span <= JOIN_MOST && i + span <= view->count; span++) {
        const struct token *next = view->tokens[i + span - 1];
        sounds += next->phone_count;
        letters += next->len;
        if (letters > LIMIT_TOKEN || has_twin(next, other))
            return 0;
        if (!has_as_long(other, sounds))
            continue;
        const struct token *whole = find_whole(view, view->first[i], span, other, ret_joined);
        if (!whole)
            continue;
        ret_joined->weight = whole->weight;
        ret_joined->kind = whole->kind;
        return span;
    }
    return 0;
}

void join_words(struct view *view, const struct view *other, enum name_schema schema) {
    for (size_t i = 0; i + 1 < view->count && view->joined_count < JOINS; i++) {
        struct token *joined = &view->joined[view->joined_count];
        if (has_twin(view->tokens[i], other))
            continue;
        size_t span = find_join(view, i, other, joined);
        if (span == 0 && schema == NAME_ENTITY)
            span = find_initials(view, i, other, joined);
        if (span == 0)
            continue;
        view->joined_count++;
        view->tokens[i] = joined;
        view->spans[i] = (uint8_t)span;
        for (size_t k = i + 1; k + span - 1 < view->count; k++) {
            view->tokens[k] = view->tokens[k + span - 1];
            view->first[k] = view->first[k + span - 1];
            view->spans[k] = view->spans[k + span - 1];
        }
        view->count -= span - 1;
    }
}
