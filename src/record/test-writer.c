/* For the tests of others' verifiers: a record with so many entries, as a server makes it.
 *
 *     record-test-writer FOLDER NAME COUNT [--each]
 *
 * Opens FOLDER's store and record, records COUNT entries and prints the log's verifier key and the seconds it
 * took. Together in transactions, as much as the disk can; with --each one after the other, each durable
 * before the next, as calls do, and then also the median and 99th percentile of one in milliseconds. */
#include "base/clock.h"
#include "record/record.h"

enum { TOGETHER = 1000 };

static bool put(struct record *record, long number) {
    char request_id[UUID_TEXT];
    uuid_format(uuid_random(), request_id);
    const struct sha256 image = sha256_of(bytes_of(request_id));
    const struct record_subject subject = {RECORD_PROBE, image};
    const struct record_entry entry = {.kind = RECORD_USE,
                                       .started_ms = clock_now_ms(),
                                       .ended_ms = clock_now_ms(),
                                       .request_id = request_id,
                                       .account = "000000000000",
                                       .key = "AKIAEXAMPLE",
                                       .operation = "SearchFacesByImage",
                                       .collection = "people",
                                       .purpose = "testing the record",
                                       .basis = "consent",
                                       .model = "1.0",
                                       .images = &image,
                                       .image_count = 1,
                                       .subjects = &subject,
                                       .subject_count = 1,
                                       .outcome = RECORD_NO_MATCH,
                                       .counts = {.faces = 1, .searched = number}};
    return record_put(record, &entry, NULL, NULL);
}

static bool put_together(struct store *store, struct record *record, long count) {
    for (long done = 0; done < count;) {
        if (!store_begin(store, NULL))
            return false;
        for (long end = MIN(done + TOGETHER, count); done < end; done++)
            if (!put(record, done)) {
                store_rollback(store);
                return false;
            }
        if (!store_commit(store, NULL))
            return false;
    }
    return true;
}

static int compare(const void *a, const void *b) {
    uint64_t one, other;
    memcpy(&one, a, sizeof one);
    memcpy(&other, b, sizeof other);
    return (one > other) - (one < other);
}

static bool put_each(struct record *record, long count) {
    CLEANUP_FREE uint64_t *took = calloc((size_t)count + 1, sizeof *took);
    for (long i = 0; took && i < count; i++) {
        uint64_t start = clock_monotonic_ns();
        if (!put(record, i))
            return false;
        took[i] = clock_monotonic_ns() - start;
    }
    if (!took || count == 0)
        return took != NULL;
    qsort(took, (size_t)count, sizeof *took, compare);
    uint64_t median = took[count / 2], high = took[count * 99 / 100];
    printf("%.3f ms, 99%%: %.3f ms\n", (double)median / 1e6, (double)high / 1e6);
    return true;
}

int main(int argc, char **argv) {
    struct store *store = NULL;
    struct record *record = NULL;
    struct error err = {.text = "usage: record-test-writer FOLDER NAME COUNT [--each]"};
    bool each = argc == 5 && strcmp(argv[4], "--each") == 0;
    long count = argc == 4 || each ? strtol(argv[3], NULL, 10) : -1;
    uint64_t start = clock_monotonic_ns();
    bool done = count >= 0 && store_open(argv[1], &store, &err) &&
                record_open(argv[1], store, argv[2], &record, &err);
    if (done) {
        printf("%s\n", record_vkey(record));
        done = each ? put_each(record, count) : put_together(store, record, count);
    }
    record_close(record);
    store_close(store);
    if (!done)
        printf("%s\n", err.text);
    else
        printf("%.3f s\n", (double)(clock_monotonic_ns() - start) / 1e9);
    return done ? 0 : 1;
}
