/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "factors/password/password.h"

#include "base/arena.h"
#include "base/die.h"
#include "core/admission.h"
#include "factors/password/blocklist.h"
#include "crypto/dummy_hash.h"
#include "crypto/hash_pool.h"

/* Bytes a hash passes over in a microsecond, until the first one was measured. */
#define BYTES_PER_US 2400

/* Stands for what is no password, where one is checked all the same. */
static const struct str nobody = STR_INIT("password of no person");

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
	struct hash_pool *hash_pool;
	struct dummy_hashes *dummy_hashes;
	struct admission *admission;
};

/* Microseconds from one hash to the next while all threads compute. */
static int64_t pace_us(const void *data)
{
	const struct password *p = data;
	const struct pwhash_cost *cost = &p->options->cost;
	int64_t mean = hash_pool_mean_us(p->hash_pool);

	if (!mean)
		mean = cost->memory_cost * cost->time_cost / BYTES_PER_US;
	return mean / hash_pool_threads(p->hash_pool);
}

/* Beside those that are computed as many are read and counted, so that no thread waits for the
 * disk. */
static int64_t places(int64_t threads)
{
	return 2 * threads + 1;
}

static void open_admission(struct password *p)
{
	const struct admission_options options = {
		.places = (size_t)places(hash_pool_threads(p->hash_pool)),
		.wait_max = p->options->wait_max * 1000,
		.pace_us = pace_us,
		.data = p,
		.waiting = METRIC_PASSWORDS_WAITING,
		.turned_away = METRIC_PASSWORDS_TURNED_AWAY,
		.wait = METRIC_PASSWORD_WAIT_US,
	};

	if (hash_pool_threads(p->hash_pool) > 0)
		p->admission = admission_new(&options);
}

struct admission *password_admission(const struct password *p)
{
	return p->admission;
}

enum rc password_new(
	const struct password_options *options, struct password **ret, const char **ret_why)
{
	struct blocklist *blocklist;
	struct password *p;
	enum rc rc = blocklist_new(options->blocklist_file, &blocklist, ret_why);

	if (rc != RC_OK)
		return rc;
	p = xcalloc(1, sizeof(*p));
	*p = (struct password){.options = options,
		.rules = options->rules.n ? options->rules.v : &default_rules,
		.n_rules = options->rules.n ? options->rules.n : 1,
		.blocklist = blocklist,
		.arena = arena_new(ARENA_MAX),
		.dummy_hashes = dummy_hashes_new()};
	p->dummy = pwhash_dummy(p->arena, &options->cost);
	p->hash_pool = hash_pool_new(
		options->hash_threads, places(options->hash_threads), options->cost.memory_cost);
	open_admission(p);
	*ret = p;
	return RC_OK;
}

void password_free(struct password *p)
{
	if (!p)
		return;
	admission_free(p->admission);
	hash_pool_free(p->hash_pool);
	blocklist_free(p->blocklist);
	dummy_hashes_free(p->dummy_hashes);
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

bool password_full(struct password *p)
{
	return hash_pool_full(p->hash_pool);
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

/* The input and the result of a hash thread. */
struct password_check_job {
	struct password *p;
	struct arena *a;
	struct str hash, typed, normal;
	bool right;
	struct str rehashed; /* empty: the hash is as it should be */
};

/* One computation of our cost in each case but one: our own hash of an older cost, when right. */
static void check_hash(void *data)
{
	struct password_check_job *c = data;
	const struct pwhash_cost *cost = &c->p->options->cost;

	if (pwhash_legacy(c->hash))
		c->right = legacy_right(c->hash, c->typed, c->normal);
	else
		c->right = pwhash_check(c->hash, c->normal);
	if (c->right && pwhash_stale(c->hash, cost))
		c->rehashed = pwhash_make(c->a, cost, c->normal);
	else if (!c->right && pwhash_legacy(c->hash))
		(void)pwhash_check(c->p->dummy, c->normal);
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

void password_learn(struct password *p, struct str hash)
{
	if (pwhash_stale(hash, &p->options->cost))
		dummy_hashes_learn(p->dummy_hashes, hash);
	else
		dummy_hashes_own(p->dummy_hashes);
}

void password_learned(struct password *p, uint64_t accounts)
{
	dummy_hashes_sampled(p->dummy_hashes, accounts);
}

void password_renewed(struct password *p, struct str hash)
{
	dummy_hashes_renewed(p->dummy_hashes, hash);
}

/* What is checked where there is no password. */
static struct str stand_in(struct password *p, struct arena *a, uint32_t name)
{
	struct str decoy = dummy_hashes_pick(p->dummy_hashes, a, name);

	return decoy.n ? decoy : p->dummy;
}

enum rc password_verify(struct password *p, struct arena *a, const struct credential *credential,
	const struct password_rules *rules, struct str typed, uint32_t name, int64_t now,
	struct password_verdict *ret)
{
	bool known = usable(credential, now);
	struct password_check_job c = {.p = p,
		.a = a,
		.hash = known ? credential->hash : stand_in(p, a, name),
		.typed = typed,
		.normal = nobody};
	bool well_formed = password_normalise(a, typed, &c.normal) == RC_OK;
	enum rc rc = hash_pool_run(p->hash_pool, check_hash, &c);

	if (rc != RC_OK)
		return rc;
	if (known && pwhash_stale(credential->hash, &p->options->cost))
		dummy_hashes_meet(p->dummy_hashes, credential->hash);
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

struct password_change_job {
	struct password *p;
	struct arena *a;
	const struct credential *credential;
	const struct password_rules *rules;
	struct str normal;
	bool used;
	struct str hash; /* of what is not used */
};

static void change_hash(void *data)
{
	struct password_change_job *c = data;

	c->used = used_before(c->credential, c->rules, c->normal);
	if (!c->used)
		c->hash = pwhash_make(c->a, &c->p->options->cost, c->normal);
}

enum rc password_change(struct password *p, struct arena *a, const struct credential *credential,
	const struct password_rules *rules, const struct password_context *context,
	struct str typed, int64_t now, struct credential *ret, unsigned *ret_broken)
{
	struct password_change_job change = {
		.p = p, .a = a, .credential = credential, .rules = rules};
	struct credential c = *credential;
	enum rc rc;

	if (c.forbidden)
		return RC_DENIED;
	*ret_broken = password_check(rules, p->blocklist, context, typed);
	if (*ret_broken || password_normalise(a, typed, &change.normal) != RC_OK)
		return RC_INVALID;
	rc = hash_pool_run(p->hash_pool, change_hash, &change);
	if (rc != RC_OK)
		return rc;
	if (change.used) {
		*ret_broken = PASSWORD_USED_BEFORE;
		return RC_INVALID;
	}
	credential_set_hash(a, &c, change.hash, now);
	c.must_change = MUST_CHANGE_NO;
	c.initial_until = 0;
	c.initial_by = STR_NONE;
	*ret = c;
	return RC_OK;
}
