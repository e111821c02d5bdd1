/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* An import that changes addresses: proofs, notices, cooling off, one person to an email. */
#include "flow/contact_page_fixture.h"
#include "directory/import/import.h"
#include "support/administration.h"

#define COLUMNS "citizen_number,given_th,email,email_verified\n"

static struct import_result result;
static struct str errors;

static enum rc import_people(struct contact_page_fixture *h, const char *text, bool unique)
{
	const struct administrator who = administrator_of(&h->w->p);
	const struct import_request request = {.kind = IMPORT_PEOPLE,
		.file = "f.csv",
		.text = str_c(text),
		.email_unique = unique};
	struct buf out;
	enum rc rc;

	buf_init(&out, h->w->a, IMPORT_ERRORS_BYTES);
	rc = import_csv(&who.app, &who.actor, &request, &out, &result);
	errors = buf_str(&out);
	return rc;
}

static void a_changed_email_is_told_and_cools_off(void **state)
{
	struct contact_page_fixture *h = *state;

	check_ok(import_people(
		h, "citizen_number,given_th,email\n" SOMCHAI_PID ",ก," NEW "\n", false));
	check_c(me(h).email, NEW);
	assert_false(me(h).email_verified);
	assert_int_equal(me(h).email_changed, h->w->now_ms / 1000);
	assert_int_equal(me(h).mobile_changed, 0);
	/* Who held it; nobody has proven the new one. */
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 1);
	check_has(mailbox_last(h->m, OLD).text, "อีเมล");
	/* The same again. */
	fixture_advance_clock(h->w, 60);
	check_ok(import_people(
		h, "citizen_number,given_th,email\n" SOMCHAI_PID ",ก," NEW "\n", false));
	assert_int_equal(result.unchanged, 1);
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 1);
	assert_int_equal(me(h).email_changed, h->w->now_ms / 1000 - 60);
}

static void a_verified_new_one_is_told_too(void **state)
{
	struct contact_page_fixture *h = *state;

	check_ok(import_people(h, COLUMNS SOMCHAI_PID ",ก," NEW ",true\n", false));
	assert_true(me(h).email_verified);
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 2);
	assert_true(mailbox_has(h->m, OLD) && mailbox_has(h->m, NEW));
}

static void who_is_new_or_unchanged_is_told_nothing(void **state)
{
	struct contact_page_fixture *h = *state;

	check_ok(import_people(
		h, COLUMNS SOMCHAI_PID ",ข," OLD ",true\n" MALEE_PID ",ค," NEW ",true\n", true));
	assert_int_equal(result.added, 1);
	assert_int_equal(result.changed, 1);
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 0);
	assert_int_equal(me(h).email_changed, 0);
}

static void an_email_of_somebody_else_is_a_fault(void **state)
{
	struct contact_page_fixture *h = *state;
	const char *file = COLUMNS MALEE_PID ",ค,Person@office.TEST,true\n";

	assert_int_equal(import_people(h, file, true), RC_INVALID);
	check_has(errors, "f.csv:2: email: somebody else has verified this email");
	/* Unverified it proves nothing; and without the policy people may share. */
	check_ok(import_people(h, COLUMNS MALEE_PID ",ค," OLD ",false\n", true));
	check_ok(import_people(h, file, false));
	/* Shared by now: what else is in the row is taken. */
	check_ok(import_people(h, COLUMNS MALEE_PID ",ง," OLD ",true\n", true));
	assert_int_equal(result.changed, 1);
}

static void two_rows_cannot_have_one_email(void **state)
{
	struct contact_page_fixture *h = *state;

	assert_int_equal(import_people(h,
				 COLUMNS SOMCHAI_PID ",ก," NEW ",true\n" MALEE_PID
						     ",ค,SOMCHAI@bangtanai.go.th,true\n",
				 true),
		RC_INVALID);
	check_has(errors, "f.csv:3: email: line 2 has the same one");
	check_c(me(h).email, OLD);
}

static void an_email_that_an_import_lets_go_is_free(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r;
	struct browser malee = {.w = h->w};

	h->c->policy.email_unique = true;
	check_ok(import_people(h, COLUMNS SOMCHAI_PID ",ก,,\n" MALEE_PID ",ค,,\n", true));
	log_in(&malee, MALEE_PID);
	r = type_new(&malee, EMAIL, "email", OLD);
	r = type_code(&malee, &r, "email", str_dup_c(h->w->a, code_posted(h->c)));
	check_gone_to(&r, "/account/contact?done=saved");
	assert_int_equal(
		import_people(h, COLUMNS SOMCHAI_PID ",ก," OLD ",true\n", true), RC_INVALID);
}

static bool still_in(struct browser *b)
{
	return browse(b, "/apps").status == 200;
}

/* Whoever changes a contact: what a message to the one before opened is over. */
static void an_import_ends_what_the_old_email_opened(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser by_code = {.w = h->w}, by_thaid = {.w = h->w};
	struct raw_answer page = code_page(&by_code);

	(void)send_form(&by_code, &page, "/login/code",
		str_dup_c(h->w->a, text(h->w, "code=%.*s", STR_FMT(code_posted(h->c)))));
	log_in(&by_thaid, SOMCHAI_PID);
	assert_true(still_in(&by_code) && still_in(&by_thaid));
	check_ok(import_people(
		h, "citizen_number,given_th,email\n" SOMCHAI_PID ",ก," NEW "\n", false));
	assert_false(still_in(&by_code));
	assert_true(still_in(&by_thaid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)                                                                                       \
	cmocka_unit_test_setup_teardown(                                                           \
		f, contact_page_fixture_set_up, contact_page_fixture_tear_down)
		T(a_changed_email_is_told_and_cools_off),
		T(a_verified_new_one_is_told_too),
		T(an_import_ends_what_the_old_email_opened),
		T(who_is_new_or_unchanged_is_told_nothing),
		T(an_email_of_somebody_else_is_a_fault),
		T(two_rows_cannot_have_one_email),
		T(an_email_that_an_import_lets_go_is_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
