/* What must hold before an account is served, as the operator states it in DIR/screening.ini:
 *
 *     [screening]
 *     lists = uk, ofac-sdn, eu    ; sources that must be healthy; all: whatever DIR/lists has, at least one
 *                                 ; (without the file); none: verdicts stand on the other rules alone
 *     [countries]                 ; of the account
 *     KP = refused
 *     RU = review
 *     [end-use]                   ; words within the account's statement, letters without case
 *     statement = required        ; an account without one is a question for a person
 *     predictive policing = refused
 *     border = review
 *     [concerns]
 *     days = 30                   ; an answer is due
 *
 * It stands in the record by its digest, whenever something is decided by it. */
#ifndef SANCTIONS_SCREENING_POLICY_H
#define SANCTIONS_SCREENING_POLICY_H

#include "base/digest.h"
#include "base/limits.h"
#include "sanctions/archive.h"
#include "sanctions/verdict.h"

#define SCREENING_POLICY_FILE "screening.ini"

struct screening_rule {
    char text[64]; /* country, or words */
    enum result result;
};

struct screening_policy {
    bool all_lists; /* lists: those that there are */
    char lists[LIMIT_LIST_SOURCES][ARCHIVE_SOURCE_MAX + 1];
    size_t list_count;
    struct screening_rule countries[LIMIT_SCREENING_RULES], end_uses[LIMIT_SCREENING_RULES];
    size_t country_count, end_use_count;
    bool end_use_required;
    int concern_days;
    struct sha256 digest; /* of the file; of nothing when it is not there */
};

/* Without the file: all lists. VALIDATION names the line, INTERNAL when it cannot be read: then nobody has a
 * verdict. */
MUST_CHECK bool screening_policy_read(const char *data, struct screening_policy *ret_policy,
                                      struct error *err);
/* RESULT_CLEAR: the policy says nothing. */
enum result screening_policy_country(const struct screening_policy *policy, const char *country);
/* The gravest rule that the statement meets; NULL: none. */
const struct screening_rule *screening_policy_end_use(const struct screening_policy *policy,
                                                      const char *statement);

#endif
