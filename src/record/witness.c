/* Each witness gets what it has not seen: `old`, the size of the last checkpoint that it cosigned, and a
 * proof that the new one goes on from there. We remember that size; a witness that knows better says 409 and
 * its own, and is asked once more. When its own is larger than our log, our log was rolled back, and when it
 * says 422 to a proof of ours, it was forked: then nothing more may be recorded, and a person has to look. */
#include <curl/curl.h>
#include "record/witness.h"
#include "base/base64.h"
#include "base/clock.h"

enum { HTTP_OK = 200, HTTP_CONFLICT = 409, HTTP_UNPROCESSABLE = 422, PAUSE_MAX_SECONDS = 300 };

struct witness {
    const struct policy_witness *about;
    CURL *curl;
    char url[2048];
    uint64_t old_size;    /* it cosigned last */
    uint64_t pause_until; /* monotonic; it did not answer */
    int pause_seconds;
};

struct witnesses {
    struct witness all[LIMIT_WITNESSES];
    struct curl_slist *headers;
    int count;
};

static bool set_up(struct witness *witness, const struct policy_witness *about, struct error *err) {
    struct bytes url = about->url;
    while (url.len > 0 && url.ptr[url.len - 1] == '/')
        url.len--;
    int len = snprintf(witness->url, sizeof witness->url, "%.*s/add-checkpoint", BYTES_FORMAT(url));
    witness->about = about;
    if (len >= (int)sizeof witness->url ||
        (!bytes_starts_with(url, "https://") && !bytes_starts_with(url, "http://")))
        return error_set(err, ERROR_VALIDATION, "the URL of the witness %.*s is none of http or https",
                         BYTES_FORMAT(about->name));
    witness->curl = curl_easy_init();
    return witness->curl || error_set(err, ERROR_INTERNAL, "no memory for witnesses");
}

bool witnesses_new(const struct policy *policy, struct witnesses **ret_witnesses, struct error *err) {
    struct witnesses *witnesses = calloc(1, sizeof *witnesses);
    if (!witnesses || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(witnesses);
        return error_set(err, ERROR_INTERNAL, "no memory for witnesses");
    }
    /* An empty Expect header: no waiting for a 100. */
    witnesses->headers = curl_slist_append(NULL, "Expect:");
    for (int i = 0; i < policy->witness_count; i++) {
        const struct policy_witness *about = &policy->witnesses[i];
        if (about->url.ptr && !set_up(&witnesses->all[witnesses->count++], about, err)) {
            witnesses_free(witnesses);
            return false;
        }
    }
    *ret_witnesses = witnesses;
    return true;
}

void witnesses_free(struct witnesses *witnesses) {
    if (!witnesses)
        return;
    for (int i = 0; i < witnesses->count; i++)
        curl_easy_cleanup(witnesses->all[i].curl);
    curl_slist_free_all(witnesses->headers);
    curl_global_cleanup();
    free(witnesses);
}

static size_t receive(char *data, size_t size, size_t count, void *context) {
    struct buffer *reply = context;
    buffer_append(reply, data, size * count);
    return reply->failed ? 0 : size * count;
}

/* The HTTP status; 0 when there was none. */
static long post(const struct witnesses *witnesses, struct witness *witness, const struct buffer *body,
                 struct buffer *reply) {
    long status = 0;
    CURL *curl = witness->curl;
    curl_easy_setopt(curl, CURLOPT_URL, witness->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, witnesses->headers);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)LIMIT_WITNESS_SECONDS);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "countenance/" COUNTENANCE_VERSION);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body->len);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
    if (curl_easy_perform(curl) != CURLE_OK)
        return 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static bool write_request(const struct witness *witness, struct log *log, const struct buffer *checkpoint,
                          struct buffer *out, struct error *err) {
    struct merkle_proof proof;
    if (!log_prove_consistency(log, witness->old_size, &proof, err))
        return false;
    buffer_printf(out, "old %llu\n", (unsigned long long)witness->old_size);
    for (size_t i = 0; i < proof.count; i++) {
        char base64[64];
        base64_to_text((struct bytes){(const char *)proof.hashes[i].bytes, 32}, base64);
        buffer_printf(out, "%.*s\n", (int)base64_text_len(32), base64);
    }
    buffer_text(out, "\n");
    buffer_append(out, checkpoint->data, checkpoint->len);
    return !out->failed || error_set(err, ERROR_INTERNAL, "no memory for witnesses");
}

/* One request and its answer; *ret_status 0 when there was none. */
static bool submit(const struct witnesses *witnesses, struct witness *witness, struct log *log,
                   const struct buffer *checkpoint, struct buffer *reply, long *ret_status,
                   struct error *err) {
    struct buffer request = buffer_new(2 * LIMIT_RECORD_NOTE);
    bool written = write_request(witness, log, checkpoint, &request, err);
    reply->len = 0;
    if (written)
        *ret_status = post(witnesses, witness, &request, reply);
    buffer_release(&request);
    return written;
}

/* The cosignature in a reply, when it is good. The witness may send others, of keys that nobody here knows.
 */
static bool take_cosignature(const struct witness *witness, const struct buffer *text,
                             const struct buffer *reply, struct buffer *checkpoint) {
    struct buffer joined = buffer_new(2 * LIMIT_RECORD_NOTE);
    struct note note;
    int64_t time;
    buffer_append(&joined, text->data, text->len);
    buffer_append(&joined, reply->data, reply->len);
    bool good = !joined.failed && note_parse(buffer_bytes(&joined), &note, NULL) &&
                note_check(&note, &witness->about->key, &time) == NOTE_GOOD;
    if (good)
        note_copy_signature(&note, &witness->about->key, checkpoint);
    buffer_release(&joined);
    return good;
}

static bool is_paused(const struct witness *witness) {
    return clock_monotonic_ns() < witness->pause_until;
}

static void set_pause(struct witness *witness, bool answered) {
    witness->pause_seconds = answered ? 0 : MIN(MAX(1, 2 * witness->pause_seconds), PAUSE_MAX_SECONDS);
    witness->pause_until = clock_monotonic_ns() + (uint64_t)witness->pause_seconds * 1000000000u;
}

/* text: the signed checkpoint without cosignatures. */
static bool ask(const struct witnesses *witnesses, struct witness *witness, struct log *log,
                const struct buffer *text, struct buffer *checkpoint, struct error *err) {
    struct buffer reply = buffer_new(LIMIT_RECORD_NOTE);
    uint64_t seen;
    long status;
    bool fine = submit(witnesses, witness, log, text, &reply, &status, err);
    if (fine && status == HTTP_CONFLICT &&
        bytes_to_number(bytes_trim(buffer_bytes(&reply)), INT64_MAX, &seen)) {
        if (seen > log_size(log))
            fine = error_set(err, ERROR_INTERNAL,
                             "the witness %.*s has seen %llu entries of this record, which has %llu: it was "
                             "rolled back; restore the newest backup",
                             BYTES_FORMAT(witness->about->name), (unsigned long long)seen,
                             (unsigned long long)log_size(log));
        else {
            witness->old_size = seen;
            fine = submit(witnesses, witness, log, text, &reply, &status, err);
        }
    }
    if (fine && status == HTTP_UNPROCESSABLE)
        fine = error_set(err, ERROR_INTERNAL,
                         "the witness %.*s has seen another record of this name: this one was changed; "
                         "restore the newest backup",
                         BYTES_FORMAT(witness->about->name));
    if (fine) {
        bool cosigned = status == HTTP_OK && take_cosignature(witness, text, &reply, checkpoint);
        if (cosigned)
            witness->old_size = log_size(log);
        set_pause(witness, cosigned);
    }
    buffer_release(&reply);
    return fine;
}

bool witnesses_cosign(struct witnesses *witnesses, struct log *log, struct buffer *checkpoint,
                      struct error *err) {
    struct buffer text = buffer_new(LIMIT_RECORD_NOTE);
    bool fine = true;
    buffer_append(&text, checkpoint->data, checkpoint->len);
    for (int i = 0; i < witnesses->count && fine; i++)
        if (!is_paused(&witnesses->all[i]))
            fine = ask(witnesses, &witnesses->all[i], log, &text, checkpoint, err);
    buffer_release(&text);
    return fine;
}
