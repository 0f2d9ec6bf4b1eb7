/* The text of lists: cleaned, looked at, and cut where one cell holds several values. */
#ifndef SANCTIONS_LISTS_TEXT_H
#define SANCTIONS_LISTS_TEXT_H

#include "base/bytes.h"
#include "base/limits.h"

/* Valid UTF-8 without NUL and without control characters but tab and line ends. */
bool text_is_valid(struct bytes text);
/* Copies UTF-8 text into out with one blank for each run of blanks and none at the ends; a text that does not
 * fit is cut between characters. No NUL. */
struct bytes text_clean(struct bytes text, char out[LIMIT_LIST_TEXT]);
/* Its first letter is Latin, or it has none. */
bool text_is_latin(struct bytes text);
/* The ASCII word stands in the text, without case and not in the middle of a word; a word that ends with '*'
 * may go on. */
bool text_has(struct bytes text, const char *word);
/* Where a string stands in the text, without case; text.len when it does not. */
size_t text_find(struct bytes text, const char *string);
/* What stands behind the last separator, without blanks. */
struct bytes text_last(struct bytes text, char separator);
/* Of "(1) Cyprus (2) Russia" first "Cyprus", then "Russia"; of "a|b" and "a; b" both (separators names the
 * characters); of another text itself. false behind the last. Parts are never empty. */
bool text_next(struct bytes *rest, const char *separators, struct bytes *ret_part);

#endif
