/* Walks from marker to marker just as libjpeg does, so that both see the same file: bytes that are no marker
 * are skipped, so are stuffed zeros and fill bytes; a segment is as long as it says. The picture itself holds
 * no marker but restarts, so the walk goes over it to the next pass or the end. */
#include "image/outline.h"
#include "image/exif.h"

enum marker {
    TEM = 0x01,
    SOF0 = 0xc0,
    DHT = 0xc4,
    JPG = 0xc8,
    DAC = 0xcc,
    RST0 = 0xd0,
    SOI = 0xd8,
    EOI,
    SOS,
    APP1 = 0xe1
};

static int next_marker(struct bytes *rest) {
    while (rest->len >= 2) {
        const char *at = memchr(rest->ptr, 0xff, rest->len - 1);
        if (!at)
            break;
        rest->len -= (size_t)(at + 1 - rest->ptr);
        rest->ptr = at + 1;
        int marker = (uint8_t)rest->ptr[0];
        if (marker != 0 && marker != 0xff) {
            rest->ptr++;
            rest->len--;
            return marker;
        }
    }
    return -1;
}

static uint32_t number16(const char *ptr) {
    return (uint32_t)(uint8_t)ptr[0] << 8 | (uint8_t)ptr[1];
}

/* Takes a segment, its length not included, off the rest; false when the file ends before the segment does.
 */
static bool take_segment(struct bytes *rest, struct bytes *ret_segment) {
    if (rest->len < 2)
        return false;
    size_t len = MAX(number16(rest->ptr), 2u);
    if (len > rest->len)
        return false;
    *ret_segment = (struct bytes){rest->ptr + 2, len - 2};
    rest->ptr += len;
    rest->len -= len;
    return true;
}

static bool is_frame(int marker) {
    return marker >= SOF0 && marker <= SOF0 + 15 && marker != DHT && marker != JPG && marker != DAC;
}

/* Two bytes a coefficient, one coefficient a sample of each component. */
static uint64_t coefficients_bytes(const struct outline *outline, struct bytes frame) {
    uint64_t samples = 0, across = 1, down = 1;
    for (int i = 0; i < outline->components; i++) {
        uint8_t sampling = (uint8_t)frame.ptr[7 + 3 * i];
        samples += (uint64_t)(sampling >> 4) * (sampling & 15);
        across = MAX(across, sampling >> 4);
        down = MAX(down, (uint64_t)sampling & 15);
    }
    return (uint64_t)outline->width * outline->height * samples * 2 / (across * down);
}

static void read_frame(struct outline *outline, struct bytes *frame, struct bytes segment) {
    if (frame->len > 0 || segment.len < 6 || segment.len < 6 + 3 * (size_t)(uint8_t)segment.ptr[5])
        return;
    *frame = segment;
    outline->height = number16(segment.ptr + 1);
    outline->width = number16(segment.ptr + 3);
    outline->components = (uint8_t)segment.ptr[5];
}

struct outline outline_read(struct bytes file) {
    struct outline outline = {0};
    struct bytes rest = file, frame = {0}, segment;
    bool progressive = false;
    int marker;
    while ((marker = next_marker(&rest)) >= 0 && marker != EOI) {
        if (marker == TEM || (marker >= RST0 && marker <= SOI))
            continue;
        if (!take_segment(&rest, &segment))
            return outline;
        if (marker == APP1 && outline.orientation == 0)
            outline.orientation = exif_orientation(segment);
        if (is_frame(marker)) {
            read_frame(&outline, &frame, segment);
            progressive = progressive || (marker & 3) == 2;
        }
        if (marker == SOS && segment.len > 0 && frame.len > 0) {
            outline.scans++;
            if (progressive || (uint8_t)segment.ptr[0] < outline.components)
                outline.coefficients_bytes = coefficients_bytes(&outline, frame);
        }
    }
    outline.complete = marker == EOI;
    return outline;
}
