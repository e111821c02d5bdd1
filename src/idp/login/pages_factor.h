/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_PAGES_FACTOR_H
#define PRATU_IDP_LOGIN_PAGES_FACTOR_H

/*
 * Models of the pages of a login by username, password and one-time code. See web/page.h for what
 * holds of all models.
 */
#include "web/pages_common.h"

/* What the page says of the last attempt; each is a message. */
enum web_login_message {
	WEB_LOGIN_NONE,
	WEB_LOGIN_WRONG,
	WEB_LOGIN_LIMITED, /* wait says how long */
	WEB_LOGIN_CODE_OVER,
	WEB_LOGIN_FORBIDDEN,
	WEB_LOGIN_BUSY,
	WEB_LOGIN_CHANGED,
	WEB_LOGIN_MISMATCH,
	WEB_LOGIN_RULES,
	WEB_LOGIN_MALFORMED,
	WEB_LOGIN_REPLACED,
	WEB_LOGIN_QUEUE,  /* too many wait, it was not looked at; wait says how long */
	WEB_LOGIN_RESEND, /* wait says how long */
	WEB_LOGIN_TIMED_OUT,
	WEB_LOGIN_NOT_SAVED,
	WEB_LOGIN_MESSAGE_MAX_
};

/* A place a code can be sent to: a button that posts "step" and "factor". */
struct web_target {
	struct str factor; /* shown in words where the catalogue has factor.<factor> */
	struct str id;     /* the same, as posted */
	struct str masked;
};

struct web_targets {
	const struct web_target *v;
	size_t n;
};

/* Where shall the code go? Posts "step" and "factor" to send_action. */
struct web_second_factor {
	struct str portal;
	enum web_login_message notice;
	int64_t wait;
	struct web_targets targets;
	bool enrol; /* a second factor is set up; else one that the person has is chosen */
	struct str send_action, send_step;
	int64_t skips; /* enrol: times it may be postponed; 0: not any more */
	struct str skip_action, skip_step;
	struct str again_action, again_step;
	struct str cancel_url;
};

/* The code is typed in: posts "step" and "code" to action. */
struct web_otp {
	struct str portal;
	struct str confirm; /* a text that the code confirms; empty: none */
	bool reset;         /* of a forgotten password: nobody logs in by it */
	struct str factor;  /* shown in words where the catalogue has factor.<factor> */
	struct str masked;
	struct str reference;
	int64_t seconds; /* the code lives on; 0: it is dead */
	int64_t resend;  /* until another may be sent; 0: now */
	bool may_resend; /* not all codes of this login are used up */
	bool stuck;      /* the message could not be handed over so far */
	int64_t tries;   /* left */
	enum web_login_message notice;
	int64_t wait;
	struct str action, step;
	struct str id; /* the factor, as posted to send_action */
	struct web_targets others;
	struct str send_action, send_step;
	struct str other_action, other_step; /* where the address is asked for: to give another */
	struct str again_action, again_step;
	struct str cancel_url;
};

enum web_rule_kind {
	WEB_RULE_TOO_SHORT,
	WEB_RULE_TOO_LONG,
	WEB_RULE_NO_LOWER,
	WEB_RULE_NO_UPPER,
	WEB_RULE_NO_DIGIT,
	WEB_RULE_NO_SPECIAL,
	WEB_RULE_HAS_SPACE,
	WEB_RULE_BAD_CHARACTER,
	WEB_RULE_COMMON,
	WEB_RULE_PERSONAL,
	WEB_RULE_USED_BEFORE,
	WEB_RULE_KIND_MAX_
};

/* The kind of a rule's word; WEB_RULE_KIND_MAX_ when there is none. */
enum web_rule_kind web_rule_kind(struct str word);
bool web_rule_is_quiet(enum web_rule_kind kind);

struct web_rule {
	enum web_rule_kind kind;
	int64_t n;   /* the number in its sentence */
	bool broken; /* by what was typed last */
	bool quiet;  /* shown only where it is broken: few run into it */
};

/* Why a new one is wanted; each is a sentence. */
enum web_change_why {
	WEB_CHANGE_INITIAL,
	WEB_CHANGE_HOLDER,
	WEB_CHANGE_ORDERED,
	WEB_CHANGE_EXPIRED,
	WEB_CHANGE_WHY_MAX_
};

/* The field of a form in which a secret is typed. */
#define WEB_FIELD_SECRET "password"

/* A new password; posts "step", "password" and "repeat" to action. */
struct web_change {
	struct str portal, username;
	enum web_login_message notice;
	enum web_change_why why;
	bool reset; /* in place of a forgotten one: why is not shown */
	struct {
		const struct web_rule *v;
		size_t n;
	} rules;
	struct str action, step;
	struct str again_action, again_step;
	struct str cancel_url;
};

/* A code is compulsory, and there is no address to send one to. */
struct web_second_factor_unavailable {
	struct str portal, username, office;
	struct {
		const struct web_support_contact *v;
		size_t n;
	} support_contacts;
	struct str again_action, again_step;
	struct str cancel_url;
};

extern const struct page_type web_page_second_factor;
extern const struct page_type web_page_otp;
extern const struct page_type web_page_second_factor_unavailable;
extern const struct page_type web_page_change;

#endif
