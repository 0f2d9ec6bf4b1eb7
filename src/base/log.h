/* The server's log: one JSON object a line on standard error, {"time", "level", "event", ...}. Only
 * src/server and src/cli log; libraries return errors. Never log a picture, a vector, a key or a signature.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/bytes.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level lowest);
/* event is a fixed name such as "request"; format gives the sentence, which is escaped. */
void log_event(enum log_level level, const char *event, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
