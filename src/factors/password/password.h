/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_FACTORS_PASSWORD_PASSWORD_H
#define PRATU_FACTORS_PASSWORD_PASSWORD_H

/*
 * The password factor: checking a password, changing it. Both compute for tens of milliseconds and
 * may wait for a thread of the hash pool: call them on a worker, with no snapshot open. The attempt
 * is counted before, by factors/gate.h.
 *
 * A login does: throttle_begin; read the account and its credential (NULL where there is none);
 * password_verify; on RC_OK store verdict.credential when .changed; finish the login, with
 * throttle_success in the batch that makes the session, after every factor.
 */
#include "conf/conf.h"
#include "crypto/pwhash.h"
#include "factors/password/password_rules.h"
#include "directory/credential.h"

/* Filled from the configuration by password_conf_options. Times are seconds. */
struct password_options {
	struct pwhash_cost cost;
	int64_t hash_threads; /* hashes computed at once */
	int64_t hash_queue;   /* calls that may wait for a thread; beyond: RC_LIMITED */
	int64_t initial_secret_lifetime;
	struct str blocklist_file; /* further common passwords, one a line; empty: none */
	struct conf_list rules;    /* struct password_rules; the first is the default */
};

/* Rows "password..." with offsets into struct password_options. */
extern const struct conf_option password_conf_options[];
extern const size_t password_n_conf_options;

struct password; /* read-only but for its hash pool; any thread */

/* Computes the hash that stands for unknown accounts. RC_INVALID with a static sentence: the
 * block file cannot be read. options must outlive it. */
MUST_USE enum rc password_new(
	const struct password_options *options, struct password **ret, const char **ret_why);
void password_free(struct password *p); /* NULL is fine */

/* The rules by name, the first for the empty name, NULL when unknown. Never NULL for "". */
const struct password_rules *password_rules_named(const struct password *p, struct str name);
/* What passwords are checked against besides rules and context. */
const struct blocklist *password_blocklist(const struct password *p);

/* Would a call have to be turned away now? Asked before an attempt is counted, so that a crowd
 * costs nobody attempts; a call may still be RC_LIMITED. */
bool password_full(struct password *p);

/* There is an account with this hash: names of nobody shall take as long, should it be of another
 * form or cost. password_verify learns by itself; this is for the start. */
void password_learn(struct password *p, struct str hash);

struct password_verdict {
	enum must_change must_change; /* nothing else may be reached before the change */
	bool changed;                 /* hashed anew by today's cost: store .credential */
	struct credential credential;
};

/*
 * Is it the account's password at now? credential NULL: no such account or no record; the same
 * time is spent. name: a number that follows from the name typed and cannot be foretold; where
 * there are hashes of other costs, it says of which one the time is spent (crypto/dummy_hash.h).
 * RC_DENIED: no, and never why (wrong, none set, closed, initial secret dead, over PASSWORD_MAX).
 * RC_LIMITED: too many wait; answer 503, and the attempt stays counted.
 */
MUST_USE enum rc password_verify(struct password *p, struct arena *a,
	const struct credential *credential, const struct password_rules *rules, struct str typed,
	uint32_t name, int64_t now, struct password_verdict *ret);

/*
 * A new password of the holder's choice, after password_verify or another proof. *ret_broken: the
 * rules it breaks (enum password_rule bits); not 0: RC_INVALID and nothing else is written.
 * *ret: the credential to be put, with its version, and audited (AUDIT_PASSWORD_CHANGED); its
 * initial secret is dead, must_change over. RC_DENIED: passwords are forbidden for the account.
 * RC_LIMITED as above.
 */
MUST_USE enum rc password_change(struct password *p, struct arena *a,
	const struct credential *credential, const struct password_rules *rules,
	const struct password_context *context, struct str typed, int64_t now,
	struct credential *ret, unsigned *ret_broken);

#endif
