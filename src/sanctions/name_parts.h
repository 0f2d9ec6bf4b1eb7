/* What the index of names is made of, for those that fill it (name_index.c) and look in it (name_search.c).
 */
#ifndef SANCTIONS_NAME_PARTS_H
#define SANCTIONS_NAME_PARTS_H

#include "sanctions/name_index.h"
#include "sanctions/pile.h"

/* What a key stands for, in its top byte; 0: a skeleton. */
#define KEY_SENSE (UINT64_C(1) << 62)
#define KEY_NUMBER (UINT64_C(2) << 62)
#define KEY_RUN (UINT64_C(3) << 62)
enum { RUN_LEAST = 5, RUN_CONSONANTS = 3 };

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
    uint16_t worth;   /* of its words, numbers and particles and initials apart */
    uint8_t initials; /* how many */
};

/* As much of a token as tells that it is another word, so that few of them must be fetched. */
struct hint {
    uint64_t skeleton;
    uint16_t sense;
    bool open;       /* the skeleton tells nothing: no vowels, or an ending */
    uint8_t schemas; /* of the names that have it: a set of 1 << enum name_schema */
};

struct name_index {
    struct pile hints;   /* struct hint, of the vocabulary */
    struct pile tokens;  /* struct token: the vocabulary */
    struct pile words;   /* uint32_t: of all names, numbers of tokens */
    struct pile entries; /* struct entry */
    uint32_t *slots;     /* hash table of the vocabulary: number + 1 */
    size_t slot_mask;
    struct filing similar; /* key of a word -> numbers of tokens */
    struct filing runs;    /* key of neighbouring words as one, or of initials -> numbers of entries */
    struct filing names;   /* number of a token -> numbers of entries */
};

/* The items filed under the key; count 0 when there are none. */
struct range *filing_range(const struct filing *filing, uint64_t key);
static inline const struct token *index_token(const struct name_index *index, uint32_t number) {
    return (const struct token *)index->tokens.items + number;
}

static inline const struct entry *index_entry(const struct name_index *index, uint32_t number) {
    return (const struct entry *)index->entries.items + number;
}

bool tokens_are_same(const struct token *a, const struct token *b);
uint64_t token_hash(const struct token *token);
bool index_find_token(const struct name_index *index, const struct token *token, uint32_t *ret_number);
struct hint token_hint(const struct token *token);

uint64_t key_of_sense(const struct token *token);
uint64_t key_of_number(const struct token *token);
/* Of its consonants, exactly; 0: too few to tell. */
uint64_t key_of_run(const struct token *token);
uint64_t key_of_initials(struct bytes initials);

/* Calls found for each two or three neighbours of the name as one word, until it says no. */
bool name_each_run(const struct name *name, bool (*found)(void *context, const struct token *joined),
                   void *context);
/* Worth that must find a partner: initials may be anything's, numbers are counted apart, and a word counts
 * once. */
unsigned name_worth_at(const struct name *name, size_t at);
unsigned name_count_initials(const struct name *name);

#endif
