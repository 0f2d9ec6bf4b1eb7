/* SQLite, in WAL mode with synchronous=FULL: a commit is on disk when it returns, readers never wait for the
 * writer. One connection writes, under a mutex; as many as there are readers at once read, and are kept.
 *
 * secure_delete overwrites what is deleted in the database, and after each deletion the log is moved into it
 * and cut, so that old pages do not stay there. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include "store/sqlite.h"
#include "base/digest.h"

enum { APPLICATION_ID = 0x436e7463 }; /* "Cntc" */

/* Migrations: row i brings a database of version i to i + 1. A row is never changed once released. */
static const char *const migrations[] = {
    "CREATE TABLE collections("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, model TEXT NOT NULL,"
    " dimension INTEGER NOT NULL, created_ms INTEGER NOT NULL, face_count INTEGER NOT NULL DEFAULT 0,"
    " wrapped_key BLOB NOT NULL);"
    "CREATE TABLE tags("
    " collection INTEGER NOT NULL REFERENCES collections(number), key TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY(collection, key)) WITHOUT ROWID;"
    "CREATE TABLE faces("
    " collection INTEGER NOT NULL REFERENCES collections(number), id BLOB NOT NULL, image_id BLOB NOT NULL,"
    " external_image_id TEXT, left REAL NOT NULL, top REAL NOT NULL, width REAL NOT NULL, height REAL NOT "
    "NULL,"
    " confidence REAL NOT NULL, model TEXT NOT NULL, created_ms INTEGER NOT NULL, sealed_vector BLOB NOT "
    "NULL,"
    " PRIMARY KEY(collection, id)) WITHOUT ROWID;"
    "CREATE INDEX faces_by_image ON faces(collection, image_id);",

    "ALTER TABLE collections ADD COLUMN user_count INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE users("
    " collection INTEGER NOT NULL REFERENCES collections(number), id TEXT NOT NULL, key BLOB NOT NULL,"
    " created_ms INTEGER NOT NULL, face_count INTEGER NOT NULL DEFAULT 0, details TEXT,"
    " PRIMARY KEY(collection, id)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX users_by_key ON users(collection, key);"
    "ALTER TABLE faces ADD COLUMN user_key BLOB;"
    "CREATE INDEX faces_by_user ON faces(collection, user_key) WHERE user_key IS NOT NULL;"
    "CREATE INDEX faces_by_external_image ON faces(collection, external_image_id)"
    " WHERE external_image_id IS NOT NULL;"
    "CREATE TABLE face_tags("
    " collection INTEGER NOT NULL REFERENCES collections(number), face BLOB NOT NULL, key TEXT NOT NULL,"
    " value TEXT NOT NULL, PRIMARY KEY(collection, face, key)) WITHOUT ROWID;"
    "CREATE INDEX face_tags_by_value ON face_tags(collection, key, value);"
    "CREATE TABLE tokens("
    " operation TEXT NOT NULL, token TEXT NOT NULL, digest BLOB NOT NULL, reply TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, PRIMARY KEY(operation, token));"
    "CREATE INDEX tokens_by_age ON tokens(created_ms);",

    /* The entry of index i has number i + 1. AUTOINCREMENT remembers the last one when none is kept. */
    "CREATE TABLE journal(number INTEGER PRIMARY KEY AUTOINCREMENT, entry BLOB NOT NULL);",

    /* The operator's account has number 1, and what was there before belongs to it. An access key of status 2
     * was deleted and keeps its id from being used again. */
    "CREATE TABLE accounts("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, legal_name TEXT NOT NULL,"
    " country TEXT NOT NULL, contact TEXT NOT NULL, registrations TEXT NOT NULL, settings TEXT NOT NULL,"
    " status INTEGER NOT NULL, operator INTEGER NOT NULL, created_ms INTEGER NOT NULL);"
    "INSERT INTO accounts VALUES(1, '000000000000', '', '', '', '[]', '{}', 0, 1,"
    " CAST(strftime('%s') AS INTEGER) * 1000);"
    "CREATE TABLE access_keys("
    " id TEXT NOT NULL PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts(number),"
    " person TEXT NOT NULL COLLATE NOCASE, sealed_secret BLOB NOT NULL, sealed_previous BLOB,"
    " previous_until_ms INTEGER NOT NULL, status INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
    " expires_ms INTEGER NOT NULL, used_ms INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX access_keys_by_account ON access_keys(account, status);"
    "CREATE TABLE policies("
    " account INTEGER NOT NULL REFERENCES accounts(number), person TEXT NOT NULL COLLATE NOCASE,"
    " name TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY(account, person, name)) WITHOUT ROWID;"
    "CREATE TABLE new_collections("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL REFERENCES accounts(number),"
    " id TEXT NOT NULL, model TEXT NOT NULL, dimension INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
    " face_count INTEGER NOT NULL DEFAULT 0, user_count INTEGER NOT NULL DEFAULT 0, wrapped_key BLOB NOT "
    "NULL,"
    " purpose TEXT, lawful_basis TEXT, owner TEXT, retention_days INTEGER NOT NULL DEFAULT 0,"
    " consent_required INTEGER NOT NULL DEFAULT 0, release_required INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE(account, id));"
    "INSERT INTO new_collections(number, account, id, model, dimension, created_ms, face_count, user_count,"
    " wrapped_key) SELECT number, 1, id, model, dimension, created_ms, face_count, user_count, wrapped_key"
    " FROM collections;"
    "DELETE FROM sqlite_sequence WHERE name='new_collections';"
    "INSERT INTO sqlite_sequence(name, seq)"
    " SELECT 'new_collections', seq FROM sqlite_sequence WHERE name='collections';"
    "DROP TABLE collections;"
    "ALTER TABLE new_collections RENAME TO collections;"
    "ALTER TABLE faces ADD COLUMN expires_ms INTEGER;"
    "ALTER TABLE faces ADD COLUMN consent TEXT;"
    "ALTER TABLE faces ADD COLUMN salt BLOB;"
    "UPDATE faces SET salt=randomblob(32);"
    "CREATE INDEX faces_by_time ON faces(collection, created_ms);"
    "CREATE INDEX faces_by_end ON faces(expires_ms) WHERE expires_ms IS NOT NULL;"
    "ALTER TABLE tokens RENAME TO old_tokens;"
    "CREATE TABLE tokens("
    " account INTEGER NOT NULL, operation TEXT NOT NULL, token TEXT NOT NULL, digest BLOB NOT NULL,"
    " reply TEXT NOT NULL, created_ms INTEGER NOT NULL, PRIMARY KEY(account, operation, token));"
    "INSERT INTO tokens SELECT 1, operation, token, digest, reply, created_ms FROM old_tokens;"
    "DROP TABLE old_tokens;"
    "CREATE INDEX tokens_by_age ON tokens(created_ms);",

    /* generation counts the changes of a collection's vectors, stamp tells two histories of the same length
     * apart, removed is the generation in which a vector, or the key of all, went last. next_key is there
     * while a key is being rotated, and rotation tells what is left to do and how far it has come. */
    "ALTER TABLE collections ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE collections ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE collections ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE collections ADD COLUMN next_key BLOB;"
    "CREATE TABLE master(id INTEGER PRIMARY KEY CHECK(id=1), proof BLOB NOT NULL);"
    "CREATE TABLE rotation(collection INTEGER PRIMARY KEY, done BLOB NOT NULL);",

    /* Who may be served. A code of a concern is kept by its hash. */
    "CREATE TABLE screenings("
    " account INTEGER PRIMARY KEY REFERENCES accounts(number), made_ms INTEGER NOT NULL,"
    " until_ms INTEGER NOT NULL, result INTEGER NOT NULL, service INTEGER NOT NULL, basis BLOB NOT NULL,"
    " reason TEXT NOT NULL, details TEXT NOT NULL);"
    "CREATE TABLE profiles("
    " account INTEGER PRIMARY KEY REFERENCES accounts(number), end_use TEXT NOT NULL, party TEXT NOT NULL,"
    " kind TEXT NOT NULL, born TEXT NOT NULL);"
    "CREATE TABLE decisions("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL REFERENCES accounts(number),"
    " kind INTEGER NOT NULL, subject TEXT NOT NULL, by_whom TEXT NOT NULL, reasons TEXT NOT NULL,"
    " at_day INTEGER NOT NULL, expires_day INTEGER NOT NULL, facts BLOB NOT NULL, authority TEXT,"
    " reference TEXT, withdrawn_ms INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX decisions_by_account ON decisions(account);"
    "CREATE TABLE concerns("
    " id TEXT PRIMARY KEY, lodged_ms INTEGER NOT NULL, answered_ms INTEGER NOT NULL, entry INTEGER NOT NULL,"
    " sealed BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX concerns_by_time ON concerns(lodged_ms);"
    "CREATE TABLE concern_codes(hash BLOB PRIMARY KEY, made_ms INTEGER NOT NULL) WITHOUT ROWID;",

    "CREATE TABLE releases("
    " id BLOB PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts(number), collection TEXT,"
    " operation TEXT NOT NULL, asked_by TEXT NOT NULL COLLATE NOCASE, request TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, status INTEGER NOT NULL, decided_by TEXT,"
    " reason TEXT, decided_ms INTEGER NOT NULL, sealed_result BLOB NOT NULL);"
    "CREATE INDEX releases_by_account ON releases(account, id);"
    "CREATE INDEX releases_by_end ON releases(expires_ms);",

    /* Faces count in their user's vector by their confidence, which its index therefore holds; snapshots
     * whose users are of before are made another generation's. approximate: the index of the collection may
     * miss some. A crop is kept where the collection says so, sealed with the collection's key. next_vector,
     * next_model and next_dimension are there while a collection moves to another model. */
    "ALTER TABLE collections ADD COLUMN approximate INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE collections ADD COLUMN keep_crops INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE collections ADD COLUMN next_model TEXT;"
    "ALTER TABLE collections ADD COLUMN next_dimension INTEGER NOT NULL DEFAULT 0;"
    "DROP INDEX faces_by_user;"
    "CREATE INDEX faces_by_user ON faces(collection, user_key, id, confidence) WHERE user_key IS NOT NULL;"
    "UPDATE collections SET generation=generation+1, stamp=random();"
    "ALTER TABLE faces ADD COLUMN next_vector BLOB;"
    "CREATE INDEX faces_tried ON faces(collection, id) WHERE next_vector IS NOT NULL;"
    "CREATE INDEX faces_unmovable ON faces(collection, id) WHERE next_vector=x'';"
    "CREATE TABLE crops("
    " collection INTEGER NOT NULL, face BLOB NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY(collection, face));",
};

static void connection_free(struct connection *connection) {
    if (!connection)
        return;
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(connection->statements[i]);
    sqlite3_close(connection->db);
    free(connection);
}

static bool execute(struct connection *connection, const char *sql) {
    return sqlite3_exec(connection->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static struct connection *connect(const char *path, bool beside, struct error *err) {
    struct connection *connection = calloc(1, sizeof *connection);
    int flags = (beside ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX;
    if (!connection) {
        error_set(err, ERROR_INTERNAL, "no memory for a connection to the store");
        return NULL;
    }
    bool opened = sqlite3_open_v2(path, &connection->db, flags, NULL) == SQLITE_OK &&
                  sqlite3_busy_timeout(connection->db, BUSY_MS) == SQLITE_OK &&
                  execute(connection,
                          "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                          "PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY");
    if (!opened) {
        sqlite_error(connection, "open", err);
        connection_free(connection);
        return NULL;
    }
    return connection;
}

static bool read_number(struct connection *connection, const char *sql, int64_t *ret_number) {
    sqlite3_stmt *statement = NULL;
    bool found = sqlite3_prepare_v2(connection->db, sql, -1, &statement, NULL) == SQLITE_OK &&
                 sqlite3_step(statement) == SQLITE_ROW;
    if (found)
        *ret_number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return found;
}

/* In one transaction, after which nothing refers to what is not there. */
static bool migrate_by_one(struct connection *writer, int64_t version) {
    char finish[96];
    int64_t broken;
    snprintf(finish, sizeof finish, "PRAGMA application_id=%d; PRAGMA user_version=%lld; COMMIT",
             APPLICATION_ID, (long long)version + 1);
    return execute(writer, "BEGIN IMMEDIATE") && execute(writer, migrations[version]) &&
           read_number(writer, "SELECT count(*) FROM pragma_foreign_key_check", &broken) && broken == 0 &&
           execute(writer, finish);
}

/* Of a file that is fresh or ours. */
static bool read_version(struct store *store, struct connection *connection, int64_t *ret_version,
                         struct error *err) {
    int64_t id, version, tables;
    if (!read_number(connection, "PRAGMA application_id", &id) ||
        !read_number(connection, "PRAGMA user_version", &version) ||
        !read_number(connection, "SELECT count(*) FROM sqlite_schema", &tables))
        return sqlite_error(connection, "read its version", err);
    bool fresh = id == 0 && version == 0 && tables == 0;
    if (!fresh && (id != APPLICATION_ID || version < 1))
        return error_set(err, ERROR_INTERNAL,
                         "%s is a database of another program: choose another data folder", store->path);
    if (version > (int64_t)ARRAY_LEN(migrations))
        return error_set(err, ERROR_INTERNAL,
                         "%s was written by a newer release (version %lld): use that one", store->path,
                         (long long)version);
    *ret_version = version;
    return true;
}

/* A fresh file gets our id and all migrations; one of ours those it lacks; anything else is refused. */
static bool migrate(struct store *store, struct error *err) {
    struct connection *writer = store->writer;
    int64_t version;
    if (!read_version(store, writer, &version, err))
        return false;
    /* A table that others refer to may be made anew meanwhile. */
    bool done = execute(writer, "PRAGMA foreign_keys=OFF");
    for (; done && version < (int64_t)ARRAY_LEN(migrations); version++)
        done = migrate_by_one(writer, version);
    return (done && execute(writer, "PRAGMA foreign_keys=ON")) ||
           sqlite_error(writer, "bring its tables up to date", err);
}

static bool take_lock(struct store *store, const char *directory, struct error *err) {
    char path[4096], pid[32];
    snprintf(path, sizeof path, "%s/lock", directory);
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock < 0)
        return error_set(err, ERROR_INTERNAL, "cannot make %s: %s", path, strerror(errno));
    if (flock(store->lock, LOCK_EX | LOCK_NB) < 0) {
        ssize_t len = read(store->lock, pid, sizeof pid - 1);
        pid[MAX(len, 0)] = 0;
        pid[strcspn(pid, "\n")] = 0;
        return error_set(err, ERROR_IN_USE, "process %s holds the data folder (%s)",
                         pid[0] ? pid : "(unknown)", path);
    }
    int len = snprintf(pid, sizeof pid, "%d\n", (int)getpid());
    if (ftruncate(store->lock, 0) < 0 || pwrite(store->lock, pid, (size_t)len, 0) != len)
        return error_set(err, ERROR_INTERNAL, "cannot write %s: %s", path, strerror(errno));
    return true;
}

/* The log takes its mode from the database, so that must be right before SQLite has it. */
static bool make_private(const char *path, struct error *err) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool made = fd >= 0 && fchmod(fd, 0600) == 0;
    if (!made)
        error_set(err, ERROR_INTERNAL, "cannot make or protect %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return made;
}

static bool open_files(struct store *store, const char *directory, struct error *err) {
    if (mkdir(directory, 0700) < 0 && errno != EEXIST)
        return error_set(err, ERROR_INTERNAL, "cannot make the data folder %s: %s", directory,
                         strerror(errno));
    if (!take_lock(store, directory, err))
        return false;
    bool fresh = access(store->path, F_OK) != 0;
    return seal_key_open(directory, MASTER_FILE, fresh, &store->master, err) &&
           make_private(store->path, err) && (store->writer = connect(store->path, false, err)) &&
           migrate(store, err) && master_check(store, store->writer, err);
}

/* As it is: nothing is made, brought up to date or locked. */
static bool open_beside(struct store *store, struct error *err) {
    int64_t version;
    if (!seal_key_open(store->folder, MASTER_FILE, false, &store->master, err))
        return false;
    struct connection *reader = connect(store->path, true, err);
    if (!reader)
        return false;
    bool good = read_version(store, reader, &version, err) &&
                (version == (int64_t)ARRAY_LEN(migrations) ||
                 error_set(err, ERROR_INTERNAL,
                           "%s was written by an earlier release: start the server on it once",
                           store->path)) &&
                master_check(store, reader, err);
    sqlite_reader_done(store, reader);
    return good;
}

static bool open_store(const char *directory, bool beside, struct store **ret_store, struct error *err) {
    struct store *store = calloc(1, sizeof *store);
    if (!store)
        return error_set(err, ERROR_INTERNAL, "no memory for the store");
    store->lock = -1;
    store->beside = beside;
    pthread_mutex_init(&store->transaction.writing, NULL);
    pthread_mutex_init(&store->pool, NULL);
    journal_init(&store->journal);
    size_t size = strlen(directory) + sizeof "/store.db";
    store->folder = strdup(directory);
    store->path = size < 4000 ? malloc(size) : NULL;
    if (store->path)
        snprintf(store->path, size, "%s/store.db", directory);
    bool named = (store->folder && store->path) ||
                 error_set(err, ERROR_INTERNAL, "the path of the data folder is too long");
    if (!named || !(beside ? open_beside(store, err) : open_files(store, directory, err))) {
        store_close(store);
        return false;
    }
    *ret_store = store;
    return true;
}

bool store_open(const char *directory, struct store **ret_store, struct error *err) {
    return open_store(directory, false, ret_store, err);
}

bool store_open_beside(const char *directory, struct store **ret_store, struct error *err) {
    return open_store(directory, true, ret_store, err);
}

bool store_is_beside(const struct store *store) {
    return store->beside;
}

const char *store_folder(const struct store *store) {
    return store->folder;
}

void store_close(struct store *store) {
    if (!store)
        return;
    while (store->readers) {
        struct connection *reader = store->readers;
        store->readers = reader->next;
        connection_free(reader);
    }
    if (store->writer)
        sqlite_trim(store->writer);
    connection_free(store->writer);
    if (store->lock >= 0)
        close(store->lock);
    secret_wipe(&store->master, sizeof store->master);
    pthread_mutex_destroy(&store->transaction.writing);
    free(store->transaction.acts);
    pthread_mutex_destroy(&store->pool);
    journal_destroy(&store->journal);
    free(store->folder);
    free(store->path);
    free(store);
}

struct connection *sqlite_reader(struct store *store, struct error *err) {
    if (store_in_transaction(store))
        return store->writer;
    pthread_mutex_lock(&store->pool);
    struct connection *reader = store->readers;
    if (reader)
        store->readers = reader->next;
    pthread_mutex_unlock(&store->pool);
    return reader ? reader : connect(store->path, store->beside, err);
}

void sqlite_reader_done(struct store *store, struct connection *connection) {
    if (connection == store->writer)
        return;
    pthread_mutex_lock(&store->pool);
    connection->next = store->readers;
    store->readers = connection;
    pthread_mutex_unlock(&store->pool);
}
