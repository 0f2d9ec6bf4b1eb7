/* One hash table holds all words: from 64 bits of a hash of (which table, key of the word) to what the table
 * says. A key is what token_key leaves of a word, so that romanisations agree; a word of up to three letters
 * is its own key, because "AS" and "ASS" are different things. Words of organisations are cut to a stem
 * first. Two words with the same 64 bits would be taken for one; among some thousands that does not happen.
 */
#include <pthread.h>
#include "sanctions/name_words.h"
#include "sanctions/tables/forms.h"
#include "sanctions/tables/given_names.h"
#include "sanctions/tables/titles.h"
#include "sanctions/tables/words.h"

enum table {
    TABLE_PERSON = 1,
    TABLE_GIVEN,
    TABLE_COMMON,
    TABLE_STOP,
    TABLE_ACRONYM,
    TABLE_COMPOUND,
    TABLE_FORM
};
enum { SLOTS = 16384, FORM_WORDS = 8, FORM_ENDING = 0x80, FORM_CLASS = 0x3F };

struct slot {
    uint64_t hash; /* 0: empty */
    uint32_t value;
};

static struct slot slots[SLOTS];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool prepared;

/* FNV-1a, with the bits mixed at the end; never 0. */
static uint64_t hash_more(uint64_t hash, const char *text) {
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001B3);
    return hash;
}

static uint64_t hash_of(enum table table, const char *key) {
    uint64_t hash = hash_more(UINT64_C(0xCBF29CE484222325) ^ (uint64_t)table << 56, key);
    return (hash ^ hash >> 29) | 1;
}

static struct slot *slot_of(uint64_t hash) {
    size_t at = hash >> 1 & (SLOTS - 1);
    while (slots[at].hash && slots[at].hash != hash)
        at = (at + 1) & (SLOTS - 1);
    return &slots[at];
}

static void remember(enum table table, const char *key, uint32_t value) {
    struct slot *slot = slot_of(hash_of(table, key));
    if (!slot->hash) {
        slot->hash = hash_of(table, key);
        slot->value = value;
    }
}

static bool recall(enum table table, const char *key, uint32_t *ret_value) {
    const struct slot *slot = slot_of(hash_of(table, key));
    if (slot->hash)
        *ret_value = slot->value;
    return slot->hash != 0;
}

static void key_of(const struct token *token, char out[LIMIT_TOKEN + 1]) {
    if (token->len > 3) {
        token_key(token, out);
        return;
    }
    out[0] = '=';
    memcpy(out + 1, token->text, (size_t)token->len + 1);
}

/* --- endings --- */

struct ending {
    const char *cut, *kept;
};

/* The first that fits. Russian endings of adjectives and nouns, English plurals. */
static const struct ending adjectives[] = {
    {"skogo", "sk"}, {"skaya", "sk"}, {"skaia", "sk"}, {"skaja", "sk"}, {"skoye", "sk"}, {"skiye", "sk"},
    {"skikh", "sk"}, {"skiy", "sk"},  {"skii", "sk"},  {"skij", "sk"},  {"skoy", "sk"},  {"skoi", "sk"},
    {"skoe", "sk"},  {"skie", "sk"},  {"skih", "sk"},  {"skim", "sk"},  {"sky", "sk"},   {"ski", "sk"},
    {"nogo", "n"},   {"naya", "n"},   {"naia", "n"},   {"noye", "n"},   {"nykh", "n"},   {"noe", "n"},
    {"noy", "n"},    {"nyy", "n"},    {"nyi", "n"},    {"nyj", "n"},    {"niy", "n"},    {"nye", "n"}};
static const struct ending nouns[] = {
    {"yami", ""}, {"ami", ""}, {"ogo", ""}, {"ego", ""}, {"aya", ""}, {"oye", ""}, {"ykh", ""}, {"ikh", ""},
    {"iya", ""},  {"iye", ""}, {"ies", ""}, {"yy", ""},  {"iy", ""},  {"yi", ""},  {"oy", ""},  {"ey", ""},
    {"ii", ""},   {"ie", ""},  {"ia", ""},  {"oe", ""},  {"ov", ""},  {"ev", ""},  {"es", ""},  {"s", ""},
    {"a", ""},    {"o", ""},   {"u", ""},   {"e", ""},   {"y", ""},   {"i", ""}};

/* Cuts the ending of the text, in place; at least `least` letters stay. Whether there was one. */
static bool cut_ending(char *text, size_t *len, const struct ending *endings, size_t count, size_t least) {
    for (size_t i = 0; i < count; i++) {
        size_t cut = strlen(endings[i].cut), kept = strlen(endings[i].kept);
        if (*len >= least + cut && memcmp(text + *len - cut, endings[i].cut, cut) == 0) {
            memcpy(text + *len - cut, endings[i].kept, kept + 1);
            *len += kept - cut;
            return true;
        }
    }
    return false;
}

/* The key of the word's stem. */
static void stem_of(const struct token *token, char out[LIMIT_TOKEN + 1]) {
    char text[LIMIT_TOKEN + 1];
    size_t len = token->len;
    memcpy(text, token->text, len + 1);
    if (token->script != SCRIPT_VOWELLESS && !cut_ending(text, &len, adjectives, ARRAY_LEN(adjectives), 4))
        (void)cut_ending(text, &len, nouns, ARRAY_LEN(nouns), 4);
    struct token stem;
    token_make((struct bytes){text, len}, token->script, &stem);
    key_of(&stem, out);
}

/* --- looking up --- */

void word_token(struct bytes text, enum script script, struct token *ret_token) {
    text.len = MIN(text.len, (size_t)LIMIT_TOKEN);
    if (script == SCRIPT_VOWELLESS && text.len >= 5 && memcmp(text.ptr, "al", 2) == 0) {
        text.ptr += 2;
        text.len -= 2;
    }
    token_make(text, script, ret_token);
}

void word_token_common(struct bytes text, enum script script, struct token *ret_token) {
    char cut[LIMIT_TOKEN + 1];
    size_t len = MIN(text.len, (size_t)LIMIT_TOKEN);
    memcpy(cut, text.ptr, len);
    cut[len] = 0;
    bool adjective = script != SCRIPT_VOWELLESS &&
                     cut_ending(cut, &len, adjectives, ARRAY_LEN(adjectives), 3);
    word_token((struct bytes){cut, len}, script, ret_token);
    if (len >= 6 && memcmp(cut + len - 2, "sk", 2) == 0)
        ret_token->ending = 2;
    else if (adjective)
        ret_token->ending = 1;
}

enum person_word word_of_person(const struct token *token) {
    uint32_t value = PERSON_NAME;
    if (token->script != SCRIPT_SYLLABLES)
        (void)recall(TABLE_PERSON, token->text, &value);
    return (enum person_word)value;
}

uint16_t word_given_name(const struct token *token) {
    char key[LIMIT_TOKEN + 1];
    uint32_t value = 0;
    key_of(token, key);
    (void)recall(TABLE_GIVEN, key, &value);
    return (uint16_t)value;
}

static bool cut_one(const char *text, size_t *len, const char *const *tails, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t cut = strlen(tails[i]);
        if (*len > cut && memcmp(text + *len - cut, tails[i], cut) == 0) {
            *len -= cut;
            return true;
        }
    }
    return false;
}

/* How much of "ivanovich" is left without what says "son of" or "daughter of"; 0: it does not say so. */
static size_t father_of(const struct token *token) {
    static const char *const sons[] = {"itsch", "ytsch", "itch", "ytch", "ich", "ych"},
                             *const of[] = {"v", "w"}, *const daughters[] = {"vna", "wna", "una"},
                             *const vowels[] = {"yo", "io", "ie", "ye", "je", "o", "e", "a", "i", "y"};
    size_t len = token->len;
    bool son = cut_one(token->text, &len, sons, ARRAY_LEN(sons)) &&
               cut_one(token->text, &len, of, ARRAY_LEN(of));
    if (!son) {
        len = token->len;
        if (!cut_one(token->text, &len, daughters, ARRAY_LEN(daughters)))
            return 0;
    }
    return cut_one(token->text, &len, vowels, ARRAY_LEN(vowels)) && len >= 2 ? len : 0;
}

bool word_patronymic(const struct token *token, uint16_t *ret_sense) {
    size_t stem = father_of(token);
    uint16_t sense = 0;
    for (const char *added = " iay"; stem && *added && !sense; added++) {
        char text[LIMIT_TOKEN + 2];
        memcpy(text, token->text, stem);
        text[stem] = *added;
        struct token father;
        token_make((struct bytes){text, stem + (*added != ' ')}, token->script, &father);
        sense = word_given_name(&father);
    }
    if (stem)
        *ret_sense = sense;
    return stem != 0;
}

bool word_is_common(struct token *token) {
    char key[LIMIT_TOKEN + 1];
    uint32_t value;
    stem_of(token, key);
    if (!recall(TABLE_COMMON, key, &value))
        return false;
    token->kind = TOKEN_COMMON;
    token->sense = (uint16_t)(value >> 8);
    token->weight = (uint8_t)value;
    return true;
}

bool word_is_stopword(const struct token *token) {
    uint32_t value;
    return recall(TABLE_STOP, token->text, &value);
}

const char *word_spelled_out(const struct token *token) {
    char key[LIMIT_TOKEN + 1];
    uint32_t value;
    if (recall(TABLE_ACRONYM, token->text, &value))
        return acronyms[value].words;
    stem_of(token, key);
    return recall(TABLE_COMPOUND, key, &value) ? compounds[value].parts : NULL;
}

size_t word_legal_form(const struct token *tokens, size_t count, bool at_end, unsigned *ret_class) {
    uint64_t hash = hash_of(TABLE_FORM, "");
    size_t best = 0;
    for (size_t i = 0; i < MIN(count, (size_t)FORM_WORDS); i++) {
        char key[LIMIT_TOKEN + 1];
        key_of(&tokens[i], key);
        hash = hash_more(hash_more(hash, key), " ");
        const struct slot *slot = slot_of(hash | 1);
        if (!slot->hash)
            break;
        bool form = (slot->value & FORM_CLASS) != 0;
        if (form && (!(slot->value & FORM_ENDING) || (at_end && i + 1 == count))) {
            best = i + 1;
            *ret_class = (slot->value & FORM_CLASS) - 1;
        }
    }
    return best;
}

/* --- making the table --- */

/* The next word of a text in small letters; false behind the last. */
static bool next_word(const struct roman *roman, size_t *at, struct bytes *ret_word,
                      enum script *ret_script) {
    while (*at < roman->len && roman->text[*at] == ' ')
        ++*at;
    size_t start = *at;
    while (*at < roman->len && roman->text[*at] != ' ')
        ++*at;
    if (start == *at)
        return false;
    *ret_word = (struct bytes){roman->text + start, *at - start};
    *ret_script = (enum script)roman->script[start];
    return true;
}

/* A key of the word as it is. */
static void text_of(const struct token *token, char out[LIMIT_TOKEN + 1]) {
    memcpy(out, token->text, (size_t)token->len + 1);
}

/* Every word of the text, with the same value. */
static bool remember_words(struct translit *translit, enum table table, const char *text,
                           void (*key_by)(const struct token *, char *), uint32_t value, struct error *err) {
    struct roman roman;
    struct bytes word;
    enum script script;
    for (struct bytes rest = bytes_of(text); rest.len > 0;) {
        struct bytes part = bytes_split(&rest, ' ');
        if (!translit_text(translit, part, &roman, err))
            return false;
        for (size_t at = 0; next_word(&roman, &at, &word, &script);) {
            char key[LIMIT_TOKEN + 1];
            struct token token;
            word_token(word, script, &token);
            key_by(&token, key);
            remember(table, key, value);
        }
    }
    return true;
}

/* One form of one or more words; each beginning of it is remembered too. */
static bool remember_form(struct translit *translit, struct bytes form, uint32_t value, struct error *err) {
    struct roman roman;
    struct bytes word;
    enum script script;
    if (!translit_text(translit, form, &roman, err))
        return false;
    uint64_t hash = hash_of(TABLE_FORM, "");
    struct slot *slot = NULL;
    for (size_t at = 0; next_word(&roman, &at, &word, &script);) {
        char key[LIMIT_TOKEN + 1];
        struct token token;
        word_token(word, script, &token);
        key_of(&token, key);
        hash = hash_more(hash_more(hash, key), " ");
        slot = slot_of(hash | 1);
        slot->hash = hash | 1;
    }
    if (slot && !(slot->value & FORM_CLASS))
        slot->value |= value;
    return true;
}

static bool remember_forms(struct translit *translit, const char *forms, uint32_t value, struct error *err) {
    for (struct bytes rest = bytes_of(forms); rest.len > 0;)
        if (!remember_form(translit, bytes_split(&rest, '|'), value, err))
            return false;
    return true;
}

static bool remember_all(struct translit *translit, struct error *err) {
    bool fine = remember_words(translit, TABLE_PERSON, articles, text_of, PERSON_ARTICLE, err) &&
                remember_words(translit, TABLE_PERSON, particles, text_of, PERSON_PARTICLE, err) &&
                remember_words(translit, TABLE_PERSON, titles, text_of, PERSON_TITLE, err) &&
                remember_words(translit, TABLE_STOP, stopwords, text_of, 1, err);
    for (size_t i = 0; fine && i < ARRAY_LEN(given_names); i++)
        fine = remember_words(translit, TABLE_GIVEN, given_names[i], key_of, (uint32_t)i + 1, err);
    for (size_t i = 0; fine && i < ARRAY_LEN(common_words); i++)
        fine = remember_words(translit, TABLE_COMMON, common_words[i].words, stem_of,
                              (uint32_t)(i + 1) << 8 | common_words[i].worth, err);
    for (size_t i = 0; fine && i < ARRAY_LEN(acronyms); i++)
        fine = remember_words(translit, TABLE_ACRONYM, acronyms[i].initials, text_of, (uint32_t)i, err);
    for (size_t i = 0; fine && i < ARRAY_LEN(compounds); i++)
        fine = remember_words(translit, TABLE_COMPOUND, compounds[i].words, stem_of, (uint32_t)i, err);
    for (size_t i = 0; fine && i < ARRAY_LEN(legal_forms); i++)
        fine = remember_forms(translit, legal_forms[i].forms, legal_forms[i].class + 1, err) &&
               (!legal_forms[i].ending || remember_forms(translit, legal_forms[i].ending,
                                                         (legal_forms[i].class + 1) | FORM_ENDING, err));
    return fine;
}

static void prepare(void) {
    struct translit *translit = translit_new();
    prepared = translit && remember_all(translit, NULL);
    translit_free(translit);
}

bool words_prepare(struct error *err) {
    return (pthread_once(&once, prepare) == 0 && prepared) ||
           error_set(err, ERROR_INTERNAL, "the tables of words could not be made");
}
