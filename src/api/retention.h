/* Erases faces whose time is over, of all accounts, and records each erasure: a thread that looks every
 * LIMIT_RETENTION_PAUSE_MS, and works in small transactions, so that nobody waits long for it. Results that
 * nobody has released in time go with them, and when which key was used last is kept. */
#ifndef API_RETENTION_H
#define API_RETENTION_H

#include "account/accounts.h"
#include "api/gallery.h"
#include "record/record.h"

struct retention;

/* All four outlive it. */
MUST_CHECK bool retention_new(struct store *store, struct galleries *galleries, struct record *record,
                              struct accounts *accounts, struct retention **ret_retention, struct error *err);
/* Waits for the transaction that it is in. Takes NULL. */
void retention_free(struct retention *retention);

#endif
