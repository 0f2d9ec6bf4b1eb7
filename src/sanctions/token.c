/* How words are heard.
 *
 * A word becomes a row of sounds: "sh", "kh", "tch" are one each, so that the spellings of one sound differ
 * in one place. What it costs to leave one out is little for what transliteration adds and drops: glides,
 * doubled letters, the silent h, a vowel beside another; a consonant is a whole letter. How far words are
 * from each other: distance.c.
 *
 * Keys: consonants in nine classes of sounds that are confused, vowels left out, as a number. Each word is
 * filed under its skeleton and under the skeletons that lack one of its consonants (the symmetric deletion of
 * W. Garbe's SymSpell, 2012): whatever differs in at most one class meets. Of the short ones among the latter
 * there would be too many: they count only with as many syllables. */
#include "sanctions/token.h"
#include "sanctions/sound.h"

enum { FEW_CLASSES = 3 };
#define NEAR (UINT64_C(1) << 60)           /* a key of a skeleton that may lack a consonant */
#define SKELETON ((UINT64_C(1) << 56) - 1) /* fourteen classes */

/* Those of one letter stand together, the longer ones first. */
static const struct {
    char letters[5];
    uint8_t sound;
} spellings[] = {{"ch", CH},   {"ck", 'k'}, {"cz", CH},   {"dge", DJ}, {"dh", DH}, {"dj", DJ},
                 {"dsch", DJ}, {"dzh", DJ}, {"ee", 'i'},  {"gh", GH},  {"kh", KH}, {"oo", 'u'},
                 {"ou", 'u'},  {"ph", 'f'}, {"shch", SH}, {"sch", SH}, {"sh", SH}, {"sz", SH},
                 {"tsch", CH}, {"tch", CH}, {"th", TH},   {"ts", TS},  {"tz", TS}, {"zh", ZH}};

enum { GAP_DOUBLE = 8, GAP_VOWEL = 45, GAP_NEAR_VOWEL = 20, GAP_GLIDE = 10, GAP_H = 30, GAP_FINAL = 35 };
enum { GAP_ALEF = 15, GAP_LONG = 40, GAP_FINAL_H = 8 };

static uint8_t first_spelling[SOUNDS]; /* of a letter, from 1; 0: none. Both tables are made before main */
static uint8_t classes[SOUNDS]; /* of consonants that are confused, from 1; 0: left out. Digits apart */

__attribute__((constructor)) static void make_tables(void) {
    for (size_t i = ARRAY_LEN(spellings); i > 0; i--)
        first_spelling[(uint8_t)spellings[i - 1].letters[0]] = (uint8_t)i;
    static const char *const members[] = {"bp", "vwf", "dtPD", "szSZTcCJj", "kgqG", "l", "r", "m", "n"};
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        for (const char *member = members[i]; *member; member++)
            classes[(uint8_t)*member] = (uint8_t)(i + 1);
    for (int digit = 0; digit < 10; digit++)
        classes['0' + digit] = (uint8_t)(ARRAY_LEN(members) + 1 + (size_t)digit / 2);
}

/* How many letters the sound at the beginning takes, and which it is. */
static size_t take_sound(const char *at, const char *end, const char *start, uint8_t *ret_sound) {
    size_t first = first_spelling[(uint8_t)*at % SOUNDS];
    for (size_t i = first - 1; first && i < ARRAY_LEN(spellings) && spellings[i].letters[0] == *at; i++) {
        size_t len = 1;
        while (spellings[i].letters[len] && at + len < end && at[len] == spellings[i].letters[len])
            len++;
        if (!spellings[i].letters[len]) {
            *ret_sound = spellings[i].sound;
            return len;
        }
    }
    uint8_t sound = (uint8_t)*at;
    bool before_vowel = at + 1 < end && is_vowel((uint8_t)at[1]);
    bool before_soft = at + 1 < end && (at[1] == 'e' || at[1] == 'i' || at[1] == 'y');
    bool after_i = at > start && at[-1] == 'i';
    if (sound == 'c' && !before_soft)
        sound = at + 1 == end && after_i ? TS : 'k'; /* "Petrovic" */
    if (sound == 'y' && !before_vowel)
        sound = 'i';
    *ret_sound = sound;
    return 1;
}

static uint8_t gap_of(const struct token *token, size_t i) {
    const uint8_t *at = token->phones + i;
    uint8_t before = i > 0 ? at[-1] : 0, after = i + 1 < token->phone_count ? at[1] : 0;
    bool near_vowel = is_vowel(before) || is_vowel(after);
    if (*at == before)
        return GAP_DOUBLE;
    if (token->script == SCRIPT_VOWELLESS && (is_vowel(*at) || *at == 'y' || *at == 'w'))
        return *at == 'a' ? GAP_ALEF : GAP_LONG;
    if (*at == 'y' || *at == 'j' || *at == 'i')
        return near_vowel ? GAP_GLIDE : *at == 'j' ? WHOLE : GAP_VOWEL;
    if (is_vowel(*at))
        return near_vowel ? GAP_NEAR_VOWEL : GAP_VOWEL;
    if (*at == 'h')
        return after == 0 ? GAP_FINAL_H : GAP_H;
    if (*at == CH && before == SH)
        return GAP_FINAL;
    return *at == 's' && after == 0 && i >= 4 ? GAP_FINAL : WHOLE;
}

void token_make(struct bytes text, enum script script, struct token *ret_token) {
    struct token token = {.script = (uint8_t)script, .weight = 100};
    token.len = (uint8_t)MIN(text.len, LIMIT_TOKEN);
    memcpy(token.text, text.ptr, token.len);
    const char *end = token.text + token.len;
    for (const char *at = token.text; at < end && token.phone_count < LIMIT_TOKEN;) {
        uint8_t sound;
        if (*at == 'x' && token.phone_count + 1 < LIMIT_TOKEN) {
            token.phones[token.phone_count++] = 'k';
            token.phones[token.phone_count++] = 's';
            at++;
            continue;
        }
        at += take_sound(at, end, token.text, &sound);
        token.phones[token.phone_count++] = sound;
    }
    for (size_t i = 0; i < token.phone_count; i++)
        token.gaps[i] = gap_of(&token, i);
    *ret_token = token;
}

void token_join(const struct token *a, const struct token *b, struct token *ret_token) {
    char text[2 * LIMIT_TOKEN];
    memcpy(text, a->text, a->len);
    memcpy(text + a->len, b->text, b->len);
    token_make((struct bytes){text, (size_t)a->len + b->len}, a->script, ret_token);
}

void token_key(const struct token *token, char out[LIMIT_TOKEN + 1]) {
    size_t len = 0;
    for (size_t i = 0; i < token->phone_count; i++) {
        uint8_t sound = token->phones[i], after = i + 1 < token->phone_count ? token->phones[i + 1] : 0;
        bool near_vowel = (i > 0 && is_vowel(token->phones[i - 1])) || is_vowel(after);
        bool glide = sound == 'y' || (sound == 'i' && near_vowel) || (sound == 'j' && !is_vowel(after));
        if (glide || (sound == CH && len && out[len - 1] == SH))
            continue;
        for (const char *pair = "XhqkwvGgPtDdZjJj"; *pair; pair += 2)
            if (sound == (uint8_t)*pair) {
                sound = (uint8_t)pair[1];
                break;
            }
        if (len == 0 || out[len - 1] != (char)sound)
            out[len++] = (char)sound;
    }
    out[len] = 0;
}

/* Keys being collected. */
struct keys {
    uint64_t *keys;
    size_t count;
};

static void add_key(struct keys *keys, uint64_t key) {
    if (keys->count < TOKEN_KEYS)
        keys->keys[keys->count++] = key;
}

/* Runs of vowels, three for more. */
static unsigned syllables_of(const struct token *token) {
    unsigned count = 0;
    for (size_t i = 0; i < token->phone_count; i++)
        count += is_vowel(token->phones[i]) && (i == 0 || !is_vowel(token->phones[i - 1]));
    return MIN(count, 3u);
}

/* All vowels, as a number. */
static uint64_t vowels_of(const struct token *token) {
    uint64_t vowels = 0;
    for (size_t i = 0; i < token->phone_count; i++)
        if (is_vowel(token->phones[i]))
            vowels = vowels * 5 + (token->phones[i] - 'a') / 4 % 5 + 1;
    return vowels & ((UINT64_C(1) << 40) - 1);
}

/* The key of a skeleton that may lack a class. Short ones have too many words: they count only with as many
 * syllables, which a word without vowels may have any number of, or, if of one class, with the same vowels.
 */
static void add_near(const struct token *token, uint64_t skeleton, struct keys *keys) {
    bool vowelless = token->script == SCRIPT_VOWELLESS;
    if (skeleton >= UINT64_C(1) << 4 * FEW_CLASSES)
        add_key(keys, NEAR | (skeleton & SKELETON));
    else if (skeleton >= 1 << 4)
        for (unsigned syllables = vowelless ? 1 : syllables_of(token); syllables <= 3; syllables++) {
            add_key(keys, NEAR | (uint64_t)(syllables + 1) << 58 | skeleton);
            if (!vowelless)
                break;
        }
    else if (!vowelless)
        add_key(keys, NEAR | UINT64_C(1) << 56 | vowels_of(token) << 8 | skeleton);
}

static void add_skeleton(const struct token *token, uint64_t skeleton, struct keys *keys) {
    uint64_t last = 0;
    size_t consonants = (size_t)(67 - __builtin_clzll(skeleton | 1)) / 4;
    add_key(keys, skeleton & SKELETON);
    add_near(token, skeleton, keys);
    for (size_t i = 0; i < consonants && consonants >= 2; i++) {
        uint64_t low = skeleton & ((UINT64_C(1) << 4 * i) - 1);
        uint64_t high = i == 15 ? 0 : skeleton >> 4 * (i + 1) << 4 * i;
        if (last != (high | low))
            add_near(token, high | low, keys);
        last = high | low;
    }
}

/* How sounds that can be heard in two ways are taken. */
enum hearing { HEAR_STOPS = 1, HEAR_CONSONANT = 2 };

/* The classes of its first sounds. Of a word without vowels waw is a vowel or a consonant; dh and th are
 * stops as in Arabic, or z and s as in Persian. */
static uint64_t skeleton_of(const struct token *token, size_t count, unsigned hearing) {
    uint64_t skeleton = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t sound = token->phones[i], class = classes[sound % SOUNDS];
        if (!(hearing & HEAR_STOPS) && (sound == DH || sound == TH))
            class = classes['s'];
        if (!(hearing & HEAR_CONSONANT) && sound == 'w')
            class = 0;
        if (class && (i == 0 || sound != token->phones[i - 1]))
            skeleton = skeleton << 4 | class;
    }
    return skeleton;
}

uint64_t token_skeleton(const struct token *token) {
    return skeleton_of(token, token->phone_count, HEAR_STOPS | HEAR_CONSONANT);
}

bool skeletons_meet(uint64_t a, uint64_t b) {
    uint64_t differ = a ^ b;
    if (differ == 0)
        return true;
    unsigned low = (unsigned)__builtin_ctzll(differ) / 4, high = (63 - (unsigned)__builtin_clzll(differ)) / 4;
    uint64_t x = a >> 4 * low, y = b >> 4 * low;
    bool other = low == high,
         swapped = high == low + 1 && (x & 15) == (y >> 4 & 15) && (y & 15) == (x >> 4 & 15);
    return other || swapped || x >> 4 == y || y >> 4 == x;
}

size_t token_keys(const struct token *token, uint64_t ret_keys[TOKEN_KEYS]) {
    struct keys keys = {ret_keys, 0};
    uint64_t heard[4];
    unsigned first = token->script == SCRIPT_VOWELLESS ? 0 : HEAR_STOPS | HEAR_CONSONANT, count = 0;
    for (unsigned hearing = first; hearing <= (HEAR_STOPS | HEAR_CONSONANT); hearing++) {
        uint64_t skeleton = skeleton_of(token, token->phone_count, hearing);
        bool known = false;
        for (unsigned i = 0; i < count; i++)
            known |= heard[i] == skeleton;
        if (known)
            continue;
        heard[count++] = skeleton;
        add_skeleton(token, skeleton, &keys);
    }
    if (token->ending && token->ending < token->phone_count)
        add_key(&keys, skeleton_of(token, token->phone_count - token->ending, HEAR_STOPS | HEAR_CONSONANT) &
                           SKELETON);
    return keys.count;
}
