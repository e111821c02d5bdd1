/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_FLOW_CIBA_FIXTURE_H
#define PRATU_TESTS_FLOW_CIBA_FIXTURE_H

/* What tests of backchannel authentication share: the account pages' world with the clients "kiosk"
 * and "kiosk2" (poll), which ask for somchai. Needs cmocka. */
#include "flow/account_fixture.h"
#include "idp/ciba/ciba_records.h"

#define BC_AUTHORIZE "/oauth2/bc-authorize"
#define TO_SOMCHAI   "login_hint=" USERNAME

/* cmocka's set-up; *state is a struct account_fixture. Tear-down: account_fixture_tear_down. */
int ciba_fixture_set_up(void **state);
void ciba_client(struct client *c); /* for fixture_client */

/* POST of the form, "&"-joined after scope=openid; of "kiosk". */
struct raw_answer bc_ask(struct fixture *w, const char *more);
struct raw_answer bc_ask_by(struct fixture *w, const char *client, const char *form);
/* The auth_req_id of a request that must be accepted. */
struct str bc_begin(struct fixture *w, const char *more);
/* The token endpoint's answer to it. */
struct raw_answer bc_poll(struct fixture *w, struct str auth_req_id);
struct raw_answer bc_poll_by(struct fixture *w, const char *client, struct str auth_req_id);
/* It is this error, and no token. */
void check_poll_at(
	struct fixture *w, struct str auth_req_id, const char *error, const char *file, int line);
#define check_poll(w, id, error) check_poll_at(w, id, error, __FILE__, __LINE__)
/* Path of the page of the one request that waits for the person of this browser. */
struct str bc_page(struct browser *b);
/* Answers it: "approve", "refuse", "not_me". The browser must be logged in well enough. */
struct raw_answer bc_answer(struct browser *b, struct str page, const char *answer);
/* The same by a form token that is there, without a look at the page. */
struct raw_answer bc_post_answer(
	struct browser *b, const char *csrf, struct str page, const char *answer);
/* A whole number of a JSON answer; -1: it is not there. */
int64_t json_number(struct fixture *w, const struct raw_answer *r, const char *name);

#endif
