/* The pack's further networks, loaded when first asked for: who never asks for attributes pays neither memory
 * nor time for them.
 *
 * `networks` belong to the engine and are shared by its threads, `network_requests` to one worker. A part of
 * face_describe that needs a network looks like this (see mesh.c):
 *
 *     bool x_describe(struct network_requests *requests, const struct image *image, const struct face *face,
 *                     unsigned wanted, struct face_attributes *attributes, struct error *err);
 *
 * It sets the members it can tell of what is wanted, adds their bits to attributes->present, and returns true
 * with nothing added when the pack has no network for them. */
#ifndef FACE_NETWORK_H
#define FACE_NETWORK_H

#include "face/pack.h"
#include "infer/infer.h"

struct networks;
struct network_requests;

struct network {
    const struct infer_model *model; /* for infer_name */
    struct infer_request *request;   /* of this worker */
};

/* Loads nothing yet. The pack outlives the networks; at_once and cache as in infer.h. */
MUST_CHECK bool networks_new(const struct pack *pack, int at_once, const char *cache,
                             struct networks **ret_networks, struct error *err);
/* After all requests. Takes NULL. */
void networks_free(struct networks *networks);

MUST_CHECK bool network_requests_new(struct networks *networks, struct network_requests **ret_requests,
                                     struct error *err);
/* Takes NULL. */
void network_requests_free(struct network_requests *requests);

/* The network of the manifest's section `role`, owned by the requests; NULL when the pack has none. The first
 * call loads it with this shape (infer_load), and so takes a while; the first call of each worker makes its
 * request. Errors: INTERNAL, also when the manifest's kind is not `kind`, the form of input and output that
 * the caller knows. */
MUST_CHECK bool network_find(struct network_requests *requests, const char *role, const char *kind,
                             struct infer_shape shape, const struct network **ret_network, struct error *err);

#endif
