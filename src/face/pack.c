#include <errno.h>
#include <fcntl.h>
#include <ini.h>
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

static bool read_model(struct pack_model *model, const char *name, const char *value) {
    if (strcmp(name, "kind") == 0)
        return copy_text(model->kind, sizeof model->kind, value);
    if (strcmp(name, "file") == 0) /* a file of the folder, not a way out of it */
        return !strchr(value, '/') && copy_text(model->file, sizeof model->file, value);
    if (strcmp(name, "sha256") == 0)
        return strlen(value) == 64 && copy_text(model->sha256, sizeof model->sha256, value);
    return true;
}

static bool read_embedder(struct pack *pack, const char *name, const char *value) {
    uint64_t number;
    if (strcmp(name, "dimension") == 0) {
        if (!bytes_to_number(bytes_of(value), FACE_EMBEDDING_MAX, &number) || number < 1)
            return false;
        pack->dimension = (int)number;
        return true;
    }
    if (strcmp(name, "channels") == 0) {
        pack->channels = strcmp(value, "bgr") == 0 ? PLANES_BGR : PLANES_RGB;
        return strcmp(value, "bgr") == 0 || strcmp(value, "rgb") == 0;
    }
    if (strcmp(name, "mean") == 0)
        return read_float(value, &pack->mean);
    if (strcmp(name, "scale") == 0)
        return read_float(value, &pack->scale) && pack->scale > 0;
    return read_model(&pack->embedder, name, value);
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
    if (strcmp(section, "embedder") == 0)
        return read_embedder(pack, name, value);
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

bool pack_open(const char *directory, struct pack *ret_pack, struct error *err) {
    struct pack pack = {.channels = PLANES_RGB, .scale = 1};
    char manifest[512];
    if ((size_t)snprintf(manifest, sizeof manifest, "%s/manifest.ini", directory) >= sizeof manifest)
        return error_set(err, ERROR_INTERNAL, "the path of the model folder %s is too long", directory);
    int line = ini_parse(manifest, read_entry, &pack);
    if (line < 0)
        return error_set(err, ERROR_INTERNAL, "cannot read %s: it describes the model pack", manifest);
    if (line > 0)
        return error_set(err, ERROR_INTERNAL, "%s: line %d is not understood", manifest, line);
    if (!pack.version[0] || pack.dimension == 0)
        return error_set(err, ERROR_INTERNAL, "%s: [pack] version and [embedder] dimension are needed",
                         manifest);
    if (!finish_model(directory, "detector", "yunet", &pack.detector, err) ||
        !finish_model(directory, "embedder", "arcface", &pack.embedder, err))
        return false;
    for (int i = 0; i < pack.other_count; i++)
        if (!finish_model(directory, pack.others[i].role, NULL, &pack.others[i], err))
            return false;
    *ret_pack = pack;
    return true;
}
