/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypto/dummy_hash.h"

#include "base/die.h"
#include "crypto/pwhash.h"

#include <pthread.h>
#include <string.h>

struct dummy_hash {
	char text[PWHASH_MAX];
	size_t n, form;    /* bytes of it that name form and cost */
	uint64_t accounts; /* that have one */
	uint64_t place;    /* a number of the form, the same in each process */
	/* The usernames that meet it: a stretch of [0, 1) as long as its share of the accounts,
	 * which begins at anchor and shrinks towards it. */
	double anchor;
	bool down; /* the stretch lies below the anchor */
};

struct dummy_hashes {
	pthread_mutex_t lock;
	struct dummy_hash v[DUMMY_HASH_MAX];
	size_t n;
	uint64_t own;  /* accounts with a hash of our own */
	bool anchored; /* the forms have their places */
};

struct dummy_hashes *dummy_hashes_new(void)
{
	struct dummy_hashes *d = xcalloc(1, sizeof(*d));

	pthread_mutex_init(&d->lock, NULL);
	return d;
}

void dummy_hashes_free(struct dummy_hashes *d)
{
	if (!d)
		return;
	pthread_mutex_destroy(&d->lock);
	free(d);
}

/* The length up to the count-th '$' and with it; 0 when there are fewer. */
static size_t dollars(struct str hash, int count)
{
	for (size_t i = 0; i < hash.n; i++)
		if (hash.p[i] == '$' && --count == 0)
			return i + 1;
	return 0;
}

/* How many '$' name form and cost: "$6$", "$6$rounds=N$", "$2b$10$", "$y$j9T$", "$argon2id$v=19$m=,
 * t=,p=$". 0: the cost is negligible ({SSHA}). */
static int form_dollars(struct str hash)
{
	if (str_starts(hash, STR("$argon2id$")))
		return 4;
	if (str_starts(hash, STR("$2")) || str_starts(hash, STR("$y$")))
		return 3;
	if (hash.n > 3 && str_starts(str_sub(hash, 3, hash.n), STR("rounds=")))
		return 3;
	return str_starts(hash, STR("$")) ? 2 : 0;
}

#define BCRYPT_SETTING 29u /* "$2b$10$" and 22 characters of salt */

/* Where the digest begins: behind the last '$', or bcrypt's salt. */
static size_t digest_at(struct str hash)
{
	size_t n = hash.n;

	if (str_starts(hash, STR("$2")))
		return BCRYPT_SETTING;
	while (n && hash.p[n - 1] != '$')
		n--;
	return n;
}

/* Spreads 64 bits over 64 bits (the finalizer of SplitMix64). */
static uint64_t spread(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static uint64_t form_number(struct str form)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < form.n; i++)
		h = (h ^ (unsigned char)form.p[i]) * UINT64_C(0x100000001b3);
	return spread(h);
}

/* The same with a digest that no password has. */
static void dummy_hash_make(struct dummy_hash *d, struct str hash, size_t form)
{
	size_t at = digest_at(hash);

	memcpy(d->text, hash.p, hash.n);
	memset(d->text + at, 'A', hash.n - at);
	d->n = hash.n;
	d->form = form;
	d->accounts = 0;
	d->place = form_number(str_sub(hash, 0, form));
}

/* Bytes of the hash that name form and cost; 0: it costs nothing, or is none. */
static size_t form_of(struct str hash)
{
	int count = form_dollars(hash);
	size_t form = count ? dollars(hash, count) : 0;

	return hash.n > PWHASH_MAX || digest_at(hash) >= hash.n ? 0 : form;
}

static struct dummy_hash *find_form(struct dummy_hashes *d, struct str form)
{
	for (size_t i = 0; i < d->n; i++)
		if (str_eq((struct str){d->v[i].text, d->v[i].form}, form))
			return &d->v[i];
	return NULL;
}

/* NULL: a cheap one, or one too many. The lock is held. */
static struct dummy_hash *find_or_add(struct dummy_hashes *d, struct str hash)
{
	size_t form = form_of(hash);
	struct dummy_hash *known = form ? find_form(d, str_sub(hash, 0, form)) : NULL;

	if (!form || known || d->n == DUMMY_HASH_MAX)
		return known;
	known = &d->v[d->n++];
	dummy_hash_make(known, hash, form);
	/* Come upon later: somewhere, until the next start gives it its place. */
	known->anchor = (double)(known->place >> 11) / 9007199254740992.0;
	return known;
}

void dummy_hashes_learn(struct dummy_hashes *d, struct str hash)
{
	struct dummy_hash *known;

	pthread_mutex_lock(&d->lock);
	known = find_or_add(d, hash);
	if (known)
		known->accounts++;
	else
		d->own++;
	d->anchored = false;
	pthread_mutex_unlock(&d->lock);
}

void dummy_hashes_meet(struct dummy_hashes *d, struct str hash)
{
	struct dummy_hash *known;

	pthread_mutex_lock(&d->lock);
	known = find_or_add(d, hash);
	if (known && !known->accounts)
		known->accounts = 1;
	pthread_mutex_unlock(&d->lock);
}

void dummy_hashes_sampled(struct dummy_hashes *d, uint64_t accounts)
{
	uint64_t sum;

	pthread_mutex_lock(&d->lock);
	sum = d->own;
	for (size_t i = 0; i < d->n; i++)
		sum += d->v[i].accounts;
	if (sum && accounts > sum) {
		d->own = d->own * accounts / sum;
		for (size_t i = 0; i < d->n; i++)
			d->v[i].accounts = d->v[i].accounts * accounts / sum;
	}
	pthread_mutex_unlock(&d->lock);
}

void dummy_hashes_own(struct dummy_hashes *d)
{
	pthread_mutex_lock(&d->lock);
	d->own++;
	pthread_mutex_unlock(&d->lock);
}

void dummy_hashes_renewed(struct dummy_hashes *d, struct str hash)
{
	size_t form = form_of(hash);
	struct dummy_hash *known;

	pthread_mutex_lock(&d->lock);
	known = form ? find_form(d, str_sub(hash, 0, form)) : NULL;
	if (known && known->accounts) {
		known->accounts--;
		d->own++;
	}
	pthread_mutex_unlock(&d->lock);
}

static double share_of(const struct dummy_hashes *d, const struct dummy_hash *form)
{
	uint64_t sum = d->own;

	for (size_t i = 0; i < d->n; i++)
		sum += d->v[i].accounts;
	return sum ? (double)form->accounts / (double)sum : 0;
}

/*
 * Stretches shrink while people's hashes are renewed, and none moves: two forms lie at the two
 * ends, by a bit of their numbers, so that a restart finds them there again; more of them one
 * behind the other, as they are now. The lock is held.
 */
static void anchor(struct dummy_hashes *d)
{
	bool bottom = false, top = false;
	double next = 0;

	if (d->anchored)
		return;
	d->anchored = true;
	for (size_t i = 0; i < d->n; i++) {
		struct dummy_hash *form = &d->v[i];

		form->down = !top && (bottom || form->place & 1);
		form->anchor = form->down ? 1 : next;
		if (form->down)
			top = true;
		else
			next += share_of(d, form);
		bottom |= !form->down;
	}
}

static bool has_username(const struct dummy_hashes *d, const struct dummy_hash *form, double u)
{
	double share = share_of(d, form);

	return form->down ? u >= form->anchor - share && u < form->anchor
			  : u >= form->anchor && u < form->anchor + share;
}

struct str dummy_hashes_pick(struct dummy_hashes *d, struct arena *a, uint32_t number)
{
	double u = (double)(spread(number) >> 11) / 9007199254740992.0; /* 2^53 */
	struct str text = STR_NONE;

	pthread_mutex_lock(&d->lock);
	anchor(d);
	for (size_t i = 0; i < d->n && !text.n; i++)
		if (has_username(d, &d->v[i], u))
			text = str_dup(a, (struct str){d->v[i].text, d->v[i].n});
	pthread_mutex_unlock(&d->lock);
	return text;
}
