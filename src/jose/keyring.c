/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <pthread.h>
#include <stdatomic.h>

#include "jose/keyring.h"

#include "base/die.h"

/* One generation of keys; never changed after it was made. */
struct ring {
	atomic_uint refs;
	struct jwk_set *published, *hints; /* hints: the kept ones, too */
	struct jwk *active[JOSE_ALG_MAX];  /* borrowed from published */
};

struct keyring {
	pthread_mutex_t lock; /* held only to copy or swap the pointer */
	struct ring *ring;
};

const char *key_state_name(enum key_state state)
{
	static const char *const names[KEY_STATE_MAX] = {
		"pending", "active", "retired", "gone", "kept"};

	return state >= KEY_PENDING && state < KEY_STATE_MAX ? names[state] : "invalid";
}

static void ring_unref(struct ring *g)
{
	if (!g || atomic_fetch_sub_explicit(&g->refs, 1, memory_order_acq_rel) != 1)
		return;
	jwk_set_unref(g->published);
	jwk_set_unref(g->hints);
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

static enum rc ring_new(const struct keyring_key *keys, size_t n, struct ring **ret)
{
	struct jwk *published[KEYRING_KEYS_MAX], *hints[KEYRING_KEYS_MAX];
	struct ring *g = xcalloc(1, sizeof(*g));
	size_t count = 0, all = 0;
	enum rc rc = RC_OK;

	atomic_init(&g->refs, 1);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		if (keys[i].state == KEY_GONE)
			continue;
		if (all == KEYRING_KEYS_MAX)
			rc = RC_LIMITED;
		else if (!jwk_is_private(keys[i].jwk))
			rc = RC_INVALID;
		else if (keys[i].state == KEY_ACTIVE && !add_active(g, keys[i].jwk))
			rc = RC_INVALID;
		else
			hints[all++] = keys[i].jwk;
		if (rc == RC_OK && keys[i].state != KEY_KEPT)
			published[count++] = keys[i].jwk;
	}
	if (rc == RC_OK)
		rc = jwk_set_new(published, count, &g->published);
	if (rc == RC_OK)
		rc = jwk_set_new(hints, all, &g->hints);
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
	free(r);
}

enum rc keyring_replace(struct keyring *r, const struct keyring_key *keys, size_t n)
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

enum rc keyring_sign(struct keyring *r, enum jose_alg alg, struct arena *a, const char *typ,
	struct str payload, struct str *ret_token)
{
	struct ring *g;
	enum rc rc = RC_NOT_FOUND;

	if (alg <= JOSE_ALG_INVALID || alg >= JOSE_ALG_MAX)
		return RC_NOT_FOUND;
	g = ring_get(r);
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

unsigned keyring_algs(struct keyring *r)
{
	struct ring *g = ring_get(r);
	unsigned bits = 0;

	for (int alg = JOSE_ALG_INVALID + 1; alg < JOSE_ALG_MAX; alg++)
		if (g->active[alg])
			bits |= JOSE_BIT(alg);
	ring_unref(g);
	return bits;
}
