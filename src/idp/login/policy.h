/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_POLICY_H
#define PRATU_IDP_LOGIN_POLICY_H

/*
 * The login policy as one pure function: what is the next step of this transaction? It reads what
 * was recorded and decides; it changes nothing, asks nobody and knows no page.
 */
#include "access/access_decision.h"
#include "core/error.h"
#include "directory/session.h"
#include "idp/login/interaction.h"

enum policy_step {
	POLICY_LOGIN,                     /* a person must log in (again) */
	POLICY_SECOND_FACTOR,             /* a second factor: choose where to, enter the code */
	POLICY_SECOND_FACTOR_UNAVAILABLE, /* a second factor is compulsory and the person has none
					   */
	POLICY_ENROL_EMAIL, /* none yet, and not compulsory yet: give an email, or put it off */
	POLICY_CHANGE,      /* the secret opens nothing until it is changed */
	POLICY_BEGIN,       /* all that the policy wants is done: the session begins */
	POLICY_ACCOUNT,     /* choose among several accounts */
	POLICY_CONSENT,
	POLICY_NO_ACCESS,     /* logged in, but has no right to this system */
	POLICY_RECOVERY_OVER, /* the link of a forgotten password is good no more */
	POLICY_REFUSE,        /* the portal gets the error */
	POLICY_FINISH,
	POLICY_STEP_MAX
};

/* What the policy has to know of the account behind a login by password. */
struct policy_password {
	bool forbidden; /* its office, or its own choice, lets it in by ThaID only */
	int64_t from;   /* a second factor is compulsory from; 0 = always */
	bool usable;    /* the person can be sent a code by one of the policy's second factors */
	bool asked;     /* without: an email would make one */
	int64_t grace_logins; /* how often the person may still go on without */
};

struct policy_view {
	const struct interaction *i;
	const struct client *client;              /* NULL: the launcher */
	const struct session *session;            /* NULL: none */
	const struct access_decision *access;     /* NULL without session or client */
	const struct policy_password *login;      /* of the login under way; NULL: none is */
	const struct policy_password *of_session; /* of a session begun so; NULL: another way */
	const struct policy_password
		*of_accounts; /* then: of the account of each of entry's ways */
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
	bool forbidden;     /* POLICY_LOGIN: the account chosen is entered by ThaID only */
};

struct policy_decision policy_next(const struct policy_view *v);

#endif
