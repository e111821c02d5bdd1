/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* When keys change their state: pure rules, no key is touched. */
#include "jose/keyring.h"

static struct keyring_key *find_active(struct keyring_key *keys, size_t n, enum jose_alg alg)
{
	for (size_t i = 0; i < n; i++)
		if (keys[i].state == KEY_ACTIVE && jwk_alg(keys[i].jwk) == alg)
			return &keys[i];
	return NULL;
}

static void retire(struct keyring_key *key, const struct keyring_rotation *rule, int64_t now)
{
	key->state = KEY_RETIRED;
	key->publish_until = now + rule->linger;
}

/* The earliest pending key whose time has come; after a long stop there may be several. */
static struct keyring_key *next_ripe(struct keyring_key *keys, size_t n, int64_t now)
{
	struct keyring_key *ripe = NULL;

	for (size_t i = 0; i < n; i++) {
		if (keys[i].state != KEY_PENDING || keys[i].active_from > now)
			continue;
		if (!ripe || keys[i].active_from < ripe->active_from)
			ripe = &keys[i];
	}
	return ripe;
}

/* A key that is published no more is kept for hints, then goes. */
static bool move_on(struct keyring_key *key, const struct keyring_rotation *rule, int64_t now)
{
	bool over = key->publish_until <= now;

	if (key->state == KEY_RETIRED && over && rule->keep) {
		key->state = KEY_KEPT;
		key->publish_until += rule->keep;
		over = key->publish_until <= now;
		if (!over)
			return true;
	}
	if ((key->state != KEY_RETIRED && key->state != KEY_KEPT) || !over)
		return false;
	key->state = KEY_GONE;
	return true;
}

/* Keys changed by hand day after day must not fill the store: the ones that end first go. */
static bool bound_kept(struct keyring_key *keys, size_t n)
{
	struct keyring_key *first = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (keys[i].state != KEY_KEPT)
			continue;
		kept++;
		if (!first || keys[i].publish_until < first->publish_until)
			first = &keys[i];
	}
	if (kept <= KEYRING_KEPT_MAX)
		return false;
	first->state = KEY_GONE;
	return true;
}

static bool is_unused(const struct keyring_key *key, const struct keyring_rotation *rule)
{
	return rule->unused & JOSE_BIT(jwk_alg(key->jwk));
}

/* A spare key of an algorithm that is used becomes its active one, if it has none. */
static bool take_spare(
	struct keyring_key *keys, size_t n, const struct keyring_rotation *rule, int64_t now)
{
	bool changed = false;

	for (size_t i = 0; i < n; i++) {
		if (keys[i].state != KEY_SPARE || is_unused(&keys[i], rule) ||
			find_active(keys, n, jwk_alg(keys[i].jwk)))
			continue;
		keys[i].state = KEY_ACTIVE;
		keys[i].active_from = now;
		changed = true;
	}
	return changed;
}

/* What nobody uses any more is published until its last token has expired. Not at once: a key that
 * was made by hand is there for somebody who comes, and a client that is changed may change back.
 */
static bool retire_unused(
	struct keyring_key *keys, size_t n, const struct keyring_rotation *rule, int64_t now)
{
	bool changed = false;

	for (size_t i = 0; i < n; i++) {
		if (keys[i].state != KEY_ACTIVE || !is_unused(&keys[i], rule) ||
			keys[i].active_from + rule->overlap > now)
			continue;
		retire(&keys[i], rule, now);
		changed = true;
	}
	return changed;
}

bool keyring_step(
	struct keyring_key *keys, size_t n, const struct keyring_rotation *rule, int64_t now)
{
	struct keyring_key *ripe, *before;
	bool changed = false;

	for (size_t i = 0; i < n; i++)
		changed |= move_on(&keys[i], rule, now);
	while (bound_kept(keys, n))
		changed = true;
	while ((ripe = next_ripe(keys, n, now))) {
		before = find_active(keys, n, jwk_alg(ripe->jwk));
		if (before)
			retire(before, rule, now);
		ripe->state = KEY_ACTIVE;
		changed = true;
	}
	changed |= take_spare(keys, n, rule, now);
	changed |= retire_unused(keys, n, rule, now);
	return changed;
}

static bool has_spare(const struct keyring_key *keys, size_t n, enum jose_alg alg)
{
	for (size_t i = 0; i < n; i++)
		if (keys[i].state == KEY_SPARE && jwk_alg(keys[i].jwk) == alg)
			return true;
	return false;
}

bool keyring_due(const struct keyring_key *keys, size_t n, enum jose_alg alg,
	const struct keyring_rotation *rule, int64_t now, int64_t *ret_active_from)
{
	const struct keyring_key *active = NULL;
	int64_t end, published;

	if (rule->unused & JOSE_BIT(alg)) {
		*ret_active_from = now;
		return !has_spare(keys, n, alg);
	}
	for (size_t i = 0; i < n; i++) {
		if (jwk_alg(keys[i].jwk) != alg)
			continue;
		if (keys[i].state == KEY_PENDING)
			return false;
		if (keys[i].state == KEY_ACTIVE)
			active = &keys[i];
	}
	if (!active) {
		*ret_active_from = now;
		return true;
	}
	end = active->active_from + rule->period;
	published = now + rule->overlap;
	if (end > published)
		return false;
	*ret_active_from = published;
	return true;
}
