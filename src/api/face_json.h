/* Faces as clients see them. Coordinates are ratios of the upright photograph and are not clamped to it. */
#ifndef API_FACE_JSON_H
#define API_FACE_JSON_H

#include "api/photo.h"
#include "base/buffer.h"

/* BoundingBox of a face in pixels of the findings' photograph, as ratios. */
struct box face_json_ratios(const struct findings *findings, const struct face *face);
void face_json_box(struct buffer *out, const char *name, struct box ratios);
/* FaceDetail of findings->faces[face] with what is known of it; with default attributes, or those of
 * RecognizeCelebrities, it is also ComparedFace. */
void face_json_detail(struct buffer *out, const char *name, const struct findings *findings, int face);
/* The same members inside an object that the caller opens. */
void face_json_members(struct buffer *out, const struct findings *findings, int face);
/* Face: what the store knows. */
void face_json_stored(struct buffer *out, const char *name, const struct store_face *face);
/* The same members inside an object that the caller opens. */
void face_json_stored_members(struct buffer *out, const struct store_face *face);
/* Those that Rekognition does not have: its consent and its end, where it has them. */
void face_json_governed_members(struct buffer *out, const struct store_face *face);
/* Beside those of enum face_reason: only the largest face is searched for. */
#define FACE_NOT_LARGEST (1u << 16)
/* One that is alike is in the collection already. */
#define FACE_NEAR_DUPLICATE (1u << 17)
/* Reasons, from a set of them. */
void face_json_reasons(struct buffer *out, unsigned reasons);
void face_json_id(struct buffer *out, const char *name, struct uuid id);

#endif
