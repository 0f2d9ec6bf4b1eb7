/* Any bytes as a signed note, as the checkpoint in it, as a verifier key and as a policy: each is read or
 * refused, and what is read as a checkpoint is written as it was. */
#include "base/limits.h"
#include "record/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOG "example.org/record+8dcc45de+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
#define WITNESS "witness.example+790a8a0d+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X"

static void check_checkpoint(struct bytes text) {
    struct checkpoint checkpoint;
    struct buffer again = buffer_new(LIMIT_RECORD_NOTE);
    if (checkpoint_read(text, &checkpoint, NULL)) {
        checkpoint_write(&checkpoint, &again);
        if (again.failed || again.len > text.len || memcmp(again.data, text.ptr, again.len) != 0)
            abort();
    }
    buffer_release(&again);
}

static void check_note(struct bytes text) {
    static const char *const keys[] = {LOG, WITNESS};
    struct note_key key;
    struct note note;
    int64_t time;
    if (!note_parse(text, &note, NULL))
        return;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!note_key_parse(bytes_of(keys[i]), &key, NULL) || note_check(&note, &key, &time) > NOTE_GOOD)
            abort();
    check_checkpoint(note.text);
}

static void check_key(struct bytes text) {
    struct note_key key;
    char again[NOTE_VKEY_MAX];
    if (!note_key_parse(text, &key, NULL))
        return;
    note_key_format(&key, again);
    if (strncasecmp(again, text.ptr, text.len) != 0)
        abort();
}

static void check_policy(struct bytes text) {
    static const char cosigned[] =
        "a\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\xe2\x80\x94 a AAAAAAAA\n";
    struct policy policy;
    struct note note;
    int count;
    if (!policy_parse(text, &policy, NULL))
        return;
    if (!note_parse(bytes_of(cosigned), &note, NULL) ||
        policy_quorum_met(&policy, &note, 0, &count) != (policy.quorum == POLICY_NONE) || count != 0)
        abort();
    policy_release(&policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bytes text = {(const char *)data, size};
    check_note(text);
    check_checkpoint(text);
    check_key(text);
    check_policy(text);
    return 0;
}
