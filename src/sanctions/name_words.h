/* What is known about words: titles, given names and their other forms, words that many companies bear, legal
 * forms. Made once from the tables in tables/, for all threads. */
#ifndef SANCTIONS_NAME_WORDS_H
#define SANCTIONS_NAME_WORDS_H

#include "sanctions/token.h"

/* Once before all else, from any thread, any number of times. */
MUST_CHECK bool words_prepare(struct error *err);

/* A word as it is looked up: Arabic without its article; text is at most LIMIT_TOKEN letters. */
void word_token(struct bytes text, enum script script, struct token *ret_token);
/* The same of an organisation: a Russian adjective has the ending of none, and token->ending is set. */
void word_token_common(struct bytes text, enum script script, struct token *ret_token);

enum person_word { PERSON_NAME, PERSON_TITLE, PERSON_PARTICLE, PERSON_ARTICLE };
enum person_word word_of_person(const struct token *token);
/* Names with the same number are the same name in other languages, or for friends. 0: not known. */
uint16_t word_given_name(const struct token *token);
/* The sense of the name that a patronymic is made of; false when the word is none. Sense 0: the name is not
 * known.
 */
bool word_patronymic(const struct token *token, uint16_t *ret_sense);

/* Sets kind, sense and weight when many organisations bear the word. */
bool word_is_common(struct token *token);
bool word_is_stopword(const struct token *token);
/* The English words that initials stand for, or that the word is made of; NULL when there are none. */
const char *word_spelled_out(const struct token *token);

/* How many tokens at the front are a legal form, the most it can be; 0: none. at_end: nothing follows tokens.
 */
size_t word_legal_form(const struct token *tokens, size_t count, bool at_end, unsigned *ret_class);

#endif
