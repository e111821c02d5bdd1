/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Kind H: what cannot be undone by one press is asked about on a page first. */
#include "flow/contact_page_fixture.h"

#define CONTACT     "/account/contact"
#define EMAIL_GONE  EMAIL "/remove"
#define MOBILE_GONE MOBILE "/remove"
#define HIS_MOBILE  "0812345678"
#define CANCEL      "data-part=\"back\" href=\"/account/contact\""
#define REMOVE_FORM "action=\"/account/contact/remove\""

static void without_mobile(struct person *p)
{
	p->mobile = STR("");
	p->mobile_verified = false;
}

static void with_mobile(struct person *p)
{
	p->mobile = STR("+66812345678");
	p->mobile_verified = true;
}

/* The page of the addresses has links only: no press there removes anything. */
static void the_page_of_addresses_removes_nothing(void **state)
{
	struct contact_page_fixture *h = *state;
	struct str body;

	edit_person(h->w, SOMCHAI, with_mobile);
	body = page(&h->b, CONTACT).body;
	check_has(body, "href=\"" EMAIL_GONE "\"");
	check_has(body, "href=\"" MOBILE_GONE "\"");
	assert_false(contains(body, REMOVE_FORM));
	edit_person(h->w, SOMCHAI, without_mobile);
	assert_false(contains(page(&h->b, CONTACT).body, MOBILE_GONE));
}

static void the_question_names_it_and_changes_nothing(void **state)
{
	struct contact_page_fixture *h = *state;
	struct str body;

	edit_person(h->w, SOMCHAI, with_mobile);
	body = page(&h->b, MOBILE_GONE).body;
	check_has(body, "ลบ " HIS_MOBILE " ใช่หรือไม่");
	check_has(body, REMOVE_FORM);
	check_has(body, CANCEL);
	check_has(page(&h->b, EMAIL_GONE).body, "ลบ " OLD " ใช่หรือไม่");
	/* Looked at, twice, and left: all is there. */
	check_has(page(&h->b, CONTACT).body, HIS_MOBILE);
	check_c(me(h).email, OLD);
	assert_int_equal(audits(h->w, AUDIT_MOBILE_CHANGED) + audits(h->w, AUDIT_EMAIL_CHANGED), 0);
}

static void yes_removes_that_one_alone(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r, again;

	edit_person(h->w, SOMCHAI, with_mobile);
	r = page(&h->b, MOBILE_GONE);
	assert_string_equal(value(h->w, r.body, "kind"), "mobile");
	again = post(&h->b, &r, "remove", value(h->w, r.body, "kind"), "x", "y");
	check_gone_to(&again, CONTACT "?done=removed");
	check_c(me(h).mobile, "");
	check_c(me(h).email, OLD);
	/* The page that is open still, and its form once more. */
	again = browse(&h->b, MOBILE_GONE);
	check_gone_to(&again, CONTACT);
	again = post(&h->b, &r, "remove", "mobile", "x", "y");
	check_gone_to(&again, CONTACT "?done=removed");
	assert_int_equal(audits(h->w, AUDIT_MOBILE_CHANGED), 1);
}

/* What may not go is said before it is asked about, and there is no button. */
static void what_is_needed_is_not_asked_about(void **state)
{
	struct contact_page_fixture *h = *state;
	struct str body;

	edit_person(h->w, SOMCHAI, without_mobile);
	body = page(&h->b, EMAIL_GONE).body;
	assert_true(has_notice(body, "needed"));
	assert_false(contains(body, REMOVE_FORM));
	check_has(body, CANCEL);
}

static void the_question_needs_a_fresh_login(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser stranger = {.w = h->w};
	struct raw_answer r = browse(&stranger, EMAIL_GONE);

	check_login(&r);
	fixture_advance_clock(h->w, h->w->settings.reauthentication_max_age + 1);
	page(&h->b, CONTACT);
	r = browse(&h->b, EMAIL_GONE);
	check_login(&r);
	r = pass_login(&h->b, &r);
	check_gone_to(&r, EMAIL_GONE);
}

#define T(name)                                                                                    \
	cmocka_unit_test_setup_teardown(                                                           \
		name, contact_page_fixture_set_up, contact_page_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_page_of_addresses_removes_nothing),
		T(the_question_names_it_and_changes_nothing),
		T(yes_removes_that_one_alone),
		T(what_is_needed_is_not_asked_about),
		T(the_question_needs_a_fresh_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
