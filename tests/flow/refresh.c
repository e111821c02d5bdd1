/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Refresh tokens: rotation, reuse, the grace for lost answers, and that rights are looked at again
 * (RFC 6749 6, RFC 9700 4.14, attacks 4 and 17). */
#include "flow/fixture.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct raw_answer tokens_of(struct fixture *w, struct browser *b, const char *extra)
{
	*b = (struct browser){.w = w};
	return redeem(w, "portal", login_for_code(b, "portal", extra), CODE_VERIFIER);
}

static bool refresh_refused(struct fixture *w, const struct raw_answer *r)
{
	return r->status == 400 && str_eq_c(member(w, r, "error"), "invalid_grant");
}

static void rotates(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b;
	struct raw_answer first = tokens_of(w, &b, ""), second, third;
	struct str old = member(w, &first, "refresh_token"), new;

	second = refresh(w, "portal", old);
	assert_int_equal(second.status, 200);
	new = member(w, &second, "refresh_token");
	assert_false(str_eq(old, new));
	assert_true(member(w, &second, "id_token").n > 0);
	/* OIDC Core 12.2: the nonce of the login is not repeated. */
	assert_null(memmem(jwt_payload(w, member(w, &second, "id_token")).p,
		jwt_payload(w, member(w, &second, "id_token")).n, "nonce", 5));
	third = refresh(w, "portal", new);
	assert_int_equal(third.status, 200);
	fixture_free(w);
}

/* The answer was lost: the same token again gives the same successor, for a short while. */
static void lost_answer_is_repeated(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b;
	struct raw_answer first = tokens_of(w, &b, ""), second, again;
	struct str old = member(w, &first, "refresh_token");

	second = refresh(w, "portal", old);
	fixture_advance_clock(w, 9);
	again = refresh(w, "portal", old);
	assert_int_equal(again.status, 200);
	assert_true(
		str_eq(member(w, &second, "refresh_token"), member(w, &again, "refresh_token")));
	assert_false(str_eq(member(w, &second, "access_token"), member(w, &again, "access_token")));
	fixture_free(w);
}

static void reuse_after_grace_ends_the_family(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b;
	struct raw_answer first = tokens_of(w, &b, ""), second, r;
	struct str old = member(w, &first, "refresh_token");

	second = refresh(w, "portal", old);
	fixture_advance_clock(w, 10);
	r = refresh(w, "portal", old);
	assert_true(refresh_refused(w, &r));
	r = refresh(w, "portal", member(w, &second, "refresh_token"));
	assert_true(refresh_refused(w, &r));
	fixture_free(w);
}

/* Within the grace, but the successor was used: two parties hold the family. */
static void reuse_of_grandparent_ends_the_family(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b;
	struct raw_answer first = tokens_of(w, &b, ""), second, third, r;
	struct str old = member(w, &first, "refresh_token");

	second = refresh(w, "portal", old);
	third = refresh(w, "portal", member(w, &second, "refresh_token"));
	assert_int_equal(third.status, 200);
	r = refresh(w, "portal", old);
	assert_true(refresh_refused(w, &r));
	r = refresh(w, "portal", member(w, &third, "refresh_token"));
	assert_true(refresh_refused(w, &r));
	fixture_free(w);
}

static void bound_to_client(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b;
	struct raw_answer first = tokens_of(w, &b, ""), r;
	struct str token = member(w, &first, "refresh_token");

	fixture_client(w, "other", "eplan", NULL);
	r = refresh(w, "other", token);
	assert_true(refresh_refused(w, &r));
	r = refresh(w, "portal", token);
	assert_int_equal(r.status, 200);
	fixture_free(w);
}

static void scope_narrows_only(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b;
	struct raw_answer first = tokens_of(w, &b, ""), r;
	struct buf form;

	buf_init(&form, w->a, 2048);
	form_add(&form, STR("grant_type"), STR("refresh_token"));
	form_add(&form, STR("refresh_token"), member(w, &first, "refresh_token"));
	form_add(&form, STR("scope"), STR("openid phone"));
	r = post_form(w, "/oauth2/token", "portal", buf_str(&form));
	assert_int_equal(r.status, 400);
	assert_true(str_eq_c(member(w, &r, "error"), "invalid_scope"));
	form.n -= strlen("phone");
	buf_add_c(&form, "email");
	r = post_form(w, "/oauth2/token", "portal", buf_str(&form));
	assert_int_equal(r.status, 200);
	assert_true(str_eq_c(member(w, &r, "scope"), "openid email"));
	fixture_free(w);
}

static void end_grant(struct fixture *w, struct str person)
{
	fixture_end_grant(w, ROLE_GRANT_PERSON, person, "eplan", "recorder");
}

/* Whatever ends a person's right ends the tokens at the next look (attacks 17). */
static void rights_are_looked_at_again(void **state)
{
	void (*const ends[])(struct fixture * w, struct str person) = {
		end_grant, fixture_suspend_person};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct fixture *w = fixture_standard(FIXTURE_MEM);
		struct browser b;
		struct raw_answer first = tokens_of(w, &b, "&scope=openid+offline_access"), r;
		char bearer[256];

		ends[i](w, STR("somchai000000000000000"));
		r = refresh(w, "portal", member(w, &first, "refresh_token"));
		assert_true(refresh_refused(w, &r));
		snprintf(bearer, sizeof(bearer), "Authorization: Bearer %.*s\r\n",
			STR_FMT(member(w, &first, "access_token")));
		r = raw_get(w->a, w->port, "/oauth2/userinfo", bearer);
		assert_int_equal(r.status, 401);
		fixture_free(w);
	}
}

/* Tokens without offline_access end with the session; with it they go on. */
static void session_end_ends_tokens(void **state)
{
	static const char *const extras[] = {"&scope=openid", "&scope=openid+offline_access"};

	for (int offline = 0; offline < 2; offline++) {
		struct fixture *w = fixture_standard(FIXTURE_MEM);
		struct browser b;
		struct raw_answer first = tokens_of(w, &b, extras[offline]), r;

		fixture_advance_clock(w, 12 * 3600);
		r = refresh(w, "portal", member(w, &first, "refresh_token"));
		assert_int_equal(r.status, offline ? 200 : 400);
		fixture_free(w);
	}
}

#define THREADS 32

struct refresh_racer {
	struct fixture *w;
	struct str token;
	struct str got;
	struct arena *a;
};

static void *race_refresh(void *data)
{
	struct refresh_racer *r = data;
	struct fixture mine = *r->w;
	struct raw_answer answer;

	mine.a = r->a = arena_new(ARENA_MAX_CLI);
	answer = refresh(&mine, "portal", r->token);
	r->got = member(&mine, &answer, "refresh_token");
	return NULL;
}

/* 32 at once, as a portal with many workers does: all get the one successor, no second family. */
static void parallel_refresh_has_one_successor(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);
	struct browser b;
	struct raw_answer first = tokens_of(w, &b, ""), r;
	static struct refresh_racer racers[THREADS];
	pthread_t threads[THREADS];
	struct str successor = STR_NONE;

	for (int i = 0; i < THREADS; i++) {
		racers[i] =
			(struct refresh_racer){.w = w, .token = member(w, &first, "refresh_token")};
		assert_int_equal(pthread_create(&threads[i], NULL, race_refresh, &racers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_true(racers[i].got.n > 0);
		if (successor.n)
			assert_true(str_eq(successor, racers[i].got));
		successor = str_dup(w->a, racers[i].got);
		arena_free(racers[i].a);
	}
	r = refresh(w, "portal", successor);
	assert_int_equal(r.status, 200);
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rotates),
		cmocka_unit_test(lost_answer_is_repeated),
		cmocka_unit_test(reuse_after_grace_ends_the_family),
		cmocka_unit_test(reuse_of_grandparent_ends_the_family),
		cmocka_unit_test(bound_to_client),
		cmocka_unit_test(scope_narrows_only),
		cmocka_unit_test(rights_are_looked_at_again),
		cmocka_unit_test(session_end_ends_tokens),
		cmocka_unit_test(parallel_refresh_has_one_successor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
