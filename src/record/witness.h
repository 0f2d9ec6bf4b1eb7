/* Witnesses (C2SP tlog-witness): others who see every checkpoint, cosign it only when it goes on from the
 * last one they saw, and so make sure that everybody is shown the same log. */
#ifndef RECORD_WITNESS_H
#define RECORD_WITNESS_H

#include "record/log.h"
#include "record/policy.h"

struct witnesses;

/* Those of the policy that have a URL. The policy stays the caller's and outlives them. */
MUST_CHECK bool witnesses_new(const struct policy *policy, struct witnesses **ret_witnesses,
                              struct error *err);
void witnesses_free(struct witnesses *witnesses);
/* Submits the signed checkpoint of a flushed log to each of them and appends the good cosignatures that come
 * back. A witness that does not answer is left alone for a while. INTERNAL when a witness has seen another
 * log than this one, larger or forked: the text names it. */
MUST_CHECK bool witnesses_cosign(struct witnesses *witnesses, struct log *log, struct buffer *checkpoint,
                                 struct error *err);

#endif
