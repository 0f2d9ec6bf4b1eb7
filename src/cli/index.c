/* Enrols a folder. Which files are there already is asked of the collection itself: a face's ExternalImageId
 * comes from the file's path and its ImageId from the file's bytes, so both can be told without a look at the
 * photograph, and a run that was stopped goes on where it was with no journal to keep. */
#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <yyjson.h>
#include "cli/client.h"
#include "cli/command.h"
#include "cli/naming.h"
#include "api/json.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/uuid.h"

enum { EXAMPLES_MAX = 5, THREADS_MAX = 16 };

enum outcome { INDEXED, KNOWN, NO_FACE, ALL_REFUSED, TOO_LARGE, NO_PHOTO, FAILED, OUTCOMES };

static const char *const outcome_words[OUTCOMES] = {
    [INDEXED] = "enrolled",
    [KNOWN] = "in the collection already",
    [NO_FACE] = "no face found",
    [ALL_REFUSED] = "faces too small, dark, blurred or turned away",
    [TOO_LARGE] = "over 5 MiB: make it smaller",
    [NO_PHOTO] = "no JPEG or PNG that can be read",
    [FAILED] = "failed",
};

struct job {
    const char *collection, *data, *endpoint, *models, *folder;
    double max_faces, threads; /* threads 0: as many as there is work for */
    bool json;

    char **paths; /* of files, relative to the folder */
    size_t count, capacity;
    char **known; /* "ExternalImageId ImageId", sorted */
    size_t known_count;

    struct client *client;
    pthread_mutex_t lock; /* of what follows */
    size_t next, faces, outcomes[OUTCOMES];
    const char *examples[OUTCOMES][EXAMPLES_MAX];
    char trouble[512];
    uint64_t started;
};

static volatile sig_atomic_t stopped;

static void stop(int number) {
    (void)number;
    stopped = 1;
}

static bool append(char ***list, size_t *count, size_t *capacity, const char *text) {
    if (*count == *capacity) {
        size_t more = MAX(*capacity * 2, (size_t)256);
        char **grown = realloc(*list, more * sizeof *grown);
        if (!grown)
            return false;
        *list = grown;
        *capacity = more;
    }
    char *copy = strdup(text);
    if (copy)
        (*list)[(*count)++] = copy;
    return copy != NULL;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_photo(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && (!strcasecmp(dot, ".jpg") || !strcasecmp(dot, ".jpeg") || !strcasecmp(dot, ".png") ||
                   !strcasecmp(dot, ".jpe"));
}

/* What cannot be read is kept as well: it counts as failed when its turn comes. */
static bool is_wanted(const FTSENT *entry) {
    switch (entry->fts_info) {
    case FTS_F:
    case FTS_NS:
    case FTS_SLNONE:
        return is_photo(entry->fts_name);
    case FTS_DNR:
    case FTS_ERR:
        return true;
    default:
        return false;
    }
}

static bool find_photos(struct job *job, struct error *err) {
    char *roots[] = {(char *)job->folder, NULL};
    DIR *folder = opendir(job->folder); /* fts tells of a folder that is none only in passing */
    if (!folder)
        return error_set(err, ERROR_INTERNAL, "cannot go through %s: %s", job->folder, strerror(errno));
    closedir(folder);
    /* Links are followed; fts sees where they would lead in a circle. */
    FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
    size_t base = strlen(job->folder);
    bool fine = walk != NULL;
    errno = 0;
    for (FTSENT *entry; fine && (entry = fts_read(walk)); errno = 0)
        if (is_wanted(entry)) {
            const char *relative = entry->fts_path + base;
            fine = append(&job->paths, &job->count, &job->capacity, relative + strspn(relative, "/"));
        }
    fine = fine && errno == 0;
    if (walk)
        fts_close(walk);
    if (!fine)
        return error_set(err, ERROR_INTERNAL, "cannot go through %s: %s", job->folder, strerror(errno));
    if (job->count == 0)
        return error_set(err, ERROR_INTERNAL, "there is no .jpg, .jpeg or .png in %s", job->folder);
    qsort(job->paths, job->count, sizeof *job->paths, by_text);
    return true;
}

static bool make_collection(struct job *job, struct client_session *session, struct error *err) {
    struct buffer json = buffer_new(4096), body = buffer_new(0);
    int status;
    json_object_open(&json, NULL);
    json_put_string(&json, "CollectionId", job->collection);
    json_object_close(&json);
    bool called = client_call(session, "CreateCollection", &json, &body, &status, err);
    bool fine = called &&
                (status < 300 || (body.data && strstr(body.data, "ResourceAlreadyExistsException")));
    if (called && !fine) {
        buffer_release(&body);
        fine = client_demand(session, "CreateCollection", &json, &body, err);
    } else if (called && status < 300 && !job->json)
        printf("made the collection %s\n", job->collection);
    buffer_release(&json);
    buffer_release(&body);
    return fine;
}

/* One page of ListFaces; its token, if there is one, goes into token. */
static bool read_page(struct job *job, size_t *capacity, const struct buffer *body, char *token,
                      struct error *err) {
    struct arena *arena = arena_new(LIMIT_REPLY_BYTES);
    char *text = arena ? arena_alloc(arena, body->len + API_BODY_PADDING) : NULL, line[512];
    struct yyjson_val *reply, *faces, *face;
    size_t i, count;
    bool fine = text && (memcpy(text, body->data, body->len), json_read(arena, text, body->len, &reply, err));
    if (fine) {
        faces = json_get(reply, "Faces");
        yyjson_arr_foreach(faces, i, count, face) {
            snprintf(line, sizeof line, "%.*s %.*s", BYTES_FORMAT(json_get_text(face, "ExternalImageId")),
                     BYTES_FORMAT(json_get_text(face, "ImageId")));
            fine = fine && append(&job->known, &job->known_count, capacity, line);
        }
        snprintf(token, LIMIT_NEXT_TOKEN + 1, "%.*s", BYTES_FORMAT(json_get_text(reply, "NextToken")));
    }
    arena_free(arena);
    return fine || error_set(err, ERROR_INTERNAL, "cannot read the list of faces");
}

static bool list_known(struct job *job, struct client_session *session, struct error *err) {
    char token[LIMIT_NEXT_TOKEN + 1] = "";
    size_t capacity = 0;
    bool fine = true;
    do {
        struct buffer json = buffer_new(4096), body = buffer_new(0);
        json_object_open(&json, NULL);
        json_put_string(&json, "CollectionId", job->collection);
        json_put_integer(&json, "MaxResults", LIMIT_PAGE);
        if (token[0])
            json_put_string(&json, "NextToken", token);
        json_object_close(&json);
        fine = client_demand(session, "ListFaces", &json, &body, err) &&
               read_page(job, &capacity, &body, token, err);
        buffer_release(&json);
        buffer_release(&body);
    } while (fine && token[0]);
    if (job->known_count > 0)
        qsort(job->known, job->known_count, sizeof *job->known, by_text);
    return fine;
}

static bool is_known(const struct job *job, const char *external_id, struct bytes photo) {
    char image_id[UUID_TEXT], line[512], *key = line;
    uuid_format(uuid_of_data(photo), image_id);
    snprintf(line, sizeof line, "%s %s", external_id, image_id);
    return job->known_count > 0 && bsearch(&key, job->known, job->known_count, sizeof *job->known, by_text);
}

static enum outcome read_reply(const struct buffer *body, int status, size_t *ret_faces, char *trouble,
                               size_t trouble_size) {
    struct arena *arena = arena_new(LIMIT_REPLY_BYTES);
    char *text = arena ? arena_alloc(arena, body->len + API_BODY_PADDING) : NULL;
    struct yyjson_val *reply;
    enum outcome outcome = FAILED;
    if (text && body->data &&
        (memcpy(text, body->data, body->len), json_read(arena, text, body->len, &reply, NULL))) {
        struct bytes type = json_get_text(reply, "__type");
        *ret_faces = yyjson_arr_size(json_get(reply, "FaceRecords"));
        if (status < 300)
            outcome = *ret_faces > 0                                           ? INDEXED
                      : yyjson_arr_size(json_get(reply, "UnindexedFaces")) > 0 ? ALL_REFUSED
                                                                               : NO_FACE;
        else if (bytes_equal_string(type, "InvalidImageFormatException") ||
                 bytes_equal_string(type, "ImageTooLargeException") ||
                 bytes_equal_string(type, "InvalidParameterException"))
            outcome = NO_PHOTO;
        snprintf(trouble, trouble_size, "%.*s", BYTES_FORMAT(json_get_text(reply, "Message")));
    }
    arena_free(arena);
    return outcome;
}

/* A server that does not answer will not answer for the next photograph either. */
static void stop_early(struct job *job) {
    pthread_mutex_lock(&job->lock);
    job->next = job->count;
    pthread_mutex_unlock(&job->lock);
}

static enum outcome index_photo(struct job *job, struct client_session *session, const char *relative,
                                size_t *ret_faces, char *trouble, size_t trouble_size) {
    CLEANUP_FREE char *data = NULL;
    char path[4096], external_id[NAMING_MAX];
    size_t len;
    struct error err;
    snprintf(path, sizeof path, "%s/%s", job->folder, relative);
    naming_external_id(relative, external_id);
    if (!file_read(path, 0, &data, &len, &err)) {
        snprintf(trouble, trouble_size, "%s", err.text);
        return err.code == ERROR_IMAGE_TOO_LARGE ? TOO_LARGE : FAILED;
    }
    if (len > LIMIT_IMAGE_BYTES)
        return TOO_LARGE;
    if (len == 0)
        return NO_PHOTO;
    if (is_known(job, external_id, (struct bytes){data, len}))
        return KNOWN;
    struct buffer json = buffer_new(LIMIT_BODY_BYTES), body = buffer_new(0);
    int status;
    json_object_open(&json, NULL);
    json_put_string(&json, "CollectionId", job->collection);
    json_put_string(&json, "ExternalImageId", external_id);
    json_put_integer(&json, "MaxFaces", (int64_t)job->max_faces);
    json_object_open(&json, "Image");
    client_put_blob(&json, "Bytes", (struct bytes){data, len});
    json_object_close(&json);
    json_object_close(&json);
    enum outcome outcome = FAILED;
    if (client_call(session, "IndexFaces", &json, &body, &status, &err))
        outcome = read_reply(&body, status, ret_faces, trouble, trouble_size);
    else {
        snprintf(trouble, trouble_size, "%s", err.text);
        stop_early(job);
    }
    buffer_release(&json);
    buffer_release(&body);
    return outcome;
}

static size_t done_count(const struct job *job) {
    size_t done = 0;
    for (int i = 0; i < OUTCOMES; i++)
        done += job->outcomes[i];
    return done;
}

static void show_progress(const struct job *job) {
    size_t done = done_count(job), width = 30, filled = done * width / job->count;
    double seconds = (double)(clock_monotonic_ns() - job->started) / 1e9,
           rate = (double)done / (seconds + 1e-3);
    long left = (long)((double)(job->count - done) / (rate + 1e-6));
    if (job->json)
        return;
    if (isatty(STDERR_FILENO)) {
        static const char bar[] = "##############################------------------------------";
        fprintf(stderr, "\r[%.*s] %zu of %zu  %.1f/s  %ld:%02ld left ", (int)width, bar + width - filled,
                done, job->count, rate, left / 60, left % 60);
    } else if (done % 100 == 0 || done == job->count)
        fprintf(stderr, "%zu of %zu photographs, %.1f a second, %ld s left\n", done, job->count, rate, left);
}

static void *work(void *context) {
    struct job *job = context;
    struct client_session *session = NULL;
    struct error err;
    bool ready = client_session_new(job->client, &session, &err);
    pthread_mutex_lock(&job->lock);
    if (!ready)
        snprintf(job->trouble, sizeof job->trouble, "%s", err.text);
    while (ready && job->next < job->count && !stopped) {
        const char *path = job->paths[job->next++];
        char trouble[sizeof job->trouble] = "";
        size_t faces = 0;
        pthread_mutex_unlock(&job->lock);
        enum outcome outcome = index_photo(job, session, path, &faces, trouble, sizeof trouble);
        pthread_mutex_lock(&job->lock);
        if (job->outcomes[outcome] < EXAMPLES_MAX)
            job->examples[outcome][job->outcomes[outcome]] = path;
        job->outcomes[outcome]++;
        job->faces += faces;
        if (outcome == FAILED)
            memcpy(job->trouble, trouble, sizeof trouble);
        show_progress(job);
    }
    pthread_mutex_unlock(&job->lock);
    client_session_free(session);
    return NULL;
}

static int summary_json(const struct job *job) {
    static const char *const names[OUTCOMES] = {"Enrolled", "Known",   "NoFace", "Refused",
                                                "TooLarge", "NoPhoto", "Failed"};
    struct buffer out = buffer_new(1 << 20);
    json_object_open(&out, NULL);
    json_put_integer(&out, "Photographs", (int64_t)job->count);
    json_put_integer(&out, "Faces", (int64_t)job->faces);
    for (int i = 0; i < OUTCOMES; i++)
        json_put_integer(&out, names[i], (int64_t)job->outcomes[i]);
    json_object_open(&out, "Examples");
    for (int i = NO_FACE; i < OUTCOMES; i++) {
        json_array_open(&out, names[i]);
        for (size_t k = 0; k < MIN(job->outcomes[i], (size_t)EXAMPLES_MAX); k++)
            json_put_string(&out, NULL, job->examples[i][k]);
        json_array_close(&out);
    }
    json_object_close(&out);
    json_object_close(&out);
    return print_json(&out);
}

static int summary(const struct job *job) {
    if (job->json)
        return summary_json(job);
    if (isatty(STDERR_FILENO))
        fputc('\n', stderr);
    printf("%zu faces enrolled in %s\n", job->faces, job->collection);
    for (int i = 0; i < OUTCOMES; i++) {
        if (job->outcomes[i] == 0)
            continue;
        printf("%8zu  %s", job->outcomes[i], outcome_words[i]);
        for (size_t k = 0; k < MIN(job->outcomes[i], (size_t)EXAMPLES_MAX) && i >= NO_FACE; k++)
            printf("%s%s", k == 0 ? ": " : ", ", job->examples[i][k]);
        printf("\n");
    }
    return EXIT_FINE;
}

static bool run_threads(struct job *job, struct error *err) {
    pthread_t threads[THREADS_MAX];
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    /* A server does the work itself: a few more clients than it has workers keep them busy. */
    int fitting = (int)MIN(MAX(cores, 1) * (client_is_remote(job->client) ? 2 : 1), THREADS_MAX);
    int count = job->threads > 0 ? (int)job->threads : fitting, started = 0;
    job->started = clock_monotonic_ns();
    while (started < count && pthread_create(&threads[started], NULL, work, job) == 0)
        started++;
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return started > 0 || error_set(err, ERROR_INTERNAL, "cannot start a thread");
}

static int run(struct job *job) {
    struct client_session *session = NULL;
    struct error err;
    bool done = find_photos(job, &err) &&
                client_open(job->data, job->endpoint, job->models, &job->client, &err) &&
                client_session_new(job->client, &session, &err) && make_collection(job, session, &err) &&
                list_known(job, session, &err);
    client_session_free(session);
    done = done && run_threads(job, &err);
    int code = done ? summary(job) : fail("%s", err.text);
    if (done && stopped)
        code = fail("stopped; run the same command to go on");
    else if (done && (job->outcomes[FAILED] > 0 || done_count(job) < job->count))
        code = fail("not all photographs were enrolled: %s; run the same command to go on", job->trouble);
    client_close(job->client);
    for (size_t i = 0; i < job->count; i++)
        free(job->paths[i]);
    for (size_t i = 0; i < job->known_count; i++)
        free(job->known[i]);
    free(job->paths);
    free(job->known);
    return code;
}

int command_index(int argc, char **argv) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"collection", required_argument, NULL, 'c'},
                                            {"data", required_argument, NULL, 'd'},
                                            {"endpoint", required_argument, NULL, 'e'},
                                            {"max-faces", required_argument, NULL, 'm'},
                                            {"threads", required_argument, NULL, 't'},
                                            {"models", required_argument, NULL, 'M'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct job job = {.data = "./var", .max_faces = LIMIT_FACES_PER_IMAGE, .lock = PTHREAD_MUTEX_INITIALIZER};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'j')
            job.json = true;
        else if (option == 'c')
            job.collection = optarg;
        else if (option == 'd')
            job.data = optarg;
        else if (option == 'e')
            job.endpoint = optarg;
        else if (option == 'M')
            job.models = optarg;
        else if (option == 't') {
            if (!option_number("threads", optarg, 1, THREADS_MAX, &job.threads))
                return EXIT_USAGE;
        } else if (option == 'm') {
            if (!option_number("max-faces", optarg, 1, LIMIT_FACES_PER_IMAGE, &job.max_faces))
                return EXIT_USAGE;
        } else
            return option == 'h' ? help_of("index") : EXIT_USAGE;
    if (argc - optind != 1 || !job.collection)
        return fail_usage("index needs a folder and --collection");
    job.folder = argv[optind];
    struct sigaction action = {.sa_handler = stop, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    return run(&job);
}
