#include <getopt.h>
#include "cli/command.h"
#include "api/face_json.h"
#include "api/json.h"
#include "image/draw.h"

struct detect {
    bool json;
    const char *draw;
    int maximum;
};

static bool draw_faces(struct image *image, const struct findings *found, const char *path,
                       struct error *err) {
    const struct colour box = {40, 200, 90}, dot = {255, 90, 60};
    float x = (float)image->width / (float)found->width, y = (float)image->height / (float)found->height;
    int thickness = MAX(2, MAX(image->width, image->height) / 300);
    for (int i = 0; i < found->count; i++) {
        const struct face *face = &found->faces[i];
        char label[32];
        snprintf(label, sizeof label, "%.1f%%", (double)face->confidence);
        draw_box(image, face->box.left * x, face->box.top * y, face->box.width * x, face->box.height * y,
                 thickness, box);
        draw_text(image, face->box.left * x, (face->box.top + face->box.height) * y + (float)(2 * thickness),
                  thickness, label, box);
        for (int k = 0; k < FACE_LANDMARKS; k++)
            draw_dot(image, face->landmarks[k].x * x, face->landmarks[k].y * y, (float)thickness * 1.5f, dot);
    }
    return image_write_png(image, path, err);
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
    }
}

static void put_faces(struct buffer *out, const char *path, const struct findings *found) {
    json_object_open(out, NULL);
    json_put_string(out, "Photo", path);
    json_put_integer(out, "Width", found->width);
    json_put_integer(out, "Height", found->height);
    json_array_open(out, "FaceDetails");
    for (int i = 0; i < found->count; i++)
        face_json_detail(out, NULL, found, &found->faces[i]);
    json_array_close(out);
    json_object_close(out);
}

static int detect_photo(struct eyes *eyes, const struct detect *detect, const char *path) {
    CLEANUP_IMAGE struct image image = {0};
    struct findings found;
    struct error err;
    if (!eyes_look(eyes, path, detect->maximum, &image, &found, &err))
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
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},      {"draw", required_argument, NULL, 'd'},
        {"max", required_argument, NULL, 'm'}, {"models", required_argument, NULL, 'M'},
        {"help", no_argument, NULL, 'h'},      {0}};
    struct detect detect = {.maximum = LIMIT_FACES_FOUND};
    const char *models = NULL;
    double number;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'j')
            detect.json = true;
        else if (option == 'd')
            detect.draw = optarg;
        else if (option == 'M')
            models = optarg;
        else if (option == 'm') {
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
    if (!eyes_open(models, &eyes, &err))
        return fail("%s", err.text);
    int code = EXIT_FINE;
    for (int i = optind; i < argc; i++)
        if (detect_photo(&eyes, &detect, argv[i]) != EXIT_FINE)
            code = EXIT_FAILED;
    eyes_close(&eyes);
    return code;
}
