/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_AUTH_CALL_H
#define PRATU_CORE_AUTH_CALL_H

/*
 * One call of an authentication method (core/auth_method.h): what it is given and what it answers.
 */
#include "core/auth_proof.h"

struct account;
struct auth_method;
struct op;
struct person;

/* What is next; only these five. */
enum auth_next {
	AUTH_SHOW,     /* a page of the method: its form is the next step (reason: what it says) */
	AUTH_WAIT,     /* somebody acts elsewhere (a phone): the page of call.wait, until a poll or
			  the button finds it done */
	AUTH_REDIRECT, /* the browser goes to call.url; the return is the next step */
	AUTH_PROVEN,   /* call.proof is filled */
	AUTH_FAILED    /* over, whatever was begun; call.reason says why */
};

/* What the proof is for. */
enum auth_purpose {
	AUTH_FOR_IDENTIFY, /* nobody is known yet: person, account are NULL */
	AUTH_FOR_CONFIRM,
	AUTH_FOR_ENROL,
	AUTH_FOR_RECOVERY,
	AUTH_FOR_PROOF,
	AUTH_PURPOSE_MAX
};

enum auth_input {
	AUTH_BEGIN,  /* of begin */
	AUTH_FORM,   /* op_param has its members */
	AUTH_RETURN, /* from another provider; the same */
	AUTH_POLL    /* after AUTH_WAIT: is it done? Nothing was pressed; there is no work */
};

/* Why not. */
enum auth_reason {
	AUTH_REASON_NONE,
	AUTH_WRONG,       /* also when there is no such account: the answer does not show which */
	AUTH_LIMITED,     /* too many attempts; seconds says for how long; nothing was looked at */
	AUTH_OVER,        /* the challenge died: too old, or replaced by another */
	AUTH_BUSY,        /* ours to answer for, nobody was asked: try again */
	AUTH_CANCELLED,   /* the person refused or went back */
	AUTH_UNAVAILABLE, /* the other provider has no usable answer: try again later */
	AUTH_UNTRUSTED,   /* an answer that must not be trusted: bad signature, nonce, audience */
	AUTH_MALFORMED,   /* nothing that could be a proof was typed: no attempt, nothing counted */
	AUTH_REPLACED,    /* it was right for an earlier challenge of this login: not counted */
	AUTH_REASON_MAX
};

/* What the page of AUTH_WAIT shows. */
struct auth_wait {
	bool qr;        /* a QR code is scanned; else a message was sent to the phone */
	struct str app; /* name of the application on the phone */
	struct str code, qr_text;
	int64_t seconds; /* left */
};

struct auth_call {
	/* --- given; lives as long as the call --- */
	struct op *op;
	const struct auth_method *method;
	enum auth_purpose purpose;
	enum auth_input input;
	bool elsewhere;    /* AUTH_RETURN: not in the browser of the login */
	struct str action; /* behind /login/m/<name>/; empty: the form itself */
	struct str login;  /* key of the login: a challenge made for one never fits another */
	struct str client; /* id; empty: the launcher */
	struct str site;   /* whose login it is, in words, for messages */
	struct str rules;  /* of secrets; the login policy's */
	const struct person *person;
	const struct account *account;
	struct str return_state, return_url; /* begin: what comes back, and to where */
	/* The method's state: a struct of method->state, zero at begin, kept after begin and step;
	 * read-only in show. NULL where the method keeps none. */
	void *state;
	/* From work to step; in the arena. Where a method has work and it leaves NULL, nothing was
	 * sent that could be looked at, and step is not called. */
	void *work;

	/* --- answered --- */
	enum rc rc; /* not RC_OK: the store's or another fault of ours; what is next is ignored */
	enum auth_reason reason;
	/* AUTH_LIMITED: until trying again makes sense; AUTH_WRONG: how long the account is
	 * locked by this attempt; 0: it is not. */
	int64_t seconds;
	int64_t left;    /* AUTH_WRONG: attempts until a lock; 0: not known */
	const char *why; /* a closed word for log and trail; may be NULL */
	struct str tried_person, tried_account; /* AUTH_WRONG: whose it was not; for the trail */
	struct str url;                         /* AUTH_REDIRECT */
	struct auth_wait wait;                  /* AUTH_WAIT */
	/* AUTH_PROVEN: person, or account, or identity says who it is; to confirm somebody who is
	 * known, all may stay empty. */
	struct auth_proof proof;
	int must_change; /* AUTH_PROVEN: enum must_change: why the secret must be replaced */
	bool sent;       /* begin sent a message: it is counted and audited */
	bool refused;    /* a return that the provider did not accept: counted against its network;
			    AUTH_UNTRUSTED always is */
};

#endif
