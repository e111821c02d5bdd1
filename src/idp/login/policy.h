/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_POLICY_H
#define PRATU_IDP_LOGIN_POLICY_H

/*
 * The login policy: what does this login need next? An ordered table of named checks; the first
 * that applies decides. It reads what was recorded and decides; it changes nothing, asks nobody and
 * knows no page. docs/login-policy.md is generated from the table.
 */
#include "access/access_decision.h"
#include "core/auth_method.h"
#include "core/auth_proof.h"
#include "base/buf.h"
#include "core/error.h"
#include "directory/session.h"
#include "idp/login/login_record.h"

enum policy_step {
	POLICY_LOGIN,                     /* a person must log in (again) */
	POLICY_SECOND_FACTOR,             /* a second factor: choose where to, enter the code */
	POLICY_SECOND_FACTOR_UNAVAILABLE, /* required, and none reaches the person */
	POLICY_ENROL_EMAIL, /* none yet and not required yet: add an email address, or postpone it
			     */
	POLICY_CHANGE,      /* the secret must be changed first */
	POLICY_BEGIN,       /* all that the policy wants is done: the session begins */
	POLICY_ACCOUNT,     /* choose among several accounts */
	POLICY_CONSENT,
	POLICY_APPROVE,       /* agree to authorization_details, each time */
	POLICY_NO_ACCESS,     /* logged in, without a valid role in this system */
	POLICY_RECOVERY_OVER, /* the recovery link is used or expired */
	POLICY_REFUSE,        /* the portal gets the error */
	POLICY_FINISH,
	POLICY_STEP_MAX
};

/* The rules for a password login of an account. */
struct account_rules {
	bool forbidden;       /* its office or its holder allows ThaID only */
	int64_t from;         /* seconds; a second factor is required from then on; 0: always */
	bool usable;          /* one of the policy's second factors reaches the person */
	bool asked;           /* otherwise: a verified email address would be one */
	int64_t grace_logins; /* left: logins without a second factor */
};

struct policy_view {
	const struct login *login;
	const struct client *client;               /* NULL: a page of ours */
	const struct session *session;             /* NULL: none */
	const struct auth_proofs *proofs;          /* of the login under way */
	const struct auth_proofs *session_proofs;  /* of the session */
	const struct access_decision *access;      /* NULL without session or client */
	const struct account_rules *rules;         /* of the login under way; NULL: none is */
	const struct account_rules *session_rules; /* of the session's account; NULL: none apply */
	const struct account_rules *access_rules;  /* then: one per account of access, same order */
	const struct login_policy *policy;
	const struct settings *settings;
	const struct auth_methods *methods; /* of the server */
	struct str consented;               /* scope agreed to earlier */
	int64_t now;
};

struct policy_decision {
	const char *check; /* name of the row that decided */
	enum policy_step step;
	/* Of POLICY_REFUSE; else what a client gets that allows no page. NULL: none. */
	const struct oauth_error *error;
	struct str account;  /* of POLICY_FINISH: the account to enter as; may be empty */
	struct str acr;      /* of POLICY_FINISH: the level to report; may be empty */
	struct str ial, aal; /* of POLICY_FINISH for a client: what the session is worth here */
	bool forbidden;      /* POLICY_LOGIN: the account chosen is entered by ThaID only */
};

/* A row of the policy. A table ends with the row that always applies. */
struct policy_check {
	const char *name;                             /* a closed word */
	const char *condition;                        /* a sentence for the documentation */
	bool (*applies)(const struct policy_view *v); /* rows above did not apply; NULL: always */
	enum policy_step step;
	const struct oauth_error *error;
	const struct policy_check *then; /* the table that names the step; NULL: step does */
	void (*fill)(const struct policy_view *v, struct policy_decision *d); /* may be NULL */
};

extern const struct policy_check policy_checks[];

/* Is one beside the first by a method that the policy names as second factor? Any other is none
 * here, whatever its kind. */
bool proofs_satisfy(const struct login_policy *policy, const struct auth_proofs *proofs);
/* The authentication assurance that proofs of accounts reach under this policy. */
struct str policy_aal(const struct login_policy *policy, const struct auth_proofs *proofs);

struct policy_decision policy_next(const struct policy_view *v);

/* Appends the tables as Markdown. */
void policy_reference(struct buf *out);

#endif
