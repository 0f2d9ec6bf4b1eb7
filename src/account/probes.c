/* Each remembered probe carries a level: how many near ones led up to it. A new probe gets the highest level
 * among those near it, and one more. So a chain of small steps is counted however far it wanders, and people
 * who have nothing to do with each other are not added up. A level sinks by `maximum` an hour, like a leaking
 * bucket. One of the probes with the lowest level, by chance, makes room for a new one: so a chain outlives
 * other faces, and to flush it out between its first steps takes hundreds of them a step. A refused probe is
 * not kept, and its chain sinks on. */
#include <math.h>
#include <pthread.h>
#include <sodium.h>
#include "account/probes.h"
#include "base/digest.h"
#include "base/limits.h"

#define HOUR_NS UINT64_C(3600000000000)

struct note {
    uint64_t at_ns;
    double level; /* at that time; 0: not in use */
};

struct ring {
    uint64_t owner; /* hash of the key; 0: not in use */
    uint64_t used_ns;
    struct note notes[LIMIT_PROBES];
};

struct probes {
    pthread_mutex_t lock;
    uint8_t hash_key[crypto_shorthash_KEYBYTES];
    struct probe_counts counts;
    size_t dimension;
    struct ring rings[LIMIT_PROBE_KEYS];
    float *vectors; /* [LIMIT_PROBE_KEYS][LIMIT_PROBES][dimension] */
};

static size_t vectors_size(const struct probes *probes) {
    return (size_t)LIMIT_PROBE_KEYS * LIMIT_PROBES * probes->dimension * sizeof(float);
}

struct probes *probes_new(size_t dimension) {
    struct probes *probes = calloc(1, sizeof *probes);
    if (!probes)
        return NULL;
    pthread_mutex_init(&probes->lock, NULL);
    randombytes_buf(probes->hash_key, sizeof probes->hash_key);
    probes->dimension = dimension;
    probes->vectors = calloc(1, vectors_size(probes));
    if (!probes->vectors) {
        probes_free(probes);
        return NULL;
    }
    return probes;
}

void probes_free(struct probes *probes) {
    if (!probes)
        return;
    if (probes->vectors)
        secret_wipe(probes->vectors, vectors_size(probes));
    free(probes->vectors);
    pthread_mutex_destroy(&probes->lock);
    free(probes);
}

static float *vector_at(struct probes *probes, const struct ring *ring, size_t note) {
    size_t number = (size_t)(ring - probes->rings);
    return probes->vectors + (number * LIMIT_PROBES + note) * probes->dimension;
}

/* The ring of a key; that of the key that was away longest makes room. */
static struct ring *find_ring(struct probes *probes, struct bytes key, uint64_t now_ns) {
    uint64_t hash;
    crypto_shorthash((uint8_t *)&hash, (const uint8_t *)key.ptr, key.len, probes->hash_key);
    hash = MAX(hash, (uint64_t)1);
    struct ring *ring = probes->rings;
    for (struct ring *other = ring; other < probes->rings + LIMIT_PROBE_KEYS; other++) {
        if (other->owner == hash) {
            ring = other;
            break;
        }
        if (other->used_ns < ring->used_ns)
            ring = other;
    }
    if (ring->owner != hash) {
        secret_wipe(vector_at(probes, ring, 0), LIMIT_PROBES * probes->dimension * sizeof(float));
        *ring = (struct ring){.owner = hash};
    }
    ring->used_ns = now_ns;
    return ring;
}

static float dot(const float *a, const float *b, size_t count) {
    float sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

static double level_now(const struct note *note, uint32_t maximum, uint64_t now_ns) {
    uint64_t age = now_ns > note->at_ns ? now_ns - note->at_ns : 0;
    return age >= HOUR_NS ? 0 : fmax(note->level - (double)maximum * (double)age / (double)HOUR_NS, 0);
}

/* One of those with the lowest level, in whole steps; an unused one has none. */
static size_t find_place(const struct ring *ring, uint32_t maximum, uint64_t now_ns) {
    size_t start = randombytes_uniform(LIMIT_PROBES), place = start;
    double lowest = INFINITY;
    for (size_t i = 0; i < LIMIT_PROBES; i++) {
        size_t at = (start + i) % LIMIT_PROBES;
        double level = ceil(level_now(&ring->notes[at], maximum, now_ns));
        if (level < lowest) {
            lowest = level;
            place = at;
        }
    }
    return place;
}

static void keep(struct probes *probes, struct ring *ring, const float *probe, double level, uint32_t maximum,
                 uint64_t now_ns) {
    size_t place = find_place(ring, maximum, now_ns);
    ring->notes[place] = (struct note){now_ns, level};
    memcpy(vector_at(probes, ring, place), probe, probes->dimension * sizeof *probe);
}

/* Under the lock. */
static bool admit(struct probes *probes, struct ring *ring, const float *probe, uint32_t maximum,
                  uint64_t now_ns) {
    double level = 0;
    bool alike = false;
    probes->counts.seen++;
    for (size_t i = 0; i < LIMIT_PROBES; i++) {
        const float *other = vector_at(probes, ring, i);
        if (ring->notes[i].level == 0)
            continue;
        if (memcmp(other, probe, probes->dimension * sizeof *probe) == 0)
            return true;
        if (dot(other, probe, probes->dimension) >= PROBES_ALIKE) {
            level = fmax(level, level_now(&ring->notes[i], maximum, now_ns));
            alike = true;
        }
    }
    probes->counts.alike += alike;
    if (level >= maximum) {
        probes->counts.refused++;
        return false;
    }
    keep(probes, ring, probe, level + 1, maximum, now_ns);
    return true;
}

bool probes_admit(struct probes *probes, struct bytes key, const float *probe, uint32_t maximum,
                  uint64_t now_ns, struct error *err) {
    if (maximum == 0)
        return true;
    pthread_mutex_lock(&probes->lock);
    bool admitted = admit(probes, find_ring(probes, key, now_ns), probe, maximum, now_ns);
    pthread_mutex_unlock(&probes->lock);
    return admitted || error_set(err, ERROR_THROTTLED,
                                 "Too many requests with nearly the same face. Try again later, or with "
                                 "another photograph.");
}

struct probe_counts probes_counts(struct probes *probes) {
    pthread_mutex_lock(&probes->lock);
    struct probe_counts counts = probes->counts;
    pthread_mutex_unlock(&probes->lock);
    return counts;
}
