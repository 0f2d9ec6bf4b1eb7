/* Each kind of thing is a set: an array in the order of arrival and an open-addressed hash table of indices
 * into it, so that adding what is there already costs one look. Strings are interned first, and things are
 * structs without padding that hold offsets of strings, so that equal things are equal bytes. The hash is
 * SipHash under a random key: no file can be written that makes all things fall into one slot.
 *
 * At the end each array is sorted by designation with one counting pass, which keeps the order of arrival
 * within a designation. */
#include <sodium.h>
#include "base/limits.h"
#include "sanctions/lists/builder.h"
#include "sanctions/lists/country.h"
#include "sanctions/lists/text.h"

#define NOTHING UINT32_MAX

_Static_assert(sizeof(struct designation_name) == 32 && sizeof(struct designation_birth) == 16 &&
                   sizeof(struct designation_country) == 8 && sizeof(struct designation_identifier) == 24 &&
                   sizeof(struct designation_term) == 16 && sizeof(struct designation_link) == 36,
               "things are compared as bytes: no padding");

struct set {
    size_t size; /* of an item */
    char *items;
    uint32_t count, capacity;
    uint32_t *slots; /* index + 1; 0: free */
    uint32_t slot_count;
};

enum { IDS, TEXTS, NAMES, BIRTHS, COUNTRIES, IDENTIFIERS, TERMS, LINKS, SETS };
static const size_t sizes[SETS] = {[IDS] = sizeof(struct pool_text),
                                   [TEXTS] = sizeof(struct pool_text),
                                   [NAMES] = sizeof(struct designation_name),
                                   [BIRTHS] = sizeof(struct designation_birth),
                                   [COUNTRIES] = sizeof(struct designation_country),
                                   [IDENTIFIERS] = sizeof(struct designation_identifier),
                                   [TERMS] = sizeof(struct designation_term),
                                   [LINKS] = sizeof(struct designation_link)};

struct builder {
    uint8_t key[crypto_shorthash_KEYBYTES];
    struct set sets[SETS];
    struct designation *designations; /* as many as IDS has items, with room for its capacity */
    uint32_t designation_capacity;
    char *pool;
    uint32_t pool_len, pool_capacity;
    struct partial_date generated;
    bool failed, nameless; /* nameless: something had no id */
};

struct builder *builder_new(void) {
    struct builder *builder = sodium_init() < 0 ? NULL : calloc(1, sizeof *builder);
    if (!builder)
        return NULL;
    crypto_shorthash_keygen(builder->key);
    for (int i = 0; i < SETS; i++)
        builder->sets[i].size = sizes[i];
    return builder;
}

void builder_free(struct builder *builder) {
    if (!builder)
        return;
    for (int i = 0; i < SETS; i++) {
        free(builder->sets[i].items);
        free(builder->sets[i].slots);
    }
    free(builder->designations);
    free(builder->pool);
    free(builder);
}

bool builder_fine(const struct builder *builder, struct error *err) {
    if (builder->nameless)
        return error_set(err, ERROR_VALIDATION, "a designation has no id");
    return !builder->failed ||
           error_set(err, ERROR_VALIDATION, "the list holds more than fits into memory or into the limits");
}

/* Doubles an array as long as it is below its maximum; false, and failed, when it cannot grow. */
static bool grow(struct builder *builder, void *array, uint32_t *capacity, size_t size, uint32_t maximum) {
    uint32_t wanted = MAX(*capacity * 2, 256u);
    size_t bytes;
    void *old, *fresh = NULL;
    memcpy(&old, array, sizeof old);
    if (*capacity < maximum && size_multiply(wanted, size, &bytes))
        fresh = realloc(old, bytes);
    if (!fresh) {
        builder->failed = true;
        return false;
    }
    memcpy(array, &fresh, sizeof fresh);
    *capacity = wanted;
    return true;
}

static uint64_t hash_of(const struct builder *builder, const void *data, size_t len) {
    uint64_t hash;
    _Static_assert(sizeof hash == crypto_shorthash_BYTES, "SipHash-2-4");
    crypto_shorthash((uint8_t *)&hash, data, len, builder->key);
    return hash;
}

/* The bytes of item i: those of the string when it is one. */
static struct bytes content(const struct builder *builder, const struct set *set, uint32_t i) {
    const char *item = set->items + (size_t)i * set->size;
    if (set != &builder->sets[TEXTS])
        return (struct bytes){item, set->size};
    struct pool_text text;
    memcpy(&text, item, sizeof text);
    return (struct bytes){builder->pool + text.at, text.len};
}

/* The slot of an item with these bytes, or the free one where it belongs. */
static uint32_t slot_of(const struct builder *builder, const struct set *set, struct bytes bytes) {
    uint32_t mask = set->slot_count - 1;
    uint32_t slot = (uint32_t)hash_of(builder, bytes.ptr, bytes.len) & mask;
    while (set->slots[slot] && !bytes_equal(content(builder, set, set->slots[slot] - 1), bytes))
        slot = (slot + 1) & mask;
    return slot;
}

/* Keeps the table at most half full. */
static bool make_room(struct builder *builder, struct set *set) {
    if (set->count == set->capacity &&
        !grow(builder, &set->items, &set->capacity, set->size, LIMIT_LIST_ITEMS))
        return false;
    if ((set->count + 1) * 2 <= set->slot_count)
        return true;
    uint32_t wanted = MAX(set->slot_count * 2, 1024u);
    uint32_t *slots = calloc(wanted, sizeof *slots);
    if (!slots) {
        builder->failed = true;
        return false;
    }
    free(set->slots);
    set->slots = slots;
    set->slot_count = wanted;
    for (uint32_t i = 0; i < set->count; i++)
        slots[slot_of(builder, set, content(builder, set, i))] = i + 1;
    return true;
}

/* The index of the item; *ret_new tells that it was not there. */
static uint32_t set_add(struct builder *builder, struct set *set, const void *item, bool *ret_new) {
    *ret_new = false;
    if (builder->failed || !make_room(builder, set))
        return NOTHING;
    uint32_t slot = slot_of(builder, set, (struct bytes){item, set->size});
    if (set->slots[slot])
        return set->slots[slot] - 1;
    memcpy(set->items + (size_t)set->count * set->size, item, set->size);
    set->slots[slot] = ++set->count;
    *ret_new = true;
    return set->count - 1;
}

static void add(struct builder *builder, int kind, const void *item) {
    bool fresh;
    set_add(builder, &builder->sets[kind], item, &fresh);
}

/* Strings: compared by content, kept as offsets. */
static struct pool_text intern(struct builder *builder, struct bytes raw) {
    char clean[LIMIT_LIST_TEXT];
    struct set *texts = &builder->sets[TEXTS];
    struct bytes text = text_clean(raw, clean);
    struct pool_text result = {0, 0};
    if (text.len == 0 || builder->failed || !make_room(builder, texts))
        return result;
    uint32_t slot = slot_of(builder, texts, text);
    if (texts->slots[slot]) {
        memcpy(&result, texts->items + (size_t)(texts->slots[slot] - 1) * sizeof result, sizeof result);
        return result;
    }
    while (builder->pool_capacity - builder->pool_len < text.len)
        if (!grow(builder, &builder->pool, &builder->pool_capacity, 1, LIMIT_LIST_POOL))
            return result;
    result = (struct pool_text){builder->pool_len, (uint32_t)text.len};
    memcpy(builder->pool + builder->pool_len, text.ptr, text.len);
    builder->pool_len += (uint32_t)text.len;
    memcpy(texts->items + (size_t)texts->count * sizeof result, &result, sizeof result);
    texts->slots[slot] = ++texts->count;
    return result;
}

uint32_t builder_designation(struct builder *builder, struct bytes id) {
    struct pool_text text = intern(builder, id);
    bool fresh;
    if (text.len == 0) {
        builder->nameless |= !builder->failed;
        return 0;
    }
    uint32_t number = set_add(builder, &builder->sets[IDS], &text, &fresh);
    if (number == NOTHING)
        return 0;
    if (number >= builder->designation_capacity &&
        !grow(builder, &builder->designations, &builder->designation_capacity, sizeof(struct designation),
              LIMIT_LIST_ITEMS))
        return 0;
    if (fresh)
        builder->designations[number] = (struct designation){.id = text};
    return number;
}

bool builder_find(const struct builder *builder, struct bytes id, uint32_t *ret_designation) {
    const struct set *texts = &builder->sets[TEXTS], *ids = &builder->sets[IDS];
    char clean[LIMIT_LIST_TEXT];
    struct pool_text text;
    struct bytes wanted = text_clean(id, clean);
    if (builder->failed || wanted.len == 0 || !texts->slots || !ids->slots)
        return false;
    uint32_t slot = slot_of(builder, texts, wanted);
    if (!texts->slots[slot])
        return false;
    memcpy(&text, texts->items + (size_t)(texts->slots[slot] - 1) * sizeof text, sizeof text);
    slot = slot_of(builder, ids, (struct bytes){(const char *)&text, sizeof text});
    if (!ids->slots[slot])
        return false;
    *ret_designation = ids->slots[slot] - 1;
    return true;
}

static struct designation *designation_at(struct builder *builder, uint32_t number) {
    return builder->failed || number >= builder->sets[IDS].count ? NULL : &builder->designations[number];
}

void builder_kind(struct builder *builder, uint32_t number, enum designation_kind kind) {
    struct designation *one = designation_at(builder, number);
    if (one && kind != DESIGNATION_OTHER)
        one->kind = (uint8_t)kind;
}

enum designation_kind builder_kind_of(const struct builder *builder, uint32_t number) {
    return builder->failed || number >= builder->sets[IDS].count
               ? DESIGNATION_OTHER
               : (enum designation_kind)builder->designations[number].kind;
}

static int date_rank(struct partial_date date) {
    return date.year * 512 + date.month * 32 + date.day;
}

void builder_listed(struct builder *builder, uint32_t number, struct partial_date date) {
    struct designation *one = designation_at(builder, number);
    if (one && date.year && (!one->listed.year || date_rank(date) < date_rank(one->listed)))
        one->listed = date;
}

void builder_updated(struct builder *builder, uint32_t number, struct partial_date date) {
    struct designation *one = designation_at(builder, number);
    if (one && date_rank(date) > date_rank(one->updated))
        one->updated = date;
}

void builder_generated(struct builder *builder, struct partial_date date) {
    if (date.year)
        builder->generated = date;
}

struct partial_date builder_generation(const struct builder *builder) {
    return builder->generated;
}

static void add_name(struct builder *builder, struct designation_name name, struct bytes whole) {
    name.whole = intern(builder, whole);
    if ((name.kind == NAME_ALIAS || name.kind == NAME_VARIATION) && !text_is_latin(whole))
        name.kind = NAME_ORIGINAL;
    if (name.whole.len > 0)
        add(builder, NAMES, &name);
}

void builder_name(struct builder *builder, uint32_t number, enum name_kind kind, struct bytes whole) {
    add_name(builder, (struct designation_name){.designation = number, .kind = (uint8_t)kind}, whole);
}

void builder_person(struct builder *builder, uint32_t number, enum name_kind kind, struct bytes given,
                    struct bytes family) {
    char whole[2 * LIMIT_LIST_TEXT + 2];
    given = bytes_trim(given);
    family = bytes_trim(family);
    int len = snprintf(whole, sizeof whole, "%.*s%s%.*s", (int)MIN(given.len, LIMIT_LIST_TEXT), given.ptr,
                       given.len && family.len ? " " : "", (int)MIN(family.len, LIMIT_LIST_TEXT), family.ptr);
    struct designation_name name = {.designation = number, .kind = (uint8_t)kind};
    if (given.len && family.len) {
        name.given = intern(builder, given);
        name.family = intern(builder, family);
    }
    add_name(builder, name, (struct bytes){whole, (size_t)MAX(len, 0)});
}

void builder_birth(struct builder *builder, uint32_t number, struct partial_date from, struct partial_date to,
                   bool circa) {
    struct designation_birth birth = {
        .designation = number, .from = from, .to = to.year ? to : from, .circa = circa};
    if (from.year)
        add(builder, BIRTHS, &birth);
}

void builder_country(struct builder *builder, uint32_t number, enum country_role role, struct bytes country) {
    struct designation_country item = {.designation = number, .role = (uint8_t)role};
    if (country_code(country, item.code))
        add(builder, COUNTRIES, &item);
}

void builder_identifier(struct builder *builder, uint32_t number, enum identifier_kind kind,
                        struct bytes label, struct bytes value, struct bytes country) {
    struct designation_identifier item = {.designation = number, .kind = (uint8_t)kind};
    char code[2];
    item.value = intern(builder, value);
    item.label = intern(builder, label);
    if (country_code(country, code))
        memcpy(item.country, code, sizeof code);
    if (item.value.len > 0)
        add(builder, IDENTIFIERS, &item);
}

void builder_term(struct builder *builder, uint32_t number, enum term_kind kind, struct bytes text) {
    struct designation_term item = {.designation = number, .kind = (uint8_t)kind};
    item.text = intern(builder, text);
    if (item.text.len > 0)
        add(builder, TERMS, &item);
}

void builder_gender(struct builder *builder, uint32_t number, struct bytes word) {
    word = bytes_trim(word);
    char first = word.len > 0 ? (char)(word.ptr[0] & ~0x20) : 0;
    if (first == 'M' || first == 'F')
        builder_term(builder, number, TERM_GENDER, (struct bytes){first == 'M' ? "M" : "F", 1});
}

void builder_link(struct builder *builder, uint32_t number, const struct builder_link *link) {
    struct designation_link item = {.designation = number,
                                    .name = intern(builder, link->name),
                                    .id = intern(builder, link->id),
                                    .since = link->since,
                                    .until = link->until,
                                    .share = link->share,
                                    .share_most = MAX(link->share, link->share_most),
                                    .kind = (uint8_t)link->kind};
    if (item.name.len > 0 || item.id.len > 0)
        add(builder, LINKS, &item);
}

static struct span *span_of(struct designation *one, int kind) {
    struct span *const spans[SETS] = {[NAMES] = &one->names,         [BIRTHS] = &one->births,
                                      [COUNTRIES] = &one->countries, [IDENTIFIERS] = &one->identifiers,
                                      [TERMS] = &one->terms,         [LINKS] = &one->links};
    return spans[kind];
}

/* The set's items by designation; their spans are set. NULL when there is no memory. */
static void *sorted(struct builder *builder, int kind) {
    struct set *set = &builder->sets[kind];
    uint32_t count = builder->sets[IDS].count, number, first = 0;
    char *items = malloc(MAX(set->count, 1u) * set->size);
    if (!items)
        return NULL;
    /* Each item begins with the number of its designation. */
    for (uint32_t i = 0; i < set->count; i++) {
        memcpy(&number, set->items + (size_t)i * set->size, sizeof number);
        span_of(&builder->designations[number], kind)->count++;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct span *span = span_of(&builder->designations[i], kind);
        span->first = first;
        first += span->count;
        span->count = 0;
    }
    for (uint32_t i = 0; i < set->count; i++) {
        const char *item = set->items + (size_t)i * set->size;
        memcpy(&number, item, sizeof number);
        struct span *span = span_of(&builder->designations[number], kind);
        memcpy(items + (size_t)(span->first + span->count++) * set->size, item, set->size);
    }
    free(set->items);
    set->items = NULL;
    set->capacity = 0;
    return items;
}

/* Links that know an id on this list get its name. */
static void name_links(struct builder *builder, struct designations *all) {
    const struct set *ids = &builder->sets[IDS];
    for (uint32_t i = 0; i < all->link_count; i++) {
        struct designation_link *link = &all->links[i];
        if (link->id.len == 0 || link->name.len > 0)
            continue;
        uint32_t slot = slot_of(builder, ids, (struct bytes){(const char *)&link->id, sizeof link->id});
        const struct designation *other = ids->slots[slot] ? &all->designations[ids->slots[slot] - 1] : NULL;
        if (other && other->names.count > 0)
            link->name = all->names[other->names.first].whole;
    }
}

bool builder_finish(struct builder *builder, struct designations **ret_designations, struct error *err) {
    if (!builder_fine(builder, err))
        return false;
    struct designations *all = calloc(1, sizeof *all);
    if (!all)
        return error_set(err, ERROR_INTERNAL, "no memory for the list");
    all->generated = builder->generated;
    all->names = sorted(builder, NAMES);
    all->births = sorted(builder, BIRTHS);
    all->countries = sorted(builder, COUNTRIES);
    all->identifiers = sorted(builder, IDENTIFIERS);
    all->terms = sorted(builder, TERMS);
    all->links = sorted(builder, LINKS);
    if (!all->names || !all->births || !all->countries || !all->identifiers || !all->terms || !all->links) {
        designations_free(all);
        return error_set(err, ERROR_INTERNAL, "no memory for the list");
    }
    all->count = builder->sets[IDS].count;
    all->name_count = builder->sets[NAMES].count;
    all->birth_count = builder->sets[BIRTHS].count;
    all->country_count = builder->sets[COUNTRIES].count;
    all->identifier_count = builder->sets[IDENTIFIERS].count;
    all->term_count = builder->sets[TERMS].count;
    all->link_count = builder->sets[LINKS].count;
    all->designations = builder->designations;
    all->pool = builder->pool;
    all->pool_len = builder->pool_len;
    name_links(builder, all);
    builder->designations = NULL;
    builder->pool = NULL;
    *ret_designations = all;
    return true;
}
