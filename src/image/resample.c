/* Scaling is separable: an out pixel is a weighted sum of columns, each a weighted sum of rows. Rows first:
 * the bytes of the rows that an out row needs are summed into one row of floats, element by element, which
 * the compiler turns into vector code; then each out pixel takes its columns from there, one vector of four
 * floats (red, green, blue, and one unused) a column.
 *
 * Along an axis an out pixel needs a span of pixels. Weights within a span differ only at its ends: where it
 * shrinks, pixels inside count fully and those at the ends by how much of them is covered; where it grows,
 * there are just the two ends.
 *
 * Work goes by strips of out columns, so that the row of floats stays in the nearest cache and the spans of
 * the columns fit the stack. */
#include <assert.h>
#include <math.h>

#include "image/resample.h"
#include "base/limits.h"

#define INLINE static inline __attribute__((always_inline))

enum {
    STRIP = 256, /* out columns */
    BLOCK = 16,  /* elements that the compiler sees as one loop of known length */
    SPARE = 8,   /* floats behind the row that are read and weigh nothing */
};

typedef float pixel_sum __attribute__((vector_size(16)));

struct span {
    int first, last;        /* pixels, both included */
    float head, body, tail; /* weights of the first, of each between (0 when there is none), of the last */
};

static struct span span_of_area(double start, double end, int size) {
    end = fmin(end, size);
    int first = MIN((int)start, size - 1);
    int last = MAX((int)ceil(end) - 1, first);
    if (first == last)
        return (struct span){first, last, 1, 0, 0};
    double length = end - start;
    float body = last - first > 1 ? (float)(1 / length) : 0;
    return (struct span){first, last, (float)((first + 1 - start) / length), body,
                         (float)((end - last) / length)};
}

static struct span span_of_point(double centre, int size) {
    centre = fmin(fmax(centre, 0), size - 1);
    int first = (int)centre, last = MIN(first + 1, size - 1);
    float tail = (float)(centre - first);
    return (struct span){first, last, 1 - tail, 0, tail};
}

/* One side of the rectangle. */
struct axis {
    double origin, length; /* in pixels of the image */
    double step;           /* pixels of the image an out pixel */
    int size;              /* of the image */
    int covered;           /* out pixels */
};

static struct axis axis_new(float origin, float length, float scale, int size, int out_size) {
    double covered = fmin(round((double)length * (double)scale), out_size);
    return (struct axis){(double)origin, (double)length, 1 / (double)scale, size, (int)covered};
}

static struct span axis_span(const struct axis *axis, int out) {
    double start = axis->origin + out * axis->step;
    if (axis->step > 1)
        return span_of_area(start, fmin(start + axis->step, axis->origin + axis->length), axis->size);
    return span_of_point(start + axis->step / 2 - 0.5, axis->size);
}

INLINE void mix_elements(float *restrict sum, int count, const uint8_t *restrict a, float weight_a,
                         const uint8_t *restrict b, float weight_b) {
    for (int i = 0; i < count; i++)
        sum[i] = weight_a * (float)a[i] + weight_b * (float)b[i];
}

static void mix_rows(float *sum, int count, const uint8_t *a, float weight_a, const uint8_t *b,
                     float weight_b) {
    int i = 0;
    for (; i + BLOCK <= count; i += BLOCK)
        mix_elements(sum + i, BLOCK, a + i, weight_a, b + i, weight_b);
    mix_elements(sum + i, count - i, a + i, weight_a, b + i, weight_b);
}

INLINE void add_elements(float *restrict sum, int count, const uint8_t *restrict a, float weight) {
    for (int i = 0; i < count; i++)
        sum[i] += weight * (float)a[i];
}

static void add_row(float *sum, int count, const uint8_t *a, float weight) {
    int i = 0;
    for (; i + BLOCK <= count; i += BLOCK)
        add_elements(sum + i, BLOCK, a + i, weight);
    add_elements(sum + i, count - i, a + i, weight);
}

/* count bytes of the rows of a span, from column `first` on. */
static void sum_rows(const struct image *image, struct span rows, int first, int count, float *sum) {
    size_t pitch = (size_t)image->width * 3;
    const uint8_t *column = image->rgb + (size_t)first * 3;
    mix_rows(sum, count, column + (size_t)rows.first * pitch, rows.head, column + (size_t)rows.last * pitch,
             rows.tail);
    for (int y = rows.first + 1; y < rows.last; y++)
        add_row(sum, count, column + (size_t)y * pitch, rows.body);
    memset(sum + count, 0, SPARE * sizeof *sum);
}

INLINE pixel_sum pixel_at(const float *row) {
    pixel_sum pixel;
    memcpy(&pixel, row, sizeof pixel);
    return pixel;
}

/* Spans count floats of the row here. */
static void sum_columns(const float *row, const struct span *spans, int count, float *restrict red,
                        float *restrict green, float *restrict blue) {
    for (int x = 0; x < count; x++) {
        struct span span = spans[x];
        const float *first = row + span.first, *last = row + span.last;
        /* Most spans have a column between the ends; where there is none, body is 0. */
        pixel_sum sum = pixel_at(first) * span.head + pixel_at(first + 3) * span.body +
                        pixel_at(last) * span.tail;
        for (const float *between = first + 6; between < last; between += 3)
            sum += pixel_at(between) * span.body;
        red[x] = sum[0];
        green[x] = sum[1];
        blue[x] = sum[2];
    }
}

struct planes {
    float *red, *green, *blue;
};

static struct planes planes_of(float *out, size_t area, enum plane_order order) {
    float *first = out, *last = out + 2 * area;
    return order == PLANES_RGB ? (struct planes){first, out + area, last}
                               : (struct planes){last, out + area, first};
}

static void scale_strip(const struct image *image, const struct axis *across, const struct axis *down,
                        int left, int count, struct planes planes, int pitch) {
    float row[3 * LIMIT_IMAGE_SIDE_MAX + SPARE];
    struct span spans[STRIP];
    int base = axis_span(across, left).first;
    for (int x = 0; x < count; x++) {
        spans[x] = axis_span(across, left + x);
        spans[x].first = (spans[x].first - base) * 3;
        spans[x].last = (spans[x].last - base) * 3;
    }
    int elements = spans[count - 1].last + 3;
    for (int y = 0; y < down->covered; y++) {
        size_t at = (size_t)y * (size_t)pitch + (size_t)left;
        sum_rows(image, axis_span(down, y), base, elements, row);
        sum_columns(row, spans, count, planes.red + at, planes.green + at, planes.blue + at);
    }
}

static void clear_uncovered(float *plane, int width, int height, int covered_width, int covered_height) {
    for (int y = 0; y < height; y++) {
        int covered = y < covered_height ? covered_width : 0;
        memset(plane + (size_t)y * (size_t)width + covered, 0, (size_t)(width - covered) * sizeof *plane);
    }
}

void resample_scale(const struct image *image, float left, float top, float width, float height, float scale,
                    enum plane_order order, int out_width, int out_height, float *out) {
    assert(image->width <= LIMIT_IMAGE_SIDE_MAX && left >= 0 && top >= 0 && scale > 0);
    struct axis across = axis_new(left, width, scale, image->width, out_width);
    struct axis down = axis_new(top, height, scale, image->height, out_height);
    size_t area = (size_t)out_width * (size_t)out_height;
    struct planes planes = planes_of(out, area, order);
    for (int x = 0; x < across.covered; x += STRIP)
        scale_strip(image, &across, &down, x, MIN(STRIP, across.covered - x), planes, out_width);
    for (int i = 0; i < 3; i++)
        clear_uncovered(out + (size_t)i * area, out_width, out_height, across.covered, down.covered);
}

/* Between four pixels that are all there. */
static void sample_inside(const struct image *image, double x, double y, float ret_rgb[3]) {
    int left = (int)x, top = (int)y;
    float right = (float)(x - left), down = (float)(y - top);
    const uint8_t *upper = image->rgb + ((size_t)top * (size_t)image->width + (size_t)left) * 3,
                  *lower = upper + (size_t)image->width * 3;
    for (int c = 0; c < 3; c++) {
        float above = (float)upper[c] + right * (float)(upper[c + 3] - upper[c]);
        float below = (float)lower[c] + right * (float)(lower[c + 3] - lower[c]);
        ret_rgb[c] = above + down * (below - above);
    }
}

/* Between four pixels, black where there is no image. */
static void sample_edge(const struct image *image, double x, double y, float ret_rgb[3]) {
    int left = (int)floor(x), top = (int)floor(y);
    float right = (float)(x - left), down = (float)(y - top);
    memset(ret_rgb, 0, 3 * sizeof *ret_rgb);
    for (int i = 0; i < 4; i++) {
        int column = left + (i & 1), row = top + (i >> 1);
        if (column < 0 || row < 0 || column >= image->width || row >= image->height)
            continue;
        float weight = (i & 1 ? right : 1 - right) * (i >> 1 ? down : 1 - down);
        const uint8_t *rgb = image->rgb + ((size_t)row * (size_t)image->width + (size_t)column) * 3;
        for (int c = 0; c < 3; c++)
            ret_rgb[c] += weight * (float)rgb[c];
    }
}

void resample_warp(const struct image *image, struct affine map, enum plane_order order, int out_size,
                   float *out) {
    struct planes planes = planes_of(out, (size_t)out_size * (size_t)out_size, order);
    size_t at = 0;
    for (int v = 0; v < out_size; v++)
        for (int u = 0; u < out_size; u++, at++) {
            double x = (double)map.a * u + (double)map.b * v + (double)map.c;
            double y = (double)map.d * u + (double)map.e * v + (double)map.f;
            float rgb[3] = {0};
            /* False for what is not a number, too. */
            if (x >= 0 && y >= 0 && x < image->width - 1 && y < image->height - 1)
                sample_inside(image, x, y, rgb);
            else if (x > -1 && y > -1 && x < image->width && y < image->height)
                sample_edge(image, x, y, rgb);
            planes.red[at] = rgb[0];
            planes.green[at] = rgb[1];
            planes.blue[at] = rgb[2];
        }
}
