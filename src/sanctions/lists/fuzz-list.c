/* Any bytes as a list, of whatever format they look like; a line "%%%%" begins another file of it. What comes
 * out must hold together: spans within their arrays, things with their designation, strings that are UTF-8
 * within the pool. So must whom it names beside those. */
#include "sanctions/associates.h"
#include "sanctions/lists/list.h"
#include "sanctions/lists/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held) {
    if (!held)
        abort();
}

static void check_text(const struct designations *all, struct pool_text text) {
    require((size_t)text.at + text.len <= all->pool_len);
    require(text.len == 0 || text_is_valid(designations_text(all, text)));
}

static void check_span(struct span span, uint32_t count) {
    require((uint64_t)span.first + span.count <= count);
}

static void check_one(const struct designations *all, uint32_t number) {
    const struct designation *one = &all->designations[number];
    check_text(all, one->id);
    require(one->id.len > 0);
    check_span(one->names, all->name_count);
    check_span(one->births, all->birth_count);
    check_span(one->countries, all->country_count);
    check_span(one->identifiers, all->identifier_count);
    check_span(one->terms, all->term_count);
    check_span(one->links, all->link_count);
    for (uint32_t i = one->names.first; i < one->names.first + one->names.count; i++) {
        require(all->names[i].designation == number && all->names[i].whole.len > 0);
        check_text(all, all->names[i].whole);
        check_text(all, all->names[i].family);
    }
    for (uint32_t i = one->links.first; i < one->links.first + one->links.count; i++)
        check_text(all, all->links[i].name);
    for (uint32_t i = one->births.first; i < one->births.first + one->births.count; i++)
        require(all->births[i].from.year >= 1000 && all->births[i].from.month <= 12);
}

static void check_associates(const struct designations *all) {
    struct associates_index *index;
    if (!associates_index_new(&all, 1, &index, NULL))
        return;
    for (uint32_t i = 0; i < index->parties[0]->count; i++) {
        struct buffer why = buffer_new(1 << 20);
        check_one(index->parties[0], i);
        associate_explain(&index->lists[0], i, &why);
        require(!why.failed && why.len > 0);
        (void)associate_is_tied(&index->lists[0], i, 0);
        buffer_release(&why);
    }
    associates_index_free(index);
}

static bool read_all(struct list_reader *reader, struct bytes data, struct designations **ret_designations) {
    static const char parting[] = "\n%%%%\n";
    while (data.len > 0) {
        size_t len = text_find(data, parting), behind = MIN(len + sizeof parting - 1, data.len);
        if (!list_reader_begin(reader, "fuzz", NULL) ||
            !list_reader_feed(reader, (struct bytes){data.ptr, len}, NULL) || !list_reader_end(reader, NULL))
            return false;
        data = (struct bytes){data.ptr + behind, data.len - behind};
    }
    return list_reader_finish(reader, "fuzz", ret_designations, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct list_reader *reader = list_reader_new();
    struct designations *all;
    if (reader && read_all(reader, (struct bytes){(const char *)data, size}, &all)) {
        for (uint32_t i = 0; i < all->count; i++)
            check_one(all, i);
        for (uint32_t i = 0; all->others && i < all->others->count; i++)
            check_one(all->others, i);
        check_associates(all);
        designations_free(all);
    }
    list_reader_free(reader);
    return 0;
}
