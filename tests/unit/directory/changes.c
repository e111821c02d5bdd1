/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/changes.h"

#include "directory_fixture.h"
#include "directory/directory.h"

#include <pthread.h>

static void seed_changes(struct rights_fixture *s)
{
	struct store_batch *b = store_batch_new(s->arena);
	struct person p = {.id = STR("person-id-of-22-chars."),
		.pid_hash = STR("0123456789abcdef0123456789abcdef"),
		.given_th = STR("ก"),
		.email_verified = true};
	struct account c = {.id = STR("account-id-of-22-chars"),
		.username = STR("Somchai"),
		.person = p.id,
		.office = STR("o")};
	struct role_grant g = {.subject = p.id,
		.system = STR("plan"),
		.role = STR("user"),
		.office = STR("o"),
		.from = 5};

	person_put(b, s->arena, &s->vault, NULL, 0, &p);
	account_put(b, s->arena, NULL, 0, &c);
	role_grant_put(b, s->arena, &g, STORE_ABSENT);
	assert_int_equal(store_commit(s->admin.app.store, b), RC_OK);
}

static void suspends_and_resumes_a_person(void **state)
{
	struct rights_fixture *s = *state;
	struct str id = STR("person-id-of-22-chars.");
	struct store_snapshot *snap;
	struct person p;

	seed_changes(s);
	assert_int_equal(
		admin_person_status(&s->admin, s->arena, id, STATUS_SUSPENDED, STR("x")), RC_OK);
	assert_int_equal(admin_person_status(&s->admin, s->arena, id, STATUS_SUSPENDED, STR("x")),
		RC_EXISTS);
	assert_int_equal(store_snapshot_begin(s->admin.app.store, &snap), RC_OK);
	assert_int_equal(person_get(snap, s->arena, id, &p, NULL), RC_OK);
	assert_int_equal(p.status, STATUS_SUSPENDED);
	assert_int_equal(p.updated, 1800000000);
	assert_true(p.email_verified);
	store_snapshot_end(snap);
	assert_int_equal(
		admin_person_status(&s->admin, s->arena, id, STATUS_ACTIVE, STR_NONE), RC_OK);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 2);
	assert_int_equal(
		admin_person_status(&s->admin, s->arena, STR("nobody"), STATUS_ACTIVE, STR_NONE),
		RC_NOT_FOUND);
}

/* Many at once: one of them changes the person, the others find it done. */
static void *suspend_once(void *data)
{
	struct rights_fixture *s = data;
	struct arena *a = arena_new(ARENA_MAX);
	enum rc rc = admin_person_status(
		&s->admin, a, STR("person-id-of-22-chars."), STATUS_SUSPENDED, STR("x"));

	arena_free(a);
	return (void *)(uintptr_t)rc;
}

static void one_of_many_suspends(void **state)
{
	struct rights_fixture *s = *state;
	pthread_t threads[6];
	size_t done = 0, already = 0;
	void *ret;

	seed_changes(s);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, suspend_once, s), 0);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(pthread_join(threads[i], &ret), 0);
		done += (uintptr_t)ret == RC_OK;
		already += (uintptr_t)ret == RC_EXISTS;
	}
	assert_int_equal(done, 1);
	assert_int_equal(already, 5);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 1);
}

static void suspends_an_account_by_any_spelling(void **state)
{
	struct rights_fixture *s = *state;
	struct store_snapshot *snap;
	struct account c;

	seed_changes(s);
	assert_int_equal(admin_account_status(
				 &s->admin, s->arena, STR("SOMCHAI"), STATUS_SUSPENDED, STR_NONE),
		RC_OK);
	assert_int_equal(store_snapshot_begin(s->admin.app.store, &snap), RC_OK);
	assert_int_equal(account_by_name(snap, s->arena, STR("somchai"), &c, NULL), RC_OK);
	assert_int_equal(c.status, STATUS_SUSPENDED);
	assert_true(str_eq_c(c.username, "Somchai"));
	store_snapshot_end(snap);
	assert_int_equal(
		admin_account_status(&s->admin, s->arena, STR("ghost"), STATUS_ACTIVE, STR_NONE),
		RC_NOT_FOUND);
}

static enum rc update_office(struct rights_fixture *s, const struct office_update_args *args)
{
	return admin_run(&s->admin, s->arena, &operation_office_update, args, NULL);
}

static void sets_how_an_office_logs_in(void **state)
{
	struct rights_fixture *s = *state;
	struct store_batch *b = store_batch_new(s->arena);
	struct office o = {.code = STR("dla"), .name_th = STR("สถ."), .admin_name = STR("ก")};
	struct office_update_args args = {
		.code = o.code, .password_login = OFFICE_PASSWORD_DISABLE};
	struct store_snapshot *snap;

	office_put(b, s->arena, &o, STORE_ABSENT);
	assert_int_equal(store_commit(s->admin.app.store, b), RC_OK);
	assert_int_equal(update_office(s, &args), RC_INVALID);
	args.reason = STR("x");
	args.code = STR("x");
	assert_int_equal(update_office(s, &args), RC_NOT_FOUND);
	args.code = o.code;
	assert_int_equal(update_office(s, &args), RC_OK);
	assert_int_equal(update_office(s, &args), RC_EXISTS);
	args.password_login = OFFICE_PASSWORD_UNCHANGED;
	assert_int_equal(update_office(s, &args), RC_INVALID);
	args.second_factor_required_from = STR("31/1/2570");
	assert_int_equal(update_office(s, &args), RC_INVALID);
	args.second_factor_required_from = STR("2027-01-31");
	assert_int_equal(update_office(s, &args), RC_OK);
	assert_int_equal(store_snapshot_begin(s->admin.app.store, &snap), RC_OK);
	assert_int_equal(office_get(snap, s->arena, o.code, &o, NULL), RC_OK);
	assert_int_equal(o.password, OFFICE_PASSWORD_FORBIDDEN);
	assert_int_equal(o.second_factor_required_from, 1801328400);
	assert_true(str_eq_c(o.admin_name, "ก"));
	store_snapshot_end(snap);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 2);
}

static enum rc revoke_grant(struct rights_fixture *s, const struct grant_revoke_args *args)
{
	return admin_run(&s->admin, s->arena, &operation_grant_revoke, args, NULL);
}

static void ends_a_grant_at_once(void **state)
{
	struct rights_fixture *s = *state;
	struct grant_revoke_args which = {.system = STR("plan"),
		.role = STR("user"),
		.office = STR("o"),
		.person = STR("person-id-of-22-chars."),
		.reason = STR("moved")};
	struct store_snapshot *snap;
	struct role_grant_list list;

	seed_changes(s);
	assert_int_equal(revoke_grant(s, &which), RC_OK);
	assert_int_equal(revoke_grant(s, &which), RC_EXISTS);
	assert_int_equal(store_snapshot_begin(s->admin.app.store, &snap), RC_OK);
	assert_int_equal(
		role_grants_of(snap, s->arena, ROLE_GRANT_PERSON, which.person, STR_NONE, &list),
		RC_OK);
	assert_int_equal(list.n, 1);
	assert_false(role_grant_valid(&list.v[0], 1800000000));
	assert_true(role_grant_valid(&list.v[0], 1799999999));
	store_snapshot_end(snap);
	which.role = STR("boss");
	assert_int_equal(revoke_grant(s, &which), RC_NOT_FOUND);
	which.account = STR("somchai");
	assert_int_equal(revoke_grant(s, &which), RC_INVALID);
	which.person = STR_NONE;
	assert_int_equal(revoke_grant(s, &which), RC_NOT_FOUND);
	which.account = STR("ghost");
	assert_int_equal(revoke_grant(s, &which), RC_NOT_FOUND);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIRECTORY_TEST(suspends_and_resumes_a_person),
		DIRECTORY_TEST(one_of_many_suspends),
		DIRECTORY_TEST(suspends_an_account_by_any_spelling),
		DIRECTORY_TEST(sets_how_an_office_logs_in),
		DIRECTORY_TEST(ends_a_grant_at_once),
	};

	return cmocka_run_group_tests_name("rights/changes", tests, NULL, NULL);
}
