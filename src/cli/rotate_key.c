#include "cli/command.h"
#include "api/gallery_file.h"
#include "store/store.h"

static int run(const char *data) {
    struct store *store;
    struct store_rotation rotation;
    struct error err;
    if (!store_open(data, &store, &err))
        return fail("%s", err.text);
    bool done = store_rotate(store, &rotation, &err);
    gallery_file_sweep(store); /* snapshots are under the old keys */
    store_close(store);
    if (!done)
        return fail("%s; nothing is lost, call it again", err.text);
    printf("%s%lld collections with %lld faces have new keys\n",
           rotation.resumed ? "went on with an unfinished rotation: " : "new master key; ",
           (long long)rotation.collections, (long long)rotation.faces);
    return fflush(stdout) == 0 ? EXIT_FINE : fail("cannot write the result");
}

int command_rotate_key(int argc, char **argv) {
    const char *data;
    int status;
    return read_data_option(argc, argv, "rotate-key", &data, &status) ? run(data) : status;
}
