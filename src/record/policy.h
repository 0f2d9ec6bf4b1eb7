/* Who is believed (C2SP tlog-policy): logs, witnesses, and the quorum of witnesses that a checkpoint needs.
 * The same file serves the server, which asks the witnesses that have a URL, and everybody who verifies.
 *
 *     log      VKEY [URL]
 *     witness  NAME VKEY [URL]
 *     group    NAME all|any|NUMBER MEMBER...
 *     quorum   NAME|none
 */
#ifndef RECORD_POLICY_H
#define RECORD_POLICY_H

#include "base/limits.h"
#include "record/checkpoint.h"

#define POLICY_BYTES (256u * 1024)
#define POLICY_NONE (-1) /* quorum: no witness is needed */

struct policy_witness {
    struct bytes name, url; /* url.ptr NULL: none */
    struct note_key key;
};

struct policy_group {
    struct bytes name;
    int needed, count;
    int members[2 * LIMIT_WITNESSES]; /* as `quorum` */
};

struct policy {
    char *text; /* what all names and URLs point into */
    struct note_key logs[LIMIT_WITNESSES];
    int log_count;
    struct policy_witness witnesses[LIMIT_WITNESSES];
    int witness_count;
    struct policy_group groups[LIMIT_WITNESSES];
    int group_count;
    int quorum; /* POLICY_NONE, the number of a witness, or LIMIT_WITNESSES + the number of a group */
};

/* VALIDATION names the line. The caller releases the policy. */
MUST_CHECK bool policy_parse(struct bytes text, struct policy *ret_policy, struct error *err);
void policy_release(struct policy *policy);
/* Whether the quorum has cosigned the note, at or after oldest (seconds since 1970). *ret_count, which may be
 * NULL: how many witnesses of the policy have. */
bool policy_quorum_met(const struct policy *policy, const struct note *note, int64_t oldest, int *ret_count);

#endif
