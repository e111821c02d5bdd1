/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "net/http_client.h"

#include "base/array.h"
#include "base/arena.h"
#include "base/die.h"
#include "codec/uri.h"
#include "codec/ip_address.h"

#include <curl/curl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 5000
#define TIMEOUT_MS         15000
#define REQUEST_FIELD_MAX  65536u /* bytes of one header line sent */
#define FIELD_MAX          2048u  /* bytes of a header kept (Content-Type, Location) */

/*
 * A thread's two curl handles. Guarded and unguarded requests never share connections: one opened
 * for a configured host must not serve a URL that a client sent.
 */
struct handles {
	struct http_client *client;
	struct handles *prev, *next;
	CURL *guarded, *special;
};

struct http_client {
	pthread_key_t key;
	pthread_mutex_t lock;
	struct handles *all;
	char *ca_file, *user_agent;
	struct call_end end;
};

/* One exchange under way. */
struct fetch_call {
	const struct http_client *client;
	struct arena *arena;
	const struct http_fetch *f;
	struct buf body;
	struct str content_type, location;
	size_t header_bytes;
	int status; /* of the head that is being read */
	bool denied, too_long, enough;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void global_init(void)
{
	for (int tries = 0; curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK; tries++)
		memory_wait(tries);
}

/* ---- handles ---- */

static void handles_free(void *arg)
{
	struct handles *h = arg;
	struct http_client *c = h->client;

	pthread_mutex_lock(&c->lock);
	*(h->prev ? &h->prev->next : &c->all) = h->next;
	if (h->next)
		h->next->prev = h->prev;
	pthread_mutex_unlock(&c->lock);
	curl_easy_cleanup(h->guarded);
	curl_easy_cleanup(h->special);
	free(h);
}

/* NULL: no memory. */
static struct handles *handles_of_thread(struct http_client *c)
{
	struct handles *h = pthread_getspecific(c->key);

	if (h)
		return h;
	h = xcalloc(1, sizeof(*h));
	h->client = c;
	h->guarded = curl_easy_init();
	h->special = curl_easy_init();
	if (!h->guarded || !h->special || pthread_setspecific(c->key, h) != 0) {
		curl_easy_cleanup(h->guarded);
		curl_easy_cleanup(h->special);
		free(h);
		return NULL;
	}
	pthread_mutex_lock(&c->lock);
	h->next = c->all;
	if (c->all)
		c->all->prev = h;
	c->all = h;
	pthread_mutex_unlock(&c->lock);
	return h;
}

static char *option_dup(const char *s)
{
	return s ? memory_wait_for(strdup(s)) : NULL;
}

enum rc http_client_new(const struct http_client_options *options, struct http_client **ret)
{
	struct http_client *c;

	if (options->ca_file && access(options->ca_file, R_OK) != 0)
		return RC_NOT_FOUND;
	pthread_once(&once, global_init);
	c = xcalloc(1, sizeof(*c));
	/* EAGAIN: more keys than a process may have (PTHREAD_KEYS_MAX), of a few clients. */
	if (pthread_key_create(&c->key, handles_free) != 0)
		die("more HTTP clients than a process may have");
	pthread_mutex_init(&c->lock, NULL);
	c->ca_file = option_dup(options->ca_file);
	c->user_agent = option_dup(options->user_agent);
	*ret = c;
	return RC_OK;
}

void http_client_free(struct http_client *c)
{
	if (!c)
		return;
	pthread_key_delete(c->key);
	while (c->all)
		handles_free(c->all);
	pthread_mutex_destroy(&c->lock);
	free(c->ca_file);
	free(c->user_agent);
	free(c);
}

void http_client_end(struct http_client *c, int64_t monotonic_ms)
{
	call_end_set(&c->end, monotonic_ms);
}

/* ---- callbacks ---- */

bool http_ip_address_is_special(struct str address)
{
	struct ip_address a;

	return ip_address_parse(address, &a) != RC_OK || ip_address_is_special(&a);
}

static bool address_permitted(const struct http_fetch *f, const struct ip_address *a)
{
	if (f->permitted)
		return f->permitted(f->permitted_data, a);
	return f->allow_special || !ip_address_is_special(a);
}

/* The address here is the one that connect(2) gets, so no second DNS answer can differ from it. */
static curl_socket_t on_open(void *data, curlsocktype purpose, struct curl_sockaddr *sa)
{
	struct fetch_call *call = data;
	struct ip_address a;

	if (ip_address_of_socket(&sa->addr, &a) != RC_OK || !address_permitted(call->f, &a)) {
		call->denied = true;
		return CURL_SOCKET_BAD;
	}
	return socket(sa->family, sa->socktype | SOCK_CLOEXEC, sa->protocol);
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct fetch_call *call = arg;

	buf_add(&call->body, (struct str){.p = data, .n = size * n});
	if (buf_status(&call->body) == RC_OK)
		return size * n;
	call->too_long = true;
	return 0;
}

static void response_header_keep(
	struct fetch_call *call, struct str line, struct str name, struct str *slot)
{
	struct str value;

	if (line.n <= name.n || line.p[name.n] != ':')
		return;
	if (!str_ieq(str_sub(line, 0, name.n), name))
		return;
	value = str_trim(str_sub(line, name.n + 1, FIELD_MAX));
	*slot = str_dup(call->arena, value);
}

/* "HTTP/1.1 200 OK" */
static int status_of(struct str line)
{
	uint64_t status = 0;

	line = str_sub(line, str_find(line, ' ') + 1, 3);
	return str_to_u64(line, 999, &status) ? (int)status : 0;
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
	struct fetch_call *call = arg;
	struct str line = {.p = data, .n = size * n};
	size_t max = call->f->max_head ? call->f->max_head : HTTP_CLIENT_HEAD_MAX;

	call->header_bytes += line.n;
	if (call->header_bytes > max) {
		call->too_long = true;
		return 0;
	}
	while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	if (str_starts(line, STR("HTTP/")))
		call->status = status_of(line);
	/* The end of the head; those of 1xx are followed by another. */
	call->enough = call->f->status_only && !line.n && call->status >= 200;
	if (call->enough)
		return 0;
	response_header_keep(call, line, STR("Content-Type"), &call->content_type);
	response_header_keep(call, line, STR("Location"), &call->location);
	return size * n;
}

static int on_progress(
	void *arg, curl_off_t to_get, curl_off_t got, curl_off_t to_put, curl_off_t put)
{
	const struct fetch_call *call = arg;

	return call_end_passed(&call->client->end) || call_end_passed(call->f->end);
}

/* ---- a request ---- */

#define SET(option, value) (ok &= curl_easy_setopt(h, (option), (value)) == CURLE_OK)

/* What holds for every request. */
static bool set_rules(CURL *h, const struct http_client *c)
{
	bool ok = true;

	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROXY, ""); /* none, whatever the environment says */
	SET(CURLOPT_UNRESTRICTED_AUTH, 0L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (c->ca_file)
		SET(CURLOPT_CAINFO, c->ca_file);
	SET(CURLOPT_USERAGENT, c->user_agent ? c->user_agent : "pratu");
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_QUICK_EXIT, 1L); /* a name server that hangs is not waited for */
	return ok;
}

static bool set_call(CURL *h, struct fetch_call *call)
{
	const struct http_fetch *f = call->f;
	int64_t connect = f->connect_timeout_ms ? f->connect_timeout_ms : CONNECT_TIMEOUT_MS;
	int64_t whole = f->timeout_ms ? f->timeout_ms : TIMEOUT_MS;
	bool ok = true;

	SET(CURLOPT_OPENSOCKETDATA, call);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFODATA, call);
	SET(CURLOPT_WRITEDATA, call);
	SET(CURLOPT_HEADERDATA, call);
	SET(CURLOPT_URL, str_dup_c(call->arena, f->url));
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
	SET(CURLOPT_TIMEOUT_MS, (long)whole);
	SET(CURLOPT_FRESH_CONNECT, f->alone ? 1L : 0L);
	SET(CURLOPT_FORBID_REUSE, f->alone ? 1L : 0L);
	SET(CURLOPT_SSL_SESSIONID_CACHE, f->alone ? 0L : 1L);
	if (f->alone)
		SET(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	if (strcmp(f->method, "GET") == 0) {
		SET(CURLOPT_HTTPGET, 1L);
		return ok;
	}
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDS, f->body.n ? f->body.p : "");
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)f->body.n);
	if (strcmp(f->method, "POST") != 0)
		SET(CURLOPT_CUSTOMREQUEST, f->method);
	return ok;
}

/* False: over its maximum, or no memory. */
static bool request_header_append(
	struct curl_slist **list, struct arena *a, const char *name, struct str value)
{
	struct curl_slist *longer;
	struct buf b;

	buf_init(&b, a, REQUEST_FIELD_MAX);
	buf_add_c(&b, name);
	buf_add_c(&b, value.n ? ": " : ":");
	buf_add(&b, value);
	longer = buf_status(&b) == RC_OK ? curl_slist_append(*list, b.p) : NULL;
	if (longer)
		*list = longer;
	return longer != NULL;
}

static bool headers(const struct fetch_call *call, struct curl_slist **list)
{
	const struct http_fetch *f = call->f;
	/* No pause for 100-continue. */
	bool all = request_header_append(list, call->arena, "Expect", STR_NONE);

	if (f->content_type.n)
		all = all &&
		      request_header_append(list, call->arena, "Content-Type", f->content_type);
	for (size_t i = 0; i < f->n_headers; i++)
		all = all && request_header_append(
				     list, call->arena, f->headers[i].name, f->headers[i].value);
	return all;
}

static bool headers_ok(const struct http_fetch *f)
{
	if (f->n_headers > ARRAY_LEN(f->headers))
		return false;
	for (size_t i = 0; i < f->n_headers; i++) {
		if (str_has_control(f->headers[i].value))
			return false;
	}
	return !str_has_control(f->content_type);
}

static enum rc fetch_check(const struct http_fetch *f, const char **ret_why)
{
	struct uri uri;

	if (uri_parse(f->url, &uri) != RC_OK || uri.has_userinfo || uri.has_fragment ||
		(!str_eq_c(uri.scheme, "https") && !str_eq_c(uri.scheme, "http"))) {
		*ret_why = "the URL is not a plain http or https URL";
		return RC_INVALID;
	}
	if (!headers_ok(f)) {
		*ret_why = "a request header holds a control character";
		return RC_INVALID;
	}
	return RC_OK;
}

static enum rc failure(const struct fetch_call *call, CURLcode code, const char **ret_why)
{
	if (call->too_long) {
		*ret_why = "the answer is longer than its maximum";
		return RC_LIMITED;
	}
	if (call->denied && code == CURLE_COULDNT_CONNECT) {
		*ret_why = "the host's address is not a public one";
		return RC_DENIED;
	}
	*ret_why = curl_easy_strerror(code);
	if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
		return RC_INVALID;
	return RC_UNAVAILABLE;
}

static enum rc perform(CURL *h, struct http_client *c, struct fetch_call *call,
	struct http_fetched *ret, const char **ret_why)
{
	struct curl_slist *list = NULL;
	long status = 0;
	CURLcode code = CURLE_OUT_OF_MEMORY;

	curl_easy_reset(h); /* keeps the open connections */
	if (headers(call, &list) && set_rules(h, c) && set_call(h, call) &&
		curl_easy_setopt(h, CURLOPT_HTTPHEADER, list) == CURLE_OK)
		code = curl_easy_perform(h);
	curl_slist_free_all(list);
	if (call->enough)
		code = CURLE_OK;
	if (code == CURLE_OK)
		code = curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK)
		return failure(call, code, ret_why);
	*ret = (struct http_fetched){.status = (int)status,
		.content_type = call->content_type,
		.body = buf_str(&call->body),
		.location = call->location};
	return RC_OK;
}

enum rc http_client_fetch(struct http_client *c, struct arena *a, const struct http_fetch *f,
	struct http_fetched *ret, const char **ret_why)
{
	struct fetch_call call = {
		.client = c, .arena = a, .f = f, .content_type = STR_NONE, .location = STR_NONE};
	struct handles *h = handles_of_thread(c);
	enum rc rc = fetch_check(f, ret_why);

	if (rc != RC_OK)
		return rc;
	if (!h) {
		*ret_why = "no memory";
		return RC_UNAVAILABLE;
	}
	buf_init(&call.body, a, f->max_body ? f->max_body : HTTP_CLIENT_BODY_MAX);
	return perform(f->allow_special ? h->special : h->guarded, c, &call, ret, ret_why);
}

const char *net_library_version(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}
