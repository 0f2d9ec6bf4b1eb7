/* How words are compared.
 *
 * A word becomes a row of sounds: "sh", "kh", "tch" are one each, so that the spellings of one sound differ
 * in one place. Then the optimal string alignment distance (Damerau 1964, Levenshtein 1966) with costs that
 * say what the eye, the ear and the many ways of romanising confuse: y, i and j; kh, h and k; v, w and u in
 * Belarusian; vowels among each other; doubled letters; the silent h. A consonant that is simply another one
 * costs a whole letter. The costs are our own estimate from knowledge of these systems (BGN/PCGN, ICAO 9303,
 * ISO 9, French and German customs; for Arabic the ALA-LC table and what newspapers do instead), not a fit.
 *
 * Arabic and Hebrew leave short vowels out: against a word from them a vowel costs next to nothing, and the
 * letters alef, waw and ya stand for a consonant or a long vowel.
 *
 * Russian names of companies decline: "permskiy", "permskaya" and "Perm" are one word with different endings,
 * so a distance to the word without its ending is looked up in the same table.
 *
 * Keys: consonants in nine classes of sounds that are confused, vowels left out, as a number. Each word is
 * filed under its skeleton and under the skeletons that lack one of its consonants (the symmetric deletion of
 * W. Garbe's SymSpell, 2012): whatever differs in at most one class meets. Of the short ones among the latter
 * there would be too many: they count only with as many syllables. */
#include "sanctions/token.h"

/* Sounds have the codes of small letters, and these. */
#define SH 'S'
#define CH 'C'
#define ZH 'Z'
#define KH 'X'
#define GH 'G'
#define TH 'P'
#define DH 'D'
#define TS 'T'
#define DJ 'J'

enum { SOUNDS = 128, WHOLE = 100, FEW_CLASSES = 3 };
#define NEAR (UINT64_C(1) << 60)           /* a key of a skeleton that may lack a consonant */
#define SKELETON ((UINT64_C(1) << 56) - 1) /* fourteen classes */

static const struct {
    const char *letters;
    uint8_t sound;
} spellings[] = {{"shch", SH}, {"tsch", CH}, {"dge", DJ}, {"dsch", DJ}, {"tch", CH}, {"sch", SH},
                 {"dzh", DJ},  {"sh", SH},   {"ch", CH},  {"cz", CH},   {"sz", SH},  {"zh", ZH},
                 {"kh", KH},   {"gh", GH},   {"ph", 'f'}, {"th", TH},   {"dh", DH},  {"ts", TS},
                 {"tz", TS},   {"ck", 'k'},  {"dj", DJ},  {"ou", 'u'},  {"oo", 'u'}, {"ee", 'i'}};

/* Pairs that are confused, and what that costs; other pairs of vowels OTHER_VOWEL, all else WHOLE. */
static const struct {
    char a, b;
    uint8_t cost;
} confusions[] = {
    {'i', 'y', 5},  {'i', 'j', 15}, {'y', 'j', 12}, {'i', 'e', 22}, {'y', 'e', 25}, {'a', 'e', 25},
    {'o', 'u', 20}, {'a', 'o', 30}, {'e', 'o', 35}, {'u', 'w', 12}, {'u', 'v', 30}, {'o', 'w', 35},
    {'v', 'w', 8},  {'v', 'f', 25}, {'w', 'f', 30}, {'v', 'b', 40}, {'b', 'p', 40}, {'d', 't', 40},
    {'g', 'k', 40}, {'k', 'q', 5},  {'g', 'q', 25}, {'g', 'h', 25}, {'z', 's', 30}, {'m', 'n', 60},
    {'c', 'k', 12}, {'c', 's', 20}, {'c', TS, 10},  {'c', CH, 20},  {'k', CH, 45},  {'l', 'r', 70},
    {SH, CH, 35},   {SH, 's', 35},  {SH, ZH, 35},   {CH, TS, 35},   {CH, KH, 40},   {CH, 'h', 45},
    {CH, DJ, 40},   {CH, 'j', 45},  {ZH, 'z', 30},  {ZH, 'j', 15},  {ZH, DJ, 15},   {DJ, 'j', 5},
    {DJ, 'g', 35},  {'j', 'g', 45}, {DJ, 'd', 40},  {KH, 'h', 8},   {KH, 'k', 30},  {KH, 'q', 35},
    {KH, GH, 40},   {GH, 'g', 8},   {GH, 'q', 15},  {GH, 'k', 35},  {GH, 'h', 40},  {TH, 't', 8},
    {TH, 's', 25},  {TH, 'f', 40},  {TH, DH, 30},   {TH, 'd', 40},  {DH, 'd', 8},   {DH, 'z', 12},
    {DH, 't', 35},  {DH, 'l', 60},  {TS, 's', 35},  {TS, 'z', 25},  {TS, 't', 45},  {TS, 'k', 30},
    {'0', 'o', 35}, {'1', 'i', 35}, {'1', 'l', 35}, {'3', 'e', 35}, {'5', 's', 35}, {'9', 'g', 35},
    {'4', 'a', 35}};
/* The same where one word lacks its short vowels. */
static const struct {
    char written, heard;
    uint8_t cost;
} long_vowels[] = {{'a', 'e', 5},  {'a', 'i', 12}, {'a', 'o', 10}, {'a', 'u', 15}, {'w', 'u', 3},
                   {'w', 'o', 3},  {'w', 'v', 5},  {'w', 'a', 45}, {'y', 'i', 2},  {'y', 'e', 5},
                   {'y', 'a', 25}, {'y', 'j', 10}, {'w', 'f', 45}};

enum { OTHER_VOWEL = 50, SWAPPED = 60, ADJECTIVE = 10 };
enum { GAP_DOUBLE = 8, GAP_VOWEL = 45, GAP_NEAR_VOWEL = 20, GAP_GLIDE = 10, GAP_H = 30, GAP_FINAL = 35 };
enum { GAP_SHORT_VOWEL = 4, GAP_ALEF = 15, GAP_LONG = 40, GAP_FINAL_H = 8 };

/* Made of the tables above before main. */
static uint8_t substitution[SOUNDS][SOUNDS], loose_substitution[SOUNDS][SOUNDS];
static uint8_t classes[SOUNDS]; /* of consonants that are confused, from 1; 0: left out. Digits apart */

static bool is_vowel(uint8_t sound) {
    return sound == 'a' || sound == 'e' || sound == 'i' || sound == 'o' || sound == 'u';
}

__attribute__((constructor)) static void make_costs(void) {
    for (int a = 0; a < SOUNDS; a++)
        for (int b = 0; b < SOUNDS; b++) {
            bool vowels = is_vowel((uint8_t)a) && is_vowel((uint8_t)b);
            substitution[a][b] = a == b ? 0 : vowels ? OTHER_VOWEL : WHOLE;
        }
    for (size_t i = 0; i < ARRAY_LEN(confusions); i++) {
        uint8_t a = (uint8_t)confusions[i].a, b = (uint8_t)confusions[i].b;
        substitution[a][b] = substitution[b][a] = confusions[i].cost;
    }
    memcpy(loose_substitution, substitution, sizeof substitution);
    for (size_t i = 0; i < ARRAY_LEN(long_vowels); i++)
        loose_substitution[(uint8_t)long_vowels[i].written][(uint8_t)long_vowels[i].heard] =
            long_vowels[i].cost;
    static const char *const members[] = {"bp", "vwf", "dtPD", "szSZTcCJj", "kgqG", "l", "r", "m", "n"};
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        for (const char *member = members[i]; *member; member++)
            classes[(uint8_t)*member] = (uint8_t)(i + 1);
    for (int digit = 0; digit < 10; digit++)
        classes['0' + digit] = (uint8_t)(ARRAY_LEN(members) + 1 + (size_t)digit / 2);
}

/* How many letters the sound at the beginning takes, and which it is. */
static size_t take_sound(const char *at, const char *end, const char *start, uint8_t *ret_sound) {
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
        if (spellings[i].letters[0] != *at)
            continue;
        size_t len = strlen(spellings[i].letters);
        if ((size_t)(end - at) >= len && memcmp(at, spellings[i].letters, len) == 0) {
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

/* Gaps and the set of sounds, from the sounds. */
static void finish(struct token *token) {
    for (size_t i = 0; i < token->phone_count; i++) {
        uint8_t class = classes[token->phones[i] % SOUNDS];
        token->gaps[i] = gap_of(token, i);
        token->sounds |= class ? 1u << class : 0;
    }
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
    finish(&token);
    *ret_token = token;
}

void token_join(const struct token *a, const struct token *b, struct token *ret_token) {
    char text[2 * LIMIT_TOKEN];
    memcpy(text, a->text, a->len);
    memcpy(text + a->len, b->text, b->len);
    token_make((struct bytes){text, (size_t)a->len + b->len}, a->script, ret_token);
}

unsigned token_limit(const struct token *a, const struct token *b) {
    unsigned len = MAX(a->phone_count, b->phone_count);
    return MIN(28 * len, 220u);
}

/* Fills one row of the table and returns its least entry. */
static unsigned fill_row(const struct token *a, const struct token *b, size_t i, bool loose,
                         uint16_t rows[3][LIMIT_TOKEN + 1]) {
    const uint8_t *x = a->phones, *y = b->phones;
    uint16_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *twice = rows[(i + 1) % 3];
    bool a_heard = loose && a->script != SCRIPT_VOWELLESS, b_heard = loose && b->script != SCRIPT_VOWELLESS;
    const uint8_t(*written)[SOUNDS] = loose ? loose_substitution : substitution;
    unsigned gap_x = a_heard && is_vowel(x[i - 1]) ? GAP_SHORT_VOWEL : a->gaps[i - 1], least;
    row[0] = (uint16_t)(above[0] + gap_x);
    least = row[0];
    for (size_t j = 1; j <= b->phone_count; j++) {
        unsigned gap_y = b_heard && is_vowel(y[j - 1]) ? GAP_SHORT_VOWEL : b->gaps[j - 1];
        unsigned other = a_heard ? written[y[j - 1]][x[i - 1]] : written[x[i - 1]][y[j - 1]];
        unsigned best = above[j - 1] + other;
        best = MIN(best, above[j] + gap_x);
        best = MIN(best, row[j - 1] + gap_y);
        if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1])
            best = MIN(best, twice[j - 2] + (unsigned)SWAPPED);
        row[j] = (uint16_t)best;
        least = MIN(least, best);
    }
    return least;
}

unsigned token_cost(const struct token *a, const struct token *b, unsigned limit) {
    uint16_t rows[3][LIMIT_TOKEN + 1];
    size_t n = a->phone_count, m = b->phone_count;
    if (n == m && memcmp(a->phones, b->phones, n) == 0)
        return 0;
    bool loose = (a->script == SCRIPT_VOWELLESS) != (b->script == SCRIPT_VOWELLESS);
    rows[0][0] = 0;
    for (size_t j = 1; j <= m; j++)
        rows[0][j] = (uint16_t)(rows[0][j - 1] +
                                (loose && b->script != SCRIPT_VOWELLESS && is_vowel(b->phones[j - 1])
                                     ? GAP_SHORT_VOWEL
                                     : b->gaps[j - 1]));
    unsigned best = limit + 1, above = 0;
    for (size_t i = 1; i <= n; i++) {
        unsigned least = fill_row(a, b, i, loose, rows);
        if (MIN(least, above) > limit)
            return best;
        above = least;
        if (a->ending && i == n - a->ending)
            best = MIN(best, MIN(rows[i % 3][m], rows[i % 3][m - b->ending]) + (unsigned)ADJECTIVE);
    }
    if (b->ending)
        best = MIN(best, rows[n % 3][m - b->ending] + (unsigned)ADJECTIVE);
    return MIN(best, (unsigned)rows[n % 3][m]);
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
