/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_INTERACTION_H
#define PRATU_IDP_LOGIN_INTERACTION_H

/* The record of a login transaction; kept as the other short-lived ones (directory/flow.h). */
#include "base/str.h"

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
	struct str primary_credential_version;      /* which secret it was (factor.h) */
	int64_t broken;                             /* bits of the rules that the new one breaks */
	int must_change;   /* enum must_change: the secret opens nothing until it is changed */
	struct str second; /* second factor whose code was sent */
	struct str second_factor_done;    /* second factor passed */
	bool second_factor_skipped;       /* the person has none yet and used up one respite */
	struct str second_factor_address; /* the address whose code passed it */
	struct str email;                 /* given at this login, its code under way */
	struct str email_id;              /* of this address here: its codes fit no other one */
	bool email_given;                 /* and proven: no second factor of this login */
	int64_t sends, tries;             /* codes sent, codes typed: bounded */
	struct str username;              /* as typed, to show it again */
	int notice;                       /* enum login_flash: what the next page says */
	int64_t notice_until;             /* LIMITED: when trying again makes sense */
	/* A forgotten password (idp/login/recovery_records.h): key of the link. Such a transaction
	 * ends with a new password and never with a session; primary_account is whose. Empty: any
	 * other. */
	struct str reset;
	struct str only; /* connector by which alone one may log in here; empty: any way */
};
#define INTERACTION_ATTEMPTS_MAX 10
#define INTERACTION_SENDS_MAX    5
#define INTERACTION_TRIES_MAX    5

enum login_flash {
	LOGIN_FLASH_NONE,
	LOGIN_FLASH_WRONG,     /* username or password, or the code */
	LOGIN_FLASH_LIMITED,   /* too many attempts */
	LOGIN_FLASH_CODE_OVER, /* ask for another */
	LOGIN_FLASH_FORBIDDEN, /* this account logs in by ThaID only */
	LOGIN_FLASH_BUSY,
	LOGIN_FLASH_CHANGED,  /* the password: log in again */
	LOGIN_FLASH_MISMATCH, /* the new password was typed in two ways */
	LOGIN_FLASH_RULES,    /* it breaks rules */
	LOGIN_FLASH_ADDRESS,  /* what was typed is no email address */
	LOGIN_FLASH_TAKEN,    /* somebody else has it */
	LOGIN_FLASH_MAX
};

extern const struct record_type record_interaction;

#endif
