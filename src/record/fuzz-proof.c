/* Any bytes as a proof: refused, or read and found wrong, unless it is the one of the seed. */
#include "base/limits.h"
#include "record/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define POLICY                                                                       \
    "log example.org/record+8dcc45de+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n" \
    "quorum none\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bytes text = {(const char *)data, size};
    struct policy policy;
    struct proof proof;
    struct checkpoint checkpoint;
    if (!proof_parse(text, &proof, NULL))
        return 0;
    if (proof.path.count > MERKLE_PROOF_MAX || proof.entry_len > LIMIT_RECORD_ENTRY)
        abort();
    if (!policy_parse(BYTES_LITERAL(POLICY), &policy, NULL))
        abort();
    if (proof_check(&proof, &policy, &checkpoint, NULL, NULL) && proof.index >= checkpoint.size)
        abort();
    policy_release(&policy);
    free(proof.entry);
    return 0;
}
