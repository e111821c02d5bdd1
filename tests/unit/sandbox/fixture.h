/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_UNIT_SANDBOX_FIXTURE_H
#define PRATU_TESTS_UNIT_SANDBOX_FIXTURE_H

/*
 * A simulated ThaID of its own for each test, with two clients, one person and a clock the test
 * moves.
 */
#include "check.h"
#include "jose/jwt.h"
#include "sandbox/thaid/thaid.h"

#define BACK "http://localhost:1/cb"
#define REQUEST                                                                                    \
	"response_type=code&client_id=one&redirect_uri=http://localhost:1/cb&state=S&nonce=N&"     \
	"scope="

extern int64_t now_ms;
extern const struct sandbox_client client_rows[2];

struct sandbox_fixture {
	struct arena *a;
	struct sandbox_thaid *t;
};

int setup(void **state);
int teardown(void **state);
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

struct form form(struct sandbox_fixture *f, const char *text);
/* Changes settings, written as a form. */
void set(struct sandbox_fixture *f, const char *text);
/* Begins a login. */
struct thaid_login_view begin(struct sandbox_fixture *f, const char *query);
/* The part of a query string behind "name=". */
struct str param(struct str url, const char *name);
/* The code of a fresh, approved login. */
struct str approved_code(struct sandbox_fixture *f, const char *scope);
enum rc token(
	struct sandbox_fixture *f, struct str code, struct str *ret, struct thaid_error *error);
/* A token reply for a fresh login of this scope. */
struct json_value *reply(struct sandbox_fixture *f, const char *scope);
struct str text_of(const struct json_value *v, const char *name);
/* The payload of the reply's id_token, its signature checked against the published keys. */
struct json_value *claims_of(
	struct sandbox_fixture *f, const struct json_value *reply, enum rc want);

#endif
