/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The person's side of backchannel authentication (CIBA Core 7.3): how they hear of a request, what
 * the page shows, what it wants before it approves, and what they need not bear (FAPI-CIBA 7,
 * attack rows 8, 11 and 19).
 */
#include "flow/ciba_fixture.h"

#include "audit/search.h"
#include "codec/json_value.h"
#include "crypto/hash.h"
#include "directory/contact.h"

#include <pthread.h>

/* Everything that is decided about stands there, in Thai, and nothing else is needed. */
static void the_page_shows_all(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = bc_ask_by(h->w, "kiosk",
		"scope=openid profile offline_access&" TO_SOMCHAI "&binding_message=AB-1234");

	assert_int_equal(r.status, 200);
	log_in(&h->b, SOMCHAI_PID);
	r = browse_s(&h->b, bc_page(&h->b));
	check_page(&r, 200);
	check_has(r.body, "พอร์ทัล ขอให้ท่านยืนยัน");
	check_has(r.body, "AB-1234");
	check_has(r.body, "ใช้งานต่อเนื่องเมื่อท่านไม่อยู่");
	assert_int_equal(occurrences(r.body, "data-part=\"scope\""), 3);
	check_has(r.body, "value=\"approve\"");
	check_has(r.body, "value=\"refuse\"");
	check_has(r.body, "value=\"not_me\"");
	assert_false(contains(r.body, "pratu_cb_")); /* the client's secret */
}

/* The mail names portal and message; its link opens nothing without a login. */
static void a_mail_leads_to_the_page(void **state)
{
	struct account_fixture *h = *state;
	struct message_content mail;
	struct raw_answer r;
	struct str link;

	bc_begin(h->w, TO_SOMCHAI "&binding_message=see http://evil.example/x now");
	mail = mailbox_last(h->m, SOMCHAI_AT);
	check_has(mail.subject, "คำขอจากพอร์ทัล");
	check_has(mail.text, "see http   evil example x now"); /* no link of the portal's */
	link = mailbox_link(h->w, mail.text, "/account/requests/one?r=");
	r = browse_s(&h->b, link);
	check_login(&r);
	/* After the login the browser is on the page. */
	r = pass_login(&h->b, &r);
	check_str(location(&r), link);
	r = bc_answer(&h->b, link, "approve");
	check_c(location(&r), "/account/requests?done=approved");
	r = browse_s(&h->b, location(&r));
	assert_true(has_notice(r.body, "approved"));
	check_has(r.body, "data-part=\"none\"");
}

static void unverify(struct person *p)
{
	p->email_verified = false;
}

/* Nobody is asked less because no mail can be sent, or one more may not. */
static void without_a_mail(void **state)
{
	struct account_fixture *h = *state;
	size_t before = mailbox_count(h->m, MESSAGE_EMAIL);

	for (int i = 0; i < 14; i++) {
		struct str id = bc_begin(h->w, TO_SOMCHAI);

		if (!account_fixture_is_logged_in(&h->b))
			log_in(&h->b, SOMCHAI_PID);
		bc_answer(&h->b, bc_page(&h->b), "approve");
		assert_int_equal(bc_poll(h->w, id).status, 200);
	}
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL) - before, 10); /* target_limit */
	before = mailbox_count(h->m, MESSAGE_EMAIL);
	edit_person(h->w, SOMCHAI, unverify);
	bc_begin(h->w, TO_SOMCHAI);
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), before);
}

/* A request is answered by the person it is for, and by nobody else who has its address. */
static void another_person(void **state)
{
	struct account_fixture *h = *state;
	struct str id = bc_begin(h->w, TO_SOMCHAI), page;
	struct browser other = {.w = h->w};
	struct raw_answer r;
	const char *csrf;

	log_in(&h->b, SOMCHAI_PID);
	page = bc_page(&h->b);
	log_in(&other, MALEE_PID);
	r = browse(&other, "/account/requests");
	check_has(r.body, "data-part=\"none\"");
	r = browse_s(&other, page);
	check_has(r.body, "data-part=\"over\"");
	assert_false(contains(r.body, "พอร์ทัล"));
	csrf = account_fixture_csrf(&other, "/account");
	r = bc_post_answer(&other, csrf, page, "approve");
	check_has(r.body, "data-part=\"over\"");
	r = bc_post_answer(&other, csrf, page, "not_me");
	check_has(r.body, "data-part=\"over\"");
	check_poll(h->w, id, "authorization_pending");
}

/* A form of another site, a word that is none, an id that is none. */
static void forms_that_are_not_ours(void **state)
{
	struct account_fixture *h = *state;
	struct str id = bc_begin(h->w, TO_SOMCHAI), page;
	const char *csrf;
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	page = bc_page(&h->b);
	csrf = account_fixture_csrf(&h->b, "/account");
	r = bc_post_answer(&h->b, "x", page, "approve");
	check_page(&r, 400);
	r = bc_post_answer(&h->b, "", page, "approve");
	check_page(&r, 400);
	r = bc_post_answer(&h->b, csrf, page, "yes");
	check_page(&r, 400);
	r = bc_post_answer(
		&h->b, csrf, STR("/account/requests/one?r=../../../apps/logout"), "approve");
	check_page(&r, 200);
	check_has(r.body, "data-part=\"over\"");
	check_poll(h->w, id, "authorization_pending");
	r = browse(&h->b, "/account/requests/one?r=%22%3E%3Cscript%3E");
	check_page(&r, 200);
	assert_false(contains(r.body, "<script>\""));
}

/* Approving wants a login of the last minutes, as any change on an account page. */
static void an_old_session_logs_in_again(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;
	struct str id, page;
	const char *csrf;

	log_in(&h->b, SOMCHAI_PID);
	fixture_advance_clock(h->w, 601);
	id = bc_begin(h->w, TO_SOMCHAI);
	csrf = account_fixture_csrf(&h->b, "/account");
	page = bc_page(&h->b);
	r = bc_post_answer(&h->b, csrf, page, "approve");
	check_login(&r);
	check_poll(h->w, id, "authorization_pending");
	r = browse_s(&h->b, page);
	check_login(&r);
	r = pass_login(&h->b, &r);
	check_str(location(&r), page);
	r = bc_answer(&h->b, page, "approve");
	check_c(location(&r), "/account/requests?done=approved");
	/* Refusing wants the session only. */
	fixture_advance_clock(h->w, 601);
	id = bc_begin(h->w, TO_SOMCHAI);
	csrf = account_fixture_csrf(&h->b, "/account");
	r = bc_post_answer(&h->b, csrf, bc_page(&h->b), "refuse");
	check_c(location(&r), "/account/requests?done=refused");
	check_poll(h->w, id, "access_denied");
}

/* Somebody else's login does not answer it (same_person). */
static void the_login_of_another(void **state)
{
	struct account_fixture *h = *state;
	struct str id, page;
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	fixture_advance_clock(h->w, 601);
	id = bc_begin(h->w, TO_SOMCHAI);
	page = bc_page(&h->b);
	r = browse_s(&h->b, page);
	check_login(&r);
	h->w->script.citizen_number = MALEE_PID;
	r = pass_login(&h->b, &r);
	h->w->script.citizen_number = SOMCHAI_PID;
	assert_false(contains_str(location(&r), page));
	check_poll(h->w, id, "authorization_pending");
}

/* max_age counts from the request: a login after it is young enough, one before is not. */
static void max_age(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;
	struct str page;

	log_in(&h->b, SOMCHAI_PID);
	fixture_advance_clock(h->w, 30);
	bc_begin(h->w, TO_SOMCHAI "&max_age=29");
	page = bc_page(&h->b);
	r = browse_s(&h->b, page);
	check_login(&r);
	r = pass_login(&h->b, &r);
	check_str(location(&r), page);
	fixture_advance_clock(h->w, 60);
	r = bc_answer(&h->b, page, "approve");
	check_c(location(&r), "/account/requests?done=approved");
}

/* acr returned as asked; a password alone does not approve what wants more (FAPI-CIBA 5.2.2). */
static void a_level_that_the_session_lacks(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r, tokens;
	struct str id, page;

	otp_fixture_method(h->c, "thaid")->ial = "2.3";
	h->c->policy.password_ial = STR("1.1");
	h->c->policy.second_factor_aal = STR("1");
	account_fixture_log_in(h, &h->b, PASSWORD);
	id = bc_begin(h->w, TO_SOMCHAI "&acr_values=urn:pratu:acr:thaid");
	page = bc_page(&h->b);
	r = browse_s(&h->b, page);
	check_login(&r);
	r = pass_login(&h->b, &r); /* by ThaID */
	check_str(location(&r), page);
	bc_answer(&h->b, page, "approve");
	tokens = bc_poll(h->w, id);
	check_c(text_claim(h->w, member(h->w, &tokens, "id_token"), "acr"), "urn:pratu:acr:thaid");
}

static void strict_system(struct system *s)
{
	s->policy = STR("strict");
}

/* The policy of the portal's system decides, not that of our own pages: there a password and a code
 * are good for the account pages, and approve nothing. */
static void the_policy_of_the_system(void **state)
{
	static const struct str thaid[] = {STR_INIT("thaid")};
	struct account_fixture *h = *state;
	const struct login_policy policies[] = {
		h->c->policy, {.name = STR("strict"), .primary = {thaid, 1}}};
	const struct settings before = h->w->settings;
	struct raw_answer r, tokens;
	struct str id, page;

	h->w->settings.policies = policies;
	h->w->settings.n_policies = 2;
	edit_system(h->w, "eplan", strict_system);
	account_fixture_log_in(h, &h->b, PASSWORD);
	id = bc_begin(h->w, TO_SOMCHAI);
	page = bc_page(&h->b);
	r = bc_post_answer(&h->b, account_fixture_csrf(&h->b, "/account"), page, "approve");
	check_login(&r);
	check_poll(h->w, id, "authorization_pending");
	r = browse_s(&h->b, page);
	check_login(&r);
	r = pass_login(&h->b, &r);
	check_str(location(&r), page);
	bc_answer(&h->b, page, "approve");
	tokens = bc_poll(h->w, id);
	check_has(jwt_payload(h->w, member(h->w, &tokens, "id_token")), "\"amr\":[\"thaid\"]");
	h->w->settings = before;
}

/* A login that was given up leads back: the page offers it again, and refusing. */
static void a_login_given_up(void **state)
{
	struct account_fixture *h = *state;
	struct str id, page, cancel;
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	fixture_advance_clock(h->w, 601);
	id = bc_begin(h->w, TO_SOMCHAI);
	page = bc_page(&h->b);
	r = browse_s(&h->b, page);
	check_login(&r);
	r = browse_s(&h->b, location(&r));
	cancel = text(h->w, "/login/cancel%.*s", STR_FMT(attribute(h->w, r.body, "/login/cancel")));
	r = browse_s(&h->b, cancel);
	check_str(location(&r), text(h->w, "%.*s&login=refused", STR_FMT(page)));
	r = browse_s(&h->b, location(&r));
	check_page(&r, 200);
	assert_true(has_notice(r.body, "unable"));
	assert_false(contains(r.body, "value=\"approve\""));
	check_has(r.body, "value=\"refuse\"");
	check_poll(h->w, id, "authorization_pending");
}

/* --- once --- */

enum { THREADS = 64 };

struct approver {
	struct fixture *w;
	struct arena *a;
	const char *cookies;
	struct str form;
	pthread_barrier_t *start;
	bool done;
};

static void *race(void *data)
{
	struct approver *r = data;
	struct raw_answer answer;

	pthread_barrier_wait(r->start);
	answer = raw_post(r->a, r->w->port, "/account/requests/answer", r->cookies, r->form);
	r->done = answer.status == 303 &&
		  str_ends(raw_header(&answer, "Location"), STR("?done=approved"));
	return NULL;
}

static void sixty_four_approve_at_once(void **state)
{
	struct account_fixture *h = *state;
	struct str id = bc_begin(h->w, TO_SOMCHAI), page, form;
	struct approver v[THREADS];
	pthread_t threads[THREADS];
	pthread_barrier_t start;
	int done = 0;

	log_in(&h->b, SOMCHAI_PID);
	page = bc_page(&h->b);
	form = form_of(h->w, "csrf", account_fixture_csrf(&h->b, "/account"), "r",
		str_dup_c(h->w->a, str_sub(page, strlen("/account/requests/one?r="), 22)), "answer",
		"approve", NULL);
	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++) {
		v[i] = (struct approver){h->w, arena_new(ARENA_MAX),
			str_dup_c(h->w->a, text(h->w, "Cookie: pratu_session=%.*s\r\n",
						   STR_FMT(cookie_of(&h->b, "pratu_session")))),
			form, &start, false};
		assert_int_equal(pthread_create(&threads[i], NULL, race, &v[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		done += v[i].done;
		arena_free(v[i].a);
	}
	pthread_barrier_destroy(&start);
	assert_int_equal(done, 1);
	assert_int_equal(audits(h->w, AUDIT_CIBA_APPROVED), 1);
	assert_int_equal(bc_poll(h->w, id).status, 200);
}

/* The second answer, whatever it is, changes nothing. */
static void answered_twice(void **state)
{
	struct account_fixture *h = *state;
	struct str id = bc_begin(h->w, TO_SOMCHAI), page;
	struct raw_answer r;
	const char *csrf;

	log_in(&h->b, SOMCHAI_PID);
	page = bc_page(&h->b);
	csrf = account_fixture_csrf(&h->b, "/account");
	bc_post_answer(&h->b, csrf, page, "refuse");
	r = bc_post_answer(&h->b, csrf, page, "approve");
	check_has(r.body, "data-part=\"over\"");
	check_poll(h->w, id, "access_denied");
}

/* --- judged again when the tokens are issued --- */

/* Attack row 8: CIBA redemption skipped the lock. */
static void a_lock_holds_here_too(void **state)
{
	struct account_fixture *h = *state;
	struct str id = bc_begin(h->w, TO_SOMCHAI), page;
	struct browser guesser = {.w = h->w};
	struct raw_answer r;

	account_fixture_log_in(h, &h->b, PASSWORD);
	page = bc_page(&h->b);
	bc_answer(&h->b, page, "approve");
	h->c->throttle_options.lock_after = 5;
	for (int i = 0; i < 5; i++) {
		r = login_page(&guesser, "");
		type_password(&guesser, &r, USERNAME, "wrong");
	}
	assert_int_equal(audits(h->w, AUDIT_ACCOUNT_LOCKED), 1);
	check_poll(h->w, id, "invalid_grant");
	/* Nor is anything approved by it. */
	id = bc_begin(h->w, TO_SOMCHAI);
	page = bc_page(&h->b);
	r = browse_s(&h->b, page);
	assert_true(has_notice(r.body, "unable"));
	r = bc_post_answer(&h->b, account_fixture_csrf(&h->b, "/account"), page, "approve");
	assert_true(has_notice(r.body, "unable"));
	check_poll(h->w, id, "authorization_pending");
}

static void approved(struct account_fixture *h, struct str *ret_id)
{
	*ret_id = bc_begin(h->w, TO_SOMCHAI);
	if (!account_fixture_is_logged_in(&h->b))
		log_in(&h->b, SOMCHAI_PID);
	bc_answer(&h->b, bc_page(&h->b), "approve");
}

static void standing_is_judged_at_redemption(void **state)
{
	struct account_fixture *h = *state;
	struct str id;

	approved(h, &id);
	fixture_end_grant(h->w, ROLE_GRANT_PERSON, SOMCHAI, "eplan", "recorder");
	check_poll(h->w, id, "invalid_grant");
	fixture_grant(h->w, ROLE_GRANT_PERSON, SOMCHAI, "eplan", "approver");
	approved(h, &id);
	fixture_suspend_person(h->w, SOMCHAI);
	check_poll(h->w, id, "invalid_grant");
}

#define PAYMENT                                                                                    \
	"[{\"type\":\"payment_approval\",\"transaction_id\":\"T-1\",\"amount\":\"1500.00\","       \
	"\"currency\":\"THB\",\"debtor_account\":\"1234567890\",\"items\":[{\"creditor_name\":"    \
	"\"นายสมชาย\",\"creditor_account\":\"0987654321\",\"amount\":\"1500.00\"}]}]"

static void pays(struct client *c)
{
	static const struct str types[] = {STR_INIT("payment_approval")};

	ciba_client(c);
	c->details_types = (struct strlist){types, 1};
}

static struct raw_answer ask_for_payment(struct fixture *w, const char *client, const char *details)
{
	return bc_ask_by(w, client,
		str_dup_c(w->a, form_of(w, "scope", "openid", "login_hint", USERNAME,
					"authorization_details", details, NULL)));
}

struct approval_search {
	struct str digest;
	bool found;
};

static bool of_these_details(void *data, const struct audit_found *found)
{
	struct approval_search *s = data;

	s->found = contains_str(found->json, s->digest);
	return true;
}

/* The trail says what was approved: the digest of the very text that the tokens carry. */
static bool approval_names(struct fixture *w, const struct raw_answer *tokens)
{
	const enum audit_event event = AUDIT_CIBA_APPROVED;
	const struct audit_filter filter = {.events = &event, .n_events = 1, .limit = 1};
	struct json_value *root = NULL;
	struct approval_search s = {STR_NONE, false};
	uint64_t last;

	check_rc(json_value_parse(tokens->body, tokens->body.n, &root), RC_OK);
	s.digest = sha256_base64url(
		w->a, json_value_text(w->a, json_value_get(root, "authorization_details")));
	json_value_free(root);
	check_rc(audit_search(w->p.store, (struct audit_place){TABLE_AUDIT, TABLE_META}, &filter,
			 of_these_details, &s, &last),
		RC_OK);
	return s.found;
}

/* RFC 9396 by CIBA (connectid-*: payments): shown in full, granted as shown, never more. */
static void authorization_details(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r, tokens;

	fixture_client(h->w, "payer", "eplan", pays);
	r = ask_for_payment(h->w, "kiosk", PAYMENT);
	check_json_error(h->w, &r, 400, "invalid_authorization_details");
	r = ask_for_payment(h->w, "payer", "[{\"type\":\"payment_approval\"}]");
	check_json_error(h->w, &r, 400, "invalid_authorization_details");
	r = ask_for_payment(h->w, "payer", PAYMENT);
	assert_int_equal(r.status, 200);
	log_in(&h->b, SOMCHAI_PID);
	check_has(browse_s(&h->b, bc_page(&h->b)).body, "1,500.00");
	check_has(browse_s(&h->b, bc_page(&h->b)).body, "0987654321");
	bc_answer(&h->b, bc_page(&h->b), "approve");
	tokens = bc_poll_by(h->w, "payer", member(h->w, &r, "auth_req_id"));
	assert_int_equal(tokens.status, 200);
	check_has(tokens.body, "\"authorization_details\":[{\"type\":\"payment_approval\"");
	check_has(tokens.body, "\"transaction_id\":\"T-1\"");
	assert_true(approval_names(h->w, &tokens));
}

static void careful(struct client *c)
{
	ciba_client(c);
	c->consent_required = true;
}

/* To approve is to consent; withdrawn, the tokens are dead. */
static void consent(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r, tokens;

	fixture_client(h->w, "careful", "eplan", careful);
	r = bc_ask_by(h->w, "careful", "scope=openid offline_access&" TO_SOMCHAI);
	log_in(&h->b, SOMCHAI_PID);
	bc_answer(&h->b, bc_page(&h->b), "approve");
	tokens = bc_poll_by(h->w, "careful", member(h->w, &r, "auth_req_id"));
	assert_int_equal(tokens.status, 200);
	assert_int_equal(audits(h->w, AUDIT_CONSENT_GRANTED), 1);
	fixture_advance_clock(h->w, 1);
	submit(&h->b, STR("/account/privacy/withdraw"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, "/account"), "client", "careful",
			NULL));
	r = refresh(h->w, "careful", member(h->w, &tokens, "refresh_token"));
	check_json_error(h->w, &r, 400, "invalid_grant");
}

/* Of two accounts, the one that was asked for enters. */
static void the_account_asked_for(void **state)
{
	struct account_fixture *h = *state;
	struct str second = fixture_account(h->w, "somchai.2", SOMCHAI), id;
	struct raw_answer tokens;

	fixture_grant(h->w, ROLE_GRANT_ACCOUNT, h->c->account, "eplan", "recorder");
	fixture_grant(h->w, ROLE_GRANT_ACCOUNT, second, "eplan", "approver");
	id = bc_begin(h->w, "login_hint=somchai.2");
	log_in(&h->b, SOMCHAI_PID);
	check_has(browse_s(&h->b, bc_page(&h->b)).body, "(somchai.2)");
	bc_answer(&h->b, bc_page(&h->b), "approve");
	tokens = bc_poll(h->w, id);
	assert_int_equal(tokens.status, 200);
	check_has(jwt_payload(h->w, member(h->w, &tokens, "id_token")), "approver");
}

#define T(f) cmocka_unit_test_setup_teardown(f, ciba_fixture_set_up, account_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_page_shows_all),
		T(a_mail_leads_to_the_page),
		T(without_a_mail),
		T(another_person),
		T(forms_that_are_not_ours),
		T(an_old_session_logs_in_again),
		T(the_login_of_another),
		T(max_age),
		T(a_level_that_the_session_lacks),
		T(the_policy_of_the_system),
		T(a_login_given_up),
		T(sixty_four_approve_at_once),
		T(answered_twice),
		T(a_lock_holds_here_too),
		T(standing_is_judged_at_redemption),
		T(authorization_details),
		T(consent),
		T(the_account_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
