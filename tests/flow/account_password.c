/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The account page of the password: who may set one, which, and what ends by it. */
#include "flow/account_fixture.h"
#include "directory/credential.h"

#define SELF  "/account/password"
#define FRESH "Wan-Chan7#"

static struct raw_answer set(struct browser *b, const char *csrf, struct str account,
	const char *password, const char *repeat)
{
	return submit(b, STR(SELF "/set"),
		form_of(b->w, "csrf", csrf, "account", str_dup_c(b->w->a, account), "password",
			password, "repeat", repeat, NULL));
}

static struct str hash_of(struct account_fixture *h, struct str account)
{
	struct store_snapshot *snap;
	struct credential c;

	check_ok(store_snapshot_begin(h->w->p.store, &snap));
	check_ok(credential_get(snap, h->w->a, account, &c, NULL));
	c.hash = str_dup(h->w->a, c.hash);
	store_snapshot_end(snap);
	return c.hash;
}

static bool opens(struct account_fixture *h, const char *password)
{
	struct browser b = {.w = h->w};
	struct raw_answer r = browse(&b, "/apps");

	r = browse_s(&b, location(&r));
	r = type_password(&b, &r, USERNAME, password);
	return contains(r.body, "one-time-code");
}

static void by_thaid_without_the_old_one(void **state)
{
	struct account_fixture *h = *state;
	struct browser by_password = {.w = h->w}, by_thaid = {.w = h->w};
	struct raw_answer r;

	account_fixture_log_in(h, &by_password, PASSWORD);
	log_in(&by_thaid, SOMCHAI_PID);
	log_in(&h->b, SOMCHAI_PID);
	fixture_advance_clock(h->w, 1);
	r = set(&h->b, account_fixture_csrf(&h->b, SELF), h->c->account, FRESH, FRESH);
	assert_int_equal(r.status, 303);
	check_c(location(&r), SELF "?done=changed");
	check_has(account_fixture_page(&h->b, SELF "?done=changed"), "เปลี่ยนรหัสผ่านเรียบร้อยแล้ว");
	/* Who was in by the old password is out; ThaID is not. */
	assert_false(account_fixture_is_logged_in(&by_password));
	assert_true(account_fixture_is_logged_in(&h->b) && account_fixture_is_logged_in(&by_thaid));
	assert_true(opens(h, FRESH));
	assert_false(opens(h, PASSWORD));
	assert_int_equal(audits(h->w, AUDIT_PASSWORD_CHANGED), 1);
	assert_int_equal(audited(h->w, "\"detail\":\"thaid\""), 3); /* two logins, this */
	check_has(mailbox_last(h->m, SOMCHAI_AT).text, "แทนรหัสที่ลืม");
}

static void by_password_and_then_log_in_again(void **state)
{
	struct account_fixture *h = *state;
	struct browser there = {.w = h->w};
	struct raw_answer tokens, r;

	account_fixture_log_in(h, &there, PASSWORD);
	tokens = tokens_for(&there, "portal", "&scope=openid+offline_access");
	account_fixture_log_in(h, &h->b, PASSWORD);
	fixture_advance_clock(h->w, 1);
	r = set(&h->b, account_fixture_csrf(&h->b, SELF), h->c->account, FRESH, FRESH);
	check_login(&r);
	check_has(browse_s(&h->b, location(&r)).body, "กรุณาเข้าสู่ระบบอีกครั้งด้วยรหัสผ่านใหม่");
	assert_false(account_fixture_is_logged_in(&h->b) || account_fixture_is_logged_in(&there));
	r = introspect(h->w, "portal", member(h->w, &tokens, "access_token"));
	assert_false(is_active(&r));
	account_fixture_log_in(h, &h->b, FRESH);
	assert_false(contains(mailbox_last(h->m, SOMCHAI_AT).text, "แทนรหัสที่ลืม"));
}

static void not_without_a_fresh_login(void **state)
{
	struct account_fixture *h = *state;
	struct str before = hash_of(h, h->c->account);
	const char *csrf;
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	csrf = account_fixture_csrf(&h->b, SELF);
	fixture_advance_clock(h->w, 601);
	r = browse(&h->b, SELF);
	check_login(&r);
	r = set(&h->b, csrf, h->c->account, FRESH, FRESH);
	check_login(&r);
	check_str(hash_of(h, h->c->account), before);
	/* The login leads back here. */
	r = pass_login(&h->b, &r);
	check_c(location(&r), SELF);
}

static void what_is_refused_changes_nothing(void **state)
{
	static const struct {
		const char *password, *repeat, *said;
	} tries[] = {
		{FRESH, "Wan-Chan8#", "รหัสผ่านทั้งสองช่องไม่ตรงกัน"},
		{"Qz1!", "Qz1!", "ไม่เป็นไปตามข้อกำหนด"},
		{PASSWORD, PASSWORD, "ไม่เป็นไปตามข้อกำหนด"},
		{"", "", "ไม่เป็นไปตามข้อกำหนด"},
	};
	struct account_fixture *h = *state;
	struct str before = hash_of(h, h->c->account);
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	for (size_t i = 0; i < COUNT(tries); i++) {
		r = set(&h->b, account_fixture_csrf(&h->b, SELF), h->c->account, tries[i].password,
			tries[i].repeat);
		check_page(&r, 200);
		check_has(r.body, tries[i].said);
		assert_false(*tries[i].password && contains(r.body, tries[i].password));
	}
	check_str(hash_of(h, h->c->account), before);
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 0);
	assert_int_equal(audits(h->w, AUDIT_PASSWORD_CHANGED), 0);
}

static void password_forms_are_guarded(void **state)
{
	struct account_fixture *h = *state;
	struct str before = hash_of(h, h->c->account);
	struct browser hers = {.w = h->w}, none = {.w = h->w};
	const char *tokens[] = {"", "x", NULL};
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	log_in(&hers, MALEE_PID);
	tokens[2] = account_fixture_csrf(&hers, "/account/sessions");
	for (size_t i = 0; i < COUNT(tokens); i++) {
		r = set(&h->b, tokens[i], h->c->account, FRESH, FRESH);
		check_page(&r, 400);
	}
	r = browse(&h->b, SELF "/set");
	assert_int_equal(r.status, 405);
	r = set(&none, tokens[2], h->c->account, FRESH, FRESH);
	check_login(&r);
	/* Malee with a token of her own and his account. */
	r = set(&hers, tokens[2], h->c->account, FRESH, FRESH);
	check_page(&r, 200);
	assert_false(contains(r.body, USERNAME));
	check_str(hash_of(h, h->c->account), before);
	assert_int_equal(audits(h->w, AUDIT_PASSWORD_CHANGED), 0);
}

static void close_way(struct credential *c)
{
	c->forbidden = true;
}

static void without_hash(struct credential *c)
{
	c->hash = STR_NONE;
	c->must_change = MUST_CHANGE_REASSIGNED;
}

/* No first password by oneself, none through a closed way. */
static void which_accounts_may(void **state)
{
	struct account_fixture *h = *state;
	struct str none = fixture_account(h->w, "never.had", SOMCHAI);
	struct str closed = fixture_account(h->w, "was.closed", SOMCHAI);
	struct str left = fixture_account(h->w, "was.another", SOMCHAI);
	struct str refused[] = {none, closed, left, h->malee, STR("x"), STR("")};
	struct str page;
	const char *csrf;
	struct raw_answer r;

	otp_fixture_password(h->c, closed, PASSWORD, close_way);
	otp_fixture_password(h->c, left, PASSWORD, without_hash);
	log_in(&h->b, SOMCHAI_PID);
	page = account_fixture_page(&h->b, SELF);
	check_has(page, "ยังไม่มีรหัสผ่าน");
	check_has(page, "ปิดการเข้าสู่ระบบด้วยรหัสผ่าน");
	assert_int_equal(occurrences(page, "?account="), 1);
	csrf = account_fixture_csrf(&h->b, SELF);
	for (size_t i = 0; i < COUNT(refused); i++) {
		r = set(&h->b, csrf, refused[i], FRESH, FRESH);
		check_page(&r, 200);
	}
	assert_int_equal(audits(h->w, AUDIT_PASSWORD_CHANGED), 0);
	assert_int_equal(records(h->w, TABLE_CREDENTIAL), 3);
	assert_int_equal(hash_of(h, left).n, 0);
}

static void of_several_the_one_chosen(void **state)
{
	struct account_fixture *h = *state;
	struct str second = fixture_account(h->w, "second.name", SOMCHAI);
	struct str first_hash = hash_of(h, h->c->account), second_hash;
	struct raw_answer r;

	otp_fixture_password(h->c, second, PASSWORD, NULL);
	second_hash = hash_of(h, second);
	log_in(&h->b, SOMCHAI_PID);
	assert_false(contains(account_fixture_page(&h->b, SELF), "autocomplete=\"new-password\""));
	r = browse_s(&h->b, text(h->w, SELF "?account=%.*s", STR_FMT(second)));
	check_page(&r, 200);
	check_has(r.body, "ตั้งรหัสผ่านใหม่ของ second.name");
	r = set(&h->b, str_dup_c(h->w->a, attribute(h->w, r.body, "name=\"csrf\" value=\"")),
		second, FRESH, FRESH);
	assert_int_equal(r.status, 303);
	assert_false(str_eq(hash_of(h, second), second_hash));
	check_str(hash_of(h, h->c->account), first_hash);
}

static void two_tabs(void **state)
{
	struct account_fixture *h = *state;
	const char *csrf;
	struct str hash;
	struct raw_answer r;

	account_fixture_log_in(h, &h->b, PASSWORD);
	csrf = account_fixture_csrf(&h->b, SELF);
	r = set(&h->b, csrf, h->c->account, FRESH, FRESH);
	check_login(&r);
	hash = hash_of(h, h->c->account);
	/* The other tab's form belongs to a session that is over. */
	r = set(&h->b, csrf, h->c->account, "Fon-Tok5%", "Fon-Tok5%");
	check_login(&r);
	check_str(hash_of(h, h->c->account), hash);
	assert_int_equal(audits(h->w, AUDIT_PASSWORD_CHANGED), 1);
}

static struct account_fixture *racing;
static const struct secret_ops *usual;

/* While the new password is looked at, another tab sets one. */
static void change_while_another_does(const struct auth_method *m, struct op *op,
	struct str account, struct str typed, struct str rules, struct secret_change *ret)
{
	usual->check(m, op, account, typed, rules, ret);
	otp_fixture_password(racing->c, account, "Fon-Tok5%", NULL);
}

static void changed_elsewhere_meanwhile(void **state)
{
	struct account_fixture *h = *state;
	struct auth_method *password = otp_fixture_method(h->c, "password");
	struct secret_ops slow = *password->secret;
	struct raw_answer r;
	const char *csrf;

	log_in(&h->b, SOMCHAI_PID);
	csrf = account_fixture_csrf(&h->b, SELF);
	racing = h;
	usual = password->secret;
	slow.check = change_while_another_does;
	password->secret = &slow;
	r = set(&h->b, csrf, h->c->account, FRESH, FRESH);
	password->secret = usual;
	check_page(&r, 200);
	check_has(r.body, "เพิ่งถูกเปลี่ยนหรือปิดใช้งานจากที่อื่น");
	assert_false(opens(h, FRESH));
	assert_true(opens(h, "Fon-Tok5%"));
	assert_int_equal(audits(h->w, AUDIT_PASSWORD_CHANGED), 0);
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, account_fixture_set_up, account_fixture_tear_down)
		T(by_thaid_without_the_old_one),
		T(by_password_and_then_log_in_again),
		T(not_without_a_fresh_login),
		T(what_is_refused_changes_nothing),
		T(password_forms_are_guarded),
		T(which_accounts_may),
		T(of_several_the_one_chosen),
		T(two_tabs),
		T(changed_elsewhere_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
