/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypto/dummy_hash.h"

#include "base/die.h"
#include "crypto/pwhash.h"

#include <pthread.h>
#include <string.h>

struct dummy_hash {
	char text[PWHASH_MAX];
	size_t n, form; /* bytes of it that name form and cost */
};

struct dummy_hashes {
	pthread_mutex_t lock;
	struct dummy_hash v[DUMMY_HASH_MAX];
	size_t n;
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

/* The same with a digest that no password has. */
static void dummy_hash_make(struct dummy_hash *d, struct str hash, size_t form)
{
	size_t at = digest_at(hash);

	memcpy(d->text, hash.p, hash.n);
	memset(d->text + at, 'A', hash.n - at);
	d->n = hash.n;
	d->form = form;
}

static bool is_known(const struct dummy_hashes *d, struct str form)
{
	for (size_t i = 0; i < d->n; i++)
		if (str_eq((struct str){d->v[i].text, d->v[i].form}, form))
			return true;
	return false;
}

void dummy_hashes_learn(struct dummy_hashes *d, struct str hash)
{
	int count = form_dollars(hash);
	size_t form = count ? dollars(hash, count) : 0;

	if (!form || hash.n > PWHASH_MAX || digest_at(hash) >= hash.n)
		return;
	pthread_mutex_lock(&d->lock);
	if (d->n < DUMMY_HASH_MAX && !is_known(d, str_sub(hash, 0, form)))
		dummy_hash_make(&d->v[d->n++], hash, form);
	pthread_mutex_unlock(&d->lock);
}

struct str dummy_hashes_pick(struct dummy_hashes *d, struct arena *a, uint32_t number)
{
	struct str text = STR_NONE;
	size_t i;

	pthread_mutex_lock(&d->lock);
	i = number % (d->n + 1);
	if (i < d->n)
		text = str_dup(a, (struct str){d->v[i].text, d->v[i].n});
	pthread_mutex_unlock(&d->lock);
	return text;
}
