/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The backchannel authentication endpoint and the grant (CIBA Core 1.0, 7 to 11). The names of the
 * modules of fapi-ciba-id1-test-plan stand where their assertions are.
 */
#include "flow/ciba_fixture.h"

#include <pthread.h>

static struct raw_answer approve(struct account_fixture *h)
{
	if (!account_fixture_is_logged_in(&h->b))
		log_in(&h->b, SOMCHAI_PID);
	return bc_answer(&h->b, bc_page(&h->b), "approve");
}

/* fapi-ciba-id1: two clients, each with its own request; pending, then tokens. */
static void fapi_ciba_id1(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = bc_ask(h->w, TO_SOMCHAI), tokens;
	struct str id = member(h->w, &r, "auth_req_id"), id_token;

	assert_int_equal(r.status, 200);
	check_has(raw_header(&r, "Cache-Control"), "no-store");
	assert_int_equal(json_number(h->w, &r, "expires_in"), 300);
	assert_int_equal(json_number(h->w, &r, "interval"), 5);
	assert_true(id.n >= 22); /* 128 bits at least */
	check_poll(h->w, id, "authorization_pending");
	r = approve(h);
	assert_int_equal(r.status, 303);
	check_c(location(&r), "/account/requests?done=approved");
	/* Only while it is pending is anybody told to slow down. */
	tokens = bc_poll(h->w, id);
	assert_int_equal(tokens.status, 200);
	id_token = member(h->w, &tokens, "id_token");
	assert_true(member(h->w, &tokens, "access_token").n &&
		    member(h->w, &tokens, "refresh_token").n);
	check_c(text_claim(h->w, id_token, "sub"), "somchai000000000000000");
	check_c(text_claim(h->w, id_token, "aud"), "kiosk");
	check_c(text_claim(h->w, id_token, "acr"), "urn:pratu:acr:thaid");
	assert_int_equal(number_claim(h->w, id_token, "auth_time"), h->w->now_ms / 1000);
	assert_int_equal(audits(h->w, AUDIT_CIBA_REQUESTED), 1);
	assert_int_equal(audits(h->w, AUDIT_CIBA_APPROVED), 1);
	/* Once. */
	check_poll(h->w, id, "invalid_grant");
	r = bc_ask_by(h->w, "kiosk2", "scope=openid&" TO_SOMCHAI);
	assert_int_equal(r.status, 200);
	id = member(h->w, &r, "auth_req_id");
	approve(h);
	r = bc_poll_by(h->w, "kiosk2", id);
	assert_int_equal(r.status, 200);
}

/* The person may sign out of the device that they answered on. */
static void tokens_outlive_the_session_that_approved(void **state)
{
	struct account_fixture *h = *state;
	struct str id = bc_begin(h->w, TO_SOMCHAI);
	struct raw_answer r, tokens;

	approve(h);
	submit(&h->b, STR("/apps/logout"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, "/account"), NULL));
	assert_false(account_fixture_is_logged_in(&h->b));
	tokens = bc_poll(h->w, id);
	assert_int_equal(tokens.status, 200);
	r = refresh(h->w, "kiosk", member(h->w, &tokens, "refresh_token"));
	assert_int_equal(r.status, 200);
	/* But not the end of all sessions. */
	fixture_advance_clock(h->w, 5);
	log_in(&h->b, SOMCHAI_PID);
	submit(&h->b, STR("/account/sessions/everywhere"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, "/account"), NULL));
	r = refresh(h->w, "kiosk", member(h->w, &r, "refresh_token"));
	check_json_error(h->w, &r, 400, "invalid_grant");
}

/* Without offline_access they end when a session would. */
static void tokens_end_when_a_session_would(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r, plain, offline;
	struct str id = bc_begin(h->w, TO_SOMCHAI);

	approve(h);
	plain = bc_poll(h->w, id);
	id = bc_begin(h->w, "scope2=x&" TO_SOMCHAI);
	r = bc_ask_by(h->w, "kiosk", "scope=openid offline_access&" TO_SOMCHAI);
	id = member(h->w, &r, "auth_req_id");
	approve(h);
	offline = bc_poll(h->w, id);
	fixture_advance_clock(h->w, 12 * 3600);
	r = refresh(h->w, "kiosk", member(h->w, &plain, "refresh_token"));
	check_json_error(h->w, &r, 400, "invalid_grant");
	r = refresh(h->w, "kiosk", member(h->w, &offline, "refresh_token"));
	assert_int_equal(r.status, 200);
}

/* user-rejects-authentication */
static void user_rejects_authentication(void **state)
{
	struct account_fixture *h = *state;
	struct str id = bc_begin(h->w, TO_SOMCHAI);
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	r = bc_answer(&h->b, bc_page(&h->b), "refuse");
	check_c(location(&r), "/account/requests?done=refused");
	check_poll(h->w, id, "access_denied");
	check_poll(h->w, id, "access_denied");
	assert_int_equal(audits(h->w, AUDIT_CIBA_REFUSED), 1);
}

/* multiple-call-to-token-endpoint; slow_down adds 5 s, for good, from the poll before. */
static void multiple_call_to_token_endpoint(void **state)
{
	struct account_fixture *h = *state;
	struct str id = bc_begin(h->w, TO_SOMCHAI);
	struct raw_answer r;

	check_poll(h->w, id, "authorization_pending"); /* the first one at once */
	r = bc_poll(h->w, id);
	check_json_error(h->w, &r, 400, "slow_down");
	check_c(raw_header(&r, "Retry-After"), "10");
	fixture_advance_clock(h->w, 9);
	r = bc_poll(h->w, id);
	check_json_error(h->w, &r, 400, "slow_down");
	check_c(raw_header(&r, "Retry-After"), "15");
	fixture_advance_clock(h->w, 15);
	check_poll(h->w, id, "authorization_pending");
	fixture_advance_clock(h->w, 14);
	check_poll(h->w, id, "slow_down");
	fixture_advance_clock(h->w, 20);
	check_poll(h->w, id, "authorization_pending");
	approve(h);
	r = bc_poll(h->w, id); /* a result is given however early */
	assert_int_equal(r.status, 200);
}

/* auth-req-id-expired: requested_expiry=10, and nobody answers. */
static void auth_req_id_expired(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = bc_ask(h->w, TO_SOMCHAI "&requested_expiry=10");
	struct str id = member(h->w, &r, "auth_req_id");

	assert_int_equal(json_number(h->w, &r, "expires_in"), 10);
	fixture_advance_clock(h->w, 9);
	check_poll(h->w, id, "authorization_pending");
	fixture_advance_clock(h->w, 1);
	check_poll(h->w, id, "expired_token");
	fixture_advance_clock(h->w, 599);
	check_poll(h->w, id, "expired_token");
	fixture_advance_clock(h->w, 2);
	check_poll(h->w, id, "invalid_grant");
}

/* Attack row 19: what was approved is not redeemed late, nor approved late. */
static void late_approval(void **state)
{
	struct account_fixture *h = *state;
	struct str id = bc_begin(h->w, TO_SOMCHAI "&requested_expiry=10"), page;
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	page = bc_page(&h->b);
	fixture_advance_clock(h->w, 10);
	r = browse_s(&h->b, page);
	check_page(&r, 200);
	check_has(r.body, "data-part=\"over\"");
	check_poll(h->w, id, "expired_token");
	id = bc_begin(h->w, TO_SOMCHAI "&requested_expiry=10");
	approve(h);
	fixture_advance_clock(h->w, 10);
	check_poll(h->w, id, "expired_token");
}

/* ensure-requested-expiry-as-string-succeeds; in a form each number is one. */
static void requested_expiry(void **state)
{
	static const char *const bad[] = {"0", "-1", "1.5", "ten", "99999999999999999999"};
	struct account_fixture *h = *state;
	struct raw_answer r = bc_ask(h->w, TO_SOMCHAI "&requested_expiry=600");

	assert_int_equal(json_number(h->w, &r, "expires_in"), 600);
	r = bc_ask(h->w, TO_SOMCHAI "&requested_expiry=601");
	assert_int_equal(json_number(h->w, &r, "expires_in"), 600);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r = bc_ask(h->w,
			str_dup_c(h->w->a, text(h->w, TO_SOMCHAI "&requested_expiry=%s", bad[i])));
		check_json_error(h->w, &r, 400, "invalid_request");
	}
}

/* ensure-authorization-request-with-binding-message-succeeds, …-potentially-bad-binding-message */
static void binding_message(void **state)
{
	static const char *const good[] = {"1234",
		"โอนเงิน 1,500.00 บาท ให้ นายสมชาย ใจดี อ้างอิง ก-12/2569", "W4SCT – ๑๒๓๔",
		"น้ำใจ กู้ยืม สิทธิ์ ฿100"};
	static const char *const bad[] = {"a%0Ab", "%E2%80%AE1234", "12%E2%80%8B34", "%F0%9F%91%8D",
		"%E2%9C%94", "%E0%B8%81%E0%B8%B4%E0%B8%B4%E0%B8%B4", "%E0%B8%B4%E0%B8%81", "+++",
		"%D0%90", "%7F"};
	struct account_fixture *h = *state;
	struct raw_answer r;
	char longest[700] = "";

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		bc_begin(h->w,
			str_dup_c(h->w->a,
				text(h->w, TO_SOMCHAI "&%.*s",
					STR_FMT(form_of(h->w, "binding_message", good[i], NULL)))));
		if (!account_fixture_is_logged_in(&h->b))
			log_in(&h->b, SOMCHAI_PID);
		r = browse_s(&h->b, bc_page(&h->b));
		check_has(r.body, good[i]);
		bc_answer(&h->b, bc_page(&h->b), "approve");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r = bc_ask(h->w,
			str_dup_c(h->w->a, text(h->w, TO_SOMCHAI "&binding_message=%s", bad[i])));
		check_json_error(h->w, &r, 400, "invalid_binding_message");
	}
	for (int i = 0; i < 160; i++)
		memcpy(longest + strlen(longest), "ก", sizeof("ก"));
	bc_begin(h->w, str_dup_c(h->w->a, text(h->w, TO_SOMCHAI "&binding_message=%s", longest)));
	r = bc_ask(
		h->w, str_dup_c(h->w->a, text(h->w, TO_SOMCHAI "&binding_message=%s.", longest)));
	check_json_error(h->w, &r, 400, "invalid_binding_message");
}

/* ensure-other-scope-order-succeeds; CIBA Core 7.1: openid is required. */
static void scopes(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = bc_ask_by(h->w, "kiosk", "scope=profile openid&" TO_SOMCHAI);
	struct str id = member(h->w, &r, "auth_req_id");

	approve(h);
	r = bc_poll(h->w, id);
	check_c(member(h->w, &r, "scope"), "profile openid");
	r = bc_ask_by(h->w, "kiosk", "scope=profile&" TO_SOMCHAI);
	check_json_error(h->w, &r, 400, "invalid_scope");
	r = bc_ask_by(h->w, "kiosk", TO_SOMCHAI);
	check_json_error(h->w, &r, 400, "invalid_scope");
	r = bc_ask_by(h->w, "kiosk", "scope=openid&scope=profile&" TO_SOMCHAI);
	check_json_error(h->w, &r, 400, "invalid_request");
}

/* ensure-authorization-request-with-multiple-hints-fails */
static void exactly_one_hint(void **state)
{
	static const char *const bad[] = {"x=1", "login_hint=", TO_SOMCHAI "&id_token_hint=x",
		TO_SOMCHAI "&login_hint_token=x", "id_token_hint=x&login_hint_token=x",
		"login_hint_token=x", "id_token_hint=a.b.c"};
	struct account_fixture *h = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct raw_answer r = bc_ask(h->w, bad[i]);

		check_json_error(h->w, &r, 400, "invalid_request");
	}
}

static struct str pid_hint(struct fixture *w, const char *number)
{
	struct buf out;

	buf_init(&out, w->a, 128);
	buf_add_c(&out, "login_hint=pid:");
	base64url_add(&out, vault_pid_hash(&w->vault, w->a, str_c(number)));
	return buf_str(&out);
}

static void hints_that_find_somebody(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer tokens, r;

	bc_begin(h->w, "login_hint=SOMCHAI.J");
	bc_begin(h->w, "login_hint=sub:somchai000000000000000");
	bc_begin(h->w, str_dup_c(h->w->a, pid_hint(h->w, SOMCHAI_PID)));
	approve(h);
	/* An ID token of the client's own, also an expired one; no other client's. */
	tokens = tokens_for(&h->b, "portal", "");
	r = bc_ask(h->w, str_dup_c(h->w->a, text(h->w, "id_token_hint=%.*s",
						    STR_FMT(member(h->w, &tokens, "id_token")))));
	check_json_error(h->w, &r, 400, "invalid_request");
	r = bc_ask(h->w, TO_SOMCHAI);
	approve(h);
	tokens = bc_poll(h->w, member(h->w, &r, "auth_req_id"));
	fixture_advance_clock(h->w, 7200);
	bc_begin(h->w, str_dup_c(h->w->a, text(h->w, "id_token_hint=%.*s",
						  STR_FMT(member(h->w, &tokens, "id_token")))));
}

static void suspend_hinted(struct account *c)
{
	c->status = STATUS_SUSPENDED;
}

/* Unknown, without a role, suspended: one answer, one write; no record of a request. */
static void unknown_user_id(void **state)
{
	struct account_fixture *h = *state;
	struct str malee = fixture_account(h->w, "malee", h->malee);
	const char *hints[] = {"login_hint=nobody", "login_hint=malee", "login_hint=%20",
		"login_hint=sub:x", "login_hint=sub:malee00000000000000000", "login_hint=pid:AAAA",
		"login_hint=" USERNAME, str_dup_c(h->w->a, pid_hint(h->w, MALEE_PID))};

	(void)malee;
	edit_account(h->w, h->c->account, suspend_hinted);
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		struct raw_answer r = bc_ask(h->w, hints[i]);

		check_json_error(h->w, &r, 400, "unknown_user_id");
	}
	assert_int_equal(records(h->w, (enum table)TABLE_CIBA_REQUEST), 0);
	assert_int_equal(audits(h->w, AUDIT_CIBA_HINT_UNKNOWN), 1); /* folded */
	fixture_suspend_person(h->w, SOMCHAI);
	assert_int_equal(bc_ask(h->w, "login_hint=sub:somchai000000000000000").status, 400);
}

/* ensure-wrong-auth-req-id-in-token-endpoint-request; attack row 19: only to the initiating client
 */
static void wrong_auth_req_id(void **state)
{
	struct account_fixture *h = *state;
	struct str id = bc_begin(h->w, TO_SOMCHAI);
	struct raw_answer r = bc_poll_by(h->w, "kiosk2", id);

	check_json_error(h->w, &r, 400, "invalid_grant");
	approve(h);
	r = bc_poll_by(h->w, "kiosk2", id);
	check_json_error(h->w, &r, 400, "invalid_grant");
	check_poll(h->w, STR("x"), "invalid_grant");
	check_poll(h->w, STR("pratu_cb_aaaaaaaa"), "invalid_grant");
	r = post_form(h->w, "/oauth2/token", "kiosk", STR("grant_type=" CIBA_GRANT));
	check_json_error(h->w, &r, 400, "invalid_request");
	assert_int_equal(bc_poll(h->w, id).status, 200);
}

/* ensure-without-client-assertion-in-…, ensure-wrong-client-id-in-…: client authentication */
static void client_authentication(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r = bc_ask_by(h->w, NULL, "scope=openid&" TO_SOMCHAI);

	check_json_error(h->w, &r, 401, "invalid_client");
	r = bc_ask_by(h->w, NULL, "client_id=kiosk&scope=openid&" TO_SOMCHAI);
	check_json_error(h->w, &r, 401, "invalid_client");
	r = bc_ask_by(h->w, "kiosk", "client_id=kiosk2&scope=openid&" TO_SOMCHAI);
	check_json_error(h->w, &r, 401, "invalid_client");
	r = bc_poll_by(h->w, NULL, STR("x"));
	check_json_error(h->w, &r, 401, "invalid_client");
	r = bc_ask_by(h->w, "portal", "scope=openid&" TO_SOMCHAI);
	check_json_error(h->w, &r, 400, "unauthorized_client");
	r = bc_poll_by(h->w, "portal", STR("x"));
	check_json_error(h->w, &r, 400, "unauthorized_client");
	r = raw_get(h->w->a, h->w->port, BC_AUTHORIZE, NULL);
	assert_int_equal(r.status, 405);
}

static void push_client(struct client *c)
{
	ciba_client(c);
	c->ciba_delivery = CIBA_DELIVERY_NONE;
}

static void a_client_without_a_mode(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	fixture_client(h->w, "pushed", "eplan", push_client);
	r = bc_ask_by(h->w, "pushed", "scope=openid&" TO_SOMCHAI);
	check_json_error(h->w, &r, 400, "unauthorized_client");
	r = bc_poll_by(h->w, "pushed", STR("x"));
	check_json_error(h->w, &r, 400, "unauthorized_client");
}

/* --- redeemed by many at once --- */

enum { THREADS = 64 };

struct redeemer {
	struct fixture *w;
	struct arena *a;
	struct str form;
	pthread_barrier_t *start;
	int status;
};

static void *race(void *data)
{
	struct redeemer *r = data;

	pthread_barrier_wait(r->start);
	r->status = raw_post(r->a, r->w->port, "/oauth2/token", NULL, r->form).status;
	return NULL;
}

static void post_client(struct client *c)
{
	ciba_client(c);
	c->auth_method = CLIENT_AUTH_POST;
}

/* traps.md: "Redeemable again after ping" (in parallel). */
static void redeemed_once_by_64(void **state)
{
	struct account_fixture *h = *state;
	struct redeemer v[THREADS];
	pthread_t threads[THREADS];
	pthread_barrier_t start;
	struct raw_answer r;
	int ok = 0, refused = 0;

	fixture_client(h->w, "poster", "eplan", post_client);
	r = bc_ask_by(h->w, NULL,
		"client_id=poster&client_secret=" PORTAL_SECRET "&scope=openid&" TO_SOMCHAI);
	assert_int_equal(r.status, 200);
	approve(h);
	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++) {
		v[i] = (struct redeemer){h->w, arena_new(ARENA_MAX),
			form_of(h->w, "grant_type", CIBA_GRANT, "client_id", "poster",
				"client_secret", PORTAL_SECRET, "auth_req_id",
				str_dup_c(h->w->a, member(h->w, &r, "auth_req_id")), NULL),
			&start, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, race, &v[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		ok += v[i].status == 200;
		refused += v[i].status == 400;
		arena_free(v[i].a);
	}
	pthread_barrier_destroy(&start);
	assert_int_equal(ok, 1);
	assert_int_equal(refused, THREADS - 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, ciba_fixture_set_up, account_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(fapi_ciba_id1),
		T(tokens_outlive_the_session_that_approved),
		T(tokens_end_when_a_session_would),
		T(user_rejects_authentication),
		T(multiple_call_to_token_endpoint),
		T(auth_req_id_expired),
		T(late_approval),
		T(requested_expiry),
		T(binding_message),
		T(scopes),
		T(exactly_one_hint),
		T(hints_that_find_somebody),
		T(unknown_user_id),
		T(wrong_auth_req_id),
		T(client_authentication),
		T(a_client_without_a_mode),
		T(redeemed_once_by_64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
