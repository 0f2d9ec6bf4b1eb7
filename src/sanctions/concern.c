#include <sodium.h>
#include "sanctions/concern.h"
#include "base/uuid.h"
#include "record/files.h"
#include "record/proof.h"
#include "store/screening.h"

enum {
    MAGIC = 16,
    SLOT = 32 + crypto_box_SEALBYTES + crypto_secretbox_KEYBYTES,
    LENGTH = 4,
    SMALL = 4096,
    MIDDLE = 16384,
    LARGE = 65536,
    CODE_BYTES = CONCERN_CODE / 2
};

static const char magic[MAGIC] = "countenance/c1";

_Static_assert(LIMIT_CONCERN_BYTES + LENGTH <= LARGE, "the largest concern fits");
_Static_assert(MAGIC + 1 + LIMIT_CONCERN_RECIPIENTS * SLOT + crypto_secretbox_NONCEBYTES +
                       crypto_secretbox_MACBYTES + LARGE <=
                   CONCERN_SEALED_MAX,
               "CONCERN_SEALED_MAX is enough");

/* --- recipients --- */

static bool parse_line(struct bytes line, struct concern_recipient *ret_recipient) {
    struct bytes name = bytes_split(&line, ' '), key = bytes_trim(line);
    if (name.len == 0 || name.len >= sizeof ret_recipient->name)
        return false;
    snprintf(ret_recipient->name, sizeof ret_recipient->name, "%.*s", BYTES_FORMAT(name));
    return note_decode(key, ret_recipient->key, sizeof ret_recipient->key);
}

bool concern_recipients_parse(struct bytes text, struct concern_recipient *ret_recipients, size_t *ret_count,
                              struct error *err) {
    size_t count = 0;
    for (int number = 1; text.ptr; number++) {
        struct bytes line = bytes_trim(bytes_split(&text, '\n'));
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        if (count == LIMIT_CONCERN_RECIPIENTS || !parse_line(line, &ret_recipients[count]))
            return error_set(err, ERROR_VALIDATION,
                             "line %d of the recipients is not NAME and a public key, or one too many",
                             number);
        count++;
    }
    *ret_count = count;
    return true;
}

/* At least two different ones among count keys, `stride` bytes apart. */
static bool two_differ(const uint8_t *keys, size_t count, size_t stride) {
    for (size_t i = 1; i < count; i++)
        if (memcmp(keys, keys + i * stride, 32) != 0)
            return true;
    return false;
}

/* --- sealing --- */

static size_t padded_len(size_t len) {
    return len + LENGTH <= SMALL ? SMALL : len + LENGTH <= MIDDLE ? MIDDLE : LARGE;
}

static bool seal_text(struct bytes text, const uint8_t key[crypto_secretbox_KEYBYTES], struct buffer *out,
                      struct error *err) {
    size_t len = padded_len(text.len);
    uint8_t *plain = calloc(1, len), nonce[crypto_secretbox_NONCEBYTES];
    uint8_t *sealed = malloc(len + crypto_secretbox_MACBYTES);
    if (plain && sealed) {
        for (int i = 0; i < LENGTH; i++)
            plain[i] = (uint8_t)(text.len >> 8 * i);
        memcpy(plain + LENGTH, text.ptr, text.len);
        randombytes_buf(nonce, sizeof nonce);
        (void)crypto_secretbox_easy(sealed, plain, len, nonce, key);
        buffer_append(out, nonce, sizeof nonce);
        buffer_append(out, sealed, len + crypto_secretbox_MACBYTES);
        secret_wipe(plain, len);
    }
    bool good = plain && sealed && !out->failed;
    free(plain);
    free(sealed);
    return good || error_set(err, ERROR_INTERNAL, "no memory to seal a concern");
}

bool concern_seal(struct bytes text, const struct concern_recipient *recipients, size_t count,
                  struct buffer *out, struct error *err) {
    uint8_t key[crypto_secretbox_KEYBYTES], box[crypto_box_SEALBYTES + sizeof key], number = (uint8_t)count;
    if (text.len == 0 || text.len > LIMIT_CONCERN_BYTES)
        return error_set(err, ERROR_VALIDATION, "a concern has 1 to %d bytes", LIMIT_CONCERN_BYTES);
    if (count > LIMIT_CONCERN_RECIPIENTS || !two_differ(recipients[0].key, count, sizeof *recipients))
        return error_set(err, ERROR_VALIDATION,
                         "a concern is sealed to at least two different recipients, and at most %d",
                         LIMIT_CONCERN_RECIPIENTS);
    randombytes_buf(key, sizeof key);
    buffer_append(out, magic, sizeof magic);
    buffer_append(out, &number, 1);
    bool good = true;
    for (size_t i = 0; good && i < count; i++) {
        good = crypto_box_seal(box, key, sizeof key, recipients[i].key) == 0 ||
               error_set(err, ERROR_VALIDATION, "the key of a recipient is no X25519 public key");
        buffer_append(out, recipients[i].key, sizeof recipients[i].key);
        buffer_append(out, box, sizeof box);
    }
    good = good && seal_text(text, key, out, err);
    secret_wipe(key, sizeof key);
    return good;
}

/* --- looking at what is sealed --- */

struct sealed {
    const uint8_t *slots, *nonce, *box;
    size_t count, box_len;
};

static bool take_apart(struct bytes data, struct sealed *ret_sealed, struct error *err) {
    const uint8_t *bytes = (const uint8_t *)data.ptr;
    size_t head = MAGIC + 1;
    struct sealed sealed = {0};
    bool good = data.len > head && memcmp(bytes, magic, MAGIC) == 0;
    if (good) {
        sealed.count = bytes[MAGIC];
        sealed.slots = bytes + head;
        head += sealed.count * SLOT + crypto_secretbox_NONCEBYTES;
        good = sealed.count >= 2 && sealed.count <= LIMIT_CONCERN_RECIPIENTS && data.len > head &&
               two_differ(sealed.slots, sealed.count, SLOT);
    }
    if (good) {
        sealed.nonce = bytes + head - crypto_secretbox_NONCEBYTES;
        sealed.box = bytes + head;
        sealed.box_len = data.len - head;
        size_t len = sealed.box_len - MIN(sealed.box_len, (size_t)crypto_secretbox_MACBYTES);
        good = len == SMALL || len == MIDDLE || len == LARGE;
    }
    if (!good)
        return error_set(err, ERROR_VALIDATION, "This is no concern sealed to two recipients.");
    *ret_sealed = sealed;
    return true;
}

bool concern_check(struct bytes data, struct error *err) {
    struct sealed sealed;
    return take_apart(data, &sealed, err);
}

static bool find_key(const struct sealed *sealed, const uint8_t secret_key[32],
                     uint8_t ret_key[crypto_secretbox_KEYBYTES]) {
    uint8_t public_key[32];
    if (crypto_scalarmult_base(public_key, secret_key) != 0)
        return false;
    for (size_t i = 0; i < sealed->count; i++) {
        const uint8_t *slot = sealed->slots + i * SLOT;
        if (memcmp(slot, public_key, sizeof public_key) == 0 &&
            crypto_box_seal_open(ret_key, slot + 32, SLOT - 32, public_key, secret_key) == 0)
            return true;
    }
    return false;
}

bool concern_open(struct bytes data, const uint8_t secret_key[32], struct buffer *out, struct error *err) {
    struct sealed sealed;
    uint8_t key[crypto_secretbox_KEYBYTES];
    if (!take_apart(data, &sealed, err))
        return false;
    if (!find_key(&sealed, secret_key, key))
        return error_set(err, ERROR_VALIDATION, "The concern is not sealed to this key.");
    size_t plain_len = sealed.box_len - crypto_secretbox_MACBYTES, len = 0;
    CLEANUP_FREE uint8_t *plain = malloc(plain_len);
    bool good = plain &&
                crypto_secretbox_open_easy(plain, sealed.box, sealed.box_len, sealed.nonce, key) == 0;
    secret_wipe(key, sizeof key);
    for (int i = 0; good && i < LENGTH; i++)
        len |= (size_t)plain[i] << 8 * i;
    if (!good || len > plain_len - LENGTH)
        return error_set(err, ERROR_VALIDATION, "The concern was changed after it was sealed.");
    buffer_append(out, plain + LENGTH, len);
    secret_wipe(plain, plain_len);
    return !out->failed || error_set(err, ERROR_INTERNAL, "no memory for a concern");
}

/* --- lodging --- */

static bool record_concern(struct record *record, struct bytes sealed, int64_t now_ms, uint64_t *ret_entry,
                           struct error *err) {
    char digest[65];
    sha256_hex(sha256_of(sealed), digest);
    struct record_detail details[] = {{.name = "sealed", .text = digest},
                                      {.name = "size", .number = (int64_t)sealed.len}};
    struct record_entry entry = {
        .kind = RECORD_CONCERN, .started_ms = now_ms, .details = details, .detail_count = ARRAY_LEN(details)};
    return record_put(record, &entry, ret_entry, err);
}

static bool lodge(struct store *store, struct record *record, const struct sha256 *code, struct bytes sealed,
                  int64_t now_ms, const char *id, uint64_t *ret_entry, struct error *err) {
    struct error failure;
    if (code && !store_concern_code_use(store, *code, &failure))
        return error_set(err, failure.code == ERROR_NOT_FOUND ? ERROR_ACCESS_DENIED : failure.code, "%s",
                         failure.text);
    if (!record_concern(record, sealed, now_ms, ret_entry, err))
        return false;
    struct store_concern concern = {
        .id = id, .lodged_ms = now_ms, .entry = (int64_t)*ret_entry, .sealed = sealed};
    return store_concern_add(store, &concern, err);
}

static bool lodge_once(struct store *store, struct record *record, const struct sha256 *code,
                       struct bytes sealed, int64_t now_ms, char ret_id[CONCERN_ID + 1], uint64_t *ret_entry,
                       struct error *err) {
    char id[CONCERN_ID + 1];
    uint64_t entry;
    if (!concern_check(sealed, err) || !store_begin(store, err))
        return false;
    uuid_format(uuid_random(), id);
    if (!lodge(store, record, code, sealed, now_ms, id, &entry, err)) {
        store_rollback(store);
        return false;
    }
    if (!store_commit(store, err))
        return false;
    memcpy(ret_id, id, sizeof id);
    *ret_entry = entry;
    return true;
}

bool concern_lodge(struct store *store, struct record *record, struct bytes sealed, int64_t now_ms,
                   char ret_id[CONCERN_ID + 1], uint64_t *ret_entry, struct error *err) {
    return lodge_once(store, record, NULL, sealed, now_ms, ret_id, ret_entry, err);
}

bool concern_lodge_by_code(struct store *store, struct record *record, struct bytes code, struct bytes sealed,
                           int64_t now_ms, char ret_id[CONCERN_ID + 1], uint64_t *ret_entry,
                           struct error *err) {
    struct sha256 hash = sha256_of(code);
    return lodge_once(store, record, &hash, sealed, now_ms, ret_id, ret_entry, err);
}

bool concern_code_make(struct store *store, int64_t now_ms, char ret_code[CONCERN_CODE + 1],
                       struct error *err) {
    uint8_t bytes[CODE_BYTES];
    char code[CONCERN_CODE + 1];
    randombytes_buf(bytes, sizeof bytes);
    hex_encode(bytes, sizeof bytes, code);
    if (!store_concern_code_add(store, sha256_of(bytes_of(code)), now_ms, err))
        return false;
    memcpy(ret_code, code, sizeof code);
    return true;
}

bool concern_receipt(struct store *store, struct record *record, uint64_t entry, struct buffer *out,
                     struct error *err) {
    char folder[FILES_PATH_MAX];
    struct note_key key;
    return record_wait(record, entry, err) && files_path(store_folder(store), "record", folder, err) &&
           note_key_parse(bytes_of(record_vkey(record)), &key, err) &&
           proof_make(folder, &key, entry, out, err);
}

static bool record_answer(struct record *record, const struct store_concern *concern, const char *person,
                          struct sha256 answer, int64_t now_ms, struct error *err) {
    char digest[65];
    sha256_hex(answer, digest);
    struct record_detail details[] = {{.name = "answer", .text = digest},
                                      {.name = "concern_entry", .number = concern->entry},
                                      {.name = "kind", .text = "concern-answered"}};
    struct record_entry entry = {.kind = RECORD_DECISION,
                                 .started_ms = now_ms,
                                 .person = person,
                                 .operation = "concern",
                                 .details = details,
                                 .detail_count = ARRAY_LEN(details)};
    return record_put(record, &entry, NULL, err);
}

bool concern_answer(struct store *store, struct record *record, const char *id, const char *person,
                    struct sha256 answer, int64_t now_ms, struct error *err) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(2 * CONCERN_SEALED_MAX);
    struct store_concern concern;
    if (!arena)
        return error_set(err, ERROR_INTERNAL, "no memory for a concern");
    if (!store_begin(store, err))
        return false;
    if (store_concern_get(store, arena, id, &concern, err) && store_concern_answer(store, id, now_ms, err) &&
        record_answer(record, &concern, person, answer, now_ms, err))
        return store_commit(store, err);
    store_rollback(store);
    return false;
}
