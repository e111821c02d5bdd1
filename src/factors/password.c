/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "factors/password.h"

#include "base/arena.h"
#include "base/die.h"
#include "factors/blocklist.h"

#include <pthread.h>

/* Stands for what is no password, where one is checked all the same. */
static const struct str nobody = STR_INIT("nobody's password");

static const struct password_rules default_rules = {
	.name = STR_INIT("default"),
	.min = 8,
	.max = PASSWORD_MAX,
	.lower = true,
	.upper = true,
	.digit = true,
	.special = true,
	.common = true,
	.differs = 5,
	.max_age = INT64_C(90) * 86400,
};

struct password {
	const struct password_options *options;
	const struct password_rules *rules;
	size_t n_rules;
	struct blocklist *blocklist;
	struct arena *arena;
	struct str dummy;

	/* Hashes under way: each takes a processor and the memory of the cost, so that only so
	 * many are computed at once and the rest of the server goes on. */
	pthread_mutex_t lock;
	pthread_cond_t freed;
	int64_t busy, waiting;
};

enum rc password_new(
	const struct password_options *options, struct password **ret, const char **ret_why)
{
	struct blocklist *blocklist;
	struct password *p;
	enum rc rc = blocklist_new(options->block_file, &blocklist, ret_why);

	if (rc != RC_OK)
		return rc;
	p = calloc(1, sizeof(*p));
	if (!p)
		die("out of memory");
	*p = (struct password){.options = options,
		.rules = options->rules.n ? options->rules.v : &default_rules,
		.n_rules = options->rules.n ? options->rules.n : 1,
		.blocklist = blocklist,
		.arena = arena_new(ARENA_MAX)};
	p->dummy = pwhash_nobodys(p->arena, &options->cost);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->freed, NULL);
	*ret = p;
	return RC_OK;
}

void password_free(struct password *p)
{
	if (!p)
		return;
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->freed);
	blocklist_free(p->blocklist);
	arena_free(p->arena);
	free(p);
}

const struct password_rules *password_rules_named(const struct password *p, struct str name)
{
	if (!name.n)
		return p->rules;
	for (size_t i = 0; i < p->n_rules; i++)
		if (str_eq(p->rules[i].name, name))
			return &p->rules[i];
	return NULL;
}

const struct blocklist *password_blocklist(const struct password *p)
{
	return p->blocklist;
}

static bool full(const struct password *p)
{
	return p->busy >= p->options->lanes && p->waiting >= p->options->waiting;
}

bool password_full(struct password *p)
{
	bool is_full;

	pthread_mutex_lock(&p->lock);
	is_full = full(p);
	pthread_mutex_unlock(&p->lock);
	return is_full;
}

static enum rc lane_enter(struct password *p)
{
	enum rc rc = RC_OK;

	pthread_mutex_lock(&p->lock);
	if (full(p))
		rc = RC_LIMITED;
	p->waiting += rc == RC_OK;
	while (rc == RC_OK && p->busy >= p->options->lanes)
		pthread_cond_wait(&p->freed, &p->lock);
	p->waiting -= rc == RC_OK;
	p->busy += rc == RC_OK;
	pthread_mutex_unlock(&p->lock);
	return rc;
}

static void lane_leave(struct password *p)
{
	pthread_mutex_lock(&p->lock);
	p->busy--;
	pthread_cond_signal(&p->freed);
	pthread_mutex_unlock(&p->lock);
}

/* The initial secret dies at its second, also when nobody used it. */
static bool usable(const struct credential *c, int64_t now)
{
	if (!c || !c->hash.n || c->forbidden)
		return false;
	return c->initial_until == 0 || now < c->initial_until;
}

/* Other systems hashed what came from the keyboard, not its normal form. */
static bool legacy_right(struct str hash, struct str typed, struct str normal)
{
	if (pwhash_check(hash, normal))
		return true;
	return !str_eq(typed, normal) && pwhash_check(hash, typed);
}

struct check {
	bool right;
	struct str rehashed; /* empty: the hash is as it should be */
};

/* One computation of our cost in each case but one: our own hash of an older cost, when right. */
static struct check check_hash(
	struct password *p, struct arena *a, struct str hash, struct str typed, struct str normal)
{
	struct check c = {.right = false};

	if (pwhash_legacy(hash))
		c.right = legacy_right(hash, typed, normal);
	else
		c.right = pwhash_check(hash, normal);
	if (c.right && pwhash_stale(hash, &p->options->cost))
		c.rehashed = pwhash_make(a, &p->options->cost, normal);
	else if (!c.right && pwhash_legacy(hash))
		(void)pwhash_check(p->dummy, normal);
	return c;
}

static enum must_change why_change(
	const struct credential *c, const struct password_rules *rules, int64_t now)
{
	if (c->must_change != MUST_CHANGE_NO)
		return (enum must_change)c->must_change;
	if (rules->max_age && now - c->set >= rules->max_age)
		return MUST_CHANGE_EXPIRED;
	return MUST_CHANGE_NO;
}

enum rc password_verify(struct password *p, struct arena *a, const struct credential *credential,
	const struct password_rules *rules, struct str typed, int64_t now,
	struct password_verdict *ret)
{
	bool known = usable(credential, now);
	struct str normal = nobody;
	bool well_formed = password_normalise(a, typed, &normal) == RC_OK;
	struct check c;
	enum rc rc = lane_enter(p);

	if (rc != RC_OK)
		return rc;
	c = check_hash(p, a, known ? credential->hash : p->dummy, typed, normal);
	lane_leave(p);
	if (!known || !well_formed || !c.right)
		return RC_DENIED;
	*ret = (struct password_verdict){.must_change = why_change(credential, rules, now),
		.changed = c.rehashed.n > 0,
		.credential = *credential};
	if (ret->changed) {
		ret->credential.hash = c.rehashed;
		ret->credential.updated = now;
	}
	return RC_OK;
}

/* Is it the present password or one of those before? */
static bool used_before(
	const struct credential *c, const struct password_rules *rules, struct str normal)
{
	int64_t differs = rules->differs ? rules->differs : c->initial_until > 0;

	if (differs > 0 && c->hash.n && pwhash_check(c->hash, normal))
		return true;
	for (size_t i = 0; i < c->history.n && (int64_t)i + 1 < differs; i++)
		if (pwhash_check(c->history.v[i], normal))
			return true;
	return false;
}

enum rc password_change(struct password *p, struct arena *a, const struct credential *credential,
	const struct password_rules *rules, const struct password_context *context,
	struct str typed, int64_t now, struct credential *ret, unsigned *ret_broken)
{
	struct str normal = STR_NONE, hash = STR_NONE;
	struct credential c = *credential;
	enum rc rc;

	if (c.forbidden)
		return RC_DENIED;
	*ret_broken = password_check(rules, p->blocklist, context, typed);
	if (*ret_broken || password_normalise(a, typed, &normal) != RC_OK)
		return RC_INVALID;
	rc = lane_enter(p);
	if (rc != RC_OK)
		return rc;
	if (used_before(&c, rules, normal))
		*ret_broken = PASSWORD_USED_BEFORE;
	else
		hash = pwhash_make(a, &p->options->cost, normal);
	lane_leave(p);
	if (*ret_broken)
		return RC_INVALID;
	credential_set_hash(a, &c, hash, now);
	c.must_change = MUST_CHANGE_NO;
	c.initial_until = 0;
	c.initial_by = STR_NONE;
	*ret = c;
	return RC_OK;
}
