/* Aligned picture -> vector, by the one or several embedders of a pack.
 *
 * Each embedder's vector is brought to length 1 (with `mirrored`, the sum of its vector and that of the
 * mirrored picture), less its `centre`, the mean over many people, brought to length 1 again, and multiplied
 * by its `weight`. All of them one behind the other, brought to length 1, are the embedding: the cosine of
 * two is the mean of their embedders' cosines, weighted by the weights' squares. */
#ifndef FACE_EMBEDDERS_H
#define FACE_EMBEDDERS_H

#include "face/network.h"

struct embedders;
struct embedder_requests;

/* The pack outlives the embedders, which are shared by threads; at_once and cache as in infer.h. */
MUST_CHECK bool embedders_load(const struct pack *pack, int at_once, const char *cache,
                               struct embedders **ret_embedders, struct error *err);
/* After all requests. Takes NULL. */
void embedders_free(struct embedders *embedders);

/* For one thread. networks, for the mesh, outlive the requests. */
MUST_CHECK bool embedder_requests_new(struct embedders *embedders, struct network_requests *networks,
                                      struct embedder_requests **ret_requests, struct error *err);
/* Takes NULL. */
void embedder_requests_free(struct embedder_requests *requests);

/* The embedding of a face: pack->dimension floats of length 1. */
MUST_CHECK bool embedder_requests_run(struct embedder_requests *requests, const struct image *image,
                                      const struct face *face, float *ret_embedding, struct error *err);

#endif
