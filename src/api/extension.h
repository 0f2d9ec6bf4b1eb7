/* The handlers of extension.c; one file a family. Those with a namesake among Rekognition's begin with
 * extension_. */
#ifndef API_EXTENSION_H
#define API_EXTENSION_H

#include "api/operation.h"

bool extension_search_faces(struct call *call, struct error *err); /* extension_search.c */
bool extension_search_faces_by_image(struct call *call, struct error *err);
bool search_all_faces_by_image(struct call *call, struct error *err);
bool extension_index_faces(struct call *call, struct error *err); /* extension_index.c */
bool extension_list_faces(struct call *call, struct error *err);  /* extension_faces.c */
bool extension_delete_faces(struct call *call, struct error *err);
bool tag_faces(struct call *call, struct error *err);
bool untag_faces(struct call *call, struct error *err);
bool rename_collection(struct call *call, struct error *err); /* extension_collections.c */
bool copy_collection(struct call *call, struct error *err);
bool advise_threshold(struct call *call, struct error *err); /* advice.c */
bool export_faces(struct call *call, struct error *err);     /* export.c */
bool import_faces(struct call *call, struct error *err);     /* import.c */

/* The members of ImportFaces. */
extern const struct field import_faces_fields[];

#endif
