/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/portal/portal_session.h"

#include <pthread.h>

#include "base/arena.h"
#include "codec/base64.h"
#include "base/die.h"
#include "codec/json_value.h"
#include "crypto/hash.h"
#include "base/clock.h"
#include "base/random.h"

#define COOKIE_BYTES  32
#define ID_CLAIMS_MAX 65536u

struct portal_entry {
	struct arena *arena; /* NULL: a free slot */
	struct str cookie;
	int64_t expires;
	bool logged_in;
	struct rp_login login;
	struct rp_result result;
	struct str sid, sub; /* of its ID token */
};

struct portal_sessions {
	pthread_mutex_t lock;
	const struct clock *clock;
	const struct rng *rng;
	size_t next;
	unsigned char tokens[PORTAL_TOKENS_MAX][SHA256_SIZE]; /* jti of logout tokens, hashed */
	size_t next_token;
	struct portal_entry v[PORTAL_SESSIONS_MAX];
};

struct portal_sessions *portal_sessions_new(const struct clock *clock, const struct rng *rng)
{
	struct portal_sessions *s = xcalloc(1, sizeof(*s));

	pthread_mutex_init(&s->lock, NULL);
	s->clock = clock;
	s->rng = rng;
	return s;
}

static void clear(struct portal_entry *e)
{
	arena_free(e->arena);
	*e = (struct portal_entry){0};
}

void portal_sessions_free(struct portal_sessions *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < PORTAL_SESSIONS_MAX; i++)
		clear(&s->v[i]);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static struct rp_login copy_login(struct arena *a, const struct rp_login *l)
{
	return (struct rp_login){
		.state = str_dup(a, l->state),
		.nonce = str_dup(a, l->nonce),
		.verifier = str_dup(a, l->verifier),
		.next = str_dup(a, l->next),
	};
}

static struct rp_result copy_result(struct arena *a, const struct rp_result *r)
{
	return (struct rp_result){
		.id_token = str_dup(a, r->id_token),
		.access_token = str_dup(a, r->access_token),
		.id_claims = str_dup(a, r->id_claims),
		.userinfo = str_dup(a, r->userinfo),
		.details = str_dup(a, r->details),
	};
}

static struct portal_entry *new_entry(struct portal_sessions *s, int64_t seconds)
{
	struct portal_entry *e = &s->v[s->next];

	s->next = (s->next + 1) % PORTAL_SESSIONS_MAX;
	clear(e);
	e->arena = arena_new(ARENA_MAX);
	e->cookie = random_base64url(e->arena, s->rng, COOKIE_BYTES);
	e->expires = clock_now(s->clock) + seconds;
	return e;
}

static struct portal_entry *entry_find(struct portal_sessions *s, struct str cookie, bool logged_in)
{
	for (size_t i = 0; cookie.n > 0 && i < PORTAL_SESSIONS_MAX; i++) {
		struct portal_entry *e = &s->v[i];

		if (e->arena == NULL || e->logged_in != logged_in)
			continue;
		if (secret_equal(e->cookie, cookie) && clock_now(s->clock) < e->expires)
			return e;
	}
	return NULL;
}

struct str portal_login_keep(
	struct portal_sessions *s, struct arena *a, const struct rp_login *login)
{
	struct portal_entry *e;
	struct str cookie;

	pthread_mutex_lock(&s->lock);
	e = new_entry(s, PORTAL_LOGIN_SECONDS);
	e->login = copy_login(e->arena, login);
	cookie = str_dup(a, e->cookie);
	pthread_mutex_unlock(&s->lock);
	return cookie;
}

enum rc portal_login_take(
	struct portal_sessions *s, struct arena *a, struct str cookie, struct rp_login *ret)
{
	struct portal_entry *e;

	pthread_mutex_lock(&s->lock);
	e = entry_find(s, cookie, false);
	if (e != NULL) {
		*ret = copy_login(a, &e->login);
		clear(e);
	}
	pthread_mutex_unlock(&s->lock);
	return e != NULL ? RC_OK : RC_NOT_FOUND;
}

static struct str claim_of(struct arena *a, struct str id_claims, const char *name)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = NULL;
	struct str s;

	if (json_value_parse(id_claims, ID_CLAIMS_MAX, &v) != RC_OK ||
		!json_value_str(json_value_get(v, name), &s))
		return STR_NONE;
	return str_dup(a, s);
}

struct str portal_session_keep(
	struct portal_sessions *s, struct arena *a, const struct rp_result *result)
{
	struct portal_entry *e;
	struct str cookie;

	pthread_mutex_lock(&s->lock);
	e = new_entry(s, PORTAL_SESSION_SECONDS);
	e->logged_in = true;
	e->result = copy_result(e->arena, result);
	e->sid = claim_of(e->arena, result->id_claims, "sid");
	e->sub = claim_of(e->arena, result->id_claims, "sub");
	cookie = str_dup(a, e->cookie);
	pthread_mutex_unlock(&s->lock);
	return cookie;
}

static enum rc session_find(struct portal_sessions *s, struct arena *a, struct str cookie, bool end,
	struct rp_result *ret)
{
	struct portal_entry *e;

	pthread_mutex_lock(&s->lock);
	e = entry_find(s, cookie, true);
	if (e != NULL) {
		*ret = copy_result(a, &e->result);
		if (end)
			clear(e);
	}
	pthread_mutex_unlock(&s->lock);
	return e != NULL ? RC_OK : RC_NOT_FOUND;
}

enum rc portal_session_get(
	struct portal_sessions *s, struct arena *a, struct str cookie, struct rp_result *ret)
{
	return session_find(s, a, cookie, false, ret);
}

enum rc portal_session_take(
	struct portal_sessions *s, struct arena *a, struct str cookie, struct rp_result *ret)
{
	return session_find(s, a, cookie, true, ret);
}

/* Notes the token; false: it was here before. */
static bool note_token(struct portal_sessions *s, struct str jti)
{
	unsigned char hash[SHA256_SIZE];

	sha256(jti, hash);
	for (size_t i = 0; i < PORTAL_TOKENS_MAX; i++)
		if (memcmp(s->tokens[i], hash, sizeof(hash)) == 0)
			return false;
	memcpy(s->tokens[s->next_token], hash, sizeof(hash));
	s->next_token = (s->next_token + 1) % PORTAL_TOKENS_MAX;
	return true;
}

static bool is_meant(const struct portal_entry *e, const struct logout_token_claims *token)
{
	if (e->arena == NULL || !e->logged_in)
		return false;
	return token->sid.n ? str_eq(e->sid, token->sid) : str_eq(e->sub, token->sub);
}

enum rc portal_session_end(struct portal_sessions *s, const struct logout_token_claims *token)
{
	bool fresh;

	pthread_mutex_lock(&s->lock);
	fresh = note_token(s, token->jti);
	for (size_t i = 0; fresh && i < PORTAL_SESSIONS_MAX; i++)
		if (is_meant(&s->v[i], token))
			clear(&s->v[i]);
	pthread_mutex_unlock(&s->lock);
	return fresh ? RC_OK : RC_EXISTS;
}
