/* Buckets lie in sets of WAYS, chosen by a keyed hash of whose they are; the same hash tells them apart
 * within a set. A new one takes the place of the one in its set that was used least recently. */
#include <pthread.h>
#include <sodium.h>
#include "account/quota.h"
#include "base/limits.h"

enum { WAYS = 8, SETS = LIMIT_QUOTA_BUCKETS / WAYS };

struct bucket {
    uint64_t owner; /* 0: not in use */
    uint64_t updated_ns;
    double tokens;
};

struct quotas {
    pthread_mutex_t lock;
    uint8_t hash_key[crypto_shorthash_KEYBYTES];
    struct quota_counts counts[QUOTA_FAMILIES];
    struct bucket buckets[SETS][WAYS];
};

struct quotas *quotas_new(void) {
    struct quotas *quotas = calloc(1, sizeof *quotas);
    if (!quotas)
        return NULL;
    pthread_mutex_init(&quotas->lock, NULL);
    randombytes_buf(quotas->hash_key, sizeof quotas->hash_key);
    return quotas;
}

void quotas_free(struct quotas *quotas) {
    if (!quotas)
        return;
    pthread_mutex_destroy(&quotas->lock);
    free(quotas);
}

const char *quota_family_name(enum quota_family family) {
    static const char *const names[QUOTA_FAMILIES] = {"Faces", "Search", "Write", "Read", "Administration"};
    return names[family];
}

/* The bucket of an owner, filled up to now. Its kind is 'k' for a key and 'a' for an account. */
static struct bucket *find(struct quotas *quotas, char kind, enum quota_family family, struct bytes id,
                           struct quota_rate rate, uint64_t now_ns) {
    uint64_t hash;
    char name[160];
    int len = snprintf(name, sizeof name, "%c%d%.*s", kind, (int)family, BYTES_FORMAT(id));
    crypto_shorthash((uint8_t *)&hash, (const uint8_t *)name, MIN((size_t)len, sizeof name - 1),
                     quotas->hash_key);
    hash = MAX(hash, (uint64_t)1);
    struct bucket *set = quotas->buckets[hash % SETS], *oldest = set;
    for (struct bucket *bucket = set; bucket < set + WAYS; bucket++) {
        if (bucket->owner == hash) {
            double seconds = now_ns > bucket->updated_ns ? (double)(now_ns - bucket->updated_ns) / 1e9 : 0;
            bucket->tokens = MIN(bucket->tokens + seconds * rate.rate, rate.burst);
            bucket->updated_ns = MAX(now_ns, bucket->updated_ns);
            return bucket;
        }
        if (bucket->updated_ns < oldest->updated_ns)
            oldest = bucket;
    }
    *oldest = (struct bucket){hash, now_ns, rate.burst};
    return oldest;
}

static bool has_one(const struct bucket *bucket) {
    return !bucket || bucket->tokens >= 1;
}

static void take_one(struct bucket *bucket) {
    if (bucket)
        bucket->tokens--;
}

bool quotas_admit(struct quotas *quotas, const struct quota_demand *demand, uint64_t now_ns,
                  struct error *err) {
    struct quota_counts *counts = &quotas->counts[demand->family];
    pthread_mutex_lock(&quotas->lock);
    struct bucket *key = demand->key_rate.rate > 0
                             ? find(quotas, 'k', demand->family, demand->key, demand->key_rate, now_ns)
                             : NULL;
    bool key_has = has_one(key);
    if (key_has)
        take_one(key); /* before the next find, which may forget it */
    bool account_has = true;
    if (key_has && demand->account_rate.rate > 0) {
        struct bucket *account = find(quotas, 'a', demand->family, demand->account, demand->account_rate,
                                      now_ns);
        account_has = has_one(account);
        if (account_has)
            take_one(account);
        else if (key && key != account)
            key->tokens++;
    }
    counts->key_throttled += !key_has;
    counts->account_throttled += !account_has;
    counts->admitted += key_has && account_has;
    pthread_mutex_unlock(&quotas->lock);
    if (!key_has)
        return error_set(err, ERROR_THROTTLED, "Rate exceeded");
    return account_has ||
           error_set(err, ERROR_THROUGHPUT, "The account's rate of calls of this kind is exceeded");
}

struct quota_counts quotas_counts(struct quotas *quotas, enum quota_family family) {
    pthread_mutex_lock(&quotas->lock);
    struct quota_counts counts = quotas->counts[family];
    pthread_mutex_unlock(&quotas->lock);
    return counts;
}
