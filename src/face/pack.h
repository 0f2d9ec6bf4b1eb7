/* A model pack: a folder with manifest.ini and the networks it names.
 *
 *     [pack]      name, version (digits and dots; what clients see as FaceModelVersion)
 *     [detector]  kind = yunet, file, sha256
 *     [embedder]  kind = arcface, file, sha256, dimension, channels (rgb or bgr), mean, scale
 *     [ROLE]      kind, file, sha256: a network for attributes, such as [mesh]; a pack may lack any of them
 *
 * Any embedder that takes a five-point aligned 112 x 112 picture fits; input = (pixel - mean) / scale. Other
 * keys (licence, origin) are for people. */
#ifndef FACE_PACK_H
#define FACE_PACK_H

#include "face/face.h"
#include "image/resample.h"

#define PACK_OTHERS_MAX 16

struct pack_model {
    char role[32]; /* the section's name */
    char kind[32];
    char file[256];  /* path */
    char sha256[65]; /* lower-case hex, wanted */
};

struct pack {
    char name[64], version[32];
    struct pack_model detector, embedder;
    int dimension;
    enum plane_order channels;
    float mean, scale;
    struct pack_model others[PACK_OTHERS_MAX];
    int other_count;
};

/* Reads the manifest and checks that all files have their SHA-256. Errors: INTERNAL, naming the file and
 * what to do. */
MUST_CHECK bool pack_open(const char *directory, struct pack *ret_pack, struct error *err);
/* Place among the others of the model with this role; -1 when the pack has none. */
int pack_find(const struct pack *pack, const char *role);

#endif
