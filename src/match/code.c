/* A number becomes one of 16 levels, evenly spaced and symmetric about zero. The outermost level lies at
 * CLIP times the root mean square, or at the largest number when that is nearer: for numbers spread like a
 * bell, 16 levels miss least so (11 % of the length), and the few numbers beyond are made good by the fine
 * half. No rotation and no training comes before it: networks are trained to use their dimensions evenly, and
 * what does not need to be learned cannot drift away from a growing gallery.
 *
 * Rounding: with n numbers and a unit roundoff of 2^-24, a sum of products in floats, 16 sums side by side,
 * misses by at most (n / 16 + 20) roundoffs of the product of the lengths. `roundoff` takes eight times that,
 * which covers the arithmetic here as well. TINY is for squares too small for a float. Lengths above
 * LENGTH_MAX are not worked with at all: their rows are kept by every bound. */
#include <math.h>
#include "match/code.h"

#define CLIP 2.55f
#define FINE_CLIP 3.0f
#define TINY 1e-17f
#define LENGTH_MAX 1e15f

/* As wide as the registers that every processor of its kind has. */
typedef float four __attribute__((vector_size(4 * sizeof(float))));
typedef int32_t four_ints __attribute__((vector_size(4 * sizeof(int32_t))));
enum { FOURS_MAX = CODE_DIMENSION_MAX / 4 };

struct code_shape code_shape_of(size_t dimension) {
    size_t width = (dimension + KERNEL_WIDTH - 1) / KERNEL_WIDTH * KERNEL_WIDTH;
    return (struct code_shape){dimension, width, kernel_group_bytes(width), 2 * sizeof(float) + width / 2};
}

static float roundoff(const struct code_shape *shape) {
    return ((float)shape->dimension / 16 + 20) * 0x1p-21f;
}

#define choose(mask, a, b) ((four)(((mask) & (four_ints)(a)) | (~(mask) & (four_ints)(b))))

/* Four sums of four side by side, so that they do not wait for each other. */
static float length_of(const four *numbers, size_t fours) {
    four squares[4] = {{0}};
    for (size_t i = 0; i < fours; i += 4)
        for (size_t k = 0; k < 4; k++)
            squares[k] += numbers[i + k] * numbers[i + k];
    four square = squares[0] + squares[1] + (squares[2] + squares[3]);
    return sqrtf(square[0] + square[1] + (square[2] + square[3]));
}

static float largest_of(const four *numbers, size_t fours) {
    four largest = {0};
    for (size_t i = 0; i < fours; i++) {
        four number = (four)((four_ints)numbers[i] & INT32_MAX);
        largest = choose(number > largest, number, largest);
    }
    float most = 0;
    for (int i = 0; i < 4; i++)
        most = MAX(most, largest[i]);
    return most;
}

/* The levels of four numbers, of which the rest stays. */
static four_ints take_level(four *numbers, float scale, float inverse) {
    const four none = {0};
    four level = *numbers * inverse + 8;
    level = choose(level > 0, level, none);
    level = choose(level < 15, level, none + 15);
    four_ints levels = __builtin_convertvector(level, four_ints);
    *numbers -= scale * (__builtin_convertvector(levels, four) - 7.5f);
    return levels;
}

/* Takes what the codes say away from the numbers: the rest stays. */
static float quantise(four *numbers, size_t dimension, size_t fours, float length, float clip,
                      uint8_t *codes) {
    float most = MIN(largest_of(numbers, fours), clip * length / sqrtf((float)dimension));
    float scale = most / 7.5f, inverse = scale > 0 ? 1 / scale : 0;
    if (!isfinite(inverse))
        scale = inverse = 0;
    for (size_t i = 0; i < fours; i += 2) {
        four_ints low = take_level(&numbers[i], scale, inverse),
                  high = take_level(&numbers[i + 1], scale, inverse);
        four_ints both = low | high << 4;
        for (size_t k = 0; k < 4; k++)
            codes[2 * i + k] = (uint8_t)both[k];
    }
    return scale;
}

/* The padding became half a level: there is no number that it could miss. */
static void clear_padding(four *numbers, const struct code_shape *shape) {
    memset((char *)numbers + shape->dimension * sizeof(float), 0,
           (shape->width - shape->dimension) * sizeof(float));
}

void code_make(const struct code_shape *shape, const float *vector, struct code *ret_code) {
    four numbers[FOURS_MAX];
    size_t fours = shape->width / 4;
    memcpy(numbers, vector, shape->dimension * sizeof *vector);
    clear_padding(numbers, shape);
    float length = length_of(numbers, fours), lost = roundoff(shape) * length + TINY;
    if (!(length < LENGTH_MAX)) {
        memset(ret_code, 0, sizeof *ret_code);
        ret_code->reach = ret_code->fine_reach = ret_code->length = INFINITY;
        return;
    }
    ret_code->scale = quantise(numbers, shape->dimension, fours, length, CLIP, ret_code->coarse);
    clear_padding(numbers, shape);
    float rest = length_of(numbers, fours);
    ret_code->fine_scale = quantise(numbers, shape->dimension, fours, rest, FINE_CLIP, ret_code->fine);
    clear_padding(numbers, shape);
    float fine_rest = length_of(numbers, fours);
    ret_code->reach = rest + lost;
    ret_code->fine_reach = fine_rest + lost;
    ret_code->length = length + MAX(rest, fine_rest) + lost;
}

static void write_lane(const struct code_shape *shape, const uint8_t *codes, float scale, float reach,
                       uint8_t *group, size_t lane) {
    for (size_t line = 0; line < shape->width / 8; line++)
        memcpy(group + line * KERNEL_LINE + lane * 4, codes + line * 4, 4);
    float *scales = (float *)(group + shape->width / 8 * KERNEL_LINE);
    scales[lane] = scale;
    scales[KERNEL_GROUP + lane] = reach;
}

void code_write(const struct code_shape *shape, const struct code *code, uint8_t *group, size_t lane,
                uint8_t *fine) {
    write_lane(shape, code->coarse, code->scale, code->reach, group, lane);
    memcpy(fine, &code->fine_scale, sizeof(float));
    memcpy(fine + sizeof(float), &code->fine_reach, sizeof(float));
    memcpy(fine + 2 * sizeof(float), code->fine, shape->width / 2);
}

void code_erase(const struct code_shape *shape, uint8_t *group, size_t lane, uint8_t *fine) {
    static const struct code none = {.reach = -INFINITY, .fine_reach = -INFINITY};
    code_write(shape, &none, group, lane, fine);
}

bool code_erased(const uint8_t *fine) {
    float reach;
    memcpy(&reach, fine + sizeof reach, sizeof reach); /* behind the scale */
    return reach < 0;
}

struct kernel_probe code_probe(const struct code_shape *shape, const float *vector, int8_t *bytes) {
    four numbers[FOURS_MAX];
    float *number = (float *)numbers;
    size_t fours = shape->width / 4;
    struct kernel_probe probe = {.low = bytes, .high = bytes + shape->width / 2};
    memset(bytes, 0, shape->width);
    memcpy(numbers, vector, shape->dimension * sizeof *vector);
    clear_padding(numbers, shape);
    float length = length_of(numbers, fours), step = largest_of(numbers, fours) / 127;
    if (!(length < LENGTH_MAX)) { /* or not a number */
        probe.norm = probe.error = INFINITY;
        return probe;
    }
    for (size_t i = 0; step > TINY && i < shape->dimension; i++) {
        float rounded = rintf(number[i] / step);
        bytes[i % 8 / 4 * shape->width / 2 + i / 8 * 4 + i % 4] = (int8_t)rounded;
        number[i] -= step * rounded;
        probe.sum += (int32_t)rounded;
    }
    float lost = roundoff(shape) * length + TINY;
    probe.half_step = step > TINY ? step / 2 : 0;
    probe.norm = length + lost;
    probe.error = length_of(numbers, fours) + lost;
    return probe;
}

struct code_range code_range(const struct code_shape *shape, const struct kernel *kernel,
                             const struct kernel_probe *probe, float score, float longest,
                             const uint8_t *fine) {
    float scale, reach;
    memcpy(&scale, fine, sizeof scale);
    memcpy(&reach, fine + sizeof scale, sizeof reach);
    if (reach < 0)
        return (struct code_range){-INFINITY, -INFINITY};
    int32_t sum = kernel->refine(probe, fine + 2 * sizeof(float), shape->width);
    float middle = score + (float)(2 * sum - 15 * probe->sum) * (probe->half_step * scale);
    float away = reach * probe->norm + (longest * probe->error + KERNEL_SLACK);
    return (struct code_range){middle - away, middle + away};
}
