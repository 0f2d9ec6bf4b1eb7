/* What an account has set for itself, kept as JSON. Members that are absent stand for the defaults:
 *
 *     {"Purpose": "", "LawfulBasis": "", "RetentionDays": 0, "RequirePurpose": false, "ProbesAlike": 300,
 *      "KeyRates": {"Search": {"Rate": 5, "Burst": 10}, ...}, "AccountRates": {...}}
 *
 * The first three are what a collection gets when its creation does not say. Rates are in calls a second, by
 * family (quota.h); 0: no limit, which is the operator's default. */
#ifndef ACCOUNT_SETTINGS_H
#define ACCOUNT_SETTINGS_H

#include "account/quota.h"
#include "base/limits.h"

struct account_settings {
    char purpose[LIMIT_ACCOUNT_TEXT + 1], lawful_basis[LIMIT_ACCOUNT_TEXT + 1]; /* empty: none */
    int retention_days;                                                         /* 0: for ever */
    bool require_purpose;  /* a collection must state purpose, basis and retention when it is created */
    uint32_t probes_alike; /* probes_admit's maximum */
    struct quota_rate key_rates[QUOTA_FAMILIES], account_rates[QUOTA_FAMILIES];
};

/* INVALID_PARAMETER names the member. */
MUST_CHECK bool account_settings_parse(struct bytes json, bool is_operator,
                                       struct account_settings *ret_settings, struct error *err);
/* Is it a list of at most LIMIT_REGISTRATIONS objects {"Kind": text, "Value": text}? INVALID_PARAMETER. */
MUST_CHECK bool account_registrations_check(struct bytes json, struct error *err);

#endif
