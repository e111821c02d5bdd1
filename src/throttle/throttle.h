/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_THROTTLE_THROTTLE_H
#define PRATU_THROTTLE_THROTTLE_H

/*
 * The throttle: one counter of attempts against an account, whatever is guessed (password, code),
 * at any endpoint, in any tab and session, and by whichever username. Each attempt is counted
 * durably before the secret is checked, so that parallel guesses cannot exceed the limit. Usernames
 * without an account are counted in the same manner by a keyed hash and get the same responses.
 *
 * The first `free` attempts are not delayed; each further one doubles the delay; each lock_after-th
 * locks the account for a time, every further lock twice as long. A successful login resets the
 * counters. ThaID is not throttled, so that nobody can be locked out of it.
 *
 * throttle_begin and throttle_address commit: call them on a worker, with no snapshot open. The
 * others add to a batch. Any thread.
 */
#include "conf/conf.h"
#include "directory/credential.h"

/* Filled from the configuration by throttle_conf_options. Times are seconds. */
struct throttle_options {
	int64_t free;      /* attempts without delay */
	int64_t delay_max; /* 1, 2, 4 ... at most */
	int64_t lock_after;
	int64_t lock, lock_max;
	int64_t address_limit, address_period; /* attempts of one /24 or /64 */
	int64_t target_limit, target_period;   /* messages to one address or number */
};

/* Rows "gate..." with offsets into struct throttle_options. */
extern const struct conf_option throttle_conf_options[];
extern const size_t throttle_n_conf_options;

struct throttle;

/* app (store, vault, clock) and options must outlive it. */
struct throttle *throttle_new(const struct app *app, const struct throttle_options *options);
void throttle_free(struct throttle *g); /* NULL is fine */

struct throttle_attempt {
	struct str account; /* account id; empty: no account has the name */
	struct str person;  /* of the account, for the audit trail; may be empty */
	struct str name;    /* as typed; used only when there is no account */
	struct str address; /* the client's (exchange.peer); empty: not counted */
	bool code;          /* the attempt is at a one-time code */
};

/* What throttle_success needs. Holds no pointers: may be copied. */
struct throttle_ticket {
	struct attempt_subject subject;
	int64_t now; /* seconds */
};

/*
 * Counts one attempt. RC_OK: check the secret. RC_LIMITED: do not check it; *ret_wait (written only
 * then) is the delay in seconds, at least 1. Other codes are the store's: do not check it either.
 */
MUST_USE enum rc throttle_begin(struct throttle *g, struct arena *a,
	const struct throttle_attempt *who, struct throttle_ticket *ret, int64_t *ret_wait);
/*
 * Counts what costs as much as an attempt but guesses nothing (a new password is hashed) against
 * the network of the address alone; empty: RC_OK. Returns as throttle_begin.
 */
MUST_USE enum rc throttle_address(
	struct throttle *g, struct arena *a, struct str address, int64_t *ret_wait);
/* Resets the attempts in the batch of a login that completed with every factor. code: a one-time
 * code was verified as well. Without it the failed codes stay counted; otherwise somebody with the
 * password could reset them wherever a password is enough. */
MUST_USE enum rc throttle_success(struct tx *tx, const struct throttle_ticket *ticket, bool code);

/* One message to this email address (in whatever case) or number, in the batch that puts the
 * message: RC_OK, or RC_LIMITED with the seconds to wait. Parallel ones make the batch
 * RC_CONFLICT. */
MUST_USE enum rc throttle_target(
	struct throttle *g, struct tx *tx, struct str target, int64_t *ret_wait);

#endif
