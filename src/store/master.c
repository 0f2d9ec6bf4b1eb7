/* The database holds a proof: a fixed text sealed with the master key. So the right key is known also when
 * two files could be it, which is so when a rotation was cut off between the commit and the renaming. */
#include <errno.h>
#include <fcntl.h>
#include "store/sqlite.h"
#include "base/digest.h"

static const char PROOF[] = "countenance";
enum { PROOF_SEALED = sizeof PROOF + SEAL_OVERHEAD };

static bool proof_put(struct connection *writer, const struct seal_key *master, struct error *err) {
    uint8_t sealed[PROOF_SEALED];
    seal(master, BYTES_LITERAL("master"), PROOF, sizeof PROOF, sealed);
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_MASTER_PROVE);
    sqlite3_bind_blob(statement, 1, sealed, sizeof sealed, SQLITE_STATIC);
    return sqlite_run(statement) || sqlite_error(writer, "keep the proof of its key", err);
}

struct proof {
    const struct seal_key *key;
    bool there, opens;
};

static bool try_proof(void *context, sqlite3_stmt *row, struct error *err) {
    struct proof *proof = context;
    char text[sizeof PROOF];
    struct bytes sealed = {sqlite3_column_blob(row, 0), (size_t)sqlite3_column_bytes(row, 0)};
    (void)err;
    proof->there = true;
    proof->opens = sealed.len == PROOF_SEALED && unseal(proof->key, BYTES_LITERAL("master"), sealed, text);
    return true;
}

/* A database of an earlier release has no proof: then the key must be that of a collection there. */
static bool fits(struct store *store, struct connection *connection, bool *ret_proved, struct error *err) {
    struct proof proof = {.key = &store->master};
    struct collection_keys keys = {.rotating = false};
    int64_t number;
    sqlite3_stmt *statement = sqlite_statement(connection, SQL_MASTER_PROOF);
    if (!sqlite_each(connection, statement, try_proof, &proof, err))
        return false;
    *ret_proved = proof.there;
    if (proof.there)
        return proof.opens ||
               error_set(err, ERROR_INTERNAL,
                         "master.key is not the one that the stored vectors were encrypted with: restore it "
                         "from a backup");
    statement = sqlite_statement(connection, SQL_ROTATION_KEYS);
    sqlite3_bind_int64(statement, 1, 0);
    if (!sqlite_number(connection, statement, &number, err))
        return false;
    bool good = number < 0 || collection_keys(store, connection, number, &keys, err);
    secret_wipe(&keys, sizeof keys);
    return good;
}

static void path_of(const struct store *store, const char *name, char out[4096]) {
    snprintf(out, 4096, "%s/%s", store->folder, name);
}

/* The key of an unfinished rotation: true when it is the one. It takes its place, if we may. */
static bool take_next(struct store *store, struct connection *connection) {
    char next[4096], path[4096];
    struct seal_key key = store->master;
    bool proved, taken = seal_key_open(store->folder, MASTER_NEXT, false, &store->master, NULL) &&
                         fits(store, connection, &proved, NULL) && proved;
    path_of(store, MASTER_NEXT, next);
    path_of(store, MASTER_FILE, path);
    if (!taken)
        store->master = key;
    else if (!store->beside)
        taken = rename(next, path) == 0 && seal_sync(store->folder);
    secret_wipe(&key, sizeof key);
    return taken;
}

bool master_check(struct store *store, struct connection *connection, struct error *err) {
    char next[4096];
    bool proved = true;
    struct error why;
    if (!fits(store, connection, &proved, &why) && !take_next(store, connection))
        return error_set(err, why.code, "%s", why.text);
    if (store->beside)
        return true;
    path_of(store, MASTER_NEXT, next);
    unlink(next); /* of a rotation that had not come far enough to count */
    return proved || proof_put(connection, &store->master, err);
}

/* --- changing it --- */

static bool wrap_anew(struct store *store, struct connection *writer, int64_t collection,
                      const struct seal_key *master, struct error *err) {
    struct collection_keys keys;
    uint8_t wrapped[SEAL_KEY + SEAL_OVERHEAD];
    if (!collection_keys(store, writer, collection, &keys, err))
        return false;
    collection_key_wrap(master, collection, &keys.key, wrapped);
    secret_wipe(&keys, sizeof keys);
    sqlite3_stmt *statement = sqlite_statement(writer, SQL_COLLECTION_SET_KEY);
    sqlite3_bind_blob(statement, 1, wrapped, sizeof wrapped, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, collection);
    return sqlite_run(statement) || sqlite_error(writer, "keep a collection's key", err);
}

bool master_replace(struct store *store, struct connection *writer, const struct seal_key *master,
                    struct error *err) {
    for (int64_t number = 0; number >= 0;) {
        sqlite3_stmt *statement = sqlite_statement(writer, SQL_ROTATION_KEYS);
        sqlite3_bind_int64(statement, 1, number);
        if (!sqlite_number(writer, statement, &number, err) ||
            (number >= 0 && !wrap_anew(store, writer, number, master, err)))
            return false;
    }
    return access_keys_seal_anew(store, writer, master, err) && proof_put(writer, master, err);
}
