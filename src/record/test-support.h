/* What the tests of the record share: a folder of their own, and files changed behind the log's back. */
#ifndef RECORD_TEST_SUPPORT_H
#define RECORD_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "base/buffer.h"
#include "record/files.h"

static inline void make_folder(char folder[64]) {
    snprintf(folder, 64, "/tmp/test-record-XXXXXX");
    assert_non_null(mkdtemp(folder));
}

/* Runs a command in which each @ is the folder. */
static inline void shell(const char *command, const char *folder) {
    struct buffer text = buffer_new(1000);
    for (; *command; command++)
        if (*command == '@')
            buffer_text(&text, folder);
        else
            buffer_append(&text, command, 1);
    assert_int_equal(system(text.data), 0);
    buffer_release(&text);
}

/* Flips one bit of a file. */
static inline void flip(const char *folder, const char *name, size_t byte) {
    char path[FILES_PATH_MAX];
    struct error err;
    size_t len;
    char *data;
    assert_true(files_path(folder, name, path, NULL));
    if (!files_read(path, 32 << 20, &data, &len, &err))
        fail_msg("%s", err.text);
    assert_true(byte < len);
    data[byte] = (char)(data[byte] ^ 1);
    assert_true(files_write(path, (struct bytes){data, len}, 0644, NULL));
    free(data);
}

static inline bool is_there(const char *folder, const char *name) {
    char path[FILES_PATH_MAX];
    assert_true(files_path(folder, name, path, NULL));
    return access(path, F_OK) == 0;
}

#endif
