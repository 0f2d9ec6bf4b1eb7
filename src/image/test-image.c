#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <cmocka.h>
#include <spng.h>
#include <turbojpeg.h>

#include "image/image.h"
#include "base/buffer.h"
#include "base/limits.h"

/* --- pictures --- */

enum { WIDTH = 121, HEIGHT = 87, MAXIMUM = 4 * 1024 * 1024 };

#define CLEANUP_BUFFER CLEANUP(buffer_release)

/* A photograph in which every corner differs: four colours that change a little from place to place. */
static void photo_at(int x, int y, uint8_t rgb[3]) {
    static const uint8_t quarters[4][3] = {{220, 40, 30}, {30, 200, 60}, {50, 60, 210}, {200, 200, 190}};
    memcpy(rgb, quarters[(x >= WIDTH / 2) + 2 * (y >= HEIGHT / 2)], 3);
    rgb[0] = (uint8_t)(rgb[0] + x / 8);
    rgb[1] = (uint8_t)(rgb[1] + y / 8);
}

static void fill_photo(uint8_t *rgb) {
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        photo_at(i % WIDTH, i / WIDTH, rgb + 3 * i);
}

static struct buffer jpeg_of(const uint8_t *pixels, int width, int height, int format, int sampling,
                             int flags) {
    tjhandle encoder = tjInitCompress();
    unsigned char *data = NULL;
    unsigned long len = 0;
    assert_int_equal(tjCompress2(encoder, pixels, width, 0, height, format, &data, &len, sampling, 95, flags),
                     0);
    struct buffer file = buffer_new(MAXIMUM);
    buffer_append(&file, data, len);
    tjFree(data);
    tjDestroy(encoder);
    assert_false(file.failed);
    return file;
}

static struct buffer photo_jpeg(int sampling, int flags) {
    uint8_t rgb[WIDTH * HEIGHT * 3];
    fill_photo(rgb);
    return jpeg_of(rgb, WIDTH, HEIGHT, TJPF_RGB, sampling, flags);
}

struct png {
    int width, height, depth, type, interlaced;
    struct spng_plte palette;
    struct spng_trns transparency;
    bool is_transparent;
};

static struct png png_kind(int width, int height, int depth, int type) {
    return (struct png){.width = width, .height = height, .depth = depth, .type = type};
}

/* pixels: rows as in the file, but 16-bit samples in the machine's order; NULL for rows of zeros. */
static struct buffer png_of(struct png png, const uint8_t *pixels, size_t row_bytes) {
    spng_ctx *encoder = spng_ctx_new(SPNG_CTX_ENCODER);
    CLEANUP_FREE uint8_t *zeros = calloc(1, row_bytes);
    spng_set_option(encoder, SPNG_ENCODE_TO_BUFFER, 1);
    struct spng_ihdr header = {.width = (uint32_t)png.width,
                               .height = (uint32_t)png.height,
                               .bit_depth = (uint8_t)png.depth,
                               .color_type = (uint8_t)png.type,
                               .interlace_method = (uint8_t)png.interlaced};
    assert_int_equal(spng_set_ihdr(encoder, &header), 0);
    if (png.palette.n_entries > 0)
        assert_int_equal(spng_set_plte(encoder, &png.palette), 0);
    if (png.is_transparent)
        assert_int_equal(spng_set_trns(encoder, &png.transparency), 0);
    int status = spng_encode_image(encoder, NULL, 0, SPNG_FMT_PNG,
                                   SPNG_ENCODE_PROGRESSIVE | SPNG_ENCODE_FINALIZE);
    while (status == 0) {
        struct spng_row_info row;
        assert_int_equal(spng_get_row_info(encoder, &row), 0);
        status = spng_encode_row(encoder, pixels ? pixels + row.row_num * row_bytes : zeros, row_bytes);
    }
    assert_int_equal(status, SPNG_EOI);
    size_t len;
    void *data = spng_get_png_buffer(encoder, &len, &status);
    assert_non_null(data);
    struct buffer file = buffer_new(MAXIMUM);
    buffer_append(&file, data, len);
    free(data);
    spng_ctx_free(encoder);
    assert_false(file.failed);
    return file;
}

static struct buffer photo_png(int interlaced) {
    uint8_t rgb[WIDTH * HEIGHT * 3];
    fill_photo(rgb);
    struct png png = png_kind(WIDTH, HEIGHT, 8, SPNG_COLOR_TYPE_TRUECOLOR);
    png.interlaced = interlaced;
    return png_of(png, rgb, WIDTH * 3);
}

/* A file with other bytes put in. */
static struct buffer with_inserted(struct bytes file, size_t at, const void *bytes, size_t len) {
    struct buffer whole = buffer_new(MAXIMUM);
    buffer_append(&whole, file.ptr, at);
    buffer_append(&whole, bytes, len);
    buffer_append(&whole, file.ptr + at, file.len - at);
    assert_false(whole.failed);
    return whole;
}

static void append_chunk(struct buffer *file, const char *type, const void *data, size_t len) {
    struct buffer chunk = buffer_new(MAXIMUM);
    buffer_append(&chunk, type, 4);
    buffer_append(&chunk, data, len);
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < chunk.len; i++) {
        crc ^= (uint8_t)chunk.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    uint32_t size = __builtin_bswap32((uint32_t)len), sum = __builtin_bswap32(~crc);
    buffer_append(file, &size, 4);
    buffer_append(file, chunk.data, chunk.len);
    buffer_append(file, &sum, 4);
    buffer_release(&chunk);
}

/* Where a marker's code stands in a JPEG. */
static size_t marker_at(struct buffer file, uint8_t marker) {
    for (size_t i = 2; i + 1 < file.len;
         i += 2 + ((size_t)(uint8_t)file.data[i + 2] << 8 | (uint8_t)file.data[i + 3]))
        if ((uint8_t)file.data[i + 1] == marker)
            return i + 1;
    fail_msg("there is no marker %02x", marker);
    return 0;
}

static void set_jpeg_sides(struct buffer *file, uint8_t frame, unsigned width, unsigned height) {
    char *sides = file->data + marker_at(*file, frame) + 4;
    memcpy(sides, (char[]){(char)(height >> 8), (char)height, (char)(width >> 8), (char)width}, 4);
}

/* --- expectations --- */

static struct image decoded(struct bytes file) {
    /* On the heap and of its length, so that a sanitizer sees a read beyond the end. */
    CLEANUP_FREE char *copy = malloc(file.len);
    memcpy(copy, file.ptr, file.len);
    struct image image = {0};
    struct error err = {0};
    if (!image_decode((struct bytes){copy, file.len}, &image, &err))
        fail_msg("%s", err.text);
    return image;
}

static void assert_refused(struct bytes file, enum error_code code, const char *text) {
    CLEANUP_FREE char *copy = malloc(MAX(file.len, 1u));
    if (file.len > 0)
        memcpy(copy, file.ptr, file.len);
    struct image image = {0};
    struct error err = {.code = ERROR_COUNT};
    assert_false(image_decode((struct bytes){copy, file.len}, &image, &err));
    assert_null(image.rgb);
    if (err.code != code || !strstr(err.text, text))
        fail_msg("expected \"%s\", got \"%s\"", text, err.text);
}

static void assert_near(const uint8_t *rgb, const uint8_t expected[3], int tolerance) {
    for (int c = 0; c < 3; c++)
        if (abs(rgb[c] - expected[c]) > tolerance)
            fail_msg("(%d, %d, %d) is not (%d, %d, %d)", rgb[0], rgb[1], rgb[2], expected[0], expected[1],
                     expected[2]);
}

/* Away from the borders of the quarters, where a JPEG is blurred. */
static void assert_photo(const struct image *image, int tolerance) {
    assert_int_equal(image->width, WIDTH);
    assert_int_equal(image->height, HEIGHT);
    assert_int_equal(image->full_width, WIDTH);
    assert_int_equal(image->full_height, HEIGHT);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            if (tolerance > 0 && (abs(x - WIDTH / 2) < 18 || abs(y - HEIGHT / 2) < 18))
                continue;
            uint8_t expected[3];
            photo_at(x, y, expected);
            assert_near(image->rgb + (y * WIDTH + x) * 3, expected, tolerance);
        }
}

static void assert_decodes_to_photo(struct bytes file, int tolerance) {
    CLEANUP_IMAGE struct image image = decoded(file);
    assert_photo(&image, tolerance);
}

/* A PNG whose pixels are those of `pixel` in order, over and over, must become `expected` in order. */
static void assert_png_pixels(struct png png, const uint8_t *rows, size_t row_bytes,
                              const uint8_t (*expected)[3], int count) {
    for (png.interlaced = 0; png.interlaced <= 1; png.interlaced++) {
        CLEANUP_BUFFER struct buffer file = png_of(png, rows, row_bytes);
        CLEANUP_IMAGE struct image image = decoded(buffer_bytes(&file));
        assert_int_equal(image.width, png.width);
        assert_int_equal(image.height, png.height);
        for (int i = 0; i < png.width * png.height; i++)
            assert_near(image.rgb + 3 * i, expected[i % png.width % count], 0);
    }
}

/* --- JPEG --- */

static void jpegs_of_every_kind_are_decoded(void **state) {
    (void)state;
    const int samplings[] = {TJSAMP_444, TJSAMP_422, TJSAMP_420, TJSAMP_440, TJSAMP_411};
    for (size_t i = 0; i < ARRAY_LEN(samplings); i++) {
        CLEANUP_BUFFER struct buffer baseline = photo_jpeg(samplings[i], 0);
        assert_decodes_to_photo(buffer_bytes(&baseline), 12);
        CLEANUP_BUFFER struct buffer progressive = photo_jpeg(samplings[i], TJFLAG_PROGRESSIVE);
        assert_decodes_to_photo(buffer_bytes(&progressive), 12);
    }
}

static void grey_jpegs_become_rgb(void **state) {
    (void)state;
    uint8_t grey[WIDTH * HEIGHT];
    memset(grey, 77, sizeof grey);
    CLEANUP_BUFFER struct buffer file = jpeg_of(grey, WIDTH, HEIGHT, TJPF_GRAY, TJSAMP_GRAY, 0);
    CLEANUP_IMAGE struct image image = decoded(buffer_bytes(&file));
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        assert_near(image.rgb + 3 * i, (uint8_t[]){77, 77, 77}, 1);
}

static void cmyk_jpegs_become_rgb(void **state) {
    (void)state;
    uint8_t cmyk[WIDTH * HEIGHT * 4];
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        memcpy(cmyk + 4 * i, (uint8_t[]){200, 100, 50, 204}, 4); /* inverted: little black ink */
    CLEANUP_BUFFER struct buffer file = jpeg_of(cmyk, WIDTH, HEIGHT, TJPF_CMYK, TJSAMP_444, 0);
    CLEANUP_IMAGE struct image image = decoded(buffer_bytes(&file));
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        assert_near(image.rgb + 3 * i, (uint8_t[]){160, 80, 40}, 3);
}

/* Which side of the upright photograph the stored first row and first column are, from the Exif standard. */
static const struct {
    char row, column;
} sides[9] = {[1] = {'T', 'L'}, [2] = {'T', 'R'}, [3] = {'B', 'R'}, [4] = {'B', 'L'},
              [5] = {'L', 'T'}, [6] = {'R', 'T'}, [7] = {'R', 'B'}, [8] = {'L', 'B'}};

static void move(char side, int distance, int *x, int *y) {
    if (side == 'T' || side == 'B')
        *y = side == 'T' ? distance : HEIGHT - 1 - distance;
    else
        *x = side == 'L' ? distance : WIDTH - 1 - distance;
}

static struct buffer turned_jpeg(int orientation, bool little_endian) {
    static uint8_t rgb[WIDTH * HEIGHT * 3];
    int width = orientation >= 5 ? HEIGHT : WIDTH, height = orientation >= 5 ? WIDTH : HEIGHT;
    for (int row = 0; row < height; row++)
        for (int column = 0; column < width; column++) {
            int x = 0, y = 0;
            move(sides[orientation].row, row, &x, &y);
            move(sides[orientation].column, column, &x, &y);
            photo_at(x, y, rgb + (row * width + column) * 3);
        }
    CLEANUP_BUFFER struct buffer plain = jpeg_of(rgb, width, height, TJPF_RGB, TJSAMP_444, 0);
    char big[] = "\xff\xe1\0\x22"
                 "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0?\0\0\0\0\0\0";
    char little[] = "\xff\xe1\0\x22"
                    "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0?\0\0\0\0\0\0\0";
    char *exif = little_endian ? little : big;
    *(char *)memchr(exif, '?', sizeof big) = (char)orientation;
    return with_inserted(buffer_bytes(&plain), 2, exif, sizeof big - 1);
}

static void all_orientations_are_turned_upright(void **state) {
    (void)state;
    for (int orientation = 1; orientation <= 8; orientation++)
        for (int little_endian = 0; little_endian <= 1; little_endian++) {
            CLEANUP_BUFFER struct buffer file = turned_jpeg(orientation, little_endian);
            assert_decodes_to_photo(buffer_bytes(&file), 12);
        }
}

static void jpegs_cut_anywhere_are_refused(void **state) {
    (void)state;
    for (int progressive = 0; progressive <= 1; progressive++) {
        CLEANUP_BUFFER struct buffer file = photo_jpeg(TJSAMP_420, progressive ? TJFLAG_PROGRESSIVE : 0);
        for (size_t len = 3; len < file.len; len++)
            assert_refused((struct bytes){file.data, len}, ERROR_INVALID_IMAGE,
                           "Request has invalid image format: the JPEG ends early");
    }
}

static void a_thumbnail_does_not_hide_that_the_jpeg_is_cut(void **state) {
    (void)state;
    CLEANUP_BUFFER struct buffer thumbnail = photo_jpeg(TJSAMP_420, 0);
    CLEANUP_BUFFER struct buffer segment = buffer_new(MAXIMUM);
    buffer_append(&segment,
                  (uint8_t[]){0xff, 0xe1, (uint8_t)((thumbnail.len + 2) >> 8), (uint8_t)(thumbnail.len + 2)},
                  4);
    buffer_append(&segment, thumbnail.data, thumbnail.len);
    CLEANUP_BUFFER struct buffer whole = with_inserted(buffer_bytes(&thumbnail), 2, segment.data,
                                                       segment.len);
    assert_decodes_to_photo(buffer_bytes(&whole), 12);
    assert_refused((struct bytes){whole.data, whole.len - 10}, ERROR_INVALID_IMAGE, "the JPEG ends early");
}

static void mere_warnings_are_forgiven(void **state) {
    (void)state;
    CLEANUP_BUFFER struct buffer plain = photo_jpeg(TJSAMP_444, 0);
    CLEANUP_BUFFER struct buffer before_end = with_inserted(buffer_bytes(&plain), plain.len - 2, "junk", 4);
    assert_decodes_to_photo(buffer_bytes(&before_end), 12);
    CLEANUP_BUFFER struct buffer after_end = with_inserted(buffer_bytes(&plain), plain.len, "trailer\xff", 8);
    assert_decodes_to_photo(buffer_bytes(&after_end), 12);
}

static void an_error_after_a_warning_is_an_error(void **state) {
    (void)state;
    CLEANUP_BUFFER struct buffer plain = photo_jpeg(TJSAMP_444, 0);
    CLEANUP_BUFFER struct buffer file = with_inserted(buffer_bytes(&plain), marker_at(plain, 0xc0) - 1,
                                                      "junk", 4);
    assert_decodes_to_photo(buffer_bytes(&file), 12);
    file.data[marker_at(plain, 0xc0) + 4] = (char)0xc3; /* lossless */
    assert_refused(buffer_bytes(&file), ERROR_INVALID_IMAGE,
                   "the JPEG cannot be read: Unsupported JPEG process");
}

static void unusual_sampling_is_decoded(void **state) {
    (void)state;
    CLEANUP_BUFFER struct buffer file = photo_jpeg(TJSAMP_444, 0);
    file.data[marker_at(file, 0xc0) + 13] = 0x12; /* of blue; the scan does not fit it */
    CLEANUP_IMAGE struct image image = decoded(buffer_bytes(&file));
    assert_int_equal(image.width, WIDTH);
}

static void large_jpegs_are_reduced_by_powers_of_two(void **state) {
    (void)state;
    enum { W = 4201, H = 4000 };
    CLEANUP_FREE uint8_t *grey = malloc((size_t)W * H);
    for (size_t i = 0; i < (size_t)W * H; i++)
        grey[i] = i % W < W / 2 ? 60 : 180;
    CLEANUP_BUFFER struct buffer file = jpeg_of(grey, W, H, TJPF_GRAY, TJSAMP_GRAY, 0);
    CLEANUP_IMAGE struct image image = decoded(buffer_bytes(&file));
    assert_int_equal(image.full_width, W);
    assert_int_equal(image.full_height, H);
    assert_int_equal(image.width, (W + 1) / 2);
    assert_int_equal(image.height, H / 2);
    assert_near(image.rgb, (uint8_t[]){60, 60, 60}, 2);
    assert_near(image.rgb + (size_t)image.width * H / 2 * 3 - 3, (uint8_t[]){180, 180, 180}, 2);
}

static void progressive_bombs_are_refused(void **state) {
    (void)state;
    CLEANUP_BUFFER struct buffer file = photo_jpeg(TJSAMP_444, TJFLAG_PROGRESSIVE);
    size_t scan = marker_at(file, 0xda) - 1, len = 2u + (uint8_t)file.data[scan + 3];
    CLEANUP_BUFFER struct buffer scans = buffer_new(MAXIMUM);
    for (int i = 0; i <= LIMIT_JPEG_SCANS; i++)
        buffer_append(&scans, file.data + scan, len);
    CLEANUP_BUFFER struct buffer many = with_inserted(buffer_bytes(&file), file.len - 2, scans.data,
                                                      scans.len);
    assert_refused(buffer_bytes(&many), ERROR_INVALID_IMAGE, "the JPEG has too many scans");
    set_jpeg_sides(&file, 0xc2, 10000, 10000);
    assert_refused(buffer_bytes(&file), ERROR_IMAGE_TOO_LARGE,
                   "10000 x 10000 pixels are too many for a progressive JPEG");
}

/* --- PNG --- */

static void rgb_pngs_are_decoded_exactly(void **state) {
    (void)state;
    for (int interlaced = 0; interlaced <= 1; interlaced++) {
        CLEANUP_BUFFER struct buffer file = photo_png(interlaced);
        assert_decodes_to_photo(buffer_bytes(&file), 0);
    }
}

static void grey_pngs_of_every_depth_become_rgb(void **state) {
    (void)state;
    enum { SIDE = 80 };
    static const uint8_t expected[16][3] = {{0, 0, 0}, {85, 85, 85}, {170, 170, 170}, {255, 255, 255}};
    uint8_t rows[SIDE * SIDE * 2];
    struct png png = png_kind(SIDE, SIDE, 2, SPNG_COLOR_TYPE_GRAYSCALE);
    memset(rows, 0x1b, sizeof rows); /* 0 1 2 3 */
    assert_png_pixels(png, rows, SIDE / 4, expected, 4);
    png.depth = 4;
    memcpy(rows, (uint8_t[]){0x05, 0xaf}, 2);
    for (size_t i = 2; i < sizeof rows; i++)
        rows[i] = rows[i - 2];
    assert_png_pixels(png, rows, SIDE / 2, expected, 4);
    png.depth = 8;
    for (size_t i = 0; i < sizeof rows; i++)
        rows[i] = (uint8_t)(i % 4 * 85);
    assert_png_pixels(png, rows, SIDE, expected, 4);
    png.depth = 16;
    for (size_t i = 0; i < sizeof rows; i++)
        rows[i] = (uint8_t)(i / 2 % 4 * 85);
    assert_png_pixels(png, rows, SIDE * 2, expected, 4);
    png.depth = 1;
    memset(rows, 0x55, sizeof rows);
    static const uint8_t black_white[2][3] = {{0, 0, 0}, {255, 255, 255}};
    assert_png_pixels(png, rows, SIDE / 8, black_white, 2);
}

static void transparent_pngs_are_laid_over_white(void **state) {
    (void)state;
    enum { SIDE = 80 };
    uint8_t rgba[SIDE * SIDE * 4], grey[SIDE * SIDE * 2];
    for (int i = 0; i < SIDE * SIDE; i++) {
        memcpy(rgba + 4 * i,
               (uint8_t[][4]){{10, 20, 30, 255}, {10, 20, 30, 0}, {0, 100, 200, 51}}[i % SIDE % 3], 4);
        memcpy(grey + 2 * i, (uint8_t[][2]){{7, 255}, {7, 0}, {0, 51}}[i % SIDE % 3], 2);
    }
    static const uint8_t colours[3][3] = {{10, 20, 30}, {255, 255, 255}, {204, 224, 244}};
    assert_png_pixels(png_kind(SIDE, SIDE, 8, SPNG_COLOR_TYPE_TRUECOLOR_ALPHA), rgba, SIDE * 4, colours, 3);
    static const uint8_t greys[3][3] = {{7, 7, 7}, {255, 255, 255}, {204, 204, 204}};
    assert_png_pixels(png_kind(SIDE, SIDE, 8, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA), grey, SIDE * 2, greys, 3);
    uint16_t deep[SIDE * SIDE * 4];
    for (int i = 0; i < SIDE * SIDE * 4; i++)
        deep[i] = (uint16_t)(rgba[i] * 257);
    assert_png_pixels(png_kind(SIDE, SIDE, 16, SPNG_COLOR_TYPE_TRUECOLOR_ALPHA), (uint8_t *)deep, SIDE * 8,
                      colours, 3);
}

static void transparent_colours_are_laid_over_white(void **state) {
    (void)state;
    enum { SIDE = 80 };
    uint8_t indices[SIDE * SIDE], rgb[SIDE * SIDE * 3];
    static const uint8_t entries[3][3] = {{10, 20, 30}, {10, 20, 31}, {0, 100, 200}};
    for (int i = 0; i < SIDE * SIDE; i++) {
        indices[i] = (uint8_t)(i % SIDE % 3);
        memcpy(rgb + 3 * i, entries[i % SIDE % 3], 3);
    }
    struct png png = png_kind(SIDE, SIDE, 8, SPNG_COLOR_TYPE_INDEXED);
    png.palette.n_entries = 3;
    for (int i = 0; i < 3; i++)
        png.palette.entries[i] = (struct spng_plte_entry){entries[i][0], entries[i][1], entries[i][2], 0};
    assert_png_pixels(png, indices, SIDE, entries, 3);
    png.is_transparent = true;
    png.transparency = (struct spng_trns){.n_type3_entries = 3, .type3_alpha = {255, 0, 51}};
    static const uint8_t blended[3][3] = {{10, 20, 30}, {255, 255, 255}, {204, 224, 244}};
    assert_png_pixels(png, indices, SIDE, blended, 3);
    struct png keyed = png_kind(SIDE, SIDE, 8, SPNG_COLOR_TYPE_TRUECOLOR);
    keyed.is_transparent = true;
    keyed.transparency = (struct spng_trns){.red = 10, .green = 20, .blue = 31};
    static const uint8_t holes[3][3] = {{10, 20, 30}, {255, 255, 255}, {0, 100, 200}};
    assert_png_pixels(keyed, rgb, SIDE * 3, holes, 3);
}

static void of_an_animation_the_first_picture_counts(void **state) {
    (void)state;
    CLEANUP_BUFFER struct buffer plain = photo_png(0);
    CLEANUP_BUFFER struct buffer control = buffer_new(MAXIMUM);
    append_chunk(&control, "acTL", "\0\0\0\x02\0\0\0\0", 8);
    append_chunk(&control, "fcTL", "\0\0\0\0\0\0\0\x79\0\0\0\x57\0\0\0\0\0\0\0\0\0\x01\0\x0a\0\0", 26);
    CLEANUP_BUFFER struct buffer first = with_inserted(buffer_bytes(&plain), 33, control.data, control.len);
    CLEANUP_BUFFER struct buffer more = buffer_new(MAXIMUM);
    append_chunk(&more, "fcTL", "\0\0\0\x01\0\0\0\x79\0\0\0\x57\0\0\0\0\0\0\0\0\0\x01\0\x0a\0\0", 26);
    append_chunk(&more, "fdAT", "\0\0\0\x02not a picture", 17);
    CLEANUP_BUFFER struct buffer animated = with_inserted(buffer_bytes(&first), first.len - 12, more.data,
                                                          more.len);
    assert_decodes_to_photo(buffer_bytes(&animated), 0);
}

static void chunks_beside_the_picture_are_not_looked_at(void **state) {
    (void)state;
    CLEANUP_BUFFER struct buffer plain = photo_png(0);
    CLEANUP_BUFFER struct buffer chunks = buffer_new(MAXIMUM);
    for (int i = 0; i < 2000; i++)
        append_chunk(&chunks, "zTXt", "key\0\0not deflated", 17);
    append_chunk(&chunks, "iCCP", "name\0\0not deflated", 18);
    append_chunk(&chunks, "gAMA", "?", 1);
    chunks.data[chunks.len - 1] ^= 1; /* a wrong checksum */
    CLEANUP_BUFFER struct buffer file = with_inserted(buffer_bytes(&plain), 33, chunks.data, chunks.len);
    assert_decodes_to_photo(buffer_bytes(&file), 0);
}

static void damaged_pngs_are_refused(void **state) {
    (void)state;
    CLEANUP_BUFFER struct buffer file = photo_png(0);
    for (size_t at = 8; at < file.len; at++) {
        bool is_side = at >= 16 && at < 24; /* which may become too large */
        file.data[at] ^= 0x10;
        if (!is_side)
            assert_refused(buffer_bytes(&file), ERROR_INVALID_IMAGE,
                           "Request has invalid image format: the PNG ");
        file.data[at] ^= 0x10;
    }
    assert_decodes_to_photo(buffer_bytes(&file), 0);
}

static void pngs_cut_anywhere_are_refused(void **state) {
    (void)state;
    for (int interlaced = 0; interlaced <= 1; interlaced++) {
        CLEANUP_BUFFER struct buffer file = photo_png(interlaced);
        for (size_t len = 8; len < file.len; len++)
            assert_refused((struct bytes){file.data, len}, ERROR_INVALID_IMAGE,
                           "Request has invalid image format: the PNG ends early");
    }
}

static void large_pngs_are_averaged_in_square_cells(void **state) {
    (void)state;
    enum { W = 4101, H = 4001 };
    CLEANUP_FREE uint8_t *grey = malloc((size_t)W * H);
    for (size_t i = 0; i < (size_t)W * H; i++)
        grey[i] = i % W % 2 ? 200 : i / W % 2 ? 40 : 0;
    for (int interlaced = 0; interlaced <= 1; interlaced++) {
        struct png png = png_kind(W, H, 8, SPNG_COLOR_TYPE_GRAYSCALE);
        png.interlaced = interlaced;
        CLEANUP_BUFFER struct buffer file = png_of(png, grey, W);
        CLEANUP_IMAGE struct image image = decoded(buffer_bytes(&file));
        assert_int_equal(image.full_width, W);
        assert_int_equal(image.full_height, H);
        assert_int_equal(image.width, 2051);
        assert_int_equal(image.height, 2001);
        for (int i = 0; i < 2051 * 2001; i++) {
            bool at_right = i % 2051 == 2050, at_bottom = i / 2051 == 2000;
            uint8_t expected = at_right ? (at_bottom ? 0 : 20) : (at_bottom ? 100 : 110);
            assert_int_equal(image.rgb[3 * (size_t)i], expected);
        }
    }
}

static size_t peak_memory(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_maxrss * 1024;
}

/* Runs first: what other tests take would hide what this one does. */
static void a_png_of_nothing_takes_no_more_memory_than_its_result(void **state) {
    (void)state;
#if defined(__SANITIZE_THREAD__)
    skip(); /* shadow memory counts as ours */
#endif
    struct png png = png_kind(10000, 10000, 8, SPNG_COLOR_TYPE_GRAYSCALE);
    CLEANUP_BUFFER struct buffer file = png_of(png, NULL, 10000);
    assert_in_range(file.len, 1, 150 * 1024);
    size_t before = peak_memory();
    CLEANUP_IMAGE struct image image = decoded(buffer_bytes(&file));
    size_t result = (size_t)3334 * 3334 * 3;
    assert_int_equal(image.width, 3334);
    assert_int_equal(image.height, 3334);
    assert_in_range(peak_memory() - before, 0, result + 8 * 1024 * 1024);
}

static void interlaced_bombs_are_refused(void **state) {
    (void)state;
    struct png png = png_kind(10000, 10000, 1, SPNG_COLOR_TYPE_GRAYSCALE);
    png.interlaced = 1;
    CLEANUP_BUFFER struct buffer file = png_of(png, NULL, 1250);
    assert_refused(buffer_bytes(&file), ERROR_IMAGE_TOO_LARGE,
                   "10000 x 10000 pixels are too many for an interlaced PNG");
}

/* --- both --- */

static void sides_are_limited(void **state) {
    (void)state;
    CLEANUP_BUFFER struct buffer jpeg = photo_jpeg(TJSAMP_420, 0);
    set_jpeg_sides(&jpeg, 0xc0, 65535, 65535);
    assert_refused(buffer_bytes(&jpeg), ERROR_IMAGE_TOO_LARGE,
                   "Image size is too large: Input image dimensions 65535 x 65535 exceed maximum dimension "
                   "size of 10000 "
                   "pixels");
    set_jpeg_sides(&jpeg, 0xc0, 79, 80);
    assert_refused(
        buffer_bytes(&jpeg), ERROR_INVALID_PARAMETER,
        "Request has invalid parameters: the image is 79 x 80 pixels, both sides must be at least 80");
    set_jpeg_sides(&jpeg, 0xc0, 80, 0);
    assert_refused(buffer_bytes(&jpeg), ERROR_INVALID_IMAGE, "the JPEG holds no picture");
    CLEANUP_BUFFER struct buffer wide = png_of(png_kind(10001, 80, 1, SPNG_COLOR_TYPE_GRAYSCALE), NULL, 1251);
    assert_refused(buffer_bytes(&wide), ERROR_IMAGE_TOO_LARGE, "Input image dimensions 10001 x 80 exceed");
    CLEANUP_BUFFER struct buffer least = png_of(png_kind(80, 80, 1, SPNG_COLOR_TYPE_GRAYSCALE), NULL, 10);
    CLEANUP_IMAGE struct image image = decoded(buffer_bytes(&least));
    assert_int_equal(image.width, 80);
}

static void sides_are_named_as_the_photograph_stands(void **state) {
    (void)state;
    CLEANUP_BUFFER struct buffer file = turned_jpeg(6, false);
    set_jpeg_sides(&file, 0xc0, 100, 20000);
    assert_refused(buffer_bytes(&file), ERROR_IMAGE_TOO_LARGE, "dimensions 20000 x 100 exceed");
}

static void what_is_no_image_is_named(void **state) {
    (void)state;
    static const struct {
        struct bytes file;
        const char *text;
    } cases[] = {
        {{NULL, 0}, "Request has invalid image format: there are no bytes"},
        {BYTES_LITERAL("\xff\xd8"), "these bytes are neither JPEG nor PNG"},
        {BYTES_LITERAL("\x89PNG\r\n\x1a"), "these bytes are neither JPEG nor PNG"},
        {BYTES_LITERAL("hello"), "these bytes are neither JPEG nor PNG"},
        {BYTES_LITERAL("\xff\xd8\xff\xd9"), "the JPEG holds no picture"},
        {BYTES_LITERAL("/9j/4AAQSkZJRgABAQ"), "this is base64 text of a JPEG: it was encoded twice"},
        {BYTES_LITERAL("iVBORw0KGgoAAAAN"), "this is base64 text of a PNG: it was encoded twice"},
        {BYTES_LITERAL("data:image/jpeg;base64,/9j/4AAQ"), "this is a data: URL"},
        {BYTES_LITERAL("GIF89a"), "these bytes are GIF; send JPEG or PNG"},
        {BYTES_LITERAL("RIFF\x10\0\0\0WEBPVP8 "), "these bytes are WebP"},
        {BYTES_LITERAL("\0\0\0\x18"
                       "ftypheic\0\0\0\0"),
         "these bytes are HEIC"},
        {BYTES_LITERAL("\0\0\0\x18"
                       "ftypisom\0\0\0\0"),
         "these bytes are a video"},
        {BYTES_LITERAL("MM\0*\0\0\0\x08"), "these bytes are TIFF"},
        {BYTES_LITERAL("%PDF-1.7"), "these bytes are PDF"},
        {BYTES_LITERAL("<?xml version"), "these bytes are SVG, HTML or XML"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_refused(cases[i].file, ERROR_INVALID_IMAGE, cases[i].text);
}

static void flipped_bits_give_a_picture_or_an_error(void **state) {
    (void)state;
    struct buffer files[] = {photo_jpeg(TJSAMP_420, 0), photo_jpeg(TJSAMP_444, TJFLAG_PROGRESSIVE),
                             turned_jpeg(7, true), photo_png(0), photo_png(1)};
    uint32_t random = 1;
    int pictures = 0, errors = 0;
    for (int seed = 0; seed < 5000; seed++) {
        struct buffer *file = &files[seed % (int)ARRAY_LEN(files)];
        CLEANUP_FREE char *copy = malloc(file->len);
        memcpy(copy, file->data, file->len);
        for (int flips = seed % 7; flips >= 0; flips--) {
            random = random * 1664525 + 1013904223;
            /* Half of them early, where the structure is. */
            size_t at = (random >> 3) % (flips % 2 ? file->len : MIN(file->len, 700u));
            copy[at] = (char)(copy[at] ^ 1 << (random & 7));
        }
        CLEANUP_IMAGE struct image image = {0};
        struct error err = {.code = ERROR_COUNT};
        if (image_decode((struct bytes){copy, file->len}, &image, &err)) {
            assert_in_range((size_t)image.width * (size_t)image.height, 80 * 80, LIMIT_DECODED_PIXELS);
            pictures++;
        } else {
            assert_true(err.code == ERROR_INVALID_IMAGE || err.code == ERROR_IMAGE_TOO_LARGE ||
                        err.code == ERROR_INVALID_PARAMETER);
            errors++;
        }
    }
    assert_true(pictures > 100 && errors > 100);
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        buffer_release(&files[i]);
}

static void a_written_png_is_read_back(void **state) {
    (void)state;
    uint8_t rgb[WIDTH * HEIGHT * 3];
    fill_photo(rgb);
    struct image image = {rgb, WIDTH, HEIGHT, WIDTH, HEIGHT};
    char path[] = "/tmp/test-image-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    struct error err = {0};
    assert_true(image_write_png(&image, path, &err));
    char data[sizeof rgb];
    ssize_t len = read(descriptor, data, sizeof data);
    assert_in_range(len, 100, sizeof data - 1);
    assert_decodes_to_photo((struct bytes){data, (size_t)len}, 0);
    close(descriptor);
    unlink(path);
    assert_false(image_write_png(&image, "/nonexistent/picture.png", &err));
    assert_string_equal(err.text, "cannot create /nonexistent/picture.png: No such file or directory");
    assert_false(image_write_png(&image, "/dev/full", &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
}

static void a_released_image_is_empty(void **state) {
    (void)state;
    CLEANUP_BUFFER struct buffer file = photo_png(0);
    struct image image = decoded(buffer_bytes(&file));
    image_release(&image);
    assert_null(image.rgb);
    assert_int_equal(image.width, 0);
    image_release(&image);
}

/* What fuzz-image starts from. */
static int write_seeds(const char *folder) {
    struct buffer files[] = {photo_jpeg(TJSAMP_420, 0), photo_jpeg(TJSAMP_444, TJFLAG_PROGRESSIVE),
                             turned_jpeg(6, false), photo_png(0), photo_png(1)};
    int failures = 0;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%zu", folder, i);
        FILE *file = fopen(path, "wb");
        failures += !file || fwrite(files[i].data, 1, files[i].len, file) != files[i].len;
        failures += !file || fclose(file) != 0;
        buffer_release(&files[i]);
    }
    return failures != 0;
}

/* With a folder as its argument it writes seeds there, and tests nothing. */
int main(int argc, char **argv) {
    if (argc == 2)
        return write_seeds(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_png_of_nothing_takes_no_more_memory_than_its_result),
        cmocka_unit_test(jpegs_of_every_kind_are_decoded),
        cmocka_unit_test(grey_jpegs_become_rgb),
        cmocka_unit_test(cmyk_jpegs_become_rgb),
        cmocka_unit_test(all_orientations_are_turned_upright),
        cmocka_unit_test(jpegs_cut_anywhere_are_refused),
        cmocka_unit_test(a_thumbnail_does_not_hide_that_the_jpeg_is_cut),
        cmocka_unit_test(mere_warnings_are_forgiven),
        cmocka_unit_test(an_error_after_a_warning_is_an_error),
        cmocka_unit_test(unusual_sampling_is_decoded),
        cmocka_unit_test(large_jpegs_are_reduced_by_powers_of_two),
        cmocka_unit_test(progressive_bombs_are_refused),
        cmocka_unit_test(rgb_pngs_are_decoded_exactly),
        cmocka_unit_test(grey_pngs_of_every_depth_become_rgb),
        cmocka_unit_test(transparent_pngs_are_laid_over_white),
        cmocka_unit_test(transparent_colours_are_laid_over_white),
        cmocka_unit_test(of_an_animation_the_first_picture_counts),
        cmocka_unit_test(chunks_beside_the_picture_are_not_looked_at),
        cmocka_unit_test(damaged_pngs_are_refused),
        cmocka_unit_test(pngs_cut_anywhere_are_refused),
        cmocka_unit_test(large_pngs_are_averaged_in_square_cells),
        cmocka_unit_test(interlaced_bombs_are_refused),
        cmocka_unit_test(sides_are_limited),
        cmocka_unit_test(sides_are_named_as_the_photograph_stands),
        cmocka_unit_test(what_is_no_image_is_named),
        cmocka_unit_test(flipped_bits_give_a_picture_or_an_error),
        cmocka_unit_test(a_written_png_is_read_back),
        cmocka_unit_test(a_released_image_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
