/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_FLOW_CODES_H
#define PRATU_TESTS_FLOW_CODES_H

/* The password and the code factors in a flow test's world: the real ones, with cheap hashes and a
 * post that keeps the last message. Needs cmocka. */
#include "factors/password/login_password.h"
#include "factors/otp/otp.h"
#include "flow/helpers.h"
#include "idp/challenge/challenge.h"

#include <pthread.h>

#define USERNAME "somchai.j"
#define PASSWORD "Rak-Pratu9!"

struct otp_fixture {
	struct fixture *w;
	struct login_policy policy;
	struct password_options password_options;
	struct throttle_options throttle_options;
	struct password *password;
	struct throttle *throttle;
	struct challenge_post post;
	struct challenges challenges;
	struct str account; /* somchai's */
	bool no_sms;
	/* The last message. */
	pthread_mutex_t lock;
	char target[128], text[1200];
	int posted;
	enum rc post_rc;
};

/* The standard world in which somchai has an account and a password; ThaID, then the password, then
 * a code by mail or SMS, always. Methods that count by app->throttle need w->p.throttle = throttle,
 * and the one before put back ahead of otp_fixture_free. */
struct otp_fixture *otp_fixture_new(void);
struct otp_fixture *otp_fixture_new_on(enum fixture_store kind);
void otp_fixture_free(struct otp_fixture *c);
/* The registered method of that name, for a test that changes it. */
struct auth_method *otp_fixture_method(struct otp_fixture *c, const char *name);
/* Sets the number of hash threads. */
void otp_fixture_hash_pool(struct otp_fixture *c, int64_t threads);
/* Gives an account a password; change (may be NULL) is called before it is stored. Any thread. */
void otp_fixture_password(struct otp_fixture *c, struct str account, const char *password,
	void (*change)(struct credential *x));
/* The six digits of the last message. */
struct str code_posted(struct otp_fixture *c);
struct str reference_posted(struct otp_fixture *c);
/* Six other digits, the n-th; and as the form's field. */
const char *code_wrong(struct otp_fixture *c, int n);
const char *wrong_form(struct otp_fixture *c, int n);

/* The password form of a login page, as text up to its end. */
struct str password_form_text(const struct raw_answer *page);
/* Sends the password form of a login page, follows to the next page. */
struct raw_answer type_password(struct browser *b, const struct raw_answer *page,
	const char *username, const char *password);
/* An authorization request up to the login page. */
struct raw_answer login_page(struct browser *b, const char *extra);
/* Sends a form of a page by its action's end; extra is "name=value" or "". Gives the answer. */
struct raw_answer send_form(
	struct browser *b, const struct raw_answer *page, const char *action, const char *extra);
/* send_form, and the page it leads to. */
struct raw_answer send_and_follow(
	struct browser *b, const struct raw_answer *page, const char *action, const char *extra);
/* Up to the page on which the code by mail is typed. */
struct raw_answer code_page(struct browser *b);
/* Audit lines that hold a part. */
size_t audited(struct fixture *w, const char *part);

#endif
