/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <pthread.h>

#include "net/outgoing.h"

#include "base/array.h"
#include "base/die.h"
#include "base/thread.h"
#include "codec/uri.h"

#define HOST_MAX 262u /* bytes of a name (RFC 1035 2.3.4), ":" and a port, with NUL */

/* A host to which calls go now. */
struct host_calls {
	char host[HOST_MAX];
	unsigned calls;
};

struct outgoing {
	struct http_client *client;
	struct ip_address_range networks[OUTGOING_NETWORKS_MAX];
	size_t n_networks;

	pthread_mutex_t lock;
	pthread_cond_t left;
	struct host_calls hosts[OUTGOING_CALLS_MAX];
};

static enum rc network_parse(struct str text, struct ip_address_range *ret)
{
	if (ip_address_range_parse(text, ret) != RC_OK || !ip_address_range_is_private(ret))
		return RC_INVALID;
	return RC_OK;
}

bool outgoing_network_valid(struct str text)
{
	struct ip_address_range range;

	return network_parse(text, &range) == RC_OK;
}

enum rc outgoing_new(struct http_client *client, struct strlist networks, struct outgoing **ret)
{
	struct outgoing *o;
	enum rc rc = networks.n <= OUTGOING_NETWORKS_MAX ? RC_OK : RC_INVALID;

	o = xcalloc(1, sizeof(*o));
	o->client = client;
	for (size_t i = 0; rc == RC_OK && i < networks.n; i++)
		rc = network_parse(networks.v[i], &o->networks[o->n_networks++]);
	if (rc != RC_OK) {
		free(o);
		return rc;
	}
	pthread_mutex_init(&o->lock, NULL);
	cond_init_monotonic(&o->left);
	*ret = o;
	return RC_OK;
}

void outgoing_free(struct outgoing *o)
{
	if (!o)
		return;
	pthread_cond_destroy(&o->left);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

/* ---- rules of the URL ---- */

struct outgoing_way {
	const struct outgoing *outgoing;
	struct str host;
	uint64_t port;
	bool clear; /* http */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Resolvers read "127.1", "0x7f.1", "017700000001" and "2130706433" as addresses: whatever ends in
 * a label that begins with a digit is no name (RFC 1123 2.1), so it must be an address in the
 * one form that everybody reads alike.
 */
static bool host_is_plain(const struct uri *uri)
{
	struct str rest = uri->host, label = STR_NONE, last = STR_NONE;
	struct ip_address a;

	if (str_find(uri->authority, '[') < uri->authority.n)
		return ip_address_parse(uri->host, &a) == RC_OK;
	if (uri->host.n + sizeof(":65535") > HOST_MAX)
		return false;
	while (str_cut(&rest, '.', &label))
		if (label.n)
			last = label;
	if (!last.n)
		return false;
	return !is_digit(last.p[0]) || ip_address_parse(uri->host, &a) == RC_OK;
}

static bool port_to(const struct uri *uri, struct outgoing_way *way)
{
	way->port = way->clear ? 80 : 443;
	if (!uri->port.n)
		return true;
	if (!str_to_u64(uri->port, 65535, &way->port))
		return false;
	return way->port == 443 || way->port >= OUTGOING_PORT_MIN ||
	       (way->clear && way->port == 80);
}

/* http is for this machine; a name other than its own could not be that. */
static bool is_own_machine(struct str host)
{
	struct ip_address a;

	if (ip_address_parse(host, &a) == RC_OK)
		return ip_address_is_loopback(&a);
	return str_ieq(host, STR("localhost"));
}

static enum rc way_of(struct str url, bool private, struct outgoing_way *ret, const char **ret_why)
{
	struct ip_address a;
	struct uri uri;

	*ret_why = "is no plain URL; write https://portal.example.go.th/path";
	if (uri_parse(url, &uri) != RC_OK || !host_is_plain(&uri))
		return RC_INVALID;
	ret->host = uri.host;
	ret->clear = str_eq_c(uri.scheme, "http");
	*ret_why = "has a user name or a fragment; leave it out";
	if (uri.has_userinfo || uri.has_fragment)
		return RC_INVALID;
	*ret_why = "is not https; write https";
	if (!str_eq_c(uri.scheme, "https") && !(private && ret->clear && is_own_machine(uri.host)))
		return RC_INVALID;
	*ret_why = "has a port that is neither 443 nor 1024 to 65535; use one of these";
	if (!port_to(&uri, ret))
		return RC_INVALID;
	*ret_why = "is an address that is not public; see outgoing.private_networks";
	if (!private && ip_address_parse(uri.host, &a) == RC_OK && ip_address_is_special(&a))
		return RC_INVALID;
	return RC_OK;
}

enum rc outgoing_url_check(struct str url, bool private, const char **ret_why)
{
	struct outgoing_way way;

	return way_of(url, private, &way, ret_why);
}

/* ---- the address ---- */

static bool address_permitted(const void *data, const struct ip_address *a)
{
	const struct outgoing_way *way = data;
	const struct outgoing *o = way->outgoing;
	bool listed = false;

	for (size_t i = 0; i < o->n_networks; i++)
		listed = listed || ip_address_in_range(a, &o->networks[i]);
	if (way->clear)
		return listed && ip_address_is_loopback(a);
	return listed || !ip_address_is_special(a);
}

/* ---- turns ---- */

/* NULL: the host has its share, or there are too many calls. */
static struct host_calls *host_enter(struct outgoing *o, const char *host)
{
	struct host_calls *unused = NULL, *h;

	for (h = o->hosts; h < o->hosts + OUTGOING_CALLS_MAX; h++) {
		if (!h->calls)
			unused = unused ? unused : h;
		else if (strcmp(h->host, host) == 0)
			break;
	}
	if (h == o->hosts + OUTGOING_CALLS_MAX)
		h = unused;
	if (!h || h->calls == OUTGOING_PER_HOST)
		return NULL;
	if (!h->calls)
		memcpy(h->host, host, strlen(host) + 1);
	h->calls++;
	return h;
}

static struct host_calls *turn_begin(
	struct outgoing *o, const char *host, const struct outgoing_request *request)
{
	int64_t until = monotonic_ms() + request->turn_ms;
	struct host_calls *h;

	pthread_mutex_lock(&o->lock);
	while (!(h = host_enter(o, host))) {
		int64_t now = monotonic_ms(), look = now + CALL_LOOK_MS;
		struct timespec at = cond_end(look < until ? look : until);

		if (now >= until || call_end_known(request->end))
			break;
		pthread_cond_timedwait(&o->left, &o->lock, &at);
	}
	pthread_mutex_unlock(&o->lock);
	return h;
}

static void turn_end(struct outgoing *o, struct host_calls *h)
{
	pthread_mutex_lock(&o->lock);
	h->calls--;
	pthread_cond_broadcast(&o->left);
	pthread_mutex_unlock(&o->lock);
}

/* ---- a call ---- */

static int64_t timeout_of(const struct outgoing_request *r)
{
	if (r->timeout_ms <= 0)
		return OUTGOING_TIMEOUT_MS;
	return r->timeout_ms < OUTGOING_TIMEOUT_MAX ? r->timeout_ms : OUTGOING_TIMEOUT_MAX;
}

static enum rc exchange(struct outgoing *o, struct arena *a, const struct outgoing_request *r,
	const struct outgoing_way *way, struct outgoing_answer *ret, const char **ret_why)
{
	struct http_fetched got;
	struct http_fetch f = {
		.method = r->method,
		.url = r->url,
		.n_headers = r->n_headers,
		.content_type = r->content_type,
		.body = r->body,
		.connect_timeout_ms = OUTGOING_CONNECT_MS,
		.timeout_ms = timeout_of(r),
		.max_body = r->max_body < OUTGOING_BODY_MAX ? r->max_body : OUTGOING_BODY_MAX,
		.max_head = OUTGOING_HEAD_MAX,
		.permitted = address_permitted,
		.permitted_data = way,
		.alone = true,
		.status_only = !r->max_body,
		.end = r->end,
	};
	enum rc rc;

	memcpy(f.headers, r->headers, sizeof(r->headers));
	rc = http_client_fetch(o->client, a, &f, &got, ret_why);
	if (rc == RC_OK)
		*ret = (struct outgoing_answer){got.status, got.content_type, got.body};
	return rc == RC_LIMITED ? RC_UNAVAILABLE : rc;
}

static enum rc request_check(const struct outgoing_request *r, const char **ret_why)
{
	*ret_why = "the request is neither GET nor POST, or larger than its maximum";
	if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "POST") != 0)
		return RC_INVALID;
	if (r->n_headers > OUTGOING_HEADERS_MAX || r->body.n > OUTGOING_SENT_MAX)
		return RC_INVALID;
	return RC_OK;
}

enum rc outgoing_call(struct outgoing *o, struct arena *a, const struct outgoing_request *request,
	struct outgoing_answer *ret, const char **ret_why)
{
	struct outgoing_way way = {.outgoing = o};
	char name[HOST_MAX];
	struct host_calls *host;
	struct str lower;
	enum rc rc = request_check(request, ret_why);

	if (rc == RC_OK)
		rc = way_of(request->url, o->n_networks > 0, &way, ret_why);
	if (rc != RC_OK)
		return rc;
	lower = str_lower(a, way.host);
	snprintf(name, sizeof(name), "%.*s:%u", STR_FMT(lower), (unsigned)way.port);
	host = turn_begin(o, name, request);
	if (!host) {
		*ret_why = "too many calls to this host are under way";
		return RC_LIMITED;
	}
	rc = exchange(o, a, request, &way, ret, ret_why);
	turn_end(o, host);
	return rc;
}
