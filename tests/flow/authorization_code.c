/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Authorization codes: one use, one minute, one client, one redirect URI, one verifier (RFC
 * 6749 4.1, RFC 7636, RFC 9700 4.5; attacks 3 and 5). */
#include "flow/fixture.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static bool is_error(struct fixture *w, const struct raw_answer *r, int status, const char *code)
{
	return r->status == status && str_eq_c(member(w, r, "error"), code);
}

static bool introspected(struct fixture *w, const char *client, struct str token)
{
	struct buf form;
	struct raw_answer r;

	buf_init(&form, w->a, 1024);
	form_add(&form, STR("token"), token);
	r = post_form(w, "/oauth2/introspect", client, buf_str(&form));
	assert_int_equal(r.status, 200);
	return memmem(r.body.p, r.body.n, "\"active\":true", 13) != NULL;
}

static void second_use_revokes(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str code = login_for_code(&b, "portal", "");
	struct raw_answer first = redeem(w, "portal", code, CODE_VERIFIER), second, late;
	struct str access = member(w, &first, "access_token");

	assert_int_equal(first.status, 200);
	assert_true(introspected(w, "portal", access));
	second = redeem(w, "portal", code, CODE_VERIFIER);
	assert_true(is_error(w, &second, 400, "invalid_grant"));
	assert_false(introspected(w, "portal", access));
	late = refresh(w, "portal", member(w, &first, "refresh_token"));
	assert_true(is_error(w, &late, 400, "invalid_grant"));
	fixture_free(w);
}

static void replay_after_the_minute_is_seen_too(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str code = login_for_code(&b, "portal", "");
	struct raw_answer first = redeem(w, "portal", code, CODE_VERIFIER), second;

	fixture_advance_clock(w, 90);
	second = redeem(w, "portal", code, CODE_VERIFIER);
	assert_true(is_error(w, &second, 400, "invalid_grant"));
	assert_false(introspected(w, "portal", member(w, &first, "access_token")));
	fixture_free(w);
}

static void lifetime_boundary(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str in_time = login_for_code(&b, "portal", ""), late;
	struct raw_answer r;

	fixture_advance_clock(w, 59);
	r = redeem(w, "portal", in_time, CODE_VERIFIER);
	assert_int_equal(r.status, 200);
	late = login_for_code(&b, "portal", "");
	fixture_advance_clock(w, 60);
	r = redeem(w, "portal", late, CODE_VERIFIER);
	assert_true(is_error(w, &r, 400, "invalid_grant"));
	fixture_free(w);
}

static void bound_to_client_and_redirect(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str code;
	struct raw_answer r;
	struct buf form;

	fixture_client(w, "other", "eplan", NULL);
	code = login_for_code(&b, "portal", "");
	r = redeem(w, "other", code, CODE_VERIFIER);
	assert_true(is_error(w, &r, 400, "invalid_grant"));
	buf_init(&form, w->a, 2048);
	form_add(&form, STR("grant_type"), STR("authorization_code"));
	form_add(&form, STR("code"), code);
	form_add(&form, STR("code_verifier"), STR(CODE_VERIFIER));
	r = post_form(w, "/oauth2/token", "portal", buf_str(&form));
	assert_true(is_error(w, &r, 400, "invalid_grant"));
	form_add(&form, STR("redirect_uri"), STR("https://portal.test/cb2?x=1"));
	r = post_form(w, "/oauth2/token", "portal", buf_str(&form));
	assert_true(is_error(w, &r, 400, "invalid_grant"));
	/* None of these used it up. */
	r = redeem(w, "portal", code, CODE_VERIFIER);
	assert_int_equal(r.status, 200);
	fixture_free(w);
}

static void no_pkce(struct client *c)
{
	c->pkce_optional = true;
}

static struct str plain_code(struct browser *b, const char *client)
{
	struct buf target;
	struct raw_answer r;

	buf_init(&target, b->w->a, 2048);
	buf_addf(&target,
		"/oauth2/authorize?client_id=%s&redirect_uri=https%%3A%%2F%%2Fportal.test%%2Fcb"
		"&response_type=code&scope=openid&state=s",
		client);
	r = browse_s(b, buf_str(&target));
	if (str_starts(location(&r), STR("/login")))
		r = pass_login(b, &r);
	return url_param(b->w, location(&r), "code");
}

/* challenge x verifier: both, or (opted out) neither. */
static void verifier_matrix(void **state)
{
	static const char *const wrong[] = {NULL, "", "short",
		"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl",
		"dBjftJeZ4CVP+mB92K27uhbUJU1p1r/wW1gFWFOEjXk", CODE_CHALLENGE};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str code;
	struct raw_answer r;

	fixture_client(w, "lax", "eplan", no_pkce);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		code = login_for_code(&b, "portal", "");
		r = redeem(w, "portal", code, wrong[i]);
		assert_true(is_error(w, &r, 400, "invalid_grant"));
		r = redeem(w, "portal", code, CODE_VERIFIER);
		assert_int_equal(r.status, 200);
	}
	/* With a challenge the opted-out client needs the verifier as everybody does. */
	code = login_for_code(&b, "lax", "");
	r = redeem(w, "lax", code, NULL);
	assert_true(is_error(w, &r, 400, "invalid_grant"));
	code = plain_code(&b, "lax");
	r = redeem(w, "lax", code, CODE_VERIFIER);
	assert_true(is_error(w, &r, 400, "invalid_grant"));
	r = redeem(w, "lax", code, NULL);
	assert_int_equal(r.status, 200);
	/* Opting out is not for clients that did not. */
	assert_int_equal(plain_code(&b, "portal").n, 0);
	fixture_free(w);
}

#define THREADS 64

struct code_racer {
	struct fixture *w;
	struct str code;
	int status;
	struct str access;
	struct arena *a;
};

static void *race_redemption(void *data)
{
	struct code_racer *r = data;
	struct fixture mine = *r->w;
	struct raw_answer answer;

	mine.a = r->a = arena_new(ARENA_MAX_CLI);
	answer = redeem(&mine, "portal", r->code, CODE_VERIFIER);
	r->status = answer.status;
	r->access = member(&mine, &answer, "access_token");
	return NULL;
}

/* 64 at once: one success, and because the others were replays its tokens are dead. */
static void race_for_one_code(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);
	struct browser b = {.w = w};
	struct str code = login_for_code(&b, "portal", "");
	static struct code_racer racers[THREADS];
	pthread_t threads[THREADS];
	struct str access = STR_NONE;
	int won = 0;

	for (int i = 0; i < THREADS; i++) {
		racers[i] = (struct code_racer){.w = w, .code = code};
		assert_int_equal(pthread_create(&threads[i], NULL, race_redemption, &racers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		won += racers[i].status == 200;
		if (racers[i].status == 200)
			access = str_dup(w->a, racers[i].access);
		else
			assert_int_equal(racers[i].status, 400);
		arena_free(racers[i].a);
	}
	assert_int_equal(won, 1);
	assert_false(introspected(w, "portal", access));
	fixture_free(w);
}

/* No object passes for another: session, access and refresh texts as codes and the other way round.
 */
static void objects_do_not_mix(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str code = login_for_code(&b, "portal", ""), unused;
	struct raw_answer tokens = redeem(w, "portal", code, CODE_VERIFIER), r;
	struct str texts[3];

	texts[0] = member(w, &tokens, "access_token");
	texts[1] = member(w, &tokens, "refresh_token");
	texts[2] = cookie_of(&b, "pratu_session");
	for (int i = 0; i < 3; i++) {
		r = redeem(w, "portal", texts[i], CODE_VERIFIER);
		assert_true(is_error(w, &r, 400, "invalid_grant"));
		if (i != 1) {
			r = refresh(w, "portal", texts[i]);
			assert_true(is_error(w, &r, 400, "invalid_grant"));
		}
	}
	unused = login_for_code(&b, "portal", "");
	r = refresh(w, "portal", unused);
	assert_true(is_error(w, &r, 400, "invalid_grant"));
	assert_false(introspected(w, "portal", unused));
	assert_false(introspected(w, "portal", texts[2]));
	assert_true(introspected(w, "portal", texts[0]));
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(second_use_revokes),
		cmocka_unit_test(replay_after_the_minute_is_seen_too),
		cmocka_unit_test(lifetime_boundary),
		cmocka_unit_test(bound_to_client_and_redirect),
		cmocka_unit_test(verifier_matrix),
		cmocka_unit_test(race_for_one_code),
		cmocka_unit_test(objects_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
