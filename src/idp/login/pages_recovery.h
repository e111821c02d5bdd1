/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_PAGES_RECOVERY_H
#define PRATU_IDP_LOGIN_PAGES_RECOVERY_H

/*
 * Models of the pages on which a way in is won back or completed. See web/page.h for what holds of
 * all models.
 */
#include "idp/login/pages_factor.h"
#include "web/pages_common.h"

enum web_contact_kind { WEB_CONTACT_EMAIL, WEB_CONTACT_MOBILE, WEB_CONTACT_KIND_MAX_ };

/* What the page says of the last thing done; each is a message. */
enum web_contact_message {
	WEB_CONTACT_NONE,
	WEB_CONTACT_INVALID, /* no email address, no mobile number */
	WEB_CONTACT_SAME,    /* it is the person's already, and proven */
	WEB_CONTACT_WRONG_CODE,
	WEB_CONTACT_CODE_EXPIRED,
	WEB_CONTACT_LIMITED, /* wait says how long */
	WEB_CONTACT_BUSY,
	WEB_CONTACT_TOO_MANY_CODES, /* too many wrong codes */
	WEB_CONTACT_TAKEN,          /* somebody else has proven it */
	WEB_CONTACT_CONFLICT,       /* another change came in between */
	WEB_CONTACT_SAVED,
	WEB_CONTACT_REMOVED,
	WEB_CONTACT_NEEDED, /* it may not be removed: codes go there */
	WEB_CONTACT_MALFORMED_CODE,
	WEB_CONTACT_REPLACED_CODE,
	WEB_CONTACT_UNAVAILABLE, /* nothing can be sent to this kind of contact here */
	WEB_CONTACT_MESSAGE_MAX_
};

/* At a login by password, before a second factor is compulsory: an email is asked for. Posts "step"
 * and "address" to action, "step" to skip_action. */
struct web_enrol_email {
	struct str portal;
	enum web_contact_message notice;
	int64_t wait;
	struct str typed;
	int64_t from;  /* the day on which it becomes compulsory */
	int64_t skips; /* how often the person may still go on without; 0: not any more */
	struct str action, step;
	struct str skip_action, skip_step;
	struct {
		const struct web_support_contact *v;
		size_t n;
	} support_contacts; /* who helps a person without an email; only where skips is 0 */
	struct str again_action, again_step;
	struct str cancel_url;
};

/* A password was forgotten; posts "step" and "username" to action. */
struct web_recovery_request {
	struct str portal;
	bool asked;           /* the same answer for every name */
	struct str username;  /* as typed before */
	struct str thaid_url; /* log in by ThaID and set a new one; empty: no such way */
	struct str action, step;
	struct str back_url; /* to the login */
};

enum web_recovery_state {
	WEB_RECOVERY_OPEN,
	WEB_RECOVERY_PROVE,
	WEB_RECOVERY_DONE,
	WEB_RECOVERY_OVER,
	WEB_RECOVERY_STATE_MAX_
};

/* The link in a mail to who forgot a password. OPEN posts "t" to action; PROVE posts
 * "step" and "factor" to send_action, or upstream_step as "step" to upstream_action. */
struct web_recovery {
	enum web_recovery_state state;
	struct str username;
	struct str action, token;
	enum web_login_message notice;
	int64_t wait;
	struct web_targets targets;
	struct str send_action, send_step;
	struct str upstream_action, upstream_step;
	struct str login_url;
};

extern const struct page_type web_page_enrol_email;
extern const struct page_type web_page_recovery_request;
extern const struct page_type web_page_recovery;

#endif
