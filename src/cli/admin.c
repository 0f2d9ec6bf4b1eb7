/* account, key, policy, session, governance, release, screening: an operation of the API each, whose members
 * are the options. What the table of operations knows of a member says how its option is read. */
#include <getopt.h>
#include <yyjson.h>
#include "cli/client.h"
#include "cli/command.h"
#include "api/json.h"
#include "api/operation.h"
#include "base/limits.h"
#include "sanctions/day.h"

enum { OPTIONS_MAX = 32, NAME_MAX_LEN = 64, TEXT_MAX = 64 * 1024 };

static const struct {
    const char *noun, *verb, *operation;
} verbs[] = {
    {"account", "create", EXTENSION_PREFIX "CreateAccount"},
    {"account", "update", EXTENSION_PREFIX "UpdateAccount"},
    {"account", "show", EXTENSION_PREFIX "DescribeAccount"},
    {"account", "list", EXTENSION_PREFIX "ListAccounts"},
    {"key", "create", EXTENSION_PREFIX "CreateKey"},
    {"key", "list", EXTENSION_PREFIX "ListKeys"},
    {"key", "update", EXTENSION_PREFIX "UpdateKey"},
    {"key", "rotate", EXTENSION_PREFIX "RotateKey"},
    {"key", "delete", EXTENSION_PREFIX "DeleteKey"},
    {"policy", "put", EXTENSION_PREFIX "PutPolicy"},
    {"policy", "list", EXTENSION_PREFIX "ListPolicies"},
    {"policy", "delete", EXTENSION_PREFIX "DeletePolicy"},
    {"session", "create", EXTENSION_PREFIX "GetSessionToken"},
    {"governance", "set", EXTENSION_PREFIX "GovernCollection"},
    {"governance", "show", EXTENSION_PREFIX "DescribeGovernance"},
    {"governance", "reembed", EXTENSION_PREFIX "ReembedCollection"},
    {"release", "list", EXTENSION_PREFIX "ListReleases"},
    {"release", "decide", EXTENSION_PREFIX "ReleaseResult"},
    {"release", "show", EXTENSION_PREFIX "GetReleasedResult"},
    {"screening", "check", EXTENSION_PREFIX "ScreenAccount"},
    {"screening", "show", EXTENSION_PREFIX "DescribeScreening"},
    {"screening", "reviews", EXTENSION_PREFIX "ListReviews"},
    {"screening", "decide", EXTENSION_PREFIX "DecideScreening"},
    {"screening", "exception", EXTENSION_PREFIX "PutException"},
    {"screening", "licence", EXTENSION_PREFIX "PutLicence"},
    {"screening", "withdraw", EXTENSION_PREFIX "WithdrawDecision"},
};

/* A call on its way: options[i] is of field[i]; behind those of the fields come --data and the like. */
struct admin {
    const struct operation *operation;
    const struct field *fields[OPTIONS_MAX];
    char names[OPTIONS_MAX][NAME_MAX_LEN];
    struct option options[OPTIONS_MAX + 4];
    int count;
    const char *data, *endpoint;
    struct buffer request;
};

/* "LegalName" is --legal-name. */
static void option_name(const char *member, char out[NAME_MAX_LEN]) {
    size_t len = 0;
    for (size_t i = 0; member[i] && len + 2 < NAME_MAX_LEN; i++) {
        bool capital = member[i] >= 'A' && member[i] <= 'Z';
        if (capital && i > 0)
            out[len++] = '-';
        out[len++] = (char)(capital ? member[i] + ('a' - 'A') : member[i]);
    }
    out[len] = 0;
}

static void make_options(struct admin *admin) {
    for (const struct field *field = admin->operation->fields; field->name && admin->count < OPTIONS_MAX;
         field++) {
        int i = admin->count++;
        admin->fields[i] = field;
        option_name(field->name, admin->names[i]);
        admin->options[i] = (struct option){admin->names[i], required_argument, NULL, i};
    }
    admin->options[admin->count] = (struct option){"data", required_argument, NULL, 'd' + OPTIONS_MAX};
    admin->options[admin->count + 1] = (struct option){"endpoint", required_argument, NULL,
                                                       'e' + OPTIONS_MAX};
    admin->options[admin->count + 2] = (struct option){"help", no_argument, NULL, 'h' + OPTIONS_MAX};
}

/* --- values --- */

/* Seconds since 1970, or the beginning of a day: "2027-01-31". */
static bool read_time(const char *text, int64_t *ret_ms) {
    uint64_t seconds;
    int32_t day;
    if (bytes_to_number(bytes_of(text), 253402300799, &seconds))
        *ret_ms = (int64_t)seconds * 1000;
    else if (day_parse(bytes_of(text), &day))
        *ret_ms = (int64_t)day * 24 * 3600 * 1000;
    else
        return false;
    return true;
}

static bool put_text(struct admin *admin, const struct field *field, struct bytes text) {
    bool is_text = field->type == FIELD_STRING;
    yyjson_doc *document = is_text ? NULL : yyjson_read(text.ptr, text.len, 0);
    bool good = is_text || document;
    if (is_text)
        json_put_text(&admin->request, field->name, text);
    else if (good)
        json_put_json(&admin->request, field->name, text);
    yyjson_doc_free(document);
    return good;
}

/* "@FILE" stands for what is in the file, without blanks at its ends. */
static bool put_text_or_file(struct admin *admin, const struct field *field, const char *value) {
    CLEANUP_FREE char *data = NULL;
    size_t len;
    struct error err;
    if (value[0] != '@')
        return put_text(admin, field, bytes_of(value));
    if (file_read(value + 1, 0, &data, &len, &err) && len <= TEXT_MAX)
        return put_text(admin, field, bytes_trim((struct bytes){data, len}));
    return false;
}

static bool put_value(struct admin *admin, const struct field *field, const char *value) {
    uint64_t number;
    int64_t ms;
    bool yes = strcmp(value, "true") == 0;
    switch (field->type) {
    case FIELD_INTEGER:
        if (!bytes_to_number(bytes_of(value), INT64_MAX, &number))
            return false;
        json_put_integer(&admin->request, field->name, (int64_t)number);
        return true;
    case FIELD_BOOLEAN:
        json_put_boolean(&admin->request, field->name, yes);
        return yes || strcmp(value, "false") == 0;
    case FIELD_TIME:
        if (!read_time(value, &ms))
            return false;
        json_put_time(&admin->request, field->name, ms);
        return true;
    default:
        return put_text_or_file(admin, field, value);
    }
}

/* --- the command --- */

static int print_reply(const struct buffer *body) {
    yyjson_doc *document = yyjson_read(body->data, body->len, 0);
    CLEANUP_FREE char *text = yyjson_write(document, YYJSON_WRITE_PRETTY_TWO_SPACES, NULL);
    yyjson_doc_free(document);
    if (!text || printf("%s\n", text) < 0 || fflush(stdout) != 0)
        return fail("cannot write the reply");
    return EXIT_FINE;
}

/* "Status" of a reply, in the words of ReembedCollection. */
static bool is_in_progress(const struct buffer *body) {
    yyjson_doc *document = yyjson_read(body->data, body->len, 0);
    bool is = yyjson_equals_str(yyjson_obj_get(yyjson_doc_get_root(document), "Status"), "IN_PROGRESS");
    yyjson_doc_free(document);
    return is;
}

/* What takes long answers how far it is, and is called until it is done. */
static bool demand(struct admin *admin, struct client_session *session, struct buffer *ret_body,
                   struct error *err) {
    bool done = client_demand(session, admin->operation->name, &admin->request, ret_body, err);
    while (done && is_in_progress(ret_body)) {
        fprintf(stderr, "%.*s\n", BYTES_FORMAT(buffer_bytes(ret_body)));
        buffer_release(ret_body);
        done = client_demand(session, admin->operation->name, &admin->request, ret_body, err);
    }
    return done;
}

static int run(struct admin *admin) {
    struct client *client = NULL;
    struct client_session *session = NULL;
    struct error err;
    struct buffer body = buffer_new(0);
    bool done = client_open(admin->data, admin->endpoint, NULL, &client, &err) &&
                client_session_new(client, &session, &err) && demand(admin, session, &body, &err);
    int code = done ? print_reply(&body) : fail("%s", err.text);
    buffer_release(&body);
    client_session_free(session);
    client_close(client);
    return code;
}

static int print_options(const char *noun, const struct admin *admin) {
    static const char *const kinds[] = {"TEXT", "N", "N", "true|false", "DATE", "", "JSON", "JSON", "JSON"};
    printf("countenance %s: %s, with the options\n\n", noun, admin->operation->name);
    for (int i = 0; i < admin->count; i++)
        printf("  --%s %s%s\n", admin->names[i], kinds[admin->fields[i]->type],
               admin->fields[i]->required ? " (required)" : "");
    printf("\nTEXT and JSON may be @FILE.\n");
    return EXIT_FINE;
}

/* -1: go on. */
static int read_options(struct admin *admin, const char *noun, int argc, char **argv) {
    for (int option; (option = getopt_long(argc, argv, "", admin->options, NULL)) != -1;)
        if (option == 'd' + OPTIONS_MAX)
            admin->data = optarg;
        else if (option == 'e' + OPTIONS_MAX)
            admin->endpoint = optarg;
        else if (option == 'h' + OPTIONS_MAX)
            return print_options(noun, admin);
        else if (option < 0 || option >= admin->count)
            return EXIT_USAGE;
        else if (!put_value(admin, admin->fields[option], optarg))
            return fail_usage("--%s cannot be '%s'", admin->names[option], optarg);
    return optind == argc ? -1 : fail_usage("%s does not know '%s'", noun, argv[optind]);
}

static int administer(const char *noun, int argc, char **argv) {
    const char *operation = NULL;
    for (size_t i = 0; argc > 1 && i < ARRAY_LEN(verbs); i++)
        if (strcmp(verbs[i].noun, noun) == 0 && strcmp(verbs[i].verb, argv[1]) == 0)
            operation = verbs[i].operation;
    if (!operation)
        return argc > 1 && strcmp(argv[1], "--help") == 0
                   ? help_of(noun)
                   : fail_usage("%s needs to be told what to do", noun);
    struct admin admin = {.operation = operation_find(bytes_of(operation)),
                          .data = "./var",
                          .request = buffer_new(16 * TEXT_MAX)};
    make_options(&admin);
    argv[1] = argv[0];
    json_object_open(&admin.request, NULL);
    int code = read_options(&admin, noun, argc - 1, argv + 1);
    json_object_close(&admin.request);
    if (code < 0)
        code = run(&admin);
    buffer_release(&admin.request);
    return code;
}

int command_account(int argc, char **argv) {
    return administer("account", argc, argv);
}

int command_key(int argc, char **argv) {
    return administer("key", argc, argv);
}

int command_policy(int argc, char **argv) {
    return administer("policy", argc, argv);
}

int command_session(int argc, char **argv) {
    return administer("session", argc, argv);
}

int command_governance(int argc, char **argv) {
    return administer("governance", argc, argv);
}

int command_release(int argc, char **argv) {
    return administer("release", argc, argv);
}

int command_screening(int argc, char **argv) {
    return administer("screening", argc, argv);
}
