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
bool create_account(struct call *call, struct error *err);   /* administration.c */
bool update_account(struct call *call, struct error *err);
bool describe_account(struct call *call, struct error *err);
bool list_accounts(struct call *call, struct error *err);
bool create_key(struct call *call, struct error *err);
bool list_keys(struct call *call, struct error *err);
bool update_key(struct call *call, struct error *err);
bool rotate_key(struct call *call, struct error *err);
bool delete_key(struct call *call, struct error *err);
bool put_policy(struct call *call, struct error *err);
bool delete_policy(struct call *call, struct error *err);
bool list_policies(struct call *call, struct error *err);
bool get_session_token(struct call *call, struct error *err);
bool govern_collection(struct call *call, struct error *err); /* governance.c */
bool describe_governance(struct call *call, struct error *err);
bool reembed_collection(struct call *call, struct error *err); /* reembed.c */
bool list_releases(struct call *call, struct error *err);      /* release.c */
bool release_result(struct call *call, struct error *err);
bool get_released_result(struct call *call, struct error *err);
bool describe_subject(struct call *call, struct error *err); /* subject.c */
bool erase_subject(struct call *call, struct error *err);

/* The members of ImportFaces. */
extern const struct field import_faces_fields[];

#endif
