/* image_decode: any bytes are a whole picture within the limits, or an error. */
#include "image/image.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned checksum; /* reads every pixel, so that a sanitizer sees those that were never written */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_IMAGE struct image image = {0};
    struct error err = {.code = ERROR_COUNT};
    if (!image_decode((struct bytes){(const char *)data, size}, &image, &err)) {
        if (image.rgb || err.code == ERROR_COUNT || err.code == ERROR_INTERNAL)
            abort();
        return 0;
    }
    size_t count = (size_t)image.width * (size_t)image.height;
    if (count == 0 || count > LIMIT_DECODED_PIXELS || image.width > image.full_width ||
        image.height > image.full_height)
        abort();
    for (size_t i = 0; i < count * 3; i++)
        checksum += image.rgb[i];
    return 0;
}
