/* Any bytes as CSV, in pieces as long as the first byte says: the same rows come out, or the same refusal, as
 * in one piece. */
#include "base/buffer.h"
#include "sanctions/lists/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool note(void *context, const struct bytes *fields, size_t count, uint64_t line, struct error *err) {
    (void)err;
    buffer_printf(context, "%llu", (unsigned long long)line);
    for (size_t i = 0; i < count; i++) {
        buffer_printf(context, "[%zu:", fields[i].len);
        buffer_append(context, fields[i].ptr, fields[i].len);
    }
    return true;
}

static bool read_in_pieces(struct bytes rest, size_t step, struct buffer *out) {
    struct csv *csv = csv_new(note, out);
    bool fine = csv != NULL;
    while (fine && rest.len > 0) {
        struct bytes piece = {rest.ptr, MIN(step, rest.len)};
        fine = csv_feed(csv, piece, NULL);
        rest = (struct bytes){rest.ptr + piece.len, rest.len - piece.len};
    }
    fine = fine && csv_end(csv, NULL);
    csv_free(csv);
    return fine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 4 || size > 1 << 16)
        return 0;
    struct bytes text = {(const char *)data + 1, size - 1};
    struct buffer whole = buffer_new(1 << 24), pieces = buffer_new(1 << 24);
    size_t step = MAX(3, data[0]); /* a byte order mark comes in one piece */
    bool a = read_in_pieces(text, text.len, &whole), b = read_in_pieces(text, step, &pieces);
    if (a != b || !bytes_equal(buffer_bytes(&whole), buffer_bytes(&pieces)))
        abort();
    buffer_release(&whole);
    buffer_release(&pieces);
    return 0;
}
