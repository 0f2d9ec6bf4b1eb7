#include "base/error.h"
#include <stdarg.h>

static const struct {
    const char *type;
    int status;
} rows[] = {
#define ERROR_ROW(name, status, type) [ERROR_##name] = {type, status},
    ERROR_CODES(ERROR_ROW)
#undef ERROR_ROW
};

bool error_set(struct error *err, enum error_code code, const char *format, ...) {
    if (!err)
        return false;
    err->code = code;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    return false;
}

const char *error_type(enum error_code code) {
    return rows[code].type;
}

int error_status(enum error_code code) {
    return rows[code].status;
}
