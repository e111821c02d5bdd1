/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_PAGES_CONTACT_H
#define PRATU_WEB_PAGES_CONTACT_H

/* Models of the pages on which a person gives, changes and proves an email or a mobile number: see
 * web/pages.h. */
#include "web/pages_problem.h"

enum web_contact_kind { WEB_CONTACT_EMAIL, WEB_CONTACT_MOBILE };

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
	WEB_CONTACT_MESSAGE_MAX_
};

struct web_contact {
	enum web_contact_kind kind;
	struct str address; /* in full: the page is its owner's */
	bool verified;
	int64_t changed;
	bool waiting; /* a new one waits for its code */
	bool may_change, may_remove;
	struct str change_url;
	struct str csrf, remove_action; /* removing posts "csrf" and "kind" */
};

/* /account/contact */
struct web_contacts {
	enum web_contact_message notice;
	struct {
		const struct web_contact *v;
		size_t n;
	} rows;
};

/* A new address is typed: posts "csrf", "kind" and "address" to action. */
struct web_contact_new {
	enum web_contact_kind kind;
	enum web_contact_message notice;
	struct str typed; /* last, or the unproven one that is there */
	struct str csrf, action, back_url;
};

/* Its code is typed: posts "csrf", "kind", "change" and "code" to action; the same without "code"
 * to send_action and drop_action. */
struct web_contact_code {
	enum web_contact_kind kind;
	enum web_contact_message notice;
	int64_t wait;
	struct str address, reference;
	int64_t seconds; /* the code lives on; 0: it is dead, or none was sent */
	int64_t resend;  /* until another may be sent; 0: now */
	bool may_resend;
	int64_t tries; /* left */
	struct str csrf, change, action, send_action, drop_action;
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

#endif
