/* What features.h and network.h promise, without a model. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "face/features.h"

/* A mesh that nothing but the named points shapes: lids and lips apart by these, eyes 30 and mouth 50 wide.
 */
static struct mesh drawn_mesh(float lids, float lips) {
    static struct mesh mesh;
    memset(&mesh, 0, sizeof mesh);
    mesh.presence = 1;
    mesh.upright[33].x = mesh.upright[362].x = 0;
    mesh.upright[133].x = mesh.upright[263].x = 30;
    mesh.upright[144].y = mesh.upright[153].y = mesh.upright[380].y = mesh.upright[373].y = lids;
    mesh.upright[291].x = 50;
    mesh.upright[14].y = lips;
    return mesh;
}

static void confidence_grows_with_the_measure_and_shrinks_with_doubt(void **state) {
    (void)state;
    const unsigned wanted = FACE_EYES_OPEN | FACE_MOUTH_OPEN;
    struct face_attributes wide = {0}, narrow = {0}, shut = {0}, doubtful = {0};
    struct mesh mesh = drawn_mesh(9, 25);
    features_describe(&mesh, NULL, wanted, &wide);
    mesh = drawn_mesh(4.5f, 8);
    features_describe(&mesh, NULL, wanted, &narrow);
    mesh.presence = 0.5f;
    features_describe(&mesh, NULL, wanted, &doubtful);
    mesh = drawn_mesh(0, 0);
    features_describe(&mesh, NULL, wanted, &shut);
    assert_true(wide.eyes_open.value && narrow.eyes_open.value && !shut.eyes_open.value);
    assert_true(wide.mouth_open.value && narrow.mouth_open.value && !shut.mouth_open.value);
    assert_true(wide.eyes_open.confidence > narrow.eyes_open.confidence);
    assert_true(wide.mouth_open.confidence > narrow.mouth_open.confidence);
    assert_true(doubtful.mouth_open.confidence < narrow.mouth_open.confidence);
    assert_true(shut.eyes_open.confidence > 90 && shut.mouth_open.confidence > 90);
}

static void without_blendshapes_there_is_neither_smile_nor_gaze(void **state) {
    (void)state;
    struct face_attributes seen = {0};
    struct mesh mesh = drawn_mesh(9, 0);
    features_describe(&mesh, NULL, FACE_ATTRIBUTES_ALL, &seen);
    assert_int_equal(seen.present, FACE_ALL_LANDMARKS | FACE_EYES_OPEN | FACE_MOUTH_OPEN);
}

static void gaze_follows_the_eyes(void **state) {
    (void)state;
    struct mesh mesh = drawn_mesh(9, 0);
    float right[MESH_BLENDSHAPES] = {[SHAPE_EYE_LOOK_OUT_LEFT] = 0.8f, [SHAPE_EYE_LOOK_IN_RIGHT] = 0.8f},
          up[MESH_BLENDSHAPES] = {[SHAPE_EYE_LOOK_UP_LEFT] = 0.6f, [SHAPE_EYE_LOOK_UP_RIGHT] = 0.6f};
    struct face_attributes seen = {0};
    features_describe(&mesh, right, FACE_EYE_DIRECTION, &seen);
    assert_true(seen.eye_yaw > 15 && fabsf(seen.eye_pitch) < 5);
    features_describe(&mesh, up, FACE_EYE_DIRECTION, &seen);
    assert_true(seen.eye_pitch > 12 && fabsf(seen.eye_yaw) < 5);
}

static void a_network_of_another_kind_is_refused(void **state) {
    (void)state;
    struct pack pack = {.others = {{.role = "mesh", .kind = "other", .file = "x"}}, .other_count = 1};
    struct networks *networks;
    struct network_requests *requests;
    const struct network *network;
    struct error err;
    const struct infer_shape shape = {4, {1, 256, 256, 3}};
    assert_true(networks_new(&pack, 1, NULL, &networks, &err));
    assert_true(network_requests_new(networks, &requests, &err));
    assert_false(network_find(requests, "mesh", "mediapipe-mesh", shape, &network, &err));
    assert_non_null(strstr(err.text, "[mesh]"));
    assert_true(network_find(requests, "age", "any", shape, &network, &err));
    assert_null(network);
    network_requests_free(requests);
    networks_free(networks);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confidence_grows_with_the_measure_and_shrinks_with_doubt),
        cmocka_unit_test(without_blendshapes_there_is_neither_smile_nor_gaze),
        cmocka_unit_test(gaze_follows_the_eyes),
        cmocka_unit_test(a_network_of_another_kind_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
