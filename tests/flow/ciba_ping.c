/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Ping (CIBA Core 10.2): portals that are notified. The names of the modules of
 * fapi-ciba-id1-test-plan stand where their assertions are; attack row 15 (SSRF, CIBA
 * notification).
 */
#include "flow/ciba_fixture.h"
#include "idp/ciba/ciba_operations.h"
#include "core/handle.h"
#include "idp/ciba/ping.h"
#include "support/script_server.h"

#include "base/clock.h"

#include <time.h>

#define ENDPOINT "/ciba"
#define TOKEN    "8d67dc78-7faa-4d41-aabd-67707b374255"

struct ping_scene {
	struct account_fixture *h;
	struct fixture *w;
	struct script_server *portal;
	struct ciba_pinger *pinger;
};

static char endpoint[64]; /* of the portal of this test */

static void rest_ms(int ms)
{
	nanosleep(&(const struct timespec){.tv_nsec = ms * 1000000L}, NULL);
}

static void pinged(struct client *c)
{
	ciba_client(c);
	c->ciba_delivery = CIBA_DELIVERY_PING;
	c->ciba_notification_endpoint = str_c(endpoint);
}

static int ping_set_up(void **state)
{
	struct ping_scene *s = calloc(1, sizeof(*s));

	ciba_fixture_set_up(state);
	s->h = *state;
	s->w = s->h->w;
	s->portal = script_start();
	snprintf(
		endpoint, sizeof(endpoint), "http://127.0.0.1:%d" ENDPOINT, script_port(s->portal));
	fixture_client(s->w, "pinged", "eplan", pinged);
	s->pinger = ciba_pinger_new(&s->w->p);
	*state = s;
	return 0;
}

static int ping_tear_down(void **state)
{
	struct ping_scene *s = *state;

	ciba_pinger_free(s->pinger);
	script_stop(s->portal);
	*state = s->h;
	account_fixture_tear_down(state);
	free(s);
	return 0;
}

static void portal_answers(struct ping_scene *s, int status)
{
	script_answer(s->portal, ENDPOINT, &(const struct script_answer){.status = status});
}

static struct str ask_somchai(struct ping_scene *s)
{
	struct raw_answer r = bc_ask_by(
		s->w, "pinged", "scope=openid&" TO_SOMCHAI "&client_notification_token=" TOKEN);

	assert_int_equal(r.status, 200);
	assert_int_equal(json_number(s->w, &r, "interval"), 5);
	return member(s->w, &r, "auth_req_id");
}

static struct str ask_and_answer(struct ping_scene *s, const char *answer)
{
	struct str id = ask_somchai(s);

	if (!account_fixture_is_logged_in(&s->h->b))
		log_in(&s->h->b, SOMCHAI_PID);
	assert_false(ciba_ping_next(s->pinger)); /* nothing before the person has answered */
	bc_answer(&s->h->b, bc_page(&s->h->b), answer);
	return id;
}

static size_t waiting(struct ping_scene *s)
{
	return records(s->w, (enum table)TABLE_CIBA_PING);
}

static void send_one(struct ping_scene *s, size_t seen)
{
	assert_true(ciba_ping_next(s->pinger));
	assert_int_equal(script_count(s->portal, ENDPOINT), seen);
}

/* POST, JSON, the bearer token; 204 or 200; then the client asks, and gets. */
static void notified_and_redeemed(void **state)
{
	static const int good[] = {204, 200};
	struct ping_scene *s = *state;

	for (size_t i = 0; i < 2; i++) {
		struct script_request seen;
		struct str id;

		script_clear(s->portal);
		portal_answers(s, good[i]);
		id = ask_and_answer(s, "approve");
		send_one(s, 1);
		seen = script_seen(s->portal, ENDPOINT, 0);
		assert_true(strncmp(seen.head, "POST " ENDPOINT " ", 11) == 0);
		assert_string_equal(script_header(seen, "Authorization"), "Bearer " TOKEN);
		assert_string_equal(script_header(seen, "Content-Type"), "application/json");
		check_str(text(s->w, "{\"auth_req_id\":\"%.*s\"}", STR_FMT(id)), str_c(seen.body));
		assert_int_equal(waiting(s), 0);
		assert_false(ciba_ping_next(s->pinger));
		assert_int_equal(bc_poll_by(s->w, "pinged", id).status, 200);
	}
}

/* A refusal is an answer, too; so is the withdrawal by an administrator. */
static void a_refusal_is_notified(void **state)
{
	struct ping_scene *s = *state;
	struct raw_answer r;
	struct str id;

	portal_answers(s, 204);
	id = ask_and_answer(s, "refuse");
	send_one(s, 1);
	r = bc_poll_by(s->w, "pinged", id);
	check_json_error(s->w, &r, 400, "access_denied");
}

static enum rc withdraw(struct ping_scene *s, struct str request)
{
	static const struct actor admin = {.kind = ACTOR_COMMAND, .id = STR_INIT("cli:admin")};
	struct json_value *json;
	struct operation_call call = {.operation = ciba_operations[0]};
	void *args;
	enum rc rc;

	check_ok(json_value_parse(
		text(s->w, "{\"request\":\"%.*s\"}", STR_FMT(request)), 1024, &json));
	check_ok(operation_args_json(call.operation, s->w->a, json, &args, &call.problems));
	json_value_free(json);
	call.args = args;
	rc = operation_run(&s->w->p, &admin, s->w->a, &call);
	return rc;
}

/* pratu ciba withdraw: the person sees nothing any more, the client is refused and notified. */
static void withdrawn_by_an_administrator(void **state)
{
	struct ping_scene *s = *state;
	struct str id = ask_somchai(s), page;
	struct raw_answer r;

	portal_answers(s, 204);
	log_in(&s->h->b, SOMCHAI_PID);
	page = bc_page(&s->h->b);
	check_rc(withdraw(s, STR("no-such-request-000000")), RC_NOT_FOUND);
	check_ok(withdraw(s, str_sub(page, strlen("/account/requests/one?r="), 22)));
	check_rc(withdraw(s, str_sub(page, strlen("/account/requests/one?r="), 22)), RC_NOT_FOUND);
	r = browse_s(&s->h->b, page);
	check_has(r.body, "data-part=\"over\"");
	send_one(s, 1);
	r = bc_poll_by(s->w, "pinged", id);
	check_json_error(s->w, &r, 400, "access_denied");
	assert_int_equal(audits(s->w, AUDIT_CIBA_WITHDRAWN), 1);
}

/* CIBA Core 7.3: a client that is notified may poll all the same; then no notification is needed.
 */
static void a_client_that_polls_first(void **state)
{
	struct ping_scene *s = *state;
	struct raw_answer r;
	struct str id = ask_somchai(s);

	portal_answers(s, 204);
	r = bc_poll_by(s->w, "pinged", id);
	check_json_error(s->w, &r, 400, "authorization_pending");
	log_in(&s->h->b, SOMCHAI_PID);
	bc_answer(&s->h->b, bc_page(&s->h->b), "approve");
	assert_int_equal(bc_poll_by(s->w, "pinged", id).status, 200);
	assert_true(ciba_ping_next(s->pinger));
	assert_int_equal(script_count(s->portal, ENDPOINT), 0);
	assert_int_equal(waiting(s), 0);
}

/* ping-backchannel-notification-endpoint-response-has-body, -response-401, -response-403,
 * …-401-and-require-server-does-not-retry, -return-redirect-request: the flow completes, nothing
 * is sent again, nothing else is called. */
static void answers_that_end_it(void **state)
{
	static const struct script_answer answers[] = {
		{.status = 200, .body = STR_INIT("{\"access_token\":\"x\"}")},
		{.status = 401},
		{.status = 403},
		{.status = 400},
		{.status = 302, .headers = "Location: /elsewhere\r\n"},
		{.status = 307, .headers = "Location: http://169.254.169.254/latest\r\n"},
	};
	struct ping_scene *s = *state;

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct str id;

		script_clear(s->portal);
		script_answer(s->portal, ENDPOINT, &answers[i]);
		id = ask_and_answer(s, "approve");
		send_one(s, 1);
		assert_int_equal(waiting(s), 0);
		assert_int_equal(script_count(s->portal, "/elsewhere"), 0);
		assert_int_equal(bc_poll_by(s->w, "pinged", id).status, 200);
	}
}

/* No answer and 5xx come again, four times in all; a lease ends by itself. */
static void attempts_are_bounded(void **state)
{
	static const int64_t pauses[] = {2, 10, 30};
	struct ping_scene *s = *state;

	portal_answers(s, 503);
	ask_and_answer(s, "approve");
	send_one(s, 1);
	for (size_t i = 0; i < 3; i++) {
		fixture_advance_clock(s->w, pauses[i] - 1);
		assert_false(ciba_ping_next(s->pinger));
		fixture_advance_clock(s->w, 1);
		send_one(s, i + 2);
	}
	assert_int_equal(waiting(s), 0);
}

static enum rc spoil_notification(struct tx *tx, void *data)
{
	struct str *key = data;
	struct ciba_ref ref;
	enum rc rc = ciba_get(tx, *key, &ref);

	if (rc == RC_OK) {
		ref.r.notify = STR("what no key opens: a tag of another one");
		ciba_put(tx, &ref);
	}
	return rc;
}

/* One that cannot be read ends by itself; those behind it are sent. */
static void one_that_cannot_be_read(void **state)
{
	static const struct actor actor = {.kind = ACTOR_COMMAND, .id = STR_INIT("cli:tester")};
	struct ping_scene *s = *state;
	struct str key, id = ask_and_answer(s, "approve");

	portal_answers(s, 204);
	check_ok(handle_key(s->w->a, HANDLE_CIBA, id, &key));
	check_ok(tx_run(&s->w->p, &actor, s->w->a, spoil_notification, &key));
	ask_somchai(s);
	bc_answer(&s->h->b, bc_page(&s->h->b), "approve");
	assert_int_equal(waiting(s), 2);
	for (int i = 0; i < 2; i++)
		assert_true(ciba_ping_next(s->pinger));
	assert_int_equal(script_count(s->portal, ENDPOINT), 1);
	assert_int_equal(waiting(s), 0);
}

/* A portal that comes back in between gets it. */
static void a_portal_that_comes_back(void **state)
{
	struct ping_scene *s = *state;

	script_answer(s->portal, ENDPOINT, &(const struct script_answer){.fault = SCRIPT_CLOSE});
	portal_answers(s, 204);
	ask_and_answer(s, "approve");
	send_one(s, 1);
	assert_int_equal(waiting(s), 1);
	fixture_advance_clock(s->w, 2);
	send_one(s, 2);
	assert_int_equal(waiting(s), 0);
}

/* kill -9 in between: what was leased is sent again when the lease is over. */
static void a_sender_that_died(void **state)
{
	struct ping_scene *s = *state;
	struct ciba_pinger *other = ciba_pinger_new(&s->w->p);

	/* Another process's: the answer is held until it is "dead". */
	script_answer(s->portal, ENDPOINT, &(const struct script_answer){.fault = SCRIPT_CLOSE});
	portal_answers(s, 204);
	ask_and_answer(s, "approve");
	send_one(s, 1);
	fixture_advance_clock(s->w, 15);
	assert_true(ciba_ping_next(other));
	assert_int_equal(script_count(s->portal, ENDPOINT), 2);
	assert_false(ciba_ping_next(s->pinger));
	ciba_pinger_free(other);
}

static void to_the_metadata_service(struct client *c)
{
	c->ciba_notification_endpoint = STR("https://169.254.169.254/latest/meta-data");
}

/* Attack row 15: the notification goes nowhere that is not permitted. */
static void an_address_that_is_not_public(void **state)
{
	struct ping_scene *s = *state;
	struct str id;

	edit_client(s->w, "pinged", to_the_metadata_service);
	id = ask_and_answer(s, "approve");
	assert_true(ciba_ping_next(s->pinger));
	assert_int_equal(waiting(s), 0); /* and is not tried again */
	assert_int_equal(bc_poll_by(s->w, "pinged", id).status, 200);
}

/* CIBA Core 7.1: required, at most 1024 characters, of a bearer token's. */
static void client_notification_token(void **state)
{
	static const char *const bad[] = {"", "a%20b", "a%0Ab", "%E0%B8%81", "a,b", "==="};
	struct ping_scene *s = *state;
	struct raw_answer r;
	char longest[1100];

	r = bc_ask_by(s->w, "pinged", "scope=openid&" TO_SOMCHAI);
	check_json_error(s->w, &r, 400, "invalid_request");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r = bc_ask_by(s->w, "pinged",
			str_dup_c(s->w->a,
				text(s->w,
					"scope=openid&" TO_SOMCHAI "&client_notification_token=%s",
					bad[i])));
		check_json_error(s->w, &r, 400, "invalid_request");
	}
	memset(longest, 'a', sizeof(longest));
	for (int n = 1024; n <= 1025; n++) {
		r = bc_ask_by(s->w, "pinged",
			str_dup_c(s->w->a, text(s->w,
						   "scope=openid&" TO_SOMCHAI
						   "&client_notification_token=%.*s",
						   n, longest)));
		assert_int_equal(r.status, n == 1024 ? 200 : 400);
	}
	/* One that polls may send it; it is of no use. */
	bc_begin(s->w, TO_SOMCHAI "&client_notification_token=" TOKEN);
}

static void discovery(void **state)
{
	struct ping_scene *s = *state;
	struct raw_answer r =
		raw_get(s->w->a, s->w->port, "/.well-known/openid-configuration", NULL);

	check_has(r.body, "\"backchannel_authentication_endpoint\":\"" ISSUER BC_AUTHORIZE "\"");
	check_has(r.body, "\"backchannel_token_delivery_modes_supported\":[\"poll\",\"ping\"]");
	check_has(r.body, "\"backchannel_user_code_parameter_supported\":true");
	check_has(r.body, "\"" CIBA_GRANT "\"");
}

/* --- portals that hang --- */

static char hanging[64];

static void hangs(struct client *c)
{
	pinged(c);
	c->ciba_notification_endpoint = str_c(hanging);
}

static void ask_and_approve(struct ping_scene *s, const char *client)
{
	struct raw_answer r = bc_ask_by(
		s->w, client, "scope=openid&" TO_SOMCHAI "&client_notification_token=" TOKEN);

	assert_int_equal(r.status, 200);
	bc_answer(&s->h->b, bc_page(&s->h->b), "approve");
}

/* As many as there are senders, each with more that wait: the others are notified when the first
 * calls are over. */
static void portals_that_hang_delay_nobody(void **state)
{
	struct ping_scene *s = *state;
	int64_t begun;

	snprintf(hanging, sizeof(hanging), "http://127.0.0.1:%d/hanging", script_port(s->portal));
	script_answer(s->portal, "/hanging", &(const struct script_answer){.fault = SCRIPT_HANG});
	portal_answers(s, 204);
	log_in(&s->h->b, SOMCHAI_PID);
	for (int i = 0; i < CIBA_PING_SENDERS; i++) {
		const char *id = text(s->w, "hangs-%d", i).p;

		fixture_client(s->w, id, "eplan", hangs);
		for (int k = 0; k < 2; k++)
			ask_and_approve(s, id);
	}
	ciba_pinger_start(s->pinger);
	while (script_count(s->portal, "/hanging") < CIBA_PING_SENDERS)
		rest_ms(20);
	fixture_advance_clock(s->w, 1); /* behind all of them */
	ask_and_approve(s, "pinged");
	begun = monotonic_ms();
	while (script_count(s->portal, ENDPOINT) == 0 && monotonic_ms() < begun + 8000)
		rest_ms(20);
	assert_int_equal(script_count(s->portal, ENDPOINT), 1);
	ciba_pinger_stopping(s->pinger);
	ciba_pinger_stop(s->pinger);
}

#define T(f) cmocka_unit_test_setup_teardown(f, ping_set_up, ping_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(discovery), /* discovery-end-point-verification */
		T(notified_and_redeemed),
		T(a_refusal_is_notified),
		T(withdrawn_by_an_administrator),
		T(portals_that_hang_delay_nobody),
		T(a_client_that_polls_first),
		T(answers_that_end_it),
		T(attempts_are_bounded),
		T(one_that_cannot_be_read),
		T(a_portal_that_comes_back),
		T(a_sender_that_died),
		T(an_address_that_is_not_public),
		T(client_notification_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
