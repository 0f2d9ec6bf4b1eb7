/* A mesh of 478 points over a face, and the 52 blendshapes that they tell: how far the jaw is open, an eye is
 * closed, the mouth smiles.
 *
 * Sources: Kartynnik et al., Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs, 2019;
 * Grishchenko et al., Attention Mesh, 2020; the networks and the numbering of points are MediaPipe's face
 * landmarker (Apache-2.0). Its "left" is the pictured person's left, which the names here say: MESH_LEFT_...
 * lies to the picture's right when the face is upright. */
#ifndef FACE_MESH_H
#define FACE_MESH_H

#include "face/network.h"

#define MESH_POINTS 478

/* The two irises' centres, behind the 468 points of the skin. Each is followed by four points of its rim. */
enum { MESH_RIGHT_IRIS = 468, MESH_LEFT_IRIS = 473 };

/* In the network's order; 0 to 1 each. */
enum mesh_blendshape {
    SHAPE_NEUTRAL, /* tells nothing */
    SHAPE_BROW_DOWN_LEFT,
    SHAPE_BROW_DOWN_RIGHT,
    SHAPE_BROW_INNER_UP,
    SHAPE_BROW_OUTER_UP_LEFT,
    SHAPE_BROW_OUTER_UP_RIGHT,
    SHAPE_CHEEK_PUFF,
    SHAPE_CHEEK_SQUINT_LEFT,
    SHAPE_CHEEK_SQUINT_RIGHT,
    SHAPE_EYE_BLINK_LEFT,
    SHAPE_EYE_BLINK_RIGHT,
    SHAPE_EYE_LOOK_DOWN_LEFT,
    SHAPE_EYE_LOOK_DOWN_RIGHT,
    SHAPE_EYE_LOOK_IN_LEFT,
    SHAPE_EYE_LOOK_IN_RIGHT,
    SHAPE_EYE_LOOK_OUT_LEFT,
    SHAPE_EYE_LOOK_OUT_RIGHT,
    SHAPE_EYE_LOOK_UP_LEFT,
    SHAPE_EYE_LOOK_UP_RIGHT,
    SHAPE_EYE_SQUINT_LEFT,
    SHAPE_EYE_SQUINT_RIGHT,
    SHAPE_EYE_WIDE_LEFT,
    SHAPE_EYE_WIDE_RIGHT,
    SHAPE_JAW_FORWARD,
    SHAPE_JAW_LEFT,
    SHAPE_JAW_OPEN,
    SHAPE_JAW_RIGHT,
    SHAPE_MOUTH_CLOSE,
    SHAPE_MOUTH_DIMPLE_LEFT,
    SHAPE_MOUTH_DIMPLE_RIGHT,
    SHAPE_MOUTH_FROWN_LEFT,
    SHAPE_MOUTH_FROWN_RIGHT,
    SHAPE_MOUTH_FUNNEL,
    SHAPE_MOUTH_LEFT,
    SHAPE_MOUTH_LOWER_DOWN_LEFT,
    SHAPE_MOUTH_LOWER_DOWN_RIGHT,
    SHAPE_MOUTH_PRESS_LEFT,
    SHAPE_MOUTH_PRESS_RIGHT,
    SHAPE_MOUTH_PUCKER,
    SHAPE_MOUTH_RIGHT,
    SHAPE_MOUTH_ROLL_LOWER,
    SHAPE_MOUTH_ROLL_UPPER,
    SHAPE_MOUTH_SHRUG_LOWER,
    SHAPE_MOUTH_SHRUG_UPPER,
    SHAPE_MOUTH_SMILE_LEFT,
    SHAPE_MOUTH_SMILE_RIGHT,
    SHAPE_MOUTH_STRETCH_LEFT,
    SHAPE_MOUTH_STRETCH_RIGHT,
    SHAPE_MOUTH_UPPER_UP_LEFT,
    SHAPE_MOUTH_UPPER_UP_RIGHT,
    SHAPE_NOSE_SNEER_LEFT,
    SHAPE_NOSE_SNEER_RIGHT,
    MESH_BLENDSHAPES
};

struct mesh {
    float presence;                    /* 0 to 1: that the mesh lies on a face */
    struct point points[MESH_POINTS];  /* pixels of the upright full-size photograph */
    struct point upright[MESH_POINTS]; /* the same with the head's roll taken out, in pixels of the crop */
};

/* Lays the mesh over the face (network "mesh"). *ret_found is false when the pack has none or the landmarks
 * give no place for it; *ret_mesh is then untouched. */
MUST_CHECK bool mesh_find(struct network_requests *requests, const struct image *image,
                          const struct face *face, struct mesh *ret_mesh, bool *ret_found, struct error *err);
/* The blendshapes of a mesh (network "blendshapes"); *ret_found is false when the pack has none. */
MUST_CHECK bool mesh_blendshapes(struct network_requests *requests, const struct mesh *mesh,
                                 float ret_shapes[MESH_BLENDSHAPES], bool *ret_found, struct error *err);

#endif
