/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_DIRECTORY_H
#define PRATU_DIRECTORY_DIRECTORY_H

/*
 * Typed reads and writes of the lasting records. A put changes a record and its index entries in
 * one batch; `old` is what was read (NULL: it must not exist yet) and `version` its version (0 with
 * NULL). If a name is taken concurrently, the commit returns RC_CONFLICT.
 *
 * Reads: RC_NOT_FOUND, RC_CORRUPT. Views live as long as the snapshot.
 */
#include "directory/records.h"
#include "core/schema.h"
#include "core/vault.h"
#include "jose/jwk.h"

#define TOKEN_RIGHTS_MAX                                                                           \
	64 /* of one subject in one system that a token holds (idp/oauth/claims.h) */

MUST_USE enum rc client_get(struct store_snapshot *s, struct arena *a, struct str id,
	struct client *ret, uint64_t *ret_version);
/* What signs its ID tokens, and its access tokens where those are JWTs. */
enum jose_alg client_id_token_alg(const struct client *client);
enum jose_alg client_access_token_alg(const struct client *client);
MUST_USE enum rc system_get(struct store_snapshot *s, struct arena *a, struct str id,
	struct system *ret, uint64_t *ret_version);
MUST_USE enum rc office_get(struct store_snapshot *s, struct arena *a, struct str code,
	struct office *ret, uint64_t *ret_version);
MUST_USE enum rc person_get(struct store_snapshot *s, struct arena *a, struct str id,
	struct person *ret, uint64_t *ret_version);
MUST_USE enum rc person_by_pid(struct store_snapshot *s, struct arena *a, struct str pid_hash,
	struct person *ret, uint64_t *ret_version);
MUST_USE enum rc account_get(struct store_snapshot *s, struct arena *a, struct str id,
	struct account *ret, uint64_t *ret_version);
MUST_USE enum rc account_by_name(struct store_snapshot *s, struct arena *a, struct str username,
	struct account *ret, uint64_t *ret_version);

struct account_list {
	const struct account *v;
	size_t n;
};
/* All accounts of a person: how many there may be is a matter of the arena. */
MUST_USE enum rc accounts_of(
	struct store_snapshot *s, struct arena *a, struct str person, struct account_list *ret);

struct role_grant_list {
	const struct role_grant *v;
	size_t n;
};
/* Grants of a person or account; system empty: for all systems. All of them: how many there may be
 * is a matter of the arena. RC_NOT_FOUND: no subject. */
MUST_USE enum rc role_grants_of(struct store_snapshot *s, struct arena *a,
	enum role_grant_subject kind, struct str subject, struct str system,
	struct role_grant_list *ret);
/* The same one by one, in the order of system, role and office, with nothing kept; until fn returns
 * false. Texts live as long as the snapshot. */
typedef bool (*role_grant_fn)(void *data, const struct role_grant *g);
MUST_USE enum rc role_grants_each(struct store_snapshot *s, struct arena *a,
	enum role_grant_subject kind, struct str subject, struct str system, role_grant_fn fn,
	void *data);
/* A grant's store key; it is its own natural key, so importing it twice changes nothing. */
struct str role_grant_key(struct arena *a, const struct role_grant *g);
/* Is it good at now? */
bool role_grant_valid(const struct role_grant *g, int64_t now);

void client_put(struct store_batch *b, struct arena *a, const struct client *c, uint64_t expect);
void client_delete(struct store_batch *b, const struct client *c, uint64_t version);
void system_put(struct store_batch *b, struct arena *a, const struct system *s, uint64_t expect);
void office_put(struct store_batch *b, struct arena *a, const struct office *o, uint64_t expect);
void role_grant_put(
	struct store_batch *b, struct arena *a, const struct role_grant *g, uint64_t expect);
/* The vault hashes the email for its index (directory/contact.h). */
void person_put(struct store_batch *b, struct arena *a, const struct vault *v,
	const struct person *old, uint64_t version, const struct person *p);
void account_put(struct store_batch *b, struct arena *a, const struct account *old,
	uint64_t version, const struct account *c);

/* Usernames are ASCII letters, digits and . _ - @, compared without regard to case. */
bool username_valid(struct str username);
/* The form in which usernames are looked for, compared and counted, also without an account: as
 * meant (typed_username), lower case. */
struct str username_fold(struct arena *a, struct str username);
/* Natural keys (office codes, system, role and client ids): ASCII letters, digits and . _ - */
bool natural_key_valid(struct str key, size_t max);

#endif
