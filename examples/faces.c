/* Prints the faces of a photograph: cc faces.c $(pkg-config --cflags --libs countenance) -o faces */
#include <countenance.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    countenance_engine *engine = NULL;
    countenance_worker *worker = NULL;
    countenance_face *faces = calloc(100, sizeof *faces);
    int count = 0;
    static char photo[15 << 20];
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!file || !faces)
        return fprintf(stderr, "usage: faces PHOTO\n"), 2;
    size_t len = fread(photo, 1, sizeof photo, file);
    fclose(file);
    if (countenance_open(NULL, &engine) || countenance_worker_new(engine, &worker) ||
        countenance_faces(worker, photo, len, 1, faces, 100, &count)) {
        fprintf(stderr, "%s: %s\n", argv[1], countenance_error());
        return 1;
    }
    for (int i = 0; i < count; i++)
        printf("face at %.3f, %.3f, confidence %.1f, like the first one: %.1f\n", faces[i].left, faces[i].top,
               faces[i].confidence, countenance_similarity(engine, &faces[0], &faces[i]));
    countenance_worker_free(worker);
    countenance_close(engine);
    free(faces);
    return 0;
}
