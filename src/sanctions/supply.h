/* Who was ever served, read from the record alone: nothing of it rests on the database.
 *
 * The whole log is held against its checkpoint first. Who an account is stands in the entries of its verdicts
 * and is opened with record.key; without the key the report has numbers and no names. */
#ifndef SANCTIONS_SUPPLY_H
#define SANCTIONS_SUPPLY_H

#include "base/arena.h"
#include "record/checkpoint.h"
#include "sanctions/day.h"

enum supply_kind { SUPPLY_SCREENING, SUPPLY_BEGINS, SUPPLY_ENDS, SUPPLY_DECISION };

/* NULL and "" for what the entry does not tell. */
struct supply_event {
    enum supply_kind kind;
    uint64_t index; /* of the entry */
    const char *time, *person;
    const char *result, *service, *findings, *lists, *reason; /* of a verdict; reason also of begin and end */
    const char *decision, *subject, *authority, *reference, *expires;
    int64_t number; /* of a decision */
    struct supply_event *next;
};

struct supply_account {
    const char *id;
    const char *names[16]; /* all that it was screened under */
    size_t name_count;
    const char *country;
    const char **holders; /* all that it ever had, as far as was known */
    size_t holder_count, holder_capacity;
    struct supply_event *events, **last;
    bool served;                                 /* ever: begun, or used */
    bool open;                                   /* begun and not ended */
    uint64_t uses, refused, first_use, last_use; /* entries of kind use; indexes */
    const char *first_time, *last_time;          /* of uses */
    uint64_t unserved_uses;                      /* answered while no begin of service was recorded */
    float match, holder_match;                   /* of the name asked for; 0: none */
    const char *matched, *matched_holder;
    struct supply_account *next;
};

struct supply {
    struct arena *arena;
    struct checkpoint checkpoint; /* that everything was held against */
    struct note_key log;
    int cosigned, witnesses; /* of DIR/witnesses */
    bool has_key;
    uint64_t entries;                /* read */
    uint64_t unopened;               /* verdicts whose names the key does not open */
    struct supply_account *accounts; /* in the order of their first entry */
    size_t account_count;
};

/* data: a data folder, of which `record`, `record.key` and `witnesses` are read. name: NULL, or whom to look
 * for. last_day: what was recorded on later days is left out; DAY_LAST: nothing is. VALIDATION: the log is
 * not whole; the text says where. */
MUST_CHECK bool supply_read(const char *data, const char *name, int32_t last_day, struct supply **ret_supply,
                            struct error *err);
/* Takes NULL. */
void supply_free(struct supply *supply);

#endif
