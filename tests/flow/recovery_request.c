/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A forgotten password: who asks learns nothing, the letters, the limits, and races for one link
 * (attack rows 8, 10, 13, 20, 21). */
#include "flow/recovery_fixture.h"

#include "directory/credential.h"
#include "idp/login/recovery_records.h"
#include "idp/login/login_record.h"
#include "directory/directory.h"

#include <ctype.h>

/* --- the answer --- */

static void suspend_recovered_account(struct account *c)
{
	c->status = STATUS_SUSPENDED;
}

static void forbid_password(struct credential *x)
{
	x->forbidden = true;
}

/* Everything that differs between any two pages: tokens, nonces, request ids. */
static struct str without_tokens(struct fixture *w, struct str body)
{
	struct buf out;
	size_t run = 0;

	buf_init(&out, w->a, body.n + 1);
	for (size_t i = 0; i <= body.n; i++) {
		bool token = i < body.n && (isalnum((unsigned char)body.p[i]) || body.p[i] == '_' ||
						   body.p[i] == '-');

		if (token) {
			run++;
			continue;
		}
		if (run >= 12)
			buf_add_c(&out, "T");
		else
			buf_add(&out, str_sub(body, i - run, run));
		run = 0;
		if (i < body.n)
			buf_add_byte(&out, (unsigned char)body.p[i]);
	}
	return buf_str(&out);
}

/* One ask: its page, and what it wrote before anybody looked at it. */
static struct str ask_for(struct recovery_fixture *h, const char *username)
{
	struct browser b = {.w = h->w};
	struct raw_answer r = login_page(&b, "");
	size_t lines = records(h->w, TABLE_AUDIT), asks = records(h->w, TABLE_RECOVERY_REQUEST);
	size_t attempts = records(h->w, TABLE_ATTEMPTS);

	r = browse_s(&b, attribute(h->w, r.body, "data-part=\"forgot\" href=\""));
	r = send_form(&b, &r, "/login/forgot",
		str_dup_c(h->w->a, form_of(h->w, "username", username, NULL)));
	assert_int_equal(r.status, 303);
	r = browse_s(&b, location(&r));
	check_page(&r, 200);
	assert_int_equal(records(h->w, TABLE_RECOVERY_REQUEST), asks + 1);
	assert_int_equal(records(h->w, TABLE_AUDIT), lines);
	assert_int_equal(records(h->w, TABLE_ATTEMPTS), attempts);
	assert_int_equal(records(h->w, TABLE_MESSAGE), 0);
	return without_tokens(h->w, r.body);
}

/* The page and what is written say the same of every name; the work begins after the answer. */
static void who_asks_learns_nothing(void **state)
{
	static const char *const names[] = {
		"nobody", "suspended.p", "forbidden.p", "without.p", "not a name!", ""};
	struct recovery_fixture *h = *state;
	struct str suspended = fixture_account(h->w, "suspended.p", SOMCHAI), known;
	char much[200];

	otp_fixture_password(h->c, suspended, PASSWORD, NULL);
	edit_account(h->w, suspended, suspend_recovered_account);
	otp_fixture_password(
		h->c, fixture_account(h->w, "forbidden.p", SOMCHAI), PASSWORD, forbid_password);
	fixture_account(h->w, "without.p", SOMCHAI);
	known = ask_for(h, USERNAME);
	for (size_t i = 0; i < COUNT(names); i++)
		if (!str_eq(ask_for(h, names[i]), known))
			fail_msg("%s", names[i]);
	memset(much, 'a', sizeof(much) - 1);
	much[sizeof(much) - 1] = 0;
	assert_true(str_eq(ask_for(h, much), known));
	assert_false(contains(known, USERNAME));
	check_ok(recovery_mailer_scan(h->desk));
	assert_int_equal(records(h->w, TABLE_RECOVERY_REQUEST), 0);
}

/* --- the letters --- */

static void initial(struct credential *x)
{
	x->must_change = MUST_CHANGE_INITIAL;
	x->initial_until = 1; /* long dead */
}

static void no_hash(struct credential *x)
{
	x->hash = STR_NONE;
}

static void forgets_email(struct person *p)
{
	p->email_verified = false;
}

static void new_email(struct person *p)
{
	p->email_changed = 1800000000 - 3599;
}

static void old_email(struct person *p)
{
	p->email_changed = 1800000000 - 3600;
}

static void forgets_mobile(struct person *p)
{
	p->mobile_verified = false;
}

static void new_mobile(struct person *p)
{
	p->mobile_changed = 1800000000 - 3599;
}

static void suspended_person(struct person *p)
{
	p->status = STATUS_SUSPENDED;
}

static void no_holder(struct account *c)
{
	c->person = STR_NONE;
}

struct recovery_mail_case {
	const char *name;
	void (*credential)(struct credential *x);
	void (*person)(struct person *p);
	void (*account)(struct account *c);
	const char *detail; /* in the trail; NULL: no event */
	const char *part;   /* of the letter; NULL: none */
};

static const struct recovery_mail_case letters[] = {
	{"all is there", NULL, NULL, NULL, "link", "/reset?t=pratu_rs_"},
	{"an email old enough", NULL, old_email, NULL, "link", "/reset?t=pratu_rs_"},
	{"email not proven", NULL, forgets_email, NULL, "no_contact", NULL},
	{"email too new", NULL, new_email, NULL, "no_contact", NULL},
	{"mobile not proven", NULL, forgets_mobile, NULL, "one_proof", "เข้าสู่ระบบด้วย ThaiD"},
	{"mobile too new", NULL, new_mobile, NULL, "one_proof", "เข้าสู่ระบบด้วย ThaiD"},
	{"way closed", forbid_password, NULL, NULL, "closed", "เท่านั้น"},
	{"initial secret", initial, NULL, NULL, "never_set", "รหัสผ่านเริ่มต้น"},
	{"no password", no_hash, NULL, NULL, "never_set", "รหัสผ่านเริ่มต้น"},
	{"person suspended", NULL, suspended_person, NULL, NULL, NULL},
	{"account suspended", NULL, NULL, suspend_recovered_account, NULL, NULL},
	{"nobody's account", NULL, NULL, no_holder, NULL, NULL},
};

static void check_letter(const struct recovery_mail_case *l)
{
	struct recovery_fixture *h;
	struct str line;

	recovery_fixture_set_up((void **)&h);
	h->w->settings.cooling_off = 3600;
	if (l->credential)
		otp_fixture_password(h->c, h->c->account, PASSWORD, l->credential);
	if (l->person)
		edit_person(h->w, SOMCHAI, l->person);
	if (l->account)
		edit_account(h->w, h->c->account, l->account);
	request_recovery(h, "SOMCHAI.J"); /* names are compared without case */
	line = text(h->w, "\"detail\":\"%s\"", l->detail ? l->detail : "");
	if (audits(h->w, AUDIT_RECOVERY_REQUESTED) != (l->detail != NULL) ||
		(l->detail && audited(h->w, str_dup_c(h->w->a, line)) != 1))
		fail_msg("%s: not %s", l->name, l->detail);
	if (mailbox_count(h->m, MESSAGE_EMAIL) != (l->part != NULL))
		fail_msg("%s: %zu letters", l->name, mailbox_count(h->m, MESSAGE_EMAIL));
	assert_int_equal(mailbox_count(h->m, MESSAGE_SMS), 0);
	if (l->part) {
		struct str letter = mailbox_last(h->m, MAIL).text;
		bool link = contains(letter, "/reset");

		if (!contains(letter, l->part) || !contains(letter, "ชื่อผู้ใช้: s***j"))
			fail_msg("%s: %.*s", l->name, STR_FMT(letter));
		assert_int_equal(link, strcmp(l->detail, "link") == 0);
	}
	recovery_fixture_tear_down((void **)&h);
}

static void a_letter_for_every_case(void **state)
{
	for (size_t i = 0; i < COUNT(letters); i++)
		check_letter(&letters[i]);
}

static void forbid_office(struct recovery_fixture *h)
{
	struct store_batch *b = store_batch_new(h->w->a);
	struct store_snapshot *snap;
	struct office o;

	check_ok(store_snapshot_begin(h->w->p.store, &snap));
	check_ok(office_get(snap, h->w->a, STR("100"), &o, NULL));
	o.password = OFFICE_PASSWORD_FORBIDDEN;
	office_put(b, h->w->a, &o, STORE_ANY);
	store_snapshot_end(snap);
	check_ok(store_commit(h->w->p.store, b));
}

static void an_office_without_passwords(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct str link = link_for(h, USERNAME);

	forbid_office(h);
	assert_int_equal(press_link(h, &b, link).status, 404);
	fixture_advance_clock(h->w, RECOVERY_MAIL_GAP);
	request_recovery(h, USERNAME);
	assert_int_equal(audited(h->w, "\"detail\":\"closed\""), 1);
}

/* Where the policy takes no codes by SMS they prove nothing here either. */
static void a_policy_without_sms(void **state)
{
	struct recovery_fixture *h = *state;

	h->c->policy.second_factors.n = 1; /* otp_email */
	request_recovery(h, USERNAME);
	assert_int_equal(audited(h->w, "\"detail\":\"one_proof\""), 1);
	assert_int_equal(records(h->w, TABLE_RECOVERY_LINK), 0);
}

/* --- limits --- */

static void asking_is_limited_by_address(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct raw_answer page = login_page(&b, ""), r;

	h->w->settings.recovery_requests_per_minute = 2;
	page = browse_s(&b, attribute(h->w, page.body, "data-part=\"forgot\" href=\""));
	for (int i = 0; i < 2; i++) {
		r = send_form(&b, &page, "/login/forgot", "username=nobody");
		assert_int_equal(r.status, 303);
	}
	r = send_form(&b, &page, "/login/forgot", "username=" USERNAME);
	check_page(&r, 429);
	assert_int_equal(records(h->w, TABLE_RECOVERY_REQUEST), 2);
	fixture_advance_clock(h->w, 60);
	r = send_form(&b, &page, "/login/forgot", "username=" USERNAME);
	assert_int_equal(r.status, 303);
	/* And needs the page: no form of another site tells of anything. */
	r = submit(
		&b, attribute(h->w, page.body, "action=\""), form_of(h->w, "username", "x", NULL));
	assert_int_equal(r.status, 400);
}

static void letters_are_limited(void **state)
{
	struct recovery_fixture *h = *state;

	h->c->throttle_options.target_limit = 3;
	for (int i = 0; i < 5; i++)
		request_recovery(h, USERNAME);
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 1);
	assert_int_equal(audits(h->w, AUDIT_RECOVERY_REQUESTED), 1);
	/* The holder sees that somebody asks. */
	assert_int_equal(records(h->w, TABLE_EVENT), 1);
	for (int i = 0; i < 5; i++) {
		fixture_advance_clock(h->w, RECOVERY_MAIL_GAP);
		request_recovery(h, USERNAME);
	}
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 3);
	/* Another account with the same mailbox. */
	otp_fixture_password(h->c, fixture_account(h->w, "second.j", SOMCHAI), PASSWORD, NULL);
	request_recovery(h, "second.j");
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 3);
	/* The codes that the person logs in by have a budget of their own. */
	assert_true(password_works(h, PASSWORD));
}

static void asking_locks_nobody_out(void **state)
{
	struct recovery_fixture *h = *state;

	h->c->throttle_options.lock_after = 4;
	for (int i = 0; i < 10; i++)
		request_recovery(h, USERNAME);
	assert_true(password_works(h, PASSWORD));
}

static const char *wrong(struct recovery_fixture *h)
{
	uint64_t number = 0;

	assert_true(str_to_u64(code_posted(h->c), 999999, &number));
	return str_dup_c(h->w->a, text(h->w, "code=%06u", (unsigned)((number + 1) % 1000000)));
}

/* Five wrong codes, in however many transactions: the link is dead. */
static void codes_are_counted_by_the_link(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w}, c = {.w = h->w};
	struct str link = link_for(h, USERNAME);
	struct raw_answer page = begin_recovery(h, &b, link), r;

	page = send_and_follow(&b, &page, "/login/code/send", "factor=otp_sms");
	for (int i = 0; i < 3; i++)
		send_and_follow(&b, &page, "/login/code", wrong(h));
	fixture_advance_clock(h->w, 61);
	page = begin_recovery(h, &c, link);
	page = send_and_follow(&c, &page, "/login/code/send", "factor=otp_sms");
	send_and_follow(&c, &page, "/login/code", wrong(h));
	r = send_form(&c, &page, "/login/code", wrong(h));
	check_page(&r, 429);
	assert_int_equal(press_link(h, &c, link).status, 404);
	assert_int_equal(records(h->w, TABLE_RECOVERY_LINK), 0);
	assert_int_equal(audited(h->w, "wrong_code"), 5);
}

static void codes_sent_are_counted_by_the_link(void **state)
{
	struct recovery_fixture *h = *state;
	struct str link = link_for(h, USERNAME);

	for (int i = 0; i < 8; i++) {
		struct browser b = {.w = h->w};
		struct raw_answer page = begin_recovery(h, &b, link);

		send_and_follow(&b, &page, "/login/code/send", "factor=otp_sms");
		fixture_advance_clock(h->w, 61);
	}
	assert_int_equal(h->c->posted, LOGIN_SENDS_MAX);
}

/* The gate counts a code before it is looked at, with everything else guessed at the account. */
static void codes_pass_the_gate(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct raw_answer page = begin_recovery(h, &b, link_for(h, USERNAME)), r;
	const char *right;

	h->c->throttle_options.lock_after = 2;
	page = send_and_follow(&b, &page, "/login/code/send", "factor=otp_sms");
	right = str_dup_c(h->w->a, text(h->w, "code=%.*s", STR_FMT(code_posted(h->c))));
	for (int i = 0; i < 2; i++)
		send_and_follow(&b, &page, "/login/code", wrong(h));
	r = send_and_follow(&b, &page, "/login/code", right);
	assert_false(contains(r.body, "/login/change?"));
	assert_true(contains(r.body, "กรุณารอประมาณ"));
	assert_int_equal(audits(h->w, AUDIT_ACCOUNT_LOCKED), 1);
	/* A reset ends the lock: it took more than a login does. */
	r = send_and_follow(&b, &page, "/login/again", "");
	r = prove_by_thaid(h, &b, &r, SOMCHAI_PID);
	r = choose(h, &b, &r, NEW);
	check_page(&r, 200);
	assert_true(password_works(h, NEW));
}

/* A code for logging in is none for this, and the other way round. */
static void codes_of_another_purpose(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser b = {.w = h->w}, login = {.w = h->w};
	struct raw_answer page = begin_recovery(h, &b, link_for(h, USERNAME)), at_login, r;
	const char *for_login;

	at_login = code_page(&login);
	at_login = send_and_follow(&login, &at_login, "/login/code/send", "factor=otp_sms");
	for_login = str_dup_c(h->w->a, text(h->w, "code=%.*s", STR_FMT(code_posted(h->c))));
	page = send_and_follow(&b, &page, "/login/code/send", "factor=otp_sms");
	assert_int_equal(h->c->posted, 2);
	r = send_and_follow(&b, &page, "/login/code", for_login);
	assert_false(contains(r.body, "/login/change?"));
	r = send_and_follow(&login, &at_login, "/login/code",
		str_dup_c(h->w->a, text(h->w, "code=%.*s", STR_FMT(code_posted(h->c)))));
	assert_false(has_session(&login));
}

/* --- races --- */

static void two_transactions_of_one_link(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser a = {.w = h->w}, b = {.w = h->w};
	struct str link = link_for(h, USERNAME);
	struct raw_answer first = up_to_choice(h, &a, link), second, r;

	fixture_advance_clock(h->w, 61);
	second = up_to_choice(h, &b, link);
	r = choose(h, &a, &first, NEW);
	check_page(&r, 200);
	assert_int_equal(choose(h, &b, &second, "Eek-Pratu2570!").status, 404);
	assert_int_equal(audits(h->w, AUDIT_RECOVERY_COMPLETED), 1);
	assert_true(password_works(h, NEW));
}

struct recovery_racer {
	struct recovery_fixture *h;
	struct browser b;
	struct str target, form;
	int status;
};

static void *race_recovery(void *data)
{
	struct recovery_racer *r = data;
	struct arena *a = arena_new(1 << 20);
	struct browser b = r->b;
	struct fixture own = *r->h->w;

	own.a = a;
	b.w = &own;
	r->status = submit(&b, r->target, r->form).status;
	arena_free(a);
	return NULL;
}

#define RACERS 8

static void many_at_once(void **state)
{
	struct recovery_fixture *h = *state;
	struct recovery_racer racers[RACERS];
	pthread_t threads[RACERS];
	struct str link = link_for(h, USERNAME);
	int won = 0;

	for (int i = 0; i < RACERS; i++) {
		struct recovery_racer *r = &racers[i];
		struct raw_answer page;
		char *password = str_dup_c(h->w->a, text(h->w, "Eek-Pratu25%d!", 60 + i));

		*r = (struct recovery_racer){.h = h, .b = {.w = h->w}};
		page = begin_recovery(h, &r->b, link);
		page = prove_by_thaid(h, &r->b, &page, SOMCHAI_PID);
		r->target = attribute(h->w, page.body, "action=\"");
		r->form = form_of(h->w, "step",
			str_dup_c(h->w->a, attribute(h->w, page.body, "name=\"step\" value=\"")),
			"password", password, "repeat", password, NULL);
	}
	for (int i = 0; i < RACERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race_recovery, &racers[i]), 0);
	for (int i = 0; i < RACERS; i++) {
		pthread_join(threads[i], NULL);
		won += racers[i].status == 200;
	}
	assert_int_equal(won, 1);
	assert_int_equal(audits(h->w, AUDIT_RECOVERY_COMPLETED), 1);
	assert_int_equal(records(h->w, TABLE_RECOVERY_LINK), 0);
}

/* The password was passed, the code is on its way; then it is replaced. */
static void a_reset_while_logging_in(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser login = {.w = h->w}, b = {.w = h->w};
	struct raw_answer page = code_page(&login), r;
	const char *code;

	page = send_and_follow(&login, &page, "/login/code/send", "factor=otp_email");
	code = str_dup_c(h->w->a, text(h->w, "code=%.*s", STR_FMT(code_posted(h->c))));
	r = up_to_choice(h, &b, link_for(h, USERNAME));
	choose(h, &b, &r, NEW);
	r = send_form(&login, &page, "/login/code", code);
	assert_int_equal(r.status, 400);
	assert_false(has_session(&login));
}

/* Two people at once: each link sets its own account's password only. */
static void two_people(void **state)
{
	struct recovery_fixture *h = *state;
	struct browser a = {.w = h->w}, b = {.w = h->w};
	struct str other = fixture_person(h->w, "other", OTHER_PID), link, second;
	struct raw_answer p, q, r;

	otp_fixture_password(h->c, fixture_account(h->w, "other.p", other), PASSWORD, NULL);
	link = link_for(h, USERNAME);
	fixture_advance_clock(h->w, 1);
	request_recovery(h, "other.p");
	/* Both have one mailbox here, and the other no mobile number: no link. */
	assert_int_equal(records(h->w, TABLE_RECOVERY_LINK), 1);
	otp_fixture_password(h->c, fixture_account(h->w, "second.j", SOMCHAI), PASSWORD, NULL);
	fixture_advance_clock(h->w, 1);
	second = link_for(h, "second.j");
	p = begin_recovery(h, &a, link);
	q = begin_recovery(h, &b, second);
	assert_true(contains(p.body, USERNAME) && contains(q.body, "second.j"));
	p = prove_by_thaid(h, &a, &p, SOMCHAI_PID);
	q = prove_by_thaid(h, &b, &q, SOMCHAI_PID);
	/* The token of one's page at the other's transaction. */
	r = submit(&b, attribute(h->w, q.body, "action=\""),
		form_of(h->w, "step",
			str_dup_c(h->w->a, attribute(h->w, p.body, "name=\"step\" value=\"")),
			"password", NEW, "repeat", NEW, NULL));
	assert_int_equal(r.status, 400);
	r = choose(h, &b, &q, NEW);
	check_page(&r, 200);
	assert_true(password_works(h, PASSWORD));
	r = choose(h, &a, &p, NEW);
	check_page(&r, 200);
	assert_true(password_works(h, NEW));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, recovery_fixture_set_up, recovery_fixture_tear_down)
		T(who_asks_learns_nothing),
		cmocka_unit_test(a_letter_for_every_case),
		T(an_office_without_passwords),
		T(a_policy_without_sms),
		T(asking_is_limited_by_address),
		T(letters_are_limited),
		T(asking_locks_nobody_out),
		T(codes_are_counted_by_the_link),
		T(codes_sent_are_counted_by_the_link),
		T(codes_pass_the_gate),
		T(codes_of_another_purpose),
		T(two_transactions_of_one_link),
		T(many_at_once),
		T(a_reset_while_logging_in),
		T(two_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
