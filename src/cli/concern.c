/* Concerns, at the desk of whoever writes or reads one: sealing and opening happen here, never on a server.
 */
#define _GNU_SOURCE /* memmem */
#include <getopt.h>
#include <sodium.h>
#include "api/json.h"
#include "api/operation.h"
#include "base/base64.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/trust.h"
#include "record/files.h"
#include "record/proof.h"
#include "sanctions/concern.h"

enum { KEY_TEXT = 45, FILE_MAX = 1 << 20, READ_CHUNK = 4096 };

struct concern_command {
    const char *data, *endpoint, *models, *recipients, *key, *vkey, *sealed, *out;
    char **arguments;
    int count;
};

static bool read_file(const char *path, size_t maximum, char **ret_data, size_t *ret_len, struct error *err) {
    if (strcmp(path, "-") != 0)
        return files_read(path, maximum, ret_data, ret_len, err);
    struct buffer all = buffer_new(maximum);
    char chunk[READ_CHUNK];
    for (size_t len; (len = fread(chunk, 1, sizeof chunk, stdin)) > 0;)
        buffer_append(&all, chunk, len);
    if (all.failed || ferror(stdin)) {
        buffer_release(&all);
        return error_set(err, ERROR_VALIDATION, "standard input cannot be read, or is too long");
    }
    *ret_data = all.data;
    *ret_len = all.len;
    return true;
}

/* --- keygen --- */

static int keygen(struct concern_command *command) {
    uint8_t public_key[32], secret_key[32];
    char text[2][KEY_TEXT] = {"", ""};
    struct error err;
    if (command->count != 1)
        return fail_usage("concern keygen needs the file for the secret key");
    if (access(command->arguments[0], F_OK) == 0)
        return fail("%s is there already", command->arguments[0]);
    crypto_box_keypair(public_key, secret_key);
    base64_to_text((struct bytes){(const char *)public_key, sizeof public_key}, text[0]);
    base64_to_text((struct bytes){(const char *)secret_key, sizeof secret_key}, text[1]);
    bool written = files_write(command->arguments[0], bytes_of(text[1]), 0600, &err);
    secret_wipe(secret_key, sizeof secret_key);
    secret_wipe(text[1], sizeof text[1]);
    if (!written)
        return fail("%s", err.text);
    printf("%s\n", text[0]);
    return EXIT_FINE;
}

/* --- lodge --- */

static bool seal_file(const struct concern_command *command, struct buffer *ret_sealed, struct error *err) {
    struct concern_recipient recipients[LIMIT_CONCERN_RECIPIENTS] = {0};
    CLEANUP_FREE char *text = NULL, *who = NULL;
    char path[FILES_PATH_MAX];
    size_t len, who_len, count;
    if (command->recipients)
        snprintf(path, sizeof path, "%s", command->recipients);
    else if (!files_path(command->data, CONCERN_RECIPIENTS_FILE, path, err))
        return false;
    return files_read(path, FILE_MAX, &who, &who_len, err) &&
           concern_recipients_parse((struct bytes){who, who_len}, recipients, &count, err) &&
           read_file(command->arguments[0], LIMIT_CONCERN_BYTES, &text, &len, err) &&
           concern_seal((struct bytes){text, len}, recipients, count, ret_sealed, err);
}

static bool send_sealed(const struct concern_command *command, struct bytes sealed, struct arena *arena,
                        struct yyjson_val **ret_reply, struct error *err) {
    struct client *client = NULL;
    struct client_session *session = NULL;
    struct buffer json = buffer_new(LIMIT_BODY_BYTES);
    json_object_open(&json, NULL);
    client_put_blob(&json, "Sealed", sealed);
    json_object_close(&json);
    bool done = client_open(command->data, command->endpoint, models_folder(command->models), &client, err) &&
                client_session_new(client, &session, err) &&
                client_ask(session, EXTENSION_PREFIX "LodgeConcern", &json, arena, ret_reply, err);
    client_session_free(session);
    client_close(client);
    buffer_release(&json);
    return done;
}

/* The sealed form and the receipt beside each other: both are needed to show later what was lodged. */
static bool keep(const struct concern_command *command, struct bytes sealed, struct yyjson_val *reply,
                 struct error *err) {
    char path[FILES_PATH_MAX];
    struct bytes receipt = json_get_text(reply, "Receipt");
    if (snprintf(path, sizeof path, "%s.sealed", command->out) >= (int)sizeof path)
        return error_set(err, ERROR_VALIDATION, "the name of the receipt is too long");
    if (!files_write(path, sealed, 0600, err))
        return false;
    if (!receipt.ptr)
        return error_set(
            err, ERROR_INTERNAL,
            "it is lodged as %.*s, but the record was not published in time: ask for the receipt "
            "with GetConcernReceipt",
            BYTES_FORMAT(json_get_text(reply, "ConcernId")));
    return files_write(command->out, receipt, 0600, err);
}

static int lodge(struct concern_command *command) {
    CLEANUP(arena_cleanup) struct arena *arena = arena_new(LIMIT_REPLY_BYTES);
    struct buffer sealed = buffer_new(CONCERN_SEALED_MAX);
    struct yyjson_val *reply;
    struct error err;
    if (command->count != 1 || !command->out)
        return fail_usage("concern lodge needs a file ('-': standard input) and --out for the receipt");
    bool done = seal_file(command, &sealed, &err) &&
                send_sealed(command, buffer_bytes(&sealed), arena, &reply, &err) &&
                keep(command, buffer_bytes(&sealed), reply, &err);
    buffer_release(&sealed);
    if (!done)
        return fail("%s", err.text);
    printf("lodged as %.*s, entry %lld of the record\n", BYTES_FORMAT(json_get_text(reply, "ConcernId")),
           (long long)json_get_integer(reply, "EntryIndex", 0));
    return EXIT_FINE;
}

/* Sealed for whoever sends it with a one-time code, by any means. */
static int seal_only(struct concern_command *command) {
    struct buffer sealed = buffer_new(CONCERN_SEALED_MAX);
    struct error err;
    if (command->count != 1 || !command->out)
        return fail_usage("concern seal needs a file ('-': standard input) and --out for the sealed form");
    bool done = seal_file(command, &sealed, &err) &&
                files_write(command->out, buffer_bytes(&sealed), 0600, &err);
    buffer_release(&sealed);
    return done ? EXIT_FINE : fail("%s", err.text);
}

/* --- open --- */

static int open_sealed(struct concern_command *command) {
    CLEANUP_FREE char *sealed = NULL, *key_text = NULL;
    struct buffer text = buffer_new(CONCERN_SEALED_MAX);
    size_t len, key_len;
    uint8_t key[32];
    struct error err;
    if (command->count != 1 || !command->key)
        return fail_usage("concern open needs a sealed file and --key, the file of a secret key");
    bool read = files_read(command->key, FILE_MAX, &key_text, &key_len, &err) &&
                files_read(command->arguments[0], CONCERN_SEALED_MAX, &sealed, &len, &err);
    if (read && !note_decode(bytes_trim((struct bytes){key_text, key_len}), key, sizeof key))
        read = error_set(&err, ERROR_VALIDATION, "%s holds no secret key", command->key);
    bool opened = read && concern_open((struct bytes){sealed, len}, key, &text, &err);
    if (key_text)
        secret_wipe(key_text, key_len);
    secret_wipe(key, sizeof key);
    int code = opened ? EXIT_FINE : fail("%s", err.text);
    if (opened && (fwrite(text.data, 1, text.len, stdout) != text.len || fflush(stdout) != 0))
        code = fail("cannot write the concern");
    buffer_release(&text);
    return code;
}

/* --- receipt --- */

/* The entry is of a concern, and of this one. */
static bool is_of(const struct proof *proof, const char *sealed_path, struct error *err) {
    CLEANUP_FREE char *sealed = NULL;
    char digest[65], member[96];
    size_t len;
    if (!proof->entry || !memmem(proof->entry, proof->entry_len, "\"kind\":\"concern\"", 16))
        return error_set(err, ERROR_VALIDATION, "the receipt is of another kind of entry");
    if (!sealed_path)
        return true;
    if (!files_read(sealed_path, CONCERN_SEALED_MAX, &sealed, &len, err))
        return false;
    sha256_hex(sha256_of((struct bytes){sealed, len}), digest);
    snprintf(member, sizeof member, "\"sealed\":\"%s\"", digest);
    return memmem(proof->entry, proof->entry_len, member, strlen(member)) ||
           error_set(err, ERROR_VALIDATION, "the receipt is of another concern");
}

static int receipt(struct concern_command *command) {
    CLEANUP_FREE char *text = NULL;
    struct policy policy;
    struct proof proof;
    struct error err;
    size_t len;
    if (command->count != 1 || !command->vkey)
        return fail_usage("concern receipt needs the receipt and --vkey, the log's verifier key");
    if (!trust_policy(NULL, command->vkey, &policy, &err))
        return fail("%s", err.text);
    bool good = files_read(command->arguments[0], PROOF_BYTES, &text, &len, &err) &&
                proof_parse((struct bytes){text, len}, &proof, &err);
    if (good) {
        good = proof_check(&proof, &policy, NULL, NULL, &err) && is_of(&proof, command->sealed, &err);
        free(proof.entry);
    }
    policy_release(&policy);
    if (!good)
        return fail("%s proves nothing: %s", command->arguments[0], err.text);
    printf("good: %s was lodged as entry %llu\n", command->sealed ? "this concern" : "a concern",
           (unsigned long long)proof.index);
    return EXIT_FINE;
}

static const struct {
    const char *name;
    int (*run)(struct concern_command *command);
} actions[] = {
    {"keygen", keygen}, {"lodge", lodge}, {"seal", seal_only}, {"open", open_sealed}, {"receipt", receipt}};

static const char **option_of(struct concern_command *command, int option) {
    return option == 'd'   ? &command->data
           : option == 'e' ? &command->endpoint
           : option == 'm' ? &command->models
           : option == 'r' ? &command->recipients
           : option == 'k' ? &command->key
           : option == 'v' ? &command->vkey
           : option == 's' ? &command->sealed
           : option == 'o' ? &command->out
                           : NULL;
}

int command_concern(int argc, char **argv) {
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'},   {"endpoint", required_argument, NULL, 'e'},
        {"models", required_argument, NULL, 'm'}, {"recipients", required_argument, NULL, 'r'},
        {"key", required_argument, NULL, 'k'},    {"sealed", required_argument, NULL, 's'},
        {"out", required_argument, NULL, 'o'},    {"vkey", required_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},         {0}};
    struct concern_command command = {.data = "./var"};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        const char **text = option_of(&command, option);
        if (!text)
            return option == 'h' ? help_of("concern") : EXIT_USAGE;
        *text = optarg;
    }
    if (sodium_init() < 0)
        return fail("the system gives no random numbers");
    command.arguments = argv + optind + 1;
    command.count = argc - optind - 1;
    for (size_t i = 0; optind < argc && i < ARRAY_LEN(actions); i++)
        if (strcmp(actions[i].name, argv[optind]) == 0)
            return actions[i].run(&command);
    return fail_usage("concern needs keygen, lodge, seal, open or receipt");
}
