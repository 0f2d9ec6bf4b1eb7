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

enum { APPLICATION_ID = 0x436e7463, BUSY_MS = 10000 }; /* "Cntc" */

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
};

#define FACE_COLUMNS \
    "id, image_id, external_image_id, left, top, width, height, confidence, model, created_ms"
#define COLLECTION_COLUMNS "number, id, model, dimension, created_ms, face_count"

static const char *const statements[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_COLLECTION_COUNT] = "SELECT count(*) FROM collections",
    [SQL_COLLECTION_INSERT] =
        "INSERT INTO collections(id, model, dimension, created_ms, wrapped_key) VALUES(?,?,?,?,?)",
    [SQL_COLLECTION_GET] = "SELECT " COLLECTION_COLUMNS " FROM collections WHERE id=?",
    [SQL_COLLECTION_LIST] = "SELECT " COLLECTION_COLUMNS " FROM collections WHERE id>? ORDER BY id LIMIT ?",
    [SQL_COLLECTION_KEY] = "SELECT wrapped_key, dimension, face_count FROM collections WHERE number=?",
    [SQL_COLLECTION_SET_KEY] = "UPDATE collections SET wrapped_key=? WHERE number=?",
    [SQL_COLLECTION_FACES] = "UPDATE collections SET face_count=face_count+? WHERE number=?",
    [SQL_COLLECTION_DELETE_FACES] = "DELETE FROM faces WHERE collection=?",
    [SQL_COLLECTION_DELETE_TAGS] = "DELETE FROM tags WHERE collection=?",
    [SQL_COLLECTION_DELETE] = "DELETE FROM collections WHERE number=?",
    [SQL_TAG_INSERT] = "INSERT OR REPLACE INTO tags(collection, key, value) VALUES(?,?,?)",
    [SQL_FACE_KNOWN] = "SELECT id FROM faces WHERE collection=? AND image_id=? AND external_image_id=?"
                       " AND left=? AND top=? AND width=? AND height=?",
    [SQL_FACE_INSERT] = "INSERT INTO faces(collection, " FACE_COLUMNS
                        ", sealed_vector) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
    [SQL_FACE_GET] = "SELECT " FACE_COLUMNS " FROM faces WHERE collection=? AND id=?",
    [SQL_FACE_LIST] = "SELECT " FACE_COLUMNS " FROM faces WHERE collection=? AND id>? ORDER BY id LIMIT ?",
    [SQL_FACE_DELETE] = "DELETE FROM faces WHERE collection=? AND id=?",
    [SQL_FACE_VECTORS] = "SELECT id, sealed_vector FROM faces WHERE collection=?",
};

bool sqlite_error(struct connection *connection, const char *doing, struct error *err) {
    int code = sqlite3_errcode(connection->db);
    const char *advice = code == SQLITE_FULL       ? "; the disk is full"
                         : code == SQLITE_READONLY ? "; the disk or the file is read-only"
                         : code == SQLITE_CORRUPT || code == SQLITE_NOTADB
                             ? "; store.db is damaged or no store of ours: restore it from a backup"
                             : "";
    return error_set(err, ERROR_INTERNAL, "the store cannot %s: %s%s", doing, sqlite3_errmsg(connection->db),
                     advice);
}

sqlite3_stmt *sqlite_statement(struct connection *connection, enum statement statement) {
    sqlite3_stmt **prepared = &connection->statements[statement];
    if (!*prepared && sqlite3_prepare_v3(connection->db, statements[statement], -1, SQLITE_PREPARE_PERSISTENT,
                                         prepared, NULL) != SQLITE_OK)
        return NULL;
    sqlite3_reset(*prepared);
    sqlite3_clear_bindings(*prepared);
    return *prepared;
}

bool sqlite_run(sqlite3_stmt *statement) {
    bool done = statement && sqlite3_step(statement) == SQLITE_DONE;
    if (statement)
        sqlite3_reset(statement);
    return done;
}

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

static struct connection *connect(const char *path, struct error *err) {
    struct connection *connection = calloc(1, sizeof *connection);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
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

/* A fresh file gets our id and all migrations; one of ours those it lacks; anything else is refused. */
static bool migrate(struct store *store, struct error *err) {
    struct connection *writer = store->writer;
    int64_t id, version, tables;
    if (!read_number(writer, "PRAGMA application_id", &id) ||
        !read_number(writer, "PRAGMA user_version", &version) ||
        !read_number(writer, "SELECT count(*) FROM sqlite_schema", &tables))
        return sqlite_error(writer, "read its version", err);
    bool fresh = id == 0 && version == 0 && tables == 0;
    if (!fresh && (id != APPLICATION_ID || version < 1))
        return error_set(err, ERROR_INTERNAL,
                         "%s is a database of another program: choose another data folder", store->path);
    if (version > (int64_t)ARRAY_LEN(migrations))
        return error_set(err, ERROR_INTERNAL,
                         "%s was written by a newer release (version %lld): use that one", store->path,
                         (long long)version);
    for (; version < (int64_t)ARRAY_LEN(migrations); version++) {
        char finish[96];
        snprintf(finish, sizeof finish, "PRAGMA application_id=%d; PRAGMA user_version=%lld; COMMIT",
                 APPLICATION_ID, (long long)version + 1);
        if (!execute(writer, "BEGIN IMMEDIATE") || !execute(writer, migrations[version]) ||
            !execute(writer, finish))
            return sqlite_error(writer, "bring its tables up to date", err);
    }
    return true;
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

/* A key that is not the one of the collections there must not get new ones. */
static bool check_master(struct store *store, struct error *err) {
    struct seal_key key;
    int64_t number;
    int dimension;
    if (!read_number(store->writer, "SELECT coalesce(max(number), 0) FROM collections", &number))
        return sqlite_error(store->writer, "look up its collections", err);
    bool fits = number == 0 || collection_key(store, store->writer, number, &key, &dimension, err);
    secret_wipe(&key, sizeof key);
    return fits;
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
    return seal_master_open(directory, fresh, &store->master, err) && make_private(store->path, err) &&
           (store->writer = connect(store->path, err)) && migrate(store, err) && check_master(store, err);
}

bool store_open(const char *directory, struct store **ret_store, struct error *err) {
    struct store *store = calloc(1, sizeof *store);
    if (!store)
        return error_set(err, ERROR_INTERNAL, "no memory for the store");
    store->lock = -1;
    pthread_mutex_init(&store->writing, NULL);
    pthread_mutex_init(&store->pool, NULL);
    size_t size = strlen(directory) + sizeof "/store.db";
    store->path = size < 4000 ? malloc(size) : NULL;
    if (store->path)
        snprintf(store->path, size, "%s/store.db", directory);
    if (!store->path || !open_files(store, directory, err)) {
        if (!store->path)
            error_set(err, ERROR_INTERNAL, "the path of the data folder is too long");
        store_close(store);
        return false;
    }
    *ret_store = store;
    return true;
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
        sqlite_trim(store);
    connection_free(store->writer);
    if (store->lock >= 0)
        close(store->lock);
    secret_wipe(&store->master, sizeof store->master);
    pthread_mutex_destroy(&store->writing);
    pthread_mutex_destroy(&store->pool);
    free(store->path);
    free(store);
}

struct connection *sqlite_begin(struct store *store, struct error *err) {
    pthread_mutex_lock(&store->writing);
    if (sqlite_run(sqlite_statement(store->writer, SQL_BEGIN)))
        return store->writer;
    sqlite_error(store->writer, "begin", err);
    pthread_mutex_unlock(&store->writing);
    return NULL;
}

bool sqlite_commit(struct store *store, struct error *err) {
    if (!sqlite_run(sqlite_statement(store->writer, SQL_COMMIT))) {
        sqlite_error(store->writer, "write to disk", err);
        sqlite_rollback(store);
        return false;
    }
    pthread_mutex_unlock(&store->writing);
    return true;
}

void sqlite_rollback(struct store *store) {
    /* SQLite may have rolled back by itself, when the disk was full: then this one has nothing to do. */
    if (!sqlite3_get_autocommit(store->writer->db))
        sqlite3_exec(store->writer->db, "ROLLBACK", NULL, NULL, NULL);
    pthread_mutex_unlock(&store->writing);
}

void sqlite_trim(struct store *store) {
    pthread_mutex_lock(&store->writing);
    sqlite3_busy_timeout(store->writer->db, 0); /* readers go on; a later deletion or the close trims */
    sqlite3_wal_checkpoint_v2(store->writer->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(store->writer->db, BUSY_MS);
    pthread_mutex_unlock(&store->writing);
}

struct connection *sqlite_reader(struct store *store, struct error *err) {
    pthread_mutex_lock(&store->pool);
    struct connection *reader = store->readers;
    if (reader)
        store->readers = reader->next;
    pthread_mutex_unlock(&store->pool);
    return reader ? reader : connect(store->path, err);
}

void sqlite_reader_done(struct store *store, struct connection *connection) {
    pthread_mutex_lock(&store->pool);
    connection->next = store->readers;
    store->readers = connection;
    pthread_mutex_unlock(&store->pool);
}

const char *column_string(struct arena *arena, sqlite3_stmt *statement, int column) {
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? arena_string(arena, (struct bytes){text, (size_t)sqlite3_column_bytes(statement, column)})
                : NULL;
}
