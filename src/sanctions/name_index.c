/* The index of names.
 *
 * Every different word of all names stands once in a vocabulary, and each points to the names that have it.
 * The words that a word could be (another spelling, another language) are found by keys: its consonants, with
 * at most one class of them different (token_keys), and its sense. Neighbouring words of a listed name are
 * filed as one word too, and the initials of organisations, so that "Goodwill" meets "Good Will".
 *
 * Looking up goes from rare to frequent: for each word of the name the similar words of the vocabulary, for
 * each of these its names, which gather how much of the name they have. What they could still score at best
 * follows from that, so only the few that could reach the threshold are compared word by word (match.c).
 *
 * A name that meets no key at all must not pass as clear because an index is blind: then its words are
 * compared with the whole vocabulary, which is slow (milliseconds) and complete. */
#include "sanctions/name_index.h"
#include "sanctions/pile.h"

enum { LOOK_MOST = 2048, BUCKETS = 128, RUN_LEAST = 5, FAR = 4 };
#define SLACK 0.03f /* the bound is an estimate: words may be joined */
/* What a key stands for, in its top byte; 0: a skeleton. */
#define KEY_SENSE (UINT64_C(1) << 62)
#define KEY_NUMBER (UINT64_C(2) << 62)
#define KEY_RUN (UINT64_C(3) << 62)

/* Lists of numbers filed under keys: pairs until it is sealed, then a hash table of ranges. */
struct filing {
    struct pile pairs; /* struct filed */
    uint32_t *items;   /* in the order of keys */
    struct range *ranges;
    size_t mask;
};

struct filed {
    uint64_t key;
    uint32_t item;
};

struct range {
    uint64_t key;
    uint32_t first, count; /* count 0: empty */
};

struct entry {
    uint32_t owner, first; /* of the words in name_index.words */
    uint8_t count, schema;
    uint16_t forms;
    uint16_t worth; /* of its words, numbers and particles and initials apart */
};

struct name_index {
    struct pile tokens;  /* struct token: the vocabulary */
    struct pile words;   /* uint32_t: of all names, numbers of tokens */
    struct pile entries; /* struct entry */
    uint32_t *slots;     /* hash table of the vocabulary: number + 1 */
    size_t slot_mask;
    struct filing similar; /* key of a word -> numbers of tokens */
    struct filing runs;    /* key of neighbouring words as one, or of initials -> numbers of entries */
    struct filing names;   /* number of a token -> numbers of entries */
};

/* --- filing --- */

static bool file(struct filing *filing, uint64_t key, uint32_t item) {
    return pile_add(&filing->pairs, &(struct filed){key, item});
}

static int compare_filed(const void *a, const void *b) {
    const struct filed *x = a, *y = b;
    return x->key != y->key     ? (x->key < y->key ? -1 : 1)
           : x->item != y->item ? (x->item < y->item ? -1 : 1)
                                : 0;
}

static uint64_t spread(uint64_t key) {
    key = (key ^ key >> 31) * UINT64_C(0x9E3779B97F4A7C15);
    return key ^ key >> 29;
}

static struct range *range_of(const struct filing *filing, uint64_t key) {
    size_t at = spread(key) & filing->mask;
    while (filing->ranges[at].count && filing->ranges[at].key != key)
        at = (at + 1) & filing->mask;
    return &filing->ranges[at];
}

static bool seal_filing(struct filing *filing) {
    struct filed *pairs = filing->pairs.items;
    size_t count = filing->pairs.count, size = 16;
    while (size < count + count / 2)
        size *= 2;
    if (count)
        qsort(pairs, count, sizeof *pairs, compare_filed);
    filing->items = calloc(count + 1, sizeof *filing->items);
    filing->ranges = calloc(size, sizeof *filing->ranges);
    filing->mask = size - 1;
    if (!filing->items || !filing->ranges)
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && compare_filed(&pairs[i], &pairs[i - 1]) == 0)
            continue;
        struct range *range = range_of(filing, pairs[i].key);
        if (range->count++ == 0) {
            range->key = pairs[i].key;
            range->first = (uint32_t)kept;
        }
        filing->items[kept++] = pairs[i].item;
    }
    pile_release(&filing->pairs);
    return true;
}

static void filing_release(struct filing *filing) {
    pile_release(&filing->pairs);
    free(filing->items);
    free(filing->ranges);
}

/* --- filling --- */

struct name_index *name_index_new(void) {
    struct name_index *index = calloc(1, sizeof *index);
    if (!index)
        return NULL;
    index->tokens = pile_new(sizeof(struct token));
    index->words = pile_new(sizeof(uint32_t));
    index->entries = pile_new(sizeof(struct entry));
    index->similar.pairs = index->runs.pairs = index->names.pairs = pile_new(sizeof(struct filed));
    return index;
}

void name_index_free(struct name_index *index) {
    if (!index)
        return;
    pile_release(&index->tokens);
    pile_release(&index->words);
    pile_release(&index->entries);
    filing_release(&index->similar);
    filing_release(&index->runs);
    filing_release(&index->names);
    free(index->slots);
    free(index);
}

static const struct token *token_at(const struct name_index *index, uint32_t number) {
    return (const struct token *)index->tokens.items + number;
}

static const struct entry *entry_at(const struct name_index *index, uint32_t number) {
    return (const struct entry *)index->entries.items + number;
}

static bool same_token(const struct token *a, const struct token *b) {
    return a->len == b->len && a->kind == b->kind && a->script == b->script && a->sense == b->sense &&
           a->weight == b->weight && a->ending == b->ending && memcmp(a->text, b->text, a->len) == 0;
}

static uint64_t token_hash(const struct token *token) {
    uint64_t hash = (uint64_t)token->kind << 32 | token->sense;
    for (size_t i = 0; i < token->len; i++)
        hash = hash * 131 + (uint8_t)token->text[i];
    return spread(hash);
}

static bool grow_slots(struct name_index *index) {
    size_t size = index->slots ? 2 * (index->slot_mask + 1) : 1024;
    uint32_t *slots = calloc(size, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t i = 0; i < index->tokens.count; i++) {
        size_t at = token_hash(token_at(index, i)) & (size - 1);
        while (slots[at])
            at = (at + 1) & (size - 1);
        slots[at] = i + 1;
    }
    free(index->slots);
    index->slots = slots;
    index->slot_mask = size - 1;
    return true;
}

static uint64_t sense_key(const struct token *token) {
    return KEY_SENSE | (uint64_t)token->kind << 32 | token->sense;
}

static uint64_t number_key(const struct token *token) {
    uint64_t key = 0;
    for (size_t i = 0; i < token->len; i++)
        key = key * 11 + (uint64_t)token->text[i];
    return KEY_NUMBER | (key & (KEY_SENSE - 1));
}

/* Files a new word of the vocabulary under its keys. */
static bool file_token(struct name_index *index, uint32_t number) {
    const struct token *token = token_at(index, number);
    uint64_t keys[TOKEN_KEYS];
    if (token->kind == TOKEN_PARTICLE || token->kind == TOKEN_INITIAL)
        return true;
    if (token->kind == TOKEN_NUMBER)
        return file(&index->similar, number_key(token), number);
    if (token->sense && !file(&index->similar, sense_key(token), number))
        return false;
    size_t count = token_keys(token, keys);
    for (size_t i = 0; i < count; i++)
        if (!file(&index->similar, keys[i], number))
            return false;
    return true;
}

static bool intern(struct name_index *index, const struct token *token, uint32_t *ret_number) {
    if ((!index->slots || index->tokens.count * 2 > index->slot_mask) && !grow_slots(index))
        return false;
    size_t at = token_hash(token) & index->slot_mask;
    for (; index->slots[at]; at = (at + 1) & index->slot_mask)
        if (same_token(token_at(index, index->slots[at] - 1), token)) {
            *ret_number = index->slots[at] - 1;
            return true;
        }
    uint32_t number = (uint32_t)index->tokens.count;
    if (!pile_add(&index->tokens, token) || !file_token(index, number))
        return false;
    index->slots[at] = number + 1;
    *ret_number = number;
    return true;
}

/* Its consonants, exactly. */
static uint64_t run_key(const struct token *token) {
    char key[LIMIT_TOKEN + 1];
    uint64_t hash = 0;
    token_key(token, key);
    for (const char *at = key; *at; at++)
        if (!strchr("aeiou", *at))
            hash = hash * 131 + (uint8_t)*at;
    return KEY_RUN | (spread(hash) & (KEY_SENSE - 1));
}

/* Calls found for each two or three neighbours as one word. */
static bool each_run(const struct name *name, bool (*found)(void *context, const struct token *joined),
                     void *context) {
    for (size_t i = 0; i + 1 < name->count; i++) {
        struct token joined = name->tokens[i];
        for (size_t k = i + 1; k < name->count && k < i + 3; k++) {
            if (joined.len + name->tokens[k].len > LIMIT_TOKEN)
                break;
            token_join(&joined, &name->tokens[k], &joined);
            if (name->tokens[k].kind != TOKEN_PARTICLE && joined.phone_count >= RUN_LEAST &&
                !found(context, &joined))
                return false;
        }
    }
    return true;
}

struct filing_run {
    struct name_index *index;
    uint32_t entry;
};

static bool file_run(void *context, const struct token *joined) {
    struct filing_run *run = context;
    return file(&run->index->runs, run_key(joined), run->entry);
}

static uint64_t initials_key(struct bytes initials) {
    uint64_t key = 1;
    for (size_t i = 0; i < initials.len; i++)
        key = key * 131 + (uint8_t)initials.ptr[i];
    return KEY_NUMBER | (spread(key) & (KEY_SENSE - 1));
}

static bool file_runs(struct name_index *index, const struct name *name, uint32_t number) {
    struct filing_run run = {index, number};
    char initials[LIMIT_NAME_TOKENS + 1];
    if (!each_run(name, file_run, &run))
        return false;
    for (int all = 0; all < 2 && name->schema == NAME_ENTITY; all++) {
        size_t len = name_initials(name, all, initials);
        if (len >= 3 && !file(&index->runs, initials_key((struct bytes){initials, len}), number))
            return false;
    }
    return true;
}

/* Worth that must find a partner: initials may be anything's, numbers are counted apart, and a word counts
 * once. */
static unsigned worth_of(const struct name *name, size_t at) {
    const struct token *token = &name->tokens[at];
    if (token->kind == TOKEN_PARTICLE || token->kind == TOKEN_NUMBER || token->kind == TOKEN_INITIAL)
        return 0;
    for (size_t i = 0; i < at; i++)
        if (same_token(&name->tokens[i], token))
            return 0;
    return token->weight;
}

static bool add_name(struct name_index *index, const struct name *name, uint32_t owner) {
    uint32_t number = (uint32_t)index->entries.count;
    struct entry entry = {owner, (uint32_t)index->words.count, name->count, name->schema, name->forms, 0};
    for (size_t i = 0; i < name->count; i++) {
        uint32_t word;
        if (!intern(index, &name->tokens[i], &word) || !pile_add(&index->words, &word))
            return false;
        entry.worth += (uint16_t)worth_of(name, i);
        if (name->tokens[i].kind != TOKEN_PARTICLE && !file(&index->names, word, number))
            return false;
    }
    return pile_add(&index->entries, &entry) && file_runs(index, name, number);
}

bool name_index_add(struct name_index *index, const struct name *name, uint32_t owner, struct error *err) {
    return add_name(index, name, owner) || error_set(err, ERROR_INTERNAL, "no memory for the names of lists");
}

bool name_index_seal(struct name_index *index, struct error *err) {
    return (seal_filing(&index->similar) && seal_filing(&index->runs) && seal_filing(&index->names)) ||
           error_set(err, ERROR_INTERNAL, "no memory for the names of lists");
}

void name_index_name(const struct name_index *index, uint32_t entry, struct name *ret_name) {
    const struct entry *found = entry_at(index, entry);
    const uint32_t *words = (const uint32_t *)index->words.items + found->first;
    ret_name->count = found->count;
    ret_name->schema = found->schema;
    ret_name->forms = found->forms;
    for (size_t i = 0; i < found->count; i++)
        ret_name->tokens[i] = *token_at(index, words[i]);
}

/* --- looking --- */

/* What a name of the lists has gathered. */
struct gathered {
    uint32_t serial; /* of the search that it is about */
    uint16_t agreed;
    uint8_t word; /* the last word that it gathered for */
    bool certain; /* to be compared, whatever it gathered */
};

struct name_search {
    const struct name_index *index;
    uint32_t serial, word_serial;
    struct gathered *gathered; /* one an entry */
    uint32_t *touched;         /* entries that gathered anything */
    size_t touched_count;
    uint32_t *seen; /* one a token: the word_serial that it was last compared for */
};

struct name_search *name_search_new(const struct name_index *index) {
    struct name_search *search = calloc(1, sizeof *search);
    if (!search)
        return NULL;
    search->index = index;
    search->gathered = calloc(index->entries.count + 1, sizeof *search->gathered);
    search->touched = calloc(index->entries.count + 1, sizeof *search->touched);
    search->seen = calloc(index->tokens.count + 1, sizeof *search->seen);
    if (search->gathered && search->touched && search->seen)
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
    const struct token *token;
    enum name_schema schema;
    uint8_t word;
    bool certain;
};

/* The token's names gather, if it can be the wanted word. */
static void try_token(struct name_search *search, const struct wanted *wanted, uint32_t number) {
    const struct token *token = token_at(search->index, number), *word = wanted->token;
    if (search->seen[number] == search->word_serial)
        return;
    search->seen[number] = search->word_serial;
    bool same_sense = word->sense && word->sense == token->sense;
    if (!same_sense && (__builtin_popcount(word->sounds ^ token->sounds) > FAR ||
                        abs(word->phone_count - token->phone_count) > 2 * FAR))
        return;
    if (match_token_cost(word, token, wanted->schema) == MATCH_NONE)
        return;
    const struct range *range = range_of(&search->index->names, number);
    unsigned worth = MIN(word->weight, token->weight);
    for (uint32_t i = 0; i < range->count; i++)
        gather(search, search->index->names.items[range->first + i], wanted->word, worth, wanted->certain);
}

static void try_key(struct name_search *search, const struct wanted *wanted, uint64_t key) {
    const struct range *range = range_of(&search->index->similar, key);
    for (uint32_t i = 0; i < range->count; i++)
        try_token(search, wanted, search->index->similar.items[range->first + i]);
}

static void try_word(struct name_search *search, const struct wanted *wanted) {
    const struct token *token = wanted->token;
    uint64_t keys[TOKEN_KEYS];
    start_word(search);
    if (token->kind == TOKEN_NUMBER) {
        try_key(search, wanted, number_key(token));
        return;
    }
    if (token->sense)
        try_key(search, wanted, sense_key(token));
    size_t count = token_keys(token, keys);
    for (size_t i = 0; i < count; i++)
        try_key(search, wanted, keys[i]);
}

/* Names whose neighbouring words, or initials, have the key. */
static void try_runs(struct name_search *search, uint64_t key) {
    const struct range *range = range_of(&search->index->runs, key);
    for (uint32_t i = 0; i < range->count; i++)
        gather(search, search->index->runs.items[range->first + i], UINT8_MAX, 0, true);
}

static bool try_run(void *context, const struct token *joined) {
    struct name_search *search = context;
    struct wanted wanted = {joined, NAME_PERSON, UINT8_MAX, true};
    try_word(search, &wanted);
    return true;
}

static void try_initials(struct name_search *search, const struct name *name) {
    char initials[LIMIT_NAME_TOKENS + 1];
    struct token token;
    for (int all = 0; all < 2; all++) {
        size_t len = name_initials(name, all, initials);
        if (len < 3 || len > LIMIT_TOKEN)
            continue;
        token_make((struct bytes){initials, len}, SCRIPT_LATIN, &token);
        struct wanted wanted = {&token, NAME_ENTITY, UINT8_MAX, true};
        try_word(search, &wanted);
    }
}

/* Every word of the vocabulary against every word of the name. */
static void try_everything(struct name_search *search, const struct name *name) {
    for (uint8_t i = 0; i < name->count; i++) {
        struct wanted wanted = {&name->tokens[i], (enum name_schema)name->schema, i, false};
        start_word(search);
        for (uint32_t number = 0; number < search->index->tokens.count; number++)
            try_token(search, &wanted, number);
    }
}

static void gather_names(struct name_search *search, const struct name *name) {
    start(search);
    for (uint8_t i = 0; i < name->count; i++) {
        const struct token *token = &name->tokens[i];
        if (token->kind == TOKEN_PARTICLE || token->kind == TOKEN_INITIAL)
            continue;
        struct wanted wanted = {token, (enum name_schema)name->schema, i, false};
        try_word(search, &wanted);
        if (token->phone_count >= RUN_LEAST)
            try_runs(search, run_key(token));
        if (name->schema == NAME_ENTITY && token->len >= 3)
            try_runs(search, initials_key((struct bytes){token->text, token->len}));
    }
    (void)each_run(name, try_run, search);
    if (name->schema == NAME_ENTITY)
        try_initials(search, name);
    if (search->touched_count == 0)
        try_everything(search, name);
}

/* The most that the entry can score. */
static float bound(const struct name_search *search, unsigned worth, enum name_schema schema,
                   uint32_t number) {
    const struct entry *entry = entry_at(search->index, number);
    const struct gathered *gathered = &search->gathered[number];
    if (entry->schema != schema)
        return -1;
    if (gathered->certain)
        return 1;
    float agreed = (float)MIN(gathered->agreed, MIN(worth, (unsigned)entry->worth)) / 100;
    return match_bound(schema, agreed, (float)worth / 100 - agreed, (float)entry->worth / 100 - agreed) +
           SLACK;
}

/* Of those touched the ones that can reach `least`, at most LOOK_MOST of the best; first in touched. */
static size_t choose(struct name_search *search, const struct name *name, float least) {
    unsigned worth = 0, buckets[BUCKETS + 1] = {0};
    size_t chosen = 0, kept = 0;
    for (size_t i = 0; i < name->count; i++)
        worth += worth_of(name, i);
    for (size_t i = 0; i < search->touched_count; i++) {
        float most = bound(search, worth, (enum name_schema)name->schema, search->touched[i]);
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
        gather_names(search, &name->names[reading]);
        size_t chosen = choose(search, &name->names[reading], least);
        for (size_t i = 0; i < chosen; i++) {
            struct name_hit hit = {.entry = search->touched[i], .reading = (uint8_t)reading};
            struct name listed;
            name_index_name(search->index, hit.entry, &listed);
            names_match(&name->names[reading], &listed, &hit.match);
            hit.owner = entry_at(search->index, hit.entry)->owner;
            if (hit.match.score >= least)
                count = keep(ret_hits, count, maximum, &hit);
        }
    }
    return count;
}
