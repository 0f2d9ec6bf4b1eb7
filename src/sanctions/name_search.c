/* Looking goes from words to names: for each word of the name the similar words of the vocabulary, for each
 * of these its names, which gather how much of the name they have. What they could still score at best
 * follows from that, so only the few that could reach the threshold are compared word by word (match.c).
 * Words that only names of the other schema have are passed by: those names are no hits.
 *
 * A name that meets no key at all must not pass as clear because an index is blind: then its words are
 * compared with the whole vocabulary, which is slow (milliseconds) and complete. */
#include "sanctions/joining.h"
#include "sanctions/name_parts.h"

enum { LOOK_MOST = 2048, BUCKETS = 128, INITIALS_LEAST = 4, MEMORY = 4096, REMEMBERED = 60 };
#define SLACK 0.03f /* the bound is an estimate: words may be joined */

/* What a name of the lists has gathered. */
struct gathered {
    uint32_t serial; /* of the search that it is about */
    uint16_t agreed;
    uint8_t word; /* the last word that it gathered for */
    bool certain; /* to be compared, whatever it gathered */
};

/* A word and the words of the vocabulary that it can be. */
struct remembered {
    struct token token;
    enum name_schema schema;
    uint8_t schemas;
    bool known;
    uint32_t count, similar[REMEMBERED];
};

struct name_search {
    const struct name_index *index;
    uint32_t serial, word_serial;
    struct gathered *gathered; /* one an entry */
    uint32_t *touched;         /* entries that gathered anything */
    size_t touched_count;
    uint32_t *seen;    /* one a token: the word_serial that it was last compared for */
    uint32_t *similar; /* tokens that the word looked for can be */
    size_t similar_count;
    struct name_profile *profile; /* of the name looked for, */
    struct token_profile joined;  /* and of words of it as one */
    struct remembered *memory;    /* MEMORY of them */
};

struct name_search *name_search_new(const struct name_index *index) {
    struct name_search *search = calloc(1, sizeof *search);
    if (!search)
        return NULL;
    search->index = index;
    search->gathered = calloc(index->entries.count + 1, sizeof *search->gathered);
    search->touched = calloc(index->entries.count + 1, sizeof *search->touched);
    search->seen = calloc(index->tokens.count + 1, sizeof *search->seen);
    search->similar = calloc(index->tokens.count + 1, sizeof *search->similar);
    search->memory = calloc(MEMORY, sizeof *search->memory);
    search->profile = name_profile_new();
    if (search->gathered && search->touched && search->seen && search->similar && search->memory &&
        search->profile)
        return search;
    name_search_free(search);
    return NULL;
}

void name_search_free(struct name_search *search) {
    if (!search)
        return;
    free(search->gathered);
    free(search->touched);
    free(search->seen);
    free(search->similar);
    free(search->memory);
    name_profile_free(search->profile);
    free(search);
}

/* Serials start again before they wrap, so that nothing of four thousand million searches ago counts. */
static void start(struct name_search *search) {
    if (search->serial == UINT32_MAX) {
        memset(search->gathered, 0, search->index->entries.count * sizeof *search->gathered);
        search->serial = 0;
    }
    search->serial++;
    search->touched_count = 0;
}

static void start_word(struct name_search *search) {
    if (search->word_serial == UINT32_MAX) {
        memset(search->seen, 0, search->index->tokens.count * sizeof *search->seen);
        search->word_serial = 0;
    }
    search->word_serial++;
    search->similar_count = 0;
}

static void gather(struct name_search *search, uint32_t entry, uint8_t word, unsigned worth, bool certain) {
    struct gathered *gathered = &search->gathered[entry];
    if (gathered->serial != search->serial) {
        *gathered = (struct gathered){.serial = search->serial, .word = UINT8_MAX};
        search->touched[search->touched_count++] = entry;
    }
    gathered->certain |= certain;
    if (gathered->word == word)
        return;
    gathered->word = word;
    gathered->agreed += (uint16_t)worth;
}

/* What is looked for: a word of the name, or words of it as one. */
struct wanted {
    struct token_profile *profile;
    enum name_schema schema;
    uint8_t schemas; /* of names that the words are looked for in, a set as in struct hint */
    uint8_t word;    /* which; UINT8_MAX: several */
    bool joined;
    struct hint hint;
};

/* Whether it is worth to compare letter by letter; looks at no more than the hint. */
static bool could_be(const struct wanted *wanted, const struct hint *hint) {
    if (!(hint->schemas & wanted->schemas))
        return false;
    return wanted->hint.open || hint->open || skeletons_meet(wanted->hint.skeleton, hint->skeleton) ||
           (hint->sense && hint->sense == wanted->hint.sense);
}

/* Puts the token among the similar ones, if it can be the wanted word. */
static void try_token(struct name_search *search, const struct wanted *wanted, uint32_t number) {
    const struct hint *hint = (const struct hint *)search->index->hints.items + number;
    if (!could_be(wanted, hint) || search->seen[number] == search->word_serial)
        return;
    search->seen[number] = search->word_serial;
    const struct token *token = index_token(search->index, number);
    if (wanted->joined ? joined_is(wanted->profile, token, token)
                       : match_token_cost(wanted->profile, token, wanted->schema) != MATCH_NONE)
        search->similar[search->similar_count++] = number;
}

static void try_key(struct name_search *search, const struct wanted *wanted, uint64_t key) {
    const struct range *range = filing_range(&search->index->similar, key);
    for (uint32_t i = 0; i < range->count; i++)
        try_token(search, wanted, search->index->similar.items[range->first + i]);
}

/* Fills similar with all words that the wanted one can be. */
static void find_similar(struct name_search *search, const struct wanted *wanted) {
    const struct token *token = wanted->profile->token;
    uint64_t keys[TOKEN_KEYS];
    start_word(search);
    if (token->kind == TOKEN_NUMBER) {
        try_key(search, wanted, key_of_number(token));
        return;
    }
    if (token->sense)
        try_key(search, wanted, key_of_sense(token));
    size_t count = token_keys(token, keys);
    for (size_t i = 0; i < count; i++)
        try_key(search, wanted, keys[i]);
}

/* The names of the similar words gather. */
static void gather_similar(struct name_search *search, const struct wanted *wanted, const uint32_t *similar,
                           size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct range *range = filing_range(&search->index->names, similar[i]);
        unsigned worth = MIN(wanted->profile->token->weight, index_token(search->index, similar[i])->weight);
        for (uint32_t k = 0; k < range->count; k++)
            gather(search, search->index->names.items[range->first + k], wanted->word, worth, wanted->joined);
    }
}

/* Names are made of few given names: what was similar to a word is remembered until another takes its place.
 */
static void try_word(struct name_search *search, const struct wanted *wanted) {
    const struct token *token = wanted->profile->token;
    struct remembered *slot = &search->memory[(token_hash(token) + wanted->schema) % MEMORY];
    if (!wanted->joined && slot->known && slot->schema == wanted->schema &&
        slot->schemas == wanted->schemas && tokens_are_same(&slot->token, token)) {
        gather_similar(search, wanted, slot->similar, slot->count);
        return;
    }
    find_similar(search, wanted);
    gather_similar(search, wanted, search->similar, search->similar_count);
    if (wanted->joined || search->similar_count > REMEMBERED)
        return;
    slot->known = true;
    slot->schema = wanted->schema;
    slot->schemas = wanted->schemas;
    slot->token = *token;
    slot->count = (uint32_t)search->similar_count;
    memcpy(slot->similar, search->similar, search->similar_count * sizeof *slot->similar);
}

/* Names whose neighbouring words, or initials, have the key. */
static void try_runs(struct name_search *search, uint64_t key) {
    const struct range *range = filing_range(&search->index->runs, key);
    for (uint32_t i = 0; i < range->count; i++)
        gather(search, search->index->runs.items[range->first + i], UINT8_MAX, 0, true);
}

struct trying_runs {
    struct name_search *search;
    enum name_schema schema;
    uint8_t schemas;
};

static bool try_run(void *context, const struct token *joined) {
    struct trying_runs *runs = context;
    profile_begin(&runs->search->joined, joined);
    struct wanted wanted = {&runs->search->joined, runs->schema, runs->schemas, UINT8_MAX, true,
                            token_hint(joined)};
    try_word(runs->search, &wanted);
    return true;
}

/* Names that have the initials of this one as a word. */
static void try_initials(struct name_search *search, const struct name *name) {
    char initials[LIMIT_NAME_TOKENS + 1];
    struct token token;
    for (int all = 0; all < 2; all++) {
        size_t len = name_initials(name, all, initials);
        uint32_t number;
        if (len < INITIALS_LEAST)
            continue;
        token_make((struct bytes){initials, len}, SCRIPT_LATIN, &token);
        if (!index_find_token(search->index, &token, &number))
            continue;
        const struct range *range = filing_range(&search->index->names, number);
        for (uint32_t i = 0; i < range->count; i++)
            gather(search, search->index->names.items[range->first + i], UINT8_MAX, 0, true);
    }
}

/* Every word of the vocabulary against every word of the name. */
static void try_everything(struct name_search *search, const struct name *name) {
    for (uint8_t i = 0; i < name->count; i++) {
        struct wanted wanted = {.profile = &search->profile->words[i],
                                .schema = (enum name_schema)name->schema,
                                .schemas = (uint8_t)(1u << name->schema),
                                .word = i,
                                .hint.open = true};
        start_word(search);
        for (uint32_t number = 0; number < search->index->tokens.count; number++)
            try_token(search, &wanted, number);
        gather_similar(search, &wanted, search->similar, search->similar_count);
    }
}

/* Names of these schemas that have similar words. */
static void gather_words(struct name_search *search, const struct name *name, uint8_t schemas) {
    enum name_schema schema = (enum name_schema)name->schema;
    for (uint8_t i = 0; i < name->count; i++) {
        const struct token *token = &name->tokens[i];
        if (token->kind == TOKEN_PARTICLE || token->kind == TOKEN_INITIAL)
            continue;
        struct wanted wanted = {&search->profile->words[i], schema, schemas, i, false, token_hint(token)};
        try_word(search, &wanted);
        if (token->phone_count >= RUN_LEAST && key_of_run(token))
            try_runs(search, key_of_run(token));
        if (schema == NAME_ENTITY && token->len >= 3)
            try_runs(search, key_of_initials((struct bytes){token->text, token->len}));
    }
    (void)name_each_run(name, try_run, &(struct trying_runs){search, schema, schemas});
    if (schema == NAME_ENTITY)
        try_initials(search, name);
}

/* The index is not blind to a name that meets names of the other schema alone. */
static void gather_names(struct name_search *search, const struct name *name) {
    uint8_t schemas = (uint8_t)(1u << name->schema);
    start(search);
    gather_words(search, name, schemas);
    if (search->touched_count == 0)
        gather_words(search, name, (uint8_t)~schemas);
    if (search->touched_count == 0)
        try_everything(search, name);
}

/* Of the name looked for. */
struct worth {
    unsigned words, initials;
};

/* The most that the entry can score. Each initial may be a word of the other side. */
static float bound(const struct name_search *search, enum name_schema schema, const struct worth *worth,
                   uint32_t number) {
    const struct entry *entry = index_entry(search->index, number);
    const struct gathered *gathered = &search->gathered[number];
    if (entry->schema != schema)
        return -1;
    if (gathered->certain || (worth->words == 0 && entry->worth == 0))
        return 1;
    float a_initials = (float)worth->initials, b_initials = entry->initials;
    float agreed = (float)MIN(gathered->agreed, MIN(worth->words, (unsigned)entry->worth)) / 100;
    float a_alone = MAX((float)worth->words / 100 - agreed - b_initials, 0);
    float b_alone = MAX((float)entry->worth / 100 - agreed - a_initials, 0);
    agreed += (a_initials + b_initials) / 2;
    return match_bound(schema, agreed, a_alone, b_alone) + SLACK;
}

/* Of those touched the ones that can reach `least`, at most LOOK_MOST of the best; first in touched. */
static size_t choose(struct name_search *search, const struct name *name, float least) {
    unsigned buckets[BUCKETS + 1] = {0};
    struct worth worth = {0, name_count_initials(name)};
    size_t chosen = 0, kept = 0;
    for (size_t i = 0; i < name->count; i++)
        worth.words += name_worth_at(name, i);
    for (size_t i = 0; i < search->touched_count; i++) {
        float most = bound(search, (enum name_schema)name->schema, &worth, search->touched[i]);
        if (most < least)
            continue;
        unsigned bucket = (unsigned)(MIN(most, 1) * BUCKETS);
        buckets[bucket]++;
        search->gathered[search->touched[i]].agreed = (uint16_t)bucket;
        search->touched[chosen++] = search->touched[i];
    }
    unsigned cut = BUCKETS, above = buckets[BUCKETS];
    while (cut > 0 && above + buckets[cut - 1] <= LOOK_MOST)
        above += buckets[--cut];
    for (size_t i = 0; i < chosen && kept < LOOK_MOST; i++)
        if (search->gathered[search->touched[i]].agreed >= cut)
            search->touched[kept++] = search->touched[i];
    return kept;
}

/* Puts the hit into the list in its order, in place of a worse one of the same owner. */
static size_t keep(struct name_hit *hits, size_t count, size_t maximum, const struct name_hit *hit) {
    size_t at = 0;
    while (at < count && hits[at].owner != hit->owner)
        at++;
    if (at < count) {
        if (hits[at].match.score >= hit->match.score)
            return count;
    } else if (count < maximum)
        count++;
    else if (maximum == 0 || hits[--at].match.score >= hit->match.score)
        return count;
    for (; at > 0 && hits[at - 1].match.score < hit->match.score; at--)
        hits[at] = hits[at - 1];
    hits[at] = *hit;
    return count;
}

size_t name_search_find(struct name_search *search, const struct name_readings *name, float least,
                        struct name_hit *ret_hits, size_t maximum) {
    size_t count = 0;
    for (size_t reading = 0; reading < name->count; reading++) {
        name_profile_begin(search->profile, &name->names[reading]);
        gather_names(search, &name->names[reading]);
        size_t chosen = choose(search, &name->names[reading], least);
        for (size_t i = 0; i < chosen; i++) {
            struct name_hit hit = {.entry = search->touched[i], .reading = (uint8_t)reading};
            struct name listed;
            name_index_name(search->index, hit.entry, &listed);
            names_match(search->profile, &listed, &hit.match);
            hit.owner = index_entry(search->index, hit.entry)->owner;
            if (hit.match.score >= least)
                count = keep(ret_hits, count, maximum, &hit);
        }
    }
    return count;
}
