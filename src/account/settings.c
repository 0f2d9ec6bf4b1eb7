#include <yyjson.h>
#include "account/settings.h"

#define RATE 50.0 /* calls a second, of accounts that are not the operator's */
#define ACCOUNT_RATE 100.0

static bool wrong(const char *name, struct error *err) {
    return error_set(err, ERROR_INVALID_PARAMETER, "%s of the account's settings is not of the right form",
                     name);
}

static bool read_text(yyjson_val *value, char out[LIMIT_ACCOUNT_TEXT + 1]) {
    const char *text = yyjson_get_str(value);
    size_t len = yyjson_get_len(value);
    if (!text || len > LIMIT_ACCOUNT_TEXT || memchr(text, 0, len))
        return false;
    memcpy(out, text, len);
    out[len] = 0;
    return true;
}

static bool read_number(yyjson_val *value, uint64_t maximum, uint64_t *ret_number) {
    if (!yyjson_is_uint(value) || yyjson_get_uint(value) > maximum)
        return false;
    *ret_number = yyjson_get_uint(value);
    return true;
}

static bool read_rate(yyjson_val *value, struct quota_rate *ret_rate) {
    yyjson_val *rate = yyjson_obj_get(value, "Rate"), *burst = yyjson_obj_get(value, "Burst");
    if (yyjson_obj_size(value) != 2 || !yyjson_is_num(rate) || !yyjson_is_num(burst))
        return false;
    struct quota_rate read = {yyjson_get_num(rate), yyjson_get_num(burst)};
    if (!(read.rate >= 0 && read.rate <= LIMIT_QUOTA_RATE && read.burst >= 1 &&
          read.burst <= LIMIT_QUOTA_RATE))
        return false;
    *ret_rate = read;
    return true;
}

static bool read_rates(yyjson_val *object, struct quota_rate rates[QUOTA_FAMILIES]) {
    size_t known = 0;
    for (int family = 0; family < QUOTA_FAMILIES; family++) {
        yyjson_val *value = yyjson_obj_get(object, quota_family_name((enum quota_family)family));
        known += value != NULL;
        if (value && !read_rate(value, &rates[family]))
            return false;
    }
    return yyjson_is_obj(object) && yyjson_obj_size(object) == known;
}

static bool read_member(const char *name, yyjson_val *value, struct account_settings *settings) {
    uint64_t number;
    if (strcmp(name, "Purpose") == 0)
        return read_text(value, settings->purpose);
    if (strcmp(name, "LawfulBasis") == 0)
        return read_text(value, settings->lawful_basis);
    if (strcmp(name, "KeyRates") == 0)
        return read_rates(value, settings->key_rates);
    if (strcmp(name, "AccountRates") == 0)
        return read_rates(value, settings->account_rates);
    if (strcmp(name, "RequirePurpose") == 0) {
        settings->require_purpose = yyjson_is_true(value);
        return yyjson_is_bool(value);
    }
    if (strcmp(name, "RetentionDays") == 0 && read_number(value, LIMIT_RETENTION_DAYS, &number)) {
        settings->retention_days = (int)number;
        return true;
    }
    if (strcmp(name, "ProbesAlike") == 0 && read_number(value, LIMIT_QUOTA_RATE, &number)) {
        settings->probes_alike = (uint32_t)number;
        return true;
    }
    return false;
}

static yyjson_doc *read_document(struct bytes json) {
    return json.len <= LIMIT_ACCOUNT_JSON ? yyjson_read(json.ptr, json.len, 0) : NULL;
}

bool account_settings_parse(struct bytes json, bool is_operator, struct account_settings *ret_settings,
                            struct error *err) {
    struct account_settings settings = {.probes_alike = LIMIT_PROBES_ALIKE};
    yyjson_doc *document = read_document(json);
    yyjson_val *root = yyjson_doc_get_root(document);
    bool fine = yyjson_is_obj(root) || wrong("The whole", err);
    for (int family = 0; !is_operator && family < QUOTA_FAMILIES; family++) {
        settings.key_rates[family] = (struct quota_rate){RATE, 2 * RATE};
        settings.account_rates[family] = (struct quota_rate){ACCOUNT_RATE, 2 * ACCOUNT_RATE};
    }
    yyjson_obj_iter members = yyjson_obj_iter_with(root);
    for (yyjson_val *name; fine && (name = yyjson_obj_iter_next(&members));)
        fine = read_member(yyjson_get_str(name), yyjson_obj_iter_get_val(name), &settings) ||
               wrong(yyjson_get_str(name), err);
    yyjson_doc_free(document);
    if (fine)
        *ret_settings = settings;
    return fine;
}

static bool is_registration(yyjson_val *value) {
    char text[LIMIT_ACCOUNT_TEXT + 1];
    return yyjson_obj_size(value) == 2 && read_text(yyjson_obj_get(value, "Kind"), text) && text[0] &&
           read_text(yyjson_obj_get(value, "Value"), text) && text[0];
}

bool account_registrations_check(struct bytes json, struct error *err) {
    yyjson_doc *document = read_document(json);
    yyjson_val *root = yyjson_doc_get_root(document);
    bool fine = yyjson_is_arr(root) && yyjson_arr_size(root) <= LIMIT_REGISTRATIONS;
    yyjson_arr_iter items = yyjson_arr_iter_with(root);
    for (yyjson_val *item; fine && (item = yyjson_arr_iter_next(&items));)
        fine = is_registration(item);
    yyjson_doc_free(document);
    return fine || error_set(err, ERROR_INVALID_PARAMETER,
                             "Registrations are a list of at most %d objects with Kind and Value.",
                             LIMIT_REGISTRATIONS);
}
