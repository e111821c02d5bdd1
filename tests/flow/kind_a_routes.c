/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind A: one request never ends the server, whatever its route. Every route of the modules is
 * driven by a person with as much as the documentation allows, and while the n-th allocation of the
 * server fails, for n = 1, 2, 3 ... until the request needs no more.
 */
#include "base/array.h"
#include "flow/otp_fixture.h"

#include "codec/base64.h"
#include "support/alloc_faults.h"

enum { ACCOUNTS = 64, GRANTS = 512, SYSTEMS = 64, TRIES_MAX = 400 };

struct drive {
	struct otp_fixture *c;
	struct fixture *w;   /* as in the fixture */
	struct fixture once; /* the same with memory of one request */
	struct browser b;    /* a signed-in person */
	struct str access, refresh;
	char *csrf;
	size_t statuses[6]; /* by hundreds */
};

static bool is_in(struct drive *d)
{
	return browse(&d->b, "/account/sessions").status == 200;
}

/* By a password and a code, which serves all pages for a while; then tokens. */
static void sign_in(struct drive *d)
{
	struct raw_answer r;

	d->b = (struct browser){.w = d->w};
	fixture_advance_clock(d->w, 60);
	log_in(&d->b, SOMCHAI_PID);
	r = authorize(&d->b, ask(d->w, "scope=openid profile email phone offline_access", NULL));
	if (!contains(location(&r), "code="))
		r = go_and_press(&d->b, &r, "account", NULL);
	r = redeem(d->w, "portal", url_param(d->w, location(&r), "code"), CODE_VERIFIER);
	d->access = member(d->w, &r, "access_token");
	d->refresh = member(d->w, &r, "refresh_token");
	r = browse(&d->b, "/account/sessions");
	d->csrf = str_dup_c(d->w->a, attribute(d->w, r.body, "name=\"csrf\" value=\""));
}

static char *request_head(struct drive *d, const struct http_route *route)
{
	const struct bound_route *bound = route->data;
	struct arena *a = d->once.a;
	struct buf out;

	buf_init(&out, a, 8192);
	buf_add_c(&out, "Cookie: x=y");
	for (size_t i = 0; i < d->b.n; i++)
		buf_addf(&out, "; %.*s=%.*s", STR_FMT(d->b.names[i]), STR_FMT(d->b.values[i]));
	buf_add_c(&out, "\r\n");
	if (bound && bound->row->guard == GUARD_CLIENT)
		buf_addf(&out, "Authorization: Basic %.*s\r\n",
			STR_FMT(base64_encode(a, STR("portal:" PORTAL_SECRET))));
	else if (str_eq_c(str_c(route->path), "/oauth2/userinfo"))
		buf_addf(&out, "Authorization: Bearer %.*s\r\n", STR_FMT(d->access));
	return out.p;
}

/* What any of them might ask for. */
static struct str everything(struct drive *d)
{
	return ask(&d->once, "prompt=none", text(&d->once, "csrf=%s", d->csrf).p,
		text(&d->once, "token=%.*s", STR_FMT(d->access)).p, "grant_type=refresh_token",
		text(&d->once, "refresh_token=%.*s", STR_FMT(d->refresh)).p, "return=/apps",
		"lang=en", "session=none", "client=portal", "username=" USERNAME,
		"password=" PASSWORD, "code=123456", "email=new@office.test", "mobile=0812345678",
		NULL);
}

static int drive(struct drive *d, const struct http_route *route, bool post)
{
	struct str form;
	struct raw_answer r;

	arena_reset(d->once.a);
	form = everything(d);
	if (post)
		r = raw_post(d->once.a, d->w->port, route->path, request_head(d, route), form);
	else
		r = raw_get(d->once.a, d->w->port,
			text(&d->once, "%s?%.*s", route->path, STR_FMT(form)).p,
			request_head(d, route));
	d->statuses[r.status / 100]++;
	return r.status;
}

static struct drive drive_new(enum fixture_store kind)
{
	struct drive d = {.c = otp_fixture_new_on(kind)};

	d.w = d.c->w;
	d.w->settings.reauthentication_max_age = 86400;
	d.once = *d.w;
	d.once.a = arena_new(ARENA_MAX_CLI);
	return d;
}

static void drive_free(struct drive *d)
{
	arena_free(d->once.a);
	otp_fixture_free(d->c);
}

static bool still_there(struct drive *d)
{
	return raw_get(d->once.a, d->w->port, "/oauth2/jwks", NULL).status == 200;
}

/* --- memory --- */

static size_t fail_each(struct drive *d, const struct http_route *route, bool post, long more)
{
	for (long n = 1; n <= TRIES_MAX; n++) {
		bool failed;

		alloc_faults_begin(n, more);
		drive(d, route, post);
		failed = alloc_faults_end();
		assert_true(still_there(d));
		if (!failed)
			return (size_t)n - 1;
		if (!is_in(d))
			sign_in(d);
	}
	fail_msg("%s asks for memory without end", route->path);
	return 0;
}

static void every_route_without_memory(void **state)
{
	struct drive d = drive_new(FIXTURE_LMDB);
	size_t faults = 0;

	alloc_faults_spare_me();
	sign_in(&d);
	for (size_t i = 0; i < d.w->p.n_routes; i++) {
		const struct http_route *route = &d.w->p.routes[i];

		if (route->flags & HTTP_PREFIX)
			continue;
		for (long more = 0; more <= 30; more += 30) {
			if (route->methods & HTTP_ON(HTTP_GET))
				faults += fail_each(&d, route, false, more);
			if (route->methods & HTTP_ON(HTTP_POST))
				faults += fail_each(&d, route, true, more);
		}
	}
	print_message("%zu faults; answers: %zu none, %zu 2xx, %zu 3xx, %zu 4xx, %zu 5xx\n", faults,
		d.statuses[0], d.statuses[2], d.statuses[3], d.statuses[4], d.statuses[5]);
	assert_true(faults > 200);
	drive_free(&d);
}

/* Counting, hashing on another thread, a code by mail: what the routes alone do not come to. */
static void a_login_without_memory(void **state)
{
	struct drive d = drive_new(FIXTURE_LMDB);
	bool failed = true;

	alloc_faults_spare_me();
	d.c->throttle_options.free = 1000;
	d.c->throttle_options.lock_after = 1000;
	for (long n = 1; failed && n <= TRIES_MAX; n++) {
		struct browser b = {.w = &d.once};
		struct raw_answer page;

		arena_reset(d.once.a);
		fixture_advance_clock(d.w, 3600);
		d.once.now_ms = d.w->now_ms;
		page = login_page(&b, "");
		alloc_faults_begin(n, n % 2 ? 0 : 10);
		send_form(&b, &page, "/login/password", "username=" USERNAME "&password=" PASSWORD);
		failed = alloc_faults_end();
		assert_true(still_there(&d));
	}
	assert_false(failed);
	drive_free(&d);
}

/* --- the documented maxima --- */

/* Texts of n bytes, of characters of three bytes. */
static struct str longest(struct fixture *w, size_t n)
{
	struct buf out;

	buf_init(&out, w->a, n);
	while (out.n + 3 <= n)
		buf_add_c(&out, "ก");
	return buf_str(&out);
}

static struct fixture *naming;

static void long_system(struct system *s)
{
	static const struct str roles[] = {STR_INIT("recorder"), STR_INIT("approver")};

	s->name_th = s->name_en = longest(naming, 200);
	s->about_th = s->about_en = longest(naming, 1000);
	s->roles = (struct strlist){roles, 2};
}

static void long_person(struct person *p)
{
	p->given_th = p->family_th = p->given_en = p->family_en = longest(naming, 150);
}

static void long_client(struct client *c)
{
	struct str *uris = arena_array(naming->a, REDIRECT_URIS_MAX, struct str);

	uris[0] = STR(PORTAL_CB);
	for (size_t i = 1; i < REDIRECT_URIS_MAX; i++)
		uris[i] = text(naming, "https://portal.test/%zu%01000d", i, 7);
	c->redirect_uris = (struct strlist){uris, REDIRECT_URIS_MAX};
	c->name = c->name_th = longest(naming, 200);
}

/* One account's grants, spread over all systems. */
static void give_account(struct fixture *w, struct str account)
{
	struct store_batch *b = store_batch_new(w->a);

	for (int i = 0; i < GRANTS; i++) {
		const struct role_grant g = {.subject_kind = ROLE_GRANT_ACCOUNT,
			.subject = account,
			.system = i % SYSTEMS ? text(w, "system%02d", i % SYSTEMS) : STR("eplan"),
			.role = STR("recorder"),
			.office = i % 2 ? text(w, "%020d", i) : STR("100")};

		role_grant_put(b, w->a, &g, STORE_ANY);
	}
	check_ok(store_commit(w->p.store, b));
}

static void fill(struct drive *d)
{
	struct fixture *w = naming = d->w;

	for (int i = 1; i < SYSTEMS; i++) {
		fixture_system(w, text(w, "system%02d", i).p);
		edit_system(w, text(w, "system%02d", i).p, long_system);
	}
	edit_system(w, "eplan", long_system);
	edit_client(w, "portal", long_client);
	edit_person(w, SOMCHAI, long_person);
	give_account(w, d->c->account);
	for (int i = 1; i < ACCOUNTS; i++)
		give_account(w, fixture_account(w, text(w, "%064d", i).p, SOMCHAI));
}

static void every_route_at_its_maxima(void **state)
{
	struct drive d = drive_new(FIXTURE_MEM);
	struct raw_answer r;

	fill(&d);
	sign_in(&d);
	r = browse(&d.b, "/apps");
	check_page(&r, 200);
	assert_int_equal(occurrences(r.body, "data-part=\"system\""), SYSTEMS);
	for (size_t i = 0; i < d.w->p.n_routes; i++) {
		const struct http_route *route = &d.w->p.routes[i];

		if (route->flags & HTTP_PREFIX)
			continue;
		for (int post = 0; post <= 1; post++) {
			if (!(route->methods & HTTP_ON(post ? HTTP_POST : HTTP_GET)))
				continue;
			/* 5xx: none wants more than it may have. */
			assert_in_range(drive(&d, route, post), 200, 499);
			assert_true(still_there(&d));
			if (!is_in(&d))
				sign_in(&d);
		}
	}
	drive_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_at_its_maxima),
		cmocka_unit_test(every_route_without_memory),
		cmocka_unit_test(a_login_without_memory),
	};
	/* Sanitizers have an allocator of their own, which nothing makes fail: the first one only.
	 */
	size_t n = alloc_faults_possible() ? ARRAY_LEN(tests) : 1;

	return _cmocka_run_group_tests("kind_a_routes", tests, n, NULL, NULL);
}
