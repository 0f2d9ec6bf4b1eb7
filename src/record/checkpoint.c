#include "record/checkpoint.h"
#include "base/base64.h"

void checkpoint_write(const struct checkpoint *checkpoint, struct buffer *out) {
    char base64[64];
    base64_to_text((struct bytes){(const char *)checkpoint->root.bytes, sizeof checkpoint->root.bytes},
                   base64);
    buffer_printf(out, "%s\n%llu\n%.*s\n", checkpoint->origin, (unsigned long long)checkpoint->size,
                  (int)base64_text_len(sizeof checkpoint->root.bytes), base64);
}

static bool read_size(struct bytes text, uint64_t *ret_size) {
    return bytes_to_number(text, INT64_MAX, ret_size) && (text.len == 1 || text.ptr[0] != '0');
}

bool checkpoint_read(struct bytes text, struct checkpoint *ret_checkpoint, struct error *err) {
    struct checkpoint checkpoint = {.size = 0};
    struct bytes rest = text;
    if (text.len == 0 || text.ptr[text.len - 1] != '\n')
        return error_set(err, ERROR_VALIDATION, "not a checkpoint: its last line has no end");
    struct bytes origin = bytes_split(&rest, '\n'), size = bytes_split(&rest, '\n'),
                 root = bytes_split(&rest, '\n');
    if (!note_name_fits(origin) || !read_size(size, &checkpoint.size) ||
        !note_decode(root, checkpoint.root.bytes, sizeof checkpoint.root.bytes))
        return error_set(err, ERROR_VALIDATION, "not a checkpoint of three lines: origin, size and root");
    while (rest.len > 0)
        if (bytes_split(&rest, '\n').len == 0)
            return error_set(err, ERROR_VALIDATION, "not a checkpoint: it has an empty line");
    memcpy(checkpoint.origin, origin.ptr, origin.len);
    *ret_checkpoint = checkpoint;
    return true;
}

bool checkpoint_open(struct bytes data, const struct note_key *log, struct checkpoint *ret_checkpoint,
                     struct note *ret_note, struct error *err) {
    struct checkpoint checkpoint;
    struct note note;
    int64_t time;
    if (!note_parse(data, &note, err) || !checkpoint_read(note.text, &checkpoint, err))
        return false;
    if (strcmp(checkpoint.origin, log->name) != 0)
        return error_set(err, ERROR_VALIDATION, "the checkpoint is of the log %s, the key is of %s",
                         checkpoint.origin, log->name);
    enum note_finding found = note_check(&note, log, &time);
    if (found != NOTE_GOOD)
        return error_set(err, ERROR_VALIDATION, "the checkpoint %s",
                         found == NOTE_WRONG ? "has a wrong signature: it was changed, or is not of this log"
                                             : "is not signed with this key");
    *ret_checkpoint = checkpoint;
    if (ret_note)
        *ret_note = note;
    return true;
}
