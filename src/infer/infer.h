/* Neural networks through the inference runtime (OpenVINO): load, shape, run, free, name.
 *
 * A model is loaded once and shared by all threads; each thread runs it through a request of its own, on one
 * thread. */
#ifndef INFER_INFER_H
#define INFER_INFER_H

#include "base/bytes.h"
#include "base/error.h"

#define INFER_RANK_MAX 4
#define INFER_OUTPUTS_MAX 16

struct infer_model;
struct infer_request;

struct infer_shape {
    int rank;
    int64_t size[INFER_RANK_MAX];
};

/* One result of a run: floats owned by the request, good until its next run. */
struct infer_output {
    const float *data;
    size_t len;
};

/* path: an ONNX or TFLite file with one float input. A size of -1 in `shape` is left open, to be given at
 * each run. half: products of bfloat16 where the processor has them, at up to twice the speed; else, and
 * where it has none, 32-bit floats, equal on all machines to within rounding. at_once: how many requests may
 * run at the same time, each on one thread; further ones wait (0: one a core). cache (NULL for none): a
 * folder where the runtime keeps compiled networks for the next start.
 */
MUST_CHECK bool infer_load(const char *path, struct infer_shape shape, bool half, int at_once,
                           const char *cache, struct infer_model **ret_model, struct error *err);
/* Frees requests' model; requests are freed before. Takes NULL. */
void infer_free(struct infer_model *model);
/* Number of an output by its name; -1 when there is none. */
int infer_name(const struct infer_model *model, const char *output);

MUST_CHECK bool infer_request_new(struct infer_model *model, struct infer_request **ret_request,
                                  struct error *err);
void infer_request_free(struct infer_request *request);
/* Gives the request's input the shape and returns its memory, to be filled by the caller; NULL on failure.
 * The same shape again gives the same memory. */
MUST_CHECK float *infer_shape(struct infer_request *request, struct infer_shape shape, struct error *err);
/* Runs on the calling thread. outputs[i] is the output that infer_name calls i. */
MUST_CHECK bool infer_run(struct infer_request *request, struct infer_output outputs[INFER_OUTPUTS_MAX],
                          struct error *err);

#endif
