/* Calls operations of the API: over HTTP when a server is named or holds the data folder, in this process
 * otherwise. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "api/api.h"
#include "base/arena.h"

struct client;
struct yyjson_val;

/* The server at endpoint, or with NULL the data folder's own server (DIR/endpoint says where it listens), or
 * the folder itself. DIR/credentials signs what goes over HTTP. Clients of one process may be used by several
 * threads, a session by one. */
MUST_CHECK bool client_open(const char *data, const char *endpoint, const char *models,
                            struct client **ret_client, struct error *err);
void client_close(struct client *client);
bool client_is_remote(const struct client *client);
/* DIR/endpoint, which only the process that holds the folder writes. NULL removes it: nobody serves. */
MUST_CHECK bool client_endpoint_write(const char *data, const char *endpoint, struct error *err);

struct client_session;
MUST_CHECK bool client_session_new(struct client *client, struct client_session **ret_session,
                                   struct error *err);
void client_session_free(struct client_session *session);
/* json is a finished request. The reply's body is the caller's; an error of the API is a reply with a status
 * over 299 as over HTTP, false is for a server that does not answer. */
MUST_CHECK bool client_call(struct client_session *session, const char *operation, struct buffer *json,
                            struct buffer *ret_body, int *ret_status, struct error *err);
/* A call whose errors are errors, with the code of the reply's type and its message. */
MUST_CHECK bool client_demand(struct client_session *session, const char *operation, struct buffer *json,
                              struct buffer *ret_body, struct error *err);
/* The object of a reply's body, in the arena. */
MUST_CHECK bool client_read(struct arena *arena, const struct buffer *body, struct yyjson_val **ret_reply,
                            struct error *err);
/* Both. */
MUST_CHECK bool client_ask(struct client_session *session, const char *operation, struct buffer *json,
                           struct arena *arena, struct yyjson_val **ret_reply, struct error *err);
/* Appends a file as a base64 string member. */
void client_put_blob(struct buffer *json, const char *name, struct bytes data);

#endif
