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

/* The authentication method under way (core/auth_method.h), and what it and the steps beside it
 * keep from one step to the next. Nobody is logged in before all of it is done. */
struct login_method_state {
	struct str name;     /* empty: none is under way */
	int purpose, next;   /* enum auth_purpose; enum auth_next: what it waits for */
	struct str state;    /* the method's own; nobody else reads it */
	struct str username; /* as typed, to show it again */
	int64_t broken;      /* bits of the rules that the new secret breaks */
	int must_change;     /* enum must_change: the secret opens nothing until it is changed */
	bool second_factor_skipped; /* the person has none yet and used up one respite */
	struct str typed;           /* as an email address, and is none: shown again */
	struct str email;           /* given at this login, its code under way */
	struct str email_id;        /* of this address here: its codes fit no other one */
	bool email_given; /* and proven, or a method enrolled: no second factor of this login */
};

/* Counted over the whole login, whatever the methods. */
struct login_bounds {
	int64_t round_trips; /* methods begun on the login page */
	int64_t begun;       /* methods begun: a return belongs to one beginning */
	int64_t sends;       /* codes sent */
	int64_t tries;       /* codes typed */
	int64_t refused;     /* returns that came to nothing */
	int64_t left;        /* attempts until the account is locked; 0: many, or not known */
};
#define LOGIN_ROUND_TRIPS_MAX 10
#define LOGIN_SENDS_MAX       5
#define LOGIN_TRIES_MAX       5
#define LOGIN_COUNTED         4096u /* bytes of its request that count as one begun login */

struct login {
	struct auth_request request;
	struct login_method_state method;
	struct login_bounds bounds;
	/* SHA-256 of the browser cookie: another browser cannot go on with it. */
	struct str browser;
	int64_t created, expires;
	/* What was proven (core/auth_proof.h), the one that found the account first. */
	struct strlist proofs;
	struct str person;  /* logged in within this login */
	struct str account; /* chosen */
	bool login_done, account_done, consent_done, cancelled;
	int notice;           /* enum login_flash: what the next page says */
	int64_t notice_until; /* LIMITED: when trying again makes sense */
	/* A forgotten password (idp/login/recovery_records.h): key of the link. Such a login ends
	 * with a new password and never with a session; the first proof says whose. Empty: any
	 * other. */
	struct str reset;
	bool over; /* ended by too many wrong codes; the rest is forgotten */
};

enum login_flash {
	LOGIN_FLASH_NONE,
	LOGIN_FLASH_WRONG,     /* username or password, or the code */
	LOGIN_FLASH_LIMITED,   /* too many attempts */
	LOGIN_FLASH_CODE_OVER, /* ask for another */
	LOGIN_FLASH_FORBIDDEN, /* this account logs in by ThaID only */
	LOGIN_FLASH_BUSY,
	LOGIN_FLASH_CHANGED,   /* the password: log in again */
	LOGIN_FLASH_MISMATCH,  /* the new password was typed in two ways */
	LOGIN_FLASH_RULES,     /* it breaks rules */
	LOGIN_FLASH_ADDRESS,   /* what was typed is no email address */
	LOGIN_FLASH_TAKEN,     /* somebody else has it */
	LOGIN_FLASH_WAITING,   /* the person pressed, and the phone has not answered yet */
	LOGIN_FLASH_MALFORMED, /* what was typed cannot be a code */
	LOGIN_FLASH_REPLACED,  /* it was the code of an earlier message */
	LOGIN_FLASH_QUEUE,     /* too many wait, it was not looked at; never stored */
	LOGIN_FLASH_RESEND,    /* another code was requested too early */
	LOGIN_FLASH_TIMED_OUT, /* a session was there and is not any more */
	LOGIN_FLASH_NOT_SAVED, /* the same, found by a form that was sent */
	LOGIN_FLASH_MAX
};

extern const struct record_type record_login;

#endif
