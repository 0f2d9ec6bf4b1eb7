#include "image/codec.h"
#include "base/limits.h"

static const struct bytes jpeg_magic = BYTES_LITERAL("\xff\xd8\xff");
static const struct bytes png_magic = BYTES_LITERAL("\x89PNG\r\n\x1a\n");

/* What people send instead. Before a format in base64 comes the format itself. */
static const struct {
    size_t offset;
    struct bytes magic;
    const char *reason;
} impostors[] = {
    {0, BYTES_LITERAL("/9j/"), "this is base64 text of a JPEG: it was encoded twice"},
    {0, BYTES_LITERAL("iVBORw0KGgo"), "this is base64 text of a PNG: it was encoded twice"},
    {0, BYTES_LITERAL("data:image/"), "this is a data: URL; send the bytes of the file"},
    {0, BYTES_LITERAL("GIF8"), "these bytes are GIF; send JPEG or PNG"},
    {0, BYTES_LITERAL("BM"), "these bytes are BMP; send JPEG or PNG"},
    {8, BYTES_LITERAL("WEBP"), "these bytes are WebP; send JPEG or PNG"},
    {0, BYTES_LITERAL("II*\0"), "these bytes are TIFF; send JPEG or PNG"},
    {0, BYTES_LITERAL("MM\0*"), "these bytes are TIFF; send JPEG or PNG"},
    {4, BYTES_LITERAL("ftypavif"), "these bytes are AVIF; send JPEG or PNG"},
    {4, BYTES_LITERAL("ftyphei"), "these bytes are HEIC; send JPEG or PNG"},
    {4, BYTES_LITERAL("ftypmif1"), "these bytes are HEIC; send JPEG or PNG"},
    {4, BYTES_LITERAL("ftyp"), "these bytes are a video; send JPEG or PNG"},
    {4, BYTES_LITERAL("jP  "), "these bytes are JPEG 2000; send JPEG or PNG"},
    {0, BYTES_LITERAL("\xff\x0a"), "these bytes are JPEG XL; send JPEG or PNG"},
    {4, BYTES_LITERAL("JXL "), "these bytes are JPEG XL; send JPEG or PNG"},
    {0, BYTES_LITERAL("%PDF"), "these bytes are PDF; send JPEG or PNG"},
    {0, BYTES_LITERAL("<"), "these bytes are SVG, HTML or XML; send JPEG or PNG"},
    {0, BYTES_LITERAL("{"), "these bytes are JSON; send JPEG or PNG"},
};

static bool has_magic(struct bytes file, size_t offset, struct bytes magic) {
    return file.len >= offset + magic.len && memcmp(file.ptr + offset, magic.ptr, magic.len) == 0;
}

bool image_invalid(struct error *err, const char *reason) {
    return error_set(err, ERROR_INVALID_IMAGE, "Request has invalid image format: %s", reason);
}

bool image_check_size(uint32_t width, uint32_t height, struct error *err) {
    if (MAX(width, height) > LIMIT_IMAGE_SIDE_MAX)
        return error_set(err, ERROR_IMAGE_TOO_LARGE,
                         "Image size is too large: Input image dimensions %u x %u exceed maximum dimension "
                         "size of %d pixels",
                         width, height, LIMIT_IMAGE_SIDE_MAX);
    if ((uint64_t)width * height > LIMIT_IMAGE_PIXELS)
        return error_set(
            err, ERROR_IMAGE_TOO_LARGE,
            "Image size is too large: Input image dimensions %u x %u exceed maximum of %u pixels", width,
            height, LIMIT_IMAGE_PIXELS);
    if (MIN(width, height) < LIMIT_IMAGE_SIDE_MIN)
        return error_set(
            err, ERROR_INVALID_PARAMETER,
            "Request has invalid parameters: the image is %u x %u pixels, both sides must be at least %d",
            width, height, LIMIT_IMAGE_SIDE_MIN);
    return true;
}

bool image_decode(struct bytes file, struct image *ret_image, struct error *err) {
    if (has_magic(file, 0, jpeg_magic))
        return jpeg_decode(file, ret_image, err);
    if (has_magic(file, 0, png_magic))
        return png_decode(file, ret_image, err);
    if (file.len == 0)
        return image_invalid(err, "there are no bytes");
    for (size_t i = 0; i < ARRAY_LEN(impostors); i++)
        if (has_magic(file, impostors[i].offset, impostors[i].magic))
            return image_invalid(err, impostors[i].reason);
    return image_invalid(err, "these bytes are neither JPEG nor PNG");
}

void image_release(struct image *image) {
    free(image->rgb);
    *image = (struct image){0};
}
