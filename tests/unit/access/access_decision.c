/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Entry: every outcome, the ways in, the dates at their boundaries. */
#include "unit/check.h"

#include "idp/oauth/answer.h"
#include "access/access_decision.h"
#include "base/clock.h"
#include "directory/directory.h"
#include "support/store/mem.h"

#define NOW    1800000000
#define PERSON STR("somchai000000000000000")

static int64_t access_now_ms(void *data)
{
	(void)data;
	return (int64_t)NOW * 1000;
}

static const struct vault vault; /* all its keys are zero */
static const struct clock still = {access_now_ms, NULL};
static const struct str roles[] = {STR_INIT("r1"), STR_INIT("r2")};
static const struct system plan = {.id = STR_INIT("plan"),
	.name_th = STR_INIT("x"),
	.roles = {roles, 2},
	.office = STR_INIT("owner")};

/* What is stored, in a few letters, and what comes of it. */
struct gift {
	enum role_grant_subject kind;
	char account; /* of which account */
	const char *role, *office;
	int64_t from, until;
	int status;
};

struct access_case {
	const char *name;
	int person_status, system_status;
	const char *accounts; /* lower case: active, upper case: suspended */
	struct gift gifts[3];
	enum access_outcome outcome;
	const char *ways; /* "a:r1,r2 -:r1": account and its roles */
	int64_t until;
	const char *office;
};

#define OWN(role)                                                                                  \
	{                                                                                          \
		ROLE_GRANT_PERSON, 0, role, "o1", 0, 0, 0                                          \
	}
#define BY(account, role)                                                                          \
	{                                                                                          \
		ROLE_GRANT_ACCOUNT, account, role, "o2", 0, 0, 0                                   \
	}
#define DATED(from, until)                                                                         \
	{                                                                                          \
		ROLE_GRANT_PERSON, 0, "r1", "o1", from, until, 0                                   \
	}

static const struct access_case scenes[] = {
	{"nothing", 0, 0, "", {}, ACCESS_NO_GRANT, "", 0, "owner"},
	{"own right", 0, 0, "", {OWN("r1")}, ACCESS_OK, "-:r1", 0, "o1"},
	{"two own rights", 0, 0, "", {OWN("r1"), OWN("r2")}, ACCESS_OK, "-:r1,r2", 0, "o1"},
	{"account without right", 0, 0, "a", {}, ACCESS_NO_GRANT, "", 0, "a-office"},
	{"by account", 0, 0, "a", {BY('a', "r1")}, ACCESS_OK, "a:r1", 0, "a-office"},
	{"account and own", 0, 0, "a", {BY('a', "r1"), OWN("r2")}, ACCESS_OK, "a:r1,r2", 0, "o1"},
	{"two accounts", 0, 0, "ab", {BY('a', "r1"), BY('b', "r2"), OWN("r2")}, ACCESS_OK,
		"a:r1,r2 b:r2,r2", 0, "o1"},
	{"one of two", 0, 0, "ab", {BY('b', "r2")}, ACCESS_OK, "b:r2", 0, "a-office"},
	{"suspended account", 0, 0, "A", {BY('A', "r1")}, ACCESS_DISABLED, "", 0, "A-office"},
	{"suspended and active", 0, 0, "Ab", {BY('A', "r1"), BY('b', "r2")}, ACCESS_OK, "b:r2", 0,
		"A-office"},
	{"suspended account, own right", 0, 0, "A", {BY('A', "r1"), OWN("r2")}, ACCESS_OK, "-:r2",
		0, "o1"},
	{"suspended person", 1, 0, "a", {BY('a', "r1"), OWN("r1")}, ACCESS_DISABLED, "", 0,
		"owner"},
	{"suspended system", 0, 1, "", {OWN("r1")}, ACCESS_SYSTEM_SUSPENDED, "-:r1", 0, "o1"},
	{"suspended system, no right", 0, 1, "", {}, ACCESS_SYSTEM_SUSPENDED, "", 0, "owner"},
	{"first second", 0, 0, "", {DATED(NOW, 0)}, ACCESS_OK, "-:r1", 0, "o1"},
	{"not yet", 0, 0, "", {DATED(NOW + 1, 0)}, ACCESS_NO_GRANT, "", 0, "o1"},
	{"last second", 0, 0, "", {DATED(0, NOW + 1)}, ACCESS_OK, "-:r1", 0, "o1"},
	{"over", 0, 0, "", {DATED(0, NOW)}, ACCESS_EXPIRED, "", NOW, "o1"},
	{"long over", 0, 0, "", {DATED(0, NOW - 1000)}, ACCESS_EXPIRED, "", NOW - 1000, "o1"},
	{"one over, one good", 0, 0, "",
		{DATED(0, NOW - 9), {ROLE_GRANT_PERSON, 0, "r2", "o1", 0, 0, 0}}, ACCESS_OK, "-:r2",
		NOW - 9, "o1"},
	{"of an account, over", 0, 0, "a", {{ROLE_GRANT_ACCOUNT, 'a', "r1", "o2", 0, NOW - 5, 0}},
		ACCESS_EXPIRED, "", NOW - 5, "a-office"},
	{"withdrawn", 0, 0, "", {{ROLE_GRANT_PERSON, 0, "r1", "o1", 0, 0, 1}}, ACCESS_NO_GRANT, "",
		0, "o1"},
};

static struct str account_id(struct arena *a, char c)
{
	char *text = arena_alloc(a, ID_SIZE);

	memset(text, c, ID_SIZE);
	return (struct str){text, ID_SIZE};
}

static void put_accounts(struct store_batch *b, struct arena *a, const char *accounts)
{
	for (; *accounts; accounts++) {
		char *office = arena_alloc(a, 16);
		struct account c = {.id = account_id(a, *accounts), .person = PERSON};

		snprintf(office, 16, "%c-office", *accounts);
		c.office = c.username = str_c(office);
		c.status = *accounts < 'a' ? STATUS_SUSPENDED : STATUS_ACTIVE;
		account_put(b, a, NULL, 0, &c);
	}
}

static void put_scene(struct store *store, struct arena *a, const struct access_case *s)
{
	struct store_batch *b = store_batch_new(a);
	const struct person p = {
		.id = PERSON, .given_th = STR("x"), .pid_hash = PERSON, .status = s->person_status};

	person_put(b, a, &vault, NULL, 0, &p);
	put_accounts(b, a, s->accounts);
	for (size_t i = 0; i < 3 && s->gifts[i].role; i++) {
		const struct gift *g = &s->gifts[i];
		const struct role_grant grant = {.subject_kind = g->kind,
			.subject =
				g->kind == ROLE_GRANT_PERSON ? PERSON : account_id(a, g->account),
			.system = STR("plan"),
			.role = str_c(g->role),
			.office = str_c(g->office),
			.from = g->from,
			.until = g->until,
			.status = g->status};

		role_grant_put(b, a, &grant, STORE_ANY);
	}
	check_ok(store_commit(store, b));
}

static struct str accounts_text(struct arena *a, const struct access_decision *e)
{
	struct buf out;

	buf_init(&out, a, 1024);
	for (size_t i = 0; i < e->n_accounts; i++) {
		const struct access_account *access = e->accounts + i;

		buf_addf(&out, "%s%c:", i ? " " : "",
			access->account.id.n ? access->account.id.p[0] : '-');
		for (size_t k = 0; k < access->n_roles; k++) {
			buf_add_c(&out, k ? "," : "");
			buf_add(&out, access->roles[k].role);
		}
	}
	return buf_str(&out);
}

static void check_scene(const struct access_case *s)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct op op = {.tx = {.a = a, .now = NOW}};
	struct system system = plan;
	struct store *store;
	struct access_decision e;

	check_ok(store_open_mem(app_schema(), &still, &store));
	put_scene(store, a, s);
	check_ok(store_snapshot_begin(store, &op.tx.snap));
	system.status = s->system_status;
	check_ok(access_decide(&op, &system, PERSON, &e));
	if (e.outcome != s->outcome)
		fail_msg("%s: outcome %d", s->name, e.outcome);
	check_c(accounts_text(a, &e), s->ways);
	assert_int_equal(e.until, s->until);
	check_c(e.office, s->office);
	/* A way exists in an open entry only. */
	assert_null(access_account_find(&e, STR("nobody's account")));
	if (e.n_accounts)
		assert_int_equal(access_account_find(&e, e.accounts[0].account.id) != NULL,
			e.outcome == ACCESS_OK);
	check_rc(access_decide(&op, &system, STR("unknown"), &e), RC_NOT_FOUND);
	store_snapshot_end(op.tx.snap);
	store_close(store);
	arena_free(a);
}

static void every_scene(void **state)
{
	for (size_t i = 0; i < COUNT(scenes); i++)
		check_scene(&scenes[i]);
}

#define MANY 700

static void rights_are_all_found(void **state)
{
	struct op op = {.tx = {.a = *state, .now = NOW}};
	struct store_batch *b = store_batch_new(*state);
	const struct person p = {.id = PERSON, .given_th = STR("x"), .pid_hash = PERSON};
	struct store *store;
	struct access_decision e;

	check_ok(store_open_mem(app_schema(), &still, &store));
	person_put(b, *state, &vault, NULL, 0, &p);
	for (int i = 0; i < MANY; i++) {
		char *office = arena_alloc(*state, 16);
		struct role_grant g = {.subject = PERSON, .system = STR("plan"), .role = STR("r1")};

		snprintf(office, 16, "%d", i);
		g.office = str_c(office);
		role_grant_put(b, *state, &g, STORE_ANY);
	}
	check_ok(store_commit(store, b));
	check_ok(store_snapshot_begin(store, &op.tx.snap));
	check_ok(access_decide(&op, &plan, PERSON, &e));
	assert_int_equal(e.accounts[0].n_roles, MANY);
	assert_int_equal(e.accounts[0].n_own, MANY);
	store_snapshot_end(op.tx.snap);
	store_close(store);
}

static void url_grows_by_its_query(void **state)
{
	static const struct form_pair pairs[] = {{STR_INIT("code"), STR_INIT("a b&c")},
		{STR_INIT("state"), STR_INIT("")}, {STR_INIT("iss"), STR_INIT("http://x")}};
	static const struct {
		const char *url, *want;
		size_t n;
	} rows[] = {
		{"https://p/cb", "https://p/cb?code=a%20b%26c&iss=http%3A%2F%2Fx", 3},
		{"https://p/cb?x=1", "https://p/cb?x=1&code=a%20b%26c&iss=http%3A%2F%2Fx", 3},
		{"https://p/cb", "https://p/cb", 0},
		{"https://p/cb?x=1", "https://p/cb?x=1", 0},
	};
	struct op op = {.tx = {.a = *state}};

	for (size_t i = 0; i < COUNT(rows); i++)
		check_c(url_with(&op, str_c(rows[i].url), pairs, rows[i].n), rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(every_scene),
		arena_test(rights_are_all_found),
		arena_test(url_grows_by_its_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
