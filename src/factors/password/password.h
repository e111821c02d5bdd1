/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_FACTORS_PASSWORD_PASSWORD_H
#define PRATU_FACTORS_PASSWORD_PASSWORD_H

/*
 * The password factor: checking a password, changing it. Both compute for tens of milliseconds and
 * may wait for a thread of the hash pool: call them on a worker, with no snapshot open. The attempt
 * is counted before, by throttle/throttle.h.
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
	int64_t wait_max;     /* seconds a login may expect to wait for a thread */
	int64_t initial_secret_lifetime;
	struct str blocklist_file; /* further common passwords, one a line; empty: none */
	struct conf_list rules;    /* struct password_rules; the first is the default */
};

/* Rows "password..." with offsets into struct password_options; ended by a row without path. */
extern const struct conf_option password_conf_options[];

struct password; /* read-only but for its hash pool; any thread */

/* Computes the hash that stands for unknown accounts. RC_INVALID with a static sentence: the
 * block file cannot be read. options must outlive it. */
MUST_USE enum rc password_new(
	const struct password_options *options, struct password **ret, const char **ret_why);
void password_free(struct password *p); /* NULL is fine */

/* The rules by name, the first for the empty name, NULL when unknown. Never NULL for "". */
const struct password_rules *password_rules_named(const struct password *p, struct str name);

/* Where requests wait for their turn at a hash, before anything of them is looked at or counted
 * (core/admission.h); NULL: there is no hash thread. As long as p lives. */
struct admission *password_admission(const struct password *p);
/* Whether a call would be rejected now: only where requests were not admitted first. Call it before
 * an attempt is counted, so that load does not use up attempts. */
bool password_full(struct password *p);

/* At the start: counts the hash of an account, so that unknown usernames take as long, in the same
 * mix of formats and costs. learned: those were a sample of this many. */
void password_learn(struct password *p, struct str hash);
void password_learned(struct password *p, uint64_t accounts);
/* The hash of an account was replaced by one of ours (crypto/dummy_hash.h). */
void password_renewed(struct password *p, struct str hash);

struct password_verdict {
	enum must_change must_change; /* nothing else may be reached before the change */
	bool changed;                 /* hashed again with the current cost: store .credential */
	struct credential credential;
};

/*
 * Is it the account's password at now? credential NULL: no such account or no record; the same time
 * is spent. name: a number that follows from the username and cannot be predicted; it selects the
 * dummy hash if there are several costs (crypto/dummy_hash.h). RC_DENIED: no, without the reason
 * (wrong, none set, disabled, initial secret expired, over PASSWORD_MAX). RC_LIMITED: too many are
 * queued; respond with 503; the attempt stays counted.
 */
MUST_USE enum rc password_verify(struct password *p, struct arena *a,
	const struct credential *credential, const struct password_rules *rules, struct str typed,
	uint32_t name, int64_t now, struct password_verdict *ret);

/*
 * A new password of the holder's choice, after password_verify or another proof. *ret_broken: the
 * rules it violates (enum password_rule bits); if not 0, the result is RC_INVALID and nothing else
 * is written. *ret: the credential to be put, with its version, and audited
 * (AUDIT_PASSWORD_CHANGED); its initial secret is invalid, must_change is cleared. RC_DENIED:
 * password login is disabled for the account. RC_LIMITED as above.
 */
MUST_USE enum rc password_change(struct password *p, struct arena *a,
	const struct credential *credential, const struct password_rules *rules,
	const struct password_context *context, struct str typed, int64_t now,
	struct credential *ret, unsigned *ret_broken);

#endif
