#include <getopt.h>
#include "cli/command.h"
#include "cli/trust.h"
#include "record/files.h"
#include "record/proof.h"

static int run(const char *index_text, const char *data, const char *log) {
    char folder[FILES_PATH_MAX], vkey[FILES_PATH_MAX];
    struct buffer proof = buffer_new(PROOF_BYTES);
    struct note_key key;
    struct error err;
    uint64_t index;
    if (!bytes_to_number(bytes_of(index_text), INT64_MAX, &index))
        return fail_usage("an index is a whole number from 0, not '%s'", index_text);
    bool made = (log ? snprintf(folder, sizeof folder, "%s", log) < (int)sizeof folder ||
                           error_set(&err, ERROR_VALIDATION, "the path of the log is too long")
                     : files_path(data, "record", folder, &err)) &&
                files_path(folder, "vkey", vkey, &err) && trust_key(vkey, &key, &err) &&
                proof_make(folder, &key, index, &proof, &err);
    int code = made ? EXIT_FINE : fail("%s", err.text);
    if (made && (fwrite(proof.data, 1, proof.len, stdout) != proof.len || fflush(stdout) != 0))
        code = fail("cannot write the proof");
    buffer_release(&proof);
    return code;
}

int command_prove(int argc, char **argv) {
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"log", required_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *data = "./var", *log = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'd')
            data = optarg;
        else if (option == 'l')
            log = optarg;
        else
            return option == 'h' ? help_of("prove") : EXIT_USAGE;
    if (argc - optind != 1)
        return fail_usage("prove needs the index of one entry");
    return run(argv[optind], data, log);
}
