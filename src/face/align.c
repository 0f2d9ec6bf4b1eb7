/* With both point sets centred on their means, the best similarity from p to q has the closed form
 *     a = sum(p.x q.x + p.y q.y) / sum(|p|^2),   b = sum(p.x q.y - p.y q.x) / sum(|p|^2)
 * for q = (a -b; b a) p: what Umeyama's method (PAMI 13, 1991) gives in the plane. It is fitted from the
 * photograph to the template, as embedders were trained, and then inverted for the warp. */
#include <math.h>
#include "face/align.h"

const struct align_template align_arcface = {ALIGN_SIZE,
                                             {{38.2946f, 51.6963f},
                                              {73.5318f, 51.5014f},
                                              {56.0252f, 71.7366f},
                                              {41.5493f, 92.3655f},
                                              {70.7299f, 92.2041f}}};

const struct align_template align_dlib = {
    150,
    {{47.815f, 47.433f}, {100.253f, 47.395f}, {73.869f, 81.402f}, {51.029f, 105.300f}, {97.357f, 105.186f}}};

static struct point mean_point(const struct point points[FACE_LANDMARKS]) {
    struct point mean = {0, 0};
    for (int i = 0; i < FACE_LANDMARKS; i++) {
        mean.x += points[i].x / FACE_LANDMARKS;
        mean.y += points[i].y / FACE_LANDMARKS;
    }
    return mean;
}

bool align_map(const struct align_template *template, const struct point landmarks[FACE_LANDMARKS],
               struct affine *ret_map) {
    struct point from = mean_point(landmarks), to = mean_point(template->points);
    float a = 0, b = 0, spread = 0;
    for (int i = 0; i < FACE_LANDMARKS; i++) {
        float px = landmarks[i].x - from.x, py = landmarks[i].y - from.y;
        float qx = template->points[i].x - to.x, qy = template->points[i].y - to.y;
        a += px * qx + py * qy;
        b += px * qy - py * qx;
        spread += px * px + py * py;
    }
    float square = (a * a + b * b) / spread;
    if (!(spread > 1e-6f) || !(square > 1e-12f) || !isfinite(square))
        return false;
    /* The inverse of (a -b; b a) / spread. */
    float c = a / square, s = b / square;
    *ret_map = (struct affine){.a = c,
                               .b = s,
                               .c = from.x - c * to.x - s * to.y,
                               .d = -s,
                               .e = c,
                               .f = from.y + s * to.x - c * to.y};
    return true;
}

/* Averages times x times pixels of `in` into each of `out`. */
static void reduce(const float *in, int size, int times, float *out) {
    int side = size * times;
    float share = 1 / (float)(times * times);
    for (int plane = 0; plane < 3; plane++)
        for (int v = 0; v < size; v++)
            for (int u = 0; u < size; u++) {
                const float *from = in + (size_t)plane * (size_t)side * (size_t)side +
                                    (size_t)(v * times * side + u * times);
                float sum = 0;
                for (int y = 0; y < times; y++)
                    for (int x = 0; x < times; x++)
                        sum += from[y * side + x];
                *out++ = sum * share;
            }
}

void align_warp(const struct image *image, struct affine map, int size, enum plane_order order,
                float *scratch, float *out) {
    int times = (int)fminf(ALIGN_OVERSAMPLE_MAX, roundf(hypotf(map.a, map.d)));
    if (times <= 1) {
        resample_warp(image, map, order, size, out);
        return;
    }
    float step = 1 / (float)times, shift = (step - 1) / 2;
    struct affine finer = {map.a * step, map.b * step, map.c + (map.a + map.b) * shift,
                           map.d * step, map.e * step, map.f + (map.d + map.e) * shift};
    resample_warp(image, finer, order, size * times, scratch);
    reduce(scratch, size, times, out);
}
