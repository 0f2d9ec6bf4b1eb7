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
#define LIMIT_BUDGET_MS 60000     /* ours: that a search of a photograph for faces may be given */
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
#define LIMIT_INDEX_IN_MEMORY 16384     /* ours: an index of more faces keeps their full vectors on disk */
#define LIMIT_APPROXIMATE_FACES 100000  /* ours: an index of fewer is always exact */
#define LIMIT_CENTRES 4096              /* ours: lists of a grouped index */
#define LIMIT_CENTRE_SAMPLE 32          /* ours: vectors that a centre is made from */
#define LIMIT_CENTRE_ROUNDS 6           /* ours: of k-means */
#define LIMIT_GROUP_RETRY_MS 5000       /* ours: after an index could not be grouped */
#define LIMIT_LISTS_PER_READ 5          /* ours: a search reads one list in so many */
#define LIMIT_SNAPSHOT_FACES 4096       /* ours: a collection of fewer has no snapshot */
#define LIMIT_SNAPSHOT_PAUSE_MS 5000    /* ours: the least between a change and a snapshot */
#define LIMIT_SNAPSHOT_PAUSES 20        /* ours: as many times what the last snapshot took */
#define LIMIT_COLLECTION_USERS 10000000 /* ours */
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
#define LIMIT_RECORD_NOTE (64u * 1024) /* bytes of a checkpoint with its signatures */
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
#define LIMIT_LIST_POOL (256u * 1024 * 1024)  /* bytes of all strings */
#define LIMIT_LIST_PARTS 4096                 /* parts of all the names of one party */
#define LIMIT_LIST_SOURCES 64
#define LIMIT_LIST_ADDRESS 2048 /* letters of a URL */
#define LIMIT_LIST_CONNECT_SECONDS 15
#define LIMIT_LIST_SECONDS 900 /* a whole download */

/* --- ownership (ours) --- */
#define LIMIT_OWNERSHIP_FILE LIMIT_IMAGE_FILE_BYTES /* bytes of a file of facts */
#define LIMIT_OWNERSHIP_TEXT (64u * 1024 * 1024)    /* bytes of all strings of a graph */
#define LIMIT_OWNERSHIP_STRING 4096u                /* bytes of one of them */
#define LIMIT_OWNERSHIP_ARENA (256u * 1024 * 1024)  /* memory of a view and its verdicts */
#define LIMIT_OWNERSHIP_PARTIES 50000
#define LIMIT_OWNERSHIP_FACTS 100000    /* and as many designations and identifiers */
#define LIMIT_OWNERSHIP_WORK 200000000u /* links looked at for one verdict */
#define LIMIT_OWNERSHIP_FINDINGS 64     /* of one verdict; the gravest */
#define LIMIT_OWNERSHIP_STEPS 64        /* links that explain one finding */
#define LIMIT_OWNERSHIP_RULES 16
#define LIMIT_OWNERSHIP_PERIODS 8 /* in which a rule is in force */

/* --- who is served (ours) --- */
#define LIMIT_DECISIONS 1000           /* about one account */
#define LIMIT_SCREENING_HITS 64        /* of one name; the best */
#define LIMIT_SCREENING_FINDINGS 512   /* of one verdict; more is no verdict */
#define LIMIT_SCREENING_HOLDERS 256    /* owners of an account that are looked up; more is no verdict */
#define LIMIT_SCREENING_ASSOCIATES 256 /* whom lists put above an account; of more the nearest */
#define LIMIT_REVIEW_FINDINGS 5        /* of one open review that are listed; the weightiest */
#define LIMIT_REVIEW_PAGE 100          /* open reviews in one reply */
#define LIMIT_SCREENING_RULES 300      /* of each kind in screening.ini */
#define LIMIT_SCREENING_WATCH_MS 5000  /* between two looks at lists, facts and rules */
#define LIMIT_CONCERN_BYTES 49152      /* of one, before it is sealed */
#define LIMIT_CONCERN_RECIPIENTS 8
#define LIMIT_CONCERN_DAYS 30 /* an answer is due; unless screening.ini says otherwise */

/* --- names (ours) --- */
#define LIMIT_NAME_BYTES 1024 /* of one name, as it was written */
#define LIMIT_NAME_TOKENS 24  /* words of it that are looked at; of more the first ones */
#define LIMIT_TOKEN 31        /* letters of a word; of a longer one the first ones */

/* --- accounts, keys and policies (ours unless said otherwise) --- */
#define LIMIT_ACCOUNTS 10000
#define LIMIT_ACCOUNT_KEYS 1000        /* of one account */
#define LIMIT_ACCOUNT_POLICIES 100     /* of one account */
#define LIMIT_ACCOUNT_TEXT 256         /* bytes of a legal name, a contact, a purpose, a lawful basis */
#define LIMIT_ACCOUNT_JSON 8192        /* bytes of an account's registrations, and of its settings */
#define LIMIT_REGISTRATIONS 32         /* of one account */
#define LIMIT_RETENTION_DAYS 36525     /* a hundred years */
#define LIMIT_PERSON 64                /* of IAM: characters of a user's name */
#define LIMIT_POLICY_NAME 128          /* of IAM */
#define LIMIT_POLICY_BYTES 6144        /* of IAM */
#define LIMIT_POLICY_STATEMENTS 64     /* of one policy */
#define LIMIT_POLICY_VALUES 256        /* of one list in a statement */
#define LIMIT_SESSION_POLICY 2048      /* of STS: bytes of a policy inside a session token */
#define LIMIT_SESSION_SECONDS 43200    /* of STS: the longest life of a session */
#define LIMIT_SESSION_SECONDS_MIN 900  /* of STS */
#define LIMIT_SESSION_TOKEN 4096       /* characters of a session token */
#define LIMIT_KEY_GRACE_SECONDS 604800 /* how long a rotated secret may go on */
#define LIMIT_QUOTA_BUCKETS 16384      /* keys and accounts, times families, whose rate is kept */
#define LIMIT_QUOTA_RATE 1000000       /* calls a second */
#define LIMIT_RETENTION_PAUSE_MS 5000  /* between two looks for faces whose time is over */
#define LIMIT_RELEASE_HOURS 24         /* how long a result waits for its release, and to be read */
#define LIMIT_CROP_SIDE 320            /* pixels of the longer side of a face's crop */
#define LIMIT_CROP_BYTES (512 * 1024)  /* of a crop */
#define LIMIT_RELEASES 10000           /* of one account, that wait or can be read */
#define LIMIT_SUBJECT_ENTRIES 10000    /* of the record, in one DescribeSubject */
#define LIMIT_PROBE_KEYS 128           /* keys whose probes are remembered */
#define LIMIT_PROBES 64                /* of each key */
#define LIMIT_PROBES_ALIKE 300         /* nearly identical ones an hour, unless the account says otherwise */

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
#define LIMIT_MODELS 4                       /* model packs that are loaded */
#define LIMIT_MODEL_NAME 64                  /* bytes of the name or version of one */
#define LIMIT_UNMOVABLE 100                  /* of them that a ReembedCollection names */
#define LIMIT_REEMBED_MS 5000                /* after so long a ReembedCollection answers how far it is */
#define LIMIT_CONNECTION_MEMORY (64u * 1024) /* headers and read buffer of one connection */
#define LIMIT_DRAINING 32      /* refused uploads that are read on, so that the client sees why */
#define LIMIT_DRAIN_SECONDS 30 /* how long each of them is */
#define LIMIT_STOP_SECONDS 30  /* a stopping server waits so long for the requests it has */

#endif
