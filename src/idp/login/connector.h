/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_CONNECTOR_H
#define PRATU_IDP_LOGIN_CONNECTOR_H

/*
 * Connector: a way of logging in that happens at another provider (ThaID; later generic OIDC).
 *
 * The flow owns this contract and includes no connector; src/main hands it the registry. A
 * connector keeps nothing about a person: it begins a round trip and turns the return into a proven
 * identity. begin is quick (event thread, no network unless noted); complete is called on a worker
 * and may block within its own time-outs. Both from any thread.
 */
#include "base/arena.h"
#include "codec/form.h"
#include "base/rc.h"
#include "core/app.h"
#include "base/str.h"
#include "base/random.h"

/* What one round trip must remember between begin and complete; kept in the interaction. */
struct connector_begun {
	struct str url;      /* where the browser goes, top-level */
	struct str nonce;    /* sent upstream; empty when not used */
	struct str verifier; /* PKCE; empty when not used */
};

enum connector_outcome {
	CONNECTOR_PROVEN,      /* ret_identity is filled */
	CONNECTOR_CANCELLED,   /* the person refused or went back */
	CONNECTOR_UNAVAILABLE, /* no usable answer: try again later */
	CONNECTOR_BUSY,        /* our own limit of waiting requests is reached */
	CONNECTOR_REFUSED /* an answer that must not be trusted: bad signature, nonce, audience ...
			   */
};

struct connector_identity {
	struct str citizen_number; /* 13 digits, checksum good */
	struct str title_th, given_th, middle_th, family_th;
	struct str title_en, given_en, middle_en, family_en;
	struct str birthdate; /* YYYY-MM-DD, Common Era; month and day may be 00 on old cards */
	struct str gender;    /* "male", "female" or empty */
	struct str address;   /* as one text */
	struct str card_issued, card_expires; /* as birthdate */
	struct str ial;                       /* "2.3"; empty when the upstream says nothing */
	int64_t auth_time;                    /* seconds; 0: not given */
};

struct connector;
struct factor;

struct connector_type {
	const char *name; /* "thaid": in URLs (/upstream/thaid/callback), configuration, sessions */
	const char *amr;  /* RFC 8176 or own value recorded in the session */
	const char *aal;  /* assurance of a login by it: "2.2" */
	/* state: what the upstream must return unchanged. RC_UNAVAILABLE when it cannot begin now.
	 */
	enum rc (*begin)(struct connector *c, struct arena *a, const struct rng *rng,
		struct str state, struct str redirect_uri, struct connector_begun *ret);
	/* params: the query of the return. *ret_why: a closed word for log and audit
	 * ("bad_signature"). */
	enum connector_outcome (*complete)(struct connector *c, struct arena *a, int64_t now,
		const struct form *params, struct str redirect_uri,
		const struct connector_begun *begun, struct connector_identity *ret_identity,
		const char **ret_why);
	void (*free)(struct connector *c);
};

/* Every connector's struct begins with this. */
struct connector {
	const struct connector_type *type;
	struct str form_action_origin; /* for CSP where the button is a form */
};

/* The connector of that name, or NULL. */
struct connector *provider_connector(const struct app *p, struct str name);
/* The first connector that the policy names, or NULL. policy NULL: none. */
struct connector *provider_policy_connector(const struct app *p, const struct login_policy *policy);

/* The factor of that name, or NULL. */
struct factor *provider_factor(const struct app *p, struct str name);

#endif
