/* The ExternalImageId of a file in an enrolled folder. */
#ifndef CLI_NAMING_H
#define CLI_NAMING_H

#include "base/compiler.h"
#include "base/limits.h"

#define NAMING_MAX (LIMIT_EXTERNAL_IMAGE_ID + 1)

/* The path relative to the folder, '/' as ':', what an ExternalImageId may not hold as '_'. Where characters
 * were lost or the end was cut, a hash of the path follows, so that two files never share an id. */
void naming_external_id(const char *relative_path, char out[NAMING_MAX]);

#endif
