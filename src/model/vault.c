/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "model/vault.h"

void vault_open(const struct secret *master, struct vault *ret)
{
	secret_derive(master, "pratu citizen number lookup v1", ret->pid_hash);
	secret_derive(master, "pratu citizen number seal v1", ret->pid_seal);
	secret_derive(master, "pratu signing key seal v1", ret->key_seal);
	secret_derive(master, "pratu form token v1", ret->form);
	secret_derive(master, "pratu refresh successor v1", ret->refresh);
	secret_derive(master, "pratu audit checkpoint v1", ret->audit);
}

void vault_close(struct vault *v)
{
	explicit_bzero(v, sizeof(*v));
}

struct str vault_pid_hash(const struct vault *v, struct arena *a, struct str citizen_number)
{
	unsigned char *mac = arena_alloc(a, SHA256_SIZE);

	hmac_sha256((struct str){(const char *)v->pid_hash, 32}, citizen_number, mac);
	return (struct str){(const char *)mac, SHA256_SIZE};
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

struct str id_new(struct arena *a, const struct rng *rng)
{
	return random_b64url(a, rng, 16);
}
