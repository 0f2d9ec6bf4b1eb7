/* What the files of this folder share of a worker. */
#ifndef FACE_WORKER_H
#define FACE_WORKER_H

#include "face/face.h"
#include "face/network.h"

/* The worker's requests for the pack's further networks, owned by it. */
struct network_requests *face_worker_networks(struct face_worker *worker);

#endif
