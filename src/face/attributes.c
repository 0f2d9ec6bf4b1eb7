#include "face/attributes.h"
#include "face/chip.h"
#include "face/expression.h"
#include "face/features.h"
#include "face/person.h"
#include "face/wear.h"
#include "face/worker.h"

enum {
    FROM_MESH = FACE_ALL_LANDMARKS | FACE_MOUTH_OPEN | FACE_EYES_OPEN,
    FROM_SHAPES = FACE_SMILE | FACE_EYE_DIRECTION,
    FROM_PERSON = FACE_AGE_RANGE | FACE_GENDER,
    FROM_WEAR = FACE_EYEGLASSES | FACE_SUNGLASSES | FACE_BEARD | FACE_MUSTACHE | FACE_OCCLUDED,
    WITH_MESH = FROM_MESH | FROM_SHAPES | FACE_EMOTIONS | FACE_BEARD | FACE_MUSTACHE,
    WITH_SHAPES = FROM_SHAPES | FACE_EMOTIONS,
    WITH_PERSON = FACE_BEARD | FACE_MUSTACHE, /* weighed by gender */
};

/* What several attributes are read off. */
struct view {
    bool meshed, shaped;
    struct mesh mesh;
    float shapes[MESH_BLENDSHAPES];
};

static bool look_closely(struct network_requests *requests, const struct image *image,
                         const struct face *face, unsigned wanted, struct view *view, struct error *err) {
    view->meshed = view->shaped = false;
    if (!(wanted & WITH_MESH))
        return true;
    if (!mesh_find(requests, image, face, &view->mesh, &view->meshed, err))
        return false;
    view->meshed = view->meshed && view->mesh.presence >= FEATURES_PRESENCE;
    return !view->meshed || !(wanted & WITH_SHAPES) ||
           mesh_blendshapes(requests, &view->mesh, view->shapes, &view->shaped, err);
}

bool face_describe(struct face_worker *worker, const struct image *image, const struct face *face,
                   unsigned wanted, struct face_attributes *ret_attributes, struct error *err) {
    struct network_requests *requests = face_worker_networks(worker);
    struct face_attributes attributes = {0};
    struct view view;
    struct affine map;
    if (!look_closely(requests, image, face, wanted, &view, err))
        return false;
    const float *shapes = view.shaped ? view.shapes : NULL;
    if (view.meshed)
        features_describe(&view.mesh, shapes, wanted, &attributes);
    bool chips = wanted & (FROM_PERSON | FROM_WEAR | FACE_EMOTIONS) && chip_map(image, face, &map);
    unsigned person = (wanted & FROM_PERSON) | (wanted & WITH_PERSON ? FACE_GENDER : 0);
    if (chips && person && !person_describe(requests, image, map, person, &attributes, err))
        return false;
    if (chips && wanted & FACE_EMOTIONS &&
        !expression_describe(requests, image, map, shapes, &attributes, err))
        return false;
    if (chips && wanted & FROM_WEAR &&
        !wear_describe(requests, image, map, view.meshed ? &view.mesh : NULL, wanted, &attributes, err))
        return false;
    attributes.present &= wanted;
    *ret_attributes = attributes;
    return true;
}
