/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <pthread.h>
#include <stdatomic.h>

#include "jose/keyring.h"

#include "base/die.h"

/* One generation of keys; never changed after it was made. */
struct ring {
	atomic_uint refs;
	struct jwk_set *published, *hints;         /* hints: the kept ones, too */
	struct jwk *active[JOSE_ALG_MAX];          /* borrowed from published */
	struct jwk *spare[JOSE_ALG_MAX];           /* borrowed from keys */
	struct keyring_key keys[KEYRING_KEYS_MAX]; /* what it was made of; references of its own */
	size_t n;
};

struct keyring {
	pthread_mutex_t lock; /* held only to copy or swap the pointer */
	struct ring *ring;
	pthread_mutex_t changing; /* whoever replaces it; before lock */
	unsigned woken;           /* under changing */
	void (*on_publish)(void *data);
	void *on_publish_data;
};

const char *key_state_name(enum key_state state)
{
	static const char *const names[KEY_STATE_MAX] = {
		"pending", "active", "retired", "gone", "kept", "spare"};

	return state >= KEY_PENDING && state < KEY_STATE_MAX ? names[state] : "invalid";
}

static void ring_unref(struct ring *g)
{
	if (!g || atomic_fetch_sub_explicit(&g->refs, 1, memory_order_acq_rel) != 1)
		return;
	jwk_set_unref(g->published);
	jwk_set_unref(g->hints);
	for (size_t i = 0; i < g->n; i++)
		jwk_unref(g->keys[i].jwk);
	free(g);
}

static struct ring *ring_get(struct keyring *r)
{
	struct ring *g;

	pthread_mutex_lock(&r->lock);
	g = r->ring;
	atomic_fetch_add_explicit(&g->refs, 1, memory_order_relaxed);
	pthread_mutex_unlock(&r->lock);
	return g;
}

static bool add_active(struct ring *g, struct jwk *k)
{
	if (g->active[jwk_alg(k)])
		return false;
	g->active[jwk_alg(k)] = k;
	return true;
}

/* Takes one key in. published, hints: arrays with room, of *n_published and *n_hints. */
static enum rc ring_add(struct ring *g, const struct keyring_key *key, struct jwk **published,
	size_t *n_published, struct jwk **hints, size_t *n_hints)
{
	enum jose_alg alg = jwk_alg(key->jwk);

	if (g->n == KEYRING_KEYS_MAX)
		return RC_LIMITED;
	if (!jwk_is_private(key->jwk) || (key->state == KEY_ACTIVE && !add_active(g, key->jwk)))
		return RC_INVALID;
	g->keys[g->n] = *key;
	jwk_ref(g->keys[g->n++].jwk);
	if (key->state == KEY_SPARE) {
		g->spare[alg] = key->jwk;
		return RC_OK;
	}
	hints[(*n_hints)++] = key->jwk;
	if (key->state != KEY_KEPT)
		published[(*n_published)++] = key->jwk;
	return RC_OK;
}

static enum rc ring_new(const struct keyring_key *keys, size_t n, struct ring **ret)
{
	struct jwk *published[KEYRING_KEYS_MAX], *hints[KEYRING_KEYS_MAX];
	struct ring *g = xcalloc(1, sizeof(*g));
	size_t n_published = 0, n_hints = 0;
	enum rc rc = RC_OK;

	atomic_init(&g->refs, 1);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (keys[i].state != KEY_GONE)
			rc = ring_add(g, &keys[i], published, &n_published, hints, &n_hints);
	if (rc == RC_OK)
		rc = jwk_set_new(published, n_published, &g->published);
	if (rc == RC_OK)
		rc = jwk_set_new(hints, n_hints, &g->hints);
	if (rc != RC_OK) {
		ring_unref(g);
		return rc;
	}
	*ret = g;
	return RC_OK;
}

struct keyring *keyring_new(void)
{
	struct keyring *r = xcalloc(1, sizeof(*r));

	pthread_mutex_init(&r->lock, NULL);
	pthread_mutex_init(&r->changing, NULL);
	for (int tries = 0; ring_new(NULL, 0, &r->ring) != RC_OK; tries++)
		memory_wait(tries);
	return r;
}

void keyring_free(struct keyring *r)
{
	if (!r)
		return;
	ring_unref(r->ring);
	pthread_mutex_destroy(&r->lock);
	pthread_mutex_destroy(&r->changing);
	free(r);
}

void keyring_on_publish(struct keyring *r, void (*fn)(void *data), void *data)
{
	r->on_publish = fn;
	r->on_publish_data = data;
}

/* ---- replacing; under changing ---- */

static enum rc replace(struct keyring *r, const struct keyring_key *keys, size_t n)
{
	struct ring *made, *old;
	enum rc rc = ring_new(keys, n, &made);

	if (rc != RC_OK)
		return rc;
	pthread_mutex_lock(&r->lock);
	old = r->ring;
	r->ring = made;
	pthread_mutex_unlock(&r->lock);
	ring_unref(old);
	return RC_OK;
}

static bool stored_active(const struct keyring_key *keys, size_t n, enum jose_alg alg)
{
	for (size_t i = 0; i < n; i++)
		if (keys[i].state == KEY_ACTIVE && jwk_alg(keys[i].jwk) == alg)
			return true;
	return false;
}

/* A spare key that signed already is active, whatever the store says yet. */
static enum rc replace_stored(struct keyring *r, const struct keyring_key *stored, size_t n)
{
	struct keyring_key keys[KEYRING_KEYS_MAX];

	if (n > KEYRING_KEYS_MAX) /* a GONE one may be among them */
		return replace(r, stored, n);
	for (size_t i = 0; i < n; i++) {
		enum jose_alg alg = jwk_alg(stored[i].jwk);

		keys[i] = stored[i];
		if (stored_active(stored, n, alg))
			r->woken &= ~JOSE_BIT(alg);
		else if (keys[i].state == KEY_SPARE && (r->woken & JOSE_BIT(alg)))
			keys[i].state = KEY_ACTIVE;
	}
	return replace(r, keys, n);
}

enum rc keyring_replace(struct keyring *r, const struct keyring_key *keys, size_t n)
{
	enum rc rc;

	pthread_mutex_lock(&r->changing);
	rc = replace_stored(r, keys, n);
	pthread_mutex_unlock(&r->changing);
	return rc;
}

/* keys: a copy of what the ring has, with the spare one at i. */
static bool publish_spare(struct keyring *r, struct keyring_key *keys, size_t n, size_t i)
{
	keys[i].state = KEY_PENDING;
	if (replace(r, keys, n) != RC_OK)
		return false;
	if (r->on_publish)
		r->on_publish(r->on_publish_data);
	keys[i].state = KEY_ACTIVE;
	return replace(r, keys, n) == RC_OK;
}

/* Published first, and active when everybody can fetch it: who signs at that moment waits here. */
static void wake(struct keyring *r, enum jose_alg alg)
{
	struct keyring_key keys[KEYRING_KEYS_MAX];
	struct ring *g;
	size_t i = 0;

	pthread_mutex_lock(&r->changing);
	g = ring_get(r);
	memcpy(keys, g->keys, sizeof(keys));
	while (i < g->n && (keys[i].state != KEY_SPARE || jwk_alg(keys[i].jwk) != alg))
		i++;
	if (!g->active[alg] && i < g->n && publish_spare(r, keys, g->n, i))
		r->woken |= JOSE_BIT(alg);
	ring_unref(g);
	pthread_mutex_unlock(&r->changing);
}

enum rc keyring_sign(struct keyring *r, enum jose_alg alg, struct arena *a, const char *typ,
	struct str payload, struct str *ret_token)
{
	struct ring *g;
	enum rc rc = RC_NOT_FOUND;

	if (alg <= JOSE_ALG_INVALID || alg >= JOSE_ALG_MAX)
		return RC_NOT_FOUND;
	g = ring_get(r);
	if (!g->active[alg]) {
		ring_unref(g);
		wake(r, alg);
		g = ring_get(r);
	}
	if (g->active[alg])
		rc = jws_sign(a, g->active[alg], typ, payload, ret_token);
	ring_unref(g);
	return rc;
}

enum rc keyring_verify(struct keyring *r, struct arena *a, struct str token,
	const struct jws_use *use, struct str *ret_payload, const char **ret_why)
{
	struct ring *g = ring_get(r);
	enum rc rc = jws_verify(a, token, use, g->published, ret_payload, ret_why);

	ring_unref(g);
	return rc;
}

enum rc keyring_verify_hint(struct keyring *r, struct arena *a, struct str token,
	const struct jws_use *use, struct str *ret_payload, const char **ret_why)
{
	struct ring *g = ring_get(r);
	enum rc rc = jws_verify(a, token, use, g->hints, ret_payload, ret_why);

	ring_unref(g);
	return rc;
}

void keyring_write_jwks(struct keyring *r, struct json_writer *out)
{
	struct ring *g = ring_get(r);

	jwk_set_write(g->published, out);
	ring_unref(g);
}

static unsigned bits_of(struct jwk *const keys[JOSE_ALG_MAX])
{
	unsigned bits = 0;

	for (int alg = JOSE_ALG_INVALID + 1; alg < JOSE_ALG_MAX; alg++)
		if (keys[alg])
			bits |= JOSE_BIT(alg);
	return bits;
}

unsigned keyring_algs(struct keyring *r)
{
	struct ring *g = ring_get(r);
	unsigned bits = bits_of(g->active);

	ring_unref(g);
	return bits;
}

unsigned keyring_ready(struct keyring *r)
{
	struct ring *g = ring_get(r);
	unsigned bits = bits_of(g->active) | bits_of(g->spare);

	ring_unref(g);
	return bits;
}

unsigned keyring_woken(struct keyring *r)
{
	unsigned bits;

	pthread_mutex_lock(&r->changing);
	bits = r->woken;
	pthread_mutex_unlock(&r->changing);
	return bits;
}
