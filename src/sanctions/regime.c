#include "sanctions/regime.h"
#include "sanctions/lists/text.h"

static const struct {
    const char *begins, *regime;
} formats[] = {{"uk-", "UK"}, {"ofsi-", "UK"}, {"ofac-", "OFAC"}, {"eu-", "EU"}, {"un-", "UN"}};

/* Parts of the Consolidated Screening List. */
static const struct {
    const char *words, *regime;
} parts[] = {{"Treasury Department", "OFAC"},
             {"(SDN)", "OFAC"},
             {"(SSI)", "OFAC"},
             {"Entity List", "BIS"},
             {"Military End User", "BIS"}};

static void add(struct regimes *regimes, struct bytes name) {
    if (name.len == 0 || name.len > REGIME_MAX || regimes->count == ARRAY_LEN(regimes->names))
        return;
    for (size_t i = 0; i < regimes->count; i++)
        if (bytes_equal_string(name, regimes->names[i]))
            return;
    memcpy(regimes->names[regimes->count++], name.ptr, name.len);
}

static bool is_in(struct bytes text, const char *words) {
    return text_find(text, words) < text.len;
}

/* "US-BIS-EL", "US-RUSHAR", "GB-RUS", "EU-UKR": of the country or union that it begins with. */
static void add_programme(struct regimes *regimes, struct bytes programme) {
    struct bytes rest = programme, place = bytes_split(&rest, '-');
    if (rest.len == 0 || place.len != 2)
        return;
    add(regimes, bytes_equal_string(place, "GB")    ? BYTES_LITERAL("UK")
                 : !bytes_equal_string(place, "US") ? place
                 : bytes_starts_with(rest, "BIS")   ? BYTES_LITERAL("BIS")
                                                    : BYTES_LITERAL("OFAC"));
}

/* FollowTheMoney has sanctioned entities beside others that are of interest, told apart by topics. */
static void add_from_terms(struct regimes *regimes, const struct designations *list,
                           const struct designation *one) {
    bool topics = false, sanctioned = false;
    for (uint32_t i = one->terms.first; i < one->terms.first + one->terms.count; i++) {
        struct bytes text = designations_text(list, list->terms[i].text);
        if (list->terms[i].kind == TERM_PROGRAMME)
            add_programme(regimes, text);
        if (list->terms[i].kind != TERM_LIST)
            continue;
        topics = true;
        sanctioned |= bytes_equal_string(text, "sanction");
    }
    regimes->all = regimes->count == 0 && (sanctioned || !topics);
}

static void add_from_parts(struct regimes *regimes, const struct designations *list,
                           const struct designation *one) {
    for (uint32_t i = one->terms.first; i < one->terms.first + one->terms.count; i++)
        for (size_t k = 0; k < ARRAY_LEN(parts) && list->terms[i].kind == TERM_LIST; k++)
            if (is_in(designations_text(list, list->terms[i].text), parts[k].words))
                add(regimes, bytes_of(parts[k].regime));
}

static bool is_frozen(const struct designations *list, const struct designation *one) {
    bool told = false, frozen = false;
    for (uint32_t i = one->terms.first; i < one->terms.first + one->terms.count; i++) {
        struct bytes text = designations_text(list, list->terms[i].text);
        if (list->terms[i].kind != TERM_MEASURE)
            continue;
        told = true;
        frozen |= is_in(text, "freeze") || is_in(text, "block");
    }
    return frozen || !told;
}

struct regimes regimes_of(const struct designations *list, const struct designation *one) {
    struct regimes regimes = {.frozen = is_frozen(list, one)};
    struct bytes format = bytes_of(list->format);
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (bytes_starts_with(format, formats[i].begins))
            add(&regimes, bytes_of(formats[i].regime));
    if (bytes_equal_string(format, "csl-csv"))
        add_from_parts(&regimes, list, one);
    else if (regimes.count == 0)
        add_from_terms(&regimes, list, one);
    return regimes;
}
