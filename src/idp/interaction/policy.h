/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_INTERACTION_POLICY_H
#define PRATU_IDP_INTERACTION_POLICY_H

/*
 * The login policy as one pure function: what is the next step of this transaction? It reads what
 * was recorded and decides; it changes nothing, asks nobody and knows no page.
 */
#include "idp/entry.h"
#include "idp/error.h"
#include "model/flow.h"

enum policy_step {
	POLICY_LOGIN,   /* a person must log in (again) */
	POLICY_ACCOUNT, /* choose among several accounts */
	POLICY_CONSENT,
	POLICY_NO_ENTRY, /* logged in, but has no right to this system */
	POLICY_REFUSE,   /* the portal gets the error */
	POLICY_FINISH,
	POLICY_STEP_MAX
};

struct policy_view {
	const struct interaction *i;
	const struct client *client;   /* NULL: the launcher */
	const struct session *session; /* NULL: none */
	const struct entry *entry;     /* NULL without session or client */
	const struct login_policy *policy;
	const struct settings *settings;
	struct strlist essential_acr;
	struct str consented;
	int64_t now;
};

struct policy_decision {
	enum policy_step step;
	const struct oauth_error *error; /* of POLICY_REFUSE, and for NO_ENTRY under prompt=none */
	struct str account; /* of POLICY_FINISH: the account to enter as; may be empty */
	struct str acr;     /* of POLICY_FINISH: the level to tell; may be empty */
};

struct policy_decision policy_next(const struct policy_view *v);

#endif
