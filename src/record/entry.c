#include <yyjson.h>
#include "record/entry.h"
#include "base/limits.h"

enum { RELEASED_MAX = 16 };

static const char *const kinds[] = {
    [RECORD_USE] = "use",
    [RECORD_SUPPLY] = "supply",
    [RECORD_SCREENING] = "screening",
    [RECORD_DECISION] = "decision",
    [RECORD_ERASURE] = "erasure",
    [RECORD_CONCERN] = "concern",
    [RECORD_COLLECTION] = "collection",
    [RECORD_KEY] = "key",
    [RECORD_ACCOUNT] = "account",
    [RECORD_LIST] = "list",
    [RECORD_CHECKPOINT_POLICY] = "checkpoint-policy",
};
static const char *const outcomes[] = {
    [RECORD_DONE] = "done",       [RECORD_MATCH] = "match",     [RECORD_NO_MATCH] = "no-match",
    [RECORD_NO_FACE] = "no-face", [RECORD_REFUSED] = "refused",
};
static const struct {
    enum record_role role;
    const char *name;
} roles[] = {/* in the order of their names */
             {RECORD_CHANGED, "changed"}, {RECORD_ENROLLED, "enrolled"}, {RECORD_ERASED, "erased"},
             {RECORD_MATCHED, "matched"}, {RECORD_PROBE, "probe"},       {RECORD_READ, "read"}};

/* JSON in the making. A comma comes before each member but the first of its object or array. */
struct writer {
    struct buffer *out;
    bool wrong; /* something cannot be written */
};

static void comma(struct writer *writer) {
    const struct buffer *out = writer->out;
    if (out->len > 0 && out->data[out->len - 1] != '{' && out->data[out->len - 1] != '[')
        buffer_text(writer->out, ",");
}

/* As RFC 8785, section 3.2.2.2 wants it. */
static void put_string(struct writer *writer, const char *text) {
    size_t len = strlen(text), from = 0;
    writer->wrong |= len > LIMIT_RECORD_TEXT;
    buffer_text(writer->out, "\"");
    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t)text[i];
        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        static const char letters[] = "btn fr"; /* of 8 to 13; 11 has none */
        buffer_append(writer->out, text + from, i - from);
        if (c == '"' || c == '\\')
            buffer_printf(writer->out, "\\%c", c);
        else if (c >= 8 && c <= 13 && c != 11)
            buffer_printf(writer->out, "\\%c", letters[c - 8]);
        else
            buffer_printf(writer->out, "\\u%04x", c);
        from = i + 1;
    }
    buffer_append(writer->out, text + from, len - from);
    buffer_text(writer->out, "\"");
}

static void put_name(struct writer *writer, const char *name) {
    comma(writer);
    buffer_printf(writer->out, "\"%s\":", name);
}

static void put_text(struct writer *writer, const char *name, const char *text) {
    if (!text)
        return;
    put_name(writer, name);
    put_string(writer, text);
}

static void put_number(struct writer *writer, const char *name, int64_t number) {
    const int64_t exact = (int64_t)1 << 53; /* what every reader of JSON can hold */
    writer->wrong |= number < -exact || number > exact;
    put_name(writer, name);
    buffer_printf(writer->out, "%lld", (long long)number);
}

static void put_time(struct writer *writer, const char *name, int64_t ms) {
    time_t seconds = (time_t)(ms / 1000);
    char text[40];
    struct tm parts;
    if (ms <= 0)
        return;
    gmtime_r(&seconds, &parts);
    size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + len, sizeof text - len, ".%03dZ", (int)(ms % 1000));
    put_text(writer, name, text);
}

static void put_hash(struct writer *writer, const struct sha256 *hash) {
    char hex[65];
    sha256_hex(*hash, hex);
    comma(writer);
    put_string(writer, hex);
}

static void put_counts(struct writer *writer, const struct record_counts *counts) {
    const struct {
        const char *name;
        int64_t number;
    } members[] = {{"enrolled", counts->enrolled},
                   {"erased", counts->erased},
                   {"faces", counts->faces},
                   {"matched", counts->matched},
                   {"searched", counts->searched}};
    bool open = false;
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        if (members[i].number == 0)
            continue;
        if (!open) {
            put_name(writer, "counts");
            buffer_text(writer->out, "{");
            open = true;
        }
        put_number(writer, members[i].name, members[i].number);
    }
    if (open)
        buffer_text(writer->out, "}");
}

static int compare_details(const void *a, const void *b) {
    const struct record_detail *one = a, *other = b;
    return strcmp(one->name, other->name);
}

static bool is_detail_name(const char *name) {
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return len > 0 && len <= 64 && name[len] == 0;
}

static void put_details(struct writer *writer, const struct record_entry *entry) {
    struct record_detail details[LIMIT_RECORD_DETAILS];
    size_t count = entry->detail_count;
    writer->wrong |= count > LIMIT_RECORD_DETAILS;
    if (count == 0 || writer->wrong)
        return;
    memcpy(details, entry->details, count * sizeof *details);
    qsort(details, count, sizeof *details, compare_details);
    put_name(writer, "details");
    buffer_text(writer->out, "{");
    for (size_t i = 0; i < count; i++) {
        writer->wrong |= !is_detail_name(details[i].name) ||
                         (i > 0 && strcmp(details[i - 1].name, details[i].name) == 0);
        if (details[i].text)
            put_text(writer, details[i].name, details[i].text);
        else
            put_number(writer, details[i].name, details[i].number);
    }
    buffer_text(writer->out, "}");
}

static void put_images(struct writer *writer, const struct record_entry *entry) {
    writer->wrong |= entry->image_count > LIMIT_RECORD_IMAGES;
    if (entry->image_count == 0 || writer->wrong)
        return;
    put_name(writer, "images");
    buffer_text(writer->out, "[");
    for (size_t i = 0; i < entry->image_count; i++)
        put_hash(writer, &entry->images[i]);
    buffer_text(writer->out, "]");
}

static void put_released(struct writer *writer, const struct record_entry *entry) {
    writer->wrong |= entry->released_count > RELEASED_MAX;
    if (entry->released_count == 0 || writer->wrong)
        return;
    put_name(writer, "released_by");
    buffer_text(writer->out, "[");
    for (size_t i = 0; i < entry->released_count; i++) {
        comma(writer);
        put_string(writer, entry->released_by[i]);
    }
    buffer_text(writer->out, "]");
}

/* Those of one part, by role. */
static void put_subjects(struct writer *writer, const struct record_subject *subjects, size_t count) {
    if (count == 0)
        return;
    put_name(writer, "subjects");
    buffer_text(writer->out, "{");
    for (size_t role = 0; role < ARRAY_LEN(roles); role++) {
        bool open = false;
        for (size_t i = 0; i < count; i++) {
            if (subjects[i].role != roles[role].role)
                continue;
            if (!open) {
                put_name(writer, roles[role].name);
                buffer_text(writer->out, "[");
                open = true;
            }
            put_hash(writer, &subjects[i].commitment);
        }
        if (open)
            buffer_text(writer->out, "]");
    }
    buffer_text(writer->out, "}");
}

size_t entry_part_count(const struct record_entry *entry) {
    size_t parts = (entry->subject_count + LIMIT_RECORD_SUBJECTS - 1) / LIMIT_RECORD_SUBJECTS;
    return MAX(parts, (size_t)1);
}

static void put_entry(struct writer *writer, const struct record_entry *entry, size_t part) {
    size_t parts = entry_part_count(entry), first = part * LIMIT_RECORD_SUBJECTS;
    size_t count = MIN(entry->subject_count - first, (size_t)LIMIT_RECORD_SUBJECTS);
    buffer_text(writer->out, "{");
    put_text(writer, "account", entry->account);
    put_text(writer, "basis", entry->basis);
    put_text(writer, "collection", entry->collection);
    put_counts(writer, &entry->counts);
    put_details(writer, entry);
    put_time(writer, "ended", entry->ended_ms);
    put_text(writer, "error", entry->error);
    put_images(writer, entry);
    put_text(writer, "key", entry->key);
    put_text(writer, "kind", kinds[entry->kind]);
    put_text(writer, "model", entry->model);
    put_text(writer, "operation", entry->operation);
    put_text(writer, "outcome", outcomes[entry->outcome]);
    if (parts > 1) {
        put_number(writer, "part", (int64_t)part + 1);
        put_number(writer, "parts", (int64_t)parts);
    }
    put_text(writer, "person", entry->person);
    put_text(writer, "purpose", entry->purpose);
    put_released(writer, entry);
    put_text(writer, "request", entry->request_id);
    put_time(writer, "started", entry->started_ms);
    put_subjects(writer, count ? entry->subjects + first : NULL, count);
    put_number(writer, "version", RECORD_VERSION);
    buffer_text(writer->out, "}");
}

/* Reading it back is the check that all its texts are UTF-8. */
static bool is_json(struct bytes text) {
    yyjson_doc *document = yyjson_read(text.ptr, text.len, YYJSON_READ_NOFLAG);
    bool good = document != NULL;
    yyjson_doc_free(document);
    return good;
}

bool entry_write(const struct record_entry *entry, size_t part, struct buffer *out, struct error *err) {
    struct buffer json = buffer_new(LIMIT_RECORD_ENTRY);
    struct writer writer = {&json, false};
    put_entry(&writer, entry, part);
    bool good = !json.failed && !writer.wrong && is_json(buffer_bytes(&json));
    if (good)
        buffer_append(out, json.data, json.len);
    buffer_release(&json);
    return (good && !out->failed) ||
           error_set(err, ERROR_INTERNAL, "an entry of the record is too large, or a text of it no UTF-8");
}

struct sha256 record_commit_subject(const uint8_t salt[32], struct uuid id) {
    return hmac_sha256((struct bytes){(const char *)salt, 32},
                       (struct bytes){(const char *)id.bytes, sizeof id.bytes});
}
