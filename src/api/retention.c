#include <errno.h>
#include <pthread.h>
#include "api/retention.h"
#include "base/clock.h"
#include "base/limits.h"

enum { BATCH = 64 };

struct retention {
    struct store *store;
    struct galleries *galleries;
    struct record *record;
    struct accounts *accounts;
    struct arena *arena; /* of one round */
    pthread_t thread;
    bool running;
    pthread_mutex_t lock; /* of stop */
    pthread_cond_t woken;
    bool stop;
};

struct account_name {
    struct arena *arena;
    int64_t number;
    const char *id;
};

static bool take_name(void *context, const struct store_account *account, struct error *err) {
    struct account_name *name = context;
    if (account->number == name->number)
        name->id = arena_string(name->arena, bytes_of(account->id));
    return name->id || error_set(err, ERROR_INTERNAL, "no memory for an account, or it has gone");
}

/* The entry of what was erased of a collection. */
static bool record_erasure(struct retention *retention, const struct store_collection *collection,
                           const struct store_expired *faces, const bool *erased, size_t count,
                           struct error *err) {
    struct record_subject subjects[BATCH];
    size_t subject_count = 0;
    struct account_name name = {.arena = retention->arena, .number = collection->account};
    for (size_t i = 0; i < count; i++)
        if (erased[i])
            subjects[subject_count++] = (struct record_subject){
                RECORD_ERASED, record_commit_subject(faces[i].salt, faces[i].face)};
    if (subject_count == 0)
        return true;
    if (!store_accounts_each(retention->store, collection->account - 1, 1, take_name, &name, err))
        return false;
    struct record_entry entry = {.kind = RECORD_ERASURE,
                                 .started_ms = clock_now_ms(),
                                 .account = name.id,
                                 .operation = "Retention",
                                 .collection = collection->id,
                                 .purpose = collection->governance.purpose,
                                 .basis = collection->governance.lawful_basis,
                                 .model = collection->model,
                                 .subjects = subjects,
                                 .subject_count = subject_count,
                                 .counts = {.erased = (int64_t)subject_count}};
    return record_put(retention->record, &entry, NULL, err);
}

/* Up to BATCH faces of one collection, in a transaction. */
static bool erase(struct retention *retention, const struct store_expired *faces, size_t count,
                  struct error *err) {
    struct store_collection collection;
    struct uuid ids[BATCH];
    bool erased[BATCH], found;
    for (size_t i = 0; i < count; i++)
        ids[i] = faces[i].face;
    return store_collection_next(retention->store, retention->arena, faces[0].collection - 1, &collection,
                                 &found, err) &&
           (!found || collection.number != faces[0].collection ||
            (gallery_remove(retention->galleries, &collection, ids, count, erased, err) &&
             record_erasure(retention, &collection, faces, erased, count, err)));
}

static bool erase_together(struct retention *retention, const struct store_expired *faces, size_t count,
                           struct error *err) {
    if (!store_begin(retention->store, err))
        return false;
    if (erase(retention, faces, count, err))
        return store_commit(retention->store, err);
    store_rollback(retention->store);
    return false;
}

/* *ret_more: there may be others. */
static bool work(struct retention *retention, bool *ret_more, struct error *err) {
    struct store_expired *faces;
    size_t count, end;
    arena_reset(retention->arena);
    if (!store_faces_expired(retention->store, retention->arena, clock_now_ms(), BATCH, &faces, &count, err))
        return false;
    for (size_t first = 0; first < count; first = end) {
        for (end = first; end < count && faces[end].collection == faces[first].collection;)
            end++;
        if (!erase_together(retention, faces + first, end - first, err))
            return false;
    }
    *ret_more = count == BATCH;
    return store_releases_forget(retention->store, clock_now_ms(), err) &&
           accounts_flush(retention->accounts, err);
}

/* Whether to go on. */
static bool wait_ms(struct retention *retention, uint64_t ms) {
    uint64_t end_ns = clock_monotonic_ns() + ms * 1000000;
    struct timespec end = {(time_t)(end_ns / 1000000000), (long)(end_ns % 1000000000)};
    pthread_mutex_lock(&retention->lock);
    while (!retention->stop && pthread_cond_timedwait(&retention->woken, &retention->lock, &end) == 0)
        ;
    bool going = !retention->stop;
    pthread_mutex_unlock(&retention->lock);
    return going;
}

/* What fails (a record that cannot be written, a full disk) is tried again. Between two batches others get
 * their turn to write. */
static void *keep_up(void *context) {
    struct retention *retention = context;
    struct error err;
    bool more = false;
    while (wait_ms(retention, more ? 1 : LIMIT_RETENTION_PAUSE_MS))
        if (!work(retention, &more, &err))
            more = false;
    return NULL;
}

bool retention_new(struct store *store, struct galleries *galleries, struct record *record,
                   struct accounts *accounts, struct retention **ret_retention, struct error *err) {
    pthread_condattr_t monotonic;
    struct retention *retention = calloc(1, sizeof *retention);
    if (!retention)
        return error_set(err, ERROR_INTERNAL, "There is no memory for the service.");
    *retention = (struct retention){
        .store = store, .galleries = galleries, .record = record, .accounts = accounts};
    pthread_mutex_init(&retention->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&retention->woken, &monotonic);
    pthread_condattr_destroy(&monotonic);
    retention->arena = arena_new(LIMIT_REQUEST_ARENA);
    retention->running = retention->arena &&
                         pthread_create(&retention->thread, NULL, keep_up, retention) == 0;
    if (!retention->running) {
        retention_free(retention);
        return error_set(err, ERROR_INTERNAL, "There is no thread for the retention of faces.");
    }
    *ret_retention = retention;
    return true;
}

void retention_free(struct retention *retention) {
    if (!retention)
        return;
    if (retention->running) {
        pthread_mutex_lock(&retention->lock);
        retention->stop = true;
        pthread_cond_signal(&retention->woken);
        pthread_mutex_unlock(&retention->lock);
        pthread_join(retention->thread, NULL);
    }
    pthread_cond_destroy(&retention->woken);
    pthread_mutex_destroy(&retention->lock);
    arena_free(retention->arena);
    free(retention);
}
