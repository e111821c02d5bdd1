/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_INTERACTION_FLOW_H
#define PRATU_IDP_INTERACTION_FLOW_H

/*
 * The login flow: one transaction from an authorization request (or the launcher) to its answer.
 *
 * flow_continue is the only place that acts on the next step; it asks policy_next and either
 * answers the portal, shows a page, or sends the browser to the page. Steps never call each other:
 * they change the interaction and come back here. The transaction is bound to the browser by a
 * cookie of its own, and every form and return carries a step token (web/csrf.h).
 */
#include "idp/entry.h"
#include "idp/op.h"
#include "idp/session.h"

#define BROWSER_COOKIE "pratu_browser"

struct flow {
	struct interaction i;
	struct str handle; /* text, in URLs; empty while the interaction is not stored */
	struct str key;
	uint64_t version;
	struct client client; /* id empty: the launcher */
	struct system system; /* the client's */
	bool has_session;
	struct session_ref session;
	bool has_entry;
	struct entry entry;
	struct str consented; /* scope agreed to earlier */
	bool showing;         /* this request is GET /login: show the page instead of going there */
};

/* Looks at the session cookie. Once, before flow_continue. */
MUST_USE enum rc flow_load_session(struct op *op, struct flow *f);
/* Does the next step and fills the answer. */
void flow_continue(struct op *op, struct flow *f);

/*
 * Finds the interaction named by the parameter i (or by `handle` when that is not empty). On
 * failure the restart page is the answer and false is returned: unknown or finished, expired,
 * another browser.
 */
bool flow_find(struct op *op, struct str handle, struct flow *ret);
/* Is the presented step token the one for this step of this interaction? Else a page is the answer.
 */
bool flow_check_step(struct op *op, const struct flow *f, struct str step, struct str presented);
struct str flow_step(struct op *op, const struct flow *f, struct str step);
/* Name of a step that belongs to the session's person: "consent" -> "consent:<sid>". */
struct str flow_own_step(struct op *op, const struct flow *f, const char *step);
/* Stores the interaction's new state (or its beginning, with the browser cookie). */
void flow_save(struct op *op, struct flow *f);
/* path "?i=" handle, and a further query part when more is not empty. */
struct str flow_url(struct op *op, const struct flow *f, const char *path, struct str more);
/* The link that gives up and goes back to the portal. */
struct str flow_cancel_url(struct op *op, const struct flow *f);
/* Name of the portal; empty for the launcher. */
struct str flow_portal(const struct op *op, const struct flow *f);

/* Pages of the steps (pages.c). */
void flow_show_login(struct op *op, struct flow *f);
void flow_show_accounts(struct op *op, struct flow *f);
void flow_show_consent(struct op *op, struct flow *f);
void flow_show_refusal(struct op *op, struct flow *f);

/* Routes. */
void login_run(struct op *op);              /* GET /login */
void login_account_run(struct op *op);      /* POST /login/account */
void login_consent_run(struct op *op);      /* POST /login/consent */
void login_cancel_run(struct op *op);       /* GET /login/cancel */
void upstream_begin_run(struct op *op);     /* POST /login/upstream */
void upstream_return_before(struct op *op); /* GET /upstream/<name>/callback */
void upstream_return_run(struct op *op);

#endif
