/* Notices a key that asks about nearly the same face again and again.
 *
 * An answer with a similarity tells something about the stored embedding. Who changes a picture a little,
 * keeps what raised the score and goes on, climbs towards a picture that passes for the person (hill
 * climbing), or rebuilds the embedding itself. That takes hundreds of probes each of which is nearly, but not
 * quite, one before. This counts those, and ends it.
 *
 * Probes are kept in memory only, for LIMIT_PROBE_KEYS keys and LIMIT_PROBES of each, and wiped. May be used
 * from many threads. */
#ifndef ACCOUNT_PROBES_H
#define ACCOUNT_PROBES_H

#include "base/error.h"
#include "base/bytes.h"

/* Cosine from which on probes are nearly the same: photographs of one person taken apart rarely reach it. */
#define PROBES_ALIKE 0.95f

struct probes;

struct probe_counts {
    uint64_t seen, alike, refused;
};

/* dimension: of the embeddings. NULL when there is no memory. */
struct probes *probes_new(size_t dimension);
/* Wipes all. Takes NULL. */
void probes_free(struct probes *probes);
/* Notes a probe (a unit vector) of a key at now_ns (clock_monotonic_ns). THROTTLED when more than `maximum`
 * probes within an hour were nearly this one; 0: never. The very same probe again does not count: its answer
 * is known. */
MUST_CHECK bool probes_admit(struct probes *probes, struct bytes key, const float *probe, uint32_t maximum,
                             uint64_t now_ns, struct error *err);
struct probe_counts probes_counts(struct probes *probes);

#endif
