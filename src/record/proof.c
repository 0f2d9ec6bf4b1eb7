#include "record/proof.h"
#include "base/base64.h"
#include "record/folder.h"

#define TITLE "c2sp.org/tlog-proof@v1"

static bool append_base64(struct buffer *out, const void *data, size_t len) {
    CLEANUP_FREE char *text = malloc(base64_text_len(len) + 1);
    if (!text)
        return false;
    base64_to_text((struct bytes){data, len}, text);
    buffer_append(out, text, base64_text_len(len));
    return !out->failed;
}

/* What a proof is put together from. */
struct parts {
    struct bytes checkpoint;
    struct buffer *out;
    struct merkle_proof path;
    struct sha256 root;
    uint64_t size;
};

static bool write_parts(void *context, uint64_t index, struct bytes entry, struct error *err) {
    const struct parts *parts = context;
    if (!merkle_check_inclusion(&parts->path, index, parts->size, merkle_leaf(entry), parts->root))
        return error_set(err, ERROR_INTERNAL, "the log is damaged: entry %llu is not the one in its tree",
                         (unsigned long long)index);
    buffer_text(parts->out, TITLE "\nextra ");
    bool good = append_base64(parts->out, entry.ptr, entry.len);
    buffer_printf(parts->out, "\nindex %llu\n", (unsigned long long)index);
    for (size_t i = 0; i < parts->path.count && good; i++) {
        good = append_base64(parts->out, parts->path.hashes[i].bytes, 32);
        buffer_text(parts->out, "\n");
    }
    buffer_text(parts->out, "\n");
    buffer_append(parts->out, parts->checkpoint.ptr, parts->checkpoint.len);
    return (good && !parts->out->failed) || error_set(err, ERROR_INTERNAL, "no memory for a proof");
}

bool proof_make(const char *path, const struct note_key *log, uint64_t index, struct buffer *out,
                struct error *err) {
    CLEANUP_FREE char *data = NULL;
    struct checkpoint checkpoint;
    size_t len;
    if (!folder_checkpoint_read(path, &data, &len, err) ||
        !checkpoint_open((struct bytes){data, len}, log, &checkpoint, NULL, err))
        return false;
    if (index >= checkpoint.size)
        return error_set(err, ERROR_NOT_FOUND, "there is no entry %llu: the log has %llu, counted from 0",
                         (unsigned long long)index, (unsigned long long)checkpoint.size);
    CLEANUP_FREE struct folder *folder = folder_new(path, checkpoint.size);
    if (!folder)
        return error_set(err, ERROR_INTERNAL, "no memory for a proof");
    struct merkle_source source = folder_source(folder);
    struct parts parts = {
        .checkpoint = {data, len}, .out = out, .root = checkpoint.root, .size = checkpoint.size};
    return merkle_prove_inclusion(&source, index, checkpoint.size, &parts.path, err) &&
           folder_entries_each(path, checkpoint.size, index, 1, write_parts, &parts, err);
}

static bool take_line(struct bytes *rest, const char *start, struct bytes *ret_value) {
    if (!bytes_starts_with(*rest, start))
        return false;
    struct bytes line = bytes_split(rest, '\n');
    *ret_value = (struct bytes){line.ptr + strlen(start), line.len - strlen(start)};
    return rest->ptr != NULL; /* the line has an end */
}

static bool read_extra(struct bytes text, struct proof *proof) {
    size_t size = base64_bytes_maximum(text.len);
    proof->entry = malloc(size + 1);
    if (!proof->entry || !base64_to_bytes(text, proof->entry, &proof->entry_len) ||
        proof->entry_len > LIMIT_RECORD_ENTRY)
        return false;
    /* Only the one form of it, without stray bits at its end. */
    CLEANUP_FREE char *again = malloc(text.len + 1);
    if (!again || base64_text_len(proof->entry_len) != text.len)
        return false;
    base64_to_text((struct bytes){proof->entry, proof->entry_len}, again);
    return memcmp(again, text.ptr, text.len) == 0;
}

static bool read_path(struct bytes *rest, struct merkle_proof *path) {
    for (path->count = 0;;) {
        struct bytes line = bytes_split(rest, '\n');
        if (!rest->ptr)
            return false;
        if (line.len == 0)
            return true;
        if (path->count == MERKLE_PROOF_MAX || !note_decode(line, path->hashes[path->count].bytes, 32))
            return false;
        path->count++;
    }
}

static bool read_proof(struct bytes text, struct proof *proof) {
    struct bytes rest = text, value;
    if (!take_line(&rest, TITLE, &value) || value.len > 0)
        return false;
    if (take_line(&rest, "extra ", &value) && !read_extra(value, proof))
        return false;
    if (!take_line(&rest, "index ", &value) || !bytes_to_number(value, INT64_MAX, &proof->index) ||
        (value.len > 1 && value.ptr[0] == '0') || !read_path(&rest, &proof->path))
        return false;
    proof->checkpoint = rest;
    return true;
}

bool proof_parse(struct bytes text, struct proof *ret_proof, struct error *err) {
    struct proof proof = {.entry = NULL};
    if (text.len > PROOF_BYTES || !read_proof(text, &proof)) {
        free(proof.entry);
        return error_set(err, ERROR_VALIDATION, "not a proof of the form " TITLE);
    }
    *ret_proof = proof;
    return true;
}

/* The log of the policy that signed the checkpoint. */
static bool open_checkpoint(struct bytes data, const struct policy *policy, struct checkpoint *ret_checkpoint,
                            struct note *ret_note, struct error *err) {
    bool opened = false;
    error_set(err, ERROR_VALIDATION, "the policy names no log");
    for (int i = 0; i < policy->log_count && !opened; i++)
        opened = checkpoint_open(data, &policy->logs[i], ret_checkpoint, ret_note, err);
    return opened;
}

bool proof_check(const struct proof *proof, const struct policy *policy, struct checkpoint *ret_checkpoint,
                 int *ret_cosigned, struct error *err) {
    struct checkpoint checkpoint;
    struct note note;
    int cosigned;
    if (!open_checkpoint(proof->checkpoint, policy, &checkpoint, &note, err))
        return false;
    if (!policy_quorum_met(policy, &note, 0, &cosigned))
        return error_set(err, ERROR_VALIDATION, "the checkpoint lacks cosignatures: the quorum is not met");
    if (!proof->entry)
        return error_set(err, ERROR_VALIDATION, "the proof does not carry its entry");
    struct sha256 leaf = merkle_leaf((struct bytes){proof->entry, proof->entry_len});
    if (!merkle_check_inclusion(&proof->path, proof->index, checkpoint.size, leaf, checkpoint.root))
        return error_set(err, ERROR_VALIDATION, "the entry is not at index %llu of this log",
                         (unsigned long long)proof->index);
    if (ret_checkpoint)
        *ret_checkpoint = checkpoint;
    if (ret_cosigned)
        *ret_cosigned = cosigned;
    return true;
}
