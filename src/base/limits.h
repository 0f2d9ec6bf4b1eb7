/* Every limit of the server in one place. A number that bounds what a client can make us do lives here
 * and nowhere else; its comment says whose number it is. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* --- the wire (limits of the Rekognition API unless said otherwise) --- */
#define LIMIT_BODY_BYTES (14u * 1024 * 1024 + 64 * 1024) /* two 5 MiB images in base64, and their JSON */
#define LIMIT_JSON_DEPTH 32                              /* ours: deepest nesting of a request body */
#define LIMIT_HEADER_COUNT 64                            /* ours: headers of one request */
#define LIMIT_HEADER_BYTES (16u * 1024)                  /* ours: all headers of one request */
#define LIMIT_REPLY_BYTES (64u * 1024 * 1024)            /* ours: 4096 faces need about 2 MiB */
#define LIMIT_COLLECTION_ID 255
#define LIMIT_EXTERNAL_IMAGE_ID 255
#define LIMIT_USER_ID 128
#define LIMIT_NEXT_TOKEN 255
#define LIMIT_PAGE 4096           /* ListFaces, ListCollections, DeleteFaces, search results */
#define LIMIT_PAGE_DEFAULT 1000   /* ours: page of a list when MaxResults is absent or 0 */
#define LIMIT_FACES_FOUND 1000    /* ours: the engine looks for no more in a photograph */
#define LIMIT_FACES_PER_IMAGE 100 /* the largest ones */
#define LIMIT_TAGS 200
#define LIMIT_TAG_KEY 128
#define LIMIT_TAG_VALUE 256
#define LIMIT_COLLECTIONS 100000        /* ours */
#define LIMIT_COLLECTION_FACES 20000000 /* hard limit of Rekognition */
#define LIMIT_REQUEST_ARENA                                                         \
    (64u * 1024 * 1024) /* ours: all memory that one request may take, pixels apart \
                         */

/* --- signatures --- */
#define LIMIT_CLOCK_SKEW_SECONDS 900 /* the lenient one of the two windows that AWS documents */

/* --- images --- */
#define LIMIT_IMAGE_BYTES 5242880       /* Image.Bytes */
#define LIMIT_IMAGE_FILE_BYTES 15728640 /* an image by reference, and on the command line */
#define LIMIT_IMAGE_SIDE_MIN 80
#define LIMIT_IMAGE_SIDE_MAX 10000
#define LIMIT_IMAGE_PIXELS (100u * 1000 * 1000) /* what a header may announce */
#define LIMIT_DECODED_PIXELS                                                      \
    (16u * 1000 * 1000) /* ours: larger images are reduced while they are decoded \
                         */
#define LIMIT_DECODING_BYTES \
    (192u * 1024 * 1024)     /* ours: what a progressive or interlaced image is held in */
#define LIMIT_JPEG_SCANS 100 /* ours: passes over the picture in one file; encoders write about 10 */

/* --- the server (ours) --- */
#define LIMIT_CONNECTIONS 512
#define LIMIT_CONNECTIONS_PER_ADDRESS 256
#define LIMIT_QUEUE 64 /* requests waiting for a worker; one more answers ThrottlingException */
#define LIMIT_BODIES_BYTES (256u * 1024 * 1024) /* all bodies in flight together */
#define LIMIT_HEADER_SECONDS 10                 /* from the first byte to the last header */
#define LIMIT_BODY_SECONDS 30                   /* plus one for each LIMIT_BODY_BYTES_PER_SECOND announced */
#define LIMIT_BODY_BYTES_PER_SECOND (64u * 1024)
#define LIMIT_IDLE_SECONDS 90 /* an idle kept-alive connection; Java clients keep theirs for 60 */
#define LIMIT_WORKERS 64
#define LIMIT_CONNECTION_MEMORY (64u * 1024) /* headers and read buffer of one connection */
#define LIMIT_DRAINING 32      /* refused uploads that are read on, so that the client sees why */
#define LIMIT_DRAIN_SECONDS 30 /* how long each of them is */
#define LIMIT_STOP_SECONDS 30  /* a stopping server waits so long for the requests it has */

#endif
