#include <getopt.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include "cli/command.h"
#include "base/limits.h"

bool option_number(const char *name, const char *text, double minimum, double maximum, double *ret_number) {
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end != 0 || !(number >= minimum && number <= maximum)) {
        fail_usage("--%s takes a number from %g to %g, not '%s'", name, minimum, maximum, text);
        return false;
    }
    *ret_number = number;
    return true;
}

static bool is_pack(const char *folder) {
    char manifest[PATH_MAX];
    return (size_t)snprintf(manifest, sizeof manifest, "%s/manifest.ini", folder) < sizeof manifest &&
           access(manifest, R_OK) == 0;
}

/* The folder of the packs that are installed beside the program, with a / at its end; "" when unknown. */
static void installed_packs(char *folder, size_t size) {
    ssize_t len = readlink("/proc/self/exe", folder, size - 64);
    for (int up = 0; up < 2 && len > 0; up++) {
        while (len > 0 && folder[len - 1] != '/')
            len--;
        len -= len > 1;
    }
    snprintf(folder + MAX(len, 0), 64, "%s", len > 0 ? "/share/countenance/models/" : "");
}

static const char *find_pack(const char *wanted, char found[PATH_MAX]) {
    char installed[PATH_MAX];
    if (strchr(wanted, '/') || is_pack(wanted))
        return wanted;
    installed_packs(installed, sizeof installed);
    if (snprintf(found, PATH_MAX, "%s%s", installed, wanted) < PATH_MAX && is_pack(found))
        return found;
    if (strcmp(wanted, "default") == 0)
        return COUNTENANCE_MODELS;
    if (snprintf(found, PATH_MAX, COUNTENANCE_MODELS "/../%s", wanted) < PATH_MAX && is_pack(found))
        return found;
    return wanted;
}

/* What $COUNTENANCE_MODELS names; what is too much for the list stays with the last and is found nowhere. */
static void split_environment(const char *ret_names[LIMIT_MODELS + 1]) {
    static char names[PATH_MAX];
    const char *environment = getenv("COUNTENANCE_MODELS");
    int count = 0;
    snprintf(names, sizeof names, "%s", environment && *environment ? environment : "default");
    for (char *name = names; name;) {
        char *colon = count < LIMIT_MODELS - 1 ? strchr(name, ':') : NULL;
        if (colon)
            *colon = 0;
        ret_names[count++] = name;
        name = colon ? colon + 1 : NULL;
    }
    ret_names[count] = NULL;
}

const char *models_folder(const char *option) {
    static char found[PATH_MAX];
    const char *names[LIMIT_MODELS + 1] = {option};
    if (!option)
        split_environment(names);
    return find_pack(names[0], found);
}

void models_folders(const char *const *options, const char *ret_folders[LIMIT_MODELS + 1]) {
    static char found[LIMIT_MODELS][PATH_MAX];
    const char *names[LIMIT_MODELS + 1];
    int count = 0;
    if (!options[0]) {
        split_environment(names);
        options = names;
    }
    for (; options[count]; count++)
        ret_folders[count] = find_pack(options[count], found[count]);
    ret_folders[count] = NULL;
}

static void close_stream(FILE **stream) {
    if (*stream)
        fclose(*stream);
}

bool file_read(const char *path, size_t padding, char **ret_data, size_t *ret_len, struct error *err) {
    CLEANUP(close_stream) FILE *stream = fopen(path, "rbe");
    struct stat about;
    if (!stream || fstat(fileno(stream), &about) < 0)
        return error_set(err, ERROR_INTERNAL, "cannot read %s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return error_set(err, ERROR_INTERNAL, "%s is not a file", path);
    if (about.st_size > LIMIT_IMAGE_FILE_BYTES)
        return error_set(err, ERROR_IMAGE_TOO_LARGE, "%s has %lld bytes, the most is %d", path,
                         (long long)about.st_size, LIMIT_IMAGE_FILE_BYTES);
    char *data = calloc(1, (size_t)about.st_size + padding + 1);
    size_t len = data ? fread(data, 1, (size_t)about.st_size, stream) : 0;
    if (!data || ferror(stream)) {
        free(data);
        return error_set(err, ERROR_INTERNAL, "cannot read %s", path);
    }
    *ret_data = data;
    *ret_len = len;
    return true;
}

bool eyes_open(const char *models, struct face_search search, struct eyes *ret_eyes, struct error *err) {
    struct eyes eyes = {NULL, NULL};
    bool opened = face_engine_open(models_folder(models), 1, NULL, &eyes.engine, err);
    if (opened)
        face_engine_set_search(eyes.engine, search);
    if (!opened || !face_worker_new(eyes.engine, &eyes.worker, err)) {
        eyes_close(&eyes);
        return false;
    }
    *ret_eyes = eyes;
    return true;
}

void eyes_close(struct eyes *eyes) {
    face_worker_free(eyes->worker);
    face_engine_free(eyes->engine);
}

bool eyes_read(const char *path, struct image *ret_image, struct error *err) {
    CLEANUP_FREE char *data = NULL;
    size_t len;
    struct error why;
    if (!file_read(path, 0, &data, &len, err))
        return false;
    if (!image_decode((struct bytes){data, len}, ret_image, &why))
        return error_set(err, why.code, "%s: %s", path, why.text);
    return true;
}

bool eyes_look(struct eyes *eyes, const char *path, int maximum, struct image *ret_image,
               struct findings *ret_findings, struct error *err) {
    struct image image = {0};
    if (!eyes_read(path, &image, err))
        return false;
    if (!face_detect(eyes->worker, &image, maximum, ret_findings->faces, &ret_findings->count, err)) {
        image_release(&image);
        return false;
    }
    memset(ret_findings->attributes, 0, sizeof ret_findings->attributes);
    ret_findings->width = image.full_width;
    ret_findings->height = image.full_height;
    *ret_image = image;
    return true;
}

int print_json(struct buffer *json) {
    buffer_text(json, "\n");
    int code = json->failed ? fail("no memory for the result") : EXIT_FINE;
    if (code == EXIT_FINE && (fwrite(json->data, 1, json->len, stdout) != json->len || fflush(stdout) != 0))
        code = fail("cannot write the result");
    buffer_release(json);
    return code;
}

bool read_data_option(int argc, char **argv, const char *name, const char **ret_data, int *ret_status) {
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *data = "./var";
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'd') {
            data = optarg;
        } else {
            *ret_status = option == 'h' ? help_of(name) : EXIT_USAGE;
            return false;
        }
    if (optind < argc) {
        *ret_status = fail_usage("%s takes no '%s'", name, argv[optind]);
        return false;
    }
    *ret_data = data;
    return true;
}
