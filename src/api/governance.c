/* GovernCollection, DescribeGovernance; what CreateCollection and IndexFaces ask of it. */
#include "api/governance.h"
#include "api/extension.h"
#include "api/json.h"

#define RESERVED "countenance:"
#define CONSENT_PREFIX "consent:"

const struct field govern_collection_fields[] = {
    {COLLECTION_ID},
    {LINE("Purpose")},
    {LINE("LawfulBasis")},
    {"RetentionDays", FIELD_INTEGER, .maximum = LIMIT_RETENTION_DAYS},
    {"Owner", FIELD_STRING, .maximum = LIMIT_PERSON, .pattern = &pattern_line},
    {"ConsentRequired", FIELD_BOOLEAN, .required = false},
    {"ReleaseRequired", FIELD_BOOLEAN, .required = false},
    {"KeepCrops", FIELD_BOOLEAN, .required = false},
    {"ApproximateSearch", FIELD_BOOLEAN, .required = false},
    {0},
};
const struct field describe_governance_fields[] = {{COLLECTION_ID}, {0}};

/* --- by tags --- */

static bool tag_wrong(const struct store_tag *tag, const char *wanted, struct error *err) {
    return error_set(err, ERROR_INVALID_PARAMETER, "The value of the tag %s must be %s.", tag->key, wanted);
}

static bool tag_text(const struct store_tag *tag, const char **ret_text, size_t maximum, struct error *err) {
    if (strlen(tag->value) > maximum)
        return error_set(err, ERROR_INVALID_PARAMETER, "The value of the tag %s has more than %zu bytes.",
                         tag->key, maximum);
    *ret_text = tag->value[0] ? tag->value : NULL;
    return true;
}

static bool tag_days(const struct store_tag *tag, int *ret_days, struct error *err) {
    uint64_t days;
    if (!bytes_to_number(bytes_of(tag->value), LIMIT_RETENTION_DAYS, &days))
        return tag_wrong(tag, "a number of days", err);
    *ret_days = (int)days;
    return true;
}

static bool tag_boolean(const struct store_tag *tag, bool *ret_value, struct error *err) {
    *ret_value = strcmp(tag->value, "true") == 0;
    return *ret_value || strcmp(tag->value, "false") == 0 || tag_wrong(tag, "true or false", err);
}

/* What is stated, and whether the retention is: 0 days may be meant. */
struct statement {
    struct store_governance governance;
    const char *model; /* NULL: the first */
    bool retention_stated;
};

static bool read_tag(const struct store_tag *tag, struct statement *statement, struct error *err) {
    struct store_governance *governance = &statement->governance;
    const char *name = tag->key + strlen(RESERVED);
    if (strcmp(name, "purpose") == 0)
        return tag_text(tag, &governance->purpose, LIMIT_ACCOUNT_TEXT, err);
    if (strcmp(name, "lawful-basis") == 0)
        return tag_text(tag, &governance->lawful_basis, LIMIT_ACCOUNT_TEXT, err);
    if (strcmp(name, "owner") == 0)
        return tag_text(tag, &governance->owner, LIMIT_PERSON, err);
    if (strcmp(name, "consent-required") == 0)
        return tag_boolean(tag, &governance->consent_required, err);
    if (strcmp(name, "release-required") == 0)
        return tag_boolean(tag, &governance->release_required, err);
    if (strcmp(name, "keep-crops") == 0)
        return tag_boolean(tag, &governance->keep_crops, err);
    if (strcmp(name, "approximate-search") == 0)
        return tag_boolean(tag, &governance->approximate, err);
    if (strcmp(name, "model") == 0)
        return tag_text(tag, &statement->model, LIMIT_MODEL_NAME, err);
    statement->retention_stated = strcmp(name, "retention-days") == 0;
    return statement->retention_stated
               ? tag_days(tag, &governance->retention_days, err)
               : error_set(err, ERROR_INVALID_PARAMETER,
                           "Tags that begin with " RESERVED " are reserved: purpose, lawful-basis, "
                           "retention-days, owner, consent-required, release-required, keep-crops, "
                           "approximate-search and model.");
}

bool governance_check_key(const char *key, struct error *err) {
    return !bytes_starts_with(bytes_of(key), RESERVED) ||
           error_set(err, ERROR_INVALID_PARAMETER,
                     "Tags that begin with " RESERVED " are read when a collection is created; "
                     "Countenance.GovernCollection changes what they state.");
}

static const char *text_or_null(const char *text) {
    return text[0] ? text : NULL;
}

static void fill_defaults(const struct account_settings *settings, struct statement *statement) {
    struct store_governance *governance = &statement->governance;
    if (!governance->purpose)
        governance->purpose = text_or_null(settings->purpose);
    if (!governance->lawful_basis)
        governance->lawful_basis = text_or_null(settings->lawful_basis);
    if (!statement->retention_stated) {
        governance->retention_days = settings->retention_days;
        statement->retention_stated = settings->retention_days > 0;
    }
}

static bool check_stated(const struct call *call, const struct statement *statement, struct error *err) {
    return !call->principal->settings.require_purpose ||
           (statement->governance.purpose && statement->governance.lawful_basis &&
            statement->retention_stated) ||
           error_set(err, ERROR_INVALID_PARAMETER,
                     "The account requires that a collection states its purpose, lawful basis and "
                     "retention: give CreateCollection the tags countenance:purpose, "
                     "countenance:lawful-basis and countenance:retention-days (0: for ever), or the account "
                     "defaults for them.");
}

bool governance_create(struct call *call, const char *id, const struct store_tag *tags, size_t tag_count,
                       struct store_collection *ret_collection, struct error *err) {
    struct service *service = call->service;
    int64_t account = call->principal->account;
    struct statement statement = {.retention_stated = false};
    struct store_tag *kept = arena_array(call->arena, tag_count + 1, sizeof *kept);
    size_t kept_count = 0;
    if (!kept)
        return call_no_memory(err);
    for (size_t i = 0; i < tag_count; i++)
        if (!bytes_starts_with(bytes_of(tags[i].key), RESERVED))
            kept[kept_count++] = tags[i];
        else if (!read_tag(&tags[i], &statement, err))
            return false;
    fill_defaults(&call->principal->settings, &statement);
    const struct model *model = statement.model ? models_find(&service->models, statement.model)
                                                : &service->models.list[0];
    if (!model)
        return models_refuse(&service->models, statement.model, err);
    return check_stated(call, &statement, err) &&
           store_collection_create(service->store, account, id, model_version(model), model_dimension(model),
                                   kept, kept_count, err) &&
           store_collection_get(service->store, call->arena, account, id, ret_collection, err) &&
           store_collection_govern(service->store, ret_collection->number, &statement.governance, err) &&
           store_collection_get(service->store, call->arena, account, id, ret_collection, err);
}

/* --- consent --- */

bool consent_read(struct call *call, const char *external_image_id, const char **ret_consent,
                  struct error *err) {
    struct bytes rest = bytes_of(external_image_id), reference = {NULL, 0};
    const char *consent = NULL;
    if (bytes_starts_with(rest, CONSENT_PREFIX)) {
        rest = (struct bytes){rest.ptr + strlen(CONSENT_PREFIX), rest.len - strlen(CONSENT_PREFIX)};
        reference = bytes_split(&rest, ':');
    }
    if (reference.len > 0 && !(consent = arena_string(call->arena, reference)))
        return call_no_memory(err);
    *ret_consent = consent;
    return true;
}

bool consent_check(const struct store_collection *collection, const char *consent, struct error *err) {
    return consent || !collection->governance.consent_required ||
           error_set(err, ERROR_INVALID_PARAMETER,
                     "The collection takes no face without a reference to a consent: give "
                     "ConsentReference to Countenance.IndexFaces, or IndexFaces an ExternalImageId of the "
                     "form consent:REFERENCE or consent:REFERENCE:NAME.");
}

/* --- the operations --- */

static void put_governance(struct call *call, const struct store_collection *collection) {
    const struct store_governance *governance = &collection->governance;
    struct buffer *out = call->reply;
    json_put_string(out, "CollectionId", collection->id);
    if (governance->purpose)
        json_put_string(out, "Purpose", governance->purpose);
    if (governance->lawful_basis)
        json_put_string(out, "LawfulBasis", governance->lawful_basis);
    json_put_integer(out, "RetentionDays", governance->retention_days);
    if (governance->owner)
        json_put_string(out, "Owner", governance->owner);
    json_put_boolean(out, "ConsentRequired", governance->consent_required);
    json_put_boolean(out, "ReleaseRequired", governance->release_required);
    json_put_boolean(out, "KeepCrops", governance->keep_crops);
    json_put_boolean(out, "ApproximateSearch", governance->approximate);
    if (collection->next_model)
        json_put_string(out, "NextFaceModelVersion", collection->next_model);
}

bool describe_governance(struct call *call, struct error *err) {
    struct store_collection collection;
    if (!call_collection(call, &collection, err))
        return false;
    put_governance(call, &collection);
    return true;
}

/* A member that is there; an empty one takes back what was stated. */
static bool read_text(struct call *call, const char *name, const char **ret_text, struct error *err) {
    const char *text;
    if (!call_string(call, name, &text, err))
        return false;
    if (text)
        *ret_text = text_or_null(text);
    return true;
}

static bool read_members(struct call *call, struct store_governance *governance, struct error *err) {
    governance->retention_days = (int)json_get_integer(call->input, "RetentionDays",
                                                       governance->retention_days);
    governance->consent_required = json_get_boolean(call->input, "ConsentRequired",
                                                    governance->consent_required);
    governance->release_required = json_get_boolean(call->input, "ReleaseRequired",
                                                    governance->release_required);
    governance->keep_crops = json_get_boolean(call->input, "KeepCrops", governance->keep_crops);
    governance->approximate = json_get_boolean(call->input, "ApproximateSearch", governance->approximate);
    return read_text(call, "Purpose", &governance->purpose, err) &&
           read_text(call, "LawfulBasis", &governance->lawful_basis, err) &&
           read_text(call, "Owner", &governance->owner, err);
}

static bool tell(struct call *call, const struct store_governance *governance, struct error *err) {
    const char *days = arena_printf(call->arena, "%d", governance->retention_days);
    if (!days)
        return call_no_memory(err);
    deed_detail(call, "retention_days", days);
    deed_detail(call, "consent_required", governance->consent_required ? "true" : "false");
    deed_detail(call, "release_required", governance->release_required ? "true" : "false");
    deed_detail(call, "keep_crops", governance->keep_crops ? "true" : "false");
    deed_detail(call, "approximate_search", governance->approximate ? "true" : "false");
    if (governance->owner)
        deed_text(call, "owner", governance->owner);
    return true;
}

bool govern_collection(struct call *call, struct error *err) {
    struct store_collection collection;
    if (!call_begin(call, err) || !call_collection(call, &collection, err))
        return false;
    struct statement statement = {.governance = collection.governance, .retention_stated = true};
    if (!read_members(call, &statement.governance, err) || !check_stated(call, &statement, err) ||
        !store_collection_govern(call->service->store, collection.number, &statement.governance, err) ||
        !call_collection(call, &collection, err) || !tell(call, &collection.governance, err))
        return false;
    put_governance(call, &collection);
    return true;
}
