/* The commands of `countenance`, and what they share. A command gets its own arguments (argv[0] is
 * the program's name, for getopt's messages) and returns the exit code: 0, 1 for a failure, 2 for wrong
 * usage. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/error.h"
#include "base/buffer.h"
#include "api/photo.h"

enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

int command_account(int argc, char **argv);
int command_accuracy(int argc, char **argv);
int command_advise(int argc, char **argv);
int command_backup(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_calibrate(int argc, char **argv);
int command_check(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_concern(int argc, char **argv);
int command_detect(int argc, char **argv);
int command_embed(int argc, char **argv);
int command_export(int argc, char **argv);
int command_governance(int argc, char **argv);
int command_fairness(int argc, char **argv);
int command_import(int argc, char **argv);
int command_index(int argc, char **argv);
int command_index_stats(int argc, char **argv);
int command_key(int argc, char **argv);
int command_match_names(int argc, char **argv);
int command_ownership(int argc, char **argv);
int command_policy(int argc, char **argv);
int command_prove(int argc, char **argv);
int command_release(int argc, char **argv);
int command_lists(int argc, char **argv);
int command_rotate_key(int argc, char **argv);
int command_screen(int argc, char **argv);
int command_screening(int argc, char **argv);
int command_search(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_session(int argc, char **argv);
int command_subject(int argc, char **argv);
int command_supply_report(int argc, char **argv);
int command_verify(int argc, char **argv);

/* "countenance: ..." on standard error; returns EXIT_FAILED, or EXIT_USAGE with a hint at --help. */
int fail(const char *format, ...) PRINTF_LIKE(1, 2);
int fail_usage(const char *format, ...) PRINTF_LIKE(1, 2);
/* Prints the help of the command called name. */
int help_of(const char *name);
/* The options of a command that takes --data alone. False: the command is over, with *ret_status. */
bool read_data_option(int argc, char **argv, const char *name, const char **ret_data, int *ret_status);

/* A number option within bounds; fails with its name in the message. */
MUST_CHECK bool option_number(const char *name, const char *text, double minimum, double maximum,
                              double *ret_number);

/* The folder of the model pack to use: that of --models, the first of $COUNTENANCE_MODELS or "default", each
 * of them a folder or the name of a pack that is installed beside the program or lies beside the built
 * default. */
const char *models_folder(const char *option);
/* Those of all packs that a service loads: of the options, NULL behind the last, or else all that
 * $COUNTENANCE_MODELS names with colons between; NULL behind the last. */
void models_folders(const char *const *options, const char *ret_folders[LIMIT_MODELS + 1]);

/* A file of at most LIMIT_IMAGE_FILE_BYTES, malloc'ed with `padding` spare bytes. */
MUST_CHECK bool file_read(const char *path, size_t padding, char **ret_data, size_t *ret_len,
                          struct error *err);

/* The engine for commands that look at photographs themselves. */
struct eyes {
    struct face_engine *engine;
    struct face_worker *worker;
};
MUST_CHECK bool eyes_open(const char *models, struct face_search search, struct eyes *ret_eyes,
                          struct error *err);
void eyes_close(struct eyes *eyes);
MUST_CHECK bool eyes_read(const char *path, struct image *ret_image, struct error *err);
/* Reads the photograph and finds up to `maximum` faces; the caller releases the image. */
MUST_CHECK bool eyes_look(struct eyes *eyes, const char *path, int maximum, struct image *ret_image,
                          struct findings *ret_findings, struct error *err);
/* Writes a finished JSON buffer and a line end to standard output. */
int print_json(struct buffer *json);

#endif
