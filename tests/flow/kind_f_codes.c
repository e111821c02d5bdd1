/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind F: what people type as a code. The Thai keyboard, Thai digits and what a clipboard brings
 * along are the same code; what is no six digits is answered without being counted; the code of the
 * message before is told apart. On every page that asks for one: a login, an account recovery, an
 * email enrolled in a login, a changed contact.
 */
#include "flow/contact_page_fixture.h"
#include "idp/login/login_record.h"
#include "obs/log.h"
#include "throttle/throttle.h"

#define MALFORMED "กรุณากรอกตัวเลข 6 หลัก"
#define REPLACED  "กรุณาใช้รหัสล่าสุด"

/* Attempts counted against somchai's account: the durable number, not what a page says. */
static int64_t counted(struct otp_fixture *c)
{
	struct attempt_subject subject =
		attempt_subject(c->w->p.vault, ATTEMPT_ACCOUNT, c->account);
	struct attempts_found found;
	struct store_snapshot *snap;
	int64_t count = 0;

	check_ok(store_snapshot_begin(c->w->p.store, &snap));
	check_ok(
		attempts_get(snap, c->w->a, &subject, c->w->now_ms / 1000, ATTEMPT_PERIOD, &found));
	for (size_t i = 0; i < ATTEMPT_BUCKETS; i++)
		count += found.buckets[i].count;
	store_snapshot_end(snap);
	return count;
}

static const char *code_form(struct otp_fixture *c, struct str typed)
{
	struct buf form;

	buf_init(&form, c->w->a, 2000);
	form_add(&form, STR("code"), typed);
	return str_dup_c(c->w->a, buf_str(&form));
}

/* Each digit of the code by the row's piece for it. */
static struct str by_keys(struct otp_fixture *c, const char *const row[static 10])
{
	struct str code = code_posted(c);
	struct buf out;

	buf_init(&out, c->w->a, 200);
	for (size_t i = 0; i < code.n; i++)
		buf_add_c(&out, row[code.p[i] - '0']);
	return buf_str(&out);
}

/* --- the same code --- */

static const char *const rows[][10] = {
	{"๐", "๑", "๒", "๓", "๔", "๕", "๖", "๗", "๘", "๙"},
	{"จ", "ๅ", "/", "-", "ภ", "ถ", "ุ", "ึ", "ค", "ต"},
	{"０", "１", "２", "３", "４", "５", "６", "７", "８", "９"},
	{"0 ", "1 ", "2 ", "3 ", "4 ", "5 ", "6 ", "7 ", "8 ", "9 "},
	{"0-", "1-", "2-", "3-", "4-", "5-", "6-", "7-", "8-", "9-"},
	{"\xe2\x80\x8b"
	 "0",
		"\xe2\x80\x8b"
		"1",
		"\xe2\x80\x8b"
		"2",
		"\xe2\x80\x8b"
		"3",
		"\xe2\x80\x8b"
		"4",
		"\xe2\x80\x8b"
		"5",
		"\xe2\x80\x8b"
		"6",
		"\xe2\x80\x8b"
		"7",
		"\xe2\x80\x8b"
		"8",
		"\xe2\x80\x8b"
		"9"},
};

static void the_code_on_any_keyboard(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct otp_fixture *c = otp_fixture_new();
		struct browser b = {.w = c->w};
		struct raw_answer page = code_page(&b), r;

		r = send_form(&b, &page, "/login/code", code_form(c, by_keys(c, rows[i])));
		if (r.status != 303 || !cookie_of(&b, "pratu_session").n)
			print_error("row %zu\n", i);
		check_code(c->w, &r);
		otp_fixture_free(c);
	}
}

static void the_code_as_it_is_pasted(void **state)
{
	static const char *const around[][2] = {{" ", " "}, {"\t", ""}, {"", "\r\n"},
		{"\xc2\xa0", "\xc2\xa0"}, {"\xef\xbb\xbf", ""}, {"\xe2\x80\xaa", "\xe2\x80\xac"}};

	(void)state;
	for (size_t i = 0; i < COUNT(around); i++) {
		struct otp_fixture *c = otp_fixture_new();
		struct browser b = {.w = c->w};
		struct raw_answer page = code_page(&b), r;
		struct str typed =
			text(c->w, "%s%.*s%s", around[i][0], STR_FMT(code_posted(c)), around[i][1]);

		r = send_form(&b, &page, "/login/code", code_form(c, typed));
		check_code(c->w, &r);
		otp_fixture_free(c);
	}
}

/* A wrong code is wrong on any keyboard, and counts. */
static void a_wrong_code_counts_on_any_keyboard(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = code_page(&b);
	int64_t before = counted(c);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char *right = str_dup_c(c->w->a, code_posted(c));
		struct str typed;

		right[0] = right[0] == '9' ? '0' : (char)(right[0] + 1);
		typed = i % 2 ? text(c->w, "%.3s-%s", right, right + 3) : str_c(right);
		page = send_and_follow(&b, &page, "/login/code", code_form(c, typed));
		assert_true(has_notice(page.body, "wrong"));
	}
	assert_int_equal(counted(c), before + 4);
	otp_fixture_free(c);
}

/* --- no code at all --- */

struct versions {
	uint64_t sum;
	size_t n;
};

static bool sum_version(void *data, const struct store_record *record)
{
	struct versions *v = data;

	v->sum += record->version;
	v->n++;
	return true;
}

struct lines {
	size_t n; /* of the log, of failed logins */
};

static void count_lines(void *data, struct str line)
{
	struct lines *l = data;

	if (contains(line, "login_failed"))
		__atomic_add_fetch(&l->n, 1, __ATOMIC_SEQ_CST);
}

static const char *const no_codes[] = {"", " ", "123", "12345", "1234567", "abcdef", "ข้อความ",
	"12345a", "OTP 123456", "ๅ/-ภถ", "'; DROP TABLE", "1234 5678 9012"};

static void what_is_no_code_is_not_counted(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = code_page(&b), r;
	int64_t before = counted(c);

	(void)state;
	for (size_t round = 0; round < 3; round++)
		for (size_t i = 0; i < COUNT(no_codes); i++) {
			page = send_form(
				&b, &page, "/login/code", code_form(c, str_c(no_codes[i])));
			check_page(&page, 200);
			check_has(page.body, MALFORMED);
		}
	page = send_form(&b, &page, "/login/code", "");
	check_has(page.body, MALFORMED);
	assert_int_equal(counted(c), before);
	assert_int_equal(audited(c->w, "wrong_code"), 0);
	/* All five tries are left. */
	r = send_form(&b, &page, "/login/code", code_form(c, code_posted(c)));
	check_code(c->w, &r);
	otp_fixture_free(c);
}

/* The login's record as it is on disk. */
static uint64_t login_version(struct fixture *w)
{
	struct versions v = {.n = 0};
	struct store_snapshot *snap;

	check_ok(store_snapshot_begin(w->p.store, &snap));
	check_ok(store_scan(snap, TABLE_LOGIN, STR_NONE, STR_NONE, false, sum_version, &v));
	store_snapshot_end(snap);
	assert_int_equal(v.n, 1);
	return v.sum;
}

/* Who sends no codes for ever writes nothing, and the login ends. */
static void no_codes_write_nothing_and_end(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = code_page(&b), before = page, r;
	uint64_t version = login_version(c->w);
	struct lines lines = {.n = 0};
	size_t failed = audits(c->w, AUDIT_LOGIN_FAILED);

	(void)state;
	log_set_sink(count_lines, &lines);
	for (int i = 0; i < THROTTLE_NO_CODES_MAX; i++) {
		page = send_form(&b, &page, "/login/code", "code=12345");
		check_page(&page, 200);
		check_has(page.body, MALFORMED);
	}
	assert_int_equal(lines.n, 0);
	assert_int_equal(login_version(c->w), version);
	r = send_form(&b, &page, "/login/code", "code=12345");
	assert_int_equal(lines.n, 1);
	log_set_sink(NULL, NULL);
	check_page(&r, 429);
	assert_int_equal(audits(c->w, AUDIT_LOGIN_FAILED), failed);
	/* It is over, also for the right code and after the minute. */
	fixture_advance_clock(c->w, 60);
	r = send_form(&b, &before, "/login/code", code_form(c, code_posted(c)));
	check_page(&r, 400);
	assert_int_equal(cookie_of(&b, "pratu_session").n, 0);
	otp_fixture_free(c);
}

static void a_changed_contact_ends_by_no_codes(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = type_new(&h->b, EMAIL, "email", NEW);

	for (int i = 0; i < THROTTLE_NO_CODES_MAX; i++) {
		r = type_code(&h->b, &r, "email", "12345");
		check_page(&r, 200);
		check_has(r.body, MALFORMED);
	}
	assert_int_equal(audits(h->w, AUDIT_CONTACT_VERIFICATION_FAILED), 0);
	r = type_code(&h->b, &r, "email", "12345");
	check_page(&r, 200);
	assert_true(has_notice(r.body, "spent"));
	assert_int_equal(audits(h->w, AUDIT_CONTACT_VERIFICATION_FAILED), 1);
	assert_int_equal(records(h->w, TABLE_CONTACT_CHANGE), 0);
}

/* --- the code before --- */

static struct raw_answer resend(
	struct browser *b, const struct raw_answer *page, const char *factor)
{
	fixture_advance_clock(b->w, CHALLENGE_RESEND);
	return send_and_follow(
		b, page, "/login/code/send", str_dup_c(b->w->a, text(b->w, "factor=%s", factor)));
}

static void the_code_before_is_told_apart(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = code_page(&b), r;
	const char *first = code_form(c, code_posted(c)), *second, *thai;
	int64_t before = counted(c);

	(void)state;
	thai = code_form(c, by_keys(c, rows[1]));
	page = resend(&b, &page, "otp_email");
	second = code_form(c, code_posted(c));
	page = resend(&b, &page, "otp_email");
	for (int i = 0; i < 8; i++) {
		page = send_form(&b, &page, "/login/code",
			i % 3 == 0   ? first
			: i % 3 == 1 ? second
				     : thai);
		check_page(&page, 200);
		check_has(page.body, REPLACED);
		assert_true(contains_str(page.body, reference_posted(c)));
	}
	assert_int_equal(counted(c), before);
	r = send_form(&b, &page, "/login/code", code_form(c, code_posted(c)));
	check_code(c->w, &r);
	otp_fixture_free(c);
}

/* Anything but a code that was sent is a guess, as before. */
static void a_guess_beside_the_code_before_counts(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = code_page(&b), r;
	char *first = str_dup_c(c->w->a, code_posted(c));
	int64_t before = counted(c);

	(void)state;
	page = resend(&b, &page, "otp_email");
	for (int i = 0; i < LOGIN_TRIES_MAX; i++) {
		first[5] = (char)('0' + (first[5] - '0' + 1) % 10);
		if (str_eq_c(code_posted(c), first))
			first[4] = (char)('0' + (first[4] - '0' + 1) % 10);
		r = send_form(&b, &page, "/login/code", code_form(c, str_c(first)));
		if (r.status == 303)
			page = browse_s(&b, location(&r));
	}
	check_page(&r, 429);
	assert_int_equal(counted(c), before + LOGIN_TRIES_MAX);
	otp_fixture_free(c);
}

/* The mail's code, typed when an SMS was asked for since: that one is the newest. */
static void mobile_verified_too(struct person *p)
{
	p->mobile_verified = true;
}

static void the_code_of_the_other_way_is_told_apart(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page, r;
	const char *first;
	int64_t before = counted(c);

	(void)state;
	edit_person(c->w, SOMCHAI, mobile_verified_too);
	page = code_page(&b);
	page = send_and_follow(&b, &page, "/login/code/send", "factor=otp_email");
	first = code_form(c, code_posted(c));
	page = resend(&b, &page, "otp_sms");
	assert_string_equal(c->target, "+66812345678");
	page = send_form(&b, &page, "/login/code", first);
	check_has(page.body, REPLACED);
	assert_int_equal(counted(c) - before, 1); /* the password */
	r = send_form(&b, &page, "/login/code", code_form(c, code_posted(c)));
	check_code(c->w, &r);
	otp_fixture_free(c);
}

/* Of another login of the same person it is nothing: a guess. */
static void a_code_of_another_login_is_a_guess(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w}, other = {.w = c->w};
	struct raw_answer page = code_page(&b), theirs;
	const char *first = code_form(c, code_posted(c));
	int64_t before;

	(void)state;
	theirs = code_page(&other);
	theirs = resend(&other, &theirs, "otp_email");
	before = counted(c);
	theirs = send_and_follow(&other, &theirs, "/login/code", first);
	assert_true(has_notice(theirs.body, "wrong"));
	assert_int_equal(counted(c), before + 1);
	(void)page;
	otp_fixture_free(c);
}

/* The store keeps no code that was sent, only what tells it again. */
static void no_code_is_stored(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = code_page(&b);
	struct str first = str_dup(c->w->a, code_posted(c));
	struct store_snapshot *snap;
	struct store_record found;

	(void)state;
	page = resend(&b, &page, "otp_email");
	check_page(&page, 200);
	check_ok(store_snapshot_begin(c->w->p.store, &snap));
	check_ok(store_get(snap, TABLE_OTP, key_join(c->w->a, SOMCHAI, STR("login")), &found));
	assert_false(contains_str(found.value, first));
	assert_false(contains_str(found.value, code_posted(c)));
	store_snapshot_end(snap);
	otp_fixture_free(c);
}

/* --- a changed contact --- */

static void a_changed_contact_takes_any_keyboard(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = type_new(&h->b, EMAIL, "email", NEW);

	for (size_t i = 0; i < COUNT(no_codes); i++) {
		r = type_code(&h->b, &r, "email", no_codes[i]);
		check_page(&r, 200);
		check_has(r.body, MALFORMED);
	}
	assert_int_equal(audits(h->w, AUDIT_CONTACT_VERIFICATION_FAILED), 0);
	r = type_code(&h->b, &r, "email", str_dup_c(h->w->a, by_keys(h->c, rows[1])));
	check_gone_to(&r, "/account/contact?done=saved");
	check_c(me(h).email, NEW);
}

static void a_changed_contact_tells_the_code_before_apart(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = type_new(&h->b, MOBILE, "mobile", "๐๘๙-๘๗๖-๕๔๓๒");
	const char *first = str_dup_c(h->w->a, code_posted(h->c));

	assert_string_equal(h->c->target, "+66898765432");
	fixture_advance_clock(h->w, CHALLENGE_RESEND);
	r = post(&h->b, &r, "send", "mobile", "x", "y");
	for (int i = 0; i < CONTACT_CHANGE_TRIES_MAX + 2; i++) {
		r = page(&h->b, MOBILE);
		r = type_code(&h->b, &r, "mobile", first);
		check_page(&r, 200);
		check_has(r.body, REPLACED);
	}
	r = type_right(h, &r, "mobile");
	check_gone_to(&r, "/account/contact?done=saved");
	check_c(me(h).mobile, "+66898765432");
}

static void an_address_as_it_is_pasted(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = type_new(&h->b, EMAIL, "email",
		"\xc2\xa0"
		"mailto:somchai＠BangTaNai.GO.TH. \xe2\x80\x8b");

	assert_string_equal(h->c->target, NEW);
	r = type_right(h, &r, "email");
	check_gone_to(&r, "/account/contact?done=saved");
	check_c(me(h).email, NEW);
	/* The same mailbox in another spelling. */
	r = page(&h->b, EMAIL);
	r = post(&h->b, &r, "begin", "email", "address", "somchai@BANGTANAI.go.th.");
	assert_int_equal(r.status, 200);
	assert_true(has_notice(r.body, "same"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_code_on_any_keyboard),
		cmocka_unit_test(the_code_as_it_is_pasted),
		cmocka_unit_test(a_wrong_code_counts_on_any_keyboard),
		cmocka_unit_test(what_is_no_code_is_not_counted),
		cmocka_unit_test(no_codes_write_nothing_and_end),
		cmocka_unit_test_setup_teardown(a_changed_contact_ends_by_no_codes,
			contact_page_fixture_set_up, contact_page_fixture_tear_down),
		cmocka_unit_test(the_code_before_is_told_apart),
		cmocka_unit_test(a_guess_beside_the_code_before_counts),
		cmocka_unit_test(the_code_of_the_other_way_is_told_apart),
		cmocka_unit_test(a_code_of_another_login_is_a_guess),
		cmocka_unit_test(no_code_is_stored),
		cmocka_unit_test_setup_teardown(a_changed_contact_takes_any_keyboard,
			contact_page_fixture_set_up, contact_page_fixture_tear_down),
		cmocka_unit_test_setup_teardown(a_changed_contact_tells_the_code_before_apart,
			contact_page_fixture_set_up, contact_page_fixture_tear_down),
		cmocka_unit_test_setup_teardown(an_address_as_it_is_pasted,
			contact_page_fixture_set_up, contact_page_fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
