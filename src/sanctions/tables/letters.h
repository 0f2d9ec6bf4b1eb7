/* What each letter becomes in the Latin alphabet, as far as no library is needed for it. "" is a letter that
 * is left out, NULL one that is not here. Latin: without its marks. Cyrillic and Greek: as passports and
 * lists most often have them. Arabic and Hebrew: consonants and the letters of long vowels; "`" stands for
 * ayin and alef, which are heard as a vowel at the beginning of a word and not at all elsewhere. */
#ifndef SANCTIONS_TABLES_LETTERS_H
#define SANCTIONS_TABLES_LETTERS_H

#include "base/compiler.h"

enum {
    LATIN_FIRST = 0xC0,
    GREEK_FIRST = 0x386,
    CYRILLIC_FIRST = 0x400,
    HEBREW_FIRST = 0x5D0,
    ARABIC_FIRST = 0x60C
};

/* U+00C0 to U+0259. */
static const char *const latin_letters[] = {
    "a",  "a",  "a",  "a",  "a",  "a",  "ae", "c",  "e",  "e",  "e",  "e",  "i",  "i",  "i",  "i",  "d",
    "n",  "o",  "o",  "o",  "o",  "o",  " ",  "o",  "u",  "u",  "u",  "u",  "y",  "th", "ss", "a",  "a",
    "a",  "a",  "a",  "a",  "ae", "c",  "e",  "e",  "e",  "e",  "i",  "i",  "i",  "i",  "d",  "n",  "o",
    "o",  "o",  "o",  "o",  " ",  "o",  "u",  "u",  "u",  "u",  "y",  "th", "y",  "a",  "a",  "a",  "a",
    "a",  "a",  "c",  "c",  "c",  "c",  "c",  "c",  "c",  "c",  "d",  "d",  "d",  "d",  "e",  "e",  "e",
    "e",  "e",  "e",  "e",  "e",  "e",  "e",  "g",  "g",  "g",  "g",  "g",  "g",  "g",  "g",  "h",  "h",
    "h",  "h",  "i",  "i",  "i",  "i",  "i",  "i",  "i",  "i",  "i",  "i",  "ij", "ij", "j",  "j",  "k",
    "k",  "k",  "l",  "l",  "l",  "l",  "l",  "l",  "l",  "l",  "l",  "l",  "n",  "n",  "n",  "n",  "n",
    "n",  "n",  "ng", "ng", "o",  "o",  "o",  "o",  "o",  "o",  "oe", "oe", "r",  "r",  "r",  "r",  "r",
    "r",  "s",  "s",  "s",  "s",  "s",  "s",  "s",  "s",  "t",  "t",  "t",  "t",  "t",  "t",  "u",  "u",
    "u",  "u",  "u",  "u",  "u",  "u",  "u",  "u",  "u",  "u",  "w",  "w",  "y",  "y",  "y",  "z",  "z",
    "z",  "z",  "z",  "z",  "s",  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, "a",  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, "s",  "s",  "t",  "t",  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, "a",
};
/* U+0386 to U+03CE. */
static const char *const greek_letters[] = {
    "a", "",  "e", "i", "i", "",  "o", "",  "y",  "o",  "i", "a", "v",  "g", "d",  "e",  "z", "i", "th",
    "i", "k", "l", "m", "n", "x", "o", "p", "r",  "",   "s", "t", "y",  "f", "ch", "ps", "o", "i", "y",
    "a", "e", "i", "i", "y", "a", "v", "g", "d",  "e",  "z", "i", "th", "i", "k",  "l",  "m", "n", "x",
    "o", "p", "r", "s", "s", "t", "y", "f", "ch", "ps", "o", "i", "y",  "o", "y",  "o",
};
/* U+0400 to U+04FF. */
static const char *const cyrillic_letters[] = {
    "e", "yo", "dj", "g",  "ye", "z",  "i",  "yi", "j",  "lj",   "nj", "c",  "k",  "i",  "u",  "dzh",
    "a", "b",  "v",  "g",  "d",  "e",  "zh", "z",  "i",  "y",    "k",  "l",  "m",  "n",  "o",  "p",
    "r", "s",  "t",  "u",  "f",  "kh", "ts", "ch", "sh", "shch", "",   "y",  "",   "e",  "yu", "ya",
    "a", "b",  "v",  "g",  "d",  "e",  "zh", "z",  "i",  "y",    "k",  "l",  "m",  "n",  "o",  "p",
    "r", "s",  "t",  "u",  "f",  "kh", "ts", "ch", "sh", "shch", "",   "y",  "",   "e",  "yu", "ya",
    "e", "yo", "dj", "g",  "ye", "z",  "i",  "yi", "j",  "lj",   "nj", "c",  "k",  "i",  "u",  "dzh",
    "",  "",   "e",  "e",  "",   "",   "",   "",   "",   "",     "u",  "u",  "",   "",   "",   "",
    "",  "",   "f",  "f",  "i",  "i",  "",   "",   "",   "",     "",   "",   "",   "",   "",   "",
    "",  "",   "",   "",   "",   "",   "",   "",   "",   "",     "",   "",   "",   "",   "",   "",
    "g", "g",  "gh", "gh", "g",  "g",  "j",  "j",  "z",  "z",    "q",  "q",  "g",  "g",  "k",  "k",
    "q", "q",  "n",  "n",  "ng", "ng", "p",  "p",  "o",  "o",    "s",  "s",  "t",  "t",  "u",  "u",
    "u", "u",  "h",  "h",  "ts", "ts", "j",  "j",  "j",  "j",    "h",  "h",  "ch", "ch", "ch", "ch",
    "",  "zh", "zh", "k",  "k",  "",   "",   "n",  "n",  "",     "",   "ch", "ch", "",   "",   "",
    "a", "a",  "a",  "a",  "ae", "ae", "e",  "e",  "a",  "a",    "a",  "a",  "zh", "zh", "z",  "z",
    "z", "z",  "i",  "i",  "i",  "i",  "o",  "o",  "o",  "o",    "o",  "o",  "e",  "e",  "u",  "u",
    "u", "u",  "u",  "u",  "ch", "ch", "",   "",   "y",  "y",    "",   "",   "",   "",   "",   "",
};
/* U+05D0 to U+05EA. */
static const char *const hebrew_letters[] = {
    "`", "b", "g", "d", "h", "w", "z", "kh", "t",  "y", "k", "k",  "l", "m",
    "m", "n", "n", "s", "`", "p", "p", "ts", "ts", "q", "r", "sh", "t",
};
/* U+060C to U+06FF. */
static const char *const arabic_letters[] = {
    " ",  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, " ",  NULL,
    NULL, NULL, NULL, NULL, "",   "a",  "a",  "w",  "a",  "y",  "a",  "b",  "h",  "t",  "th", "j",  "h",
    "kh", "d",  "dh", "r",  "z",  "s",  "sh", "s",  "dh", "t",  "dh", "`",  "gh", NULL, NULL, NULL, NULL,
    NULL, NULL, "f",  "q",  "k",  "l",  "m",  "n",  "h",  "w",  "y",  "y",  NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "0",
    "1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9",  NULL, NULL, NULL, NULL, NULL, NULL, NULL, "a",
    "a",  "a",  NULL, "a",  NULL, NULL, NULL, "t",  "t",  "b",  "t",  "t",  "p",  NULL, NULL, "h",  NULL,
    NULL, NULL, "ts", "ch", NULL, "d",  "d",  NULL, NULL, "d",  NULL, NULL, NULL, NULL, "r",  NULL, "r",
    NULL, "r",  "zh", NULL, "zh", NULL, "kh", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "v",
    NULL, NULL, NULL, NULL, "k",  "k",  "g",  NULL, "ng", NULL, "g",  NULL, NULL, NULL, NULL, NULL, "l",
    NULL, NULL, NULL, NULL, "n",  "n",  "n",  NULL, "h",  NULL, "h",  "h",  "h",  "h",  NULL, "o",  "o",
    "u",  "u",  NULL, NULL, "w",  "y",  "y",  "e",  NULL, "e",  NULL, "y",  "y",  " ",  "h",  NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, "0",  "1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9",
    NULL, NULL, NULL, NULL, NULL, NULL,
};

/* Cyrillic letters that look like Latin ones, and those in the same place. */
static const struct {
    uint32_t cyrillic, latin;
} lookalikes[] = {
    {0x410, 'A'}, {0x412, 'B'}, {0x415, 'E'}, {0x41A, 'K'}, {0x41C, 'M'}, {0x41D, 'H'}, {0x41E, 'O'},
    {0x420, 'P'}, {0x421, 'C'}, {0x422, 'T'}, {0x423, 'Y'}, {0x425, 'X'}, {0x406, 'I'}, {0x408, 'J'},
    {0x405, 'S'}, {0x430, 'a'}, {0x435, 'e'}, {0x43E, 'o'}, {0x440, 'p'}, {0x441, 'c'}, {0x443, 'y'},
    {0x445, 'x'}, {0x456, 'i'}, {0x458, 'j'}, {0x455, 's'},
};

#endif
