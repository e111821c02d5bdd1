/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What people need not bear of portals that ask them (FAPI-CIBA 7, attack row 11: bombing with
 * requests until one is approved).
 */
#include "flow/ciba_fixture.h"
#include "idp/ciba/user_code.h"

#include <pthread.h>

/* One request of a client at a time: the newer one is what the page shows. */
static void a_newer_request_replaces_it(void **state)
{
	struct account_fixture *h = *state;
	struct str first = bc_begin(h->w, TO_SOMCHAI), second, page;
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	page = bc_page(&h->b);
	second = bc_begin(h->w, TO_SOMCHAI);
	check_poll(h->w, first, "expired_token");
	r = browse_s(&h->b, page); /* and a page that was open approves nothing else */
	check_has(r.body, "data-part=\"over\"");
	r = bc_post_answer(&h->b, account_fixture_csrf(&h->b, "/account"), page, "approve");
	check_has(r.body, "data-part=\"over\"");
	check_poll(h->w, second, "authorization_pending");
	bc_page(&h->b);
}

/* Three portals may wait for a person at once. */
static void several_portals(void **state)
{
	static const char *const ids[] = {"kiosk", "kiosk2", "kiosk3", "kiosk4"};
	struct account_fixture *h = *state;
	struct raw_answer r;

	fixture_client(h->w, "kiosk3", "eplan", ciba_client);
	fixture_client(h->w, "kiosk4", "eplan", ciba_client);
	for (int i = 0; i < 3; i++)
		assert_int_equal(bc_ask_by(h->w, ids[i], "scope=openid&" TO_SOMCHAI).status, 200);
	r = bc_ask_by(h->w, ids[3], "scope=openid&" TO_SOMCHAI);
	check_json_error(h->w, &r, 403, "access_denied");
	assert_int_equal(bc_ask_by(h->w, ids[0], "scope=openid&" TO_SOMCHAI).status, 200);
	fixture_advance_clock(h->w, 300);
	assert_int_equal(bc_ask_by(h->w, ids[3], "scope=openid&" TO_SOMCHAI).status, 200);
}

/* Push bombing: ignored, replaced or refused in a row, then silence for a time. */
static void requests_that_nobody_answers(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	bc_begin(h->w, TO_SOMCHAI);
	fixture_advance_clock(
		h->w, 900); /* so that nothing of it is stored any more but the count */
	log_in(&h->b, SOMCHAI_PID);
	for (int i = 1; i < 5; i++) {
		bc_begin(h->w, TO_SOMCHAI);
		if (i % 2)
			bc_answer(&h->b, bc_page(&h->b), "refuse");
	}
	r = bc_ask(h->w, TO_SOMCHAI);
	check_json_error(h->w, &r, 403, "access_denied");
	assert_int_equal(audits(h->w, AUDIT_CIBA_BLOCKED), 1);
	r = bc_ask_by(h->w, "kiosk2", "scope=openid&" TO_SOMCHAI); /* that client only */
	assert_int_equal(r.status, 200);
	fixture_advance_clock(h->w, 3599);
	r = bc_ask(h->w, TO_SOMCHAI);
	check_json_error(h->w, &r, 403, "access_denied");
	fixture_advance_clock(h->w, 1);
	bc_begin(h->w, TO_SOMCHAI);
}

/* An answer that approves forgets the others. */
static void an_approval_starts_the_count_anew(void **state)
{
	struct account_fixture *h = *state;

	log_in(&h->b, SOMCHAI_PID);
	for (int i = 0; i < 12; i++) {
		bc_begin(h->w, TO_SOMCHAI);
		if (i % 4 == 3)
			bc_answer(&h->b, bc_page(&h->b), "approve");
	}
}

/* "This was not me": it ends, is reported, and the client is silent for a day. */
static void not_me(void **state)
{
	struct account_fixture *h = *state;
	struct str id = bc_begin(h->w, TO_SOMCHAI);
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	r = bc_answer(&h->b, bc_page(&h->b), "not_me");
	check_c(location(&r), "/account/requests?done=not_me");
	check_poll(h->w, id, "access_denied");
	assert_int_equal(audits(h->w, AUDIT_CIBA_REPORTED), 1);
	fixture_advance_clock(h->w, 86399);
	r = bc_ask(h->w, TO_SOMCHAI);
	check_json_error(h->w, &r, 403, "access_denied");
	fixture_advance_clock(h->w, 1);
	bc_begin(h->w, TO_SOMCHAI);
	log_in(&h->b, SOMCHAI_PID);
	r = browse(&h->b, "/account/activity");
	check_has(r.body, "แจ้งว่าไม่ได้ทำคำขอจากระบบ");
}

/* A client has so many requests a minute, whomever it asks for. */
static void a_client_that_asks_too_often(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	h->w->settings.ciba.requests_per_minute = 3;
	for (int i = 0; i < 3; i++) {
		r = bc_ask(h->w, "login_hint=nobody");
		check_json_error(h->w, &r, 400, "unknown_user_id");
	}
	r = bc_ask(h->w, TO_SOMCHAI);
	check_json_error(h->w, &r, 429, "temporarily_unavailable");
	assert_true(raw_header(&r, "Retry-After").n > 0);
	assert_int_equal(bc_ask_by(h->w, "kiosk2", "scope=openid&" TO_SOMCHAI).status, 200);
	fixture_advance_clock(h->w, 60);
	bc_begin(h->w, TO_SOMCHAI);
}

/* --- many portals at the same moment --- */

enum { PORTALS = 24 };

struct asker {
	struct fixture *w;
	struct arena *a;
	struct str form;
	pthread_barrier_t *start;
	int status;
};

static void *ask_at_once(void *data)
{
	struct asker *r = data;

	pthread_barrier_wait(r->start);
	r->status = raw_post(r->a, r->w->port, BC_AUTHORIZE, NULL, r->form).status;
	return NULL;
}

static void post_client(struct client *c)
{
	ciba_client(c);
	c->auth_method = CLIENT_AUTH_POST;
}

static void guarded_client(struct client *c)
{
	post_client(c);
	c->ciba_user_code = true;
}

/* All ask at the same moment; how many got this status. */
static int count_at_once(struct asker v[PORTALS], int status)
{
	pthread_t threads[PORTALS];
	pthread_barrier_t start;
	int n = 0;

	pthread_barrier_init(&start, NULL, PORTALS);
	for (int i = 0; i < PORTALS; i++) {
		v[i].a = arena_new(ARENA_MAX);
		v[i].start = &start;
		assert_int_equal(pthread_create(&threads[i], NULL, ask_at_once, &v[i]), 0);
	}
	for (int i = 0; i < PORTALS; i++) {
		pthread_join(threads[i], NULL);
		n += v[i].status == status;
		arena_free(v[i].a);
	}
	pthread_barrier_destroy(&start);
	return n;
}

static struct str asking(struct fixture *w, const char *client, const char *user_code)
{
	return form_of(w, "client_id", client, "client_secret", PORTAL_SECRET, "scope", "openid",
		"login_hint", USERNAME, user_code ? "user_code" : NULL, user_code, NULL);
}

/* Each portal writes down its own request: what they share is the person who would be rung. */
static void several_portals_at_once(void **state)
{
	struct otp_fixture *c = otp_fixture_new_on(FIXTURE_LMDB);
	struct fixture *w = c->w;
	struct browser b = {.w = w};
	struct asker v[PORTALS];
	int accepted;

	(void)state;
	for (int i = 0; i < PORTALS; i++) {
		const char *id = text(w, "at-once-%d", i).p;

		fixture_client(w, id, "eplan", post_client);
		v[i] = (struct asker){.w = w, .form = asking(w, id, NULL)};
	}
	accepted = count_at_once(v, 200);
	log_in(&b, SOMCHAI_PID);
	assert_int_equal(occurrences(browse(&b, "/account/requests").body, "data-part=\"request\""),
		accepted);
	assert_in_range(accepted, 1, CIBA_PENDING_MAX);
	otp_fixture_free(c);
}

/* Each replaces the one before, and is one more that nobody answered. */
static void one_portal_that_asks_at_once(void **state)
{
	struct otp_fixture *c = otp_fixture_new_on(FIXTURE_LMDB);
	struct asker v[PORTALS];

	(void)state;
	fixture_client(c->w, "poster", "eplan", post_client);
	for (int i = 0; i < PORTALS; i++)
		v[i] = (struct asker){.w = c->w, .form = asking(c->w, "poster", NULL)};
	assert_in_range(count_at_once(v, 200), 1, c->w->settings.ciba.unanswered);
	otp_fixture_free(c);
}

static enum rc choose_code(struct tx *tx, void *data)
{
	(void)data;
	return user_code_set(tx, SOMCHAI, STR("7421"));
}

/* Attack row 8: guesses side by side are counted one by one. */
static void user_codes_guessed_at_once(void **state)
{
	static const struct actor actor = {.kind = ACTOR_COMMAND, .id = STR_INIT("cli:tester")};
	struct otp_fixture *c = otp_fixture_new_on(FIXTURE_LMDB);
	struct asker v[PORTALS];

	(void)state;
	fixture_client(c->w, "poster", "eplan", guarded_client);
	check_ok(tx_run(&c->w->p, &actor, c->w->a, choose_code, NULL));
	for (int i = 0; i < PORTALS; i++)
		v[i] = (struct asker){
			.w = c->w, .form = asking(c->w, "poster", text(c->w, "%d", 1000 + i).p)};
	assert_in_range(count_at_once(v, 400), 1, c->w->settings.ciba.unanswered);
	for (int i = 0; i < PORTALS; i++)
		v[i] = (struct asker){.w = c->w, .form = asking(c->w, "poster", "7421")};
	assert_int_equal(count_at_once(v, 403), PORTALS);
	otp_fixture_free(c);
}

#define T(f) cmocka_unit_test_setup_teardown(f, ciba_fixture_set_up, account_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_newer_request_replaces_it),
		T(several_portals),
		T(several_portals_at_once),
		T(one_portal_that_asks_at_once),
		T(user_codes_guessed_at_once),
		T(requests_that_nobody_answers),
		T(an_approval_starts_the_count_anew),
		T(not_me),
		T(a_client_that_asks_too_often),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
