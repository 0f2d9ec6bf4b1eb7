/* The index of names.
 *
 * Every different word of all names stands once in a vocabulary, and each points to the names that have it.
 * The words that a word could be (another spelling, another language) are found by keys: its consonants, with
 * at most one class of them different (token_keys), and its sense. Neighbouring words of a listed name are
 * filed as one word too, and the initials of organisations, so that "Goodwill" meets "Good Will". How it is
 * looked up: name_search.c. */
#include "sanctions/name_parts.h"

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

struct range *filing_range(const struct filing *filing, uint64_t key) {
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
        struct range *range = filing_range(filing, pairs[i].key);
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
    index->hints = pile_new(sizeof(struct hint));
    index->words = pile_new(sizeof(uint32_t));
    index->entries = pile_new(sizeof(struct entry));
    index->similar.pairs = index->runs.pairs = index->names.pairs = pile_new(sizeof(struct filed));
    return index;
}

void name_index_free(struct name_index *index) {
    if (!index)
        return;
    pile_release(&index->tokens);
    pile_release(&index->hints);
    pile_release(&index->words);
    pile_release(&index->entries);
    filing_release(&index->similar);
    filing_release(&index->runs);
    filing_release(&index->names);
    free(index->slots);
    free(index);
}

bool tokens_are_same(const struct token *a, const struct token *b) {
    return a->len == b->len && a->kind == b->kind && a->script == b->script && a->sense == b->sense &&
           a->weight == b->weight && a->ending == b->ending && memcmp(a->text, b->text, a->len) == 0;
}

uint64_t token_hash(const struct token *token) {
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
        size_t at = token_hash(index_token(index, i)) & (size - 1);
        while (slots[at])
            at = (at + 1) & (size - 1);
        slots[at] = i + 1;
    }
    free(index->slots);
    index->slots = slots;
    index->slot_mask = size - 1;
    return true;
}

struct hint token_hint(const struct token *token) {
    bool open = token->script == SCRIPT_VOWELLESS || token->ending || token->kind == TOKEN_NUMBER;
    return (struct hint){token_skeleton(token), token->sense, open, 0};
}

uint64_t key_of_sense(const struct token *token) {
    return KEY_SENSE | (uint64_t)token->kind << 32 | token->sense;
}

uint64_t key_of_number(const struct token *token) {
    uint64_t key = 0;
    for (size_t i = 0; i < token->len; i++)
        key = key * 11 + (uint64_t)token->text[i];
    return KEY_NUMBER | (key & (KEY_SENSE - 1));
}

/* Files a new word of the vocabulary under its keys. */
static bool file_token(struct name_index *index, uint32_t number) {
    const struct token *token = index_token(index, number);
    uint64_t keys[TOKEN_KEYS];
    if (token->kind == TOKEN_PARTICLE || token->kind == TOKEN_INITIAL)
        return true;
    if (token->kind == TOKEN_NUMBER)
        return file(&index->similar, key_of_number(token), number);
    if (token->sense && !file(&index->similar, key_of_sense(token), number))
        return false;
    size_t count = token_keys(token, keys);
    for (size_t i = 0; i < count; i++)
        if (!file(&index->similar, keys[i], number))
            return false;
    return true;
}

/* The slot that has it, or a free one. */
static size_t slot_of_token(const struct name_index *index, const struct token *token) {
    size_t at = token_hash(token) & index->slot_mask;
    while (index->slots[at] && !tokens_are_same(index_token(index, index->slots[at] - 1), token))
        at = (at + 1) & index->slot_mask;
    return at;
}

bool index_find_token(const struct name_index *index, const struct token *token, uint32_t *ret_number) {
    size_t at = index->slots ? slot_of_token(index, token) : 0;
    if (!index->slots || !index->slots[at])
        return false;
    *ret_number = index->slots[at] - 1;
    return true;
}

static bool intern(struct name_index *index, const struct token *token, uint32_t *ret_number) {
    if ((!index->slots || index->tokens.count * 2 > index->slot_mask) && !grow_slots(index))
        return false;
    if (index_find_token(index, token, ret_number))
        return true;
    size_t at = slot_of_token(index, token);
    uint32_t number = (uint32_t)index->tokens.count;
    struct hint hint = token_hint(token);
    if (!pile_add(&index->hints, &hint) || !pile_add(&index->tokens, token) || !file_token(index, number))
        return false;
    index->slots[at] = number + 1;
    *ret_number = number;
    return true;
}

/* Its consonants, exactly; 0: too few to tell. */
uint64_t key_of_run(const struct token *token) {
    char key[LIMIT_TOKEN + 1];
    uint64_t hash = 0;
    size_t consonants = 0;
    token_key(token, key);
    for (const char *at = key; *at; at++)
        if (!strchr("aeiou", *at)) {
            hash = hash * 131 + (uint8_t)*at;
            consonants++;
        }
    return consonants < RUN_CONSONANTS ? 0 : KEY_RUN | (spread(hash) & (KEY_SENSE - 1));
}

/* Calls found for each two or three neighbours as one word. */
bool name_each_run(const struct name *name, bool (*found)(void *context, const struct token *joined),
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
    uint64_t key = key_of_run(joined);
    return !key || file(&run->index->runs, key, run->entry);
}

uint64_t key_of_initials(struct bytes initials) {
    uint64_t key = 1;
    for (size_t i = 0; i < initials.len; i++)
        key = key * 131 + (uint8_t)initials.ptr[i];
    return KEY_NUMBER | (spread(key) & (KEY_SENSE - 1));
}

static bool file_runs(struct name_index *index, const struct name *name, uint32_t number) {
    struct filing_run run = {index, number};
    char initials[LIMIT_NAME_TOKENS + 1];
    if (!name_each_run(name, file_run, &run))
        return false;
    for (int all = 0; all < 2 && name->schema == NAME_ENTITY; all++) {
        size_t len = name_initials(name, all, initials);
        if (len >= 3 && !file(&index->runs, key_of_initials((struct bytes){initials, len}), number))
            return false;
    }
    return true;
}

/* Worth that must find a partner: initials may be anything's, numbers are counted apart, and a word counts
 * once. */
unsigned name_worth_at(const struct name *name, size_t at) {
    const struct token *token = &name->tokens[at];
    if (token->kind == TOKEN_PARTICLE || token->kind == TOKEN_NUMBER || token->kind == TOKEN_INITIAL)
        return 0;
    for (size_t i = 0; i < at; i++)
        if (tokens_are_same(&name->tokens[i], token))
            return 0;
    return token->weight;
}

unsigned name_count_initials(const struct name *name) {
    unsigned count = 0;
    for (size_t i = 0; i < name->count; i++)
        count += name->tokens[i].kind == TOKEN_INITIAL;
    return count;
}

static bool add_name(struct name_index *index, const struct name *name, uint32_t owner) {
    uint32_t number = (uint32_t)index->entries.count;
    struct entry entry = {owner, (uint32_t)index->words.count,      name->count, name->schema, name->forms,
                          0,     (uint8_t)name_count_initials(name)};
    for (size_t i = 0; i < name->count; i++) {
        uint32_t word;
        if (!intern(index, &name->tokens[i], &word) || !pile_add(&index->words, &word))
            return false;
        ((struct hint *)index->hints.items)[word].schemas |= (uint8_t)(1u << name->schema);
        entry.worth += (uint16_t)name_worth_at(name, i);
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
    const struct entry *found = index_entry(index, entry);
    const uint32_t *words = (const uint32_t *)index->words.items + found->first;
    ret_name->count = found->count;
    ret_name->schema = found->schema;
    ret_name->forms = found->forms;
    for (size_t i = 0; i < found->count; i++)
        ret_name->tokens[i] = *index_token(index, words[i]);
}
