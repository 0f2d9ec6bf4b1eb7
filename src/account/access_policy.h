/* Policies in the JSON form of AWS: who may do what with which resource, and when.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 *
 *     {"Version": "2012-10-17", "Statement": [{"Sid": "x", "Effect": "Allow", "Action":
 * ["rekognition:List*"], "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}]}
 *
 * Understood: Effect; Action or NotAction, Resource or NotResource with '*' and '?'; Condition with
 * StringEquals, StringEqualsIgnoreCase, StringLike, ArnEquals, ArnLike, NumericEquals, DateEquals and their
 * Not forms, Numeric and Date LessThan(Equals) and GreaterThan(Equals), IpAddress, NotIpAddress, Bool, Null;
 * ...IfExists, ForAllValues: and ForAnyValue:. Condition keys, which compare without case:
 *
 *     aws:SourceIp                    IpAddress; absent when the request came by no network
 *     aws:CurrentTime, aws:EpochTime  Date; the second Numeric too
 *     aws:username                    String; the person
 *     aws:PrincipalArn                Arn; arn:aws:iam::ACCOUNT:user/PERSON, of the person root :root
 *     aws:ResourceTag/KEY             String; a tag of the collection. KEY compares with case
 *     aws:RequestTag/KEY              String; a tag that the request would put
 *     aws:TagKeys                     String, ForAllValues: or ForAnyValue: only; keys of those tags
 *     countenance:Purpose             String; of the collection
 *     countenance:Temporary           Bool; whether the request was signed with session credentials
 *
 * Everything else (other elements, operators, keys, services, variables "${...}") is refused when a policy is
 * parsed, so that nothing is ever silently ignored. */
#ifndef ACCOUNT_ACCESS_POLICY_H
#define ACCOUNT_ACCESS_POLICY_H

#include "store/store.h"

struct access_policy;

struct access_request {
    struct bytes action;   /* "rekognition:SearchFaces" */
    struct bytes resource; /* an ARN, or "*" for an operation that touches none */
    const char *source_ip; /* as text, NULL: unknown */
    int64_t now_ms;
    const char *purpose; /* of the collection, NULL: none */
    const struct store_tag *resource_tags, *request_tags;
    size_t resource_tag_count, request_tag_count;
    /* accounts_permit fills these from the principal. */
    const char *person, *principal_arn;
    bool temporary;
};

enum access_verdict {
    ACCESS_UNSAID, /* no statement applies: implicitly denied */
    ACCESS_ALLOWED,
    ACCESS_FORBIDDEN /* explicitly denied */
};

/* At most LIMIT_POLICY_BYTES. The policy lives in the arena and points to nothing outside of it.
 * INVALID_PARAMETER names the statement and what is wrong with it. */
MUST_CHECK bool access_policy_parse(struct arena *arena, struct bytes text,
                                    const struct access_policy **ret_policy, struct error *err);
/* What a policy says of the request. */
enum access_verdict access_policy_decide(const struct access_policy *policy,
                                         const struct access_request *request);
/* Of two policies that are asked one after the other: a denial wins, then a permission. */
static inline enum access_verdict access_verdict_join(enum access_verdict a, enum access_verdict b) {
    return MAX(a, b);
}

#endif
