/* Two names, a zero byte between them: read, compared both ways and looked up. */
#include "sanctions/name_index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct name_reader *reader;
static struct name_readings first, second;

static void require(bool condition) {
    if (!condition)
        abort();
}

static void look_up(void) {
    struct name_index *index = name_index_new();
    struct name_hit hits[4];
    require(index);
    for (size_t i = 0; i < second.count; i++)
        require(name_index_add(index, &second.names[i], (uint32_t)i, NULL));
    require(name_index_seal(index, NULL));
    struct name_search *search = name_search_new(index);
    require(search);
    size_t count = name_search_find(search, &first, MATCH_REVIEW, hits, ARRAY_LEN(hits));
    for (size_t i = 1; i < count; i++)
        require(hits[i].match.score <= hits[i - 1].match.score);
    name_search_free(search);
    name_index_free(index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bytes rest = {(const char *)data, size};
    if (size == 0 || (!reader && !name_reader_new(&reader, NULL)))
        return 0;
    struct bytes a = bytes_split(&rest, 0), b = rest;
    for (int schema = 0; schema < 2; schema++) {
        struct match there, back;
        enum name_schema which = schema ? NAME_ENTITY : NAME_PERSON;
        if (!name_read(reader, a, which, &first, NULL) || !name_read(reader, b, which, &second, NULL))
            continue;
        readings_match(&first, &second, &there, NULL, NULL);
        readings_match(&second, &first, &back, NULL, NULL);
        require(there.score >= 0 && there.score <= 1 && !(there.score < back.score) &&
                !(back.score < there.score));
        readings_match(&first, &first, &there, NULL, NULL);
        require(there.score >= 1);
        look_up();
    }
    return 0;
}
