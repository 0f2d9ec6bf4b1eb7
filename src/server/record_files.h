/* GET /record/...: the record for everybody, read-only, as C2SP tlog-tiles has it, with the caching that it
 * asks for.
 *
 *     /record/checkpoint, /record/vkey     text
 *     /record/tile/...                     tiles and bundles of entries that the checkpoint covers
 *     /record/entries?from=N&count=N       the entries as JSON, one a line: {"index":N,"entry":{...}}
 *
 * entries: at most LIMIT_RECORD_PAGE; the newest ones when `from` is not given. */
#ifndef SERVER_RECORD_FILES_H
#define SERVER_RECORD_FILES_H

#include "server/request.h"

/* Whether the path belongs to the record. */
bool record_files_own(struct bytes path);
/* Answers from the record in a folder; with NULL, or when there is nothing of that name, with a 404. */
void record_files_answer(const char *folder, struct request *request);

#endif
