/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_VAULT_H
#define PRATU_CORE_VAULT_H

/*
 * What the master key protects. One secret outside the database (a file or systemd credential)
 * gives the keys of struct vault by HKDF, each with a purpose of its own (RFC 5869 3.2). Losing it
 * loses the citizen numbers; leaking the database alone does not.
 *
 * Read-only after vault_open; any thread.
 */
#include "base/arena.h"
#include "codec/base64.h"
#include "base/rc.h"
#include "base/secret.h"
#include "base/random.h"

struct vault {
	unsigned char pid_hash[32];      /* HMAC of citizen numbers */
	unsigned char pid_seal[32];      /* AES-256-GCM of citizen numbers */
	unsigned char key_seal[32];      /* AES-256-GCM of signing keys */
	unsigned char form[32];          /* form and step tokens */
	unsigned char refresh[32];       /* successors of refresh tokens */
	unsigned char audit[32];         /* checkpoints of the trail */
	unsigned char contact_hash[32];  /* HMAC of addresses and numbers messages go to */
	unsigned char contact_seal[32];  /* AES-256-GCM of messages that wait */
	unsigned char attempts[32];      /* HMAC of the subjects of attempts */
	unsigned char otp[32];           /* HMAC of one-time codes */
	unsigned char client_secret[32]; /* AES-256-GCM of secrets that clients sign with */
};

void vault_open(const struct secret *master, struct vault *ret);
/* Wipes. */
void vault_close(struct vault *v);

/* The lookup key of a citizen number: HMAC-SHA-256, 32 bytes. */
struct str vault_pid_hash(const struct vault *v, struct arena *a, struct str citizen_number);
/* Sealed under the person's id, so that two records cannot be swapped. */
struct str vault_pid_seal(const struct vault *v, struct arena *a, const struct rng *rng,
	struct str person_id, struct str citizen_number);
MUST_USE enum rc vault_pid_open(const struct vault *v, struct arena *a, struct str person_id,
	struct str sealed, struct str *ret);

/* The same for where messages go (deliver/outbox.h) and what they say, sealed under their key. */
struct str vault_contact_hash(const struct vault *v, struct arena *a, struct str target);
struct str vault_message_seal(const struct vault *v, struct arena *a, const struct rng *rng,
	struct str key, struct str content);
MUST_USE enum rc vault_message_open(
	const struct vault *v, struct arena *a, struct str key, struct str sealed, struct str *ret);

/* The same for the secret of a client, under its id. */
struct str vault_client_secret_seal(const struct vault *v, struct arena *a, const struct rng *rng,
	struct str client_id, struct str secret);
MUST_USE enum rc vault_client_secret_open(const struct vault *v, struct arena *a,
	struct str client_id, struct str sealed, struct str *ret);

/* A new id: 128 random bits, 22 characters of base64url. */
struct str id_new(struct arena *a, const struct rng *rng);

#endif
