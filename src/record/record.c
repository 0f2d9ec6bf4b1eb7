/* Two logs, one behind the other. The journal in the store is where an entry becomes durable, in the
 * transaction of what it tells of; it numbers the entries. The tile log is what the world sees. One thread,
 * the sequencer, takes from the journal what the tile log does not have, in order, publishes a checkpoint,
 * and only then, and not at once, has the journal forget it.
 *
 * So after a kill at any moment the tile log is behind the journal or level with it, and the sequencer goes
 * on from where its checkpoint is. If it is ahead, or if its last entries are not those that the journal
 * still has, one of the two comes from another time: that is an error for a person, not for a repair.
 *
 * When something fails the log is closed and opened again before the next try, so that no state in memory
 * outlives a failure. */
#include <errno.h>
#include <pthread.h>
#include "record/record.h"
#include "base/clock.h"
#include "base/limits.h"
#include "record/files.h"
#include "record/folder.h"
#include "record/key.h"
#include "record/log.h"
#include "record/witness.h"

struct record {
    struct store *store;
    char folder[FILES_PATH_MAX];
    struct record_key key;
    struct sha256 text_salt;
    char vkey[NOTE_VKEY_MAX];

    /* of the sequencer */
    struct policy policy;
    struct witnesses *witnesses; /* NULL: none is asked */
    struct log *log;             /* NULL after a failure */
    uint64_t forgotten;          /* the journal has none below */
    uint64_t asked_ns;           /* when witnesses were, monotonic; 0: not yet */
    struct buffer checkpoint;    /* the published one */

    pthread_t sequencer;
    bool running;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t woken; /* something changed for the sequencer */
    pthread_cond_t told;  /* or for those who wait for it */
    bool work, hurry, stop;
    struct record_state state;
};

/* --- the journal into the log --- */

static bool add_entry(void *context, uint64_t index, struct bytes entry, struct error *err) {
    struct record *record = context;
    if (index != log_size(record->log))
        return error_set(err, ERROR_INTERNAL, "entry %llu of the record is missing in the journal",
                         (unsigned long long)log_size(record->log));
    return log_add(record->log, entry, err);
}

static bool is_refresh_due(const struct record *record) {
    uint64_t age_ns = clock_monotonic_ns() - record->asked_ns;
    return record->witnesses &&
           (record->asked_ns == 0 || age_ns > LIMIT_WITNESS_REFRESH_SECONDS * (uint64_t)1000000000 ||
            (record->state.failing && age_ns > LIMIT_RECORD_RETRY_MS * (uint64_t)1000000));
}

static bool publish(struct record *record, struct error *err) {
    struct buffer *checkpoint = &record->checkpoint;
    if (!log_flush(record->log, err))
        return false;
    checkpoint->len = 0;
    log_checkpoint(record->log, checkpoint);
    if (record->witnesses && !checkpoint->failed) {
        record->asked_ns = clock_monotonic_ns();
        if (!witnesses_cosign(record->witnesses, record->log, checkpoint, err))
            return false;
    }
    if (checkpoint->failed)
        return error_set(err, ERROR_INTERNAL, "no memory for a checkpoint");
    return log_publish(record->log, buffer_bytes(checkpoint), err);
}

static void tell_published(struct record *record) {
    pthread_mutex_lock(&record->lock);
    record->state.size = log_published(record->log);
    record->state.published_ms = clock_now_ms();
    pthread_cond_broadcast(&record->told);
    pthread_mutex_unlock(&record->lock);
}

/* Some are kept, for the next start to hold against the log. Not at every checkpoint: it costs a commit. */
static bool forget(struct record *record, struct error *err) {
    uint64_t published = log_published(record->log);
    if (published - record->forgotten < 2 * (uint64_t)LIMIT_RECORD_KEPT)
        return true;
    if (!store_journal_forget(record->store, published - LIMIT_RECORD_KEPT, err))
        return false;
    record->forgotten = published - LIMIT_RECORD_KEPT;
    return true;
}

/* All that the journal has by now. */
static bool drain(struct record *record, struct error *err) {
    bool more = true;
    while (more) {
        uint64_t before = log_published(record->log);
        if (!store_journal_each(record->store, log_size(record->log), LIMIT_RECORD_BATCH, add_entry, record,
                                err))
            return false;
        uint64_t added = log_size(record->log) - before;
        if (added > 0 || is_refresh_due(record)) {
            if (!publish(record, err))
                return false;
            tell_published(record);
        }
        more = added == LIMIT_RECORD_BATCH;
    }
    return forget(record, err);
}

/* --- log and journal must belong together --- */

struct comparison {
    struct merkle_source tiles;
    uint64_t size;
};

static bool compare_entry(void *context, uint64_t index, struct bytes entry, struct error *err) {
    const struct comparison *comparison = context;
    struct sha256 leaf;
    if (index >= comparison->size)
        return true;
    if (!comparison->tiles.hash(comparison->tiles.context, 0, index, &leaf, err))
        return false;
    return sha256_equal(leaf, merkle_leaf(entry)) ||
           error_set(err, ERROR_INTERNAL,
                     "entry %llu of the record is not the one that the store has: one of them comes from "
                     "another time; restore both from the same backup",
                     (unsigned long long)index);
}

static bool compare_bounds(uint64_t size, uint64_t first, uint64_t next, struct error *err) {
    if (size > next)
        return error_set(err, ERROR_INTERNAL,
                         "the record has %llu entries and the store knows of %llu: the store comes from an "
                         "older backup; restore both from the same one",
                         (unsigned long long)size, (unsigned long long)next);
    return size >= first ||
           error_set(err, ERROR_INTERNAL,
                     "the record has %llu entries and the store has seen %llu recorded: the record comes "
                     "from an older backup; restore both from the same one",
                     (unsigned long long)size, (unsigned long long)first);
}

bool record_compare(struct store *store, const char *folder_path, uint64_t size, struct error *err) {
    uint64_t first, next;
    if (!store_journal_bounds(store, &first, &next, err) || !compare_bounds(size, first, next, err))
        return false;
    CLEANUP_FREE struct folder *folder = folder_new(folder_path, size);
    if (!folder)
        return error_set(err, ERROR_INTERNAL, "no memory for the record");
    struct comparison comparison = {folder_source(folder), size};
    return first == size ||
           store_journal_each(store, first, (size_t)(size - first), compare_entry, &comparison, err);
}

/* Opens the log, and holds it against the journal. */
static bool reopen(struct record *record, struct error *err) {
    uint64_t next;
    if (!store_journal_bounds(record->store, &record->forgotten, &next, err) ||
        !log_open(record->folder, &record->key.signer, &record->log, err))
        return false;
    uint64_t size = log_published(record->log);
    if (!record_compare(record->store, record->folder, size, err))
        return false;
    pthread_mutex_lock(&record->lock);
    record->state.size = size;
    pthread_mutex_unlock(&record->lock);
    return true;
}

/* --- the sequencer --- */

/* Whether what is published has the cosignatures that the policy asks for. */
static bool check_quorum(struct record *record, int *ret_cosigned, struct error *err) {
    struct note note;
    int64_t oldest = clock_now_ms() / 1000 - LIMIT_WITNESS_FRESH_SECONDS;
    *ret_cosigned = 0;
    if (record->policy.witness_count == 0)
        return true;
    return (record->checkpoint.len > 0 && note_parse(buffer_bytes(&record->checkpoint), &note, err) &&
            policy_quorum_met(&record->policy, &note, oldest, ret_cosigned)) ||
           error_set(err, ERROR_INTERNAL, "too few witnesses have cosigned the record within the last hour");
}

static bool work(struct record *record, int *ret_cosigned, struct error *err) {
    if ((record->log || reopen(record, err)) && drain(record, err))
        return check_quorum(record, ret_cosigned, err);
    log_close(record->log);
    record->log = NULL;
    *ret_cosigned = 0;
    return false;
}

static void work_and_tell(struct record *record) {
    struct error err;
    int cosigned;
    bool good = work(record, &cosigned, &err);
    pthread_mutex_lock(&record->lock);
    record->state.cosigned = cosigned;
    record->state.failing = !good;
    if (!good)
        record->state.error = err;
    pthread_cond_broadcast(&record->told);
    pthread_mutex_unlock(&record->lock);
}

/* Waits until the condition is signalled or so long; false when the time is over. */
static bool wait_ms(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t deadline_ns) {
    struct timespec deadline = {(time_t)(deadline_ns / 1000000000), (long)(deadline_ns % 1000000000)};
    return pthread_cond_timedwait(condition, lock, &deadline) != ETIMEDOUT;
}

static uint64_t after_ms(uint64_t ms) {
    return clock_monotonic_ns() + ms * 1000000;
}

/* Until there is something to do: an entry, a stop, a new try, new cosignatures. Then a moment longer, for
 * others to come along, unless somebody waits for it. */
static bool wait_for_work(struct record *record) {
    uint64_t end = after_ms(record->state.failing ? LIMIT_RECORD_RETRY_MS
                                                  : LIMIT_WITNESS_REFRESH_SECONDS * (uint64_t)1000);
    while (!record->work && !record->hurry && !record->stop)
        if (!wait_ms(&record->woken, &record->lock, end))
            break;
    end = after_ms(record->witnesses ? LIMIT_RECORD_WITNESSED_MS : LIMIT_RECORD_BATCH_MS);
    while (record->work && !record->hurry && !record->stop)
        if (!wait_ms(&record->woken, &record->lock, end))
            break;
    record->work = record->hurry = false;
    return !record->stop;
}

static void *sequence(void *context) {
    struct record *record = context;
    for (bool more = true; more;) {
        pthread_mutex_lock(&record->lock);
        more = wait_for_work(record);
        pthread_mutex_unlock(&record->lock);
        work_and_tell(record);
    }
    return NULL;
}

static void wake(void *context, bool committed) {
    struct record *record = context;
    if (!committed)
        return;
    pthread_mutex_lock(&record->lock);
    record->work = true;
    pthread_cond_signal(&record->woken);
    pthread_mutex_unlock(&record->lock);
}

/* --- opening and closing --- */

static bool read_policy(struct record *record, const char *directory, struct error *err) {
    char path[FILES_PATH_MAX];
    CLEANUP_FREE char *data = NULL;
    size_t len;
    struct error why;
    record->policy.quorum = POLICY_NONE;
    if (!files_path(directory, "witnesses", path, err))
        return false;
    if (!files_read(path, POLICY_BYTES, &data, &len, &why))
        return why.code == ERROR_NOT_FOUND || error_set(err, why.code, "%s", why.text);
    if (!policy_parse((struct bytes){data, len}, &record->policy, &why))
        return error_set(err, ERROR_VALIDATION, "%s: %s", path, why.text);
    record->state.witnesses = record->policy.witness_count;
    return record->policy.witness_count == 0 || witnesses_new(&record->policy, &record->witnesses, err);
}

/* Written when it is not there or says something else. */
static bool write_vkey(const struct record *record, struct error *err) {
    char path[FILES_PATH_MAX], text[NOTE_VKEY_MAX + 1];
    CLEANUP_FREE char *there = NULL;
    size_t len;
    int size = snprintf(text, sizeof text, "%s\n", record->vkey);
    struct bytes wanted = {text, (size_t)size};
    if (!files_path(record->folder, "vkey", path, err))
        return false;
    if (files_read(path, sizeof text, &there, &len, NULL) && bytes_equal((struct bytes){there, len}, wanted))
        return true;
    return files_write(path, wanted, 0644, err) && files_sync(record->folder, err);
}

static bool open_parts(struct record *record, const char *directory, const char *origin, struct error *err) {
    char checkpoint[FILES_PATH_MAX];
    uint64_t first, next;
    if (!files_path(directory, "record", record->folder, err) ||
        !files_path(record->folder, "checkpoint", checkpoint, err) ||
        !store_journal_bounds(record->store, &first, &next, err))
        return false;
    bool fresh = next == 0 && access(checkpoint, F_OK) != 0;
    if (!record_key_open(directory, origin, fresh, &record->key, err))
        return false;
    note_key_format(&record->key.signer.key, record->vkey);
    record->text_salt = hmac_sha256((struct bytes){(const char *)record->key.salt, sizeof record->key.salt},
                                    BYTES_LITERAL("text"));
    return read_policy(record, directory, err) && reopen(record, err) && write_vkey(record, err);
}

static bool start(struct record *record, struct error *err) {
    work_and_tell(record);
    if (record->state.failing && !record->log)
        return error_set(err, record->state.error.code, "%s", record->state.error.text);
    record->running = pthread_create(&record->sequencer, NULL, sequence, record) == 0;
    return record->running || error_set(err, ERROR_INTERNAL, "no thread for the record");
}

bool record_open(const char *directory, struct store *store, const char *origin, struct record **ret_record,
                 struct error *err) {
    pthread_condattr_t monotonic;
    struct record *record = calloc(1, sizeof *record);
    if (!record)
        return error_set(err, ERROR_INTERNAL, "no memory for the record");
    record->store = store;
    record->checkpoint = buffer_new(LIMIT_RECORD_NOTE);
    pthread_mutex_init(&record->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&record->woken, &monotonic);
    pthread_cond_init(&record->told, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (!open_parts(record, directory, origin, err) || !start(record, err)) {
        record_close(record);
        return false;
    }
    *ret_record = record;
    return true;
}

void record_close(struct record *record) {
    if (!record)
        return;
    if (record->running) {
        pthread_mutex_lock(&record->lock);
        record->stop = true;
        pthread_cond_signal(&record->woken);
        pthread_mutex_unlock(&record->lock);
        pthread_join(record->sequencer, NULL);
    }
    log_close(record->log);
    witnesses_free(record->witnesses);
    policy_release(&record->policy);
    buffer_release(&record->checkpoint);
    pthread_cond_destroy(&record->told);
    pthread_cond_destroy(&record->woken);
    pthread_mutex_destroy(&record->lock);
    secret_wipe(&record->key, sizeof record->key);
    secret_wipe(&record->text_salt, sizeof record->text_salt);
    free(record);
}

/* --- what others do with it --- */

static bool is_working(struct record *record, struct error *err) {
    pthread_mutex_lock(&record->lock);
    bool working = !record->state.failing;
    if (!working)
        error_set(err, ERROR_INTERNAL, "The record cannot be written, and nothing is done unrecorded: %s",
                  record->state.error.text);
    pthread_mutex_unlock(&record->lock);
    return working;
}

static bool put_part(struct record *record, const struct record_entry *entry, size_t part,
                     uint64_t *ret_index, struct error *err) {
    struct buffer json = buffer_new(LIMIT_RECORD_ENTRY);
    bool done = entry_write(entry, part, &json, err) &&
                store_journal_append(record->store, buffer_bytes(&json), ret_index, err);
    buffer_release(&json);
    return done;
}

/* In the transaction of this thread. */
static bool put_parts(struct record *record, const struct record_entry *entry, uint64_t *ret_index,
                      struct error *err) {
    uint64_t first = 0, index;
    for (size_t part = 0; part < entry_part_count(entry); part++) {
        if (!put_part(record, entry, part, &index, err))
            return false;
        if (part == 0)
            first = index;
    }
    *ret_index = first;
    return store_on_commit(record->store, wake, record, err);
}

static bool put_alone(struct record *record, const struct record_entry *entry, uint64_t *ret_index,
                      struct error *err) {
    if (entry_part_count(entry) == 1) {
        bool done = put_part(record, entry, 0, ret_index, err);
        wake(record, done);
        return done;
    }
    if (!store_begin(record->store, err))
        return false;
    if (put_parts(record, entry, ret_index, err))
        return store_commit(record->store, err);
    store_rollback(record->store);
    return false;
}

bool record_put(struct record *record, const struct record_entry *entry, uint64_t *ret_index,
                struct error *err) {
    uint64_t index;
    if (!is_working(record, err))
        return false;
    bool done = store_in_transaction(record->store) ? put_parts(record, entry, &index, err)
                                                    : put_alone(record, entry, &index, err);
    if (done && ret_index)
        *ret_index = index;
    return done;
}

bool record_wait(struct record *record, uint64_t index, struct error *err) {
    uint64_t end = after_ms(LIMIT_RECORD_WAIT_SECONDS * (uint64_t)1000);
    pthread_mutex_lock(&record->lock);
    bool waiting = true;
    record->hurry = record->state.size <= index;
    pthread_cond_signal(&record->woken);
    while (record->state.size <= index && !record->state.failing && waiting)
        waiting = wait_ms(&record->told, &record->lock, end);
    bool published = record->state.size > index;
    if (!published)
        error_set(err, ERROR_INTERNAL, "the entry is recorded but not published yet: %s",
                  record->state.failing ? record->state.error.text : "the log is slow");
    pthread_mutex_unlock(&record->lock);
    return published;
}

struct sha256 record_commit_image(const struct record *record, struct sha256 image) {
    return hmac_sha256((struct bytes){(const char *)record->key.salt, sizeof record->key.salt},
                       (struct bytes){(const char *)image.bytes, sizeof image.bytes});
}

struct sha256 record_commit_text(const struct record *record, struct bytes text) {
    return hmac_sha256((struct bytes){(const char *)record->text_salt.bytes, sizeof record->text_salt.bytes},
                       text);
}

void record_state(struct record *record, struct record_state *ret_state) {
    pthread_mutex_lock(&record->lock);
    *ret_state = record->state;
    pthread_mutex_unlock(&record->lock);
}

const char *record_vkey(const struct record *record) {
    return record->vkey;
}
