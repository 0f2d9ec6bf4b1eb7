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
#define LIMIT_USERS_PAGE 500      /* ListUsers, SearchUsers */
#define LIMIT_USER_FACES 100      /* of one user, and of one AssociateFaces */
#define LIMIT_CELEBRITY_FACES 64  /* looked at by RecognizeCelebrities */
#define LIMIT_CELEBRITY_URLS 255
#define LIMIT_CELEBRITY_URL 2048 /* ours: characters */
#define LIMIT_CELEBRITY_NAME 256 /* ours: characters */
#define LIMIT_CLIENT_TOKEN 64
#define LIMIT_TOKEN_HOURS 24 /* ours: how long a ClientRequestToken is remembered */
#define LIMIT_TAGS 200
#define LIMIT_TAG_KEY 128
#define LIMIT_TAG_VALUE 256
#define LIMIT_FILTER_TAGS 10                    /* ours: tags that a Filter may ask for */
#define LIMIT_MATCHES_PER_FACE 100              /* ours: of each face of SearchAllFacesByImage */
#define LIMIT_MATCHES_PER_FACE_DEFAULT 10       /* ours */
#define LIMIT_TRANSFER_BYTES (4u * 1024 * 1024) /* ours: such a page ends when it has grown so large */
#define LIMIT_ARCHIVE_LINE (4u * 1024 * 1024)   /* ours: a line of an export */
#define LIMIT_USER_DETAILS 1048576              /* ours: what is kept of a celebrity, as JSON */
#define LIMIT_TRANSFER_PAGE 500                 /* ours: faces and users of one ExportFaces or ImportFaces */
#define LIMIT_VECTOR_BYTES 16384                /* ours: 4096 numbers */
#define LIMIT_COLLECTIONS 100000                /* ours */
#define LIMIT_COLLECTION_FACES 20000000         /* hard limit of Rekognition */
#define LIMIT_COLLECTION_USERS 10000000         /* ours */
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

/* --- images by reference (ours unless said otherwise) --- */
#define LIMIT_BUCKET 255 /* letters of a name; of the Rekognition API */
#define LIMIT_S3_BUCKETS 64
#define LIMIT_S3_TOKEN 4095
#define LIMIT_S3_URL_BYTES (32u * 1024) /* 1024 letters of name and version of 4 bytes, each as %XX */
#define LIMIT_S3_CONNECT_SECONDS 5
#define LIMIT_S3_STALL_SECONDS 10 /* with fewer bytes a second than the next line says */
#define LIMIT_S3_BYTES_PER_SECOND (16u * 1024)
#define LIMIT_S3_SECONDS 300 /* the longest that a whole download may be allowed to take */
#define LIMIT_S3_SECONDS_DEFAULT 30

/* --- the record (ours unless said otherwise) --- */
#define LIMIT_RECORD_ENTRY 65535       /* bytes of an entry; of C2SP tlog-tiles */
#define LIMIT_RECORD_SUBJECTS 256      /* commitments to subjects in one entry; more become several */
#define LIMIT_RECORD_IMAGES 16         /* commitments to photographs in one entry */
#define LIMIT_RECORD_TEXT 1024         /* bytes of one text of an entry */
#define LIMIT_RECORD_DETAILS 32        /* of one entry */
#define LIMIT_RECORD_BATCH 8192        /* entries that are put into the tiles together */
#define LIMIT_RECORD_BATCH_MS 100      /* the longest that one waits for that */
#define LIMIT_RECORD_WITNESSED_MS 1000 /* the same when witnesses are asked about each checkpoint */
#define LIMIT_RECORD_RETRY_MS 2000     /* between tries to write a record that cannot be written */
#define LIMIT_RECORD_WAIT_SECONDS 30   /* for a checkpoint that covers an entry */
#define LIMIT_RECORD_KEPT 4096         /* entries that the journal keeps after that */
#define LIMIT_RECORD_NOTE (64u * 1024) /* bytes of a checkpoint with its signatures, and of a proof */
#define LIMIT_RECORD_SIGNATURES 64     /* of one checkpoint */
#define LIMIT_RECORD_PAGE 1000         /* entries of one GET /record/entries */
#define LIMIT_RECORD_PAGE_DEFAULT 100
#define LIMIT_WITNESSES 32                /* in a policy, and as many logs and groups */
#define LIMIT_WITNESS_SECONDS 5           /* to wait for one of them */
#define LIMIT_WITNESS_FRESH_SECONDS 3600  /* how old a cosignature may be that a quorum counts */
#define LIMIT_WITNESS_REFRESH_SECONDS 600 /* after so long an idle record asks for new ones */

/* --- sanctions lists (ours) --- */
#define LIMIT_LIST_BYTES (1024u * 1024 * 1024) /* of one file; the largest today has 120 MB */
#define LIMIT_LIST_FILES 8                     /* that make one version */
#define LIMIT_LIST_TEXT 2048                   /* bytes of one string that is kept; longer ones are cut */
#define LIMIT_LIST_ROW (1024u * 1024)          /* bytes of a row of CSV, or a line of JSON */
#define LIMIT_LIST_COLUMNS 128
#define LIMIT_LIST_DEPTH 32                   /* of XML elements */
#define LIMIT_LIST_TAG (256u * 1024)          /* bytes of one tag, or other piece that cannot be cut */
#define LIMIT_LIST_RECORD (16u * 1024 * 1024) /* memory of one record of XML */
#define LIMIT_LIST_ITEMS (4u * 1024 * 1024)   /* of each kind: designations, names, ... */
#define LIMIT_LIST_POOL (512u * 1024 * 1024)  /* bytes of all strings */
#define LIMIT_LIST_SOURCES 64
#define LIMIT_LIST_ADDRESS 2048 /* letters of a URL */
#define LIMIT_LIST_CONNECT_SECONDS 15
#define LIMIT_LIST_SECONDS 900 /* a whole download */

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
