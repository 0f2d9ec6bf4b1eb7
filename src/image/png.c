/* PNG, by libspng.
 *
 * libspng is shown the chunks that make the picture and no others: what an ancillary chunk inflates to is
 * never our memory or time, and an animation is its first picture. All forms of pixels are asked for as
 * RGBA; rows are laid over white and, of a large picture, averaged in square cells as they come, so that
 * memory is that of the result. The rows of an interlaced picture are complete only at its end: it is held
 * whole, and must fit LIMIT_DECODING_BYTES. */
#include <spng.h>

#include "image/codec.h"
#include "base/limits.h"

enum { SIGNATURE_BYTES = 8, CHUNK_FRAME_BYTES = 12 /* length, type and CRC */, RGBA = 4 };

struct source {
    struct bytes file;
    size_t at, end; /* of what is being shown: the signature, or one chunk */
};

static bool is_wanted(const char *type) {
    bool critical = !(type[0] & 0x20);
    return critical || memcmp(type, "tRNS", 4) == 0;
}

static bool next_chunk(struct source *source) {
    while (source->file.len - source->end >= CHUNK_FRAME_BYTES) {
        const char *chunk = source->file.ptr + source->end;
        size_t len = 0, left = source->file.len - source->end - CHUNK_FRAME_BYTES;
        for (int i = 0; i < 4; i++)
            len = len << 8 | (uint8_t)chunk[i];
        if (len > left)
            return false;
        source->at = source->end;
        source->end += len + CHUNK_FRAME_BYTES;
        if (is_wanted(chunk + 4))
            return true;
    }
    return false;
}

static int read_source(spng_ctx *decoder, void *user, void *out, size_t len) {
    (void)decoder;
    struct source *source = user;
    for (char *to = out; len > 0;) {
        if (source->at == source->end && !next_chunk(source))
            return SPNG_IO_EOF;
        size_t part = MIN(len, source->end - source->at);
        memcpy(to, source->file.ptr + source->at, part);
        source->at += part;
        to += part;
        len -= part;
    }
    return 0;
}

/* Takes rows of RGBA, makes the picture. */
struct reducer {
    struct image *image;
    int factor;     /* side of a cell */
    int row;        /* of the photograph, that comes next */
    uint8_t *rgb;   /* one row of the photograph over white; unused when the factor is 1 */
    uint32_t *sums; /* of the cells in one row of the picture */
};

static void over_white(const uint8_t *rgba, int width, uint8_t *rgb) {
    for (int i = 0; i < width; i++, rgba += 4, rgb += 3)
        for (int c = 0; c < 3; c++)
            rgb[c] = (uint8_t)((rgba[c] * rgba[3] + 255 * (255 - rgba[3]) + 127) / 255);
}

static void add_row(struct reducer *reducer) {
    const uint8_t *rgb = reducer->rgb;
    uint32_t *sum = reducer->sums;
    for (int left = 0; left < reducer->image->full_width; left += reducer->factor, sum += 3) {
        int cell = MIN(reducer->factor, reducer->image->full_width - left);
        for (int i = 0; i < cell; i++, rgb += 3)
            for (int c = 0; c < 3; c++)
                sum[c] += rgb[c];
    }
}

/* Cells at the right and the lower edge may be smaller. */
static void finish_cells(struct reducer *reducer, uint8_t *out) {
    int factor = reducer->factor, width = reducer->image->width;
    uint32_t cell_height = (uint32_t)((reducer->row - 1) % factor + 1);
    for (int x = 0; x < width; x++) {
        uint32_t area = (uint32_t)MIN(factor, reducer->image->full_width - x * factor) * cell_height;
        for (int c = 0; c < 3; c++)
            out[3 * x + c] = (uint8_t)((reducer->sums[3 * x + c] + area / 2) / area);
    }
    memset(reducer->sums, 0, (size_t)width * 3 * sizeof *reducer->sums);
}

static void take_row(struct reducer *reducer, const uint8_t *rgba) {
    struct image *image = reducer->image;
    uint8_t *out = image->rgb + (size_t)(reducer->row / reducer->factor) * (size_t)image->width * 3;
    reducer->row++;
    if (reducer->factor == 1) {
        over_white(rgba, image->width, out);
        return;
    }
    over_white(rgba, image->full_width, reducer->rgb);
    add_row(reducer);
    if (reducer->row % reducer->factor == 0 || reducer->row == image->full_height)
        finish_cells(reducer, out);
}

static int decode_in_order(spng_ctx *decoder, struct reducer *reducer, uint8_t *row, size_t row_bytes) {
    int status = spng_decode_image(decoder, NULL, 0, SPNG_FMT_RGBA8,
                                   SPNG_DECODE_TRNS | SPNG_DECODE_PROGRESSIVE);
    while (status == 0) {
        status = spng_decode_row(decoder, row, row_bytes);
        if (status == 0 || status == SPNG_EOI)
            take_row(reducer, row);
    }
    return status == SPNG_EOI ? 0 : status;
}

static int decode_interlaced(spng_ctx *decoder, struct reducer *reducer, uint8_t *rows, size_t row_bytes) {
    size_t height = (size_t)reducer->image->full_height;
    int status = spng_decode_image(decoder, rows, height * row_bytes, SPNG_FMT_RGBA8, SPNG_DECODE_TRNS);
    for (size_t y = 0; status == 0 && y < height; y++)
        take_row(reducer, rows + y * row_bytes);
    return status;
}

static bool check_status(int status, struct error *err) {
    if (status == SPNG_IO_EOF || status == SPNG_EIDAT_TOO_SHORT)
        return image_invalid(err, "the PNG ends early");
    if (status == SPNG_EMEM)
        return error_set(err, ERROR_INTERNAL, "no memory for a PNG decoder");
    if (status != 0)
        return error_set(err, ERROR_INVALID_IMAGE,
                         "Request has invalid image format: the PNG cannot be read: %s",
                         spng_strerror(status));
    return true;
}

static bool decode_pixels(spng_ctx *decoder, bool interlaced, struct image *image, int factor,
                          struct error *err) {
    size_t row_bytes = (size_t)image->full_width * RGBA;
    size_t rows_bytes = interlaced ? row_bytes * (size_t)image->full_height : row_bytes;
    if (rows_bytes > LIMIT_DECODING_BYTES)
        return error_set(err, ERROR_IMAGE_TOO_LARGE,
                         "Image size is too large: %d x %d pixels are too many for an interlaced PNG; save "
                         "it without interlacing",
                         image->full_width, image->full_height);
    CLEANUP_FREE uint8_t *rows = malloc(rows_bytes);
    CLEANUP_FREE uint8_t *rgb = malloc((size_t)image->full_width * 3);
    CLEANUP_FREE uint32_t *sums = calloc((size_t)image->width * 3, sizeof *sums);
    image->rgb = calloc((size_t)image->width * (size_t)image->height, 3);
    if (!rows || !rgb || !sums || !image->rgb)
        return error_set(err, ERROR_INTERNAL, "no memory for a picture");
    struct reducer reducer = {.image = image, .factor = factor, .rgb = rgb, .sums = sums};
    int status = interlaced ? decode_interlaced(decoder, &reducer, rows, row_bytes)
                            : decode_in_order(decoder, &reducer, rows, row_bytes);
    /* To the last chunk, without which the file is cut short. */
    return check_status(status == 0 ? spng_decode_chunks(decoder) : status, err);
}

/* How many cells cover a side. */
static int cells(int side, int factor) {
    return (side + factor - 1) / factor;
}

static void close_coder(spng_ctx **coder) {
    spng_ctx_free(*coder);
}

bool png_decode(struct bytes file, struct image *ret_image, struct error *err) {
    struct source source = {.file = file, .end = SIGNATURE_BYTES};
    CLEANUP(close_coder) spng_ctx *decoder = spng_ctx_new(0);
    if (!decoder)
        return error_set(err, ERROR_INTERNAL, "no memory for a PNG decoder");
    struct spng_ihdr header;
    spng_set_png_stream(decoder, read_source, &source);
    if (!check_status(spng_get_ihdr(decoder, &header), err) ||
        !image_check_size(header.width, header.height, err))
        return false;
    int factor = 1, width = (int)header.width, height = (int)header.height;
    while ((unsigned)cells(width, factor) * (unsigned)cells(height, factor) > LIMIT_DECODED_PIXELS)
        factor++;
    struct image image = {.width = cells(width, factor),
                          .height = cells(height, factor),
                          .full_width = width,
                          .full_height = height};
    if (!decode_pixels(decoder, header.interlace_method != SPNG_INTERLACE_NONE, &image, factor, err)) {
        image_release(&image);
        return false;
    }
    *ret_image = image;
    return true;
}

static bool encode(const struct image *image, FILE *file) {
    CLEANUP(close_coder) spng_ctx *encoder = spng_ctx_new(SPNG_CTX_ENCODER);
    struct spng_ihdr header = {.width = (uint32_t)image->width,
                               .height = (uint32_t)image->height,
                               .bit_depth = 8,
                               .color_type = SPNG_COLOR_TYPE_TRUECOLOR};
    return encoder && spng_set_png_file(encoder, file) == 0 && spng_set_ihdr(encoder, &header) == 0 &&
           spng_encode_image(encoder, image->rgb, (size_t)image->width * (size_t)image->height * 3,
                             SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE) == 0;
}

bool image_write_png(const struct image *image, const char *path, struct error *err) {
    FILE *file = fopen(path, "wb");
    if (!file)
        return error_set(err, ERROR_INTERNAL, "cannot create %s: %m", path);
    bool encoded = encode(image, file);
    if (fclose(file) == 0 && encoded)
        return true;
    return error_set(err, ERROR_INTERNAL, "cannot write %s", path);
}
