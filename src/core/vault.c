/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/vault.h"

#include "base/random.h"
#include "crypto/hash.h"
#include "crypto/seal.h"

void vault_open(const struct secret *master, struct vault *ret)
{
	secret_derive(master, "pratu citizen number lookup v1", ret->pid_hash);
	secret_derive(master, "pratu citizen number seal v1", ret->pid_seal);
	secret_derive(master, "pratu signing key seal v1", ret->key_seal);
	secret_derive(master, "pratu form token v1", ret->form);
	secret_derive(master, "pratu refresh successor v1", ret->refresh);
	secret_derive(master, "pratu audit checkpoint v1", ret->audit);
	secret_derive(master, "pratu contact lookup v1", ret->contact_hash);
	secret_derive(master, "pratu message seal v1", ret->contact_seal);
	secret_derive(master, "pratu attempt counters v1", ret->attempts);
	secret_derive(master, "pratu one-time code v1", ret->otp);
	secret_derive(master, "pratu client secret seal v1", ret->client_secret);
}

void vault_close(struct vault *v)
{
	explicit_bzero(v, sizeof(*v));
}

static struct str keyed_hash(const unsigned char key[static 32], struct arena *a, struct str text)
{
	unsigned char *mac = arena_alloc(a, SHA256_SIZE);

	hmac_sha256((struct str){(const char *)key, 32}, text, mac);
	return (struct str){(const char *)mac, SHA256_SIZE};
}

struct str vault_pid_hash(const struct vault *v, struct arena *a, struct str citizen_number)
{
	return keyed_hash(v->pid_hash, a, citizen_number);
}

struct str vault_pid_seal(const struct vault *v, struct arena *a, const struct rng *rng,
	struct str person_id, struct str citizen_number)
{
	return secret_seal(a, rng, v->pid_seal, person_id, citizen_number);
}

enum rc vault_pid_open(const struct vault *v, struct arena *a, struct str person_id,
	struct str sealed, struct str *ret)
{
	return secret_open(a, v->pid_seal, person_id, sealed, ret);
}

struct str vault_contact_hash(const struct vault *v, struct arena *a, struct str target)
{
	return keyed_hash(v->contact_hash, a, target);
}

struct str vault_message_seal(const struct vault *v, struct arena *a, const struct rng *rng,
	struct str key, struct str content)
{
	return secret_seal(a, rng, v->contact_seal, key, content);
}

enum rc vault_message_open(
	const struct vault *v, struct arena *a, struct str key, struct str sealed, struct str *ret)
{
	return secret_open(a, v->contact_seal, key, sealed, ret);
}

struct str vault_client_secret_seal(const struct vault *v, struct arena *a, const struct rng *rng,
	struct str client_id, struct str secret)
{
	return secret_seal(a, rng, v->client_secret, client_id, secret);
}

enum rc vault_client_secret_open(const struct vault *v, struct arena *a, struct str client_id,
	struct str sealed, struct str *ret)
{
	return secret_open(a, v->client_secret, client_id, sealed, ret);
}

struct str id_new(struct arena *a, const struct rng *rng)
{
	return random_base64url(a, rng, 16);
}
