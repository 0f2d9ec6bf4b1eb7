/* A file of ownership facts, any at all: it is refused with a reason, or each of its first parties gets a
 * verdict by each rule, the same one when asked again, with words for all of it. */
#include <yyjson.h>
#include "sanctions/dossier.h"
#include "sanctions/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARTIES = 4 };

static void judge(struct arena *arena, const struct view *view, const struct rule *rule, uint32_t party) {
    struct verdict verdict, again;
    struct error err;
    if (!verdict_make(arena, view, rule, party, &verdict, &err))
        return;
    if (!verdict_make(arena, view, rule, party, &again, &err) || again.result != verdict.result ||
        !sha256_equal(again.facts, verdict.facts))
        abort();
    const struct listing *listing = verdict.listed_as[party];
    if (listing && listing_is_frozen(listing, view->day) && verdict.result != RESULT_BLOCKED)
        abort();
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    if (!explain_json(document, view, &verdict))
        abort();
    yyjson_mut_doc_free(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int32_t days[] = {0, 19000, 20767};
    struct dossier dossier;
    struct error err = {.text = ""};
    struct rules rules;
    rules_default(&rules);
    if (!dossier_read((struct bytes){(const char *)data, size}, &dossier, &err)) {
        if (err.text[0] == 0)
            abort();
        return 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(days); i++) {
        struct arena *arena = arena_new(LIMIT_OWNERSHIP_ARENA);
        struct view view;
        if (!arena || !view_make(arena, dossier.graph, days[i], &view, &err))
            abort();
        for (uint32_t party = 0; party < MIN(dossier.graph->party_count, PARTIES); party++)
            for (uint32_t rule = 0; rule < rules.count; rule++)
                judge(arena, &view, &rules.rules[rule], party);
        arena_free(arena);
    }
    dossier_release(&dossier);
    return 0;
}
