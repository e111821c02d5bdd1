/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_RECOVERY_MAILER_H
#define PRATU_IDP_LOGIN_RECOVERY_MAILER_H

/*
 * What comes of a forgotten password that somebody told of (idp/login/recovery_records.h). The page
 * writes the same record for every name and answers at once; a thread of its own looks at the
 * records after that, so that nobody can see or time who has an account.
 *
 * A letter goes only to an email address that is proven and not new (settings.cooling_off), at most
 * RECOVERY_MAIL_GAP seconds apart for an account and throttle.target_limit for an address. It holds
 * a link only where something beside the mailbox can prove the person once more: a mobile number,
 * proven and not new, at which the login policy takes codes. Every other letter says what to do
 * instead. docs/login.md has the table.
 *
 * Any number of processes may look at one store: an ask is taken by one of them.
 */
#include "throttle/throttle.h"
#include "core/app.h"

#define RECOVERY_MAIL_GAP  60   /* seconds between two letters about one account */
#define RECOVERY_MAIL_SCAN 1000 /* milliseconds between two looks */

struct recovery_mailer;

/* provider and gate must outlive it. */
struct recovery_mailer *recovery_mailer_new(const struct app *p, struct throttle *throttle);
/* Looks at everything asked so far; what fails is left for the next time. */
MUST_USE enum rc recovery_mailer_scan(struct recovery_mailer *f);
void recovery_mailer_start(struct recovery_mailer *f); /* a thread that looks again and again */
void recovery_mailer_free(struct recovery_mailer *f);  /* stops it; NULL is fine */

#endif
