/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind D: one meaning of session. Random walks over two devices with a moved clock; after each step
 * the server's answer is compared with a model of its own (struct known, is_live, use): pages,
 * silent logins, refreshes, userinfo and introspection must all agree with it, both ways.
 *
 * Before: tokens of a session that was idle for hours were good until /apps was opened on
 * another device, and refreshing kept nothing awake.
 */
#include "flow/helpers.h"

#include "directory/session.h"
#include "support/administration.h"
#include "support/random_walk.h"

enum { DEVICES = 2, FAMILIES = 24, STEPS = 400, WALKS = 20 };

/* What must be true of a session, in the words of docs/decisions/0036. */
struct known {
	bool begun, out;
	int64_t begin, last;
};

/* Tokens of one code. */
struct family {
	struct known *session;
	bool offline, dead;
	struct str refresh, access;
	int64_t access_until;
};

struct walk {
	struct fixture *w;
	struct browser b[DEVICES];
	struct known *here[DEVICES];
	struct family families[FAMILIES];
	size_t n;
	size_t live_refreshes, dead_refreshes, offline_refreshes, dead_pages; /* seen */
	size_t suspensions;
};

static int64_t now(const struct walk *k)
{
	return k->w->now_ms / 1000;
}

static bool is_live(const struct walk *k, const struct known *s)
{
	return s && s->begun && !s->out && now(k) < s->begin + 12 * 3600 && now(k) < s->last + 3600;
}

static void use(const struct walk *k, struct known *s)
{
	if (now(k) >= s->last + 60)
		s->last = now(k);
}

/* --- what a device does --- */

static void begin(struct walk *k, size_t device)
{
	struct known *s = arena_new_of(k->w->a, struct known);

	log_in(&k->b[device], SOMCHAI_PID);
	*s = (struct known){.begun = true, .begin = now(k), .last = now(k)};
	k->here[device] = s;
}

/* The same person proves himself again: the session goes on from now, its portals with it. */
static void again(struct walk *k, size_t device)
{
	struct known *s = k->here[device];
	struct raw_answer r = authorize(&k->b[device], ask(k->w, "prompt=login", NULL));

	r = pass_login(&k->b[device], &r);
	check_code(k->w, &r);
	s->begin = s->last = now(k);
}

static void page(struct walk *k, size_t device)
{
	static const char *const paths[] = {"/apps", "/account/sessions", "/account/privacy"};
	struct raw_answer r = browse(&k->b[device], paths[walk_pick(COUNT(paths))]);
	bool live = is_live(k, k->here[device]);

	assert_int_equal(r.status == 200, live);
	k->dead_pages += !live && k->here[device];
	if (live)
		use(k, k->here[device]);
}

static void portal(struct walk *k, size_t device)
{
	bool offline = walk_pick(3) == 0, live = is_live(k, k->here[device]);
	struct raw_answer r = authorize(&k->b[device],
		ask(k->w, "prompt=none", offline ? "scope=openid offline_access" : "scope=openid",
			NULL));
	struct family *f = &k->families[k->n % FAMILIES];

	if (!live) {
		check_error(k->w, &r, "login_required");
		return;
	}
	use(k, k->here[device]);
	r = redeem(k->w, "portal", check_code(k->w, &r), CODE_VERIFIER);
	assert_int_equal(r.status, 200);
	*f = (struct family){k->here[device], offline, false, member(k->w, &r, "refresh_token"),
		member(k->w, &r, "access_token"), now(k) + 600};
	k->n++;
}

static void sign_out(struct walk *k, size_t device)
{
	struct raw_answer r = browse(&k->b[device], "/apps");
	struct str csrf = attribute(k->w, r.body, "name=\"csrf\" value=\"");

	r = submit(&k->b[device], STR("/apps/logout"),
		form_of(k->w, "csrf", str_dup_c(k->w->a, csrf), NULL));
	assert_int_equal(r.status, 200);
	k->here[device]->out = true;
}

/* What was there before ends with all its tokens, those with offline_access too. */
static void end_all(struct walk *k)
{
	for (size_t i = 0; i < DEVICES; i++)
		if (k->here[i])
			k->here[i]->out = true;
	for (size_t i = 0; i < FAMILIES; i++)
		k->families[i].dead = true;
	fixture_advance_clock(k->w, 1);
}

/* An administrator suspends the person and, a moment later, resumes them: nothing comes back. */
static void suspend_and_resume(struct walk *k)
{
	const struct administrator who = administrator_of(&k->w->p);
	size_t device = walk_pick(DEVICES);
	bool live = is_live(k, k->here[device]);
	struct raw_answer r;

	check_ok(admin_person_status(&who, k->w->a, SOMCHAI, STATUS_SUSPENDED, STR("walk")));
	r = browse(&k->b[device], "/apps");
	assert_int_not_equal(r.status, 200);
	check_ok(admin_person_status(&who, k->w->a, SOMCHAI, STATUS_ACTIVE, STR("walk")));
	k->suspensions += live;
	end_all(k);
}

static void everywhere(struct walk *k, size_t device)
{
	struct raw_answer r = browse(&k->b[device], "/account/sessions");
	struct str csrf = attribute(k->w, r.body, "name=\"csrf\" value=\"");

	r = submit(&k->b[device], STR("/account/sessions/everywhere"),
		form_of(k->w, "csrf", str_dup_c(k->w->a, csrf), NULL));
	assert_int_equal(r.status, 200);
	end_all(k);
}

/* --- what portals do --- */

static bool is_good(const struct walk *k, const struct family *f)
{
	return !f->dead && (f->offline || is_live(k, f->session));
}

static void renew(struct walk *k, struct family *f)
{
	bool good = is_good(k, f);
	struct raw_answer r = refresh(k->w, "portal", f->refresh);

	if (!good) {
		check_json_error(k->w, &r, 400, "invalid_grant");
		k->dead_refreshes++;
		return;
	}
	assert_int_equal(r.status, 200);
	f->refresh = member(k->w, &r, "refresh_token");
	f->access = member(k->w, &r, "access_token");
	f->access_until = now(k) + 600;
	k->live_refreshes += !f->offline;
	k->offline_refreshes += f->offline;
	if (!f->offline)
		use(k, f->session);
}

static void look(struct walk *k, const struct family *f)
{
	bool good = is_good(k, f) && now(k) < f->access_until;
	struct raw_answer r = get_bearer(k->w, "/oauth2/userinfo", f->access);

	assert_int_equal(r.status, good ? 200 : 401);
	r = introspect(k->w, "portal", f->access);
	assert_int_equal(is_active(&r), good);
	r = introspect(k->w, "portal", f->refresh);
	assert_int_equal(is_active(&r), is_good(k, f));
}

/* --- the walk --- */

static void pass_time(struct walk *k)
{
	static const int64_t seconds[] = {
		1, 1, 10, 30, 59, 60, 61, 100, 300, 600, 600, 1200, 1800, 3540, 3599, 3600};

	fixture_advance_clock(k->w, seconds[walk_pick(COUNT(seconds))]);
}

static void device_step(struct walk *k, size_t device)
{
	bool live = is_live(k, k->here[device]);
	size_t what = walk_pick(12);

	if (what < 5)
		portal(k, device);
	else if (what < 7)
		page(k, device);
	else if (!live)
		begin(k, device);
	else if (what < 10)
		again(k, device);
	else if (what == 10)
		sign_out(k, device);
	else if (walk_pick(4) == 0)
		everywhere(k, device);
}

static void step(struct walk *k)
{
	size_t families = k->n < FAMILIES ? k->n : FAMILIES, what = walk_pick(10);

	if (walk_pick(60) == 0)
		suspend_and_resume(k);
	else if (what < 3)
		pass_time(k);
	else if (what < 6 || !families)
		device_step(k, walk_pick(DEVICES));
	else if (what < 8)
		renew(k, &k->families[walk_pick(families)]);
	else
		look(k, &k->families[walk_pick(families)]);
}

static void random_walks(void **state)
{
	const struct random_walks walks = random_walks_wanted(WALKS, STEPS);
	struct walk sum = {.n = 0};

	for (uint64_t i = walks.first; i <= walks.last; i++) {
		struct walk k = {.w = fixture_standard(FIXTURE_MEM)};

		walk_begin(i);
		for (size_t d = 0; d < DEVICES; d++)
			k.b[d].w = k.w;
		for (int s = 0; s < walks.steps; s++)
			step(&k);
		sum.live_refreshes += k.live_refreshes;
		sum.dead_refreshes += k.dead_refreshes;
		sum.offline_refreshes += k.offline_refreshes;
		sum.dead_pages += k.dead_pages;
		sum.suspensions += k.suspensions;
		fixture_free(k.w);
	}
	print_message("refreshes: %zu live, %zu dead, %zu offline; dead pages: %zu\n",
		sum.live_refreshes, sum.dead_refreshes, sum.offline_refreshes, sum.dead_pages);
	if (walks.chosen)
		return;
	/* The walks came where it matters. */
	assert_true(sum.live_refreshes > 50);
	assert_true(sum.dead_refreshes > 20);
	assert_true(sum.offline_refreshes > 20);
	assert_true(sum.dead_pages > 20);
	assert_true(sum.suspensions > 20);
}

/* --- the sentences of the decision, one by one --- */

static struct raw_answer begin_with_tokens(struct browser *b, const char *extra)
{
	struct raw_answer r = tokens_for(b, "portal", extra);

	assert_int_equal(r.status, 200);
	return r;
}

static void refreshing_keeps_a_session_awake(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = begin_with_tokens(&b, "");

	for (int i = 0; i < 4; i++) {
		fixture_advance_clock(w, 3000);
		r = refresh(w, "portal", member(w, &r, "refresh_token"));
		assert_int_equal(r.status, 200);
	}
	r = browse(&b, "/apps");
	check_page(&r, 200);
	fixture_free(w);
}

static void offline_tokens_keep_nothing_awake(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r, page;

	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, "scope=openid offline_access", NULL));
	r = redeem(w, "portal", check_code(w, &r), CODE_VERIFIER);
	for (int i = 0; i < 2; i++) {
		fixture_advance_clock(w, 3000);
		r = refresh(w, "portal", member(w, &r, "refresh_token"));
		assert_int_equal(r.status, 200);
	}
	page = browse(&b, "/apps");
	check_login(&page);
	r = refresh(w, "portal", member(w, &r, "refresh_token"));
	assert_int_equal(r.status, 200);
	fixture_free(w);
}

static void looking_is_no_use(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = begin_with_tokens(&b, "");

	w->settings.access_lifetime = 7200;
	r = refresh(w, "portal", member(w, &r, "refresh_token"));
	for (int i = 0; i < 3; i++) {
		bool good = i < 2;
		struct raw_answer seen;

		fixture_advance_clock(w, i < 2 ? 1700 : 201);
		seen = get_bearer(w, "/oauth2/userinfo", member(w, &r, "access_token"));
		assert_int_equal(seen.status, good ? 200 : 401);
		seen = introspect(w, "portal", member(w, &r, "access_token"));
		assert_int_equal(is_active(&seen), good);
	}
	fixture_free(w);
}

/* Eleven idle hours: before, the refresh worked and then, after a look at /apps on
 * another device, did not. */
static void pages_of_another_device_change_nothing(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser here = {.w = w}, there = {.w = w};
	struct raw_answer idle = begin_with_tokens(&here, ""), r;
	size_t entries;

	fixture_advance_clock(w, 11 * 3600);
	r = refresh(w, "portal", member(w, &idle, "refresh_token"));
	check_json_error(w, &r, 400, "invalid_grant");
	/* A session that is live stays so, whatever the other device looks at. */
	log_in(&here, SOMCHAI_PID);
	log_in(&there, SOMCHAI_PID);
	entries = records(w, TABLE_SESSION_BY_PERSON);
	fixture_advance_clock(w, 3599);
	r = browse(&there, "/apps");
	check_page(&r, 200);
	fixture_advance_clock(w, 1);
	for (int i = 0; i < 3; i++) {
		r = browse(&there, "/account/sessions");
		check_page(&r, 200);
	}
	/* The first is over now, but nobody's page took it away. */
	assert_int_equal(records(w, TABLE_SESSION_BY_PERSON), entries);
	/* The next login does. */
	log_in(&here, SOMCHAI_PID);
	assert_int_equal(records(w, TABLE_SESSION_BY_PERSON), 2);
	fixture_free(w);
}

/* Within the step nothing is written but what the refresh itself writes. */
static void use_is_noted_coarsely(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = begin_with_tokens(&b, "");
	const int64_t start = w->now_ms / 1000;
	static const struct {
		int64_t after, noted;
	} rows[] = {{SESSION_SEEN_STEP - 1, 0}, {SESSION_SEEN_STEP, SESSION_SEEN_STEP},
		{2 * SESSION_SEEN_STEP - 1, SESSION_SEEN_STEP},
		{2 * SESSION_SEEN_STEP, 2 * SESSION_SEEN_STEP}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct actor actor = {.kind = ACTOR_JOB};
		struct session_list list;
		struct tx tx;

		fixture_advance_clock(w, start + rows[i].after - w->now_ms / 1000);
		r = refresh(w, "portal", member(w, &r, "refresh_token"));
		assert_int_equal(r.status, 200);
		tx_init(&tx, &w->p, &actor, w->a);
		check_ok(tx_begin(&tx));
		check_ok(session_list(&tx, SOMCHAI, &list));
		assert_int_equal(list.n, 1);
		assert_int_equal(list.v[0].s.last_seen, start + rows[i].noted);
		tx_end(&tx);
	}
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_walks),
		cmocka_unit_test(refreshing_keeps_a_session_awake),
		cmocka_unit_test(offline_tokens_keep_nothing_awake),
		cmocka_unit_test(looking_is_no_use),
		cmocka_unit_test(pages_of_another_device_change_nothing),
		cmocka_unit_test(use_is_noted_coarsely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
