/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A forgotten password (attack row 13): two proofs, a new password, never a session. */
#include "flow/recovery_fixture.h"

#include "directory/credential.h"
#include "idp/login/recovery_records.h"
#include "directory/directory.h"

static void the_whole_way_by_sms(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser reader = {.w = h->w}, victim = {.w = h->w}, thaid = {.w = h->w};
	struct str link;
	struct raw_answer r = code_page(&victim);

	r = send_and_follow(&victim, &r, "/login/code/send", "factor=otp_email");
	send_form(&victim, &r, "/login/code",
		str_dup_c(h->w->a, text(h->w, "code=%.*s", STR_FMT(code_posted(h->c)))));
	assert_true(has_session(&victim));
	log_in(&thaid, SOMCHAI_PID);
	fixture_advance_clock(h->w, 5);
	link = link_for(h, USERNAME);
	r = up_to_choice(h, &reader, link);
	assert_false(has_session(&reader));
	assert_non_null(strstr(h->c->text, "ตั้งรหัสผ่านใหม่"));
	fixture_advance_clock(h->w, 1);
	r = choose(h, &reader, &r, NEW);
	check_page(&r, 200);
	assert_true(contains(r.body, "ตั้งรหัสผ่านใหม่แล้ว"));
	assert_false(has_session(&reader));
	assert_int_equal(records(h->w, TABLE_RECOVERY_LINK), 0);
	assert_int_equal(audits(h->w, AUDIT_RECOVERY_COMPLETED), 1);
	assert_int_equal(audited(h->w, "\"detail\":\"otp_sms\""), 2); /* sent; reset */
	assert_true(contains(mailbox_last(h->m, MAIL).text, "ตั้งรหัสผ่านใหม่แทน"));
	/* What the old password began is over; ThaID's is not. */
	assert_int_equal(browse(&victim, "/apps").status, 303);
	assert_int_equal(browse(&thaid, "/apps").status, 200);
	assert_false(password_works(h, PASSWORD));
	assert_true(password_works(h, NEW));
	/* Used. */
	assert_int_equal(browse_s(&reader, link).status, 404);
	assert_int_equal(press_link(h, &reader, link).status, 404);
}

static void the_whole_way_by_thaid(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct raw_answer r = begin_recovery(h, &b, link_for(h, USERNAME));

	r = prove_by_thaid(h, &b, &r, SOMCHAI_PID);
	assert_false(has_session(&b));
	assert_int_equal(audits(h->w, AUDIT_LOGIN), 0);
	r = choose(h, &b, &r, NEW);
	check_page(&r, 200);
	assert_false(has_session(&b));
	assert_int_equal(h->c->posted, 0);
	assert_int_equal(audited(h->w, "\"detail\":\"thaid\""), 1);
	assert_true(password_works(h, NEW));
}

static void anothers_thaid_proves_nothing(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct raw_answer page, r;

	fixture_person(h->w, "other", OTHER_PID);
	page = begin_recovery(h, &b, link_for(h, USERNAME));
	r = prove_by_thaid(h, &b, &page, OTHER_PID);
	check_page(&r, 403);
	assert_true(contains(r.body, "เลขประจำตัวประชาชนไม่ตรงกัน"));
	assert_false(has_session(&b));
	assert_int_equal(audited(h->w, "other_person"), 1);
	/* The right one still may. */
	r = prove_by_thaid(h, &b, &page, SOMCHAI_PID);
	assert_true(contains(r.body, "/login/change?"));
}

static void somebody_elses_session_stays_what_it_is(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct raw_answer r;

	fixture_person(h->w, "other", OTHER_PID);
	log_in(&b, OTHER_PID);
	r = up_to_choice(h, &b, link_for(h, USERNAME));
	r = choose(h, &b, &r, NEW);
	check_page(&r, 200);
	r = browse(&b, "/apps");
	check_page(&r, 200);
	assert_true(contains(r.body, "other"));
	assert_int_equal(records(h->w, TABLE_SESSION), 1);
}

static void the_mailbox_is_no_second_proof(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct raw_answer page = begin_recovery(h, &b, link_for(h, USERNAME)), r;

	assert_false(contains(page.body, "otp_email"));
	r = send_and_follow(&b, &page, "/login/code/send", "factor=otp_email");
	assert_int_equal(h->c->posted, 0);
	assert_true(contains(r.body, "factor\" value=\"otp_sms"));
}

/* The step token of another step, of another transaction, none. */
static void no_step_is_jumped_over(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w}, other = {.w = h->w};
	struct str link = link_for(h, USERNAME);
	struct raw_answer page = begin_recovery(h, &b, link), done, r;
	struct str here = attribute(h->w, page.body, "action=\"");
	struct str handle = url_param(h->w, here, "i");
	struct str jump = text(h->w, "/login/change?i=%.*s", STR_FMT(handle));
	struct str login = text(h->w, "/login?i=%.*s", STR_FMT(handle));
	struct str step;

	done = up_to_choice(h, &other, link);
	step = attribute(h->w, done.body, "name=\"step\" value=\"");
	r = submit(&b, jump,
		form_of(h->w, "step", str_dup_c(h->w->a, step), "password", NEW, "repeat", NEW,
			NULL));
	assert_int_equal(r.status, 400);
	r = submit(&b, jump, form_of(h->w, "password", NEW, "repeat", NEW, NULL));
	assert_int_equal(r.status, 400);
	/* Another browser with this one's page. */
	assert_int_equal(browse_s(&other, login).status, 400);
	/* Looking again changes nothing. */
	r = browse_s(&b, login);
	check_page(&r, 200);
	assert_true(contains(r.body, "otp_sms"));
	/* "Another way" leads back to the choice, with what was proven. */
	fixture_advance_clock(h->w, 61);
	r = send_and_follow(&b, &page, "/login/code/send", "factor=otp_sms");
	r = send_and_follow(&b, &r, "/login/again", "");
	assert_true(contains(r.body, "/login/upstream?"));
	assert_false(has_session(&b) || has_session(&other));
	assert_int_equal(audits(h->w, AUDIT_RECOVERY_COMPLETED), 0);
}

static void the_rules_of_passwords_hold(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct raw_answer page = up_to_choice(h, &b, link_for(h, USERNAME)), r;

	r = choose(h, &b, &page, "short");
	check_login(&r);
	r = choose(h, &b, &page, PASSWORD); /* one of the last */
	check_login(&r);
	page = browse_s(&b, location(&r));
	assert_true(contains(page.body, "data-state=\"broken\""));
	r = send_form(&b, &page, "/login/change", "password=Mai-Pratu2569!&repeat=Mai-Pratu2568!");
	check_login(&r);
	assert_int_equal(audits(h->w, AUDIT_RECOVERY_COMPLETED), 0);
	r = choose(h, &b, &page, NEW);
	check_page(&r, 200);
}

static void must_be_changed(struct credential *x)
{
	x->must_change = MUST_CHANGE_ORDERED;
}

static void an_ordered_change_is_over_with_it(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct raw_answer page;

	otp_fixture_password(h->c, h->c->account, PASSWORD, must_be_changed);
	page = up_to_choice(h, &b, link_for(h, USERNAME));
	choose(h, &b, &page, NEW);
	assert_true(password_works(h, NEW));
}

/* --- links --- */

static void looking_at_the_link_changes_nothing(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct str link = link_for(h, USERNAME);
	size_t interactions = records(h->w, TABLE_LOGIN);
	struct raw_answer r;

	for (int i = 0; i < 3; i++) {
		r = browse_s(&b, link);
		check_page(&r, 200);
		assert_true(contains(r.body, USERNAME));
	}
	assert_int_equal(records(h->w, TABLE_LOGIN), interactions);
	assert_int_equal(h->c->posted, 0);
	begin_recovery(h, &b, link);
}

static void other_links_open_nothing(void **state)
{
	static const char *const tokens[] = {"", "x", "pratu_rs_",
		"pratu_rs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct str link = link_for(h, USERNAME), notice;
	struct raw_answer r;
	char *kind;

	for (size_t i = 0; i < COUNT(tokens); i++) {
		r = submit(&b, STR("/reset/begin"), form_of(h->w, "t", tokens[i], NULL));
		assert_int_equal(r.status, 404);
	}
	/* The same bytes as a token of another kind, here and there. */
	kind = str_dup_c(h->w->a, str_sub(link, strlen("/reset?t="), link.n));
	memcpy(strstr(kind, "_rs_"), "_nt_", 4);
	r = submit(&b, STR("/reset/begin"), form_of(h->w, "t", kind, NULL));
	assert_int_equal(r.status, 404);
	notice = text(h->w, "/not-me?t=%.*s", STR_FMT(str_sub(link, 9, link.n)));
	assert_int_equal(browse_s(&b, notice).status, 404);
	/* The last second, and the first no more. */
	fixture_advance_clock(h->w, RECOVERY_LINK_LIFETIME - 1);
	assert_int_equal(browse_s(&b, link).status, 200);
	fixture_advance_clock(h->w, 1);
	assert_int_equal(browse_s(&b, link).status, 404);
	assert_int_equal(press_link(h, &b, link).status, 404);
}

static void only_the_newest_link_is_good(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct str old = link_for(h, USERNAME), link;
	struct raw_answer page = up_to_choice(h, &b, old);

	fixture_advance_clock(h->w, RECOVERY_MAIL_GAP);
	link = link_for(h, USERNAME);
	assert_false(str_eq(old, link));
	assert_int_equal(records(h->w, TABLE_RECOVERY_LINK), 1);
	/* Also where it was followed already. */
	assert_int_equal(choose(h, &b, &page, NEW).status, 404);
	assert_int_equal(press_link(h, &b, old).status, 404);
	page = up_to_choice(h, &b, link);
	assert_int_equal(choose(h, &b, &page, NEW).status, 200);
}

struct meanwhile {
	const char *name;
	void (*happens)(struct recovery_fixture *h);
};

static void password_changed(struct recovery_fixture *h)
{
	otp_fixture_password(h->c, h->c->account, "Eek-Pratu2570!", NULL);
}

static void forbid_password(struct credential *x)
{
	x->forbidden = true;
}

static void way_closed(struct recovery_fixture *h)
{
	otp_fixture_password(h->c, h->c->account, PASSWORD, forbid_password);
}

static void suspend_person(struct person *p)
{
	p->status = STATUS_SUSPENDED;
}

static void person_suspended(struct recovery_fixture *h)
{
	edit_person(h->w, SOMCHAI, suspend_person);
}

static void suspend_recovering_account(struct account *c)
{
	c->status = STATUS_SUSPENDED;
}

static void account_suspended(struct recovery_fixture *h)
{
	edit_account(h->w, h->c->account, suspend_recovering_account);
}

static void give_away(struct account *c)
{
	c->person = STR("other00000000000000000");
}

static void another_holder(struct recovery_fixture *h)
{
	fixture_person(h->w, "other", OTHER_PID);
	edit_account(h->w, h->c->account, give_away);
}

static void not_offered(struct recovery_fixture *h)
{
	h->c->policy.primary.n = 1; /* thaid */
}

/* Whoever reads the old mailbox has a letter; the holder has moved on. */
static void other_email(struct person *p)
{
	p->email = STR("somchai@bangtanai.go.th");
	p->email_changed = 2000000000;
}

static void email_changed(struct recovery_fixture *h)
{
	edit_person(h->w, SOMCHAI, other_email);
}

static void unproven_email(struct person *p)
{
	p->email_verified = false;
}

static void email_unproven(struct recovery_fixture *h)
{
	edit_person(h->w, SOMCHAI, unproven_email);
}

static const struct meanwhile meanwhiles[] = {
	{"email_changed", email_changed},
	{"email_unproven", email_unproven},
	{"password_changed", password_changed},
	{"way_closed", way_closed},
	{"person_suspended", person_suspended},
	{"account_suspended", account_suspended},
	{"another_holder", another_holder},
	{"not_offered", not_offered},
};

/* Each between letter and link, between link and proof, and between proof and choice. */
static void what_happens_meanwhile_ends_it(void **state)
{
	for (size_t i = 0; i < 3 * COUNT(meanwhiles); i++) {
		struct recovery_fixture *h;
		struct browser b = {.w = NULL};
		struct raw_answer page, r;
		struct str link;

		recovery_fixture_set_up((void **)&h);
		b.w = h->w;
		link = link_for(h, USERNAME);
		if (i % 3 == 1)
			page = begin_recovery(h, &b, link);
		if (i % 3 == 2)
			page = up_to_choice(h, &b, link);
		meanwhiles[i / 3].happens(h);
		if (i % 3 == 0)
			r = press_link(h, &b, link);
		else if (i % 3 == 1)
			r = send_form(&b, &page, "/login/code/send", "factor=otp_sms");
		else
			r = choose(h, &b, &page, NEW);
		if (r.status == 303)
			r = browse_s(&b, location(&r));
		if (r.status != 404)
			fail_msg("%s, %zu: %d", meanwhiles[i / 3].name, i % 3, r.status);
		assert_false(has_session(&b));
		assert_int_equal(audits(h->w, AUDIT_RECOVERY_COMPLETED), 0);
		recovery_fixture_tear_down((void **)&h);
	}
}

static void mobile_changed(struct person *p)
{
	p->mobile_changed = 1800000000;
}

static void a_number_changed_meanwhile_is_no_proof(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct raw_answer page, r;

	h->w->settings.cooling_off = 86400;
	page = begin_recovery(h, &b, link_for(h, USERNAME));
	edit_person(h->w, SOMCHAI, mobile_changed);
	r = send_and_follow(&b, &page, "/login/code/send", "factor=otp_sms");
	assert_int_equal(h->c->posted, 0);
	assert_false(contains(r.body, "otp_sms"));
	assert_true(contains(r.body, "/login/upstream?"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, recovery_fixture_set_up, recovery_fixture_tear_down)
		T(the_whole_way_by_sms),
		T(the_whole_way_by_thaid),
		T(anothers_thaid_proves_nothing),
		T(somebody_elses_session_stays_what_it_is),
		T(the_mailbox_is_no_second_proof),
		T(no_step_is_jumped_over),
		T(the_rules_of_passwords_hold),
		T(an_ordered_change_is_over_with_it),
		T(looking_at_the_link_changes_nothing),
		T(other_links_open_nothing),
		T(only_the_newest_link_is_good),
		cmocka_unit_test(what_happens_meanwhile_ends_it),
		T(a_number_changed_meanwhile_is_no_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
