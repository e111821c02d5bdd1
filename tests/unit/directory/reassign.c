/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What ends when a password is not to be trusted any more: by a new initial secret, by closing the
 * password way, by another holder. */
#include "directory/session.h"
#include "directory/operations/credentials.h"
#include "directory/import/import.h"
#include "directory_fixture.h"
#include "directory/directory.h"

#define PID_A   "1101700230708"
#define PID_B   "3100600445635"
#define ACCOUNT STR("account-id-of-22-chars")
#define HASH    "$1$abcdefgh$fONRjUkBEA8OT8s1E16wq/"

static enum rc import_rows(
	struct rights_fixture *s, enum import_kind kind, const char *text, bool dry_run)
{
	const struct import_request request = {
		.kind = kind, .file = "f.csv", .text = str_c(text), .dry_run = dry_run};
	struct import_result result;
	struct buf errors;

	buf_init(&errors, s->arena, IMPORT_ERRORS_BYTES);
	return import_csv(&s->admin.app, &s->admin.actor, &request, &errors, &result);
}

static struct str person_id(struct rights_fixture *s, const char *citizen_number)
{
	struct str hash = vault_pid_hash(&s->vault, s->arena, str_c(citizen_number)), id;
	struct store_snapshot *snap;
	struct person p;

	assert_int_equal(store_snapshot_begin(s->admin.app.store, &snap), RC_OK);
	assert_int_equal(person_by_pid(snap, s->arena, hash, &p, NULL), RC_OK);
	id = str_dup(s->arena, p.id);
	store_snapshot_end(snap);
	return id;
}

static void add_session(struct rights_fixture *s, struct str person, const char *sid,
	const char *method, struct str account)
{
	struct store_batch *b = store_batch_new(s->arena);
	int64_t now = s->now_ms / 1000;
	struct session x = {.sid = str_c(sid),
		.person = person,
		.account = account,
		.method = str_c(method),
		.created = now,
		.last_seen = now,
		.expires = now + 3600,
		.idle_timeout = 3600};
	struct str key = store_key_expiring(s->arena, x.expires, x.sid);

	record_put(b, TABLE_SESSION, s->arena, key, &x, STORE_ABSENT);
	store_put(b, TABLE_SESSION_BY_PERSON, key_join(s->arena, person, x.sid), key, STORE_ABSENT);
	assert_int_equal(store_commit(s->admin.app.store, b), RC_OK);
}

/* The account somchai of person A, who is logged in by password as it, by password as another one,
 * and by ThaID; B is logged in by password. */
static void seed_holders(struct rights_fixture *s)
{
	struct store_batch *b = store_batch_new(s->arena);
	struct account c = {.id = ACCOUNT, .username = STR("somchai"), .office = STR("dla")};

	assert_int_equal(import_rows(s, IMPORT_OFFICES, "code,name_th\ndla,สถ.\n", false), RC_OK);
	assert_int_equal(import_rows(s, IMPORT_PEOPLE,
				 "citizen_number,given_th\n" PID_A ",ก\n" PID_B ",ข\n", false),
		RC_OK);
	c.person = person_id(s, PID_A);
	account_put(b, s->arena, NULL, 0, &c);
	assert_int_equal(store_commit(s->admin.app.store, b), RC_OK);
	assert_int_equal(
		import_rows(s, IMPORT_CREDENTIALS, "username,hash\nsomchai," HASH "\n", false),
		RC_OK);
	add_session(s, c.person, "by-password", "password", ACCOUNT);
	add_session(s, c.person, "by-password-as-another", "password", STR("another"));
	add_session(s, c.person, "by-thaid", "thaid", STR_NONE);
	add_session(s, c.person, "by-thaid-as-somchai", "thaid", ACCOUNT);
	add_session(s, person_id(s, PID_B), "of-another", "password", STR_NONE);
}

struct session_search {
	struct str person;
	const char *sid;
	bool found;
};

static enum rc search_sessions(struct tx *tx, void *data)
{
	struct session_search *search = data;
	struct session_list list;
	enum rc rc = session_list(tx, search->person, &list);

	for (size_t i = 0; rc == RC_OK && i < list.n; i++)
		search->found |= str_eq_c(list.v[i].s.sid, search->sid);
	return rc;
}

static bool lives(struct rights_fixture *s, const char *citizen_number, const char *sid)
{
	struct session_search search = {.person = person_id(s, citizen_number), .sid = sid};

	assert_int_equal(
		tx_run(&s->admin.app, &s->admin.actor, s->arena, search_sessions, &search), RC_OK);
	return search.found;
}

static int64_t password_out_ms(struct rights_fixture *s, const char *citizen_number)
{
	struct store_snapshot *snap;
	struct person p;

	assert_int_equal(store_snapshot_begin(s->admin.app.store, &snap), RC_OK);
	assert_int_equal(person_get(snap, s->arena, person_id(s, citizen_number), &p, NULL), RC_OK);
	store_snapshot_end(snap);
	return p.password_out_ms;
}

static struct credential credential(struct rights_fixture *s)
{
	struct store_snapshot *snap;
	struct credential c, copy;

	assert_int_equal(store_snapshot_begin(s->admin.app.store, &snap), RC_OK);
	assert_int_equal(credential_get(snap, s->arena, ACCOUNT, &c, NULL), RC_OK);
	copy = c;
	copy.hash = str_dup(s->arena, c.hash);
	copy.history =
		(struct strlist){arena_array(s->arena, c.history.n, struct str), c.history.n};
	for (size_t i = 0; i < c.history.n; i++)
		((struct str *)(uintptr_t)copy.history.v)[i] = str_dup(s->arena, c.history.v[i]);
	store_snapshot_end(snap);
	return copy;
}

static enum rc issue_for_holder(struct rights_fixture *s, struct issued_secret *ret)
{
	return admin_issue_secret(&s->admin, s->arena, STR("somchai"), ret);
}

static void check_only_thaid_lives(struct rights_fixture *s)
{
	assert_false(lives(s, PID_A, "by-password"));
	assert_false(lives(s, PID_A, "by-password-as-another"));
	assert_true(lives(s, PID_A, "by-thaid"));
	assert_true(lives(s, PID_A, "by-thaid-as-somchai"));
	assert_true(lives(s, PID_B, "of-another"));
	assert_int_equal(password_out_ms(s, PID_A), s->now_ms);
	assert_int_equal(password_out_ms(s, PID_B), 0);
}

static void a_new_secret_ends_logins_by_password(void **state)
{
	struct rights_fixture *s = *state;
	struct issued_secret issued;

	seed_holders(s);
	assert_int_equal(issue_for_holder(s, &issued), RC_OK);
	check_only_thaid_lives(s);
}

static void closing_the_way_ends_logins_by_password(void **state)
{
	struct rights_fixture *s = *state;

	seed_holders(s);
	assert_int_equal(
		admin_password_disabled(&s->admin, s->arena, STR("somchai"), true, STR("x")),
		RC_OK);
	check_only_thaid_lives(s);
	s->now_ms += 1000;
	assert_int_equal(
		admin_password_disabled(&s->admin, s->arena, STR("somchai"), false, STR("x")),
		RC_OK);
	assert_int_equal(password_out_ms(s, PID_A), s->now_ms - 1000);
}

static void another_holder_needs_another_secret(void **state)
{
	struct rights_fixture *s = *state;
	struct issued_secret issued;
	struct credential c;
	uint64_t audited;

	seed_holders(s);
	audited = rights_fixture_count(s, TABLE_AUDIT);
	assert_int_equal(import_rows(s, IMPORT_ACCOUNTS,
				 "username,citizen_number,office\nsomchai," PID_B ",dla\n", false),
		RC_OK);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), audited + 2);
	assert_false(lives(s, PID_A, "by-password"));
	assert_false(lives(s, PID_A, "by-thaid-as-somchai"));
	assert_true(lives(s, PID_A, "by-thaid"));
	assert_true(lives(s, PID_B, "of-another"));
	c = credential(s);
	assert_int_equal(c.hash.n, 0);
	assert_int_equal(c.must_change, MUST_CHANGE_REASSIGNED);
	/* The former password cannot be chosen again either. */
	assert_int_equal(c.history.n, 1);
	assert_true(str_eq_c(c.history.v[0], HASH));
	/* The file of the other system does not bring it back. */
	assert_int_equal(
		import_rows(s, IMPORT_CREDENTIALS, "username,hash\nsomchai," HASH "\n", false),
		RC_OK);
	assert_int_equal(credential(s).hash.n, 0);
	assert_int_equal(issue_for_holder(s, &issued), RC_OK);
	c = credential(s);
	assert_true(pwhash_check(c.hash, issued.secret));
	assert_int_equal(c.must_change, MUST_CHANGE_REASSIGNED);
	assert_int_equal(c.initial_until, issued.until);
}

static void an_account_without_a_holder_keeps_no_password(void **state)
{
	struct rights_fixture *s = *state;
	uint64_t audited;

	seed_holders(s);
	audited = rights_fixture_count(s, TABLE_AUDIT);
	assert_int_equal(import_rows(s, IMPORT_ACCOUNTS,
				 "username,citizen_number,office\nsomchai,,dla\n", true),
		RC_OK);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), audited);
	assert_true(lives(s, PID_A, "by-password"));
	assert_int_equal(import_rows(s, IMPORT_ACCOUNTS,
				 "username,citizen_number,office\nsomchai,,dla\n", false),
		RC_OK);
	assert_int_equal(credential(s).hash.n, 0);
	assert_false(lives(s, PID_A, "by-password"));
}

/* The same holder, another office; or the first holder: nothing ends. */
static void no_other_holder_ends_nothing(void **state)
{
	struct rights_fixture *s = *state;
	uint64_t audited;

	seed_holders(s);
	audited = rights_fixture_count(s, TABLE_AUDIT);
	assert_int_equal(import_rows(s, IMPORT_ACCOUNTS,
				 "username,citizen_number,office,position\nsomchai," PID_A
				 ",dla,ปลัด\nnew,,dla,\n",
				 false),
		RC_OK);
	assert_int_equal(
		import_rows(s, IMPORT_CREDENTIALS, "username,hash\nnew," HASH "\n", false), RC_OK);
	assert_int_equal(import_rows(s, IMPORT_ACCOUNTS,
				 "username,citizen_number,office\nnew," PID_A ",dla\n", false),
		RC_OK);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), audited + 3);
	assert_true(str_eq_c(credential(s).hash, HASH));
	assert_true(lives(s, PID_A, "by-password"));
	assert_int_equal(password_out_ms(s, PID_A), 0);
}

/* A holder who chose ThaID for good comes back by the administrator only. */
static void the_holders_own_choice_holds(void **state)
{
	struct rights_fixture *s = *state;
	struct store_batch *b = store_batch_new(s->arena);
	struct issued_secret issued;
	struct credential c;

	seed_holders(s);
	c = credential(s);
	c.forbidden = true;
	c.forbidden_by = STR("holder");
	c.forbidden_at = 1;
	c.account = ACCOUNT;
	credential_put(b, s->arena, &c, STORE_ANY);
	assert_int_equal(store_commit(s->admin.app.store, b), RC_OK);
	assert_int_equal(issue_for_holder(s, &issued), RC_DENIED);
	assert_int_equal(
		admin_password_disabled(&s->admin, s->arena, STR("somchai"), true, STR("x")),
		RC_EXISTS);
	assert_int_equal(
		import_rows(s, IMPORT_CREDENTIALS, "username,hash\nsomchai," HASH "\n", false),
		RC_OK);
	assert_int_equal(import_rows(s, IMPORT_ACCOUNTS,
				 "username,citizen_number,office\nsomchai," PID_B ",dla\n", false),
		RC_OK);
	assert_true(credential(s).forbidden);
	assert_int_equal(
		admin_password_disabled(&s->admin, s->arena, STR("somchai"), false, STR("")),
		RC_INVALID);
	assert_int_equal(
		admin_password_disabled(&s->admin, s->arena, STR("somchai"), false, STR("x")),
		RC_OK);
	assert_int_equal(issue_for_holder(s, &issued), RC_OK);
}

static void orders_a_change(void **state)
{
	struct rights_fixture *s = *state;
	const struct administrator *r = &s->admin;

	seed_holders(s);
	assert_int_equal(admin_require_change(r, s->arena, STR("somchai"), STR(" ")), RC_INVALID);
	assert_int_equal(admin_require_change(r, s->arena, STR("ghost"), STR("x")), RC_NOT_FOUND);
	assert_int_equal(admin_require_change(r, s->arena, STR("SOMCHAI"), STR("x")), RC_OK);
	assert_int_equal(credential(s).must_change, MUST_CHANGE_ORDERED);
	assert_true(str_eq_c(credential(s).hash, HASH));
	assert_true(lives(s, PID_A, "by-password"));
	assert_int_equal(admin_require_change(r, s->arena, STR("somchai"), STR("x")), RC_EXISTS);
	assert_int_equal(
		admin_password_disabled(r, s->arena, STR("somchai"), true, STR("x")), RC_OK);
	assert_int_equal(admin_require_change(r, s->arena, STR("somchai"), STR("x")), RC_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIRECTORY_TEST(a_new_secret_ends_logins_by_password),
		DIRECTORY_TEST(closing_the_way_ends_logins_by_password),
		DIRECTORY_TEST(another_holder_needs_another_secret),
		DIRECTORY_TEST(an_account_without_a_holder_keeps_no_password),
		DIRECTORY_TEST(no_other_holder_ends_nothing),
		DIRECTORY_TEST(the_holders_own_choice_holds),
		DIRECTORY_TEST(orders_a_change),
	};

	return cmocka_run_group_tests_name("rights/holder", tests, NULL, NULL);
}
