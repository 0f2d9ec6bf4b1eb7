/* Text of any script in small Latin letters, digits and a few signs: "Сергей" and "SERGEI" both as something
 * that can be compared letter by letter. */
#ifndef SANCTIONS_TRANSLIT_H
#define SANCTIONS_TRANSLIT_H

#include "base/error.h"
#include "base/bytes.h"
#include "base/limits.h"

/* What the letters were before; it says how far the result can be trusted. */
enum script {
    SCRIPT_LATIN,
    SCRIPT_ALPHABET,  /* Cyrillic, Greek, Georgian ...: what one hears is written */
    SCRIPT_VOWELLESS, /* Arabic and Hebrew: short vowels are missing */
    SCRIPT_SYLLABLES, /* Han, Hangul: one sign, one syllable */
};

#define ROMAN_MAX (4 * LIMIT_NAME_BYTES)

struct roman {
    char text[ROMAN_MAX];      /* a-z 0-9, a blank for a gap, and the signs ' ( ) . / & % as they were */
    uint8_t script[ROMAN_MAX]; /* enum script of each */
    size_t len;
};

/* Holds tables of ICU that are slow to open, and opens each when it is first needed. One a thread. */
struct translit;

/* NULL when there is no memory. */
struct translit *translit_new(void);
/* Takes NULL. */
void translit_free(struct translit *translit);
/* VALIDATION: not UTF-8, or longer than LIMIT_NAME_BYTES. */
MUST_CHECK bool translit_text(struct translit *translit, struct bytes text, struct roman *ret_roman,
                              struct error *err);

#endif
