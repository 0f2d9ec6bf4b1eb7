/* The five calls over OpenVINO's C API.
 *
 * One core serves the process: it is made on first use and lives as long. Every model is compiled for as many
 * streams of one thread as requests run at once: requests of one stream wait for each other. Left to itself
 * the runtime would choose bfloat16 for all of them where the processor has it, and imitate it slowly where
 * it was asked for and is not there. */
#include <pthread.h>
#include <openvino/c/openvino.h>
#include "infer/infer.h"

enum { OPEN_SIZE_MAX = 4096 };

struct infer_model {
    ov_compiled_model_t *compiled;
    int output_count;
    char outputs[INFER_OUTPUTS_MAX][64];
};

struct infer_request {
    ov_infer_request_t *request;
    int output_count;
    struct infer_shape shape;
    ov_tensor_t *input;
    ov_tensor_t *outputs[INFER_OUTPUTS_MAX];
};

static ov_core_t *core;
static ov_status_e core_status;

static void make_core(void) {
    core_status = ov_core_create(&core);
}

/* The runtime's own words, at most a line of them. */
static bool runtime_error(struct error *err, const char *doing, const char *what) {
    const char *said = ov_get_last_err_msg();
    if (!said)
        said = "no reason given";
    return error_set(err, ERROR_INTERNAL, "cannot %s %s: %.200s", doing, what, said);
}

static bool reshape(ov_model_t *model, struct infer_shape shape) {
    ov_dimension_t sizes[INFER_RANK_MAX];
    for (int i = 0; i < shape.rank; i++)
        sizes[i] = shape.size[i] < 0 ? (ov_dimension_t){1, OPEN_SIZE_MAX}
                                     : (ov_dimension_t){shape.size[i], shape.size[i]};
    ov_partial_shape_t partial;
    if (ov_partial_shape_create(shape.rank, sizes, &partial) != OK)
        return false;
    ov_status_e status = ov_model_reshape_single_input(model, partial);
    ov_partial_shape_free(&partial);
    return status == OK;
}

/* AMX never comes without AVX512_BF16. */
static bool has_half(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

static bool compile(const char *path, struct infer_shape shape, bool half, int at_once, const char *cache,
                    ov_compiled_model_t **ret_compiled) {
    char count[16];
    ov_model_t *model = NULL;
    snprintf(count, sizeof count, "%ld",
             at_once > 0 ? (long)at_once : MAX(sysconf(_SC_NPROCESSORS_ONLN), 1L));
    if (ov_core_read_model(core, path, NULL, &model) != OK)
        return false;
    bool compiled = reshape(model, shape) &&
                    ov_core_compile_model(core, model, "CPU", 10, ret_compiled, "NUM_STREAMS", count,
                                          "INFERENCE_NUM_THREADS", count, "ENABLE_CPU_PINNING", "NO",
                                          "INFERENCE_PRECISION_HINT", half && has_half() ? "bf16" : "f32",
                                          "CACHE_DIR", cache ? cache : "") == OK;
    ov_model_free(model);
    return compiled;
}

static bool read_output_names(struct infer_model *model) {
    size_t count = 0;
    if (ov_compiled_model_outputs_size(model->compiled, &count) != OK || count > INFER_OUTPUTS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        ov_output_const_port_t *port = NULL;
        char *name = NULL;
        if (ov_compiled_model_output_by_index(model->compiled, i, &port) != OK)
            return false;
        if (ov_port_get_any_name(port, &name) == OK)
            snprintf(model->outputs[i], sizeof model->outputs[i], "%s", name);
        ov_free(name);
        ov_output_const_port_free(port);
    }
    model->output_count = (int)count;
    return true;
}

bool infer_load(const char *path, struct infer_shape shape, bool half, int at_once, const char *cache,
                struct infer_model **ret_model, struct error *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_core);
    if (core_status != OK)
        return runtime_error(err, "start", "the inference runtime");
    struct infer_model *model = calloc(1, sizeof *model);
    if (!model)
        return error_set(err, ERROR_INTERNAL, "no memory for the model %s", path);
    if (!compile(path, shape, half, at_once, cache, &model->compiled) || !read_output_names(model)) {
        infer_free(model);
        return runtime_error(err, "load the model", path);
    }
    *ret_model = model;
    return true;
}

void infer_free(struct infer_model *model) {
    if (!model)
        return;
    if (model->compiled)
        ov_compiled_model_free(model->compiled);
    free(model);
}

/* An output may have several names, of which the runtime tells one: the name of names is compared. */
int infer_name(const struct infer_model *model, const char *output) {
    ov_output_const_port_t *port = NULL;
    char *name = NULL;
    int number = -1;
    if (ov_compiled_model_output_by_name(model->compiled, output, &port) != OK)
        return -1;
    if (ov_port_get_any_name(port, &name) == OK)
        for (int i = 0; i < model->output_count; i++)
            if (strcmp(model->outputs[i], name) == 0)
                number = i;
    ov_free(name);
    ov_output_const_port_free(port);
    return number;
}

bool infer_request_new(struct infer_model *model, struct infer_request **ret_request, struct error *err) {
    struct infer_request *request = calloc(1, sizeof *request);
    if (!request)
        return error_set(err, ERROR_INTERNAL, "no memory for an inference request");
    if (ov_compiled_model_create_infer_request(model->compiled, &request->request) != OK) {
        free(request);
        return runtime_error(err, "make", "an inference request");
    }
    request->output_count = model->output_count;
    *ret_request = request;
    return true;
}

static void free_outputs(struct infer_request *request) {
    for (int i = 0; i < request->output_count; i++) {
        if (request->outputs[i])
            ov_tensor_free(request->outputs[i]);
        request->outputs[i] = NULL;
    }
}

void infer_request_free(struct infer_request *request) {
    if (!request)
        return;
    free_outputs(request);
    if (request->input)
        ov_tensor_free(request->input);
    ov_infer_request_free(request->request);
    free(request);
}

static bool same_shape(struct infer_shape a, struct infer_shape b) {
    return a.rank == b.rank && memcmp(a.size, b.size, (size_t)a.rank * sizeof a.size[0]) == 0;
}

float *infer_shape(struct infer_request *request, struct infer_shape shape, struct error *err) {
    void *data = NULL;
    if (!request->input || !same_shape(request->shape, shape)) {
        ov_shape_t sizes;
        ov_tensor_t *tensor = NULL;
        if (ov_shape_create(shape.rank, shape.size, &sizes) != OK) {
            runtime_error(err, "shape", "an inference input");
            return NULL;
        }
        ov_status_e status = ov_tensor_create(F32, sizes, &tensor);
        ov_shape_free(&sizes);
        if (status != OK || ov_infer_request_set_input_tensor(request->request, tensor) != OK) {
            if (tensor)
                ov_tensor_free(tensor);
            runtime_error(err, "shape", "an inference input");
            return NULL;
        }
        if (request->input)
            ov_tensor_free(request->input);
        request->input = tensor;
        request->shape = shape;
    }
    if (ov_tensor_data(request->input, &data) != OK)
        runtime_error(err, "fill", "an inference input");
    return data;
}

bool infer_run(struct infer_request *request, struct infer_output outputs[INFER_OUTPUTS_MAX],
               struct error *err) {
    if (ov_infer_request_infer(request->request) != OK)
        return runtime_error(err, "run", "a model");
    free_outputs(request);
    for (int i = 0; i < request->output_count; i++) {
        void *data = NULL;
        size_t len = 0;
        if (ov_infer_request_get_output_tensor_by_index(request->request, (size_t)i, &request->outputs[i]) !=
                OK ||
            ov_tensor_data(request->outputs[i], &data) != OK ||
            ov_tensor_get_size(request->outputs[i], &len) != OK)
            return runtime_error(err, "read the result of", "a model");
        outputs[i] = (struct infer_output){data, len};
    }
    return true;
}
