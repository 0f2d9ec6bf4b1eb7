#include <getopt.h>
#include "cli/command.h"
#include "cli/trust.h"
#include "record/audit.h"
#include "record/files.h"
#include "record/proof.h"

struct verify {
    const char *key, *policy, *log;
};

static int print_checkpoint(const char *what, const struct checkpoint *checkpoint) {
    char root[65];
    sha256_hex(checkpoint->root, root);
    printf("%s %s, %llu entries, root %s\n", what, checkpoint->origin, (unsigned long long)checkpoint->size,
           root);
    return fflush(stdout) == 0 ? EXIT_FINE : fail("cannot write the result");
}

/* A log may hold anything: what a terminal would obey is not printed. */
static bool is_printable(const struct proof *proof) {
    for (size_t i = 0; i < proof->entry_len; i++)
        if ((uint8_t)proof->entry[i] < ' ' || proof->entry[i] == 0x7f)
            return false;
    return true;
}

static int print_proof(const struct proof *proof, const struct checkpoint *checkpoint, int cosigned) {
    printf("good: entry %llu is in the log, cosigned by %d of the policy's witnesses\n",
           (unsigned long long)proof->index, cosigned);
    if (is_printable(proof))
        printf("%.*s\n", (int)proof->entry_len, proof->entry);
    return print_checkpoint("under the checkpoint of", checkpoint);
}

static int verify_bundle(const struct verify *verify, char **files) {
    CLEANUP_FREE char *text = NULL;
    struct policy policy;
    struct proof proof;
    struct checkpoint checkpoint;
    struct error err;
    size_t len;
    int cosigned;
    if (!trust_policy(verify->policy, verify->key, &policy, &err))
        return fail("%s", err.text);
    bool read = files_read(files[0], PROOF_BYTES, &text, &len, &err) &&
                proof_parse((struct bytes){text, len}, &proof, &err);
    int code = EXIT_FAILED;
    if (!read)
        fail("%s: %s", files[0], err.text);
    else {
        code = proof_check(&proof, &policy, &checkpoint, &cosigned, &err)
                   ? print_proof(&proof, &checkpoint, cosigned)
                   : fail("%s proves nothing: %s", files[0], err.text);
        free(proof.entry);
    }
    policy_release(&policy);
    return code;
}

static int verify_log(const struct verify *verify, char **files) {
    struct note_key key;
    struct checkpoint checkpoint;
    struct error err;
    if (!trust_key(verify->key, &key, &err))
        return fail("%s", err.text);
    return audit_log(files[0], &key, &checkpoint, &err)
               ? print_checkpoint("good: every entry and tile fits the checkpoint of", &checkpoint)
               : fail("the log in %s is not whole: %s", files[0], err.text);
}

static int verify_consistency(const struct verify *verify, char **files) {
    CLEANUP_FREE char *older = NULL;
    CLEANUP_FREE char *newer = NULL;
    size_t older_len, newer_len;
    struct note_key key;
    struct checkpoint from, to;
    struct error err;
    if (!trust_key(verify->key, &key, &err) ||
        !files_read(files[0], LIMIT_RECORD_NOTE, &older, &older_len, &err) ||
        !files_read(files[1], LIMIT_RECORD_NOTE, &newer, &newer_len, &err))
        return fail("%s", err.text);
    if (!audit_consistency(verify->log, &key, (struct bytes){older, older_len},
                           (struct bytes){newer, newer_len}, &from, &to, &err))
        return fail("not consistent: %s", err.text);
    print_checkpoint("good:", &from);
    return print_checkpoint("is the beginning of", &to);
}

static int run(const struct verify *verify, int count, char **words) {
    if (!verify->key && !(verify->policy && count > 0 && strcmp(words[0], "bundle") == 0))
        return fail_usage("verify needs --vkey, the log's verifier key");
    if (count == 2 && strcmp(words[0], "bundle") == 0)
        return verify_bundle(verify, words + 1);
    if (count == 2 && strcmp(words[0], "log") == 0)
        return verify_log(verify, words + 1);
    if (count == 3 && strcmp(words[0], "consistency") == 0 && verify->log)
        return verify_consistency(verify, words + 1);
    return fail_usage("verify takes: bundle FILE, log DIR, or consistency OLDER NEWER --log DIR");
}

int command_verify(int argc, char **argv) {
    static const struct option options[] = {{"vkey", required_argument, NULL, 'k'},
                                            {"policy", required_argument, NULL, 'p'},
                                            {"log", required_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct verify verify = {NULL, NULL, NULL};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'k')
            verify.key = optarg;
        else if (option == 'p')
            verify.policy = optarg;
        else if (option == 'l')
            verify.log = optarg;
        else
            return option == 'h' ? help_of("verify") : EXIT_USAGE;
    return run(&verify, argc - optind, argv + optind);
}
