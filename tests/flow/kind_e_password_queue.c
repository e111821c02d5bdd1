/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind E, the password queue: a place is reserved before an attempt is counted, who waits holds no
 * worker, networks take turns, one place an account, and who is turned away is told how long and
 * counted nowhere. Before, of 300 people with right passwords 193 were told "too many attempts".
 */
#include "flow/kind_e_fixture.h"

#include "flow/otp_fixture.h"

#define PEOPLE 12
#define ROOM   5
#define HERE   "127.0.0.9"  /* a crowd's network */
#define THERE  "127.0.77.7" /* another */

struct queue_person {
	struct browser b;
	char username[16];
	const char *step;
	struct str target, form;
};

struct queue_scene {
	struct otp_fixture *c;
	struct fixture *w;
	struct queue_person people[PEOPLE];
};

/* The filled-in form of a login page of his own. */
static void fill_in(struct queue_person *p, struct fixture *w)
{
	struct raw_answer page;
	struct str form;

	p->b = (struct browser){.w = w};
	page = login_page(&p->b, "");
	form = password_form_text(&page);
	p->target = attribute(w, form, "action=\"");
	p->step = str_dup_c(w->a, attribute(w, form, "name=\"step\" value=\""));
	p->form = form_of(w, "step", p->step, "username", p->username, "password", PASSWORD, NULL);
}

#define WORKERS 4 /* of the fixture */

static int queue_open(void **state)
{
	struct queue_scene *s = calloc(1, sizeof(*s));

	s->c = otp_fixture_new();
	s->w = s->c->w;
	for (int i = 0; i < PEOPLE; i++) {
		struct queue_person *p = &s->people[i];

		snprintf(p->username, sizeof(p->username), "person%d", i);
		otp_fixture_password(
			s->c, fixture_account(s->w, p->username, SOMCHAI), PASSWORD, NULL);
		fill_in(p, s->w);
	}
	held_begin(otp_fixture_method(s->c, "password"), 1, 0, ROOM);
	*state = s;
	return 0;
}

static int queue_close(void **state)
{
	struct queue_scene *s = *state;

	held_end();
	otp_fixture_free(s->c);
	free(s);
	return 0;
}

static struct raw_conn *press_login(struct queue_scene *s, int i, const char *from)
{
	struct queue_person *p = &s->people[i];

	return send_post(&p->b, from, p->target, p->form);
}

static void check_turned_away(struct raw_conn *c, const char *seconds)
{
	struct raw_answer r = answer_to(c);

	check_page(&r, 503);
	assert_true(str_eq_c(raw_header(&r, "Retry-After"), seconds));
	/* The page itself, to type again: with the username, and the wait in words. */
	check_has(r.body, "name=\"password\"");
	check_has(r.body, "value=\"person");
	check_has(r.body, "จำนวนมาก");
}

/* Let in: the password was right, the code is next. */
static void check_let_in(struct raw_conn *c)
{
	struct raw_answer r = answer_to(c);

	check_login(&r);
}

static void who_is_turned_away_is_not_counted(void **state)
{
	struct queue_scene *s = *state;
	struct raw_conn *in[1 + ROOM];

	for (int i = 0; i < 1 + ROOM; i++) {
		in[i] = press_login(s, i, HERE);
		held_wait((size_t)i, 1);
	}
	for (int i = 1 + ROOM; i < PEOPLE; i++)
		check_turned_away(press_login(s, i, HERE), "5");
	/* Nobody's, for the one whose turn it is has not begun. */
	assert_int_equal(records(s->w, TABLE_ATTEMPTS), 0);
	assert_int_equal(audits(s->w, AUDIT_LOGIN_FAILED), 0);
	held_release();
	for (int i = 0; i < 1 + ROOM; i++)
		check_let_in(in[i]);
	assert_int_equal(held_begun(), 1 + ROOM);
	/* Tried again, the one turned away is let in. */
	check_let_in(press_login(s, PEOPLE - 1, HERE));
}

static void who_waits_holds_no_worker(void **state)
{
	struct queue_scene *s = *state;
	struct raw_conn *in[1 + ROOM];

	for (int i = 0; i < 1 + ROOM; i++) {
		in[i] = press_login(s, i, HERE);
		held_wait((size_t)i, 1);
	}
	assert_int_equal(metric_get(METRIC_WORKERS_BUSY), 1);
	assert_int_equal(metric_get(METRIC_WORKERS_QUEUED), 0);
	assert_int_equal(metric_get(METRIC_PASSWORDS_WAITING), ROOM);
	held_release();
	for (int i = 0; i < 1 + ROOM; i++)
		check_let_in(in[i]);
	assert_int_equal(metric_get(METRIC_PASSWORDS_WAITING), 0);
}

/* One of another network comes when the line is full: the crowd's youngest gives up its place. */
static void a_flood_waits_for_itself(void **state)
{
	struct queue_scene *s = *state;
	struct raw_conn *in[1 + ROOM], *stranger;

	for (int i = 0; i < 1 + ROOM; i++) {
		in[i] = press_login(s, i, HERE);
		held_wait((size_t)i, 1);
	}
	stranger = press_login(s, PEOPLE - 1, THERE);
	check_turned_away(in[ROOM], "5");
	held_wait(ROOM, 1);
	/* The flood goes on: it is the one that is turned away. */
	check_turned_away(press_login(s, PEOPLE - 2, HERE), "5");
	held_release();
	check_let_in(stranger);
	for (int i = 0; i < ROOM; i++)
		check_let_in(in[i]);
}

static void one_place_an_account(void **state)
{
	struct queue_scene *s = *state;
	struct raw_conn *first = press_login(s, 0, HERE), *again, *once_more, *stranger, *neighbour;
	struct queue_person *other = &s->people[2];

	held_wait(0, 1);
	again = press_login(s, 1, HERE);
	held_wait(1, 1);
	/* A double click: the older press is answered, and the place is the same. */
	once_more = press_login(s, 1, HERE);
	check_turned_away(again, "1");
	held_wait(1, 1);
	/* Somebody elsewhere who types the same name takes nothing from its owner. */
	stranger = press_login(s, 1, THERE);
	held_wait(2, 1);
	/* Nor does somebody behind the same address, in a browser of his own. */
	neighbour = send_post(&other->b, HERE, other->target,
		form_of(s->w, "step", other->step, "username", "person1", "password", "wrong",
			NULL));
	held_wait(3, 1);
	held_release();
	check_let_in(first);
	check_let_in(once_more);
	(void)answer_to(stranger);
	(void)answer_to(neighbour);
}

static void who_has_left_is_not_looked_at(void **state)
{
	struct queue_scene *s = *state;
	struct raw_conn *first = press_login(s, 0, HERE), *left, *last;

	held_wait(0, 1);
	left = press_login(s, 1, HERE);
	held_wait(1, 1);
	last = press_login(s, 2, HERE);
	held_wait(2, 1);
	raw_close(left);
	held_release();
	check_let_in(first);
	check_let_in(last);
	assert_int_equal(held_begun(), 2);
}

/* What leads nowhere takes no place and waits for nobody. */
static void only_forms_that_are_wanted_wait(void **state)
{
	struct queue_scene *s = *state;
	struct queue_person *p = &s->people[1];
	struct raw_conn *first = press_login(s, 0, HERE);
	struct raw_answer r;

	held_wait(0, 1);
	r = answer_to(
		send_post(&p->b, HERE, p->target, STR("step=AAAA&username=person1&password=x")));
	check_page(&r, 400);
	held_wait(0, 1);
	held_release();
	check_let_in(first);
}

/* A request without login, session or form is answered while every worker has its hands full. */
static void junk_takes_no_worker(void **state)
{
	static const char *const targets[] = {"/login/email/code", "/account/contact/code",
		"/login/code", "/login/change", "/account/password/set", "/login/password",
		"/login/m/password", "/login/m/otp_email"};
	struct queue_scene *s = *state;
	struct browser nobody = {.w = s->w};
	struct raw_conn *in[WORKERS];

	held_end();
	held_begin(otp_fixture_method(s->c, "password"), WORKERS, 0, ROOM);
	for (int i = 0; i < WORKERS; i++) {
		in[i] = press_login(s, i, HERE);
		held_wait(0, i + 1);
	}
	assert_int_equal(metric_get(METRIC_WORKERS_BUSY), WORKERS);
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		struct raw_answer r = answer_to(send_post(&nobody, HERE, str_c(targets[i]),
			STR("step=AAAA&csrf=AAAA&change=AAAA&account=AAAA&username=x&code=123456"
			    "&password=correct-horse-battery&repeat=correct-horse-battery")));

		assert_in_range(r.status, 300, 499);
	}
	assert_int_equal(metric_get(METRIC_WORKERS_QUEUED), 0);
	held_release();
	for (int i = 0; i < WORKERS; i++)
		check_let_in(in[i]);
}

#define queue_test(f) cmocka_unit_test_setup_teardown(f, queue_open, queue_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		queue_test(who_is_turned_away_is_not_counted),
		queue_test(who_waits_holds_no_worker),
		queue_test(a_flood_waits_for_itself),
		queue_test(one_place_an_account),
		queue_test(who_has_left_is_not_looked_at),
		queue_test(only_forms_that_are_wanted_wait),
		queue_test(junk_takes_no_worker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
