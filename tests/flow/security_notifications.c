/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Notices of security changes, and the answer "this was not me". */
#include "obs/log.h"
#include "flow/otp_fixture.h"
#include "flow/mailbox.h"
#include "idp/account/account.h"
#include "directory/credential.h"
#include "directory/directory.h"
#include "deliver/security_notification.h"

#define MAIL   "somchai@bangtanai.go.th"
#define OLD    "old@bangtanai.go.th"
#define MOBILE "+66812345678"

struct notification_fixture {
	struct otp_fixture *c;
	struct fixture *w;
	struct mailbox *m;
};

static void with_addresses(struct person *p)
{
	p->email = STR(MAIL);
	p->mobile = STR(MOBILE);
	p->email_verified = p->mobile_verified = true;
}

static int notification_set_up(void **state)
{
	struct notification_fixture *h = calloc(1, sizeof(*h));

	h->c = otp_fixture_new();
	h->w = h->c->w;
	h->m = mailbox_new(h->w);
	edit_person(h->w, SOMCHAI, with_addresses);
	*state = h;
	return 0;
}

static int notification_tear_down(void **state)
{
	struct notification_fixture *h = *state;

	mailbox_free(h->m);
	otp_fixture_free(h->c);
	free(h);
	return 0;
}

/* Puts a notice about somchai as he is stored; returns the batch's fate. */
static void put_notification(struct notification_fixture *h, enum security_notification_kind kind,
	const char *old_email, const char *old_mobile)
{
	static const struct actor actor = {.kind = ACTOR_JOB};
	struct tx tx;
	struct person p;
	struct security_notification n = {
		.kind = kind,
		.person = &p,
		.username = STR(USERNAME),
		.office = STR("100"),
		.old_email = old_email ? str_c(old_email) : STR_NONE,
		.old_mobile = old_mobile ? str_c(old_mobile) : STR_NONE,
		.user_agent = STR("Mozilla/5.0 (Windows NT 10.0) Chrome/126.0"),
		.address = STR("192.0.2.7"),
	};

	tx_init(&tx, &h->w->p, &actor, h->w->a);
	check_ok(tx_begin(&tx));
	check_ok(person_get(tx.snap, tx.a, SOMCHAI, &p, NULL));
	security_notification_add(&tx, &n);
	tx_end(&tx);
	check_ok(store_commit(h->w->p.store, tx.batch));
}

static struct credential credential_of(struct notification_fixture *h, struct str account)
{
	struct store_snapshot *snap;
	struct credential c;

	check_ok(store_snapshot_begin(h->w->p.store, &snap));
	check_ok(credential_get(snap, h->w->a, account, &c, NULL));
	c.forbidden_by = str_dup(h->w->a, c.forbidden_by);
	store_snapshot_end(snap);
	return c;
}

static struct person person_of(struct notification_fixture *h)
{
	struct store_snapshot *snap;
	struct person p;

	check_ok(store_snapshot_begin(h->w->p.store, &snap));
	check_ok(person_get(snap, h->w->a, SOMCHAI, &p, NULL));
	store_snapshot_end(snap);
	return p;
}

static struct str link_told(struct notification_fixture *h, enum security_notification_kind kind)
{
	put_notification(h, kind, NULL, NULL);
	return mailbox_link(h->w, mailbox_last(h->m, MAIL).text, "/not-me?t=");
}

static struct raw_answer answer_not_me(
	struct notification_fixture *h, struct browser *b, struct str link)
{
	struct str token = str_sub(link, strlen("/not-me?t="), link.n);

	return submit(b, STR("/not-me/close"), form_of(h->w, "t", str_dup_c(h->w->a, token), NULL));
}

static void a_notice_goes_to_the_address_and_the_one_before(void **state)
{
	struct notification_fixture *h = *state;
	struct message_content mail;

	put_notification(h, SECURITY_NOTIFICATION_EMAIL_CHANGED, OLD, NULL);
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 2);
	assert_int_equal(mailbox_count(h->m, MESSAGE_SMS), 0);
	mail = mailbox_last(h->m, OLD);
	/* Nobody chose a language: both, each with its own words for the device. */
	check_has(mail.text, "อีเมล");
	check_has(mail.text, "email address");
	check_has(mail.text, "อุปกรณ์: Chrome บน Windows");
	check_has(mail.text, "Device: Chrome on Windows");
	check_has(mail.text, "192.0.2.7");
	check_has(mail.text, ISSUER "/not-me?t=pratu_nt_");
	assert_true(mailbox_has(h->m, MAIL));
}

static void chose_english(struct person *p)
{
	p->lang = STR("en");
}

/* It says whom it is for and where its link leads, and not the whole username. */
static void a_notice_is_recognised(void **state)
{
	struct notification_fixture *h = *state;
	struct message_content mail;

	put_notification(h, SECURITY_NOTIFICATION_PASSWORD_CHANGED, NULL, NULL);
	mail = mailbox_last(h->m, MAIL);
	check_has(mail.subject, "มีการเปลี่ยนรหัสผ่านของท่าน – ระบบยืนยันตัวตนกลาง");
	check_has(mail.text, "เรียน somchai ทดสอบ\n");
	check_has(mail.text, "ชื่อผู้ใช้: s***j\n");
	check_has(mail.text, "หน่วยงาน: ");
	check_has(mail.text, "ขึ้นต้นด้วย " ISSUER "/ ");
	assert_false(contains(mail.text, USERNAME));
}

/* Who chose a language reads that one alone. */
static void a_notice_is_in_the_persons_language(void **state)
{
	struct notification_fixture *h = *state;
	struct message_content mail;

	edit_person(h->w, SOMCHAI, chose_english);
	put_notification(h, SECURITY_NOTIFICATION_PASSWORD_CHANGED, NULL, "+66898765432");
	mail = mailbox_last(h->m, MAIL);
	check_has(mail.subject, "Your password was changed – Central sign-in service");
	check_has(mail.text, "Device: Chrome on Windows");
	assert_false(contains(mail.text, "ท่าน"));
	check_has(mailbox_last(h->m, "+66898765432").text, "Your password was changed");
}

static void without_email(struct person *p)
{
	p->email_verified = false;
}

static void email_just_set(struct person *p)
{
	p->email_changed = p->created;
}

static void email_set_long_ago(struct person *p)
{
	p->email_changed = p->created - SECURITY_NOTIFICATION_LIFETIME;
}

/* The young address may be that of who did it: the owner hears by the number, too. */
static void a_young_email_is_not_told_alone(void **state)
{
	static const enum security_notification_kind kinds[] = {
		SECURITY_NOTIFICATION_EMAIL_CHANGED, SECURITY_NOTIFICATION_PASSWORD_CHANGED};
	struct notification_fixture *h = *state;

	edit_person(h->w, SOMCHAI, email_just_set);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		put_notification(h, kinds[i], NULL, NULL);
		assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), i + 1);
		assert_int_equal(mailbox_count(h->m, MESSAGE_SMS), i + 1);
	}
	assert_true(mailbox_has(h->m, MOBILE));
	edit_person(h->w, SOMCHAI, email_set_long_ago);
	put_notification(h, SECURITY_NOTIFICATION_PASSWORD_CHANGED, NULL, NULL);
	assert_int_equal(mailbox_count(h->m, MESSAGE_SMS), COUNT(kinds));
}

static void without_any(struct person *p)
{
	p->email_verified = p->mobile_verified = false;
}

static void without_an_email_it_goes_by_sms_and_holds_no_link(void **state)
{
	struct notification_fixture *h = *state;

	edit_person(h->w, SOMCHAI, without_email);
	put_notification(h, SECURITY_NOTIFICATION_PASSWORD_CHANGED, NULL, "+66898765432");
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 0);
	assert_int_equal(mailbox_count(h->m, MESSAGE_SMS), 2);
	assert_false(contains(mailbox_last(h->m, MOBILE).text, "http"));
	assert_true(contains(mailbox_last(h->m, "+66898765432").text, "02 241 9000"));
}

/* Lines of the log that tell of a lost notice and hold these words. */
struct lost_lines {
	const char *why;
	size_t n, right;
};

static void look_for_lost(void *data, struct str line)
{
	struct lost_lines *lines = data;

	if (!contains(line, "\"security_notification_failed\""))
		return;
	lines->n++;
	lines->right += contains(line, lines->why);
}

static void is_lost_once(struct notification_fixture *h, const char *why)
{
	struct lost_lines lines = {why, 0, 0};

	log_set_sink(look_for_lost, &lines);
	put_notification(h, SECURITY_NOTIFICATION_PASSWORD_CHANGED, NULL, NULL);
	log_set_sink(NULL, NULL);
	assert_int_equal(lines.n, 1);
	assert_int_equal(lines.right, 1);
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL) + mailbox_count(h->m, MESSAGE_SMS), 0);
	assert_int_equal(records(h->w, TABLE_SECURITY_NOTIFICATION), 0);
}

static void nowhere_to_send_hinders_nothing(void **state)
{
	struct notification_fixture *h = *state;

	edit_person(h->w, SOMCHAI, without_any);
	is_lost_once(h, "no proven address");
}

static void with_no_address_at_all(struct person *p)
{
	p->email = STR("no address");
	p->mobile_verified = false;
}

static void what_the_outbox_refuses_hinders_nothing(void **state)
{
	struct notification_fixture *h = *state;

	edit_person(h->w, SOMCHAI, with_no_address_at_all);
	is_lost_once(h, "no email address");
}

static void notices_pass_the_limit_of_codes(void **state)
{
	struct notification_fixture *h = *state;

	for (int i = 0; i < 40; i++)
		put_notification(h, SECURITY_NOTIFICATION_PASSWORD_CHANGED, NULL, NULL);
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 40);
}

static void looking_changes_nothing(void **state)
{
	struct notification_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct str link = link_told(h, SECURITY_NOTIFICATION_PASSWORD_CHANGED);
	struct raw_answer r = browse_s(&b, link);

	assert_int_equal(r.status, 200);
	assert_true(contains(r.body, "มีการเปลี่ยนรหัสผ่านของท่าน"));
	assert_false(credential_of(h, h->c->account).forbidden);
	assert_int_equal(audits(h->w, AUDIT_ACCOUNT_COMPROMISE_REPORTED), 0);
}

/* The page has its own list of kinds, in the order of enum security_notification_kind. */
static void the_page_names_what_the_notice_told_of(void **state)
{
	struct notification_fixture *h = *state;
	struct browser b = {.w = h->w};

	for (int kind = 0; kind < SECURITY_NOTIFICATION_KIND_MAX; kind++) {
		struct str words, link;

		fixture_advance_clock(h->w, 1);
		link = link_told(h, (enum security_notification_kind)kind);
		words = web_text(
			WEB_TH, text(h->w, "notice-kind.%s", security_notification_words[kind]));
		assert_true(words.n > 0);
		assert_true(contains_str(browse_s(&b, link).body, words));
	}
}

static void not_me_signs_out_and_closes_the_password_way(void **state)
{
	struct notification_fixture *h = *state;
	struct browser victim = {.w = h->w}, mail = {.w = h->w};
	struct str link = link_told(h, SECURITY_NOTIFICATION_PASSWORD_CHANGED);

	log_in(&victim, SOMCHAI_PID);
	assert_int_equal(records(h->w, TABLE_SESSION), 1);
	fixture_advance_clock(h->w, 5);
	assert_int_equal(answer_not_me(h, &mail, link).status, 200);
	assert_int_equal(records(h->w, TABLE_SESSION), 0);
	assert_true(credential_of(h, h->c->account).forbidden);
	assert_true(str_eq_c(credential_of(h, h->c->account).forbidden_by, "holder"));
	assert_int_equal(person_of(h).signed_out_ms, h->w->now_ms);
	assert_true(person_of(h).email_verified);
	assert_int_equal(audits(h->w, AUDIT_ACCOUNT_COMPROMISE_REPORTED), 1);
	assert_int_equal(audits(h->w, AUDIT_PASSWORD_LOGIN_DISABLED), 1);
	/* ThaID still enters. */
	log_in(&victim, SOMCHAI_PID);
	assert_int_equal(records(h->w, TABLE_SESSION), 1);
	/* Pressed again: said so, and the new session lives. */
	assert_int_equal(answer_not_me(h, &mail, link).status, 200);
	assert_int_equal(records(h->w, TABLE_SESSION), 1);
	assert_int_equal(audits(h->w, AUDIT_ACCOUNT_COMPROMISE_REPORTED), 1);
}

/* An administrator opens the way again: not to whoever knew the password that was closed. */
static void what_was_closed_opens_nothing_later(void **state)
{
	struct notification_fixture *h = *state;
	struct browser mail = {.w = h->w}, intruder = {.w = h->w};
	struct store_batch *b = store_batch_new(h->w->a);
	struct store_snapshot *snap;
	struct credential c;
	struct raw_answer r;

	answer_not_me(h, &mail, link_told(h, SECURITY_NOTIFICATION_PASSWORD_CHANGED));
	check_ok(store_snapshot_begin(h->w->p.store, &snap));
	check_ok(credential_get(snap, h->w->a, h->c->account, &c, NULL));
	c.forbidden = false;
	credential_put(b, h->w->a, &c, STORE_ANY);
	store_snapshot_end(snap);
	check_ok(store_commit(h->w->p.store, b));
	r = browse(&intruder, "/apps");
	r = browse_s(&intruder, location(&r));
	r = type_password(&intruder, &r, USERNAME, PASSWORD);
	check_has(r.body, "/login/password?");
	assert_int_equal(audits(h->w, AUDIT_LOGIN_FAILED), 1);
}

static void a_new_address_that_was_not_theirs_proves_nothing(void **state)
{
	struct notification_fixture *h = *state;
	struct browser b = {.w = h->w};

	answer_not_me(h, &b, link_told(h, SECURITY_NOTIFICATION_EMAIL_CHANGED));
	assert_false(person_of(h).email_verified);
	assert_true(person_of(h).mobile_verified);
}

static void other_links_open_nothing(void **state)
{
	static const char *const tokens[] = {"", "x", "pratu_nt_", "pratu_ss_AAAA",
		"pratu_nt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	struct notification_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct str link = link_told(h, SECURITY_NOTIFICATION_PASSWORD_CHANGED);

	for (size_t i = 0; i < COUNT(tokens); i++)
		assert_int_equal(
			submit(&b, STR("/not-me/close"), form_of(h->w, "t", tokens[i], NULL))
				.status,
			404);
	fixture_advance_clock(h->w, SECURITY_NOTIFICATION_LIFETIME + 1);
	assert_int_equal(answer_not_me(h, &b, link).status, 404);
	assert_false(credential_of(h, h->c->account).forbidden);
}

static void credential_with_initial_secret(struct credential *x)
{
	x->must_change = MUST_CHANGE_INITIAL;
	x->initial_until = INT64_MAX / 2;
}

static void the_forced_change_is_told(void **state)
{
	struct notification_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct raw_answer page;
	size_t counted;

	otp_fixture_password(h->c, h->c->account, "Issued-Once7?", credential_with_initial_secret);
	page = login_page(&b, "");
	page = type_password(&b, &page, USERNAME, "Issued-Once7?");
	page = send_and_follow(&b, &page, "/login/code/send", "factor=otp_email");
	page = send_and_follow(&b, &page, "/login/code",
		str_dup_c(h->w->a, text(h->w, "code=%.*s", STR_FMT(code_posted(h->c)))));
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 0);
	counted = records(h->w, TABLE_ATTEMPTS);
	send_and_follow(
		&b, &page, "/login/change", "password=Chosen-Twice8%3F&repeat=Chosen-Twice8%3F");
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 1);
	/* Logging in again does not begin with this account's attempts; those of the address and
	 * the mail box stay. */
	assert_int_equal(records(h->w, TABLE_ATTEMPTS), counted - 1);
	assert_true(contains(mailbox_last(h->m, MAIL).text, "มีการเปลี่ยนรหัสผ่านของท่าน"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, notification_set_up, notification_tear_down)
		T(a_notice_goes_to_the_address_and_the_one_before),
		T(a_notice_is_recognised),
		T(a_notice_is_in_the_persons_language),
		T(without_an_email_it_goes_by_sms_and_holds_no_link),
		T(a_young_email_is_not_told_alone),
		T(nowhere_to_send_hinders_nothing),
		T(what_the_outbox_refuses_hinders_nothing),
		T(notices_pass_the_limit_of_codes),
		T(looking_changes_nothing),
		T(the_page_names_what_the_notice_told_of),
		T(not_me_signs_out_and_closes_the_password_way),
		T(what_was_closed_opens_nothing_later),
		T(a_new_address_that_was_not_theirs_proves_nothing),
		T(other_links_open_nothing),
		T(the_forced_change_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
