/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Outgoing forms and client authentication by liboauth2. It puts credentials that travel in the
 * form there and encodes it; those that travel in a header it keeps inside the call context of its
 * own HTTP client, which is not used here, so the Basic header is made by hand. Its log goes to
 * ours from WARN up, without the text: from DEBUG down it would print secrets.
 */
#include <oauth2/oauth2.h>
#include <pthread.h>

#include <oauth2/mem.h>

#include "federation/rp/rp_priv.h"

#include "base/arena.h"
#include "codec/base64.h"
#include "base/die.h"
#include "obs/log.h"

struct rp_sender {
	oauth2_cfg_endpoint_auth_t *auth; /* type none for Basic */
	struct secret *authorization;     /* NULL: no header */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static oauth2_log_t *oauth2;

static void on_message(oauth2_log_sink_t *sink, const char *file, unsigned long line,
	const char *function, oauth2_log_level_t level, const char *text)
{
	(void)text; /* may hold what it was given */
	log_emit(LOG_EVENT_LIBRARY_ERROR, LOG_C("library", "liboauth2"),
		LOG_C("function", function), LOG_I("line", (int64_t)line));
}

/* Once a process, for good: its shutdown would take OpenSSL's and libcurl's state along. */
static void start_oauth2(void)
{
	for (int tries = 0; !oauth2; tries++) {
		oauth2_log_sink_t *sink = oauth2_log_sink_create(OAUTH2_LOG_WARN, on_message, NULL);

		oauth2 = sink ? oauth2_init(OAUTH2_LOG_WARN, sink) : NULL;
		if (!oauth2)
			memory_wait(tries);
	}
}

/* The raw id and secret (not percent-encoded before, as RFC 6749 2.3.1 would have it). */
static struct secret *basic_header(struct arena *a, const struct rp_options *o)
{
	struct str key = secret_bytes(o->client_secret);
	struct buf pair, header;

	buf_init(&pair, a, RP_TOKEN_MAX);
	buf_add(&pair, o->client_id);
	buf_add_byte(&pair, ':');
	buf_add(&pair, key);
	buf_init(&header, a, 2 * RP_TOKEN_MAX);
	buf_add_c(&header, "Basic ");
	buf_add(&header, base64_encode(a, buf_str(&pair)));
	return secret_new(buf_str(&header));
}

static bool add_pair(oauth2_nv_list_t *list, struct arena *a, struct str name, struct str value)
{
	return oauth2_nv_list_add(oauth2, list, str_dup_c(a, name), str_dup_c(a, value));
}

static bool set_auth(struct arena *a, const struct rp_options *o, oauth2_cfg_endpoint_auth_t *auth)
{
	const char *type = o->auth == RP_AUTH_POST ? "client_secret_post" : "none";
	oauth2_nv_list_t *list = oauth2_nv_list_init(oauth2);
	char *fault = NULL;
	bool ok;

	ok = list && add_pair(list, a, STR("client_id"), o->client_id) &&
	     add_pair(list, a, STR("client_secret"), secret_bytes(o->client_secret));
	if (ok)
		fault = oauth2_cfg_set_endpoint_auth(oauth2, auth, type, list, NULL);
	if (list)
		oauth2_nv_list_free(oauth2, list);
	if (!fault)
		return ok;
	oauth2_mem_free(fault);
	return false;
}

enum rc rp_sender_new(const struct rp_options *o, struct rp_sender **ret)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct rp_sender *s = xcalloc(1, sizeof(*s));
	bool ok;

	pthread_once(&once, start_oauth2);
	s->auth = memory_wait_for(oauth2_cfg_endpoint_auth_init(oauth2));
	ok = set_auth(a, o, s->auth);
	if (ok && o->auth == RP_AUTH_BASIC)
		s->authorization = basic_header(a, o);
	arena_free(a);
	if (!ok) {
		rp_sender_free(s);
		return RC_INVALID;
	}
	*ret = s;
	return RC_OK;
}

void rp_sender_free(struct rp_sender *s)
{
	if (!s)
		return;
	oauth2_cfg_endpoint_auth_free(oauth2, s->auth);
	secret_free(s->authorization);
	free(s);
}

static bool add_form(oauth2_nv_list_t *list, struct arena *a, const struct form *form)
{
	for (size_t i = 0; i < form->n; i++)
		if (!add_pair(list, a, form->v[i].name, form->v[i].value))
			return false;
	return true;
}

enum rc rp_sender_body(
	const struct rp_sender *s, struct arena *a, const struct form *form, struct str *ret)
{
	oauth2_nv_list_t *list = oauth2_nv_list_init(oauth2);
	oauth2_http_call_ctx_t *call = oauth2_http_call_ctx_init(oauth2);
	char *body = NULL;

	if (list && call && add_form(list, a, form) &&
		oauth2_http_ctx_auth_add(oauth2, call, s->auth, list))
		body = oauth2_http_url_form_encode(oauth2, list);
	if (call)
		oauth2_http_call_ctx_free(oauth2, call);
	if (list)
		oauth2_nv_list_free(oauth2, list);
	if (!body)
		return RC_UNAVAILABLE;
	*ret = str_dup(a, str_c(body));
	explicit_bzero(body, strlen(body));
	oauth2_mem_free(body);
	return RC_OK;
}

struct str rp_sender_authorization(const struct rp_sender *s)
{
	return s->authorization ? secret_bytes(s->authorization) : STR_NONE;
}
