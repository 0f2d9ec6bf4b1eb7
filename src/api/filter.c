#include "api/filter.h"
#include "api/fields.h"
#include "api/json.h"

#define TIME_MAX 253402300799 /* the last second of the year 9999 */
#define NAME .minimum = 1, .maximum = LIMIT_EXTERNAL_IMAGE_ID, .pattern = &pattern_name

const struct field filter_fields[] = {
    {"ExternalImageId", FIELD_STRING, NAME},
    {"ExternalImageIdPrefix", FIELD_STRING, NAME},
    {"UserId", FIELD_STRING, .minimum = 1, .maximum = LIMIT_USER_ID, .pattern = &pattern_name},
    {"Tags", FIELD_MAP, .minimum = 1, .maximum = LIMIT_FILTER_TAGS, .fields = tag_fields},
    {"IndexedFrom", FIELD_TIME, .maximum = TIME_MAX},
    {"IndexedBefore", FIELD_TIME, .maximum = TIME_MAX},
    {0},
};

static bool lets_all_through(const struct store_filter *filter) {
    return !filter->external_image_id && !filter->external_image_id_prefix && !filter->user_id &&
           filter->tag_count == 0 && filter->created_from_ms == 0 && filter->created_before_ms == 0;
}

bool filter_read(struct call *call, const struct store_filter **ret_filter, struct error *err) {
    struct store_filter *filter = arena_array(call->arena, 1, sizeof *filter);
    struct store_tag *tags;
    struct call inner = *call;
    inner.input = json_get(call->input, "Filter");
    if (!filter)
        return call_no_memory(err);
    if (!call_string(&inner, "ExternalImageId", &filter->external_image_id, err) ||
        !call_string(&inner, "ExternalImageIdPrefix", &filter->external_image_id_prefix, err) ||
        !call_string(&inner, "UserId", &filter->user_id, err) ||
        !call_tags(&inner, "Tags", &tags, &filter->tag_count, err))
        return false;
    filter->tags = tags;
    filter->created_from_ms = json_get_time(inner.input, "IndexedFrom", 0);
    /* For the store 0 is no bound: the first millisecond of 1970 stands for it, as no face is of that time.
     */
    if (json_get(inner.input, "IndexedBefore"))
        filter->created_before_ms = MAX(json_get_time(inner.input, "IndexedBefore", 0), 1);
    *ret_filter = lets_all_through(filter) ? NULL : filter;
    return true;
}
