/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <pthread.h>
#include <stdatomic.h>

#include "idp/client/client_keys.h"

#include "base/die.h"
#include "core/admission.h"
#include "net/outgoing.h"
#include "net/refresh_cache.h"
#include "obs/log.h"

#define WAIT_MAX_MS 10000 /* time for which a request waits for its turn to fetch */

/* What the cache of a client holds. */
struct fetched_keys {
	atomic_uint refs;
	struct jwk_set *set;
	int64_t at;
};

struct keys_source {
	const struct app *app;
	char *client, *uri;
	enum jose_alg alg;
	struct refresh_cache *cache;
	unsigned users; /* threads that have it now; under the lock of all */
	uint64_t used;  /* when, counted in uses of all */
	bool replaced;  /* no longer found; goes with its last user */
	_Atomic int64_t rests_until;
	struct jwk_set *given; /* of a client registered with its keys; uri is their text then */
	/* Of the one thread that fetches: */
	struct fetched_keys *last;
	bool failed;
	int64_t failed_at;
};

struct client_keys {
	const struct app *app;
	struct admission *admission;
	pthread_mutex_t lock;
	struct keys_source *sources[CLIENT_KEYS_SETS_MAX];
	size_t n;
	uint64_t uses;
};

/* ---- what is cached ---- */

static void *fetched_ref(void *value)
{
	struct fetched_keys *f = value;

	atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
	return f;
}

static void fetched_unref(void *value)
{
	struct fetched_keys *f = value;

	if (!f || atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) != 1)
		return;
	jwk_set_unref(f->set);
	free(f);
}

static enum rc download(
	const struct keys_source *s, struct arena *a, struct jwk_set **ret, const char **ret_why)
{
	const struct outgoing_request request = {
		.method = "GET",
		.url = str_c(s->uri),
		.headers = {{"Accept", STR("application/jwk-set+json, application/json")}},
		.n_headers = 1,
		.max_body = CLIENT_KEYS_BODY_MAX,
	};
	struct outgoing_answer got;
	enum rc rc = outgoing_call(s->app->outgoing, a, &request, &got, ret_why);

	if (rc != RC_OK)
		return rc;
	*ret_why = "its status is not 200";
	if (got.status != 200)
		return RC_UNAVAILABLE;
	*ret_why = "it is no set of keys with one for signatures";
	return jwk_set_parse(got.body, s->alg, ret);
}

static void source_failed(struct keys_source *s, int64_t now, enum rc rc, const char *why)
{
	s->failed = true;
	s->failed_at = now;
	log_emit(LOG_EVENT_CLIENT_KEYS_UNAVAILABLE, LOG_C("client", s->client), LOG_RC(rc),
		LOG_C("why", why));
}

/* A clock set back makes a failure old rather than eternal. */
static bool rests(const struct keys_source *s, int64_t now)
{
	return s->failed && now >= s->failed_at && now - s->failed_at < CLIENT_KEYS_RETRY;
}

static enum rc fetch(void *data, int64_t now, void **ret)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct keys_source *s = data;
	struct jwk_set *set = NULL;
	const char *why = "";
	enum rc rc = rests(s, now) ? RC_LIMITED : download(s, a, &set, &why);

	if (rc == RC_OK) {
		struct fetched_keys *f = xcalloc(1, sizeof(*f));

		atomic_init(&f->refs, 1);
		f->set = set;
		f->at = now;
		s->failed = false;
		fetched_unref(s->last);
		s->last = f;
	} else if (rc != RC_LIMITED || why[0]) {
		source_failed(s, now, rc, why);
	}
	if (!s->last || now < s->last->at || now - s->last->at >= CLIENT_KEYS_STALE)
		return RC_UNAVAILABLE;
	*ret = fetched_ref(s->last);
	return RC_OK;
}

static const struct refresh_cache_type fetched_type = {fetched_ref, fetched_unref, fetch};

/* ---- the sources ---- */

static void source_free(struct keys_source *s)
{
	refresh_cache_free(s->cache);
	fetched_unref(s->last);
	jwk_set_unref(s->given);
	free(s->client);
	free(s->uri);
	free(s);
}

static char *text_new(struct str s)
{
	char *text = xcalloc(s.n + 1, 1);

	if (s.n)
		memcpy(text, s.p, s.n);
	return text;
}

static struct keys_source *source_new(
	const struct client_keys *k, const struct client_keys_wanted *w)
{
	struct keys_source *s = xcalloc(1, sizeof(*s));

	s->app = k->app;
	s->client = text_new(w->client);
	s->uri = text_new(w->uri);
	s->alg = w->alg;
	/* A set is a JSON object, an address never begins like one. */
	if (str_starts(w->uri, STR("{")) && jwk_set_parse(w->uri, w->alg, &s->given) != RC_OK)
		s->given = NULL;
	s->cache = refresh_cache_new(&fetched_type, s, CLIENT_KEYS_KEEP, CLIENT_KEYS_GAP);
	return s;
}

/* Takes it out of the table; it is freed by whoever uses it last. */
static void source_drop(struct client_keys *k, size_t i)
{
	struct keys_source *s = k->sources[i];

	k->sources[i] = k->sources[--k->n];
	if (s->users)
		s->replaced = true;
	else
		source_free(s);
}

static size_t unused_longest(const struct client_keys *k)
{
	size_t found = 0;

	for (size_t i = 1; i < k->n; i++)
		if (k->sources[i]->used < k->sources[found]->used)
			found = i;
	return found;
}

/* A client that names another address, or another algorithm, has another source. */
static struct keys_source *source_find(struct client_keys *k, const struct client_keys_wanted *w)
{
	for (size_t i = 0; i < k->n; i++) {
		struct keys_source *s = k->sources[i];

		if (!str_eq_c(w->client, s->client))
			continue;
		if (str_eq_c(w->uri, s->uri) && s->alg == w->alg)
			return s;
		source_drop(k, i);
		return NULL;
	}
	return NULL;
}

/* NULL: there is none yet, and none is to be made. */
static struct keys_source *source_enter(
	struct client_keys *k, const struct client_keys_wanted *w, bool make)
{
	struct keys_source *s;

	pthread_mutex_lock(&k->lock);
	s = source_find(k, w);
	if (!s && make) {
		if (k->n == CLIENT_KEYS_SETS_MAX)
			source_drop(k, unused_longest(k));
		s = k->sources[k->n++] = source_new(k, w);
	}
	if (s) {
		s->users++;
		s->used = ++k->uses;
	}
	pthread_mutex_unlock(&k->lock);
	return s;
}

static void source_leave(struct client_keys *k, struct keys_source *s)
{
	bool last;

	pthread_mutex_lock(&k->lock);
	last = --s->users == 0 && s->replaced;
	pthread_mutex_unlock(&k->lock);
	if (last)
		source_free(s);
}

/* ---- what requests call ---- */

static struct jwk_set *set_of(void *value)
{
	struct jwk_set *set = jwk_set_ref(((struct fetched_keys *)value)->set);

	fetched_unref(value);
	return set;
}

/* What keys are for that do not say it: assertions; or CIBA requests, if nothing else. */
static enum jose_alg alg_of_keys(const struct client *c)
{
	if (c->assertion_alg && c->assertion_alg != CLIENT_ASSERTION_HS256)
		return (enum jose_alg)c->assertion_alg;
	return c->auth_method == CLIENT_AUTH_PRIVATE_KEY ? JOSE_ALG_INVALID
							 : (enum jose_alg)c->ciba_request_alg;
}

struct client_keys_wanted client_keys_want(const struct client *c, struct str kid)
{
	return (struct client_keys_wanted){
		.client = c->id,
		.uri = c->jwks_uri,
		.alg = alg_of_keys(c),
		.kid = kid,
	};
}

/* Read once: each key of it costs some 60 microseconds of an event thread. */
static enum rc given_get(struct client_keys *k, const struct client *c, struct jwk_set **ret)
{
	struct client_keys_wanted w = client_keys_want(c, STR_NONE);
	struct keys_source *s;
	enum rc rc = RC_INVALID;

	w.uri = c->jwks;
	s = source_enter(k, &w, true);
	if (s->given) {
		*ret = jwk_set_ref(s->given);
		rc = RC_OK;
	}
	source_leave(k, s);
	return rc;
}

enum rc client_keys_get(
	struct client_keys *k, const struct client *c, int64_t now, struct jwk_set **ret)
{
	struct client_keys_wanted w = client_keys_want(c, STR_NONE);
	struct keys_source *s;
	void *value;
	enum rc rc;

	if (c->jwks.n)
		return given_get(k, c, ret);
	if (!c->jwks_uri.n)
		return RC_INVALID;
	s = source_enter(k, &w, false);
	if (!s)
		return RC_NOT_FOUND;
	rc = refresh_cache_peek(s->cache, now, &value);
	if (rc == RC_OK)
		*ret = set_of(value);
	source_leave(k, s);
	return rc;
}

bool client_keys_rest(struct client_keys *k, const struct client_keys_wanted *wanted, int64_t now)
{
	struct keys_source *s = source_enter(k, wanted, false);
	int64_t until;

	if (!s)
		return false;
	until = atomic_load(&s->rests_until);
	source_leave(k, s);
	/* A clock set back makes it over rather than eternal. */
	return now < until && until - now <= CLIENT_KEYS_GAP;
}

/* The set again, for a kid that it has not; somebody before may have fetched it by now. */
static bool fetch_newer(
	struct keys_source *s, struct fetched_keys *have, struct str kid, int64_t now)
{
	bool found = !kid.n || jwk_set_find(have->set, kid);
	void *value;

	if (found || refresh_cache_get(s->cache, now, have, &value) != RC_OK)
		return found;
	found = jwk_set_find(((struct fetched_keys *)value)->set, kid);
	fetched_unref(value);
	return found;
}

void client_keys_fetch(struct client_keys *k, const struct client_keys_wanted *wanted, int64_t now)
{
	struct keys_source *s = source_enter(k, wanted, true);
	bool found = true;
	void *value;

	if (refresh_cache_get(s->cache, now, NULL, &value) == RC_OK) {
		found = fetch_newer(s, value, wanted->kid, now);
		fetched_unref(value);
	}
	atomic_store(&s->rests_until, found ? 0 : now + CLIENT_KEYS_GAP);
	source_leave(k, s);
}

struct admission *client_keys_admission(struct client_keys *k)
{
	return k->admission;
}

size_t client_keys_places(int64_t workers)
{
	int64_t places = workers / 4;

	if (places > CLIENT_KEYS_PLACES)
		return CLIENT_KEYS_PLACES;
	return places < 1 ? 1 : (size_t)places;
}

struct client_keys *client_keys_new(const struct app *app)
{
	struct client_keys *k = xcalloc(1, sizeof(*k));
	const size_t places = client_keys_places(app->settings->workers);
	const struct admission_options options = {
		.places = places,
		.share = (places + 1) / 2,
		.wait_max = WAIT_MAX_MS,
		.waiting = METRIC_CLIENT_KEYS_WAITING,
		.turned_away = METRIC_CLIENT_KEYS_TURNED_AWAY,
		.wait = METRIC_CLIENT_KEYS_WAIT_US,
	};

	k->app = app;
	k->admission = admission_new(&options);
	if (pthread_mutex_init(&k->lock, NULL))
		die("out of memory");
	return k;
}

void client_keys_free(struct client_keys *k)
{
	if (!k)
		return;
	while (k->n)
		source_free(k->sources[--k->n]);
	admission_free(k->admission);
	pthread_mutex_destroy(&k->lock);
	free(k);
}
