/* A network looks at a square crop of 256 x 256 pixels, in which the head stands upright and fills two
 * thirds, and gives 478 points in pixels of the crop; the last ten, two irises, are refined together with the
 * lips and the lids (Attention Mesh). A second output tells whether there is a face at all.
 *
 * Where the crop lies: MediaPipe takes the box of its own detector, or, in a film, the mesh of the picture
 * before: its bounding square, 1.5 times as large, turned so that the outer corners of the eyes are level. We
 * look for that square. From the detector's box (YuNet's reaches from the hairline to the chin) it is the one
 * about the box's centre, a little lower, 1.6 times the box's side: measured on 411 faces, of which nine in
 * ten agree within 9 % of the side and 6 degrees of turn. Where the mesh's own square says otherwise, as for
 * turned and tilted heads, the network looks again there: 1 face in 16. One look is right to 1.2 % of the
 * distance of the eyes in the median (4 % for nineteen in twenty faces with the second look), against six
 * looks.
 *
 * A crop of a large face averages the pixels it is made of, in tiles, so that the samples fit the stack.
 *
 * Blendshapes come from 146 of the points, by a network that does not mind size and place. It gets them from
 * the upright crop, so that a tilted head changes nothing. */
#include <math.h>
#include "face/mesh.h"
#include "image/resample.h"

enum {
    CROP = 256,
    TILE = 32,
    OVERSAMPLE_MAX = 4,
    LOOKS_AGAIN_MAX = 2,
    SKIN_POINTS = 468,
    SHAPE_POINTS = 146
};
enum { RIGHT_EYE_OUTER = 33, LEFT_EYE_OUTER = 263 };
static const float BOX_TO_SIDE = 1.6f, BOX_LOWER = 0.035f, MESH_TO_SIDE = 1.5f;
static const float SURE = 0.99f; /* presence of a face that stands as it was thought to */

/* A square of the photograph, turned with the head. */
struct square {
    struct point centre;
    float side; /* pixels of the full-size photograph */
    float turn; /* radians, clockwise */
};

/* From pixels of the crop to the photograph; both count edges. */
static struct point to_photo(struct square square, float u, float v) {
    float step = square.side / CROP, c = cosf(square.turn) * step, s = sinf(square.turn) * step;
    u -= CROP / 2;
    v -= CROP / 2;
    return (struct point){square.centre.x + c * u - s * v, square.centre.y + s * u + c * v};
}

static bool square_of_face(const struct face *face, struct square *ret_square) {
    struct point left = face->landmarks[LANDMARK_EYE_LEFT], right = face->landmarks[LANDMARK_EYE_RIGHT];
    struct box box = face->box;
    float side = sqrtf(box.width * box.height), turn = atan2f(right.y - left.y, right.x - left.x);
    struct point centre = {box.left + box.width / 2, box.top + box.height / 2 + BOX_LOWER * side};
    if (!(side > 1) || !isfinite(side) || !isfinite(turn) || !isfinite(centre.x) || !isfinite(centre.y))
        return false;
    *ret_square = (struct square){centre, BOX_TO_SIDE * side, turn};
    return true;
}

static struct square square_of_mesh(struct square square, const struct mesh *mesh) {
    struct point left = mesh->upright[LEFT_EYE_OUTER], right = mesh->upright[RIGHT_EYE_OUTER];
    float turn = atan2f(left.y - right.y, left.x - right.x), c = cosf(turn), s = sinf(turn);
    float low_x = INFINITY, high_x = -INFINITY, low_y = INFINITY, high_y = -INFINITY;
    for (int i = 0; i < SKIN_POINTS; i++) {
        float x = c * mesh->upright[i].x + s * mesh->upright[i].y,
              y = c * mesh->upright[i].y - s * mesh->upright[i].x;
        low_x = fminf(low_x, x);
        high_x = fmaxf(high_x, x);
        low_y = fminf(low_y, y);
        high_y = fmaxf(high_y, y);
    }
    float x = (low_x + high_x) / 2, y = (low_y + high_y) / 2;
    float share = MESH_TO_SIDE * fmaxf(high_x - low_x, high_y - low_y) / CROP;
    return (struct square){to_photo(square, c * x - s * y, s * x + c * y), share * square.side,
                           square.turn + turn};
}

/* Whether a look at the second square would show nothing that the first did not; also when it is none. */
static bool squares_agree(struct square a, struct square b) {
    float ratio = b.side / a.side, shift = hypotf(b.centre.x - a.centre.x, b.centre.y - a.centre.y) / a.side;
    float turn = fabsf(remainderf(b.turn - a.turn, 6.2831853f));
    if (!(b.side > 1) || !isfinite(b.side) || !isfinite(turn) || !isfinite(shift))
        return true;
    return ratio > 0.88f && ratio < 1.12f && shift < 0.06f && turn < 0.14f;
}

/* One tile of the crop into the network's input, red, green and blue side by side from 0 to 1. Each value is
 * the mean of times x times samples. */
static void fill_tile(const struct image *image, struct affine map, int left, int top, int times,
                      float *input) {
    float samples[3 * TILE * OVERSAMPLE_MAX * TILE * OVERSAMPLE_MAX];
    int side = TILE * times;
    float step = 1 / (float)times, u = (float)left + step / 2, v = (float)top + step / 2;
    struct affine finer = {map.a * step, map.b * step, map.a * u + map.b * v + map.c - 0.5f,
                           map.d * step, map.e * step, map.d * u + map.e * v + map.f - 0.5f};
    resample_warp(image, finer, PLANES_RGB, side, samples);
    for (int y = 0; y < TILE; y++)
        for (int x = 0; x < TILE; x++)
            for (int plane = 0; plane < 3; plane++) {
                const float *from = samples + (plane * side + y * times) * side + x * times;
                float sum = 0;
                for (int i = 0; i < times * times; i++)
                    sum += from[i / times * side + i % times];
                input[((top + y) * CROP + left + x) * 3 + plane] = sum * step * step / 255;
            }
}

static void fill_crop(const struct image *image, struct square square, float *input) {
    float x = (float)image->width / (float)image->full_width,
          y = (float)image->height / (float)image->full_height;
    struct point corner = to_photo(square, 0, 0);
    float step = square.side / CROP, c = cosf(square.turn) * step, s = sinf(square.turn) * step;
    struct affine map = {c * x, -s * x, corner.x * x, s * y, c * y, corner.y * y};
    int times = (int)fminf(fmaxf(roundf(step * x / 1.5f), 1), OVERSAMPLE_MAX);
    for (int top = 0; top < CROP; top += TILE)
        for (int left = 0; left < CROP; left += TILE)
            fill_tile(image, map, left, top, times, input);
}

static bool look(const struct network *network, const struct image *image, struct square square,
                 struct mesh *mesh, struct error *err) {
    struct infer_output outputs[INFER_OUTPUTS_MAX];
    int points = infer_name(network->model, "Identity"), presence = infer_name(network->model, "Identity_1");
    float *input = infer_shape(network->request, (struct infer_shape){4, {1, CROP, CROP, 3}}, err);
    if (!input)
        return false;
    fill_crop(image, square, input);
    if (!infer_run(network->request, outputs, err))
        return false;
    if (points < 0 || presence < 0 || outputs[points].len != 3 * MESH_POINTS || outputs[presence].len != 1)
        return error_set(err, ERROR_INTERNAL, "the face mesh has other outputs than MediaPipe's");
    mesh->presence = 1 / (1 + expf(-outputs[presence].data[0]));
    for (int i = 0; i < MESH_POINTS; i++) {
        const float *point = outputs[points].data + 3 * i; /* the third is depth */
        mesh->upright[i] = (struct point){point[0], point[1]};
        mesh->points[i] = to_photo(square, point[0], point[1]);
    }
    return true;
}

/* The best of this look and those by three quarter turns. */
static bool look_sideways(const struct network *network, const struct image *image, struct square *square,
                          struct mesh *mesh, struct error *err) {
    float turn = square->turn;
    for (int quarter = 1; quarter <= 3; quarter++) {
        struct square turned = {square->centre, square->side, turn + (float)quarter * 1.5707963f};
        struct mesh other;
        if (!look(network, image, turned, &other, err))
            return false;
        if (other.presence > mesh->presence) {
            *mesh = other;
            *square = turned;
        }
    }
    return true;
}

bool mesh_find(struct network_requests *requests, const struct image *image, const struct face *face,
               struct mesh *ret_mesh, bool *ret_found, struct error *err) {
    const struct network *network;
    struct square square;
    struct mesh mesh = {0};
    if (!network_find(requests, "mesh", "mediapipe-mesh", (struct infer_shape){4, {1, CROP, CROP, 3}},
                      &network, err))
        return false;
    if (!network || !square_of_face(face, &square)) {
        *ret_found = false;
        return true;
    }
    if (!look(network, image, square, &mesh, err) ||
        (mesh.presence < SURE && !look_sideways(network, image, &square, &mesh, err)))
        return false;
    struct square next = square_of_mesh(square, &mesh);
    for (int again = 0; again < LOOKS_AGAIN_MAX && !squares_agree(square, next); again++) {
        square = next;
        if (!look(network, image, square, &mesh, err))
            return false;
        next = square_of_mesh(square, &mesh);
    }
    *ret_mesh = mesh;
    *ret_found = true;
    return true;
}

/* The points that blendshapes come from, as MediaPipe publishes them (face_blendshapes_graph.cc). */
static const short shape_points[SHAPE_POINTS] = {
    0,   1,   4,   5,   6,   7,   8,   10,  13,  14,  17,  21,  33,  37,  39,  40,  46,  52,  53,  54,  55,
    58,  61,  63,  65,  66,  67,  70,  78,  80,  81,  82,  84,  87,  88,  91,  93,  95,  103, 105, 107, 109,
    127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163,
    168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283,
    284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324, 332, 334,
    336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386, 387, 388, 389,
    390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473, 474, 475, 476, 477};

bool mesh_blendshapes(struct network_requests *requests, const struct mesh *mesh,
                      float ret_shapes[MESH_BLENDSHAPES], bool *ret_found, struct error *err) {
    const struct infer_shape shape = {3, {1, SHAPE_POINTS, 2}};
    const struct network *network;
    struct infer_output outputs[INFER_OUTPUTS_MAX];
    if (!network_find(requests, "blendshapes", "mediapipe-blendshapes", shape, &network, err))
        return false;
    *ret_found = network;
    if (!network)
        return true;
    float *input = infer_shape(network->request, shape, err);
    if (!input)
        return false;
    for (int i = 0; i < SHAPE_POINTS; i++) {
        input[2 * i] = mesh->upright[shape_points[i]].x;
        input[2 * i + 1] = mesh->upright[shape_points[i]].y;
    }
    if (!infer_run(network->request, outputs, err))
        return false;
    if (outputs[0].len != MESH_BLENDSHAPES)
        return error_set(err, ERROR_INTERNAL, "the blendshapes have another form than MediaPipe's");
    memcpy(ret_shapes, outputs[0].data, MESH_BLENDSHAPES * sizeof *ret_shapes);
    return true;
}
