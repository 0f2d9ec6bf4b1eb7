/* A mean head is turned, scaled and shifted until its five points fall on the landmarks: six unknowns (three
 * angles, scale, shift) against ten numbers, by Gauss-Newton with a numeric Jacobian. Far cameras are assumed
 * (scaled orthography), which costs a degree or two in close portraits.
 *
 * The mean head in eye distances, origin between the eyes, y down, z towards the camera: x and y are those of
 * the alignment template, so a face that fits it has no yaw and no pitch; depths are rounded from the mean
 * head that MediaPipe publishes (canonical_face_model.obj, Apache-2.0): nose tip 0.6 before the eyes, mouth
 * corners 0.1. */
#include <math.h>
#include "face/pose.h"

enum { UNKNOWNS = 6, RESIDUALS = 2 * FACE_LANDMARKS, ROUNDS = 12 };
enum { ROLL, YAW, PITCH, SCALE, SHIFT_X, SHIFT_Y };

static const float head[FACE_LANDMARKS][3] = {
    {-0.5f, 0, 0}, {0.5f, 0, 0}, {0.003f, 0.572f, 0.6f}, {-0.408f, 1.157f, 0.1f}, {0.421f, 1.152f, 0.1f}};

/* Turned by yaw about the vertical, then pitch, then roll in the picture. */
static void project(const float unknowns[UNKNOWNS], float out[RESIDUALS]) {
    float cr = cosf(unknowns[ROLL]), sr = sinf(unknowns[ROLL]), cy = cosf(unknowns[YAW]),
          sy = sinf(unknowns[YAW]);
    float cp = cosf(unknowns[PITCH]), sp = sinf(unknowns[PITCH]);
    for (int i = 0; i < FACE_LANDMARKS; i++) {
        float x = head[i][0] * cy + head[i][2] * sy, depth = head[i][2] * cy - head[i][0] * sy;
        float y = head[i][1] * cp - depth * sp;
        out[2 * i] = unknowns[SCALE] * (cr * x - sr * y) + unknowns[SHIFT_X];
        out[2 * i + 1] = unknowns[SCALE] * (sr * x + cr * y) + unknowns[SHIFT_Y];
    }
}

/* Solves the symmetric system by Gauss with pivots; false when it has no single solution. */
static bool solve(float system[UNKNOWNS][UNKNOWNS + 1], float solution[UNKNOWNS]) {
    for (int k = 0; k < UNKNOWNS; k++) {
        int pivot = k;
        for (int row = k + 1; row < UNKNOWNS; row++)
            if (fabsf(system[row][k]) > fabsf(system[pivot][k]))
                pivot = row;
        if (!(fabsf(system[pivot][k]) > 1e-9f))
            return false;
        for (int column = 0; column <= UNKNOWNS; column++) {
            float swap = system[k][column];
            system[k][column] = system[pivot][column];
            system[pivot][column] = swap;
        }
        for (int row = k + 1; row < UNKNOWNS; row++) {
            float factor = system[row][k] / system[k][k];
            for (int column = k; column <= UNKNOWNS; column++)
                system[row][column] -= factor * system[k][column];
        }
    }
    for (int k = UNKNOWNS - 1; k >= 0; k--) {
        solution[k] = system[k][UNKNOWNS];
        for (int column = k + 1; column < UNKNOWNS; column++)
            solution[k] -= system[k][column] * solution[column];
        solution[k] /= system[k][k];
    }
    return true;
}

/* One damped Gauss-Newton step. */
static bool improve(float unknowns[UNKNOWNS], const float wanted[RESIDUALS]) {
    float now[RESIDUALS], jacobian[UNKNOWNS][RESIDUALS], system[UNKNOWNS][UNKNOWNS + 1] = {{0}},
                                                                                     step[UNKNOWNS];
    const float delta = 1e-3f;
    project(unknowns, now);
    for (int k = 0; k < UNKNOWNS; k++) {
        float moved[UNKNOWNS];
        memcpy(moved, unknowns, sizeof moved);
        moved[k] += delta;
        project(moved, jacobian[k]);
        for (int i = 0; i < RESIDUALS; i++)
            jacobian[k][i] = (jacobian[k][i] - now[i]) / delta;
    }
    for (int row = 0; row < UNKNOWNS; row++) {
        for (int column = 0; column < UNKNOWNS; column++)
            for (int i = 0; i < RESIDUALS; i++)
                system[row][column] += jacobian[row][i] * jacobian[column][i];
        for (int i = 0; i < RESIDUALS; i++)
            system[row][UNKNOWNS] += jacobian[row][i] * (wanted[i] - now[i]);
        system[row][row] += 1e-4f;
    }
    if (!solve(system, step))
        return false;
    for (int k = 0; k < UNKNOWNS; k++)
        unknowns[k] += fminf(fmaxf(step[k], -0.5f), 0.5f);
    unknowns[YAW] = fminf(fmaxf(unknowns[YAW], -1.5f), 1.5f);
    unknowns[PITCH] = fminf(fmaxf(unknowns[PITCH], -1.5f), 1.5f);
    return true;
}

struct pose pose_of_landmarks(const struct point landmarks[FACE_LANDMARKS]) {
    struct point left = landmarks[LANDMARK_EYE_LEFT], right = landmarks[LANDMARK_EYE_RIGHT];
    struct point mouth = {(landmarks[LANDMARK_MOUTH_LEFT].x + landmarks[LANDMARK_MOUTH_RIGHT].x) / 2,
                          (landmarks[LANDMARK_MOUTH_LEFT].y + landmarks[LANDMARK_MOUTH_RIGHT].y) / 2};
    struct point eyes = {(left.x + right.x) / 2, (left.y + right.y) / 2};
    /* In a profile the eyes coincide and the mouth gives the size. */
    float size = fmaxf(hypotf(right.x - left.x, right.y - left.y),
                       hypotf(mouth.x - eyes.x, mouth.y - eyes.y) / 1.15f);
    if (!(size > 1e-3f) || !isfinite(size))
        return (struct pose){0, 0, 0};
    float wanted[RESIDUALS], unknowns[UNKNOWNS] = {atan2f(eyes.x - mouth.x, mouth.y - eyes.y), 0, 0, 1, 0, 0};
    for (int i = 0; i < FACE_LANDMARKS; i++) {
        wanted[2 * i] = (landmarks[i].x - eyes.x) / size;
        wanted[2 * i + 1] = (landmarks[i].y - eyes.y) / size;
    }
    for (int round = 0; round < ROUNDS && improve(unknowns, wanted); round++)
        ;
    const float degrees = 57.29578f;
    float roll = remainderf(unknowns[ROLL] * degrees, 360);
    if (!isfinite(roll) || !isfinite(unknowns[YAW]) || !isfinite(unknowns[PITCH]))
        return (struct pose){0, 0, 0};
    return (struct pose){roll, unknowns[YAW] * degrees, unknowns[PITCH] * degrees};
}
