#include "base/log.h"
#include "base/clock.h"
#include <stdarg.h>

static enum log_level lowest_level = LOG_INFO;

void log_set_level(enum log_level lowest) {
    lowest_level = lowest;
}

/* JSON string contents; cuts what does not fit. */
static void escape(const char *text, char *out, size_t size) {
    size_t used = 0;
    for (; *text && used + 7 < size; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            out[used++] = '\\';
            out[used++] = (char)c;
        } else if (c < 0x20 || c == 0x7f)
            used += (size_t)snprintf(out + used, 7, "\\u%04x", c);
        else
            out[used++] = (char)c;
    }
    out[used] = 0;
}

void log_event(enum log_level level, const char *event, const char *format, ...) {
    static const char *const names[] = {"debug", "info", "warn", "error"};
    if (level < lowest_level)
        return;
    char text[1024], escaped[2 * sizeof text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    escape(text, escaped, sizeof escaped);
    int64_t now = clock_now_ms();
    struct tm parts;
    time_t seconds = (time_t)(now / 1000);
    gmtime_r(&seconds, &parts);
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);
    /* One call, so that lines of two threads do not mix. */
    fprintf(stderr, "{\"time\":\"%s.%03dZ\",\"level\":\"%s\",\"event\":\"%s\",\"text\":\"%s\"}\n", stamp,
            (int)(now % 1000), names[level], event, escaped);
}
