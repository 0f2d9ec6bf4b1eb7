/* A model pack: a folder with manifest.ini and the networks it names.
 *
 *     [pack]      name, version (digits and dots; what clients see as FaceModelVersion)
 *     [detector]  kind = yunet, file, sha256
 *     [embedder]  kind (arcface or dlib-resnet), file, sha256, dimension, channels (rgb or bgr), mean, scale,
 *                 points (detector, mesh or tilted), mirrored (yes or no), weight, centre (see embedders.h)
 *     [embedder2] and [embedder3]: further ones, whose vectors are fused into one
 *     [similarity] knots of the scale: similarity = cosine, ascending; none stands for the default's scale
 *     [thorough]  kind = centerface, file, sha256: a second detector
 *     [ROLE]      kind, file, sha256: a network for attributes, such as [mesh]; a pack may lack any of them
 *
 * An arcface embedder takes a five-point aligned 112 x 112 picture, dlib-resnet dlib's chip of 150 x 150;
 * input = (pixel - mean) / scale. Each network may have precision = half (see infer.h). Other keys (licence,
 * origin) are for people. */
#ifndef FACE_PACK_H
#define FACE_PACK_H

#include "face/face.h"
#include "face/align.h"

#define PACK_OTHERS_MAX 16
#define PACK_EMBEDDERS_MAX 3

struct pack_model {
    char role[32]; /* the section's name */
    char kind[32];
    char file[256];  /* path */
    char sha256[65]; /* lower-case hex, wanted */
    bool half;       /* see infer.h */
};

/* Whose five points align a face. */
enum pack_points {
    POINTS_DETECTOR,
    POINTS_MESH,
    POINTS_TILTED, /* the mesh's where the head is tilted, the detector's elsewhere */
};

struct pack_embedder {
    struct pack_model model;
    const struct align_template *template; /* of its kind */
    int dimension;
    enum plane_order channels;
    float mean, scale;
    enum pack_points points;
    bool mirrored; /* add the vector of the mirrored picture */
    float weight;
    int centre_count; /* 0 or dimension */
    float centre[FACE_EMBEDDING_MAX];
};

struct pack {
    char name[64], version[32];
    struct pack_model detector;
    struct pack_embedder embedders[PACK_EMBEDDERS_MAX];
    int embedder_count;
    int dimension; /* of the fused vector: the sum */
    struct face_calibration calibration;
    struct pack_model others[PACK_OTHERS_MAX];
    int other_count;
};

/* Reads the manifest and checks that all files have their SHA-256. Errors: INTERNAL, naming the file and
 * what to do. */
MUST_CHECK bool pack_open(const char *directory, struct pack *ret_pack, struct error *err);
/* Place among the others of the model with this role; -1 when the pack has none. */
int pack_find(const struct pack *pack, const char *role);

#endif
