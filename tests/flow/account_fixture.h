/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_FLOW_HOLDER_H
#define PRATU_TESTS_FLOW_HOLDER_H

/* What tests of the account pages share: somchai with ThaID, a password, codes and a mail box; and
 * malee, somebody else. Needs cmocka. */
#include "flow/otp_fixture.h"
#include "flow/mailbox.h"

#define MALEE_PID  "1234567890139"
#define SOMCHAI_AT "person@office.test" /* proven */

struct account_fixture {
	struct otp_fixture *c;
	struct fixture *w;
	struct mailbox *m;
	struct browser b; /* nobody is logged in */
	struct str malee;
};

/* cmocka's set-up and tear-down; *state is a struct holder. */
int account_fixture_set_up(void **state);
int account_fixture_tear_down(void **state);

/* Logs somchai in to the launcher by password and code. */
void account_fixture_log_in(struct account_fixture *h, struct browser *b, const char *password);
/* The body of a page of ours that must be there. */
struct str account_fixture_page(struct browser *b, const char *path);
/* The form token of an account page. */
const char *account_fixture_csrf(struct browser *b, const char *path);
bool account_fixture_is_logged_in(struct browser *b);

#endif
