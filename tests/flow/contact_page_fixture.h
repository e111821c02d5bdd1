/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_FLOW_ADDRESSES_H
#define PRATU_TESTS_FLOW_ADDRESSES_H

/* The pages /account/contact in flow tests: somchai, signed in by ThaID, types addresses and codes.
 * Needs cmocka. */
#include "flow/otp_fixture.h"
#include "flow/mailbox.h"
#include "directory/contact.h"
#include "directory/directory.h"

#define OLD       "person@office.test" /* his, and proven */
#define NEW       "somchai@bangtanai.go.th"
#define OTHER     "somchai.j@bangtanai.go.th"
#define MALEE_PID "1234567890139"
#define EMAIL     "/account/contact/email"
#define MOBILE    "/account/contact/mobile"

struct contact_page_fixture {
	struct otp_fixture *c;
	struct fixture *w;
	struct mailbox *m;
	struct browser b; /* somchai's */
};

int contact_page_fixture_set_up(void **state);
int contact_page_fixture_tear_down(void **state);

/* A page of ours. */
struct raw_answer page(struct browser *b, const char *path);
/* The value of the page's first field of that name. */
char *value(struct fixture *w, struct str body, const char *name);
/* Sends a form of a page with its hidden fields, and name=field. */
struct raw_answer post(struct browser *b, const struct raw_answer *page, const char *action,
	const char *kind, const char *name, const char *field);
void check_gone_to_at(const struct raw_answer *r, const char *path, const char *file, int line);
#define check_gone_to(r, path) check_gone_to_at(r, path, __FILE__, __LINE__)
/* Types a new address; gives the page on which its code is typed. */
struct raw_answer type_new(
	struct browser *b, const char *path, const char *kind, const char *address);
struct raw_answer type_code(
	struct browser *b, const struct raw_answer *page, const char *kind, const char *code);
/* The code that was sent last. */
struct raw_answer type_right(
	struct contact_page_fixture *h, const struct raw_answer *page, const char *kind);

struct person person_of(struct fixture *w, struct str id);
struct person me(struct contact_page_fixture *h);

#endif
