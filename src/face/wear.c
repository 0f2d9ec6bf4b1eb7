/* No network that may be used commercially tells glasses and beards, but pixels do. All is measured on one
 * picture of the face in the aligned frame, in logarithms, so that lighting cancels out:
 *
 *   light   of the brightness
 *   red     of red over green, which hair lowers against skin
 *   fine    how far a pixel differs from its neighbours: texture
 *
 * Eyeglasses: a frame draws lines from left to right where a bare face is smooth: over the bridge of the
 * nose, at the temples, under the eyes. The strength of such lines there (brightness averaged over five
 * pixels along the line, second difference across it) is set against the cheeks' texture.
 *
 * Sunglasses: most of what lies around each eye is darker than the cheeks, and there are lines as of glasses.
 *
 * Beard and moustache: the chin or the upper lip, found by the mesh, is less red, finer in texture and darker
 * (or, for a grey beard, lighter) than the cheeks.
 *
 * Each measure is a sum with round weights, chosen by hand and checked against labelled photographs; the
 * model card has the shares of right answers. The scale turns it into a logarithm of odds. */
#include <math.h>
#include "face/wear.h"
#include "face/chip.h"

enum { SIZE = 160, LEFT = -24, TOP = -16, PLANE = SIZE * SIZE };

/* Pixels are units of the aligned frame, moved by LEFT and TOP. */
struct picture {
    float planes[3 * PLANE];  /* as cut; then the first two are: */
    const float *light, *red; /* see above */
};

/* Columns left to right - 1, rows top to bottom - 1, in the aligned frame. */
struct patch {
    int left, right, top, bottom;
};

struct scale {
    float middle, slope;
};

static const struct patch bridge = {51, 60, 47, 56}, temples[2] = {{13, 22, 48, 56}, {88, 97, 48, 56}},
                          rims[2] = {{26, 46, 64, 73}, {64, 84, 64, 73}},
                          cheeks[2] = {{24, 40, 76, 90}, {70, 86, 76, 90}},
                          eyes[2] = {{28, 49, 46, 64}, {63, 84, 46, 64}};

/* Points of the mesh, both sides in turn; 0 ends a list. */
static const int mesh_cheeks[] = {50, 280, 117, 346, 101, 330, 0};
static const int mesh_chin[] = {175, 199, 171, 396, 208, 428, 0};
static const int mesh_jaw[] = {202, 422, 204, 424, 32, 262, 194, 418, 0};
static const int mesh_lip[] = {167, 164, 393, 0};
static const int mesh_lip_left[] = {167, 165, 37, 0}, mesh_lip_right[] = {393, 391, 267, 0};
static const int mesh_lip_sides[] = {165, 391, 167, 393, 92, 322, 0};

/* Where right answers are as frequent among those who wear it as among those who do not, or more frequent
 * among the latter, who are many; and how fast they become sure. */
static const struct scale eyeglasses_scale = {-4.95f, 3}, sunglasses_scale = {-0.16f, 7},
                          beard_scale = {3.9f, 1.2f}, mustache_scale = {3.1f, 1.7f}, mask_scale = {0, 1};

static void take_picture(const struct image *image, struct affine map, struct picture *picture) {
    float *first = picture->planes, *second = first + PLANE, *third = second + PLANE;
    chip_cut(image, map, (struct chip){LEFT, TOP, SIZE}, SIZE, first);
    for (int i = 0; i < PLANE; i++) {
        float red = first[i], green = second[i], blue = third[i];
        first[i] = logf(0.299f * red + 0.587f * green + 0.114f * blue + 8);
        second[i] = logf((red + 8) / (green + 8));
    }
    picture->light = first;
    picture->red = second;
}

static int at(int x, int y) {
    return (y - TOP) * SIZE + x - LEFT;
}

static struct face_trait trait_of(float measure, struct scale scale) {
    float odds = scale.slope * (measure - scale.middle);
    return (struct face_trait){odds > 0, 100 / (1 + expf(-fabsf(odds)))};
}

/* The logarithm of how strong lines from left to right are. */
static float lines(const float *light, struct patch patch) {
    float sum = 0;
    for (int y = patch.top; y < patch.bottom; y++)
        for (int x = patch.left; x < patch.right; x++) {
            float across = 0;
            for (int i = -2; i <= 2; i++) {
                const float *pixel = light + at(x + i, y);
                across += 2 * pixel[0] - pixel[-SIZE] - pixel[SIZE];
            }
            sum += fabsf(across / 5);
        }
    return logf(sum / (float)((patch.right - patch.left) * (patch.bottom - patch.top)) + 0.003f);
}

static float measure_eyeglasses(const float *light) {
    return lines(light, bridge) +
           (lines(light, temples[0]) + lines(light, temples[1]) + lines(light, rims[0]) +
            lines(light, rims[1]) - lines(light, cheeks[0]) - lines(light, cheeks[1])) /
               4;
}

static float mean_light(const float *light, struct patch patch) {
    float sum = 0;
    for (int y = patch.top; y < patch.bottom; y++)
        for (int x = patch.left; x < patch.right; x++)
            sum += light[at(x, y)];
    return sum / (float)((patch.right - patch.left) * (patch.bottom - patch.top));
}

static int compare_floats(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* What seven tenths of the patch are darker than. */
static float upper_light(const float *light, struct patch patch) {
    float values[32 * 32];
    int count = 0;
    for (int y = patch.top; y < patch.bottom; y++)
        for (int x = patch.left; x < patch.right; x++)
            values[count++] = light[at(x, y)];
    qsort(values, (size_t)count, sizeof *values, compare_floats);
    return values[count * 7 / 10];
}

static float measure_sunglasses(const float *light) {
    float cheek = (mean_light(light, cheeks[0]) + mean_light(light, cheeks[1])) / 2;
    float eye = fmaxf(upper_light(light, eyes[0]), upper_light(light, eyes[1]));
    return cheek - eye + measure_eyeglasses(light) / 10;
}

struct skin {
    float light, red, fine;
};

/* The picture around a point: means of 5 x 5 pixels, texture of 7 x 7. */
static struct skin skin_at(const struct picture *picture, int x, int y) {
    struct skin skin = {0, 0, 0};
    x = MIN(MAX(x, LEFT + 4), LEFT + SIZE - 5);
    y = MIN(MAX(y, TOP + 4), TOP + SIZE - 5);
    for (int j = -3; j <= 3; j++)
        for (int i = -3; i <= 3; i++) {
            const float *light = picture->light + at(x + i, y + j);
            skin.fine += fabsf(2 * light[0] - light[-SIZE] - light[SIZE]) +
                         fabsf(2 * light[0] - light[-1] - light[1]);
            if (abs(i) <= 2 && abs(j) <= 2) {
                skin.light += *light / 25;
                skin.red += picture->red[at(x + i, y + j)] / 25;
            }
        }
    skin.fine = logf(skin.fine / 49 + 0.004f);
    return skin;
}

/* The mean over points of the mesh. inverse: from pixels of the photograph to the aligned frame. */
static struct skin mean_skin(const struct picture *picture, const struct mesh *mesh, struct affine inverse,
                             const int *points) {
    struct skin mean = {0, 0, 0};
    int count = 0;
    for (; points[count]; count++) {
        struct point p = mesh->points[points[count]];
        float x = inverse.a * p.x + inverse.b * p.y + inverse.c,
              y = inverse.d * p.x + inverse.e * p.y + inverse.f;
        struct skin skin = skin_at(picture, (int)fminf(fmaxf(roundf(x), LEFT), LEFT + SIZE),
                                   (int)fminf(fmaxf(roundf(y), TOP), TOP + SIZE));
        mean.light += skin.light;
        mean.red += skin.red;
        mean.fine += skin.fine;
    }
    return (struct skin){mean.light / (float)count, mean.red / (float)count, mean.fine / (float)count};
}

/* From pixels of the full-size photograph to the aligned frame. */
static struct affine invert(const struct image *image, struct affine map) {
    float x = (float)image->width / (float)image->full_width,
          y = (float)image->height / (float)image->full_height, area = map.a * map.e - map.b * map.d;
    struct affine inverse = {map.e / area, -map.b / area, 0, -map.d / area, map.a / area, 0};
    float left = map.c + 0.5f, top = map.f + 0.5f;
    return (struct affine){inverse.a * x, inverse.b * y, -inverse.a * left - inverse.b * top,
                           inverse.d * x, inverse.e * y, -inverse.d * left - inverse.e * top};
}

/* How much more likely a face that looks so has hair on it, in logarithms of odds; 0 when it is not known. */
static float male_odds(const struct face_attributes *attributes) {
    if (!(attributes->present & FACE_GENDER))
        return 0;
    float male = (attributes->male ? attributes->gender_confidence : 100 - attributes->gender_confidence) /
                 100;
    return logf((male + 0.1f) / (1.1f - male));
}

static float measure_beard(const struct picture *picture, const struct mesh *mesh, struct affine inverse) {
    struct skin cheek = mean_skin(picture, mesh, inverse, mesh_cheeks),
                chin = mean_skin(picture, mesh, inverse, mesh_chin),
                jaw = mean_skin(picture, mesh, inverse, mesh_jaw),
                lip = mean_skin(picture, mesh, inverse, mesh_lip);
    return 15 * (cheek.red - chin.red) + 2.5f * (jaw.fine - cheek.fine) + (cheek.light - lip.light) +
           2 * fabsf(cheek.light - chin.light);
}

/* The darkness that counts is that of the lighter side: a shadow falls on one. */
static float measure_mustache(const struct picture *picture, const struct mesh *mesh, struct affine inverse) {
    struct skin cheek = mean_skin(picture, mesh, inverse, mesh_cheeks),
                lip = mean_skin(picture, mesh, inverse, mesh_lip),
                left = mean_skin(picture, mesh, inverse, mesh_lip_left),
                right = mean_skin(picture, mesh, inverse, mesh_lip_right),
                sides = mean_skin(picture, mesh, inverse, mesh_lip_sides);
    return 4 * (cheek.light - fmaxf(left.light, right.light)) + (sides.fine - cheek.fine) +
           10 * (cheek.red - lip.red);
}

static void describe_hair(const struct picture *picture, const struct mesh *mesh, struct affine inverse,
                          unsigned wanted, struct face_attributes *attributes) {
    float male = 0.8f * male_odds(attributes);
    attributes->beard = trait_of(measure_beard(picture, mesh, inverse) + male, beard_scale);
    attributes->mustache = trait_of(measure_mustache(picture, mesh, inverse) + male, mustache_scale);
    attributes->present |= wanted & (FACE_BEARD | FACE_MUSTACHE);
}

static void describe_picture(const struct image *image, struct affine map, const struct mesh *mesh,
                             unsigned wanted, struct face_attributes *attributes) {
    struct picture picture;
    take_picture(image, map, &picture);
    attributes->eyeglasses = trait_of(measure_eyeglasses(picture.light), eyeglasses_scale);
    attributes->sunglasses = trait_of(measure_sunglasses(picture.light), sunglasses_scale);
    attributes->present |= wanted & (FACE_EYEGLASSES | FACE_SUNGLASSES);
    if (mesh && wanted & (FACE_BEARD | FACE_MUSTACHE))
        describe_hair(&picture, mesh, invert(image, map), wanted, attributes);
}

static bool describe_cover(struct network_requests *requests, const struct image *image, struct affine map,
                           struct face_attributes *attributes, struct error *err) {
    enum { MASK_SIZE = 224 };
    static const struct chip place = {-10, -10, 132};
    const struct infer_shape shape = {4, {1, 3, MASK_SIZE, MASK_SIZE}};
    const struct network *network;
    struct infer_output outputs[INFER_OUTPUTS_MAX];
    if (!network_find(requests, "mask", "mask-mobilenet", shape, &network, err))
        return false;
    if (!network)
        return true;
    float *input = infer_shape(network->request, shape, err);
    if (!input)
        return false;
    chip_cut(image, map, place, MASK_SIZE, input);
    for (int i = 0; i < 3 * MASK_SIZE * MASK_SIZE; i++)
        input[i] = input[i] / 127.5f - 1;
    if (!infer_run(network->request, outputs, err))
        return false;
    if (outputs[0].len != 2)
        return error_set(err, ERROR_INTERNAL, "the mask model gives %zu shares, 2 are known", outputs[0].len);
    attributes->occluded = trait_of(logf((outputs[0].data[0] + 1e-4f) / (outputs[0].data[1] + 1e-4f)),
                                    mask_scale);
    /* Dark glasses cover a face too. */
    if (attributes->sunglasses.value && !attributes->occluded.value)
        attributes->occluded = attributes->sunglasses;
    attributes->present |= FACE_OCCLUDED;
    return true;
}

bool wear_describe(struct network_requests *requests, const struct image *image, struct affine map,
                   const struct mesh *mesh, unsigned wanted, struct face_attributes *attributes,
                   struct error *err) {
    describe_picture(image, map, mesh, wanted, attributes);
    return !(wanted & FACE_OCCLUDED) || describe_cover(requests, image, map, attributes, err);
}
