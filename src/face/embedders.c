/* The detector's landmarks lean upright: of a head tilted by 30 degrees they show 7. The mesh is laid over
 * the head as it lies, and its five points, taken where the embedders' own landmarks were, align it. Over
 * 2,320 photographs of the press that raises the share of one person's pairs accepted at a false match rate
 * of 1e-5 from 92.9 to 95.3 %, for 7 ms a face. Laid over tilted heads alone, one in thirty, it costs next to
 * nothing and gives 93.5 %. Where no mesh lies on the face the detector's landmarks must do.
 *
 * Less its centre a vector tells people apart better, because what all faces share no longer counts: 95.3
 * becomes 96.1 %. */
#include <math.h>
#include "face/embedders.h"
#include "face/mesh.h"

/* Below this the mesh has no face under it. */
static const float PRESENCE_MINIMUM = 0.5f;
/* Degrees of roll by the detector's landmarks from which a head counts as tilted. */
static const float TILTED = 5;

struct embedders {
    const struct pack *pack;
    struct infer_model *models[PACK_EMBEDDERS_MAX];
};

struct embedder_requests {
    const struct embedders *embedders;
    struct network_requests *networks;
    struct infer_request *requests[PACK_EMBEDDERS_MAX];
    float scratch[ALIGN_SCRATCH];
};

static struct infer_shape shape_of(const struct pack_embedder *embedder) {
    return (struct infer_shape){4, {1, 3, embedder->template->size, embedder->template->size}};
}

bool embedders_load(const struct pack *pack, int at_once, const char *cache, struct embedders **ret_embedders,
                    struct error *err) {
    struct embedders *embedders = calloc(1, sizeof *embedders);
    if (!embedders)
        return error_set(err, ERROR_INTERNAL, "no memory for the models");
    embedders->pack = pack;
    for (int i = 0; i < pack->embedder_count; i++)
        if (!infer_load(pack->embedders[i].model.file, shape_of(&pack->embedders[i]),
                        pack->embedders[i].model.half, at_once, cache, &embedders->models[i], err)) {
            embedders_free(embedders);
            return false;
        }
    *ret_embedders = embedders;
    return true;
}

void embedders_free(struct embedders *embedders) {
    if (!embedders)
        return;
    for (int i = 0; i < PACK_EMBEDDERS_MAX; i++)
        infer_free(embedders->models[i]);
    free(embedders);
}

bool embedder_requests_new(struct embedders *embedders, struct network_requests *networks,
                           struct embedder_requests **ret_requests, struct error *err) {
    struct embedder_requests *requests = calloc(1, sizeof *requests);
    if (!requests)
        return error_set(err, ERROR_INTERNAL, "no memory for a worker");
    requests->embedders = embedders;
    requests->networks = networks;
    for (int i = 0; i < embedders->pack->embedder_count; i++)
        if (!infer_request_new(embedders->models[i], &requests->requests[i], err)) {
            embedder_requests_free(requests);
            return false;
        }
    *ret_requests = requests;
    return true;
}

void embedder_requests_free(struct embedder_requests *requests) {
    if (!requests)
        return;
    for (int i = 0; i < PACK_EMBEDDERS_MAX; i++)
        infer_request_free(requests->requests[i]);
    free(requests);
}

static struct point middle(struct point a, struct point b) {
    return (struct point){(a.x + b.x) / 2, (a.y + b.y) / 2};
}

/* The five landmarks where the mesh has them; those of the detector when it lies on no face. */
static bool mesh_landmarks(struct network_requests *networks, const struct image *image,
                           const struct face *face, struct point landmarks[FACE_LANDMARKS],
                           struct error *err) {
    enum { NOSE_TIP = 1, MOUTH_RIGHT = 61, MOUTH_LEFT = 291 };
    enum { RIGHT_EYE_OUTER = 33, RIGHT_EYE_INNER = 133, LEFT_EYE_OUTER = 263, LEFT_EYE_INNER = 362 };
    struct mesh mesh;
    bool found;
    if (!mesh_find(networks, image, face, &mesh, &found, err))
        return false;
    memcpy(landmarks, face->landmarks, sizeof face->landmarks);
    if (!found || mesh.presence < PRESENCE_MINIMUM)
        return true;
    landmarks[LANDMARK_EYE_LEFT] = middle(mesh.points[RIGHT_EYE_OUTER], mesh.points[RIGHT_EYE_INNER]);
    landmarks[LANDMARK_EYE_RIGHT] = middle(mesh.points[LEFT_EYE_OUTER], mesh.points[LEFT_EYE_INNER]);
    landmarks[LANDMARK_NOSE] = mesh.points[NOSE_TIP];
    landmarks[LANDMARK_MOUTH_LEFT] = mesh.points[MOUTH_RIGHT];
    landmarks[LANDMARK_MOUTH_RIGHT] = mesh.points[MOUTH_LEFT];
    return true;
}

/* Landmarks of the photograph in pixels of the decoded image, whose pixel centres are whole numbers. */
static bool image_map(const struct align_template *template, const struct image *image,
                      const struct point landmarks[FACE_LANDMARKS], struct affine *ret_map) {
    struct point points[FACE_LANDMARKS];
    float x = (float)image->width / (float)image->full_width,
          y = (float)image->height / (float)image->full_height;
    for (int i = 0; i < FACE_LANDMARKS; i++)
        points[i] = (struct point){landmarks[i].x * x - 0.5f, landmarks[i].y * y - 0.5f};
    return align_map(template, points, ret_map);
}

/* Length 1. false when the vector has no direction. */
static bool normalise(float *vector, int count) {
    double square = 0;
    for (int i = 0; i < count; i++)
        square += (double)vector[i] * (double)vector[i];
    if (!(square > 1e-12) || !isfinite(square))
        return false;
    float norm = (float)(1 / sqrt(square));
    for (int i = 0; i < count; i++)
        vector[i] *= norm;
    return true;
}

static void mirror(float *rows, int row_count, int size) {
    for (float *row = rows; row < rows + (size_t)row_count * (size_t)size; row += size)
        for (int i = 0; i < size / 2; i++) {
            float left = row[i];
            row[i] = row[size - 1 - i];
            row[size - 1 - i] = left;
        }
}

/* The vector of the picture in the request's input, at length 1. */
static bool look(struct infer_request *request, int dimension, float *vector, struct error *err) {
    struct infer_output outputs[INFER_OUTPUTS_MAX];
    if (!infer_run(request, outputs, err))
        return false;
    if (outputs[0].len != (size_t)dimension)
        return error_set(err, ERROR_INTERNAL, "the embedder gives %zu numbers, its manifest says %d",
                         outputs[0].len, dimension);
    memcpy(vector, outputs[0].data, (size_t)dimension * sizeof *vector);
    return normalise(vector, dimension) || error_set(err, ERROR_INTERNAL, "the embedder gave no direction");
}

/* One embedder's part of the embedding, at length 1. */
static bool embed(struct embedder_requests *requests, int number, const struct image *image,
                  const struct point landmarks[FACE_LANDMARKS], float *part, struct error *err) {
    const struct pack_embedder *embedder = &requests->embedders->pack->embedders[number];
    struct infer_request *request = requests->requests[number];
    int size = embedder->template->size;
    float mirrored[FACE_EMBEDDING_MAX];
    struct affine map;
    if (!image_map(embedder->template, image, landmarks, &map))
        return error_set(err, ERROR_INTERNAL, "the landmarks of a face coincide");
    float *input = infer_shape(request, shape_of(embedder), err);
    if (!input)
        return false;
    align_warp(image, map, size, embedder->channels, requests->scratch, input);
    if (embedder->mean != 0 || embedder->scale != 1)
        for (int i = 0; i < 3 * size * size; i++)
            input[i] = (input[i] - embedder->mean) / embedder->scale;
    if (!look(request, embedder->dimension, part, err))
        return false;
    if (embedder->mirrored) {
        mirror(input, 3 * size, size);
        if (!look(request, embedder->dimension, mirrored, err))
            return false;
        for (int i = 0; i < embedder->dimension; i++)
            part[i] += mirrored[i];
    }
    if ((embedder->mirrored || embedder->centre_count > 0) && !normalise(part, embedder->dimension))
        return error_set(err, ERROR_INTERNAL, "the embedder gave no direction");
    for (int i = 0; i < embedder->centre_count; i++)
        part[i] -= embedder->centre[i];
    return embedder->centre_count == 0 || normalise(part, embedder->dimension) ||
           error_set(err, ERROR_INTERNAL, "the embedder gave no direction");
}

static bool wants_mesh(const struct pack_embedder *embedder, const struct face *face) {
    return embedder->points == POINTS_MESH ||
           (embedder->points == POINTS_TILTED && fabsf(face->pose.roll) > TILTED);
}

bool embedder_requests_run(struct embedder_requests *requests, const struct image *image,
                           const struct face *face, float *ret_embedding, struct error *err) {
    const struct pack *pack = requests->embedders->pack;
    struct point by_mesh[FACE_LANDMARKS];
    float embedding[FACE_EMBEDDING_MAX], *part = embedding;
    bool laid = false;
    for (int i = 0; i < pack->embedder_count; i++) {
        const struct pack_embedder *embedder = &pack->embedders[i];
        bool mesh = wants_mesh(embedder, face);
        if (mesh && !laid && !mesh_landmarks(requests->networks, image, face, by_mesh, err))
            return false;
        laid = laid || mesh;
        if (!embed(requests, i, image, mesh ? by_mesh : face->landmarks, part, err))
            return false;
        for (int k = 0; k < embedder->dimension; k++)
            part[k] *= embedder->weight;
        part += embedder->dimension;
    }
    if (pack->embedder_count > 1 && !normalise(embedding, pack->dimension))
        return error_set(err, ERROR_INTERNAL, "the embedders gave no direction");
    memcpy(ret_embedding, embedding, (size_t)pack->dimension * sizeof *embedding);
    return true;
}
