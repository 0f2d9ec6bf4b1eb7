/* One word of a name: how it sounds, and where to look for words like it. */
#ifndef SANCTIONS_TOKEN_H
#define SANCTIONS_TOKEN_H

#include "sanctions/translit.h"

enum token_kind {
    TOKEN_WORD,
    TOKEN_PATRONYMIC, /* of a person: "Ivanovich", "Ivanovna" */
    TOKEN_INITIAL,    /* one letter */
    TOKEN_NUMBER,     /* its text is in digits */
    TOKEN_PARTICLE,   /* titles, "bin", "van": worth nothing when the other name lacks it */
    TOKEN_COMMON,     /* a word that many companies bear; sense says which, in whatever language */
};

struct token {
    char text[LIMIT_TOKEN + 1];      /* in small ASCII letters */
    uint8_t phones[LIMIT_TOKEN + 1]; /* codes of sounds, see token.c; no more than there are letters + x's */
    uint8_t gaps[LIMIT_TOKEN + 1];   /* what it costs to leave out each of them, in hundredths */
    uint8_t len, phone_count;
    uint8_t ending; /* how many sounds at the end are an adjective's: 2 of "permskii" */
    uint8_t kind;   /* enum token_kind */
    uint8_t script; /* enum script */
    uint8_t weight; /* what it tells about who bears it, in hundredths */
    uint16_t sense; /* words with the same one mean the same; 0: none. See words.h */
};

/* Text: small ASCII letters and digits; of more than LIMIT_TOKEN the first ones. Kind, weight, sense and
 * ending are the caller's to set; until then a word of weight 100. */
void token_make(struct bytes text, enum script script, struct token *ret_token);
/* Both, one after the other, as one word. */
void token_join(const struct token *a, const struct token *b, struct token *ret_token);

/* A spelling in which most romanisations of a word agree, for look-ups: NUL-terminated, at most LIMIT_TOKEN
 * letters. */
void token_key(const struct token *token, char out[LIMIT_TOKEN + 1]);

/* Keys under which similar words meet: words of the same skeleton share one, and those with one consonant
 * more, less or other when there are many of them, or else the vowels agree. Below 1 << 62. */
enum { TOKEN_KEYS = 96 };
size_t token_keys(const struct token *token, uint64_t ret_keys[TOKEN_KEYS]);

/* The classes of its consonants, four bits each, the last in the lowest; of more than sixteen the last ones.
 */
uint64_t token_skeleton(const struct token *token);
/* Whether skeletons differ in at most one class: another, one more, or two neighbours swapped. */
bool skeletons_meet(uint64_t a, uint64_t b);

#endif
