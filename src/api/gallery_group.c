#include "api/gallery_group.h"
#include "base/limits.h"
#include "match/grouping.h"

static bool is_grouped(struct index *faces) {
    return index_lists(faces) > 1;
}

/* Between half of the limit and the limit it stays as it is. */
static bool wants_groups(struct index *faces, bool approximate) {
    size_t least = is_grouped(faces) ? LIMIT_APPROXIMATE_FACES / 2 : LIMIT_APPROXIMATE_FACES;
    return approximate && index_count(faces) >= least;
}

bool gallery_group_is_due(struct index *faces, bool approximate) {
    bool grouped = is_grouped(faces);
    return wants_groups(faces, approximate) != grouped || (grouped && grouping_outgrown(faces));
}

static bool copy_plain(struct index *from, const char *folder, const atomic_bool *stop,
                       struct index **ret_index, struct error *err) {
    return index_new_on_disk(index_dimension(from), folder, ret_index, err) &&
           grouping_copy(from, *ret_index, stop, err);
}

bool gallery_group_make(struct store *store, const struct indexes *from, bool approximate,
                        const atomic_bool *stop, struct indexes *ret_indexes, struct error *err) {
    const char *folder = index_is_on_disk(from->faces) ? store_folder(store) : NULL;
    struct indexes indexes = {NULL, NULL};
    bool good = wants_groups(from->faces, approximate)
                    ? grouping_make(from->faces, folder, stop, &indexes.faces, err)
                    : copy_plain(from->faces, folder, stop, &indexes.faces, err);
    if (good && copy_plain(from->users, folder, stop, &indexes.users, err)) {
        *ret_indexes = indexes;
        return true;
    }
    gallery_indexes_free(&indexes);
    return false;
}
