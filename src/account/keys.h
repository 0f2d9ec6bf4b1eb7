/* DIR/credentials: an AWS shared-credentials file (INI), so that
 * `AWS_SHARED_CREDENTIALS_FILE=DIR/credentials aws ...` works as it is. Each section is one key of the
 * operator's, which accounts_open takes over into the store. */
#ifndef ACCOUNT_KEYS_H
#define ACCOUNT_KEYS_H

#include "base/error.h"
#include "base/bytes.h"

#define KEYS_ACCESS_MAX 128
#define KEYS_SECRET_MAX 128
#define KEYS_MADE_ACCESS 20 /* characters of those that we make */
#define KEYS_MADE_SECRET 40
#define KEYS_ACCOUNT "000000000000" /* the account number in ARNs: the operator's own account */

struct keys;

/* Reads DIRECTORY/credentials; makes it on the first start, mode 0600, with one random key in [default].
 * Refuses a file that others may read (the text says what to do). */
MUST_CHECK bool keys_open(const char *directory, struct keys **ret_keys, struct error *err);
/* Wipes the secrets. Takes NULL. */
void keys_free(struct keys *keys);
/* In the order of the file; stops with the error when visit returns false. */
MUST_CHECK bool keys_each(const struct keys *keys,
                          bool (*visit)(void *context, const char *access_key, const char *secret,
                                        struct error *err),
                          void *context, struct error *err);
/* A new random key. */
void keys_make(char ret_access_key[KEYS_MADE_ACCESS + 1], char ret_secret[KEYS_MADE_SECRET + 1]);
/* 16 letters and digits, as in access keys, from 10 bytes; with a NUL. */
void keys_letters(const uint8_t bytes[10], char out[17]);
/* The first key of the file, for our own command line. */
void keys_first(const struct keys *keys, const char **ret_access_key, const char **ret_secret);

#endif
