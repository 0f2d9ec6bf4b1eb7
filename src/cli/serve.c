#define _GNU_SOURCE /* program_invocation_name */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include "cli/client.h"
#include "cli/command.h"
#include "base/log.h"
#include "server/server.h"

struct serve {
    const char *data, *celebrities;
    const char *models[LIMIT_MODELS + 1]; /* NULL behind the last */
    int model_count;
    char address[64];
    double port, workers, budget;
    bool thorough;
};

static bool read_listen(const char *text, struct serve *serve) {
    const char *colon = strrchr(text, ':');
    double port;
    if (!colon || colon == text || (size_t)(colon - text) >= sizeof serve->address) {
        fail_usage("--listen takes ADDRESS:PORT, not '%s'", text);
        return false;
    }
    if (!option_number("listen (its port)", colon + 1, 0, 65535, &port))
        return false;
    snprintf(serve->address, sizeof serve->address, "%.*s", (int)(colon - text), text);
    serve->port = port;
    return true;
}

static void print_next(const char *data, const char *endpoint) {
    char folder[PATH_MAX];
    if (!realpath(data, folder))
        snprintf(folder, sizeof folder, "%s", data);
    printf("\nCountenance %s serves at %s\n\nWhat to do next, in another terminal (pip install awscli, or "
           "your own):\n\n"
           "  export AWS_SHARED_CREDENTIALS_FILE='%s/credentials' AWS_DEFAULT_REGION=us-east-1\n"
           "  aws --endpoint-url %s rekognition create-collection --collection-id people\n"
           "  aws --endpoint-url %s rekognition index-faces --collection-id people --external-image-id "
           "someone --image-bytes "
           "fileb://PHOTO.jpg\n"
           "  aws --endpoint-url %s rekognition search-faces-by-image --collection-id people --image-bytes "
           "fileb://OTHER.jpg\n\n"
           "A whole folder: %s index FOLDER --collection people --data '%s'      Stop: Ctrl-C\n\n",
           COUNTENANCE_VERSION, endpoint, folder, endpoint, endpoint, endpoint, program_invocation_name,
           folder);
    fflush(stdout);
}

static bool read_log_level(const char *text) {
    static const char *const names[] = {
        [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(text, names[i]) == 0) {
            log_set_level((enum log_level)i);
            return true;
        }
    fail_usage("--log-level takes debug, info, warn or error, not '%s'", text);
    return false;
}

static bool is_loopback(const char *address) {
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static void wait_for_signal(void) {
    sigset_t signals;
    int number;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigwait(&signals, &number);
    log_event(LOG_INFO, "stop", "finishing what is under way; a second signal stops at once");
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
}

static int run(const struct serve *serve) {
    struct service *service = NULL;
    struct server *server = NULL;
    struct error err;
    char endpoint[128], objects[PATH_MAX], record[PATH_MAX];
    struct api_options options = {.data = serve->data,
                                  .workers = (int)serve->workers,
                                  .celebrities = serve->celebrities,
                                  .search = {serve->thorough, (int)serve->budget},
                                  .objects = objects};
    struct server_options listen = {.address = serve->address,
                                    .port = (uint16_t)serve->port,
                                    .workers = (int)serve->workers,
                                    .record = record};
    if (snprintf(objects, sizeof objects, "%s/s3.ini", serve->data) >= (int)sizeof objects ||
        snprintf(record, sizeof record, "%s/record", serve->data) >= (int)sizeof record)
        return fail("the path of the data folder is too long");
    models_folders(serve->models, options.models);
    bool started = service_open(&options, &service, &err) && client_endpoint_write(serve->data, NULL, &err) &&
                   server_start(service, &listen, &server, &err);
    if (started) {
        snprintf(endpoint, sizeof endpoint, strchr(serve->address, ':') ? "http://[%s]:%d" : "http://%s:%d",
                 serve->address, server_port(server));
        started = client_endpoint_write(serve->data, endpoint, &err);
    }
    int code = started ? EXIT_FINE : fail("%s", err.text);
    if (started) {
        if (!is_loopback(serve->address))
            log_event(LOG_WARN, "listen",
                      "%s is open to the network without TLS: put a proxy with TLS in front", endpoint);
        print_next(serve->data, endpoint);
        wait_for_signal();
    }
    server_stop(server);
    if (started && !client_endpoint_write(serve->data, NULL, &err))
        code = fail("%s", err.text);
    service_close(service);
    return code;
}

int command_serve(int argc, char **argv) {
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"listen", required_argument, NULL, 'l'},
                                            {"workers", required_argument, NULL, 'w'},
                                            {"models", required_argument, NULL, 'M'},
                                            {"celebrities", required_argument, NULL, 'c'},
                                            {"thorough", no_argument, NULL, 't'},
                                            {"budget", required_argument, NULL, 'b'},
                                            {"log-level", required_argument, NULL, 'L'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct serve serve = {.data = "./var", .address = "127.0.0.1", .port = 8080};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'd')
            serve.data = optarg;
        else if (option == 'M') {
            if (serve.model_count == LIMIT_MODELS)
                return fail_usage("serve loads at most %d model packs", LIMIT_MODELS);
            serve.models[serve.model_count++] = optarg;
        } else if (option == 'c')
            serve.celebrities = optarg;
        else if (option == 't')
            serve.thorough = true;
        else if (option == 'q')
            log_set_level(LOG_WARN);
        else if (option == 'L') {
            if (!read_log_level(optarg))
                return EXIT_USAGE;
        } else if (option == 'l') {
            if (!read_listen(optarg, &serve))
                return EXIT_USAGE;
        } else if (option == 'b') {
            if (!option_number("budget", optarg, 0, LIMIT_BUDGET_MS, &serve.budget))
                return EXIT_USAGE;
        } else if (option == 'w') {
            if (!option_number("workers", optarg, 1, LIMIT_WORKERS, &serve.workers))
                return EXIT_USAGE;
        } else
            return option == 'h' ? help_of("serve") : EXIT_USAGE;
    if (optind < argc)
        return fail_usage("serve takes no '%s'", argv[optind]);
    /* Blocked before any thread starts, so that only wait_for_signal takes them. */
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a full disk: an error, not the end */
    umask(077);
    return run(&serve);
}
