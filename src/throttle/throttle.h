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
 * It also holds the limits of everything else that can be done too often (enum throttle_limit).
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
	int64_t address_limit, address_period; /* attempts of one network: IPv4 /24, IPv6 /64; more
						  of its /56, /48 and /32 (codec/ip_network.h) */
	int64_t target_limit, target_period;   /* messages to one recipient, of each kind */
	int64_t message_limit;                 /* the same, of all kinds */
};

/* Rows "throttle..." with offsets into struct throttle_options; behind the last is one without
 * path. */
extern const struct conf_option throttle_conf_options[];
extern const size_t throttle_n_conf_options;

/*
 * Everything that is limited to a number within a period, with its own budget: messages that
 * anybody can cause spend none of the codes that a person logs in by. The table is in limits.c.
 */
enum throttle_limit {
	/* By IP address (IPv6: its /64, /56, /48 and /32) or session, and minute, in the memory of
	 * this process: what costs a record on disk and needs no login or no secret. Lost at a
	 * restart.
	 */
	THROTTLE_LOGINS,            /* logins begun; struct settings */
	THROTTLE_RECOVERY_REQUESTS, /* struct settings */
	THROTTLE_RETURNS_REFUSED,   /* returns that the provider refused */
	THROTTLE_SESSION_CODES,     /* authorization codes of one session */
	THROTTLE_PUSHED,    /* authorization requests pushed by one client; struct settings */
	THROTTLE_NO_CODES,  /* typed as a code of one login, and none; THROTTLE_NO_CODES_MAX */
	THROTTLE_PROVIDERS, /* attempts of an IPv6 /32: address_limit, by the minute */
	THROTTLE_CIBA,      /* backchannel authentication requests of one client */
	THROTTLE_IN_MEMORY, /* number of those before */
	/* In the store, durably: */
	THROTTLE_NETWORK = THROTTLE_IN_MEMORY, /* attempts of a network; address_limit */
	THROTTLE_CODES,          /* codes sent to an email address or number; target_limit */
	THROTTLE_CODES_TYPED,    /* codes of a person to addresses that were typed; target_limit */
	THROTTLE_RECOVERY_MAILS, /* to an email address; target_limit */
	THROTTLE_CIBA_MAILS,     /* about requests of portals, to an email address; target_limit */
	THROTTLE_MESSAGES,       /* of all kinds to one recipient; message_limit */
	THROTTLE_LIMITS
};

#define THROTTLE_NO_CODES_MAX 50 /* in a minute */

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

/* What throttle_success needs, and what may be said of the attempt: the same for a username with an
 * account and without. Holds no pointers: may be copied. */
struct throttle_ticket {
	struct attempt_subject subject;
	int64_t now;  /* seconds */
	int64_t left; /* attempts until the next lock; 0: this one locked */
	int64_t lock; /* seconds of the lock that began with this attempt; 0: none did */
};

#define THROTTLE_WARN 3 /* attempts left from which on people are warned of the lock */
/* The attempts left that a page names: 0 while there are more. */
int64_t throttle_left_named(int64_t left);

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

/* Is the account locked now? Counts nothing. RC_OK: no; RC_LIMITED: yes, for *ret_wait seconds,
 * which are written only then. For what was proven by a password before the lock, and is used
 * after. */
MUST_USE enum rc throttle_locked(
	const struct throttle *g, struct tx *tx, struct str account, int64_t *ret_wait);

/*
 * One more of what is limited, for this subject: RC_OK, or RC_LIMITED with the seconds to wait,
 * which are written only then. What is counted in the store is counted in the batch of what it
 * permits, and concurrent ones make the batch RC_CONFLICT; email addresses count in whatever case.
 * What is counted in memory is counted at once: call it in the first attempt only.
 */
MUST_USE enum rc throttle_take(struct throttle *g, struct tx *tx, enum throttle_limit which,
	struct str subject, int64_t *ret_wait);
/* Would throttle_take of one counted in memory be refused? Counts nothing; returns the same. */
MUST_USE enum rc throttle_spent(struct throttle *g, const struct tx *tx, enum throttle_limit which,
	struct str subject, int64_t *ret_wait);

#endif
