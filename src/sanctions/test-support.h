/* What the tests of the gate share: a data folder with one list, and a gate open on it. */
#ifndef SANCTIONS_TEST_SUPPORT_H
#define SANCTIONS_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fts.h>
#include <sodium.h>
#include "base/buffer.h"
#include "base/clock.h"
#include "record/files.h"
#include "sanctions/gate.h"

static const int64_t day_ms = (int64_t)24 * 60 * 60 * 1000;
static struct error failure;

/* What may not fail. */
#define DO(call)                          \
    do {                                  \
        if (!(call))                      \
            fail_msg("%s", failure.text); \
    } while (0)

struct place {
    char data[64];
    struct store *store;
    struct record *record;
    struct gate *gate;
    struct arena *arena;
    int64_t now_ms;
};

static inline void write_file(const struct place *place, const char *name, const char *text) {
    char path[FILES_PATH_MAX];
    assert_true(files_path(place->data, name, path, NULL));
    DO(files_write(path, bytes_of(text), 0600, &failure));
}

/* A list of vessels of no note, and whoever else is given: "NAME" kind rows of OFAC's CSV. */
static inline void put_list(const struct place *place, const char *more) {
    char path[FILES_PATH_MAX];
    const char *origin = path;
    struct archive_source source;
    struct archive_version version;
    bool changed;
    struct buffer csv = buffer_new(1 << 16);
    for (int i = 1; i <= 30; i++)
        buffer_printf(&csv, "%d,\"VEXMARROW %d\",\"vessel\",\"INV\",,,,,,,,\n", i, i);
    buffer_text(&csv, more);
    assert_true(files_path(place->data, "sdn.csv", path, NULL));
    DO(files_write(path, buffer_bytes(&csv), 0600, &failure));
    buffer_release(&csv);
    if (!archive_source_read(place->data, "ofac", &source, NULL))
        archive_source_new("ofac", &source);
    source.rules.minimum = 5;
    source.rules.shrink = 100;
    DO(archive_add(place->data, &source, &origin, 1, &version, &changed, &failure));
}

#define LISTED "900,\"KRUVANOV, Oleg Petrovich\",\"individual\",\"INV\",,,,,,,,\n"
#define LISTED_ELSE "901,\"ZIMBRAVECK TRADING HOUSE\",,\"INV\",,,,,,,,\n"

static inline void open_gate(struct place *place) {
    DO(store_open(place->data, &place->store, &failure));
    DO(record_open(place->data, place->store, "test/log", &place->record, &failure));
    DO(gate_open(place->data, place->store, place->record, &place->gate, &failure));
}

static inline void close_gate(struct place *place) {
    gate_close(place->gate);
    record_close(place->record);
    store_close(place->store);
}

static inline int make_place(void **state) {
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->data, sizeof place->data, "/tmp/test-gate-XXXXXX");
    if (!place || !mkdtemp(place->data) || sodium_init() < 0)
        return -1;
    place->now_ms = clock_now_ms();
    place->arena = arena_new(1 << 20);
    put_list(place, LISTED);
    open_gate(place);
    *state = place;
    return 0;
}

static inline int drop_place(void **state) {
    struct place *place = *state;
    char *roots[] = {place->data, NULL};
    close_gate(place);
    arena_free(place->arena);
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (FTSENT *entry; (entry = fts_read(walk));)
        if (entry->fts_info != FTS_D && remove(entry->fts_path) != 0)
            return -1;
    fts_close(walk);
    free(place);
    return 0;
}

/* Makes an account and screens it, as the operation does: in one transaction. */
static inline int64_t make_account(struct place *place, const char *id, const char *name,
                                   const char *country) {
    struct store_account account = {.id = id,
                                    .legal_name = name,
                                    .country = country,
                                    .contact = "",
                                    .registrations = "[]",
                                    .settings = "{}",
                                    .created_ms = place->now_ms};
    int64_t number;
    DO(store_begin(place->store, &failure));
    DO(store_account_create(place->store, &account, &number, &failure));
    DO(gate_screen(place->gate, id, NULL, place->now_ms, &failure));
    assert_false(gate_is_open(place->gate, number, place->now_ms)); /* not before it is on disk */
    DO(store_commit(place->store, &failure));
    return number;
}

static inline uint32_t look_for_changes(struct place *place, int64_t now_ms) {
    uint32_t screened;
    DO(gate_watch(place->gate, now_ms, &screened, &failure));
    return screened;
}

#endif
