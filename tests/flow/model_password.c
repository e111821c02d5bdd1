/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Random walks of two browsers over the login by password (attack rows 8, 9, 12): any form of any
 * page ever seen, sent by either browser, with right and wrong things in it, while accounts,
 * passwords, offices and the policy change between the steps. The model knows what was really
 * proven in each transaction; a session by password may begin only from that.
 */
#include "flow/otp_fixture.h"
#include "directory/browser_session.h"
#include "directory/session.h"
#include "idp/login/login_record.h"
#include "directory/directory.h"
#include "core/handle.h"
#include "support/random_walk.h"

enum { BROWSERS = 2, ACCOUNTS = 3, PEOPLE = 2, PAGES = 24, LOGINS = 8192, STEPS = 400, WALKS = 20 };

/* One transaction: what was truly proven in it. */
struct tracked_login {
	struct str handle;
	int browser;
	int account; /* whose password; -1: none */
	int version; /* of that password */
	bool code;   /* and then a code of this transaction */
	int sends;
};

struct tracked_page {
	struct raw_answer r;
	struct str handle;
};

struct password_model {
	struct otp_fixture *c;
	struct fixture *w;
	struct browser b[BROWSERS];
	struct str cookie[BROWSERS];
	struct tracked_page pages[PAGES];
	size_t n_pages;
	struct tracked_login logins[LOGINS];
	size_t n_logins;
	/* the truth */
	struct str person[PEOPLE], account[ACCOUNTS];
	int holder[ACCOUNTS], version[ACCOUNTS];
	bool suspended[ACCOUNTS], closed[ACCOUNTS], must_change[ACCOUNTS], reachable[PEOPLE];
	bool office_forbids, no_second;
	int64_t from;
	/* the one code under way of each person */
	struct {
		struct tracked_login *login;
		struct str code;
		int64_t sent;
		bool used; /* perhaps */
	} sent[PEOPLE];
	size_t sessions, refused, changes, codes;
};

static const char *const usernames[ACCOUNTS] = {USERNAME, "somchai.two", "malee.k"};

static struct str password_of(struct password_model *m, int account, int version)
{
	return text(m->w, "Rak-Pratu9!%d-%d", account, version);
}

/* --- the world and its changes --- */

static bool wanted_closed, wanted_must_change, wanted_verified, wanted_suspended;
static struct str wanted_person;

static void spoil_credential(struct credential *x)
{
	x->forbidden = wanted_closed;
	x->must_change = wanted_must_change ? MUST_CHANGE_ORDERED : MUST_CHANGE_NO;
}

static void put_credential(struct password_model *m, int k)
{
	wanted_closed = m->closed[k];
	wanted_must_change = m->must_change[k];
	otp_fixture_password(m->c, m->account[k],
		str_dup_c(m->w->a, password_of(m, k, m->version[k])), spoil_credential);
}

static void change_account(struct account *a)
{
	a->status = wanted_suspended ? STATUS_SUSPENDED : STATUS_ACTIVE;
	a->person = wanted_person;
}

static void put_account(struct password_model *m, int k)
{
	wanted_suspended = m->suspended[k];
	wanted_person = m->person[m->holder[k]];
	edit_account(m->w, m->account[k], change_account);
}

static void change_mail(struct person *p)
{
	p->email_verified = wanted_verified;
}

static void put_office(struct password_model *m)
{
	struct store_batch *b = store_batch_new(m->w->a);
	const struct office office = {.code = STR("100"),
		.name_th = STR("สำนักงานทดสอบ"),
		.second_factor_required_from = m->from,
		.password =
			m->office_forbids ? OFFICE_PASSWORD_FORBIDDEN : OFFICE_PASSWORD_ALLOWED};

	office_put(b, m->w->a, &office, STORE_ANY);
	check_ok(store_commit(m->w->p.store, b));
}

static void name_mail(struct person *p)
{
	p->email = STR("malee@office.test");
}

static void model_new(struct password_model *m)
{
	*m = (struct password_model){.c = otp_fixture_new()};
	m->w = m->c->w;
	m->c->no_sms = true;
	m->person[0] = SOMCHAI;
	m->person[1] = fixture_person(m->w, "malee", "1111111111119");
	edit_person(m->w, m->person[1], name_mail);
	fixture_grant(m->w, ROLE_GRANT_PERSON, m->person[1], "eplan", "recorder");
	m->account[0] = m->c->account;
	for (int k = 1; k < ACCOUNTS; k++)
		m->account[k] = fixture_account(m->w, usernames[k], m->person[k == 2]);
	m->holder[2] = 1;
	m->reachable[0] = m->reachable[1] = true;
	for (int k = 0; k < ACCOUNTS; k++)
		put_credential(m, k);
	for (int i = 0; i < BROWSERS; i++)
		m->b[i] = (struct browser){.w = m->w};
}

static void do_change(struct password_model *m)
{
	int k = (int)walk_pick(ACCOUNTS), p = (int)walk_pick(PEOPLE);

	switch (walk_pick(9)) {
	case 0: m->version[k]++; break;
	case 1: m->closed[k] = walk_pick(4) == 0; break;
	case 2: m->must_change[k] = walk_pick(2); break;
	case 3: m->suspended[k] = walk_pick(4) == 0; break;
	case 4: m->holder[k] = walk_pick(6) ? k == 2 : k != 2; break;
	case 5: m->reachable[p] = walk_pick(4) > 0; break;
	case 6: m->office_forbids = walk_pick(6) == 0; break;
	case 7: m->from = walk_pick(2) ? 0 : m->w->now_ms / 1000 + 600; break;
	default: m->no_second = walk_pick(4) == 0; break;
	}
	put_credential(m, k);
	put_account(m, k);
	wanted_verified = m->reachable[p];
	edit_person(m->w, m->person[p], change_mail);
	put_office(m);
	m->c->policy.second_factors.n = m->no_second ? 0 : 2;
	m->changes++;
}

/* --- what answers say --- */

static struct tracked_login *login_of(struct password_model *m, struct str handle)
{
	for (size_t i = 0; i < m->n_logins && i < LOGINS; i++)
		if (str_eq(m->logins[i].handle, handle))
			return &m->logins[i];
	return NULL;
}

static void note_code(struct password_model *m, struct tracked_login *l, int posted)
{
	int person = strcmp(m->c->target, "malee@office.test") == 0;

	if (m->c->posted == posted)
		return;
	assert_int_equal(m->c->posted, posted + 1);
	assert_non_null(l);
	assert_true(l->account >= 0 && m->holder[l->account] == person);
	assert_true(++l->sends <= LOGIN_SENDS_MAX);
	assert_true(!m->sent[person].code.n ||
		    m->w->now_ms / 1000 >= m->sent[person].sent + CHALLENGE_RESEND ||
		    m->sent[person].used);
	m->sent[person].login = l;
	m->sent[person].code = code_posted(m->c);
	m->sent[person].sent = m->w->now_ms / 1000;
	m->sent[person].used = false;
	m->codes++;
}

static bool may_use(const struct password_model *m, int k)
{
	return !m->suspended[k] && !m->closed[k] && !m->office_forbids;
}

/* A new session: everything the policy wants was proven, in this transaction, by this browser. */
static void check_session(struct password_model *m, int b, const struct tracked_login *l)
{
	struct store_snapshot *snap;
	struct session s;
	struct str key;
	int k;

	check_ok(handle_key(m->w->a, HANDLE_SESSION, m->cookie[b], &key));
	check_ok(store_snapshot_begin(m->w->p.store, &snap));
	check_ok(record_get(snap, TABLE_SESSION, key, m->w->a, &s, NULL));
	if (str_eq_c(s.method, "password")) {
		assert_non_null(l);
		assert_int_equal(l->browser, b);
		k = l->account;
		assert_true(k >= 0);
		check_str(s.account, m->account[k]);
		check_str(s.person, m->person[m->holder[k]]);
		assert_int_equal(l->version, m->version[k]);
		assert_true(may_use(m, k));
		assert_false(m->must_change[k]);
		if (!m->no_second && (m->reachable[m->holder[k]] || m->w->now_ms / 1000 >= m->from))
			assert_true(l->code);
		m->sessions++;
	}
	store_snapshot_end(snap);
}

static void note_session(struct password_model *m, int b, const struct tracked_login *l)
{
	struct str cookie = cookie_of(&m->b[b], "pratu_session");

	if (str_eq(cookie, m->cookie[b]))
		return;
	m->cookie[b] = cookie;
	if (cookie.n)
		check_session(m, b, l);
}

/* Follows to the page; keeps it. */
static void take_page(
	struct password_model *m, int b, struct raw_answer r, struct tracked_login *l, int posted)
{
	struct str handle;

	note_code(m, l, posted);
	note_session(m, b, l);
	if (r.status == 400)
		m->refused++;
	if (r.status != 303 || !str_starts(location(&r), STR("/login?")))
		return;
	handle = url_param(m->w, location(&r), "i");
	if (!login_of(m, handle))
		m->logins[m->n_logins++ % LOGINS] =
			(struct tracked_login){.handle = handle, .browser = b, .account = -1};
	posted = m->c->posted;
	r = browse_s(&m->b[b], location(&r));
	assert_int_equal(m->c->posted, posted); /* looking sends nothing */
	/* What was asked for may be no more: then looking is enough to go on. */
	note_session(m, b, login_of(m, handle));
	if (r.status == 200 || r.status == 403)
		m->pages[m->n_pages++ % PAGES] = (struct tracked_page){r, handle};
}

/* --- what people do --- */

static void do_begin(struct password_model *m, int b)
{
	struct raw_answer r = browse_s(
		&m->b[b], authorize_target(m->w, "portal", walk_pick(4) ? "&prompt=login" : ""));

	take_page(m, b, r, NULL, m->c->posted);
}

static bool has_form(const struct tracked_page *p, const char *action)
{
	char mark[64];

	snprintf(mark, sizeof(mark), "action=\"%s?", action);
	return contains(p->r.body, mark);
}

static void do_password(
	struct password_model *m, int b, const struct tracked_page *p, struct tracked_login *l)
{
	int k = (int)walk_pick(ACCOUNTS), posted = m->c->posted;
	int version = walk_pick(5) ? m->version[k] : m->version[k] - 1;
	struct raw_answer r = send_form(&m->b[b], &p->r, "/login/password",
		text(m->w, "username=%s&password=%.*s", usernames[k],
			STR_FMT(password_of(m, k, version)))
			.p);

	if (l && b == l->browser && r.status == 303) {
		l->code = false;
		l->account = version == m->version[k] ? k : -1;
		l->version = version;
	}
	take_page(m, b, r, l, posted);
}

static void do_code(
	struct password_model *m, int b, const struct tracked_page *p, struct tracked_login *l)
{
	int person = (int)walk_pick(PEOPLE), posted = m->c->posted;
	struct str code = m->sent[person].code;
	struct raw_answer r;

	if (!code.n || walk_pick(4) == 0)
		code = text(m->w, "%06d", (int)walk_pick(1000000));
	if (l && l->account >= 0 && l == m->sent[m->holder[l->account]].login &&
		str_eq(code, m->sent[m->holder[l->account]].code) &&
		m->w->now_ms / 1000 < m->sent[m->holder[l->account]].sent + CHALLENGE_LIFE)
		l->code = m->sent[m->holder[l->account]].used = true;
	r = send_form(&m->b[b], &p->r, "/login/code", text(m->w, "code=%.*s", STR_FMT(code)).p);
	take_page(m, b, r, l, posted);
}

static void do_new_password(
	struct password_model *m, int b, const struct tracked_page *p, struct tracked_login *l)
{
	int posted = m->c->posted, k = l ? l->account : -1;
	size_t changed = audits(m->w, AUDIT_PASSWORD_CHANGED);
	int next = k >= 0 ? m->version[k] + 1 : 0;
	struct str new = password_of(m, k, next);
	struct raw_answer r = send_form(&m->b[b], &p->r, "/login/change",
		text(m->w, "password=%.*s&repeat=%.*s", STR_FMT(new), STR_FMT(new)).p);

	if (audits(m->w, AUDIT_PASSWORD_CHANGED) > changed) {
		assert_true(k >= 0 && l->version == m->version[k] && may_use(m, k));
		assert_true(l->browser == b && m->must_change[k]);
		if (!m->no_second && (m->reachable[m->holder[k]] || m->w->now_ms / 1000 >= m->from))
			assert_true(l->code);
		m->version[k] = next;
		m->must_change[k] = false;
		l->account = -1;
	}
	take_page(m, b, r, l, posted);
}

static void do_simple(struct password_model *m, int b, const struct tracked_page *p,
	struct tracked_login *l, const char *action, const char *extra)
{
	int posted = m->c->posted;
	struct raw_answer r = send_form(&m->b[b], &p->r, action, extra);

	if (!strcmp(action, "/login/again") && r.status == 303 && l)
		l->account = -1;
	take_page(m, b, r, l, posted);
}

/* Any form of any page, mostly by the browser that it was made for. */
static void do_form(struct password_model *m)
{
	size_t kept = m->n_pages < PAGES ? m->n_pages : PAGES;
	size_t back = walk_pick(3) ? 0 : walk_pick(kept ? kept : 1);
	const struct tracked_page *p = &m->pages[(m->n_pages - 1 - back) % PAGES];
	struct tracked_login *l;
	int b;

	if (!kept)
		return;
	l = login_of(m, p->handle);
	b = l && walk_pick(12) ? l->browser : (int)walk_pick(BROWSERS);
	if (has_form(p, "/login/code") && walk_pick(3))
		do_code(m, b, p, l);
	else if (has_form(p, "/login/change") && walk_pick(4))
		do_new_password(m, b, p, l);
	else if (has_form(p, "/login/password"))
		do_password(m, b, p, l);
	else if (has_form(p, "/login/code/send") && walk_pick(2))
		do_simple(m, b, p, l, "/login/code/send", "factor=otp_email");
	else if (has_form(p, "/login/again"))
		do_simple(m, b, p, l, "/login/again", "");
}

static void do_thaid(struct password_model *m, int b)
{
	struct raw_answer r = browse_s(&m->b[b], authorize_target(m->w, "portal", "&prompt=login"));

	if (r.status != 303 || !str_starts(location(&r), STR("/login?")))
		return;
	m->w->script.citizen_number = walk_pick(2) ? SOMCHAI_PID : "1111111111119";
	r = pass_login(&m->b[b], &r);
	m->cookie[b] = cookie_of(&m->b[b], "pratu_session");
}

static void do_step(struct password_model *m)
{
	static const int passes[] = {0, 1, 1, 20, 61, 61, 299, 301, 901};

	fixture_advance_clock(m->w, passes[walk_pick(walk_pick(4) ? 5 : COUNT(passes))]);
	switch (walk_pick(16)) {
	case 0:
	case 1: do_begin(m, (int)walk_pick(BROWSERS)); return;
	case 2: do_change(m); return;
	case 3: do_thaid(m, (int)walk_pick(BROWSERS)); return;
	default: do_form(m); return;
	}
}

static void random_walks(void **state)
{
	const struct random_walks walks = random_walks_wanted(WALKS, STEPS);
	size_t sessions = 0, refused = 0, changed = 0, codes = 0;

	for (uint64_t walk = walks.first; walk <= walks.last; walk++) {
		struct password_model *m = calloc(1, sizeof(*m));

		assert_non_null(m);
		model_new(m);
		walk_begin(walk);
		for (int i = 0; i < walks.steps; i++)
			do_step(m);
		sessions += m->sessions;
		refused += m->refused;
		codes += m->codes;
		changed += audits(m->w, AUDIT_PASSWORD_CHANGED);
		otp_fixture_free(m->c);
		free(m);
	}
	print_message("# %zu sessions by password, %zu codes, %zu changes, %zu refused\n", sessions,
		codes, changed, refused);
	if (walks.chosen)
		return;
	/* The walks got somewhere. */
	assert_true(sessions > 50);
	assert_true(codes > 100);
	assert_true(changed > 5);
	assert_true(refused > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_walks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
