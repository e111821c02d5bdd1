/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_AUTH_METHOD_H
#define PRATU_CORE_AUTH_METHOD_H

/*
 * Authentication method: one contract for every way of proving oneself, here (password, one-time
 * code, push to a phone) or at another provider (ThaID).
 *
 * A method receives its purpose and answers with what shall happen next. It decides what is right
 * and what is too much; the login (idp/login/method.h) decides what is wanted, keeps the method's
 * state, shows its pages, counts, audits and notes the proof. A method never writes the login.
 *
 *     begin   in tx      starts: sends a code, makes a challenge, says where the browser goes
 *     work    on a worker, without a snapshot: what blocks (a hash, another system) and what must
 *             be durable before anything is looked at (an attempt is counted, by a commit of its
 *             own). NULL: nothing blocks, and no worker is used
 *     step    in tx      a form, a return or, after AUTH_WAIT, a poll: looks, and says what is next
 *     show    in tx      answers with the page of AUTH_SHOW
 *
 * "In tx": reads the operation's snapshot, adds to its batch, has no other effect, and may run
 * again on a newer snapshot. What it found becomes true when the batch is on disk. A person who
 * waits (AUTH_WAIT) holds no thread: the page asks again, by script, button or reload.
 *
 * Ownership: the struct lives in the registry of the provider as long as the process; strings that
 * a function leaves in the call live in the operation's arena. Any thread.
 */
#include "core/auth_call.h"

struct admission;
struct app;
struct auth_frame; /* idp/login/method_frame.h */
struct person;

/* What a method can be used for. */
enum auth_capability {
	AUTH_IDENTIFY = 1 << 0, /* finds out who it is: opens a login */
	AUTH_CONFIRM = 1 << 1,  /* confirms a person who is known: second factor */
	AUTH_PROOF = 1 << 2,    /* proof of identity: yields an auth_identity */
	AUTH_ENROL = 1 << 3,    /* can be set up by the person, during a login */
	AUTH_RECOVER = 1 << 4   /* may be the second proof of an account recovery */
};

/* The contact of the person that a method sends to; a proven one is enough. */
enum auth_contact { AUTH_CONTACT_NONE, AUTH_CONTACT_EMAIL, AUTH_CONTACT_MOBILE };

struct auth_target {       /* how a method reaches a person */
	struct str masked; /* shown: "so*****@office.go.th"; may be empty */
	int64_t changed;   /* when it came into force; 0: long ago */
};

struct secret_rule {      /* for new secrets, as a page lists it */
	const char *word; /* "too_short": what breaking it is called */
	unsigned bit;
	int64_t n; /* the number in it; 0: none */
};
#define SECRET_RULES_MAX 16
#define SECRET_TYPED_MAX 1024u /* bytes of a secret that are read; a method uses fewer */
struct secret_change {         /* a new secret of the holder's choice: what came of looking at it */
	enum auth_reason reason; /* NONE: good; WRONG: breaks rules, or may not be; BUSY */
	unsigned broken;         /* bits of the rules it breaks */
	void *proof;             /* the method's own, from check to change */
};

/* Of a method whose authenticator is a secret that its holder chooses (password). rules: the name
 * of a set of the login policy; empty: the default one. */
struct secret_ops {
	/* The rules of a set; returns how many. */
	size_t (*rules)(const struct auth_method *m, struct str rules,
		struct secret_rule ret[static SECRET_RULES_MAX]);
	int64_t (*max_age)(const struct auth_method *m, struct str rules); /* seconds; 0: none */
	/* On a worker, without a snapshot: is it good as the account's new secret? */
	void (*check)(const struct auth_method *m, struct op *op, struct str account,
		struct str typed, struct str rules, struct secret_change *ret);
	/* In tx: puts it. RC_DENIED: the account's secret changed since check. */
	enum rc (*change)(
		const struct auth_method *m, struct op *op, const struct secret_change *c);
	/* In tx, where a change begins no session: attempts counted against the account are
	 * forgotten. code: a one-time code was proven, too. */
	enum rc (*changed)(
		const struct auth_method *m, struct op *op, struct str account, bool code);
};

struct auth_method {
	const char *name; /* "thaid": in policies, sessions, URLs; [a-z0-9_], for ever */
	unsigned can;     /* enum auth_capability */
	enum auth_kind kind;
	const char *amr; /* RFC 8176 or own value */
	const char *aal; /* what it reaches alone; NULL: the login policy says */
	const char *ial; /* the most that it proves of identity; NULL: the login policy says */
	const struct auth_source *source; /* of its proofs of identity; NULL: none are kept */
	enum auth_contact contact;
	/* How the login page offers it, and where it posts: a button that begins it, or a form that
	 * is a step at once. NULL: below /login/m/<name>. */
	int shown; /* enum web_method_kind (idp/login/pages_login.h) */
	const char *begin_path, *form_path;
	/* Its return may come from another device, without this browser's cookie (a QR code):
	 * call.elsewhere. It finds its login by the state parameter alone, so step keeps what it
	 * brought and answers AUTH_WAIT; the browser's own poll or form finds it there. Never where
	 * somebody is identified by it (AUTH_FOR_IDENTIFY). */
	bool returns_elsewhere;
	const struct record_type *state; /* what it keeps from begin to the end; NULL: nothing */

	/* Can it be used for this person (NULL: by anybody)? *ret is set on true. NULL: always. */
	bool (*available)(const struct auth_method *m, struct op *op, const struct person *person,
		struct auth_target *ret);
	/* Is a challenge of this very login still good, so that none need be begun? May be NULL. */
	bool (*under_way)(const struct auth_call *call);
	enum auth_next (*begin)(struct auth_call *call); /* NULL: its form is its first step */
	void (*work)(struct auth_call *call);
	struct admission *admission; /* where work, secret->check wait their turn; may be NULL */
	enum auth_next (*step)(struct auth_call *call);
	void (*show)(const struct auth_call *call, const struct auth_frame *frame);
	/* In tx, at each later step: does the proof still hold? RC_DENIED: the method was closed
	 * for the account; RC_EXPIRED: the authenticator is another one now, or gone. version
	 * empty: only whether it is closed. person: the proof's, or NULL. NULL: it always does. */
	enum rc (*still_valid)(const struct auth_method *m, struct op *op,
		const struct auth_proof *proof, const struct person *person);
	/* In tx: a session begins by these proofs; own is the method's. May be NULL. */
	enum rc (*session_started)(const struct auth_method *m, struct op *op,
		const struct auth_proof *own, const struct auth_proofs *all);
	const struct secret_ops *secret; /* NULL: no secret of the holder's choice */
	/* At the start, once all modules are open: fills self and what follows from options
	 * (module_settings). RC_NOT_FOUND: not configured, so nobody is offered it; another code
	 * ends the start, with a sentence in *ret_why. NULL: nothing to do. */
	enum rc (*open)(struct auth_method *m, const struct app *app, const char **ret_why);
	void (*free)(const struct auth_method *m); /* NULL: nothing to free */
	void *self;                                /* the method's own */
};

#define AUTH_METHODS_MAX 16
struct auth_methods { /* of a running server */
	struct auth_method v[AUTH_METHODS_MAX];
	size_t n;
};

/* Puts one behind the others; the same name twice, or one too many, is a fault of ours. */
void auth_methods_add(struct auth_methods *methods, const struct auth_method *m);
void auth_methods_free(struct auth_methods *methods);
/* The one of that name, or NULL. */
const struct auth_method *auth_method_named(const struct auth_methods *methods, struct str name);
/* The first of those names that can all of this (enum auth_capability bits), or NULL. */
const struct auth_method *auth_method_first(
	const struct auth_methods *methods, struct strlist names, unsigned can);
const struct auth_method *auth_method_secret(const struct auth_methods *methods); /* or NULL */
bool auth_method_available(const struct auth_method *m, struct op *op, const struct person *person,
	struct auth_target *ret);
/* A proof with what the method says of itself: name, kind, amr, aal. */
struct auth_proof auth_method_proof(const struct auth_method *m, struct arena *a);

#endif
