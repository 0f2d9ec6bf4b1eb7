/* What the eye, the ear and the many ways of romanising confuse. The costs are our own estimate from
 * knowledge of these systems (BGN/PCGN, ICAO 9303, ISO 9, French and German customs; for Arabic the ALA-LC
 * table and what newspapers do instead), not a fit. */
#include "sanctions/sound.h"

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

enum { OTHER_VOWEL = 50 };

/* Made of the tables above before main: [sound of this word][sound of the other]. */
static uint8_t costs[SOUND_SIDES][SOUNDS][SOUNDS];

__attribute__((constructor)) static void make_costs(void) {
    for (int a = 0; a < SOUNDS; a++)
        for (int b = 0; b < SOUNDS; b++) {
            bool vowels = is_vowel((uint8_t)a) && is_vowel((uint8_t)b);
            costs[SOUND_EQUAL][a][b] = a == b ? 0 : vowels ? OTHER_VOWEL : WHOLE;
        }
    for (size_t i = 0; i < ARRAY_LEN(confusions); i++) {
        uint8_t a = (uint8_t)confusions[i].a, b = (uint8_t)confusions[i].b;
        costs[SOUND_EQUAL][a][b] = costs[SOUND_EQUAL][b][a] = confusions[i].cost;
    }
    memcpy(costs[SOUND_WRITTEN], costs[SOUND_EQUAL], sizeof costs[0]);
    memcpy(costs[SOUND_HEARD], costs[SOUND_EQUAL], sizeof costs[0]);
    for (size_t i = 0; i < ARRAY_LEN(long_vowels); i++) {
        uint8_t written = (uint8_t)long_vowels[i].written, heard = (uint8_t)long_vowels[i].heard;
        costs[SOUND_WRITTEN][written][heard] = costs[SOUND_HEARD][heard][written] = long_vowels[i].cost;
    }
}

const uint8_t *sound_costs(enum sound_side side, uint8_t sound) {
    return costs[side][sound % SOUNDS];
}
