/* One condition of a policy's statement; private to access_*.c. */
#ifndef ACCOUNT_ACCESS_CONDITION_H
#define ACCOUNT_ACCESS_CONDITION_H

#include "account/access_policy.h"

struct yyjson_val;

struct access_value {
    struct bytes text;   /* of strings and ARNs */
    double number;       /* a number, seconds since 1970, or 0 and 1 */
    uint8_t address[16]; /* of a network; IPv4 as ::ffff:a.b.c.d */
    int prefix;          /* its leading bits that count */
};

struct access_condition {
    const struct access_operator *rule;
    const struct access_key *key;
    struct bytes tag; /* KEY of aws:ResourceTag/KEY */
    bool if_exists, for_all, for_any;
    struct access_value *values;
    size_t value_count;
};

/* Reads {OPERATOR: {KEY: VALUES}, ...} into an array in the arena. The text of an error begins with
 * "Condition". */
MUST_CHECK bool access_conditions_parse(struct arena *arena, struct yyjson_val *object,
                                        struct access_condition **ret_conditions, size_t *ret_count,
                                        struct error *err);
bool access_condition_holds(const struct access_condition *condition, const struct access_request *request);

/* Is it an ARN, or a pattern of one: six parts, and no variable? */
bool access_is_arn(struct bytes text);
/* Compares part by part, so that a '*' in one of the six does not reach into the next. The pattern is one. */
bool access_arn_like(struct bytes pattern, struct bytes arn);
/* '*' stands for any text, '?' for one character. */
bool access_glob(struct bytes pattern, struct bytes text, bool ignore_case);

#endif
