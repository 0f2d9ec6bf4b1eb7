#include <turbojpeg.h>

#include "image/codec.h"
#include "image/exif.h"
#include "image/outline.h"
#include "base/limits.h"

static void close_coder(tjhandle *coder) {
    if (*coder)
        tjDestroy(*coder);
}

/* TurboJPEG gives one result and one text for errors and warnings, and the text of an error replaces that of
 * a warning; so these texts, all of damage that leaves a picture, are what is forgiven. Not among them is
 * "Premature end of JPEG file". */
static bool is_harmless(const char *text) {
    static const char *const harmless[] = {
        "Corrupt JPEG data: ",
        "Inconsistent progression sequence ",
        "Invalid SOS parameters for sequential JPEG",
        "Unknown Adobe color transform code ",
        "Warning: unknown JFIF revision number ",
    };
    for (size_t i = 0; i < ARRAY_LEN(harmless); i++)
        if (bytes_starts_with(bytes_of(text), harmless[i]))
            return true;
    return false;
}

/* CMYK in a JPEG is inverted by the custom of Adobe, which browsers take for granted: 255 is no ink. */
static void cmyk_to_rgb(uint8_t *pixels, size_t count) {
    for (size_t i = 0; i < count; i++) {
        unsigned cyan = pixels[4 * i], magenta = pixels[4 * i + 1], yellow = pixels[4 * i + 2];
        unsigned black = pixels[4 * i + 3];
        pixels[3 * i] = (uint8_t)((cyan * black + 127) / 255);
        pixels[3 * i + 1] = (uint8_t)((magenta * black + 127) / 255);
        pixels[3 * i + 2] = (uint8_t)((yellow * black + 127) / 255);
    }
}

static bool check_outline(const struct outline *outline, struct error *err) {
    if (outline->width == 0 || outline->height == 0)
        return image_invalid(err, outline->complete ? "the JPEG holds no picture" : "the JPEG ends early");
    bool turned = outline->orientation >= 5;
    if (!image_check_size(turned ? outline->height : outline->width,
                          turned ? outline->width : outline->height, err))
        return false;
    if (!outline->complete)
        return image_invalid(err, "the JPEG ends early");
    if (outline->coefficients_bytes > LIMIT_DECODING_BYTES)
        return error_set(err, ERROR_IMAGE_TOO_LARGE,
                         "Image size is too large: %u x %u pixels are too many for a progressive JPEG; save "
                         "it as baseline",
                         outline->width, outline->height);
    if (outline->scans > LIMIT_JPEG_SCANS)
        return image_invalid(err, "the JPEG has too many scans");
    return true;
}

static bool decode_pixels(struct bytes file, bool cmyk, struct image *image, struct error *err) {
    CLEANUP(close_coder) tjhandle decoder = tjInitDecompress();
    if (!decoder)
        return error_set(err, ERROR_INTERNAL, "no memory for a JPEG decoder");
    size_t count = (size_t)image->width * (size_t)image->height;
    image->rgb = calloc(count, cmyk ? 4 : 3);
    if (!image->rgb)
        return error_set(err, ERROR_INTERNAL, "no memory for a picture");
    if (tjDecompress2(decoder, (const unsigned char *)file.ptr, file.len, image->rgb, image->width, 0,
                      image->height, cmyk ? TJPF_CMYK : TJPF_RGB, TJFLAG_LIMITSCANS) != 0 &&
        !is_harmless(tjGetErrorStr2(decoder)))
        return error_set(err, ERROR_INVALID_IMAGE,
                         "Request has invalid image format: the JPEG cannot be read: %s",
                         tjGetErrorStr2(decoder));
    if (cmyk)
        cmyk_to_rgb(image->rgb, count);
    return true;
}

bool jpeg_decode(struct bytes file, struct image *ret_image, struct error *err) {
    struct outline outline = outline_read(file);
    if (!check_outline(&outline, err))
        return false;
    int width = (int)outline.width, height = (int)outline.height;
    tjscalingfactor factor = {1, 1};
    while ((unsigned)TJSCALED(width, factor) * (unsigned)TJSCALED(height, factor) > LIMIT_DECODED_PIXELS)
        factor.denom *= 2;
    bool turned = outline.orientation >= 5;
    struct image image = {.width = TJSCALED(width, factor),
                          .height = TJSCALED(height, factor),
                          .full_width = turned ? height : width,
                          .full_height = turned ? width : height};
    if (!decode_pixels(file, outline.components == 4, &image, err) ||
        !exif_turn_upright(&image, outline.orientation, err)) {
        image_release(&image);
        return false;
    }
    *ret_image = image;
    return true;
}

bool image_encode_jpeg(const struct image *image, int quality, struct buffer *ret_jpeg, struct error *err) {
    CLEANUP(close_coder) tjhandle encoder = tjInitCompress();
    unsigned char *jpeg = NULL;
    unsigned long len = 0;
    struct buffer buffer = buffer_new(SIZE_MAX / 2);
    if (!encoder || tjCompress2(encoder, image->rgb, image->width, 0, image->height, TJPF_RGB, &jpeg, &len,
                                TJSAMP_444, quality, TJFLAG_ACCURATEDCT) != 0)
        buffer.failed = true;
    buffer_append(&buffer, jpeg, len);
    tjFree(jpeg);
    if (buffer.failed) {
        buffer_release(&buffer);
        return error_set(err, ERROR_INTERNAL, "a picture cannot be made a JPEG");
    }
    *ret_jpeg = buffer;
    return true;
}
