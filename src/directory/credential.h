/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_CREDENTIAL_H
#define PRATU_DIRECTORY_CREDENTIAL_H

/*
 * The data of password login for an account: one credential record by account id, and the counters
 * of attempts (throttle/throttle.h). Hashes are never written to JSON.
 *
 * An account without a record has no password, and its holder cannot set one: it starts with an
 * initial secret or an imported hash.
 */
#include "codec/field.h"
#include "core/schema.h"
#include "core/tx.h"
#include "core/vault.h"

#define CREDENTIAL_HISTORY_MAX  24 /* older hashes kept */
#define CREDENTIAL_VERSION_SIZE 16 /* bytes */

/* Why the password must be changed before anything else is reached. */
enum must_change {
	MUST_CHANGE_NO,
	MUST_CHANGE_INITIAL,    /* it is an initial secret */
	MUST_CHANGE_REASSIGNED, /* the account has another holder */
	MUST_CHANGE_ORDERED,    /* an administrator or the owner asked for it */
	MUST_CHANGE_EXPIRED,    /* older than its rules allow; computed, never stored */
	MUST_CHANGE_MAX
};

struct credential {
	struct str account;
	struct str hash;        /* argon2id, or imported until its first use; empty: none */
	int64_t set;            /* when the password was chosen; 0: unknown (imported) */
	int must_change;        /* enum must_change */
	struct strlist history; /* hashes before, the newest first */
	int64_t initial_until;  /* expiry of the initial secret; 0: the hash is no initial secret */
	struct str initial_by;  /* actor that issued it */
	bool forbidden;         /* password login is disabled: ThaID only */
	struct str forbidden_by, forbidden_reason;
	int64_t forbidden_at;
	int64_t updated;
};

MUST_USE enum rc credential_get(struct store_snapshot *s, struct arena *a, struct str account,
	struct credential *ret, uint64_t *ret_version);
void credential_put(
	struct store_batch *b, struct arena *a, const struct credential *c, uint64_t expect);
/* Names the hash in force, so that another one is noticed: CREDENTIAL_VERSION_SIZE bytes in the
 * arena. */
struct str credential_version_of(struct arena *a, const struct credential *c);
/* Makes hash the one in force and moves the one before it into the history. */
void credential_set_hash(struct arena *a, struct credential *c, struct str hash, int64_t now);
/* Forgets the password in force (it joins the history) and an initial secret: the account begins
 * again with a new initial secret. */
void credential_forget_password(struct arena *a, struct credential *c, int64_t now);
/* Disables password login, so that only ThaID remains, or enables it again. by, reason: views. */
void credential_disable(struct credential *c, struct str by, struct str reason, int64_t now);
void credential_enable(struct credential *c, int64_t now);
/* by and reason where it was the holder's wish, not an administrator's. */
#define DISABLED_BY_HOLDER  "holder"
#define DISABLED_NOT_ME     "not_me"     /* "this was not me" */
#define DISABLED_THAID_ONLY "thaid_only" /* ThaID for good */

/*
 * Attempts counted against one subject. The record's key is expiring: a day's number, then 16 bytes
 * of keyed hash, so it is looked for in yesterday's, today's and (a clock that stepped back)
 * tomorrow's place.
 */
struct attempts {
	int64_t count;
	int64_t last_ms;  /* of the last one counted */
	int64_t until_ms; /* no other one before */
	bool locked;      /* until_ms is the end of a lock, not of a delay */
	int64_t codes;    /* of count: attempts at a code; kept by a login without one */
};

#define ATTEMPT_SUBJECT_SIZE 16    /* bytes */
#define ATTEMPT_BUCKETS      3     /* keys a subject's record may have now */
#define ATTEMPT_PERIOD       86400 /* seconds; a record lives one to two of them */

enum attempt_kind { ATTEMPT_ACCOUNT, ATTEMPT_NAME, ATTEMPT_IP_ADDRESS, ATTEMPT_TARGET };

struct attempt_subject {
	unsigned char bytes[ATTEMPT_SUBJECT_SIZE];
};
/* Usernames that do not exist share this many subjects, so that invented names cannot fill the
 * disk. */
#define ATTEMPT_NAME_SUBJECTS (1u << 20)
struct attempt_subject attempt_subject(
	const struct vault *v, enum attempt_kind kind, struct str what);
/* This period's key first, then those of the one before and after. period: ATTEMPT_PERIOD, or that
 * of a rate. */
void attempt_keys(struct arena *a, const struct attempt_subject *subject, int64_t now,
	int64_t period, struct str ret[static ATTEMPT_BUCKETS]);
/* What is counted against a subject, place by place; a version STORE_ABSENT: nothing there. */
struct attempts_found {
	struct attempts buckets[ATTEMPT_BUCKETS];
	struct str keys[ATTEMPT_BUCKETS];
	uint64_t versions[ATTEMPT_BUCKETS];
};
MUST_USE enum rc attempts_get(struct store_snapshot *s, struct arena *a,
	const struct attempt_subject *subject, int64_t now, int64_t period,
	struct attempts_found *ret);
/* Makes the commit fail with RC_CONFLICT if a concurrent login of this account counts an attempt or
 * completes. Callers that end all sessions need this: a login in progress could otherwise create a
 * session they do not see. */
MUST_USE enum rc attempts_guard(struct store_snapshot *s, struct store_batch *b, struct arena *a,
	const struct attempt_subject *subject, int64_t now);
/* Resets all counters of an account or username. */
void attempts_reset(
	struct store_batch *b, struct arena *a, const struct attempt_subject *subject, int64_t now);
/* The same of an account, by its id. */
MUST_USE enum rc attempts_guard_account(struct tx *tx, struct str account);
void attempts_reset_account(struct tx *tx, struct str account);

extern const struct record_type record_credential, record_attempts;
extern const char *const must_change_words[];

#endif
