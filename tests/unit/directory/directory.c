/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The lasting records and their indexes: what is changed is found under its new name and no more
 * under the old one; what is unique stays so. */
#include "unit/check.h"

#include "codec/base64.h"
#include "directory/directory.h"
#include "base/clock.h"
#include "support/store/mem.h"

static int64_t directory_now_ms(void *data)
{
	(void)data;
	return 1800000000000;
}

static const struct clock still = {directory_now_ms, NULL};
static const struct vault vault;

struct directory_fixture {
	struct arena *a;
	struct store *store;
	struct store_snapshot *snap;
	struct store_batch *batch;
};

static int open_place(void **state)
{
	struct directory_fixture *p = calloc(1, sizeof(*p));

	p->a = arena_new(ARENA_MAX_CLI);
	check_ok(store_open_mem(app_schema(), &still, &p->store));
	p->batch = store_batch_new(p->a);
	check_ok(store_snapshot_begin(p->store, &p->snap));
	*state = p;
	return 0;
}

static int close_place(void **state)
{
	struct directory_fixture *p = *state;

	store_snapshot_end(p->snap);
	store_close(p->store);
	arena_free(p->a);
	free(p);
	return 0;
}

static enum rc directory_commit(struct directory_fixture *p)
{
	enum rc rc;

	store_snapshot_end(p->snap);
	rc = store_commit(p->store, p->batch);
	p->batch = store_batch_new(p->a);
	check_ok(store_snapshot_begin(p->store, &p->snap));
	return rc;
}

static struct str id(struct directory_fixture *p, char c)
{
	char *text = arena_alloc(p->a, ID_SIZE);

	memset(text, c, ID_SIZE);
	return (struct str){text, ID_SIZE};
}

static struct str hash(struct directory_fixture *p, char c)
{
	char *text = arena_alloc(p->a, 32);

	memset(text, c, 32);
	return (struct str){text, 32};
}

static void add_account(struct directory_fixture *p, char c, const char *name, struct str person)
{
	const struct account account = {
		.id = id(p, c), .username = str_c(name), .person = person, .office = STR("1")};

	account_put(p->batch, p->a, NULL, 0, &account);
}

static struct account account_of(struct directory_fixture *p, char c, uint64_t *version)
{
	struct account account;

	check_ok(account_get(p->snap, p->a, id(p, c), &account, version));
	/* It is used beyond the snapshot. */
	account.id = str_dup(p->a, account.id);
	account.username = str_dup(p->a, account.username);
	account.person = str_dup(p->a, account.person);
	account.office = str_dup(p->a, account.office);
	return account;
}

static bool named(struct directory_fixture *p, const char *name, char c)
{
	struct account account;
	enum rc rc = account_by_name(p->snap, p->a, str_c(name), &account, NULL);

	if (rc == RC_NOT_FOUND)
		return false;
	check_ok(rc);
	check_str(account.id, id(p, c));
	return true;
}

static size_t count_of(struct directory_fixture *p, struct str person)
{
	struct account_list list;

	check_ok(accounts_of(p->snap, p->a, person, &list));
	return list.n;
}

static void renaming_an_account(void **state)
{
	struct directory_fixture *p = *state;
	struct account old, new;
	uint64_t version;

	add_account(p, 'a', "Somchai", STR_NONE);
	check_ok(directory_commit(p));
	assert_true(named(p, "somchai", 'a') && named(p, "SOMCHAI", 'a'));
	old = new = account_of(p, 'a', &version);
	new.username = STR("Somsak");
	account_put(p->batch, p->a, &old, version, &new);
	check_ok(directory_commit(p));
	assert_true(named(p, "somsak", 'a'));
	assert_false(named(p, "somchai", 'a'));
	/* The old name is free. */
	add_account(p, 'b', "SOMCHAI", STR_NONE);
	check_ok(directory_commit(p));
	assert_true(named(p, "somchai", 'b'));
	/* Only the case changes: the same name. */
	old = new = account_of(p, 'a', &version);
	new.username = STR("SOMSAK");
	account_put(p->batch, p->a, &old, version, &new);
	check_ok(directory_commit(p));
	assert_true(named(p, "somsak", 'a'));
}

static void a_name_is_one_account_only(void **state)
{
	struct directory_fixture *p = *state;
	struct account old, new;
	uint64_t version;

	add_account(p, 'a', "one", STR_NONE);
	check_ok(directory_commit(p));
	add_account(p, 'b', "ONE", STR_NONE);
	check_rc(directory_commit(p), RC_CONFLICT);
	add_account(p, 'b', "two", STR_NONE);
	check_ok(directory_commit(p));
	old = new = account_of(p, 'b', &version);
	new.username = STR("one");
	account_put(p->batch, p->a, &old, version, &new);
	check_rc(directory_commit(p), RC_CONFLICT);
	assert_true(named(p, "one", 'a') && named(p, "two", 'b'));
	/* The same id twice, and a change of what somebody else changed meanwhile. */
	add_account(p, 'a', "three", STR_NONE);
	check_rc(directory_commit(p), RC_CONFLICT);
	account_put(p->batch, p->a, &old, version, &old);
	check_ok(directory_commit(p));
	account_put(p->batch, p->a, &old, version, &old);
	check_rc(directory_commit(p), RC_CONFLICT);
}

static void moving_an_account(void **state)
{
	struct directory_fixture *p = *state;
	struct account old, new;
	uint64_t version;

	add_account(p, 'a', "one", id(p, 'p'));
	add_account(p, 'b', "two", id(p, 'p'));
	check_ok(directory_commit(p));
	assert_int_equal(count_of(p, id(p, 'p')), 2);
	old = new = account_of(p, 'a', &version);
	new.person = id(p, 'q');
	account_put(p->batch, p->a, &old, version, &new);
	check_ok(directory_commit(p));
	assert_int_equal(count_of(p, id(p, 'p')), 1);
	assert_int_equal(count_of(p, id(p, 'q')), 1);
	old = new = account_of(p, 'a', &version);
	new.person = STR_NONE;
	account_put(p->batch, p->a, &old, version, &new);
	check_ok(directory_commit(p));
	assert_int_equal(count_of(p, id(p, 'q')), 0);
	assert_true(named(p, "one", 'a'));
}

#define MANY_ACCOUNTS 200

/* Kind A: none is left out, however many there are. */
static void kind_a_all_accounts_are_found(void **state)
{
	struct directory_fixture *p = *state;

	for (int i = 0; i < MANY_ACCOUNTS; i++) {
		struct account account = {.person = id(p, 'p'), .office = STR("1")};
		char *text = arena_alloc(p->a, 32);

		snprintf(text, 32, "%022d", i);
		account.id = account.username = (struct str){text, ID_SIZE};
		account_put(p->batch, p->a, NULL, 0, &account);
	}
	check_ok(directory_commit(p));
	assert_int_equal(count_of(p, id(p, 'p')), MANY_ACCOUNTS);
}

static void people_by_number(void **state)
{
	struct directory_fixture *p = *state;
	struct person one = {.id = id(p, '1'), .pid_hash = hash(p, 'x'), .given_th = STR("ก")};
	struct person two = one, found, moved;
	uint64_t version;

	person_put(p->batch, p->a, &vault, NULL, 0, &one);
	check_ok(directory_commit(p));
	check_ok(person_by_pid(p->snap, p->a, hash(p, 'x'), &found, &version));
	check_str(found.id, one.id);
	check_rc(person_by_pid(p->snap, p->a, hash(p, 'y'), &found, NULL), RC_NOT_FOUND);
	check_rc(person_by_pid(p->snap, p->a, STR_NONE, &found, NULL), RC_NOT_FOUND);
	two.id = id(p, '2');
	person_put(p->batch, p->a, &vault, NULL, 0, &two);
	check_rc(directory_commit(p), RC_CONFLICT);
	moved = one;
	moved.pid_hash = hash(p, 'y');
	person_put(p->batch, p->a, &vault, &one, version, &moved);
	check_ok(directory_commit(p));
	check_rc(person_by_pid(p->snap, p->a, hash(p, 'x'), &found, NULL), RC_NOT_FOUND);
	check_ok(person_by_pid(p->snap, p->a, hash(p, 'y'), &found, NULL));
	person_put(p->batch, p->a, &vault, NULL, 0, &two);
	check_ok(directory_commit(p));
}

/* An index entry that leads nowhere is a broken store, not an unknown person. */
static void broken_index(void **state)
{
	struct directory_fixture *p = *state;
	struct person person;
	struct account account;
	struct account_list list;

	store_put(p->batch, TABLE_PERSON_BY_PID, hash(p, 'x'), id(p, '1'), STORE_ANY);
	store_put(p->batch, TABLE_ACCOUNT_BY_NAME, STR("one"), id(p, '1'), STORE_ANY);
	store_put(p->batch, TABLE_ACCOUNT_BY_PERSON, key_join(p->a, id(p, 'p'), id(p, 'a')),
		STR_NONE, STORE_ANY);
	store_put(p->batch, TABLE_OFFICE, STR("1"), STR("nonsense"), STORE_ANY);
	check_ok(directory_commit(p));
	check_rc(person_by_pid(p->snap, p->a, hash(p, 'x'), &person, NULL), RC_CORRUPT);
	check_rc(account_by_name(p->snap, p->a, STR("one"), &account, NULL), RC_CORRUPT);
	check_rc(accounts_of(p->snap, p->a, id(p, 'p'), &list), RC_CORRUPT);
	check_rc(
		office_get(p->snap, p->a, STR("1"), &(struct office){.kind = 0}, NULL), RC_CORRUPT);
}

/* --- grants --- */

static void give(struct directory_fixture *p, enum role_grant_subject kind, const char *system,
	const char *role, const char *office)
{
	const struct role_grant g = {.subject_kind = kind,
		.subject = id(p, 's'),
		.system = str_c(system),
		.role = str_c(role),
		.office = str_c(office)};

	role_grant_put(p->batch, p->a, &g, STORE_ANY);
}

static size_t grants_at(
	struct directory_fixture *p, enum role_grant_subject kind, const char *system)
{
	struct role_grant_list list;

	check_ok(role_grants_of(p->snap, p->a, kind, id(p, 's'), str_c(system), &list));
	for (size_t i = 0; i < list.n; i++) {
		assert_int_equal(list.v[i].subject_kind, kind);
		if (system[0])
			check_c(list.v[i].system, system);
	}
	return list.n;
}

static void grants_of_a_subject(void **state)
{
	struct directory_fixture *p = *state;

	give(p, ROLE_GRANT_PERSON, "plan", "r", "1");
	give(p, ROLE_GRANT_PERSON, "plan", "r", "2");
	give(p, ROLE_GRANT_PERSON, "plan", "r", "2"); /* again: the same */
	give(p, ROLE_GRANT_PERSON, "plan2", "r", "1");
	give(p, ROLE_GRANT_PERSON, "pla", "n", "1");
	give(p, ROLE_GRANT_ACCOUNT, "plan", "r", "1");
	check_ok(directory_commit(p));
	assert_int_equal(grants_at(p, ROLE_GRANT_PERSON, "plan"), 2);
	assert_int_equal(grants_at(p, ROLE_GRANT_PERSON, "plan2"), 1);
	assert_int_equal(grants_at(p, ROLE_GRANT_PERSON, "pla"), 1);
	assert_int_equal(grants_at(p, ROLE_GRANT_PERSON, "pl"), 0);
	assert_int_equal(grants_at(p, ROLE_GRANT_PERSON, ""), 4);
	assert_int_equal(grants_at(p, ROLE_GRANT_ACCOUNT, "plan"), 1);
	assert_int_equal(grants_at(p, ROLE_GRANT_ACCOUNT, ""), 1);
	check_rc(role_grants_of(p->snap, p->a, ROLE_GRANT_PERSON, STR_NONE, STR_NONE,
			 &(struct role_grant_list){NULL, 0}),
		RC_NOT_FOUND);
}

#define MANY 1000

static void grants_are_all_found(void **state)
{
	struct directory_fixture *p = *state;

	for (int i = 0; i < MANY; i++) {
		char *office = arena_alloc(p->a, 16);

		snprintf(office, 16, "%d", i);
		give(p, ROLE_GRANT_PERSON, "plan", "r", office);
	}
	check_ok(directory_commit(p));
	assert_int_equal(grants_at(p, ROLE_GRANT_PERSON, "plan"), MANY);
}

static void validity(void **state)
{
	static const struct {
		int64_t from, until;
		int status;
		int64_t now;
		bool good;
	} rows[] = {
		{0, 0, STATUS_ACTIVE, 1, true},
		{100, 0, STATUS_ACTIVE, 99, false},
		{100, 0, STATUS_ACTIVE, 100, true},
		{100, 200, STATUS_ACTIVE, 199, true},
		{100, 200, STATUS_ACTIVE, 200, false},
		{0, 200, STATUS_ACTIVE, 200, false},
		{0, 0, STATUS_SUSPENDED, 1, false},
		{200, 100, STATUS_ACTIVE, 150, false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct role_grant g = {
			.from = rows[i].from, .until = rows[i].until, .status = rows[i].status};

		assert_int_equal(role_grant_valid(&g, rows[i].now), rows[i].good);
	}
}

static void names(void **state)
{
	struct directory_fixture *p = *state;
	char *longest = arena_alloc(p->a, USERNAME_MAX + 2);
	static const char *const bad[] = {"", "a b", "a/b", "a\tb", "é", "ก", "a;b", "a'b", "a%b"};

	memset(longest, 'a', USERNAME_MAX + 1);
	assert_true(username_valid((struct str){longest, USERNAME_MAX}));
	assert_false(username_valid((struct str){longest, USERNAME_MAX + 1}));
	assert_true(username_valid(STR("A0300400004-1001_x.y@z")));
	assert_false(username_valid(STR("a\0b")));
	assert_true(natural_key_valid(STR("a.b_c-D9"), 8));
	assert_false(natural_key_valid(STR("a.b_c-D9"), 7));
	assert_false(natural_key_valid(STR("a@b"), 8));
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct account account;

		assert_false(username_valid(str_c(bad[i])));
		assert_false(natural_key_valid(str_c(bad[i]), 64));
		check_rc(account_by_name(p->snap, p->a, str_c(bad[i]), &account, NULL),
			RC_NOT_FOUND);
	}
}

static void keys_of_any_length(void **state)
{
	struct directory_fixture *p = *state;
	char *longest = arena_alloc(p->a, 70000);
	struct client c;

	memset(longest, 'a', 70000);
	for (size_t n = 0; n < 70000; n += n < 300 ? 1 : 9999)
		check_rc(client_get(p->snap, p->a, (struct str){longest, n}, &c, NULL),
			RC_NOT_FOUND);
}

#define place_test(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		place_test(renaming_an_account),
		place_test(a_name_is_one_account_only),
		place_test(moving_an_account),
		place_test(kind_a_all_accounts_are_found),
		place_test(people_by_number),
		place_test(broken_index),
		place_test(grants_of_a_subject),
		place_test(grants_are_all_found),
		place_test(validity),
		place_test(names),
		place_test(keys_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
