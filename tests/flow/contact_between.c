/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A change of an address that meets another: two tabs, the form again, other hands, other people.
 */
#include "flow/contact_page_fixture.h"

#include "directory/directory.h"

/* --- two tabs, the back button, the same form again --- */

static void of_two_tabs_the_later_address_counts(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer first = type_new(&h->b, EMAIL, "email", NEW), second, form, answer;
	char *first_code = str_dup_c(h->w->a, code_posted(h->c));

	fixture_advance_clock(h->w, CHALLENGE_RESEND);
	form = page(&h->b, EMAIL);
	answer = post(&h->b, &form, "begin", "email", "address", OTHER);
	check_gone_to(&answer, EMAIL);
	second = page(&h->b, EMAIL);
	assert_string_equal(h->c->target, OTHER);
	/* The first tab's code: neither looked at nor counted as a try of the second. */
	answer = type_code(&h->b, &first, "email", first_code);
	check_gone_to(&answer, EMAIL);
	answer = post(&h->b, &first, "drop", "email", "x", "y");
	check_gone_to(&answer, EMAIL);
	assert_int_equal(audits(h->w, AUDIT_CONTACT_VERIFICATION_FAILED), 0);
	check_c(me(h).email, OLD);
	answer = type_right(h, &second, "email");
	check_gone_to(&answer, "/account/contact?done=saved");
	check_c(me(h).email, OTHER);
}

/* The address is corrected within the minute: the page says when its code can be sent. */
static void a_second_address_within_a_minute_waits(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = type_new(&h->b, EMAIL, "email", "smochai@bangtanai.go.th");

	post(&h->b, &r, "drop", "email", "x", "y");
	r = type_new(&h->b, EMAIL, "email", NEW);
	assert_int_equal(h->c->posted, 1);
	check_has(r.body, "ยังไม่ได้ส่งรหัสไปที่");
	fixture_advance_clock(h->w, CHALLENGE_RESEND);
	post(&h->b, &r, "send", "email", "x", "y");
	assert_string_equal(h->c->target, NEW);
	r = type_right(h, &r, "email");
	check_gone_to(&r, "/account/contact?done=saved");
}

static void the_same_form_again_does_nothing_more(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer form = page(&h->b, EMAIL), code, r;
	char *right;

	post(&h->b, &form, "begin", "email", "address", NEW);
	post(&h->b, &form, "begin", "email", "address", NEW);
	assert_int_equal(h->c->posted, 1);
	code = page(&h->b, EMAIL);
	right = str_dup_c(h->w->a, code_posted(h->c));
	type_code(&h->b, &code, "email", right);
	r = type_code(&h->b, &code, "email", right);
	check_gone_to(&r, EMAIL);
	assert_int_equal(audits(h->w, AUDIT_EMAIL_CHANGED), 1);
	/* Back to the first form: it is mine now. */
	r = post(&h->b, &form, "begin", "email", "address", NEW);
	check_has(r.body, "เป็นของท่านและยืนยันแล้ว");
}

static void an_empty_code_is_no_try(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = type_new(&h->b, EMAIL, "email", NEW), answer;

	answer = type_code(&h->b, &r, "email", "");
	check_page(&answer, 200);
	assert_int_equal(audits(h->w, AUDIT_CONTACT_VERIFICATION_FAILED), 0);
}

static void a_code_for_one_is_none_for_the_other(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer mail = type_new(&h->b, EMAIL, "email", NEW), phone;
	char *mail_code = str_dup_c(h->w->a, code_posted(h->c));

	phone = type_new(&h->b, MOBILE, "mobile", "0898765432");
	type_code(&h->b, &phone, "mobile", mail_code);
	check_c(me(h).mobile, "+66812345678");
	/* Nor is the form of one the form of the other. */
	type_code(&h->b, &phone, "email", mail_code);
	check_c(me(h).email, OLD);
	type_code(&h->b, &mail, "email", mail_code);
	check_c(me(h).email, NEW);
}

static void a_change_is_its_persons_alone(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser malee = {.w = h->w};
	struct raw_answer r = type_new(&h->b, EMAIL, "email", NEW), own;
	char *right = str_dup_c(h->w->a, code_posted(h->c)), *change;

	fixture_person(h->w, "malee", MALEE_PID);
	log_in(&malee, MALEE_PID);
	own = page(&malee, EMAIL);
	assert_false(contains(own.body, NEW));
	change = value(h->w, r.body, "change");
	submit(&malee, STR("/account/contact/code"),
		form_of(h->w, "csrf", value(h->w, own.body, "csrf"), "kind", "email", "change",
			change, "code", right, NULL));
	check_c(person_of(h->w, STR("malee00000000000000000")).email, OLD);
	check_c(me(h).email, OLD);
}

/* --- other hands --- */

static void by_import(struct person *p)
{
	p->email = STR("import@bangtanai.go.th");
	p->email_verified = false;
}

static void a_change_by_other_hands_ends_it(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = type_new(&h->b, EMAIL, "email", NEW);

	edit_person(h->w, SOMCHAI, by_import);
	r = type_right(h, &r, "email");
	check_page(&r, 200);
	check_has(r.body, "ถูกเปลี่ยนจากที่อื่น");
	check_c(me(h).email, "import@bangtanai.go.th");
	assert_false(me(h).email_verified);
	assert_int_equal(records(h->w, TABLE_CONTACT_CHANGE), 0);
}

static void not_me_ends_the_change_under_way(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = type_new(&h->b, MOBILE, "mobile", "0898765432"), code;
	struct browser mail = {.w = h->w};
	struct str link;

	type_right(h, &r, "mobile");
	link = mailbox_link(h->w, mailbox_last(h->m, OLD).text, "/not-me?t=");
	code = type_new(&h->b, EMAIL, "email", NEW);
	r = submit(&mail, STR("/not-me/close"),
		form_of(h->w, "t", str_dup_c(h->w->a, str_sub(link, strlen("/not-me?t="), link.n)),
			NULL));
	assert_int_equal(r.status, 200);
	assert_int_equal(records(h->w, TABLE_CONTACT_CHANGE), 0);
	r = type_right(h, &code, "email");
	check_login(&r);
	check_c(me(h).email, OLD);
	assert_false(me(h).mobile_verified);
	/* The owner comes by ThaID and meets no change of somebody else's. */
	fixture_advance_clock(h->w, 1);
	log_in(&h->b, SOMCHAI_PID);
	assert_false(contains(page(&h->b, EMAIL).body, NEW));
}

static void logins_by_a_code_to_the_old_one_end(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser under_way = {.w = h->w}, inside = {.w = h->w}, thaid = {.w = h->w};
	struct raw_answer r = code_page(&inside), code;

	send_form(&inside, &r, "/login/code",
		str_dup_c(h->w->a, text(h->w, "code=%s", str_dup_c(h->w->a, code_posted(h->c)))));
	log_in(&thaid, SOMCHAI_PID);
	fixture_advance_clock(h->w, CHALLENGE_RESEND);
	code = code_page(&under_way);
	r = send_form(&under_way, &code, "/login/code", "code=");
	assert_int_equal(records(h->w, TABLE_SESSION), 3);
	r = type_new(&h->b, EMAIL, "email", NEW);
	r = type_right(h, &r, "email");
	check_gone_to(&r, "/account/contact?done=saved");
	/* Mine and the one by ThaID go on. */
	assert_int_equal(records(h->w, TABLE_SESSION), 2);
	page(&h->b, "/account");
	page(&thaid, "/account");
	r = browse(&inside, "/account");
	check_login(&r);
	/* The code that went to the old address is none any more. */
	assert_int_equal(records(h->w, TABLE_OTP), 0);
}

/* --- one person to an email --- */

static void taken(struct person *p)
{
	p->email = STR(NEW);
	p->email_verified = true;
}

static void an_email_is_one_persons_only_where_a_policy_says_so(void **state)
{
	struct contact_page_fixture *h = *state;
	struct str malee = fixture_person(h->w, "malee", MALEE_PID);
	struct raw_answer r;

	edit_person(h->w, malee, taken);
	h->c->policy.email_unique = true;
	/* Nothing tells before the mailbox was proven to be one's own. */
	r = type_new(&h->b, EMAIL, "email", "Somchai@Bangtanai.go.th");
	assert_int_equal(h->c->posted, 1);
	r = type_right(h, &r, "email");
	check_page(&r, 200);
	check_has(r.body, "มีผู้อื่นยืนยันไว้แล้ว");
	check_c(me(h).email, OLD);
	assert_int_equal(audits(h->w, AUDIT_CONTACT_VERIFICATION_FAILED), 1);
	h->c->policy.email_unique = false;
	fixture_advance_clock(h->w, CHALLENGE_RESEND);
	r = type_new(&h->b, EMAIL, "email", NEW);
	r = type_right(h, &r, "email");
	check_gone_to(&r, "/account/contact?done=saved");
}

static void an_email_let_go_is_free(void **state)
{
	struct contact_page_fixture *h = *state;
	struct str malee = fixture_person(h->w, "malee", MALEE_PID);
	struct raw_answer r;

	edit_person(h->w, malee, taken);
	edit_person(h->w, malee, by_import);
	h->c->policy.email_unique = true;
	r = type_new(&h->b, EMAIL, "email", NEW);
	r = type_right(h, &r, "email");
	check_gone_to(&r, "/account/contact?done=saved");
}

struct contact_racer {
	struct browser b;
	struct str form;
};

static void *race_contact(void *data)
{
	struct contact_racer *r = data;

	submit(&r->b, STR("/account/contact/code"), r->form);
	return NULL;
}

/* Both have proven the mailbox and press at once. */
static void of_two_at_once_one_gets_it(void **state)
{
	struct contact_page_fixture *h = *state;
	struct str malee = fixture_person(h->w, "malee", MALEE_PID);
	struct contact_racer racers[2] = {{.b = h->b}, {.b = {.w = h->w}}};
	pthread_t threads[2];
	int winners;

	h->c->policy.email_unique = true;
	log_in(&racers[1].b, MALEE_PID);
	for (size_t i = 0; i < 2; i++) {
		struct raw_answer r = type_new(&racers[i].b, EMAIL, "email", NEW);

		racers[i].form = form_of(h->w, "csrf", value(h->w, r.body, "csrf"), "kind", "email",
			"change", value(h->w, r.body, "change"), "code",
			str_dup_c(h->w->a, code_posted(h->c)), NULL);
		/* The arena of a world is one thread's. */
		racers[i].b.w =
			memcpy(malloc(sizeof(struct fixture)), h->w, sizeof(struct fixture));
		racers[i].b.w->a = arena_new(ARENA_MAX_CLI);
	}
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race_contact, racers + i), 0);
	for (size_t i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		arena_free(racers[i].b.w->a);
		free(racers[i].b.w);
	}
	winners = str_eq_c(me(h).email, NEW) + str_eq_c(person_of(h->w, malee).email, NEW);
	assert_int_equal(winners, 1);
	assert_int_equal(audits(h->w, AUDIT_EMAIL_CHANGED), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)                                                                                       \
	cmocka_unit_test_setup_teardown(                                                           \
		f, contact_page_fixture_set_up, contact_page_fixture_tear_down)
		T(of_two_tabs_the_later_address_counts),
		T(a_second_address_within_a_minute_waits),
		T(the_same_form_again_does_nothing_more),
		T(an_empty_code_is_no_try),
		T(a_code_for_one_is_none_for_the_other),
		T(a_change_is_its_persons_alone),
		T(a_change_by_other_hands_ends_it),
		T(not_me_ends_the_change_under_way),
		T(logins_by_a_code_to_the_old_one_end),
		T(an_email_is_one_persons_only_where_a_policy_says_so),
		T(an_email_let_go_is_free),
		T(of_two_at_once_one_gets_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
