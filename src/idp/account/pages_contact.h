/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_PAGES_CONTACT_H
#define PRATU_IDP_ACCOUNT_PAGES_CONTACT_H

/*
 * Models of the pages about email and mobile number. See web/page.h for what holds of all models.
 */
#include "idp/login/pages_recovery.h"

struct web_contact {
	enum web_contact_kind kind;
	struct str address; /* in full: the page is its owner's */
	bool verified;
	int64_t changed;
	bool waiting; /* a new one waits for its code */
	bool may_change, may_remove;
	struct str change_url, remove_url;
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
	bool unavailable; /* nothing can be sent there: no form */
	struct str typed; /* last, or the unproven one that is there */
	struct str csrf, action, back_url;
};

/* Is it to be removed? Posts "csrf" and "kind" to action. */
struct web_contact_removal {
	enum web_contact_kind kind;
	enum web_contact_message notice;
	struct str address; /* in full */
	bool may_remove;
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

extern const struct page_type web_page_contacts;
extern const struct page_type web_page_contact_new;
extern const struct page_type web_page_contact_removal;
extern const struct page_type web_page_contact_code;

#endif
