/* What collections are for: purpose, lawful basis, retention, owner, and what their faces and searches need.
 *
 * A client of Rekognition states it by tags of CreateCollection; they are not kept as tags:
 *
 *     countenance:purpose, countenance:lawful-basis, countenance:owner      text
 *     countenance:retention-days                                            a number; 0: for ever
 *     countenance:consent-required, countenance:release-required            true or false
 *     countenance:keep-crops, countenance:approximate-search                true or false
 *     countenance:model            version or name of a model pack that is loaded; the first unless stated
 *
 * and the consent of a face by an ExternalImageId of the form "consent:REFERENCE" or
 * "consent:REFERENCE:anything", which is kept as it is. */
#ifndef API_GOVERNANCE_H
#define API_GOVERNANCE_H

#include "api/administration.h"

#define CONSENT_REFERENCE LINE("ConsentReference"), .minimum = 1

extern const struct field govern_collection_fields[];
extern const struct field describe_governance_fields[];

/* Makes an empty collection of the caller's account, with what its tags and the account's defaults state.
 * ALREADY_EXISTS, QUOTA; INVALID_PARAMETER also when the account asks for more than is stated. */
MUST_CHECK bool governance_create(struct call *call, const char *id, const struct store_tag *tags,
                                  size_t tag_count, struct store_collection *ret_collection,
                                  struct error *err);
/* INVALID_PARAMETER for a key that is reserved for what is stated at the creation. */
MUST_CHECK bool governance_check_key(const char *key, struct error *err);
/* The reference in an ExternalImageId (NULL: none is given), in the arena; NULL when it holds none. */
MUST_CHECK bool consent_read(struct call *call, const char *external_image_id, const char **ret_consent,
                             struct error *err);
/* INVALID_PARAMETER when the collection takes no face without a consent, and there is none (NULL). */
MUST_CHECK bool consent_check(const struct store_collection *collection, const char *consent,
                              struct error *err);

#endif
