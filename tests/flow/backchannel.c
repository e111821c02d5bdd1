/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * OpenID Connect Back-Channel Logout 1.0: the modules of the certification plan by name, the logout
 * token, what answers mean, and the queue: nobody is notified twice, nobody waits for a dead
 * portal.
 */
#include "flow/portals_fixture.h"

#include "base/clock.h"
#include "idp/logout/queue_priv.h"
#include "idp/logout/spread.h"

#include <time.h>

/* --- the plan oidcc-backchannel-rp-initiated-logout --- */

static void oidcc_backchannel_logout_discovery_endpoint_verification(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer r =
		raw_get(f->w->a, f->w->port, "/.well-known/openid-configuration", NULL);

	check_has(r.body, "\"backchannel_logout_supported\":true");
	check_has(r.body, "\"backchannel_logout_session_supported\":true");
}

/* Signed by a published key, typ logout+jwt: nothing else verifies as one. */
static void check_signed(struct portals_fixture *f, struct str token, enum jose_alg alg)
{
	const struct jws_use use = {.algs = JOSE_BIT(alg), .typ = "logout+jwt"};
	const struct jws_use other = {.algs = JOSE_BIT(alg), .typ = "JWT"};
	struct str payload;
	const char *why;

	check_ok(keyring_verify(f->w->p.keys, f->w->a, token, &use, &payload, &why));
	assert_int_not_equal(
		keyring_verify(f->w->p.keys, f->w->a, token, &other, &payload, &why), RC_OK);
}

static void check_claims(
	struct portals_fixture *f, struct str token, const char *client, struct str sid)
{
	struct str payload = jwt_payload(f->w, token);
	int64_t now = f->w->now_ms / 1000;

	check_c(text_claim(f->w, token, "iss"), ISSUER);
	check_c(text_claim(f->w, token, "aud"), client);
	check_str(text_claim(f->w, token, "sub"), SOMCHAI);
	check_str(text_claim(f->w, token, "sid"), sid);
	assert_int_equal(number_claim(f->w, token, "iat"), now);
	assert_int_equal(number_claim(f->w, token, "exp"), now + 120);
	assert_true(text_claim(f->w, token, "jti").n >= 22);
	check_has(
		payload, "\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}}");
	assert_false(contains(payload, "nonce"));
}

static void oidcc_backchannel_rp_initiated_logout(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer tokens = enter_portal(f, f->b, "plan"), r;
	struct str id_token = member(f->w, &tokens, "id_token");

	r = browse_s(f->b, text(f->w,
				   "/oauth2/logout?id_token_hint=%.*s&post_logout_redirect_uri="
				   "https://portal.test/bye&state=s1",
				   STR_FMT(id_token)));
	check_c(location(&r), "https://portal.test/bye?state=s1");
	assert_int_equal(run_queue(f), 1);
	assert_int_equal(calls_to(f, "plan"), 1);
	check_signed(f, token_of(f, "plan"), JOSE_ES256);
	check_claims(f, token_of(f, "plan"), "plan", text_claim(f->w, id_token, "sid"));
	r = authorize(f->b, ask(f->w, "prompt=none", NULL));
	check_error(f->w, &r, "login_required");
	/* Once: nothing is left. */
	assert_int_equal(run_queue(f), 0);
}

static void rs256(struct client *c)
{
	c->id_token_alg = 1;
}

static void it_is_signed_as_the_id_tokens_of_the_client_are(void **state)
{
	struct portals_fixture *f = *state;

	fixture_all_keys(f->w);
	portal_client(f->w, "plan");
	edit_client(f->w, "plan", rs256);
	tokens_for(f->b, "plan", "");
	sign_out(f->b);
	assert_int_equal(run_queue(f), 1);
	check_signed(f, token_of(f, "plan"), JOSE_RS256);
}

/* KC#12142: the sid is the same in ID tokens, also after a refresh, and in the logout token. */
static void the_sid_is_that_of_refreshed_id_tokens(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer tokens = enter_portal(f, f->b, "plan"), again;
	struct str sid = text_claim(f->w, member(f->w, &tokens, "id_token"), "sid");

	again = refresh(f->w, "plan", member(f->w, &tokens, "refresh_token"));
	check_str(text_claim(f->w, member(f->w, &again, "id_token"), "sid"), sid);
	sign_out(f->b);
	run_queue(f);
	check_str(text_claim(f->w, token_of(f, "plan"), "sid"), sid);
}

/* It opens nothing here: no other use of the signature. */
static void a_logout_token_is_no_other_token(void **state)
{
	struct portals_fixture *f = *state;
	struct browser other = {.w = f->w};
	struct raw_answer r;
	struct str token;

	enter_portal(f, f->b, "plan");
	sign_out(f->b);
	run_queue(f);
	token = token_of(f, "plan");
	assert_int_equal(get_bearer(f->w, "/oauth2/userinfo", token).status, 401);
	r = introspect(f->w, "plan", token);
	assert_false(is_active(&r));
	log_in(&other, SOMCHAI_PID);
	r = browse_s(&other, text(f->w, "/oauth2/logout?id_token_hint=%.*s", STR_FMT(token)));
	check_page(&r, 200);
	check_has(r.body, "action=\"/oauth2/logout/confirm\""); /* it asks: no hint */
}

static void who_has_no_address_is_not_told(void **state)
{
	struct portals_fixture *f = *state;

	tokens_for(f->b, "portal", "");
	enter_portal(f, f->b, "plan");
	sign_out(f->b);
	assert_int_equal(run_queue(f), 1);
	assert_int_equal(calls_to(f, "plan"), 1);
	assert_int_equal(calls(f), 1);
}

static void only_its_own_sessions(void **state)
{
	struct portals_fixture *f = *state;
	struct browser there = {.w = f->w};

	enter_portal(f, f->b, "one");
	enter_portal(f, &there, "other");
	sign_out(f->b);
	run_queue(f);
	assert_int_equal(calls_to(f, "one"), 1);
	assert_int_equal(calls_to(f, "other"), 0);
}

/* --- what answers mean --- */

static void verdicts(void **state)
{
	static const struct {
		int status;
		enum portal_verdict verdict;
	} rows[] = {{200, PORTAL_CONFIRMED}, {204, PORTAL_CONFIRMED}, {201, PORTAL_REFUSED},
		{202, PORTAL_REFUSED}, {301, PORTAL_REFUSED}, {302, PORTAL_REFUSED},
		{307, PORTAL_REFUSED}, {400, PORTAL_REFUSED}, {401, PORTAL_REFUSED},
		{403, PORTAL_REFUSED}, {404, PORTAL_REFUSED}, {405, PORTAL_REFUSED},
		{408, PORTAL_RETRY}, {425, PORTAL_RETRY}, {429, PORTAL_RETRY}, {500, PORTAL_RETRY},
		{501, PORTAL_REFUSED}, {502, PORTAL_RETRY}, {503, PORTAL_RETRY},
		{504, PORTAL_RETRY}, {0, PORTAL_RETRY}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(portal_verdict(rows[i].status), rows[i].verdict);
}

static void refused_is_not_told_again(void **state)
{
	struct portals_fixture *f = *state;

	f->status = 400;
	enter_portal(f, f->b, "plan");
	sign_out(f->b);
	assert_int_equal(run_queue(f), 1);
	assert_int_equal(delivery_of(f, "plan").state, LOGOUT_FAILED);
	check_c(delivery_of(f, "plan").why, "status 400");
	assert_int_equal(audits(f->w, AUDIT_PORTAL_LOGOUT_FAILED), 1);
	fixture_advance_clock(f->w, 86400);
	assert_int_equal(run_queue(f), 0);
}

/* Each attempt with a token of its own; after the last it has failed. */
static void told_again_until_the_maximum(void **state)
{
	static const int64_t pauses[] = {10, 60, 300, 1800, 7200, 14400, 28800};
	struct portals_fixture *f = *state;
	struct str last = STR_NONE;

	f->status = 503;
	enter_portal(f, f->b, "plan");
	sign_out(f->b);
	for (int i = 0; i < LOGOUT_ATTEMPTS_MAX; i++) {
		assert_int_equal(run_queue(f), 1);
		assert_int_equal(run_queue(f), 0);
		assert_int_equal(calls_to(f, "plan"), i + 1);
		assert_false(str_eq(last, text_claim(f->w, token_of(f, "plan"), "jti")));
		assert_int_equal(
			number_claim(f->w, token_of(f, "plan"), "iat"), f->w->now_ms / 1000);
		last = text_claim(f->w, token_of(f, "plan"), "jti");
		if (i == LOGOUT_ATTEMPTS_MAX - 1)
			break;
		assert_int_equal(delivery_of(f, "plan").state, LOGOUT_WAITING);
		/* 80 to 120 percent. */
		fixture_advance_clock(f->w, pauses[i] * 8 / 10 - 1);
		assert_int_equal(run_queue(f), 0);
		fixture_advance_clock(f->w, pauses[i] * 4 / 10 + 2);
	}
	assert_int_equal(delivery_of(f, "plan").state, LOGOUT_FAILED);
	assert_int_equal(audits(f->w, AUDIT_PORTAL_LOGOUT_FAILED), 1);
}

static void a_portal_that_comes_back_confirms(void **state)
{
	struct portals_fixture *f = *state;

	f->status = 0;
	enter_portal(f, f->b, "plan");
	sign_out(f->b);
	run_queue(f);
	check_c(delivery_of(f, "plan").why, "Couldn't connect to server");
	f->status = 204;
	fixture_advance_clock(f->w, 13);
	assert_int_equal(run_queue(f), 1);
	assert_int_equal(delivery_of(f, "plan").state, LOGOUT_CONFIRMED);
	assert_int_equal(audits(f->w, AUDIT_PORTAL_LOGOUT_FAILED), 0);
}

/* A day is the most, however few attempts there were. */
static void not_after_a_day(void **state)
{
	struct portals_fixture *f = *state;

	f->status = 500;
	enter_portal(f, f->b, "plan");
	sign_out(f->b);
	run_queue(f);
	fixture_advance_clock(f->w, LOGOUT_LIFETIME);
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 1);
	assert_int_equal(delivery_of(f, "plan").state, LOGOUT_FAILED);
}

static void no_address(struct client *c)
{
	c->backchannel_logout_uri = STR_NONE;
}

static void an_address_that_was_taken_away(void **state)
{
	struct portals_fixture *f = *state;

	enter_portal(f, f->b, "plan");
	f->status = 500;
	sign_out(f->b);
	run_queue(f);
	edit_client(f->w, "plan", no_address);
	fixture_advance_clock(f->w, 13);
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 1);
	assert_int_equal(delivery_of(f, "plan").state, LOGOUT_FAILED);
}

/* --- the queue --- */

static void tell_meanwhile(struct portals_fixture *f)
{
	struct logout_queue_options options = {.app = &f->w->p, .senders = 2, .timeout_ms = 5000};
	struct logout_queue *q = logout_queue_new(&options);

	/* Another process: it has no post, and finds nothing to call. */
	assert_int_equal(run_by(q), 0);
	logout_queue_free(q);
}

static void what_one_sender_is_at_no_other_takes(void **state)
{
	struct portals_fixture *f = *state;

	enter_portal(f, f->b, "plan");
	sign_out(f->b);
	f->during = tell_meanwhile;
	assert_int_equal(run_queue(f), 1);
	assert_int_equal(calls_to(f, "plan"), 1);
}

static struct logout_queue *second;

static void lease_is_over(struct portals_fixture *f)
{
	f->during = NULL;
	fixture_advance_clock(f->w, 21); /* longer than the lease: as if its sender had died */
	assert_int_equal(run_by(second), 1);
}

/* Notified again for a reason: nobody knows what came of the first. It is confirmed once. */
static void a_lease_that_is_over_is_taken_again(void **state)
{
	struct portals_fixture *f = *state;

	second = logout_queue_like(f);
	enter_portal(f, f->b, "plan");
	sign_out(f->b);
	f->during = lease_is_over;
	assert_int_equal(run_queue(f), 1);
	assert_int_equal(calls_to(f, "plan"), 2);
	assert_int_equal(delivery_of(f, "plan").state, LOGOUT_CONFIRMED);
	assert_int_equal(run_queue(f), 0);
	logout_queue_free(second);
}

/* Two senders of two processes see the same place: the second finds it moved, and calls nobody. */
static void a_place_that_moved_is_not_taken(void **state)
{
	struct portals_fixture *f = *state;
	struct logout_queue *other = logout_queue_like(f);
	struct logout_sender *s = &other->senders[LOGOUT_SENDERS_MAX];
	struct logout_picked picked;
	size_t n;

	enter_portal(f, f->b, "plan");
	sign_out(f->b);
	check_ok(logout_spread(&f->w->p, f->w->a, &n));
	assert_int_equal(n, 1);
	s->a = arena_new(ARENA_MAX);
	check_ok(logout_pick(s, &picked));
	f->status = 500;
	assert_int_equal(run_queue(f), 1);
	check_ok(logout_deliver(s, &picked));
	logout_unpick(s);
	arena_free(s->a);
	assert_int_equal(calls_to(f, "plan"), 1);
	assert_int_equal(delivery_of(f, "plan").attempts, 1);
	logout_queue_free(other);
}

static void pause_ms(int ms)
{
	const struct timespec pause = {ms / 1000, (ms % 1000) * 1000000L};

	nanosleep(&pause, NULL);
}

static size_t called_of(struct portals_fixture *f, int portals)
{
	size_t n = 0;

	for (int i = 0; i < portals; i++)
		n += calls_to(f, text(f->w, "p%02d", i).p) > 0;
	return n;
}

/* "A person with 40 open portals signs out: all notified within 5 s, a dead portal does not delay
 * the others." */
static void forty_portals_and_a_dead_one(void **state)
{
	struct portals_fixture *f = *state;
	int64_t begun;

	for (int i = 0; i < 40; i++)
		enter_portal(f, f->b, text(f->w, "p%02d", i).p);
	enter_portal(f, f->b, "dead");
	f->dead = "dead";
	f->hang_ms = 4000;
	logout_queue_start(f->q);
	begun = monotonic_ms();
	sign_out(f->b);
	while (called_of(f, 40) < 40 && monotonic_ms() - begun < 5000)
		pause_ms(10);
	assert_int_equal(called_of(f, 40), 40);
	assert_true(monotonic_ms() - begun < 3500); /* the dead one was not waited for */
	assert_true(logout_queue_stop(f->q, monotonic_ms() + 10000));
	for (int i = 0; i < 40; i++)
		assert_int_equal(calls_to(f, text(f->w, "p%02d", i).p), 1);
	assert_int_equal(delivery_of(f, "dead").state, LOGOUT_WAITING);
}

/* Many that wait for one dead portal are not in the way of another's. */
static void a_dead_portals_backlog_delays_nobody(void **state)
{
	struct portals_fixture *f = *state;
	struct browser many[5];
	int64_t begun;

	portal_client(f->w, "dead");
	for (size_t i = 0; i < COUNT(many); i++) {
		many[i] = (struct browser){.w = f->w};
		tokens_for(&many[i], "dead", "");
	}
	f->dead = "dead";
	f->hang_ms = 3000;
	enter_portal(f, &many[0], "well");
	logout_queue_start(f->q);
	account_form(&many[1], "/account/sessions", "/account/sessions/everywhere", "x", STR("y"));
	begun = monotonic_ms();
	while (!calls_to(f, "well") && monotonic_ms() - begun < 5000)
		pause_ms(5);
	assert_true(monotonic_ms() - begun < 2000);
	assert_true(logout_queue_stop(f->q, monotonic_ms() + 10000));
}

/* 200 at one portal by eight senders: each once. */
static void many_senders_tell_each_once(void **state)
{
	struct portals_fixture *f = *state;
	int64_t begun;

	for (int i = 0; i < 100; i++)
		enter_portal(f, f->b, text(f->w, "p%02d", i).p);
	logout_queue_start(f->q);
	sign_out(f->b);
	begun = monotonic_ms();
	while (calls(f) < 100 && monotonic_ms() - begun < 10000)
		pause_ms(10);
	pause_ms(100);
	assert_true(logout_queue_stop(f->q, monotonic_ms() + 10000));
	assert_int_equal(calls(f), 100);
	assert_int_equal(records(f->w, (enum table)TABLE_LOGOUT_DUE), 0);
	assert_int_equal(records(f->w, TABLE_SESSION_ENDED), 0);
}

static enum rc put_spoiled(struct tx *tx, void *data)
{
	(void)data;
	store_put(tx->batch, TABLE_SESSION_ENDED, STR("a"), STR("no record"), STORE_ANY);
	store_put(tx->batch, TABLE_ACCESS_RECHECK, store_key_expiring(tx->a, tx->now, STR("short")),
		STR_NONE, STORE_ANY);
	return RC_OK;
}

/* The others are told, and it does not come back. */
static void a_record_that_cannot_be_read_stops_nobody(void **state)
{
	static const struct actor actor = {.kind = ACTOR_COMMAND, .id = STR_INIT("cli:tester")};
	struct portals_fixture *f = *state;

	enter_portal(f, f->b, "plan");
	check_ok(tx_run(&f->w->p, &actor, f->w->a, put_spoiled, NULL));
	sign_out(f->b);
	assert_int_equal(run_queue(f), 1);
	assert_int_equal(records(f->w, TABLE_SESSION_ENDED), 0);
	assert_int_equal(records(f->w, TABLE_ACCESS_RECHECK), 0);
}

#define T(name)                                                                                    \
	cmocka_unit_test_setup_teardown(name, portals_fixture_set_up, portals_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_record_that_cannot_be_read_stops_nobody),
		T(oidcc_backchannel_logout_discovery_endpoint_verification),
		T(oidcc_backchannel_rp_initiated_logout),
		T(it_is_signed_as_the_id_tokens_of_the_client_are),
		T(the_sid_is_that_of_refreshed_id_tokens),
		T(a_logout_token_is_no_other_token),
		T(who_has_no_address_is_not_told),
		T(only_its_own_sessions),
		cmocka_unit_test(verdicts),
		T(refused_is_not_told_again),
		T(told_again_until_the_maximum),
		T(a_portal_that_comes_back_confirms),
		T(not_after_a_day),
		T(an_address_that_was_taken_away),
		T(what_one_sender_is_at_no_other_takes),
		T(a_lease_that_is_over_is_taken_again),
		T(a_place_that_moved_is_not_taken),
		T(forty_portals_and_a_dead_one),
		T(a_dead_portals_backlog_delays_nobody),
		T(many_senders_tell_each_once),
	};

	return cmocka_run_group_tests_name("flow/backchannel", tests, NULL, NULL);
}
