/* Both versions are sorted by id and merged. What is told of a designation is compared by fingerprint: each
 * thing is hashed by itself, with its strings in the place of their offsets, and the hashes are added up, so
 * that the order of things does not count. Nobody gains by a collision of these 64 bits but who writes the
 * list, and who writes it need not hide a change. */
#include "sanctions/difference.h"

struct seen {
    const struct designation *one;
    struct bytes id;
};

static uint64_t mix(uint64_t hash, const void *data, size_t len) {
    const uint8_t *bytes = data; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3;
    return hash;
}

static uint64_t mix_text(const struct designations *all, uint64_t hash, struct pool_text text) {
    hash = mix(hash, &text.len, sizeof text.len);
    return mix(hash, all->pool + text.at, text.len);
}

static uint64_t fingerprint(const struct designations *all, const struct designation *one) {
    static const uint64_t seed = 0xcbf29ce484222325;
    uint64_t sum = mix(mix(seed, &one->kind, 1), &one->listed, sizeof one->listed);
    for (uint32_t i = 0; i < one->names.count; i++) {
        const struct designation_name *name = &all->names[one->names.first + i];
        uint64_t hash = mix_text(all, mix(seed ^ 1, &name->kind, 1), name->whole);
        sum += mix_text(all, hash, name->family);
    }
    for (uint32_t i = 0; i < one->births.count; i++) {
        const struct designation_birth *birth = &all->births[one->births.first + i];
        sum += mix(mix(mix(seed ^ 2, &birth->from, 4), &birth->to, 4), &birth->circa, 1);
    }
    for (uint32_t i = 0; i < one->countries.count; i++) {
        const struct designation_country *country = &all->countries[one->countries.first + i];
        sum += mix(mix(seed ^ 3, country->code, 2), &country->role, 1);
    }
    for (uint32_t i = 0; i < one->identifiers.count; i++) {
        const struct designation_identifier *id = &all->identifiers[one->identifiers.first + i];
        sum += mix_text(all, mix(mix(seed ^ 4, &id->kind, 1), id->country, 2), id->value);
    }
    for (uint32_t i = 0; i < one->terms.count; i++) {
        const struct designation_term *term = &all->terms[one->terms.first + i];
        sum += mix_text(all, mix(seed ^ 5, &term->kind, 1), term->text);
    }
    for (uint32_t i = 0; i < one->links.count; i++) {
        const struct designation_link *link = &all->links[one->links.first + i];
        uint64_t hash = mix_text(all, mix(seed ^ 6, &link->kind, 1), link->name);
        hash = mix(mix(hash, &link->since, 4), &link->until, 4);
        hash = mix(mix(hash, &link->share, sizeof link->share), &link->share_most, sizeof link->share_most);
        sum += mix_text(all, hash, link->id);
    }
    return sum;
}

static int by_id(const void *a, const void *b) {
    struct bytes x = ((const struct seen *)a)->id, y = ((const struct seen *)b)->id;
    int order = memcmp(x.ptr, y.ptr, MIN(x.len, y.len));
    return order ? order : (x.len > y.len) - (x.len < y.len);
}

static struct seen *sorted(const struct designations *all) {
    struct seen *seen = calloc((size_t)all->count + 1, sizeof *seen);
    for (uint32_t i = 0; seen && i < all->count; i++)
        seen[i] = (struct seen){&all->designations[i], designations_text(all, all->designations[i].id)};
    if (seen && all->count > 1)
        qsort(seen, all->count, sizeof *seen, by_id);
    return seen;
}

bool difference_each(const struct designations *before, const struct designations *after,
                     difference_visit *visit, void *context, struct error *err) {
    CLEANUP_FREE struct seen *old = sorted(before);
    CLEANUP_FREE struct seen *new = sorted(after);
    if (!old || !new)
        return error_set(err, ERROR_INTERNAL, "no memory to compare two lists");
    for (uint32_t i = 0, k = 0; i < before->count || k < after->count;) {
        int order = i == before->count ? 1 : k == after->count ? -1 : by_id(&old[i], &new[k]);
        if (order < 0)
            visit(context, DIFFERENCE_REMOVED, old[i].one, NULL);
        else if (order > 0)
            visit(context, DIFFERENCE_ADDED, NULL, new[k].one);
        else if (fingerprint(before, old[i].one) != fingerprint(after, new[k].one))
            visit(context, DIFFERENCE_CHANGED, old[i].one, new[k].one);
        i += order <= 0;
        k += order >= 0;
    }
    return true;
}
