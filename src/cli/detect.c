#include <getopt.h>
#include "cli/command.h"
#include "api/face_json.h"
#include "api/json.h"
#include "face/attributes.h"
#include "image/draw.h"

struct detect {
    bool json, attributes;
    const char *draw;
    int maximum;
};

/* With thirty points where attributes were asked for, else five. */
static bool draw_faces(struct image *image, const struct findings *found, const char *path,
                       struct error *err) {
    const struct colour box = {40, 200, 90}, dot = {255, 90, 60};
    float x = (float)image->width / (float)found->width, y = (float)image->height / (float)found->height;
    int thickness = MAX(2, MAX(image->width, image->height) / 300);
    for (int i = 0; i < found->count; i++) {
        const struct face *face = &found->faces[i];
        const struct face_attributes *attributes = found->attributes[i];
        bool all = attributes && attributes->present & FACE_ALL_LANDMARKS;
        const struct point *points = all ? attributes->points : face->landmarks;
        float radius = (float)thickness * (all ? 0.75f : 1.5f);
        char label[32];
        snprintf(label, sizeof label, "%.1f%%", (double)face->confidence);
        draw_box(image, face->box.left * x, face->box.top * y, face->box.width * x, face->box.height * y,
                 thickness, box);
        draw_text(image, face->box.left * x, (face->box.top + face->box.height) * y + (float)(2 * thickness),
                  thickness, label, box);
        for (int k = 0; k < (all ? (int)FACE_POINTS : (int)FACE_LANDMARKS); k++)
            draw_dot(image, points[k].x * x, points[k].y * y, radius, dot);
    }
    return image_write_png(image, path, err);
}

static void print_traits(const struct face_attributes *attributes) {
    const struct {
        enum face_attribute bit;
        const char *yes, *no;
        struct face_trait trait;
    } rows[] = {{FACE_SMILE, "smiles", "does not smile", attributes->smile},
                {FACE_EYES_OPEN, "eyes open", "eyes closed", attributes->eyes_open},
                {FACE_MOUTH_OPEN, "mouth open", "mouth closed", attributes->mouth_open},
                {FACE_EYEGLASSES, "eyeglasses", "no eyeglasses", attributes->eyeglasses},
                {FACE_SUNGLASSES, "sunglasses", "no sunglasses", attributes->sunglasses},
                {FACE_BEARD, "beard", "no beard", attributes->beard},
                {FACE_MUSTACHE, "moustache", "no moustache", attributes->mustache},
                {FACE_OCCLUDED, "occluded", "not occluded", attributes->occluded}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (attributes->present & rows[i].bit)
            printf(", %s (%.0f)", rows[i].trait.value ? rows[i].yes : rows[i].no,
                   (double)rows[i].trait.confidence);
}

static void print_emotion(const struct face_attributes *attributes) {
    static const char *const names[FACE_EMOTION_COUNT] = {
        [EMOTION_HAPPY] = "happy",         [EMOTION_SAD] = "sad",
        [EMOTION_ANGRY] = "angry",         [EMOTION_CONFUSED] = "confused",
        [EMOTION_DISGUSTED] = "disgusted", [EMOTION_SURPRISED] = "surprised",
        [EMOTION_CALM] = "calm",           [EMOTION_FEAR] = "afraid"};
    int top = 0;
    for (int i = 1; i < FACE_EMOTION_COUNT; i++)
        if (attributes->emotions[i] > attributes->emotions[top])
            top = i;
    printf(", looks %s (%.0f)", names[top], (double)attributes->emotions[top]);
}

/* One line; the figures in brackets are confidences. */
static void print_attributes(const struct face_attributes *attributes) {
    printf("      ");
    if (attributes->present & FACE_GENDER)
        printf(" %s (%.0f)", attributes->male ? "male" : "female", (double)attributes->gender_confidence);
    if (attributes->present & FACE_AGE_RANGE)
        printf(" of %d to %d years", attributes->age_low, attributes->age_high);
    print_traits(attributes);
    if (attributes->present & FACE_EMOTIONS)
        print_emotion(attributes);
    if (attributes->present & FACE_EYE_DIRECTION)
        printf(", gaze yaw %.0f pitch %.0f (%.0f)", (double)attributes->eye_yaw,
               (double)attributes->eye_pitch, (double)attributes->eye_confidence);
    printf("\n");
}

static void print_faces(const char *path, const struct findings *found) {
    printf("%s: %d x %d pixels, %d face%s\n", path, found->width, found->height, found->count,
           found->count == 1 ? "" : "s");
    for (int i = 0; i < found->count; i++) {
        const struct face *face = &found->faces[i];
        printf("  %3d  %5.0f x %-5.0f at %5.0f, %-5.0f  confidence %5.1f  roll %4.0f yaw %4.0f pitch %4.0f"
               "  brightness %3.0f sharpness %3.0f\n",
               i + 1, (double)face->box.width, (double)face->box.height, (double)face->box.left,
               (double)face->box.top, (double)face->confidence, (double)face->pose.roll,
               (double)face->pose.yaw, (double)face->pose.pitch, (double)face->quality.brightness,
               (double)face->quality.sharpness);
        if (found->attributes[i])
            print_attributes(found->attributes[i]);
    }
}

static void put_faces(struct buffer *out, const char *path, const struct findings *found) {
    json_object_open(out, NULL);
    json_put_string(out, "Photo", path);
    json_put_integer(out, "Width", found->width);
    json_put_integer(out, "Height", found->height);
    json_array_open(out, "FaceDetails");
    for (int i = 0; i < found->count; i++)
        face_json_detail(out, NULL, found, i);
    json_array_close(out);
    json_object_close(out);
}

/* Fills found->attributes; the caller frees *ret_attributes, which holds them. */
static bool describe_faces(struct eyes *eyes, const struct image *image, struct findings *found,
                           struct face_attributes **ret_attributes, struct error *err) {
    CLEANUP_FREE struct face_attributes *attributes = calloc((size_t)found->count + 1, sizeof *attributes);
    if (!attributes)
        return error_set(err, ERROR_INTERNAL, "no memory for %d faces", found->count);
    for (int i = 0; i < found->count; i++)
        if (!face_describe(eyes->worker, image, &found->faces[i], FACE_ATTRIBUTES_ALL, &attributes[i], err))
            return false;
    for (int i = 0; i < found->count; i++)
        found->attributes[i] = &attributes[i];
    *ret_attributes = attributes;
    attributes = NULL;
    return true;
}

static int detect_photo(struct eyes *eyes, const struct detect *detect, const char *path) {
    CLEANUP_IMAGE struct image image = {0};
    CLEANUP_FREE struct face_attributes *attributes = NULL;
    struct findings found;
    struct error err;
    if (!eyes_look(eyes, path, detect->maximum, &image, &found, &err) ||
        (detect->attributes && !describe_faces(eyes, &image, &found, &attributes, &err)))
        return fail("%s", err.text);
    int code = EXIT_FINE;
    if (detect->json) {
        struct buffer out = buffer_new(1 << 20);
        put_faces(&out, path, &found);
        code = print_json(&out);
    } else
        print_faces(path, &found);
    if (code == EXIT_FINE && detect->draw && !draw_faces(&image, &found, detect->draw, &err))
        return fail("%s", err.text);
    return code;
}

int command_detect(int argc, char **argv) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"draw", required_argument, NULL, 'd'},
                                            {"max", required_argument, NULL, 'm'},
                                            {"models", required_argument, NULL, 'M'},
                                            {"attributes", no_argument, NULL, 'a'},
                                            {"thorough", no_argument, NULL, 't'},
                                            {"budget", required_argument, NULL, 'b'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct detect detect = {.maximum = LIMIT_FACES_FOUND};
    const char *models = NULL;
    struct face_search search = {false, 0};
    double number;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'j')
            detect.json = true;
        else if (option == 'a')
            detect.attributes = true;
        else if (option == 'd')
            detect.draw = optarg;
        else if (option == 'M')
            models = optarg;
        else if (option == 't')
            search.thorough = true;
        else if (option == 'b') {
            if (!option_number("budget", optarg, 0, LIMIT_BUDGET_MS, &number))
                return EXIT_USAGE;
            search.budget_ms = (int)number;
        } else if (option == 'm') {
            if (!option_number("max", optarg, 1, LIMIT_FACES_FOUND, &number))
                return EXIT_USAGE;
            detect.maximum = (int)number;
        } else
            return option == 'h' ? help_of("detect") : EXIT_USAGE;
    if (optind == argc)
        return fail_usage("detect needs a photograph");
    if (detect.draw && argc - optind > 1)
        return fail_usage("--draw takes one photograph");
    struct eyes eyes;
    struct error err;
    if (!eyes_open(models, search, &eyes, &err))
        return fail("%s", err.text);
    int code = EXIT_FINE;
    for (int i = optind; i < argc; i++)
        if (detect_photo(&eyes, &detect, argv[i]) != EXIT_FINE)
            code = EXIT_FAILED;
    eyes_close(&eyes);
    return code;
}
