/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind E, returns from another provider: a network has its share of the places, an address whose
 * codes the provider refused has one, what is of no login takes and costs none, and a real return
 * that finds no place comes again with its code. Before, 48 junk returns a second from one address
 * made 8 of 18 real logins fail.
 */
#include "flow/kind_e_fixture.h"

#define FLOODERS 6
#define HERE     "127.0.0.9"
#define THERE    "127.0.77.7"

struct trip {
	struct browser b;
	struct str back; /* the return that its login waits for */
};

struct upstream_scene {
	struct fixture *w;
	struct auth_method *thaid;
	struct trip flood[FLOODERS], real;
};

static void go_away(struct trip *t, struct fixture *w)
{
	struct raw_answer to_login;

	t->b = (struct browser){.w = w};
	to_login = authorize(&t->b, ask(w, NULL));
	t->back = return_of(&t->b, &to_login);
}

static int upstream_open(void **state)
{
	struct upstream_scene *s = calloc(1, sizeof(*s));

	s->w = fixture_standard(FIXTURE_MEM);
	s->thaid = &s->w->p.methods.v[0];
	for (int i = 0; i < FLOODERS; i++)
		go_away(&s->flood[i], s->w);
	go_away(&s->real, s->w);
	*state = s;
	return 0;
}

static int upstream_close(void **state)
{
	struct upstream_scene *s = *state;

	fixture_free(s->w);
	free(s);
	return 0;
}

static struct raw_conn *come_back(struct trip *t, const char *from)
{
	return send_get(&t->b, from, t->back);
}

/* Told to come again by itself, with everything it brought. */
static void check_comes_again(
	struct upstream_scene *s, struct trip *t, const struct raw_answer *r, const char *seconds)
{
	struct str refresh = raw_header(r, "Refresh");
	const char *wanted = text(s->w, "%s; url=%.*s", seconds, STR_FMT(t->back)).p;

	check_page(r, 503);
	assert_true(str_eq_c(raw_header(r, "Retry-After"), seconds));
	assert_true(str_eq_c(refresh, wanted));
	check_has(r->body, "href=\"/upstream/thaid/callback?");
	assert_int_equal(audits(s->w, AUDIT_LOGIN_FAILED), 0);
}

static void a_network_has_its_share(void **state)
{
	struct upstream_scene *s = *state;
	struct raw_conn *flood[FLOODERS], *real;
	struct raw_answer r;

	held_begin(s->thaid, 4, 2, 100);
	for (int i = 0; i < FLOODERS; i++) {
		flood[i] = come_back(&s->flood[i], HERE);
		held_wait(i < 2 ? 0 : (size_t)i - 1, i < 2 ? i + 1 : 2);
	}
	/* Two places are free and none of them the flood's. */
	real = come_back(&s->real, THERE);
	held_wait(FLOODERS - 2, 3);
	assert_int_equal(metric_get(METRIC_WORKERS_BUSY), 3);
	held_release();
	r = answer_to(real);
	check_code(s->w, &r);
	for (int i = 0; i < FLOODERS; i++)
		(void)answer_to(flood[i]);
	held_end();
}

static void a_real_return_comes_again(void **state)
{
	struct upstream_scene *s = *state;
	struct raw_conn *first, *second;
	struct raw_answer r;

	held_begin(s->thaid, 1, 0, 1);
	first = come_back(&s->flood[0], HERE);
	held_wait(0, 1);
	second = come_back(&s->flood[1], HERE);
	held_wait(1, 1);
	r = answer_to(come_back(&s->real, HERE));
	check_comes_again(s, &s->real, &r, "1");
	held_release();
	(void)answer_to(first);
	(void)answer_to(second);
	r = answer_to(come_back(&s->real, HERE));
	check_code(s->w, &r);
	held_end();
}

/* The method itself says that it is busy: the same. */
static void busy_loses_nothing(void **state)
{
	struct upstream_scene *s = *state;
	struct raw_answer r;

	s->w->script.outcome = AUTH_BUSY;
	r = browse_s(&s->real.b, s->real.back);
	check_comes_again(s, &s->real, &r, "3");
	s->w->script.outcome = AUTH_REASON_NONE;
	r = browse_s(&s->real.b, s->real.back);
	check_code(s->w, &r);
}

static void unknown_states_take_no_place(void **state)
{
	struct upstream_scene *s = *state;
	struct raw_conn *real[2];
	struct raw_answer r;

	s->w->settings.refused_returns_per_minute = 1;
	held_begin(s->thaid, 2, 0, 2);
	for (int i = 0; i < 3; i++) {
		r = answer_to(send_get(&s->real.b, HERE,
			STR("/upstream/thaid/callback?code=junk&state=junk.junk")));
		check_page(&r, 400);
	}
	held_wait(0, 0);
	/* Nor does it cost one: people behind the same address come back as if nothing were. */
	for (int i = 0; i < 2; i++) {
		real[i] = come_back(&s->flood[i], HERE);
		held_wait(0, i + 1);
	}
	held_release();
	for (int i = 0; i < 2; i++) {
		r = answer_to(real[i]);
		check_code(s->w, &r);
	}
	held_end();
}

/* A picture of another site, shown by somebody behind this address. Without cookies it is of
 * another browser; with them (an old one) the login goes on untouched. */
static void pictures_are_no_returns(void **state)
{
	struct upstream_scene *s = *state;
	struct browser nobody = {.w = s->w};
	struct raw_answer r;

	s->w->settings.refused_returns_per_minute = 1;
	s->w->script.outcome = AUTH_UNTRUSTED;
	for (int i = 0; i < 3; i++) {
		r = answer_to(send_get_for(&nobody, HERE, s->real.back, "image"));
		check_page(&r, 400);
		r = answer_to(send_get_for(&s->real.b, HERE, s->real.back, "iframe"));
		check_page(&r, 400);
	}
	assert_int_equal(s->w->script.completed, 0);
	s->w->script.outcome = AUTH_REASON_NONE;
	r = answer_to(send_get_for(&s->real.b, HERE, s->real.back, "document"));
	check_code(s->w, &r);
}

/* Codes that the provider refused: the address has one place, and nobody behind it is turned away.
 */
static void refused_codes_leave_one_place(void **state)
{
	struct upstream_scene *s = *state;
	struct raw_conn *here[2], *there;
	struct raw_answer r;

	s->w->settings.refused_returns_per_minute = 2;
	s->w->script.outcome = AUTH_UNTRUSTED;
	for (int i = 0; i < 2; i++) {
		r = answer_to(come_back(&s->flood[i], HERE));
		check_page(&r, 502);
	}
	assert_int_equal(s->w->script.completed, 2);
	s->w->script.outcome = AUTH_REASON_NONE;
	held_begin(s->thaid, 4, 3, 4);
	here[0] = come_back(&s->flood[2], HERE);
	held_wait(0, 1);
	here[1] = come_back(&s->flood[3], HERE);
	held_wait(1, 1);
	/* The neighbours of its network have theirs. */
	there = come_back(&s->real, "127.0.0.10");
	held_wait(1, 2);
	held_release();
	r = answer_to(there);
	check_code(s->w, &r);
	for (int i = 0; i < 2; i++) {
		r = answer_to(here[i]);
		check_code(s->w, &r);
	}
	held_end();
}

/* A person who says no at the provider is no flood. */
static void cancelling_is_not_counted(void **state)
{
	struct upstream_scene *s = *state;
	struct raw_answer r;

	s->w->settings.refused_returns_per_minute = 1;
	s->w->script.outcome = AUTH_CANCELLED;
	for (int i = 0; i < FLOODERS; i++) {
		r = answer_to(come_back(&s->flood[i], HERE));
		check_page(&r, 200);
	}
	s->w->script.outcome = AUTH_REASON_NONE;
	r = answer_to(come_back(&s->real, HERE));
	check_code(s->w, &r);
}

/* The trail has the first refused return of a login, the log and the metrics have all. */
static void one_event_a_login(void **state)
{
	struct upstream_scene *s = *state;
	struct browser b = {.w = s->w};
	struct raw_answer to_login = authorize(&b, ask(s->w, NULL)), r;
	int64_t before = metric_get(METRIC_LOGINS_FAILED);

	s->w->script.outcome = AUTH_UNTRUSTED;
	for (int i = 0; i < 5; i++) {
		r = pass_login(&b, &to_login);
		check_page(&r, 502);
	}
	assert_int_equal(audits(s->w, AUDIT_LOGIN_FAILED), 1);
	assert_int_equal(metric_get(METRIC_LOGINS_FAILED) - before, 5);
	s->w->script.outcome = AUTH_REASON_NONE;
	r = pass_login(&b, &to_login);
	check_code(s->w, &r);
}

#define upstream_test(f) cmocka_unit_test_setup_teardown(f, upstream_open, upstream_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		upstream_test(a_network_has_its_share),
		upstream_test(a_real_return_comes_again),
		upstream_test(busy_loses_nothing),
		upstream_test(unknown_states_take_no_place),
		upstream_test(pictures_are_no_returns),
		upstream_test(refused_codes_leave_one_place),
		upstream_test(cancelling_is_not_counted),
		upstream_test(one_event_a_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
