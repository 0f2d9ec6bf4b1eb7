#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <math.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "face/pack.h"
#include "base/digest.h"

int pack_find(const struct pack *pack, const char *role) {
    for (int i = 0; i < pack->other_count; i++)
        if (strcmp(pack->others[i].role, role) == 0)
            return i;
    return -1;
}

static bool copy_text(char *to, size_t size, const char *value) {
    return (size_t)snprintf(to, size, "%s", value) < size;
}

static bool read_float(const char *value, float *ret_number) {
    char *end;
    float number = strtof(value, &end);
    if (end == value || *end != 0 || !(number > -1e6f && number < 1e6f))
        return false;
    *ret_number = number;
    return true;
}

static bool read_choice(const char *value, const char *no, const char *yes, bool *ret_choice) {
    *ret_choice = strcmp(value, yes) == 0;
    return *ret_choice || strcmp(value, no) == 0;
}

static bool read_model(struct pack_model *model, const char *name, const char *value) {
    if (strcmp(name, "kind") == 0)
        return copy_text(model->kind, sizeof model->kind, value);
    if (strcmp(name, "file") == 0) /* a file of the folder, not a way out of it */
        return !strchr(value, '/') && copy_text(model->file, sizeof model->file, value);
    if (strcmp(name, "sha256") == 0)
        return strlen(value) == 64 && copy_text(model->sha256, sizeof model->sha256, value);
    if (strcmp(name, "precision") == 0)
        return read_choice(value, "full", "half", &model->half);
    return true;
}

/* Numbers with spaces between, added to those of the lines before. */
static bool read_centre(struct pack_embedder *embedder, const char *value) {
    while (*value) {
        char *end;
        float number = strtof(value, &end);
        if (end == value || !(fabsf(number) <= 1) || embedder->centre_count == FACE_EMBEDDING_MAX)
            return false;
        embedder->centre[embedder->centre_count++] = number;
        value = end + strspn(end, " ");
    }
    return true;
}

static bool read_points(const char *value, enum pack_points *ret_points) {
    static const char *const names[] = {"detector", "mesh", "tilted"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(value, names[i]) == 0) {
            *ret_points = (enum pack_points)i;
            return true;
        }
    return false;
}

static bool read_embedder(struct pack_embedder *embedder, const char *name, const char *value) {
    uint64_t number;
    bool bgr;
    if (strcmp(name, "dimension") == 0) {
        if (!bytes_to_number(bytes_of(value), FACE_EMBEDDING_MAX, &number) || number < 1)
            return false;
        embedder->dimension = (int)number;
        return true;
    }
    if (strcmp(name, "channels") == 0) {
        if (!read_choice(value, "rgb", "bgr", &bgr))
            return false;
        embedder->channels = bgr ? PLANES_BGR : PLANES_RGB;
        return true;
    }
    if (strcmp(name, "points") == 0)
        return read_points(value, &embedder->points);
    if (strcmp(name, "mirrored") == 0)
        return read_choice(value, "no", "yes", &embedder->mirrored);
    if (strcmp(name, "mean") == 0)
        return read_float(value, &embedder->mean);
    if (strcmp(name, "scale") == 0)
        return read_float(value, &embedder->scale) && embedder->scale > 0;
    if (strcmp(name, "weight") == 0)
        return read_float(value, &embedder->weight) && embedder->weight > 0;
    if (strcmp(name, "centre") == 0)
        return read_centre(embedder, value);
    return read_model(&embedder->model, name, value);
}

/* [embedder], [embedder2], ...: the embedder of the section, in their order; NULL when it is none or too
 * many. */
static struct pack_embedder *embedder_of(struct pack *pack, const char *section) {
    for (int i = 0; i < PACK_EMBEDDERS_MAX; i++) {
        char name[32] = "embedder";
        if (i > 0)
            snprintf(name, sizeof name, "embedder%d", i + 1);
        if (strcmp(section, name) != 0)
            continue;
        if (i == pack->embedder_count) {
            pack->embedder_count++;
            pack->embedders[i] = (struct pack_embedder){.channels = PLANES_RGB, .scale = 1, .weight = 1};
        }
        return i < pack->embedder_count ? &pack->embedders[i] : NULL;
    }
    return NULL;
}

static bool read_knot(struct face_calibration *calibration, const char *name, const char *value) {
    float cosine, similarity;
    if (calibration->count == FACE_CALIBRATION_MAX || !read_float(name, &similarity) ||
        !read_float(value, &cosine))
        return false;
    calibration->knots[calibration->count].cosine = cosine;
    calibration->knots[calibration->count++].similarity = similarity;
    return true;
}

/* The model of a section for attributes, added when it is new; NULL when there are too many. */
static struct pack_model *other_model(struct pack *pack, const char *role) {
    int place = pack_find(pack, role);
    if (place >= 0)
        return &pack->others[place];
    struct pack_model *fresh = &pack->others[pack->other_count];
    if (pack->other_count == PACK_OTHERS_MAX || !copy_text(fresh->role, sizeof fresh->role, role))
        return NULL;
    pack->other_count++;
    return fresh;
}

/* inih's handler: 0 makes ini_parse report the line. */
static int read_entry(void *context, const char *section, const char *name, const char *value) {
    struct pack *pack = context;
    if (strcmp(section, "pack") == 0 && strcmp(name, "name") == 0)
        return copy_text(pack->name, sizeof pack->name, value);
    if (strcmp(section, "pack") == 0 && strcmp(name, "version") == 0)
        return strspn(value, "0123456789.") == strlen(value) &&
               copy_text(pack->version, sizeof pack->version, value);
    if (strcmp(section, "detector") == 0)
        return read_model(&pack->detector, name, value);
    if (strncmp(section, "embedder", 8) == 0) {
        struct pack_embedder *embedder = embedder_of(pack, section);
        return embedder && read_embedder(embedder, name, value);
    }
    if (strcmp(section, "similarity") == 0)
        return read_knot(&pack->calibration, name, value);
    if (strcmp(section, "pack") == 0)
        return 1;
    struct pack_model *other = other_model(pack, section);
    return other && read_model(other, name, value);
}

static void close_file(int *fd) {
    if (*fd >= 0)
        close(*fd);
}

static bool check_digest(const struct pack_model *model, struct error *err) {
    CLEANUP(close_file) int fd = open(model->file, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) < 0 || about.st_size == 0)
        return error_set(err, ERROR_INTERNAL, "cannot read the model %s: %s; 'make build' fetches it",
                         model->file, fd < 0 ? strerror(errno) : "it is empty");
    void *data = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return error_set(err, ERROR_INTERNAL, "cannot read the model %s: %s", model->file, strerror(errno));
    struct sha256 hash = sha256_of((struct bytes){data, (size_t)about.st_size});
    munmap(data, (size_t)about.st_size);
    char hex[65];
    sha256_hex(hash, hex);
    if (strcmp(hex, model->sha256) != 0)
        return error_set(err, ERROR_INTERNAL,
                         "the model %s is not the one that its manifest names: its SHA-256 is %s",
                         model->file, hex);
    return true;
}

/* kind: the one that is needed; NULL for any. */
static bool finish_model(const char *directory, const char *section, const char *kind,
                         struct pack_model *model, struct error *err) {
    char path[sizeof model->file];
    if (!model->kind[0] || (kind && strcmp(model->kind, kind) != 0) || !model->file[0] || !model->sha256[0])
        return error_set(err, ERROR_INTERNAL, "%s/manifest.ini: [%s] needs kind%s%s, file and sha256",
                         directory, section, kind ? " = " : "", kind ? kind : "");
    if ((size_t)snprintf(path, sizeof path, "%s/%s", directory, model->file) >= sizeof path)
        return error_set(err, ERROR_INTERNAL, "the path of the model folder %s is too long", directory);
    memcpy(model->file, path, sizeof path);
    return check_digest(model, err);
}

static const struct align_template *template_of(const char *kind) {
    if (strcmp(kind, "arcface") == 0)
        return &align_arcface;
    return strcmp(kind, "dlib-resnet") == 0 ? &align_dlib : NULL;
}

static bool finish_embedders(const char *directory, struct pack *pack, struct error *err) {
    for (int i = 0; i < pack->embedder_count; i++) {
        struct pack_embedder *embedder = &pack->embedders[i];
        embedder->template = template_of(embedder->model.kind);
        if (!embedder->template || embedder->dimension == 0 ||
            (embedder->centre_count > 0 && embedder->centre_count != embedder->dimension))
            return error_set(err, ERROR_INTERNAL,
                             "%s/manifest.ini: an embedder needs a kind that is known, its dimension and as "
                             "many numbers in its centre",
                             directory);
        pack->dimension += embedder->dimension;
        if (!finish_model(directory, "embedder", NULL, &embedder->model, err))
            return false;
    }
    if (pack->dimension < 1 || pack->dimension > FACE_EMBEDDING_MAX)
        return error_set(err, ERROR_INTERNAL, "%s/manifest.ini: embedders of 1 to %d dimensions are needed",
                         directory, FACE_EMBEDDING_MAX);
    return true;
}

static bool calibration_ascends(const struct face_calibration *calibration) {
    for (int i = 0; i + 1 < calibration->count; i++)
        if (!(calibration->knots[i].cosine < calibration->knots[i + 1].cosine) ||
            !(calibration->knots[i].similarity < calibration->knots[i + 1].similarity))
            return false;
    return calibration->count != 1;
}

bool pack_open(const char *directory, struct pack *ret_pack, struct error *err) {
    struct pack pack = {.dimension = 0};
    char manifest[512];
    if ((size_t)snprintf(manifest, sizeof manifest, "%s/manifest.ini", directory) >= sizeof manifest)
        return error_set(err, ERROR_INTERNAL, "the path of the model folder %s is too long", directory);
    int line = ini_parse(manifest, read_entry, &pack);
    if (line < 0)
        return error_set(err, ERROR_INTERNAL, "cannot read %s: it describes the model pack", manifest);
    if (line > 0)
        return error_set(err, ERROR_INTERNAL, "%s: line %d is not understood", manifest, line);
    if (!pack.version[0])
        return error_set(err, ERROR_INTERNAL, "%s: [pack] version is needed", manifest);
    if (!calibration_ascends(&pack.calibration))
        return error_set(err, ERROR_INTERNAL, "%s: the knots of [similarity] do not ascend", manifest);
    if (!finish_model(directory, "detector", "yunet", &pack.detector, err) ||
        !finish_embedders(directory, &pack, err))
        return false;
    for (int i = 0; i < pack.other_count; i++)
        if (!finish_model(directory, pack.others[i].role, NULL, &pack.others[i], err))
            return false;
    *ret_pack = pack;
    return true;
}
