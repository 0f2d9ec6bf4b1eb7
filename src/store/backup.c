/* SQLite's backup reads all pages in one step, within one read transaction: what it copies is the database at
 * one moment, and in WAL mode nobody waits for it. */
#include <errno.h>
#include <fcntl.h>
#include "store/sqlite.h"

static bool copy_error(sqlite3 *db, const char *doing, struct error *err) {
    return error_set(err, ERROR_INTERNAL, "cannot %s: %s", doing, db ? sqlite3_errmsg(db) : "no memory");
}

static bool copy(sqlite3 *from, sqlite3 *to, struct error *err) {
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup)
        return copy_error(to, "write the backup", err);
    sqlite3_busy_timeout(from, BUSY_MS);
    int step = sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
    return step == SQLITE_DONE ||
           error_set(err, ERROR_INTERNAL, "cannot write the backup: %s", sqlite3_errstr(step));
}

/* A damaged page must not wait for the day when the backup is needed. */
static bool is_sound(sqlite3 *db, struct error *err) {
    sqlite3_stmt *statement = NULL;
    bool read = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_ROW;
    const char *said = read ? (const char *)sqlite3_column_text(statement, 0) : sqlite3_errmsg(db);
    bool sound = read && said && strcmp(said, "ok") == 0;
    if (!sound)
        error_set(err, ERROR_INTERNAL, "store.db is damaged, and no backup of it was made: %s",
                  said ? said : "no memory");
    sqlite3_finalize(statement);
    return sound;
}

static bool sync_file(const char *path, struct error *err) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (!synced)
        error_set(err, ERROR_INTERNAL, "cannot get %s onto the disk: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return synced;
}

/* Beside the database, so that a file of that name is never overwritten. */
static bool make_empty(const char *path, struct error *err) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(err, ERROR_INTERNAL, "cannot make %s: %s", path, strerror(errno));
    close(fd);
    return true;
}

static bool copy_to(sqlite3 *from, const char *path, struct error *err) {
    sqlite3 *to = NULL;
    bool done = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK
                    ? copy(from, to, err) && is_sound(to, err)
                    : copy_error(to, "write the backup", err);
    if (sqlite3_close(to) != SQLITE_OK && done)
        done = error_set(err, ERROR_INTERNAL, "cannot end the backup");
    return done && sync_file(path, err);
}

static void remove_copy(const char *path) {
    static const char *const endings[] = {"", "-wal", "-shm"};
    char name[4096];
    for (size_t i = 0; i < ARRAY_LEN(endings); i++)
        if (snprintf(name, sizeof name, "%s%s", path, endings[i]) < (int)sizeof name)
            unlink(name);
}

bool store_backup(const char *directory, const char *path, struct error *err) {
    char source[4096];
    sqlite3 *from = NULL;
    if (snprintf(source, sizeof source, "%s/store.db", directory) >= (int)sizeof source)
        return error_set(err, ERROR_INTERNAL, "the path of the data folder is too long");
    if (!make_empty(path, err))
        return false;
    bool done = sqlite3_open_v2(source, &from, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK
                    ? copy_to(from, path, err)
                    : copy_error(from, "read store.db", err);
    sqlite3_close(from);
    if (!done)
        remove_copy(path);
    return done;
}
