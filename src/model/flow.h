/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MODEL_FLOW_H
#define PRATU_MODEL_FLOW_H

/*
 * The short-lived records of the protocol. All live in expiring tables: the key begins with the
 * second the record dies and its millisecond of birth, then 16 bytes of SHA-256 of the handle
 * (model/handle.h), so a copy of the database gives nobody a session, a code or a token.
 */
#include "base/field.h"
#include "base/str.h"

/* A browser's login. */
struct session {
	struct str sid; /* public id: "sid" in ID tokens (OIDC Front-Channel Logout 3) */
	struct str person;
	struct str account; /* chosen when the person has several; may be empty */
	int64_t auth_time;  /* seconds, as the rest */
	struct strlist amr; /* RFC 8176 values */
	struct str ial, aal;
	struct str method; /* connector or factor that began it: "thaid" */
	int64_t created, last_seen, expires;
	int64_t idle_timeout; /* dies when unseen so long */
	struct str user_agent, address;
};

/* Which clients a session logged in to: for logout, and for the list a person sees. */
struct session_client {
	struct str client;
	int64_t first, last;
};

/*
 * A login transaction: from the authorization request (or the launcher) to its answer. What has
 * been done is recorded here, never inferred from a URL.
 */
struct interaction {
	struct str
		browser;   /* SHA-256 of the browser cookie: another browser cannot go on with it */
	struct str client; /* empty: the launcher, no portal waits */
	struct str redirect_uri;
	struct str response_mode; /* "query", "form_post" */
	struct str scope;         /* granted subset of what was asked, space separated */
	struct str state, nonce;
	struct str code_challenge; /* S256 */
	struct str acr_values, login_hint, claims;
	struct str hint_person; /* subject of a valid id_token_hint */
	struct str lang;
	struct str return_path; /* launcher: a page of ours */
	struct str same_person; /* only this person may log in here; empty: anybody */
	int64_t max_age;        /* seconds + 1; 0 = not asked */
	bool prompt_none, prompt_login, prompt_consent, prompt_select;
	int64_t created, expires;
	/* progress */
	struct str connector; /* upstream under way */
	struct str upstream_nonce, upstream_verifier;
	struct str person;  /* logged in within this transaction */
	struct str account; /* chosen */
	bool login_done, account_done, consent_done, cancelled;
	int64_t attempts; /* upstream round trips, bounded */
	/* a login by a factor under way: nobody is logged in before all of it is done */
	struct str primary; /* factor that was passed: "password"; empty: none yet */
	struct str primary_person, primary_account; /* whom it found */
	struct str primary_stamp;                   /* which secret it was (factor.h) */
	int64_t broken;                             /* bits of the rules that the new one breaks */
	bool must_change;       /* the secret opens nothing until it is changed */
	struct str second;      /* second factor whose code was sent */
	struct str second_done; /* second factor passed */
	bool second_skipped;    /* the person has none yet and used up one respite */
	int64_t sends, tries;   /* codes sent, codes typed: bounded */
	struct str username;    /* as typed, to show it again */
	int notice;             /* enum login_notice: what the next page says */
	int64_t notice_until;   /* LIMITED: when trying again makes sense */
};
#define INTERACTION_ATTEMPTS_MAX 10
#define INTERACTION_SENDS_MAX    5
#define INTERACTION_TRIES_MAX    5

enum login_notice {
	LOGIN_NOTICE_NONE,
	LOGIN_NOTICE_WRONG,     /* username or password, or the code */
	LOGIN_NOTICE_LIMITED,   /* too many attempts */
	LOGIN_NOTICE_CODE_OVER, /* ask for another */
	LOGIN_NOTICE_FORBIDDEN, /* this account logs in by ThaID only */
	LOGIN_NOTICE_BUSY,
	LOGIN_NOTICE_CHANGED,  /* the password: log in again */
	LOGIN_NOTICE_MISMATCH, /* the new password was typed in two ways */
	LOGIN_NOTICE_RULES,    /* it breaks rules */
	LOGIN_NOTICE_MAX
};

/* A one-time code under way; one for each person and purpose. */
struct otp {
	struct str mac;         /* of code, client, transaction, target and purpose */
	struct str transaction; /* key of the interaction */
	struct str factor;
	struct str reference; /* shown on the page and in the message */
	int64_t sent, expires;
};

/* An authorization code. Kept after use, so that a second use is seen (RFC 6749 4.1.2). */
struct code {
	struct str client, redirect_uri;
	struct str person, account;
	struct str sid;
	struct str scope, nonce, code_challenge, claims;
	int64_t auth_time;
	struct strlist amr;
	struct str acr, ial, aal;
	int64_t issued, expires; /* seconds; at most 60 apart */
	bool used;
	struct str authorization; /* key of what the first use gave */
};

/* What a client was given for a person: the family of its tokens, revoked as one. */
struct authorization {
	struct str client;
	struct str person, account;
	struct str sid; /* of the session it belongs to */
	struct str scope, claims;
	int64_t auth_time;
	struct strlist amr;
	struct str acr, ial, aal;
	int64_t created_ms, expires;
	bool offline; /* offline_access: outlives the session */
	bool revoked;
};

/* An access token, opaque or JWT (found by its handle or its jti). */
struct access {
	struct str authorization; /* key; empty for client_credentials */
	struct str client;
	struct str scope, audience;
	int64_t issued, expires;
	bool revoked;
};

/* A refresh token. Its successor's text is derived, so a lost answer can be repeated. */
struct refresh {
	struct str authorization;
	struct str client;
	struct str scope;
	int64_t issued, expires;
	int64_t used_ms; /* 0 = not yet */
	int64_t successor_expires;
};

extern const struct record_type record_session, record_session_client, record_interaction,
	record_code, record_authorization, record_access, record_refresh, record_otp;

#endif
