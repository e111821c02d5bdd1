/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_LOGIN_RECORD_H
#define PRATU_IDP_LOGIN_LOGIN_RECORD_H

/*
 * The record of a login: from an authorization request, or a page of ours that needs one, to its
 * answer. Completed steps are recorded here, never inferred from a URL.
 *
 * Three parts in one stored record, separated by their readers: the request (the protocol's
 * question), the login (who, by which account, how far, the bounds), and the state of the
 * authentication methods. Short-lived like the other records of the protocol
 * (idp/oauth/token_records.h); its table is called "interaction" on disk, for ever.
 */
#include "idp/login/auth_request.h"

/* What the methods keep from one step to the next. Nobody is logged in before all of it is done. */
struct login_methods {
	struct str connector; /* upstream under way */
	struct str upstream_nonce, upstream_verifier;
	struct str username; /* as typed, to show it again */
	struct str primary;  /* factor that was passed: "password"; empty: none yet */
	struct str primary_person, primary_account; /* whom it found */
	struct str primary_credential_version;      /* which secret it was (factor.h) */
	int64_t broken;                             /* bits of the rules that the new one breaks */
	int must_change;   /* enum must_change: the secret opens nothing until it is changed */
	struct str second; /* second factor whose code was sent */
	struct str second_factor_done;    /* second factor passed */
	struct str second_factor_address; /* the address whose code passed it */
	bool second_factor_skipped;       /* the person has none yet and used up one respite */
	struct str email;                 /* given at this login, its code under way */
	struct str email_id;              /* of this address here: its codes fit no other one */
	bool email_given;                 /* and proven: no second factor of this login */
};

/* Counted over the whole login, whatever the methods. */
struct login_bounds {
	int64_t round_trips; /* to upstreams */
	int64_t sends;       /* codes sent */
	int64_t tries;       /* codes typed */
};
#define LOGIN_ROUND_TRIPS_MAX 10
#define LOGIN_SENDS_MAX       5
#define LOGIN_TRIES_MAX       5

struct login {
	struct auth_request request;
	struct login_methods method;
	struct login_bounds bounds;
	/* SHA-256 of the browser cookie: another browser cannot go on with it. */
	struct str browser;
	int64_t created, expires;
	struct str person;  /* logged in within this login */
	struct str account; /* chosen */
	bool login_done, account_done, consent_done, cancelled;
	int notice;           /* enum login_flash: what the next page says */
	int64_t notice_until; /* LIMITED: when trying again makes sense */
	/* A forgotten password (idp/login/recovery_records.h): key of the link. Such a login ends
	 * with a new password and never with a session; primary_account is whose. Empty: any other.
	 */
	struct str reset;
};

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

extern const struct record_type record_login;

#endif
