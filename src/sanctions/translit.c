/* Normalisation and transliteration.
 *
 * Nearly all names are Latin, Cyrillic, Greek, Arabic or Hebrew, and go letter by letter through the tables
 * of tables/letters.h: that takes a microsecond. A text with any other character is first brought into the
 * normal form NFKC (full-width letters, ligatures, letters followed by their marks), and what the tables do
 * not know even then goes through ICU's "Any-Latin; Latin-ASCII", run by run: Georgian, Armenian, Thai, Han,
 * Hangul and the rest. Marks, vowel points and direction signs are left out.
 *
 * Who types Cyrillic on a Latin keyboard, or hides a name, writes "ПAO" with a Latin A and O. A word of both
 * alphabets in which all letters of the one look like letters of the other is read in the other. */
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>
#include "sanctions/translit.h"
#include "sanctions/tables/letters.h"

enum { UNITS_MAX = 4 * LIMIT_NAME_BYTES };

struct translit {
    UTransliterator *any; /* NULL until it is needed */
    bool broken;          /* it could not be opened */
    UChar units[UNITS_MAX];
    UChar32 codes[UNITS_MAX];
};

struct translit *translit_new(void) {
    return calloc(1, sizeof(struct translit));
}

void translit_free(struct translit *translit) {
    if (!translit)
        return;
    if (translit->any)
        utrans_close(translit->any);
    free(translit);
}

static void put(struct roman *out, char c, enum script script) {
    if (out->len == ROMAN_MAX)
        return;
    out->text[out->len] = c;
    out->script[out->len++] = (uint8_t)script;
}

#define IN_TABLE(code, first, table) \
    ((code) >= (UChar32)(first) && (code) < (UChar32)((first) + ARRAY_LEN(table)))

/* What the tables have for it; NULL when they have nothing. */
static const char *letter_of(UChar32 code, enum script *ret_script) {
    *ret_script = SCRIPT_LATIN;
    if (IN_TABLE(code, LATIN_FIRST, latin_letters))
        return latin_letters[code - LATIN_FIRST];
    *ret_script = SCRIPT_ALPHABET;
    if (IN_TABLE(code, CYRILLIC_FIRST, cyrillic_letters))
        return cyrillic_letters[code - CYRILLIC_FIRST];
    if (IN_TABLE(code, GREEK_FIRST, greek_letters))
        return greek_letters[code - GREEK_FIRST];
    *ret_script = SCRIPT_VOWELLESS;
    if (IN_TABLE(code, ARABIC_FIRST, arabic_letters))
        return arabic_letters[code - ARABIC_FIRST];
    if (IN_TABLE(code, HEBREW_FIRST, hebrew_letters))
        return hebrew_letters[code - HEBREW_FIRST];
    return NULL;
}

/* A mark, a vowel point or a sign of direction: not heard, and no gap between words either. */
static bool is_silent(UChar32 code) {
    return code == 0x640 || (U_GET_GC_MASK(code) & (U_GC_MN_MASK | U_GC_ME_MASK | U_GC_CF_MASK)) != 0;
}

static bool is_apostrophe(UChar32 code) {
    return code == '\'' || code == '`' || code == 0xB4 || (code >= 0x2B9 && code <= 0x2BF) ||
           code == 0x2018 || code == 0x2019 || code == 0x2032;
}

/* Writes a sign or an ASCII letter; false when it is none. */
static bool put_sign(struct roman *out, UChar32 code) {
    if (code < 0x80) {
        bool kept = (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') || strchr("().&/%", code);
        char c = code >= 'A' && code <= 'Z' ? (char)(code + 32) : kept && code ? (char)code : ' ';
        put(out, is_apostrophe(code) ? '\'' : c, SCRIPT_LATIN);
        return true;
    }
    if (is_apostrophe(code))
        put(out, '\'', SCRIPT_LATIN);
    else if (is_silent(code))
        return true;
    else if (!u_isalnum(code))
        put(out, ' ', SCRIPT_LATIN);
    else
        return false;
    return true;
}

/* Ayin and alef are heard at the beginning of a word. */
static void put_letter(struct roman *out, const char *letter, enum script script) {
    for (; *letter; letter++) {
        if (*letter != '`')
            put(out, *letter, script);
        else if (out->len == 0 || out->text[out->len - 1] == ' ')
            put(out, 'a', script);
    }
}

static bool is_fast(UChar32 code) {
    enum script script;
    return code < 0x80 || letter_of(code, &script) || (code >= 0x2010 && code <= 0x203A);
}

static bool is_syllable(UChar32 code) {
    UErrorCode status = U_ZERO_ERROR;
    UScriptCode script = uscript_getScript(code, &status);
    return script == USCRIPT_HAN || script == USCRIPT_HANGUL;
}

/* A run of characters that the tables do not know. What ICU does not know either becomes a gap. */
static void put_run(struct translit *translit, const UChar32 *codes, size_t count, struct roman *out) {
    static const UChar id[] = u"Any-Latin; Latin-ASCII";
    UErrorCode status = U_ZERO_ERROR;
    if (!translit->any && !translit->broken) {
        translit->any = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &status);
        translit->broken = U_FAILURE(status);
    }
    int32_t len = 0;
    u_strFromUTF32(translit->units, UNITS_MAX, &len, codes, (int32_t)count, &status);
    int32_t limit = len;
    if (translit->any && U_SUCCESS(status))
        utrans_transUChars(translit->any, translit->units, &len, UNITS_MAX, 0, &limit, &status);
    if (U_FAILURE(status)) {
        put(out, ' ', SCRIPT_LATIN);
        return;
    }
    enum script script = is_syllable(codes[0]) ? SCRIPT_SYLLABLES : SCRIPT_ALPHABET;
    for (int32_t i = 0; i < MIN(len, UNITS_MAX); i++) {
        UChar32 code = u_tolower(translit->units[i]);
        if (code < 0x80 && (u_isalnum(code) || code == ' '))
            put(out, (char)code, script);
        else if (!is_silent(code) && !is_apostrophe(code) && code != '\'')
            put(out, ' ', script);
    }
}

/* The letter in the other alphabet that looks like this one; 0 when there is none. */
static UChar32 lookalike(UChar32 code, bool to_latin) {
    for (size_t i = 0; i < ARRAY_LEN(lookalikes); i++)
        if (code == (UChar32)(to_latin ? lookalikes[i].cyrillic : lookalikes[i].latin))
            return (UChar32)(to_latin ? lookalikes[i].latin : lookalikes[i].cyrillic);
    return 0;
}

static bool is_latin(UChar32 code) {
    return (code < 0x80 && u_isalpha(code)) || IN_TABLE(code, LATIN_FIRST, latin_letters);
}

static bool is_cyrillic(UChar32 code) {
    return IN_TABLE(code, CYRILLIC_FIRST, cyrillic_letters);
}

/* Turns the letters of one alphabet in the word into the other, if all of them look so. */
static bool unmix(UChar32 *word, size_t len, bool to_latin) {
    for (size_t i = 0; i < len; i++)
        if ((to_latin ? is_cyrillic(word[i]) : is_latin(word[i])) && !lookalike(word[i], to_latin))
            return false;
    for (size_t i = 0; i < len; i++) {
        UChar32 other = lookalike(word[i], to_latin);
        if (other)
            word[i] = other;
    }
    return true;
}

static void unmix_words(UChar32 *codes, size_t count) {
    for (size_t i = 0; i < count;) {
        size_t start = i;
        bool latin = false, cyrillic = false;
        for (; i < count && (is_latin(codes[i]) || is_cyrillic(codes[i])); i++) {
            latin |= is_latin(codes[i]);
            cyrillic |= is_cyrillic(codes[i]);
        }
        if (latin && cyrillic && !unmix(codes + start, i - start, false))
            (void)unmix(codes + start, i - start, true);
        i += i == start;
    }
}

/* The code points of the text; whether all of them are in the tables. */
static bool read_codes(struct translit *translit, struct bytes text, size_t *ret_count, bool *ret_fast) {
    size_t count = 0;
    bool fast = true;
    for (size_t at = 0; at < text.len;) {
        UChar32 code;
        U8_NEXT(text.ptr, at, text.len, code);
        if (code < 0)
            return false;
        fast &= is_fast(code);
        translit->codes[count++] = code;
    }
    *ret_count = count;
    *ret_fast = fast;
    return true;
}

/* NFKC of the code points, in place. What would be longer than the room for it stays as it was. */
static size_t compose(struct translit *translit, size_t count) {
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&status);
    UChar composed[UNITS_MAX];
    int32_t len = 0, codes = 0;
    u_strFromUTF32(translit->units, UNITS_MAX, &len, translit->codes, (int32_t)count, &status);
    len = unorm2_normalize(nfkc, translit->units, len, composed, UNITS_MAX, &status);
    if (U_SUCCESS(status))
        u_strToUTF32(translit->codes, UNITS_MAX, &codes, composed, len, &status);
    return U_SUCCESS(status) ? (size_t)codes : count;
}

bool translit_text(struct translit *translit, struct bytes text, struct roman *ret_roman, struct error *err) {
    size_t count;
    bool fast;
    if (text.len > LIMIT_NAME_BYTES)
        return error_set(err, ERROR_VALIDATION, "a name is longer than %d bytes", LIMIT_NAME_BYTES);
    if (!read_codes(translit, text, &count, &fast))
        return error_set(err, ERROR_VALIDATION, "a name is not UTF-8");
    if (!fast)
        count = compose(translit, count);
    unmix_words(translit->codes, count);
    ret_roman->len = 0;
    for (size_t i = 0; i < count;) {
        enum script script;
        const char *letter = letter_of(translit->codes[i], &script);
        if (letter) {
            put_letter(ret_roman, letter, script);
            i++;
        } else if (put_sign(ret_roman, translit->codes[i])) {
            i++;
        } else {
            size_t start = i;
            enum script other;
            while (i < count && !letter_of(translit->codes[i], &other) && translit->codes[i] >= 0x80 &&
                   (u_isalnum(translit->codes[i]) || is_silent(translit->codes[i]) ||
                    (U_GET_GC_MASK(translit->codes[i]) & U_GC_MC_MASK)))
                i++;
            put_run(translit, translit->codes + start, i - start, ret_roman);
        }
    }
    return true;
}
