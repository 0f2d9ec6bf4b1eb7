/* The life of a gate, and the thread that looks for changes. A change takes effect in two steps: first what
 * accounts are held against is replaced, so that whoever is screened from then on is held against the new;
 * then those that the change touches are screened again. A screening by the old that is not on disk yet is
 * waited for, since the accounts are read inside a transaction of the store. */
#include <yyjson.h>
#include "sanctions/gate_memory.h"
#include "base/clock.h"

enum { ACCOUNTS_BYTES = 512 * 1024 * 1024 };

/* Everybody who could be served. */
struct everybody {
    struct store *store;
    struct arena *arena;
    struct touched *touched;
    struct one {
        int64_t number;
        char id[STORE_ACCOUNT_ID + 1];
        const char *name, *registrations;
        bool has_party, marked;
    } * all;
    uint32_t count;
};

static bool no_memory(struct error *err) {
    return error_set(err, ERROR_INTERNAL, "no memory to watch the lists");
}

static bool take_account(void *context, const struct store_account *account, struct error *err) {
    struct everybody *everybody = context;
    struct one *one = &everybody->all[everybody->count];
    if (account->is_operator || account->status == STORE_ACCOUNT_CLOSED || everybody->count == LIMIT_ACCOUNTS)
        return true;
    one->number = account->number;
    snprintf(one->id, sizeof one->id, "%s", account->id);
    one->name = arena_string(everybody->arena, bytes_of(account->legal_name));
    one->registrations = arena_string(everybody->arena, bytes_of(account->registrations));
    everybody->count++;
    return (one->name && one->registrations) || no_memory(err);
}

/* Inside a transaction, so that whoever is being made is there. */
static bool read_everybody(struct everybody *everybody, struct error *err) {
    struct store_profile profile;
    everybody->all = arena_array(everybody->arena, LIMIT_ACCOUNTS, sizeof *everybody->all);
    if (!everybody->all)
        return no_memory(err);
    if (!store_begin(everybody->store, err))
        return false;
    bool good = store_accounts_each(everybody->store, 0, LIMIT_ACCOUNTS + 1, take_account, everybody, err);
    for (uint32_t i = 0; good && i < everybody->count; i++) {
        good = store_profile_get(everybody->store, everybody->arena, everybody->all[i].number, &profile, err);
        everybody->all[i].has_party = good && profile.party[0] != 0;
    }
    store_rollback(everybody->store);
    return good;
}

/* --- what a change touches --- */

static bool add_numbers(struct touched *touched, const char *registrations, uint32_t owner,
                        struct error *err) {
    yyjson_doc *document = yyjson_read(registrations, strlen(registrations), 0);
    yyjson_val *item;
    size_t index, size;
    bool good = true;
    yyjson_arr_foreach(yyjson_doc_get_root(document), index, size, item) {
        yyjson_val *value = yyjson_obj_get(item, "Value");
        if (good && yyjson_is_str(value))
            good = touched_add_number(touched, (struct bytes){yyjson_get_str(value), yyjson_get_len(value)},
                                      owner, err);
    }
    yyjson_doc_free(document);
    return good;
}

/* An account with owners is always screened again: they are looked up too. */
static bool mark_by_lists(struct everybody *everybody, const struct means *before, const struct means *after,
                          struct touched_counts *ret_counts, struct error *err) {
    bool *marks = arena_array(everybody->arena, everybody->count + 1, sizeof *marks);
    if (!marks || !(everybody->touched = touched_new()))
        return no_memory(err);
    for (uint32_t i = 0; i < everybody->count; i++)
        if (!touched_add_name(everybody->touched, bytes_of(everybody->all[i].name), i, err) ||
            !add_numbers(everybody->touched, everybody->all[i].registrations, i, err))
            return false;
    if (!touched_find(everybody->touched, before->lists, after->lists, marks, everybody->count, ret_counts,
                      err))
        return false;
    for (uint32_t i = 0; i < everybody->count; i++)
        everybody->all[i].marked |= marks[i] || everybody->all[i].has_party;
    return true;
}

static bool same_lists(const struct watchlists *a, const struct watchlists *b) {
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = strcmp(a->lists[i]->source, b->lists[i]->source) == 0 &&
               strcmp(a->versions[i], b->versions[i]) == 0;
    return same;
}

static bool mark_touched(struct everybody *everybody, const struct means *before, const struct means *after,
                         struct touched_counts *ret_counts, struct error *err) {
    bool all = !before || !before->good || !after->good ||
               !sha256_equal(before->policy.digest, after->policy.digest),
         facts = !all && !sha256_equal(before->facts, after->facts);
    for (uint32_t i = 0; i < everybody->count; i++)
        everybody->all[i].marked = all || (facts && everybody->all[i].has_party);
    return all || same_lists(before->lists, after->lists) ||
           mark_by_lists(everybody, before, after, ret_counts, err);
}

/* --- taking effect --- */

/* An account that cannot be settled loses its flag: nobody is served on a verdict of which nobody knows
 * whether it still holds. */
static bool settle_marked(struct gate *gate, const struct everybody *everybody, const char *trigger,
                          int64_t now_ms, uint32_t *ret_screened, struct error *err) {
    bool good = true;
    uint32_t screened = 0;
    for (uint32_t i = 0; i < everybody->count; i++) {
        const struct one *one = &everybody->all[i];
        if (!one->marked)
            continue;
        screened++;
        if (gate_settle(gate, one->id, trigger, NULL, SETTLE_CHANGE, now_ms, good ? err : NULL))
            continue;
        good = false;
        atomic_store(&gate->until_ms[one->number], 0);
    }
    *ret_screened = screened;
    return good;
}

static struct means *put_means(struct gate *gate, struct means *fresh) {
    pthread_rwlock_wrlock(&gate->lock);
    struct means *before = gate->means;
    gate->means = fresh;
    pthread_rwlock_unlock(&gate->lock);
    return before;
}

static void close_all(struct gate *gate) {
    for (size_t i = 0; i <= LIMIT_ACCOUNTS; i++)
        atomic_store(&gate->until_ms[i], 0);
}

/* Holds `watching`. */
static bool take_effect(struct gate *gate, struct everybody *everybody, struct means *fresh, int64_t now_ms,
                        uint32_t *ret_screened, struct error *err) {
    struct list_change change = {0};
    struct means *before = put_means(gate, fresh);
    bool good = read_everybody(everybody, err) &&
                mark_touched(everybody, gate->unsettled ? NULL : before, fresh, &change.counts, err);
    for (uint32_t i = 0; good && i < everybody->count; i++)
        change.touched += everybody->all[i].marked;
    good = good && gate_record_lists(gate, fresh, &change, now_ms, err);
    if (!good)
        close_all(gate);
    good = good && settle_marked(gate, everybody, "change", now_ms, ret_screened, err);
    gate->unsettled = !good;
    means_free(before);
    return good;
}

/* Decisions end with time. */
static bool settle_ended(struct gate *gate, struct everybody *everybody, int64_t now_ms,
                         uint32_t *ret_screened, struct error *err) {
    bool any = false;
    for (size_t i = 1; i <= LIMIT_ACCOUNTS && !any; i++) {
        int64_t until = atomic_load(&gate->until_ms[i]);
        any = until > 0 && until <= now_ms;
    }
    if (!any)
        return true;
    if (!read_everybody(everybody, err))
        return false;
    for (uint32_t i = 0; i < everybody->count; i++) {
        int64_t until = atomic_load(&gate->until_ms[everybody->all[i].number]);
        everybody->all[i].marked = until > 0 && until <= now_ms;
    }
    return settle_marked(gate, everybody, "time", now_ms, ret_screened, err);
}

static bool same_failure(const struct means *a, const struct means *b) {
    return !a->good && !b->good && strcmp(a->failure.text, b->failure.text) == 0 &&
           sha256_equal(a->policy.digest, b->policy.digest);
}

static bool watch(struct gate *gate, struct everybody *everybody, int64_t now_ms, uint32_t *ret_screened,
                  struct error *err) {
    if (gate->means && !gate->unsettled && means_are_current(gate->means, gate->data, now_ms))
        return settle_ended(gate, everybody, now_ms, ret_screened, err);
    struct means *fresh = means_load(gate->data, now_ms);
    if (!fresh)
        return no_memory(err);
    if (gate->means && !gate->unsettled && same_failure(gate->means, fresh)) {
        means_free(fresh);
        return true;
    }
    return take_effect(gate, everybody, fresh, now_ms, ret_screened, err);
}

bool gate_watch(struct gate *gate, int64_t now_ms, uint32_t *ret_screened, struct error *err) {
    struct everybody everybody = {.store = gate->store, .arena = arena_new(ACCOUNTS_BYTES)};
    if (!everybody.arena)
        return no_memory(err);
    *ret_screened = 0;
    pthread_mutex_lock(&gate->watching);
    bool good = watch(gate, &everybody, now_ms, ret_screened, err);
    pthread_mutex_unlock(&gate->watching);
    touched_free(everybody.touched);
    arena_free(everybody.arena);
    return good;
}

/* --- life --- */

static void *watch_on(void *context) {
    struct gate *gate = context;
    pthread_mutex_lock(&gate->sleep);
    while (!gate->stopping) {
        struct timespec until;
        uint32_t screened;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += LIMIT_SCREENING_WATCH_MS / 1000;
        (void)pthread_cond_timedwait(&gate->wake, &gate->sleep, &until);
        if (gate->stopping)
            break;
        pthread_mutex_unlock(&gate->sleep);
        /* What fails here has closed what it could not settle, and is tried again. */
        (void)!gate_watch(gate, clock_now_ms(), &screened, NULL);
        pthread_mutex_lock(&gate->sleep);
    }
    pthread_mutex_unlock(&gate->sleep);
    return NULL;
}

bool gate_open(const char *data, struct store *store, struct record *record, struct gate **ret_gate,
               struct error *err) {
    struct gate *gate = calloc(1, sizeof *gate);
    uint32_t screened;
    if (!gate)
        return no_memory(err);
    gate->store = store;
    gate->record = record;
    pthread_rwlock_init(&gate->lock, NULL);
    pthread_mutex_init(&gate->watching, NULL);
    pthread_mutex_init(&gate->sleep, NULL);
    pthread_cond_init(&gate->wake, NULL);
    bool good = (gate->data = strdup(data)) || no_memory(err);
    good = good && (!record || party_seal_open(data, &gate->seal, err)) &&
           gate_watch(gate, clock_now_ms(), &screened, err);
    gate->started = good && pthread_create(&gate->thread, NULL, watch_on, gate) == 0;
    if (!good || (!gate->started && !no_memory(err))) {
        gate_close(gate);
        return false;
    }
    *ret_gate = gate;
    return true;
}

void gate_close(struct gate *gate) {
    if (!gate)
        return;
    if (gate->started) {
        pthread_mutex_lock(&gate->sleep);
        gate->stopping = true;
        pthread_cond_signal(&gate->wake);
        pthread_mutex_unlock(&gate->sleep);
        pthread_join(gate->thread, NULL);
    }
    means_free(gate->means);
    secret_wipe(&gate->seal, sizeof gate->seal);
    pthread_rwlock_destroy(&gate->lock);
    pthread_mutex_destroy(&gate->watching);
    pthread_mutex_destroy(&gate->sleep);
    pthread_cond_destroy(&gate->wake);
    free(gate->data);
    free(gate);
}
