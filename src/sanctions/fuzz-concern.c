/* Sealed concerns and lists of recipients, as anybody may send them. */
#include "sanctions/concern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t key[32] = {1};
    struct concern_recipient recipients[LIMIT_CONCERN_RECIPIENTS];
    struct buffer text = buffer_new(CONCERN_SEALED_MAX);
    struct bytes input = {(const char *)data, size};
    size_t count;
    if (concern_open(input, key, &text, NULL) && !concern_check(input, NULL))
        abort();
    if (concern_recipients_parse(input, recipients, &count, NULL) && count > LIMIT_CONCERN_RECIPIENTS)
        abort();
    buffer_release(&text);
    return 0;
}
