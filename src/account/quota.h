/* How often a key, and an account with all its keys, may call: token buckets by family of operations.
 *
 * A bucket holds up to `burst` calls and fills at `rate` calls a second. Both buckets must have one, or none
 * is taken. Memory is bounded: when there is no room for another bucket, one that was not used for long is
 * forgotten, which makes it full. May be used from many threads. */
#ifndef ACCOUNT_QUOTA_H
#define ACCOUNT_QUOTA_H

#include "base/error.h"
#include "base/bytes.h"

enum quota_family {
    QUOTA_FACES,  /* looks at photographs */
    QUOTA_SEARCH, /* searches a collection, whatever else */
    QUOTA_WRITE,  /* changes faces, users, collections */
    QUOTA_READ,   /* lists and describes */
    QUOTA_ADMINISTRATION,
    QUOTA_FAMILIES
};

/* rate 0: no limit. */
struct quota_rate {
    double rate, burst;
};

struct quota_demand {
    struct bytes key, account; /* their ids */
    enum quota_family family;
    struct quota_rate key_rate, account_rate;
};

struct quota_counts {
    uint64_t admitted, key_throttled, account_throttled;
};

struct quotas;

/* NULL when there is no memory. */
struct quotas *quotas_new(void);
/* Takes NULL. */
void quotas_free(struct quotas *quotas);
/* now_ns: clock_monotonic_ns. THROTTLED when the key has called too often, THROUGHPUT when the account has.
 */
MUST_CHECK bool quotas_admit(struct quotas *quotas, const struct quota_demand *demand, uint64_t now_ns,
                             struct error *err);
/* Since the start. */
struct quota_counts quotas_counts(struct quotas *quotas, enum quota_family family);
/* "Faces", "Search", "Write", "Read", "Administration". */
const char *quota_family_name(enum quota_family family);

#endif
