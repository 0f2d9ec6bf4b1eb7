/* A model pack: a folder with manifest.ini and the networks it names.
 *
 *     [pack]      name, version (digits and dots; what clients see as FaceModelVersion)
 *     [detector]  kind = yunet, file, sha256
 *     [embedder]  kind = arcface, file, sha256, dimension, channels (rgb or bgr), mean, scale
 *
 * Any embedder that takes a five-point aligned 112 x 112 picture fits; input = (pixel - mean) / scale. Other
 * keys (licence, origin) are for people. */
#ifndef FACE_PACK_H
#define FACE_PACK_H

#include "face/face.h"
#include "image/resample.h"

struct pack_model {
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
};

/* Reads the manifest and checks that both files have their SHA-256. Errors: INTERNAL, naming the file and
 * what to do. */
MUST_CHECK bool pack_open(const char *directory, struct pack *ret_pack, struct error *err);

#endif
