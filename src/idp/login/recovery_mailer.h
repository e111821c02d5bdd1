/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_RECOVERY_MAILER_H
#define PRATU_IDP_LOGIN_RECOVERY_MAILER_H

/*
 * Processing of recovery requests (idp/login/recovery_records.h). The page writes the same record
 * for every username and responds at once; a separate thread processes the records, so that neither
 * the response nor its time reveals which accounts exist.
 *
 * A recovery mail is sent only to an email address that is verified and not new
 * (settings.cooling_off), at most RECOVERY_MAIL_GAP seconds apart for an account and
 * throttle.target_limit for an address. It has a link only if a second proof besides the mailbox is
 * possible: a verified mobile number that is not new, with a login policy that offers codes by SMS.
 * Every other mail says what to do instead. docs/login.md has the table.
 *
 * Several processes may work on one store: each request is processed by one of them.
 */
#include "throttle/throttle.h"
#include "core/app.h"
#include "web/text.h"

#define RECOVERY_MAIL_GAP  60   /* seconds between two recovery mails for one account */
#define RECOVERY_MAIL_SCAN 1000 /* milliseconds between two looks */

struct recovery_mailer;

/* The model of pages/recovery-mail.txt. */
struct recovery_mail {
	int outcome; /* what may be done: closed, never_set, one_proof, link */
	struct str name, username, office, device, address;
	struct str admin_name, admin_phone; /* of the office */
	struct str link;
	int64_t when, life;
};
extern const struct text_type text_recovery_mail;

/* provider and gate must outlive it. */
struct recovery_mailer *recovery_mailer_new(const struct app *p, struct throttle *throttle);
/* Processes all pending requests; failed ones are left for the next run. */
MUST_USE enum rc recovery_mailer_scan(struct recovery_mailer *f);
void recovery_mailer_start(struct recovery_mailer *f); /* a thread that looks again and again */
void recovery_mailer_stop(struct recovery_mailer *f);  /* ends it, should it run */
void recovery_mailer_free(struct recovery_mailer *f);  /* stops it, too; NULL is fine */

#endif
