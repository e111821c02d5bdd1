/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_FACTOR_H
#define PRATU_IDP_LOGIN_FACTOR_H

/*
 * Factor: a way of proving oneself that happens here. A primary factor (password) finds the account
 * and opens a login; a second factor (a code by mail or SMS) confirms a login that is under way.
 *
 * The flow owns this contract and includes no factor; src/main hands it the registry. A factor
 * decides what is right and what is too much (it asks the throttle before it looks at what was
 * typed); the flow decides what is next. A factor never writes the transaction.
 *
 * Functions of the `run` half of an operation read op->tx.snap and add to op->tx.batch; they may
 * run again on a new snapshot, and what they found becomes true only when the batch is on disk. An
 * attempt is counted before, durably, in the `before` half.
 */
#include "directory/credential.h"
#include "directory/directory.h"

struct op;
struct factor;

enum factor_outcome {
	FACTOR_PROVEN,
	FACTOR_WRONG,   /* also if there is no such account, without a difference */
	FACTOR_LIMITED, /* too many attempts; `wait` says for how long; nothing was looked at */
	FACTOR_OVER,    /* the code died: too old, or replaced by another */
	FACTOR_BUSY     /* ours to answer for: try again */
};

struct factor_verdict {
	enum factor_outcome outcome;
	int64_t wait;       /* seconds; FACTOR_LIMITED */
	struct str account; /* id; FACTOR_PROVEN of a primary factor */
	int must_change;    /* enum must_change: it opens nothing until it is changed, and why */
	struct str credential_version; /* names the secret that was proven (credential_version_of);
					  primary */
	const char *why;               /* a closed word for the trail; may be NULL */
	struct str tried_account, tried_person; /* FACTOR_WRONG: whose it was not; for the trail */
	void *proof;                            /* the factor's own, from check to accept */
};

/* Purposes of codes: closed words. */
#define OTP_FOR_LOGIN    "login"
#define OTP_FOR_EMAIL    "email"  /* to prove an email address */
#define OTP_FOR_MOBILE   "mobile" /* to prove a mobile number */
#define OTP_FOR_RECOVERY "reset"  /* to set a new password in place of a forgotten one */

/* What a code is for: one made for one of these never fits another. */
struct factor_binding {
	struct str transaction; /* key of the interaction */
	struct str client;      /* id; empty: the launcher */
	const char *purpose;    /* OTP_FOR_LOGIN ...: also in the message */
	struct str site;        /* whose login it is, in words, for the message */
	struct person person;
	/* The address to prove, instead of a proven one of the person; empty: the person's. */
	struct str target;
};

/* Where a code would go, and what the page shows of the one under way. */
struct factor_target {
	struct str masked; /* "so*****@office.go.th" */
	bool mail;         /* who reads the person's email reads the code */
	int64_t changed;   /* when the address came into force; 0: long ago */
};

struct factor_sent {
	struct str masked;
	struct str reference;
	int64_t seconds; /* the code lives on; 0 = dead */
	int64_t resend;  /* until another may be sent; 0 = now */
	bool stuck;      /* its message could not be handed over so far */
};

/* A rule for new secrets, as a page lists it. */
struct factor_rule {
	const char *word; /* "too_short": what breaking it is called */
	unsigned bit;
	int64_t n; /* the number in it; 0: none */
};
#define FACTOR_RULES_MAX 16

/* A new secret of the holder's choice. */
struct factor_change {
	enum factor_outcome outcome; /* PROVEN: good; WRONG: breaks rules, or may not be; BUSY */
	unsigned broken;             /* bits of the rules it breaks */
	void *proof;                 /* the factor's own, from change to changed */
};

struct factor_type {
	const char *name; /* "password", "otp_email": in policies and sessions */
	const char *amr;  /* RFC 8176 value recorded in the session */

	/* --- primary; NULL in a second factor --- */

	/* On a worker, without a snapshot: counts the attempt (a commit of its own), then looks at
	 * the secret. What is LIMITED or BUSY was not looked at. Takes the same time whether there
	 * is such an account or not. rules: of the login policy. */
	void (*check)(struct factor *f, struct op *op, struct str username, struct str secret,
		struct str rules, struct factor_verdict *ret);
	/* In run, after FACTOR_PROVEN: makes the commit depend on the secret that was checked, and
	 * adds what a right answer changes. RC_DENIED: not any more. */
	enum rc (*accept)(struct factor *f, struct op *op, const struct factor_verdict *v);
	/* In run, at every later step: is it still the secret that was proven? RC_DENIED: this way
	 * was closed for the account; RC_EXPIRED: the secret is another one now, or none.
	 * credential_version empty: only whether the way is closed. */
	enum rc (*holds)(struct op *op, struct str account, struct str credential_version);

	/* The rules of a policy's set; returns how many. */
	size_t (*rules)(struct factor *f, struct str rules,
		struct factor_rule ret[static FACTOR_RULES_MAX]);
	int64_t (*max_age)(struct factor *f, struct str rules); /* seconds; 0: for ever */
	/* On a worker, without a snapshot: is it good as the account's new secret? Then in run:
	 * puts it. RC_DENIED: the account's secret was changed concurrently. */
	void (*change)(struct factor *f, struct op *op, struct str account, struct str typed,
		struct str rules, struct factor_change *ret);
	enum rc (*changed)(struct factor *f, struct op *op, const struct factor_change *c);
	/* In run: a session begins, or a forced change is done; the attempts counted against the
	 * account are forgotten, those at codes only where one was proven. */
	enum rc (*finished)(struct factor *f, struct op *op, struct str account, bool code);

	/* --- second; NULL in a primary factor --- */

	/* Is there an address of this person's to send to? */
	bool (*can_use)(struct factor *f, struct op *op, const struct person *person,
		struct factor_target *ret);
	/* In run: makes a code, replacing one under way for the same purpose, and posts it.
	 * RC_LIMITED: *ret_wait says when; RC_DENIED: no address. */
	enum rc (*trigger)(
		struct factor *f, struct op *op, const struct factor_binding *b, int64_t *ret_wait);
	/* The code under way for this binding; RC_NOT_FOUND when there is none. */
	enum rc (*state)(struct factor *f, struct op *op, const struct factor_binding *b,
		struct factor_sent *ret);
	/* On a worker, without a snapshot: counts an attempt against the account (a commit of its
	 * own). RC_LIMITED: *ret_wait seconds; then nothing may be looked at. */
	enum rc (*count)(
		struct factor *f, struct op *op, const struct account *account, int64_t *ret_wait);
	/* In run, after count: looks. A right code is used up. */
	enum rc (*validate)(struct factor *f, struct op *op, const struct factor_binding *b,
		struct str typed, struct factor_verdict *ret);

	void (*free)(struct factor *f);
};

/* Every factor's struct begins with this. */
struct factor {
	const struct factor_type *type;
};

#endif
