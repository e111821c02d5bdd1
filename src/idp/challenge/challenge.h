/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CHALLENGE_CHALLENGE_H
#define PRATU_IDP_CHALLENGE_CHALLENGE_H

/*
 * Challenge: a one-time code sent to a contact of a person, typed back within CHALLENGE_LIFE. The
 * same code path serves a login, an email enrolled in one, a changed contact, an account recovery
 * and the confirmation of a text.
 *
 * Six digits, good once, for one person, transaction, client, purpose, contact and text to confirm;
 * one is under way for each person and purpose (NIST SP 800-63B-4 3.1.3.2: at least six digits, at
 * most ten minutes). The store knows only an HMAC under a key of the vault. A text to confirm
 * stands in the message and on the page and is part of the HMAC: a code sent for one text never
 * fits another. What was typed is counted by the attempt throttle before it is looked at, and
 * another code forgets no attempt; how many codes one owner may send and try is the owner's
 * to count.
 *
 * What a code by email proves is the policy's to say: for NIST SP 800-63B-4 3.1.3.1 a mailbox is no
 * second factor.
 *
 * Functions read the operation's snapshot and add to its batch, unless noted. Any thread.
 */
#include "core/auth_method.h"
#include "core/otp_purpose.h"
#include "directory/records.h"
#include "throttle/throttle.h"
#include "core/op.h"

#define CHALLENGE_DIGITS    6
#define CHALLENGE_LIFE      300 /* seconds a code is good */
#define CHALLENGE_RESEND    60  /* seconds until another may be sent */
#define CHALLENGE_REFERENCE 4   /* letters and digits of the reference code */
#define CHALLENGE_TEXT_MAX  300 /* bytes of a text to confirm */

/* A message that is to be sent when the operation's batch is on disk. */
struct challenge_message {
	enum auth_contact contact;
	struct str target;
	struct str subject; /* email only */
	struct str text;
	const char *purpose;
	struct str person;
	int64_t not_after;
	struct str *ret_id; /* put writes the message's id here */
};

/* The way out: factors/otp gives the outbox. */
struct challenge_post {
	/* Are there messages of this kind at all? */
	bool (*offers)(void *data, enum auth_contact contact);
	/* Adds the message to the batch. RC_LIMITED: too many to this target; RC_UNAVAILABLE. */
	enum rc (*put)(void *data, struct op *op, const struct challenge_message *m);
	void *data;
	/* Was delivery of the message of this id tried, and failed so far? May be NULL. */
	bool (*stuck)(void *data, struct op *op, struct str id);
	/* Adds to the batch that it is not sent again, should it still wait. May be NULL. */
	enum rc (*take_back)(void *data, struct op *op, struct str id);
};

/* What all challenges of an application share (app.challenges); both outlive it. */
struct challenges {
	const struct challenge_post *post;
	struct throttle *throttle;
};

/* What a code is for: one made for one of these never fits another. */
struct challenge {
	const struct auth_method *method; /* by which it goes: its contact, its name in the trail */
	const char *purpose;              /* OTP_FOR_LOGIN ... */
	struct str transaction;           /* of the owner: a login's key, an id */
	struct str client;                /* id; empty: none */
	struct str site;                  /* whose login it is, in words, for the message */
	const struct person *person;
	struct str target; /* the contact to prove; empty: the person's proven one */
	struct str text;   /* to confirm; empty: none. Longer than CHALLENGE_TEXT_MAX: a fault */
	struct str account, session; /* for the trail; may be empty */
};

/* The code under way, as its page shows it. */
struct challenge_sent {
	struct str masked;
	struct str reference; /* empty: none was sent */
	int64_t seconds;      /* the code lives on; 0 = dead */
	int64_t resend;       /* until another may be sent; 0 = now */
	bool stuck;           /* its message could not be handed over so far */
};

/* The proven contact that this method sends to, or empty; its masked form. */
struct str challenge_contact(enum auth_contact contact, const struct person *person);
/* auth_method.available of a method that sends codes. */
bool challenge_available(const struct auth_method *m, struct op *op, const struct person *person,
	struct auth_target *ret);

/*
 * Makes a code, replacing one under way for the same person and purpose, posts it and audits that.
 * AUTH_REASON_NONE: sent. AUTH_LIMITED: *ret_wait seconds until one may be; AUTH_BUSY: not now.
 */
enum auth_reason challenge_send(struct op *op, const struct challenge *c, int64_t *ret_wait);
/* The code under way for it; RC_OK also when there is none (reference empty). */
MUST_USE enum rc challenge_state(
	struct op *op, const struct challenge *c, struct challenge_sent *ret);
/* Is one under way that is still good? */
bool challenge_alive(struct op *op, const struct challenge *c);
/* After challenge_count: looks. AUTH_REASON_NONE in *ret: right, and used up; AUTH_WRONG;
 * AUTH_OVER: it died. */
MUST_USE enum rc challenge_verify(
	struct op *op, const struct challenge *c, struct str typed, enum auth_reason *ret);
/* The word of a refusal for log and trail. */
const char *challenge_why(enum auth_reason reason);

/*
 * Before an attempt is counted, on a snapshot: is it one? AUTH_MALFORMED: what was typed is no six
 * digits (codec/typed.h), so it cannot be the code. AUTH_REPLACED: it was the code of an earlier
 * message of the same transaction, for which the store keeps macs as well; nothing can be learned
 * about the code under way by it. AUTH_REASON_NONE: anything else is a guess, and is counted.
 */
enum auth_reason challenge_judge(struct op *op, const struct challenge *c);
/* Something that challenge_judge found to be no attempt, of the login named (text): counted in
 * memory alone. False: it has been too often, and the login shall end. */
bool challenge_may_mistype(struct op *op, struct str login);

/* What a worker brought back about the attempt of a form. */
struct challenge_counted {
	bool called;             /* false: not the form of what is under way */
	enum auth_reason reason; /* challenge_judge's; not NONE: nothing was counted */
	enum rc rc;              /* RC_OK: look; RC_LIMITED: wait seconds */
	int64_t wait;
	int64_t left, lock; /* RC_OK: as in struct throttle_ticket */
};
/* On a worker, without a snapshot: counts an attempt against the account, by a commit of its own,
 * unless ret->reason says that it was none. */
void challenge_count(
	struct op *op, struct str account, struct str person, struct challenge_counted *ret);
/*
 * A route's `before`: whose attempt is it? find reads op->tx.snap, sets id and person of *ret and
 * the reason of *ret_counted (challenge_judge), and answers nothing; false: not the form of what is
 * under way. op->before is a challenge_counted.
 */
void challenge_before(struct op *op,
	bool (*find)(struct op *op, struct account *ret, struct challenge_counted *ret_counted));
/* The route's `blocks`, with the same find: is there an attempt to be counted? What is none costs
 * no worker; op->before says why. */
bool challenge_blocks(struct op *op,
	bool (*find)(struct op *op, struct account *ret, struct challenge_counted *ret_counted));
/* The code in the parameter "code", as people type it; empty: it is none. */
struct str challenge_typed(struct op *op);

#endif
