/* What a word is made of, and what it costs to take one sound for another, in hundredths of a letter. */
#ifndef SANCTIONS_SOUND_H
#define SANCTIONS_SOUND_H

#include "base/compiler.h"

/* Sounds have the codes of small letters and digits, and these. */
#define SH 'S'
#define CH 'C'
#define ZH 'Z'
#define KH 'X'
#define GH 'G'
#define TH 'P'
#define DH 'D'
#define TS 'T'
#define DJ 'J'

enum { SOUNDS = 128, WHOLE = 100 /* one that is simply another */ };

static inline bool is_vowel(uint8_t sound) {
    return sound == 'a' || sound == 'e' || sound == 'i' || sound == 'o' || sound == 'u';
}

/* Whether the word that a sound is of has its short vowels, and the other has not. */
enum sound_side {
    SOUND_EQUAL,   /* both have, or none */
    SOUND_WRITTEN, /* the other has */
    SOUND_HEARD,   /* this has */
    SOUND_SIDES
};

/* What each of the SOUNDS of the other word costs in the place of this one. */
const uint8_t *sound_costs(enum sound_side side, uint8_t sound);

#endif
