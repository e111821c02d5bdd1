/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_FLOW_FORGOT_H
#define PRATU_TESTS_FLOW_FORGOT_H

/* Steps of a forgotten password in a flow test's world: ask, read the letter, follow the link. */
#include "idp/login/recovery_mailer.h"
#include "flow/otp_fixture.h"
#include "flow/mailbox.h"

#define MAIL      "person@office.test"
#define MOBILE    "+66812345678"
#define NEW       "Mai-Pratu2569!"
#define OTHER_PID "3100900000027"

struct recovery_fixture {
	struct otp_fixture *c;
	struct fixture *w;
	struct mailbox *m;
	struct recovery_mailer *desk;
};

/* cmocka's set-up and tear-down: codes_new's world; somchai's mobile number is proven, too. */
int recovery_fixture_set_up(void **state);
int recovery_fixture_tear_down(void **state);

/* Tells of a forgotten password of this name in a browser of its own; the desk looks at it. */
struct raw_answer request_recovery(struct recovery_fixture *h, const char *username);
/* The same, and the link of the letter: path and query. */
struct str link_for(struct recovery_fixture *h, const char *username);
/* Presses the link's button: the page on which the second proof is chosen. */
struct raw_answer begin_recovery(struct recovery_fixture *h, struct browser *b, struct str link);
struct raw_answer press_link(struct recovery_fixture *h, struct browser *b, struct str link);
/* From there: a code by SMS, the right one. The page for the new password. */
struct raw_answer prove_by_sms(
	struct recovery_fixture *h, struct browser *b, const struct raw_answer *page);
/* From there by ThaID. */
struct raw_answer prove_by_thaid(struct recovery_fixture *h, struct browser *b,
	const struct raw_answer *page, const char *pid);
/* The new password, typed twice. */
struct raw_answer choose(struct recovery_fixture *h, struct browser *b,
	const struct raw_answer *page, const char *password);
/* Up to the page for the new password, by SMS. */
struct raw_answer up_to_choice(struct recovery_fixture *h, struct browser *b, struct str link);

/* Can somchai log in by this password, with the code that follows? */
bool password_works(struct recovery_fixture *h, const char *password);
bool has_session(const struct browser *b);

#endif
