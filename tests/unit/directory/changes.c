/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/changes.h"

#include "directory_fixture.h"
#include "directory/directory.h"

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
	assert_int_equal(store_commit(s->rights.store, b), RC_OK);
}

static void suspends_and_resumes_a_person(void **state)
{
	struct rights_fixture *s = *state;
	struct str id = STR("person-id-of-22-chars.");
	struct store_snapshot *snap;
	struct person p;

	seed_changes(s);
	assert_int_equal(
		person_set_status(&s->rights, s->arena, id, STATUS_SUSPENDED, STR("x")), RC_OK);
	assert_int_equal(
		person_set_status(&s->rights, s->arena, id, STATUS_SUSPENDED, STR("x")), RC_EXISTS);
	assert_int_equal(store_snapshot_begin(s->rights.store, &snap), RC_OK);
	assert_int_equal(person_get(snap, s->arena, id, &p, NULL), RC_OK);
	assert_int_equal(p.status, STATUS_SUSPENDED);
	assert_int_equal(p.updated, 1800000000);
	assert_true(p.email_verified);
	store_snapshot_end(snap);
	assert_int_equal(
		person_set_status(&s->rights, s->arena, id, STATUS_ACTIVE, STR_NONE), RC_OK);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 2);
	assert_int_equal(
		person_set_status(&s->rights, s->arena, STR("nobody"), STATUS_ACTIVE, STR_NONE),
		RC_NOT_FOUND);
}

static void suspends_an_account_by_any_spelling(void **state)
{
	struct rights_fixture *s = *state;
	struct store_snapshot *snap;
	struct account c;

	seed_changes(s);
	assert_int_equal(account_set_status(
				 &s->rights, s->arena, STR("SOMCHAI"), STATUS_SUSPENDED, STR_NONE),
		RC_OK);
	assert_int_equal(store_snapshot_begin(s->rights.store, &snap), RC_OK);
	assert_int_equal(account_by_name(snap, s->arena, STR("somchai"), &c, NULL), RC_OK);
	assert_int_equal(c.status, STATUS_SUSPENDED);
	assert_true(str_eq_c(c.username, "Somchai"));
	store_snapshot_end(snap);
	assert_int_equal(
		account_set_status(&s->rights, s->arena, STR("ghost"), STATUS_ACTIVE, STR_NONE),
		RC_NOT_FOUND);
}

static void sets_how_an_office_logs_in(void **state)
{
	struct rights_fixture *s = *state;
	struct store_batch *b = store_batch_new(s->arena);
	struct office o = {.code = STR("dla"), .name_th = STR("สถ."), .admin_name = STR("ก")};
	struct office_login login = {.has_password = true, .password = OFFICE_PASSWORD_FORBIDDEN};
	struct store_snapshot *snap;

	office_put(b, s->arena, &o, STORE_ABSENT);
	assert_int_equal(store_commit(s->rights.store, b), RC_OK);
	assert_int_equal(
		office_set_login(&s->rights, s->arena, o.code, &login, STR_NONE), RC_INVALID);
	assert_int_equal(
		office_set_login(&s->rights, s->arena, STR("x"), &login, STR("x")), RC_NOT_FOUND);
	assert_int_equal(office_set_login(&s->rights, s->arena, o.code, &login, STR("x")), RC_OK);
	assert_int_equal(
		office_set_login(&s->rights, s->arena, o.code, &login, STR("x")), RC_EXISTS);
	login = (struct office_login){
		.has_second_factor_required_from = true, .second_factor_required_from = 1800000000};
	assert_int_equal(office_set_login(&s->rights, s->arena, o.code, &login, STR("x")), RC_OK);
	assert_int_equal(store_snapshot_begin(s->rights.store, &snap), RC_OK);
	assert_int_equal(office_get(snap, s->arena, o.code, &o, NULL), RC_OK);
	assert_int_equal(o.password, OFFICE_PASSWORD_FORBIDDEN);
	assert_int_equal(o.second_factor_required_from, 1800000000);
	assert_true(str_eq_c(o.admin_name, "ก"));
	store_snapshot_end(snap);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 2);
}

static void ends_a_grant_at_once(void **state)
{
	struct rights_fixture *s = *state;
	struct role_grant which = {.subject = STR("person-id-of-22-chars."),
		.system = STR("plan"),
		.role = STR("user"),
		.office = STR("o")};
	struct store_snapshot *snap;
	struct role_grant_list list;

	seed_changes(s);
	assert_int_equal(role_grant_end(&s->rights, s->arena, &which, STR("moved")), RC_OK);
	assert_int_equal(role_grant_end(&s->rights, s->arena, &which, STR("moved")), RC_EXISTS);
	assert_int_equal(store_snapshot_begin(s->rights.store, &snap), RC_OK);
	assert_int_equal(
		role_grants_of(snap, s->arena, ROLE_GRANT_PERSON, which.subject, STR_NONE, &list),
		RC_OK);
	assert_int_equal(list.n, 1);
	assert_false(role_grant_valid(&list.v[0], 1800000000));
	assert_true(role_grant_valid(&list.v[0], 1799999999));
	store_snapshot_end(snap);
	which.role = STR("boss");
	assert_int_equal(role_grant_end(&s->rights, s->arena, &which, STR_NONE), RC_NOT_FOUND);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIRECTORY_TEST(suspends_and_resumes_a_person),
		DIRECTORY_TEST(suspends_an_account_by_any_spelling),
		DIRECTORY_TEST(sets_how_an_office_logs_in),
		DIRECTORY_TEST(ends_a_grant_at_once),
	};

	return cmocka_run_group_tests_name("rights/changes", tests, NULL, NULL);
}
