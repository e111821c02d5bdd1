/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind D: a session is worth what began it. It remembers, for good, the account and the methods;
 * each portal's policy judges them by name; the end of that account is the end of what it began.
 *
 * Before: a session begun by one account and used as another outlived the suspension of the
 * first, and so did its refresh tokens; what a suspension had ended came back with the account; a
 * code by email entered a portal that wants one by SMS, at the level of the portal before.
 */
#include "flow/otp_fixture.h"
#include "support/administration.h"

#include "directory/session.h"

static const struct str ways[] = {STR_INIT("thaid"), STR_INIT("password")};
static const struct str by_mail[] = {STR_INIT("otp_email"), STR_INIT("otp_sms")};
static const struct str by_sms[] = {STR_INIT("otp_sms")};

#define CHANGE_MOBILE "/account/contact/mobile"

/* Three portals of three policies: codes by mail or SMS, by SMS only, none. */
struct scene {
	struct otp_fixture *c;
	struct fixture *w;
	struct login_policy policies[3];
	struct browser b;
};

static void use_strict(struct system *x)
{
	x->policy = STR("strict");
}

static void use_lax(struct system *x)
{
	x->policy = STR("lax");
}

static void number_too(struct person *p)
{
	p->mobile_verified = true;
}

static int set_up(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct login_policy policy = {.name = STR("dla"),
		.primary = {ways, COUNT(ways)},
		.second_factors = {by_mail, COUNT(by_mail)},
		.password_ial = STR("1.1"),
		.password_aal = STR("1"),
		.second_factor_aal = STR("2.1")};

	s->c = otp_fixture_new();
	s->w = s->c->w;
	s->b.w = s->w;
	s->policies[0] = policy;
	policy.name = STR("strict");
	policy.second_factors = (struct strlist){by_sms, COUNT(by_sms)};
	policy.second_factor_aal = STR("2.2");
	s->policies[1] = policy;
	policy.name = STR("lax");
	policy.second_factors = (struct strlist){NULL, 0};
	s->policies[2] = policy;
	s->w->settings.policies = s->policies;
	s->w->settings.n_policies = 3;
	fixture_system(s->w, "payroll");
	edit_system(s->w, "payroll", use_strict);
	fixture_client(s->w, "strict", "payroll", NULL);
	fixture_grant(s->w, ROLE_GRANT_PERSON, SOMCHAI, "payroll", "recorder");
	fixture_system(s->w, "news");
	edit_system(s->w, "news", use_lax);
	fixture_client(s->w, "lax", "news", NULL);
	fixture_grant(s->w, ROLE_GRANT_PERSON, SOMCHAI, "news", "recorder");
	edit_person(s->w, SOMCHAI, number_too);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *s = *state;

	otp_fixture_free(s->c);
	free(s);
	return 0;
}

static const char *posted(struct scene *s)
{
	return str_dup_c(s->w->a, text(s->w, "code=%.*s", STR_FMT(code_posted(s->c))));
}

/* A session by password and a code by mail. */
static void log_in_by_mail(struct scene *s)
{
	struct raw_answer page = code_page(&s->b), r;

	page = send_and_follow(&s->b, &page, "/login/code/send", "factor=otp_email");
	r = send_form(&s->b, &page, "/login/code", posted(s));
	check_code(s->w, &r);
}

static struct raw_answer at(struct scene *s, const char *client, const char *extra)
{
	return browse_s(&s->b, authorize_target(s->w, client, extra));
}

static void check_level(struct scene *s, const char *client, const char *aal)
{
	struct raw_answer r = at(s, client, "&prompt=none"), tokens;

	tokens = redeem(s->w, client, check_code(s->w, &r), CODE_VERIFIER);
	check_str(text_claim(s->w, member(s->w, &tokens, "id_token"), "aal"), str_c(aal));
}

/* --- policies --- */

static void mail_enters_no_portal_that_wants_sms(void **state)
{
	struct scene *s = *state;
	struct raw_answer r, page;

	log_in_by_mail(s);
	r = at(s, "strict", "&prompt=none");
	check_error(s->w, &r, "login_required");
	r = at(s, "strict", "");
	check_login(&r);
	page = browse_s(&s->b, location(&r));
	check_has(page.body, "name=\"username\"");
	fixture_advance_clock(s->w, CHALLENGE_RESEND);
	page = type_password(&s->b, &page, USERNAME, PASSWORD);
	assert_string_equal(s->c->target, "+66812345678");
	r = send_form(&s->b, &page, "/login/code", posted(s));
	check_code(s->w, &r);
	/* Once is enough, here and at the portal before. */
	check_level(s, "strict", "2.2");
	check_level(s, "portal", "2.1");
}

static void who_cannot_is_refused_clearly(void **state)
{
	struct scene *s = *state;
	struct raw_answer r, page;

	s->c->no_sms = true;
	log_in_by_mail(s);
	r = at(s, "strict", "");
	page = browse_s(&s->b, location(&r));
	page = type_password(&s->b, &page, USERNAME, PASSWORD);
	check_page(&page, 403);
	assert_int_equal(audits(s->w, AUDIT_LOGIN), 1);
	check_level(s, "portal", "2.1");
}

/* The same proofs, worth what each policy says. */
static void the_level_is_the_policys(void **state)
{
	struct scene *s = *state;
	struct raw_answer r;

	log_in_by_mail(s);
	check_level(s, "portal", "2.1");
	check_level(s, "lax", "1");
	/* Another provider's word is its own. */
	r = at(s, "portal", "&prompt=login");
	r = pass_login(&s->b, &r);
	check_code(s->w, &r);
	check_level(s, "portal", "2.2");
	check_level(s, "lax", "2.2");
	check_level(s, "strict", "2.2");
}

static void put_office(struct scene *s, const char *code, int64_t from, enum status status)
{
	struct store_batch *b = store_batch_new(s->w->a);
	const struct office office = {.code = str_c(code),
		.name_th = STR("สำนักงานทดสอบ"),
		.second_factor_required_from = from,
		.status = (int)status};

	office_put(b, s->w->a, &office, STORE_ANY);
	check_ok(store_commit(s->w->p.store, b));
}

static void office_200(struct account *x)
{
	x->office = STR("200");
}

static void office_300(struct system *x)
{
	x->office = STR("300");
}

static void no_contact(struct person *p)
{
	p->email_verified = p->mobile_verified = false;
}

/* The office of the account to be entered wants a second factor; that of the login does not. */
static void a_way_that_wants_more_is_no_circle(void **state)
{
	struct scene *s = *state;
	struct str strict = fixture_account(s->w, "strict.j", SOMCHAI);
	struct raw_answer r, page;

	edit_person(s->w, SOMCHAI, no_contact);
	edit_account(s->w, strict, office_200);
	put_office(s, "100", s->w->now_ms / 1000 + 3600, STATUS_ACTIVE);
	put_office(s, "200", 0, STATUS_ACTIVE);
	s->policies[0].second_factor_required_from = 1;
	s->policies[0].grace_logins = 9;
	fixture_grant(s->w, ROLE_GRANT_ACCOUNT, strict, "eplan", "approver");
	r = at(s, "portal", "");
	page = browse_s(&s->b, location(&r));
	page = type_password(&s->b, &page, USERNAME, PASSWORD);
	page = send_and_follow(&s->b, &page, "/login/email/skip", "");
	/* The only way in is the strict account: a login that reaches it, asked for once. */
	check_has(page.body, "name=\"username\"");
	page = type_password(&s->b, &page, USERNAME, PASSWORD);
	check_page(&page, 403);
	assert_int_equal(records(s->w, TABLE_AUTHORIZATION_CODE), 0);
	assert_int_equal(audits(s->w, AUDIT_LOGIN), 1);
}

/* --- the account that began it --- */

static enum rc set_account(struct scene *s, const char *username, enum status status)
{
	const struct administrator who = administrator_of(&s->w->p);

	return admin_account_status(&who, s->w->a, str_c(username), status, STR("test"));
}

static struct raw_answer enter_as(struct scene *s, struct str account, const char *extra)
{
	struct raw_answer r = at(s, "portal", extra), page;

	check_login(&r);
	page = browse_s(&s->b, location(&r));
	r = send_form(&s->b, &page, "/login/account",
		str_dup_c(s->w->a, text(s->w, "account=%.*s", STR_FMT(account))));
	return redeem(s->w, "portal", check_code(s->w, &r), CODE_VERIFIER);
}

#define OFFLINE "&prompt=select_account&scope=openid+offline_access"

/* Begun by one account, used as another: the end of the first is its end, for good. */
static void the_account_that_began_it_ends_it(void **state)
{
	struct scene *s = *state;
	struct str other = fixture_account(s->w, "other.j", SOMCHAI);
	struct raw_answer tokens, r;

	fixture_grant(s->w, ROLE_GRANT_ACCOUNT, s->c->account, "eplan", "recorder");
	fixture_grant(s->w, ROLE_GRANT_ACCOUNT, other, "eplan", "approver");
	log_in_by_mail(s);
	tokens = enter_as(s, other, OFFLINE);
	check_ok(set_account(s, USERNAME, STATUS_SUSPENDED));
	r = at(s, "portal", "&prompt=none");
	check_error(s->w, &r, "login_required");
	r = browse(&s->b, "/apps");
	check_login(&r);
	r = refresh(s->w, "portal", member(s->w, &tokens, "refresh_token"));
	check_json_error(s->w, &r, 400, "invalid_grant");
	r = get_bearer(s->w, "/oauth2/userinfo", member(s->w, &tokens, "access_token"));
	assert_int_equal(r.status, 401);
	/* What has ended does not come back with the account. */
	check_ok(set_account(s, USERNAME, STATUS_ACTIVE));
	r = at(s, "portal", "&prompt=none");
	check_error(s->w, &r, "login_required");
	r = refresh(s->w, "portal", member(s->w, &tokens, "refresh_token"));
	check_json_error(s->w, &r, 400, "invalid_grant");
}

/* The other way round: the session goes on, what was given for the suspended account does not. */
static void an_account_only_entered_ends_its_tokens(void **state)
{
	struct scene *s = *state;
	struct str other = fixture_account(s->w, "other.j", SOMCHAI);
	struct raw_answer own, theirs, r;

	fixture_grant(s->w, ROLE_GRANT_ACCOUNT, s->c->account, "eplan", "recorder");
	fixture_grant(s->w, ROLE_GRANT_ACCOUNT, other, "eplan", "approver");
	log_in_by_mail(s);
	own = enter_as(s, s->c->account, OFFLINE);
	theirs = enter_as(s, other, OFFLINE);
	check_ok(set_account(s, "other.j", STATUS_SUSPENDED));
	check_ok(set_account(s, "other.j", STATUS_ACTIVE));
	r = refresh(s->w, "portal", member(s->w, &theirs, "refresh_token"));
	check_json_error(s->w, &r, 400, "invalid_grant");
	r = refresh(s->w, "portal", member(s->w, &own, "refresh_token"));
	assert_int_equal(r.status, 200);
	r = browse(&s->b, "/apps");
	check_page(&r, 200);
}

/* A session of a person, not of an account, outlives each of his accounts. */
static void a_citizens_session_outlives_an_account(void **state)
{
	struct scene *s = *state;
	struct raw_answer r;

	fixture_grant(s->w, ROLE_GRANT_ACCOUNT, s->c->account, "news", "recorder");
	log_in(&s->b, SOMCHAI_PID);
	check_ok(set_account(s, USERNAME, STATUS_SUSPENDED));
	r = at(s, "portal", "&prompt=none");
	check_code(s->w, &r);
}

/* --- an office that is suspended --- */

struct mints {
	struct raw_answer tokens;
	struct str code;
};

static void consents_first(struct client *x)
{
	x->consent_required = true;
}

static void machine_alone(struct client *x)
{
	static const struct str grants[] = {STR_INIT("client_credentials")};

	x->grant_types = (struct strlist){grants, 1};
	x->response_types = (struct strlist){NULL, 0};
	x->redirect_uris = (struct strlist){NULL, 0};
	x->scope = STR("api.read");
}

static bool gives_code(struct scene *s, const char *client)
{
	struct raw_answer r = at(s, client, "&prompt=none");

	return url_param(s->w, location(&r), "code").n > 0;
}

static bool is_in_launcher(struct scene *s)
{
	struct raw_answer r = browse(&s->b, "/apps");

	return contains(r.body, "data-part=\"open\" href=\"https://portal.test/login\"");
}

static bool refreshes(struct scene *s, struct mints *m)
{
	struct raw_answer r = refresh(s->w, "portal", member(s->w, &m->tokens, "refresh_token"));

	if (r.status == 200)
		m->tokens = r;
	return r.status == 200;
}

static bool introspects(struct scene *s, struct mints *m, const char *token)
{
	struct raw_answer r = introspect(s->w, "portal", member(s->w, &m->tokens, token));

	return is_active(&r);
}

static bool has_userinfo(struct scene *s, struct mints *m)
{
	return get_bearer(s->w, "/oauth2/userinfo", member(s->w, &m->tokens, "access_token"))
		       .status == 200;
}

/* Each place that gives something: does it? */
static void check_mints(struct scene *s, struct mints *m, bool gives)
{
	struct raw_answer r = redeem(s->w, "portal", m->code, CODE_VERIFIER);

	assert_int_equal(r.status == 200, gives);
	assert_int_equal(gives_code(s, "portal"), gives);
	assert_int_equal(gives_code(s, "asking"), gives);
	assert_int_equal(is_in_launcher(s), gives);
	assert_int_equal(introspects(s, m, "access_token"), gives);
	assert_int_equal(introspects(s, m, "refresh_token"), gives);
	assert_int_equal(has_userinfo(s, m), gives);
	assert_int_equal(refreshes(s, m), gives);
}

static void new_code(struct scene *s, struct mints *m)
{
	struct raw_answer r = at(s, "portal", "&scope=openid+offline_access");

	m->code = check_code(s->w, &r);
}

static bool gives_machine_token(struct scene *s)
{
	return post_form(s->w, "/oauth2/token", "machine",
		       STR("grant_type=client_credentials&scope=api.read"))
		       .status == 200;
}

/* The account's office, the grant's office, and the office that owns the system. */
static void a_suspended_office_gives_nothing(void **state)
{
	static const char *const offices[] = {"200", "100", "300"};
	struct scene *s = *state;
	struct mints m;
	struct raw_answer r, page;

	fixture_end_grant(s->w, ROLE_GRANT_PERSON, SOMCHAI, "eplan", "recorder");
	fixture_end_grant(s->w, ROLE_GRANT_PERSON, SOMCHAI, "payroll", "recorder");
	fixture_end_grant(s->w, ROLE_GRANT_PERSON, SOMCHAI, "news", "recorder");
	fixture_grant(s->w, ROLE_GRANT_ACCOUNT, s->c->account, "eplan", "recorder");
	edit_account(s->w, s->c->account, office_200);
	edit_system(s->w, "eplan", office_300);
	fixture_client(s->w, "asking", "eplan", consents_first);
	fixture_client(s->w, "machine", "eplan", machine_alone);
	for (size_t i = 0; i < COUNT(offices); i++)
		put_office(s, offices[i], 0, STATUS_ACTIVE);
	log_in(&s->b, SOMCHAI_PID);
	r = at(s, "asking", "");
	page = browse_s(&s->b, location(&r));
	r = send_form(&s->b, &page, "/login/consent", "answer=allow");
	check_code(s->w, &r);
	new_code(s, &m);
	m.tokens = redeem(s->w, "portal", m.code, CODE_VERIFIER);
	for (size_t i = 0; i < COUNT(offices); i++) {
		new_code(s, &m);
		put_office(s, offices[i], 0, STATUS_SUSPENDED);
		check_mints(s, &m, false);
		assert_int_equal(gives_machine_token(s), offices[i][0] != '3');
		put_office(s, offices[i], 0, STATUS_ACTIVE);
		new_code(s, &m);
		check_mints(s, &m, true);
		assert_true(gives_machine_token(s));
	}
}

static int64_t registered;

static void is_another(struct client *x)
{
	x->created = registered;
}

/* A store of before ids were kept may have a client of an id that another had: what people agreed
 * to, and what they were given, was the other's. */
static void a_client_of_a_used_id_inherits_nothing(void **state)
{
	struct scene *s = *state;
	struct raw_answer r, page, tokens;

	fixture_client(s->w, "asking", "eplan", consents_first);
	log_in(&s->b, SOMCHAI_PID);
	r = at(s, "asking", "&scope=openid+profile+email+offline_access");
	page = browse_s(&s->b, location(&r));
	r = send_form(&s->b, &page, "/login/consent", "answer=allow");
	tokens = redeem(s->w, "asking", check_code(s->w, &r), CODE_VERIFIER);
	assert_true(gives_code(s, "asking"));
	/* In the same second it may be the client's own. */
	registered = s->w->now_ms / 1000;
	edit_client(s->w, "asking", is_another);
	assert_true(gives_code(s, "asking"));
	registered++;
	edit_client(s->w, "asking", is_another);
	fixture_advance_clock(s->w, 1);
	r = at(s, "asking", "&prompt=none");
	check_error(s->w, &r, "consent_required");
	r = refresh(s->w, "asking", member(s->w, &tokens, "refresh_token"));
	check_json_error(s->w, &r, 400, "invalid_grant");
	r = get_bearer(s->w, "/oauth2/userinfo", member(s->w, &tokens, "access_token"));
	assert_int_equal(r.status, 401);
}

/* Its accounts log in nowhere, and what they began serves no page. */
static void a_suspended_office_logs_nobody_in(void **state)
{
	struct scene *s = *state;
	struct raw_answer r, page;

	log_in_by_mail(s);
	r = browse(&s->b, "/account");
	check_page(&r, 200);
	put_office(s, "100", 0, STATUS_SUSPENDED);
	r = browse(&s->b, "/account");
	check_login(&r);
	r = at(s, "lax", "");
	page = browse_s(&s->b, location(&r));
	page = type_password(&s->b, &page, USERNAME, PASSWORD);
	assert_true(has_notice(page.body, "wrong"));
	put_office(s, "100", 0, STATUS_ACTIVE);
	r = browse(&s->b, "/account");
	check_page(&r, 200);
}

/* --- changes of a contact --- */

/* Before: two kinds of proofs were enough. With a code by mail, the mobile number could be changed
 * that receives the codes of a portal which accepts codes by SMS only. */
static void mail_changes_no_mobile_number(void **state)
{
	struct scene *s = *state;
	struct raw_answer r, page;

	log_in_by_mail(s);
	r = browse(&s->b, "/account");
	check_page(&r, 200);
	r = browse(&s->b, CHANGE_MOBILE);
	check_login(&r);
	page = browse_s(&s->b, location(&r));
	fixture_advance_clock(s->w, CHALLENGE_RESEND);
	/* The code that every portal accepts is sent at once: it is the only one offered. */
	page = type_password(&s->b, &page, USERNAME, PASSWORD);
	assert_false(contains(page.body, "otp_email"));
	r = send_form(&s->b, &page, "/login/code", posted(s));
	check_c(location(&r), CHANGE_MOBILE);
	r = browse(&s->b, CHANGE_MOBILE);
	check_page(&r, 200);
}

/* Where all portals accept all codes of the launcher, the person chooses as ever. */
static void either_code_where_all_portals_accept_both(void **state)
{
	struct scene *s = *state;
	struct raw_answer r;

	s->w->settings.n_policies = 1;
	log_in_by_mail(s);
	r = browse(&s->b, CHANGE_MOBILE);
	check_page(&r, 200);
	fixture_advance_clock(s->w, s->w->settings.reauthentication_max_age + 1);
	r = browse(&s->b, CHANGE_MOBILE);
	check_login(&r);
	r = browse_s(&s->b, location(&r));
	r = type_password(&s->b, &r, USERNAME, PASSWORD);
	check_has(r.body, "otp_email");
	check_has(r.body, "otp_sms");
}

/* The launcher sends codes by mail only, a portal wants one by SMS: ThaID proves enough for both.
 */
static void thaid_where_the_launcher_sends_no_such_code(void **state)
{
	static const struct str mail_only[] = {STR_INIT("otp_email")};
	struct scene *s = *state;
	struct raw_answer r, page;

	s->policies[0].second_factors = (struct strlist){mail_only, COUNT(mail_only)};
	page = code_page(&s->b);
	r = send_form(&s->b, &page, "/login/code", posted(s));
	check_code(s->w, &r);
	r = browse(&s->b, CHANGE_MOBILE);
	check_login(&r);
	page = browse_s(&s->b, location(&r));
	check_page(&page, 200);
	assert_false(contains(page.body, "name=\"username\""));
	r = pass_login(&s->b, &r);
	check_c(location(&r), CHANGE_MOBILE);
}

/* Codes by mail only, no ThaID, and a portal wants SMS. Before: each login led to the next. */
static void no_login_is_asked_for_where_none_is_enough(void **state)
{
	static const struct str mail_only[] = {STR_INIT("otp_email")};
	static const struct str password_only[] = {STR_INIT("password")};
	struct scene *s = *state;
	struct raw_answer r, page;

	s->policies[0].second_factors = (struct strlist){mail_only, COUNT(mail_only)};
	s->policies[0].primary = (struct strlist){password_only, COUNT(password_only)};
	page = code_page(&s->b);
	r = send_form(&s->b, &page, "/login/code", posted(s));
	check_code(s->w, &r);
	r = browse(&s->b, CHANGE_MOBILE);
	check_page(&r, 403);
	check_has(r.body, "เปลี่ยนข้อมูลในหน้านี้ไม่ได้");
	s->c->no_sms = true;
	r = browse(&s->b, CHANGE_MOBILE);
	check_page(&r, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		T(mail_enters_no_portal_that_wants_sms),
		T(mail_changes_no_mobile_number),
		T(either_code_where_all_portals_accept_both),
		T(thaid_where_the_launcher_sends_no_such_code),
		T(no_login_is_asked_for_where_none_is_enough),
		T(who_cannot_is_refused_clearly),
		T(the_level_is_the_policys),
		T(a_way_that_wants_more_is_no_circle),
		T(the_account_that_began_it_ends_it),
		T(an_account_only_entered_ends_its_tokens),
		T(a_citizens_session_outlives_an_account),
		T(a_suspended_office_gives_nothing),
		T(a_client_of_a_used_id_inherits_nothing),
		T(a_suspended_office_logs_nobody_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
