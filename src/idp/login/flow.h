/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_FLOW_H
#define PRATU_IDP_LOGIN_FLOW_H

/*
 * The login flow: from an authorization request, or a page of ours that requires a login, to its
 * answer.
 *
 * flow_continue is the only place that acts on the next step: it asks policy_next and answers the
 * client, shows a page, or redirects the browser to the page. Steps never call each other: they
 * change the login and return here. The login is bound to the browser by a cookie of its own, and
 * every form and upstream return carries a step token (web/csrf.h).
 */
#include "access/access_decision.h"
#include "core/auth_proof.h"
#include "core/op.h"
#include "idp/login/policy.h"
#include "directory/browser_session.h"
#include "idp/login/recovery_records.h"
#include "directory/session.h"
#include "idp/login/login_record.h"
#include "idp/login/pages_login.h"
#include "directory/directory.h"

#define BROWSER_COOKIE "pratu_browser"

struct flow {
	struct login login;
	struct str handle; /* text, in URLs (portal.h); empty while the login is not stored */
	struct str key;
	uint64_t version;
	struct client client; /* id empty: a page of ours */
	struct system system; /* the client's */
	bool has_session;
	struct session_ref session;
	bool has_access;
	struct access_decision access;
	struct str consented;              /* scope agreed to earlier */
	struct auth_proofs proofs;         /* of the login under way; stored by flow_save */
	struct auth_proofs session_proofs; /* has_session */
	/* Of a login by a method of ours: the one under way, and the one that began the session. */
	bool has_login, has_session_rules;
	bool just_proven; /* the first proof, by this request: the snapshot is older */
	struct account_rules rules, session_rules;
	struct account_rules *access_rules; /* has_session_rules: of each way of entry */
	struct person person;               /* has_login */
	struct account account;             /* has_login */
	/* Of a forgotten password (login.reset): the link, while it is good. */
	bool has_recovery;
	struct recovery_link reset;
	uint64_t recovery_version;
	struct str
		away; /* where the method begun by this request sends the browser; may be empty */
	bool showing; /* this request is GET /login: show the page instead of going there */
};

/* Looks at the session cookie. Once, before flow_continue. */
MUST_USE enum rc flow_load_session(struct op *op, struct flow *f);
/* Does the next step and fills the answer. */
void flow_continue(struct op *op, struct flow *f);

/*
 * Finds the login named by the parameter i (or by `handle` when that is not empty). On
 * failure the restart page is the answer and false is returned: unknown or finished, expired,
 * another browser.
 */
bool flow_find(struct op *op, struct str handle, struct flow *ret);
/* The same in whatever browser, for a return that may come from another device; whether it is the
 * login's own; the page for one that is not. */
bool flow_find_anywhere(struct op *op, struct str handle, struct flow *ret);
bool flow_in_its_browser(struct op *op, const struct flow *f);
/* A hash of the binding secret of the browser that asks; empty: it has none. */
struct str flow_browser(struct op *op);
void flow_other_browser(struct op *op, const struct flow *f);
/* Is the presented step token the one for this step of this login? Else a page is the answer.
 */
bool flow_check_step(struct op *op, const struct flow *f, struct str step, struct str presented);
/* Its text, for a form or address. */
struct str flow_step(struct op *op, const struct flow *f, struct str step);
/* Name of a step that belongs to the session's person: "consent" -> "consent:<sid>". */
struct str flow_own_step(struct op *op, const struct flow *f, const char *step);
/* Stores the login's new state (or its beginning, with the browser cookie). */
void flow_save(struct op *op, struct flow *f);
/* path "?i=" handle, and a further query part when more is not empty. */
struct str flow_url(struct op *op, const struct flow *f, const char *path, struct str more);
/* The link that gives up and goes back to the portal. */
struct str flow_cancel_url(struct op *op, const struct flow *f);
/* Name of the portal; empty for the launcher. */
struct str flow_portal(const struct op *op, const struct flow *f);

/* Reads the query's login, the session and the language; false when the answer is given. */
bool flow_begin(struct op *op, struct flow *f);
/* Ends the login: a page or redirect follows. */
void flow_drop(struct op *op, const struct flow *f);
/* Ends it after too many wrong codes: what is left says so, until the login would have expired. */
void flow_drop_spent(struct op *op, struct flow *f);
/* Ends it with an error for the client; for a page of ours at the start page. */
void flow_refuse(struct op *op, const struct flow *f, const struct oauth_error *e);
/* The login policy of the client's system; the default one for the launcher; NULL: none such. */
const struct login_policy *flow_policy(const struct op *op, const struct flow *f);

/* The client's system, for the policy, before flow_continue looks. */
MUST_USE enum rc flow_load_system(struct op *op, struct flow *f);
/* What the policy needs to know: system, right of entry, logins by a factor. */
MUST_USE enum rc flow_load_facts(struct op *op, struct flow *f);
/* The login cannot go on: why, and the way to begin it again where it began. */
void flow_restart_page(
	struct op *op, int status, enum web_restart_reason reason, const struct flow *f);
/* "The page was open too long." */
void flow_stale(struct op *op, const struct flow *f);
/* Where the portal begins a login; /apps without one. */
struct str flow_start_url(struct op *op, const struct flow *f);

/* --- what was proven (proofs.c) --- */

/* What the policy needs to know of the one under way and the one the session was begun by. */
MUST_USE enum rc flow_load_logins(struct op *op, struct flow *f);
/* The rules of the account behind a session, where a factor of ours began it: *ret_has, or they do
 * not matter. */
MUST_USE enum rc login_rules_of_session(struct op *op, const struct login_policy *policy,
	const struct session *session, struct account_rules *ret, bool *ret_has);
/* The account whose proof began the session; empty: the person as a whole was proven. */
struct str flow_proven_account(const struct op *op, const struct flow *f);
/* Begins the session of a login that is done, with its audit event. */
MUST_USE enum rc flow_begin_session(struct op *op, struct flow *f);
/* The same of a person, by the proofs of f; what: person, account, levels, time. */
MUST_USE enum rc flow_open_session(
	struct op *op, struct flow *f, const struct person *person, const struct session *what);
/* What was proven so far counts no more. */
void flow_forget_login(struct flow *f);
/* Name of a step that belongs to this login's account: "code" -> "code:<account>". */
struct str flow_login_step(struct op *op, const struct flow *f, const char *step);
/* A refused login in trail, log and metric; person and account may be empty. */
void flow_refused_login(struct op *op, const struct flow *f, struct str person, struct str account,
	const char *why);
/* The same for what was not looked at. Anybody can send those without end, so they go to the log
 * and not into the trail, which is kept; that an account was locked stands there once. */
void login_denied(const struct op *op, const char *why);
/* Finds the login under way whose form (of this step name) was sent; false when the answer is
 * given. */
bool flow_begin_step(struct op *op, struct flow *f, const char *step);
/* What the policy wants next, by the facts loaded. */
struct policy_decision flow_decide(struct op *op, const struct flow *f);
/* Does the policy want just this step now? */
bool login_step_is(struct op *op, struct flow *f, enum policy_step step);

#endif
