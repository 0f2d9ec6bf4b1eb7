#include <yyjson.h>
#include "sanctions/supply.h"
#include "account/keys.h"
#include "record/audit.h"
#include "record/files.h"
#include "record/folder.h"
#include "record/policy.h"
#include "sanctions/match.h"
#include "sanctions/party_seal.h"

enum { ARENA_BYTES = 1024 * 1024 * 1024, CHAINS = 4096 };

struct reading {
    struct supply *supply;
    struct party_seal seal;
    int32_t last_day;
    struct supply_account **last;
    struct chain {
        struct supply_account *account;
        struct chain *next;
    } * chains[CHAINS];
};

static bool no_memory(struct error *err) {
    return error_set(err, ERROR_INTERNAL, "no memory for the report");
}

/* --- accounts --- */

static struct chain **chain_of(struct reading *reading, struct bytes id) {
    struct sha256 hash = sha256_of(id);
    return &reading->chains[(hash.bytes[0] << 8 | hash.bytes[1]) % CHAINS];
}

/* NULL without memory. */
static struct supply_account *account_of(struct reading *reading, struct bytes id) {
    struct chain **chain = chain_of(reading, id);
    for (struct chain *link = *chain; link; link = link->next)
        if (bytes_equal_string(id, link->account->id))
            return link->account;
    struct arena *arena = reading->supply->arena;
    struct supply_account *account = arena_array(arena, 1, sizeof *account);
    struct chain *link = arena_alloc(arena, sizeof *link);
    if (!account || !link || !(account->id = arena_string(arena, id)))
        return NULL;
    *link = (struct chain){account, *chain};
    *chain = link;
    account->last = &account->events;
    *reading->last = account;
    reading->last = &account->next;
    reading->supply->account_count++;
    return account;
}

/* --- entries --- */

static const char *text_of(struct arena *arena, yyjson_val *object, const char *name) {
    yyjson_val *value = yyjson_obj_get(object, name);
    return yyjson_is_str(value)
               ? arena_string(arena, (struct bytes){yyjson_get_str(value), yyjson_get_len(value)})
               : "";
}

static bool has(yyjson_val *object, const char *name, const char *text) {
    return yyjson_equals_str(yyjson_obj_get(object, name), text);
}

static void add_name(struct supply_account *account, const char *name) {
    for (size_t i = 0; i < account->name_count; i++)
        if (strcmp(account->names[i], name) == 0)
            return;
    /* The last place is that of the newest. */
    size_t at = MIN(account->name_count, ARRAY_LEN(account->names) - 1);
    account->names[at] = name;
    account->name_count = at + 1;
}

static bool add_holder(struct arena *arena, struct supply_account *account, const char *name) {
    for (size_t i = 0; i < account->holder_count; i++)
        if (strcmp(account->holders[i], name) == 0)
            return true;
    if (account->holder_count == account->holder_capacity) {
        size_t capacity = MAX(2 * account->holder_capacity, (size_t)8);
        const char **holders = arena_array(arena, capacity, sizeof *holders);
        if (!holders)
            return false;
        for (size_t i = 0; i < account->holder_count; i++)
            holders[i] = account->holders[i];
        account->holders = holders;
        account->holder_capacity = capacity;
    }
    account->holders[account->holder_count++] = name;
    return true;
}

/* Who it is, of the sealed details of a verdict. */
static bool open_party(struct reading *reading, struct supply_account *account, yyjson_val *details,
                       struct error *err) {
    struct arena *arena = reading->supply->arena;
    struct buffer plain = buffer_new(PARTY_SEAL_BYTES);
    yyjson_doc *document = NULL;
    if (!reading->supply->has_key)
        return true;
    if (party_seal_read(&reading->seal, details, &plain))
        document = yyjson_read(plain.data, plain.len, 0);
    yyjson_val *party = yyjson_doc_get_root(document), *holder;
    size_t index, count;
    const char *name = text_of(arena, party, "LegalName"), *country = text_of(arena, party, "Country");
    bool good = name && country;
    if (!document)
        reading->supply->unopened++;
    else if (good) {
        add_name(account, name);
        account->country = country;
        yyjson_arr_foreach(yyjson_obj_get(party, "Holders"), index, count, holder) {
            const char *text = yyjson_is_str(holder) ? arena_string(arena, bytes_of(yyjson_get_str(holder)))
                                                     : NULL;
            good = good && text && add_holder(arena, account, text);
        }
    }
    yyjson_doc_free(document);
    buffer_release(&plain);
    return good || no_memory(err);
}

static bool add_event(struct reading *reading, struct supply_account *account, uint64_t index,
                      enum supply_kind kind, yyjson_val *entry, struct error *err) {
    struct arena *arena = reading->supply->arena;
    yyjson_val *details = yyjson_obj_get(entry, "details");
    struct supply_event *event = arena_array(arena, 1, sizeof *event);
    if (!event)
        return no_memory(err);
    *event = (struct supply_event){
        .kind = kind,
        .index = index,
        .time = text_of(arena, entry, "started"),
        .person = text_of(arena, entry, "person"),
        .result = text_of(arena, details, "result"),
        .service = text_of(arena, details, "service"),
        .findings = text_of(arena, details, "findings"),
        .lists = text_of(arena, details, "lists"),
        .reason = text_of(arena, details, "reason"),
        .decision = yyjson_obj_get(details, "withdrawn") ? "withdrawn" : text_of(arena, details, "kind"),
        .subject = text_of(arena, details, "subject"),
        .authority = text_of(arena, details, "authority"),
        .reference = text_of(arena, details, "reference"),
        .expires = text_of(arena, details, "expires"),
        .number = yyjson_get_sint(yyjson_obj_get(details, "decision")),
    };
    const char *texts[] = {event->time,     event->person,    event->result,    event->service,
                           event->findings, event->lists,     event->reason,    event->decision,
                           event->subject,  event->authority, event->reference, event->expires};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (!texts[i])
            return no_memory(err);
    *account->last = event;
    account->last = &event->next;
    return kind != SUPPLY_SCREENING || open_party(reading, account, details, err);
}

/* An entry of several parts is one use. */
static bool add_use(struct reading *reading, struct supply_account *account, uint64_t index,
                    yyjson_val *entry, struct error *err) {
    const char *time = text_of(reading->supply->arena, entry, "started");
    if (!time)
        return no_memory(err);
    if (yyjson_get_sint(yyjson_obj_get(entry, "part")) > 1)
        return true;
    if (has(entry, "outcome", "refused")) {
        account->refused++;
        return true;
    }
    if (account->uses++ == 0) {
        account->first_use = index;
        account->first_time = time;
    }
    account->last_use = index;
    account->last_time = time;
    account->served = true;
    account->unserved_uses += !account->open && strcmp(account->id, KEYS_ACCOUNT) != 0;
    return true;
}

static bool is_service(yyjson_val *entry) {
    return has(entry, "kind", "use") || has(entry, "kind", "erasure") || has(entry, "kind", "collection");
}

static bool take(struct reading *reading, uint64_t index, yyjson_val *entry, struct error *err) {
    yyjson_val *id = yyjson_obj_get(entry, "account"), *details = yyjson_obj_get(entry, "details");
    if (!yyjson_is_str(id))
        return true;
    bool decision = has(entry, "kind", "decision") && has(entry, "operation", "screening"),
         screening = has(entry, "kind", "screening") && yyjson_obj_get(details, "result"),
         supply = has(entry, "kind", "supply"), begins = has(details, "supply", "begins");
    if (!decision && !screening && !supply && !is_service(entry))
        return true;
    struct supply_account *account = account_of(reading,
                                                (struct bytes){yyjson_get_str(id), yyjson_get_len(id)});
    if (!account)
        return no_memory(err);
    if (screening)
        return add_event(reading, account, index, SUPPLY_SCREENING, entry, err);
    if (decision)
        return add_event(reading, account, index, SUPPLY_DECISION, entry, err);
    if (!supply)
        return add_use(reading, account, index, entry, err);
    account->open = begins;
    account->served |= begins;
    return add_event(reading, account, index, begins ? SUPPLY_BEGINS : SUPPLY_ENDS, entry, err);
}

static bool read_entry(void *context, uint64_t index, struct bytes text, struct error *err) {
    struct reading *reading = context;
    int32_t day;
    yyjson_doc *document = yyjson_read(text.ptr, text.len, 0);
    yyjson_val *entry = yyjson_doc_get_root(document);
    const char *started = yyjson_get_str(yyjson_obj_get(entry, "started"));
    reading->supply->entries++;
    bool dated = started && day_parse((struct bytes){started, MIN(strlen(started), (size_t)10)}, &day);
    bool good = entry ? !dated || day > reading->last_day || take(reading, index, entry, err)
                      : error_set(err, ERROR_VALIDATION, "entry %llu is no JSON", (unsigned long long)index);
    yyjson_doc_free(document);
    return good;
}

/* --- whom was asked for --- */

static float compare(struct name_reader *reader, const char *asked, const char *name) {
    struct name_readings a, b;
    struct match match;
    float best = 0;
    for (int schema = NAME_PERSON; schema <= NAME_ENTITY; schema++) {
        if (!name_read(reader, bytes_of(asked), (enum name_schema)schema, &a, NULL) ||
            !name_read(reader, bytes_of(name), (enum name_schema)schema, &b, NULL))
            continue;
        readings_match(&a, &b, &match, NULL, NULL);
        best = MAX(best, match.score);
    }
    return best;
}

static void look(struct name_reader *reader, const char *asked, const char *name, float *score,
                 const char **found) {
    float match = compare(reader, asked, name);
    if (match >= MATCH_REVIEW && match > *score) {
        *score = match;
        *found = name;
    }
}

static bool look_for(struct supply *supply, const char *asked, struct error *err) {
    CLEANUP(name_reader_cleanup) struct name_reader *reader = NULL;
    struct name_readings readings;
    if (!name_reader_new(&reader, err) || !name_read(reader, bytes_of(asked), NAME_ENTITY, &readings, err))
        return false;
    for (struct supply_account *account = supply->accounts; account; account = account->next) {
        for (size_t i = 0; i < account->name_count; i++)
            look(reader, asked, account->names[i], &account->match, &account->matched);
        for (size_t i = 0; i < account->holder_count; i++)
            look(reader, asked, account->holders[i], &account->holder_match, &account->matched_holder);
    }
    return true;
}

/* --- the log --- */

static bool read_vkey(const char *folder, struct note_key *ret_key, struct error *err) {
    CLEANUP_FREE char *text = NULL;
    char path[FILES_PATH_MAX];
    size_t len;
    return files_path(folder, "vkey", path, err) && files_read(path, NOTE_VKEY_MAX, &text, &len, err) &&
           note_key_parse(bytes_trim((struct bytes){text, len}), ret_key, err);
}

/* Without a file of witnesses there are none. */
static bool count_witnesses(struct supply *supply, const char *data, const char *folder, struct error *err) {
    CLEANUP_FREE char *text = NULL, *signed_text = NULL;
    char path[FILES_PATH_MAX];
    struct policy policy;
    struct note note;
    struct error failure;
    size_t len, signed_len;
    if (!files_path(data, "witnesses", path, err))
        return false;
    if (!files_read(path, POLICY_BYTES, &text, &len, &failure))
        return failure.code == ERROR_NOT_FOUND || error_set(err, failure.code, "%s", failure.text);
    if (!policy_parse((struct bytes){text, len}, &policy, err))
        return false;
    bool good = folder_checkpoint_read(folder, &signed_text, &signed_len, err) &&
                note_parse((struct bytes){signed_text, signed_len}, &note, err);
    if (good)
        (void)policy_quorum_met(&policy, &note, 0, &supply->cosigned);
    supply->witnesses = policy.witness_count;
    policy_release(&policy);
    return good;
}

static bool read_all(struct reading *reading, const char *data, const char *name, struct error *err) {
    struct supply *supply = reading->supply;
    char folder[FILES_PATH_MAX];
    if (!files_path(data, "record", folder, err) || !read_vkey(folder, &supply->log, err) ||
        !audit_log(folder, &supply->log, &supply->checkpoint, err) ||
        !count_witnesses(supply, data, folder, err))
        return false;
    supply->has_key = party_seal_open(data, &reading->seal, NULL);
    if (name && !supply->has_key)
        return error_set(err, ERROR_VALIDATION, "names are sealed: this needs record.key in %s", data);
    return folder_entries_each(folder, supply->checkpoint.size, 0, supply->checkpoint.size, read_entry,
                               reading, err) &&
           (!name || look_for(supply, name, err));
}

void supply_free(struct supply *supply) {
    if (!supply)
        return;
    arena_free(supply->arena);
    free(supply);
}

bool supply_read(const char *data, const char *name, int32_t last_day, struct supply **ret_supply,
                 struct error *err) {
    struct supply *supply = calloc(1, sizeof *supply);
    struct reading *reading = calloc(1, sizeof *reading);
    bool good = supply && reading && (supply->arena = arena_new(ARENA_BYTES));
    if (!good)
        (void)no_memory(err);
    else {
        reading->supply = supply;
        reading->last = &supply->accounts;
        reading->last_day = last_day;
        good = read_all(reading, data, name, err);
        secret_wipe(&reading->seal, sizeof reading->seal);
    }
    free(reading);
    if (!good) {
        supply_free(supply);
        return false;
    }
    *ret_supply = supply;
    return true;
}
