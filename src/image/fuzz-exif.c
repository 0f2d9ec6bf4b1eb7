/* exif_orientation: any bytes give 0 to 8. */
#include "image/exif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int orientation = exif_orientation((struct bytes){(const char *)data, size});
    if (orientation < 0 || orientation > 8)
        abort();
    return 0;
}
