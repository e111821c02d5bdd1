/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_AUTH_REQUEST_H
#define PRATU_IDP_LOGIN_AUTH_REQUEST_H

/*
 * The authorization request: what a client asks of the provider (RFC 6749 4.1.1, OIDC Core
 * 3.1.2.1), checked and reduced to what the answer needs. An endpoint that takes such requests
 * makes it (oauth/auth_request_rules.h); a page of ours that needs a login makes one without a
 * client (reauthenticate.h). The login stores it in its record. Only a person who chooses to log in
 * as somebody else changes it: prompt and hint.
 *
 * A plain struct. Strings are views into the request, the snapshot or the arena they came from.
 */
#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

struct client;
struct oauth_error;
struct account;
struct op;
struct person;
struct session;

#define STATE_MAX        8192u /* bytes of the state parameter, at login and logout */
#define CLAIMS_PARAM_MAX 4096u /* bytes of the claims parameter */
#define ACR_VALUES_MAX   8     /* levels one request may name */

/* The claims parameter (OIDC Core 5.5), parsed once a request. The text is what is stored. */
struct claims_parameter {
	struct str text;              /* as sent; empty: none */
	bool parsed;                  /* the rest is filled */
	struct str subject;           /* id_token.sub by value (5.5.1); empty: none */
	struct strlist essential_acr; /* values of an essential id_token.acr (5.5.1.1) */
	struct strlist wished_acr;    /* of a voluntary one: as acr_values */
};

/* Which of the policy's methods a login may use; empty: all of them. */
struct auth_only {
	struct str first;       /* only this one, as the first */
	struct strlist seconds; /* only these second factors */
};

/* Of a page of ours. */
struct auth_own_page {
	struct str return_path; /* where the browser goes in the end; empty: the launcher */
	struct str same_person; /* only this person may log in; empty: anybody */
};

/* What the client sent us itself, out of the browser's reach (RFC 9126, RFC 9396). */
struct auth_transaction {
	struct str pushed;   /* key of the pushed request it came by (idp/par); empty: none */
	struct str details;  /* what details_read made of authorization_details; empty: none */
	struct str approved; /* sid of the session whose person agreed to details */
};

struct auth_request {
	struct str client; /* id; empty: a page of ours, no client waits for an answer */
	struct str redirect_uri;
	struct str response_mode; /* "query", "form_post" */
	struct str scope;         /* granted subset of what was asked, space separated */
	struct str state, nonce;
	struct str code_challenge; /* S256 */
	struct str acr_values;
	struct claims_parameter claims;
	struct auth_transaction transaction;
	struct str login_hint;  /* a username; empty: none */
	struct str hint_person; /* subject of a valid id_token_hint, or asked for by value */
	struct str lang;        /* of ui_locales: "th", "en"; empty: no wish */
	int64_t max_age;        /* seconds + 1; 0 = not asked */
	bool prompt_none, prompt_login, prompt_consent, prompt_select;
	struct auth_own_page own;
	struct auth_only only; /* of the policy's methods */
};

/* A login that is done, for whoever answers its request. */
struct auth_result {
	const struct auth_request *request;
	const struct client *client;
	const struct session *session;
	struct str account;  /* id of the account to enter as; may be empty */
	struct str office;   /* of the account, for the trail */
	struct str acr;      /* the level to report; may be empty */
	struct str ial, aal; /* what the session is worth by the client's policy */
	/* Whose proof began the session, and by which methods: tokens end with that account. */
	struct str proven_account;
	struct strlist methods;
};

/* Which claims would be shared, for the page that asks for consent. */
struct auth_share_question {
	const struct auth_request *request;
	const struct client *client;
	const struct person *person;
	const struct account *named; /* the account that names the person to the client */
};

/* One claim: its name, the scope that gives it, and its value as people read it. */
struct auth_share {
	struct str name, scope, value;
};
#define AUTH_SHARES_MAX 24

/* The endpoint that answers clients. The login knows it by this table alone (app.responder); each
 * function fills the answer of op and may add to its batch. */
struct auth_responder {
	void (*granted)(struct op *op, const struct auth_result *result);
	void (*refused)(struct op *op, const struct auth_request *request,
		const struct client *client, const struct oauth_error *e);
	/* What the client would get of the person by the request: at most max claims, in the arena.
	 * Returns how many. */
	size_t (*shares)(struct op *op, const struct auth_share_question *question,
		struct auth_share *ret, size_t max);
	/* The client was removed or switched off during the login: a page, never a redirect. */
	void (*withdrawn)(struct op *op);
};

/* Begins the login that answers a client's request; fills the answer of op. A session that
 * satisfies the request is answered at once. */
void login_begin(struct op *op, const struct auth_request *request, const struct client *client);

/*
 * Parses the claims parameter into *ret; its copies go to the arena. RC_INVALID: it is not a claims
 * parameter as OIDC Core 5.5 describes it. An empty text is no request and RC_OK.
 */
MUST_USE enum rc claims_parameter_parse(
	struct arena *a, struct str text, struct claims_parameter *ret);
/* Fills what the stored form leaves out, once: call it before the policy reads the request.
 * RC_CORRUPT. */
MUST_USE enum rc auth_request_complete(struct arena *a, struct auth_request *request);

#endif
