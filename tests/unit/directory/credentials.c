/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/credentials.h"

#include "directory/import/import.h"
#include "directory/operations/activation_slip.h"
#include "core/module.h"
#include "directory_fixture.h"
#include "unit/check.h"
#include "directory/directory.h"

#define ACCOUNT "account-id-of-22-chars"

static void seed_accounts(struct rights_fixture *s)
{
	struct store_batch *b = store_batch_new(s->arena);
	struct office o = {.code = STR("0300400004"), .name_th = STR("เทศบาล <ใหม่>")};
	struct person p = {.id = STR("person-id-of-22-chars."),
		.pid_hash = STR("0123456789abcdef0123456789abcdef"),
		.title_th = STR("นาย"),
		.given_th = STR("สมชาย"),
		.family_th = STR("ใจดี")};
	struct account c = {
		.id = STR(ACCOUNT), .username = STR("Somchai"), .person = p.id, .office = o.code};

	office_put(b, s->arena, &o, STORE_ABSENT);
	person_put(b, s->arena, &s->vault, NULL, 0, &p);
	account_put(b, s->arena, NULL, 0, &c);
	assert_int_equal(store_commit(s->admin.app.store, b), RC_OK);
}

static struct credential read_credential(struct rights_fixture *s)
{
	struct credential c = {.updated = -1}, copy;
	struct store_snapshot *snap;

	assert_int_equal(store_snapshot_begin(s->admin.app.store, &snap), RC_OK);
	if (credential_get(snap, s->arena, STR(ACCOUNT), &c, NULL) == RC_OK) {
		copy = c;
		copy.hash = str_dup(s->arena, c.hash);
		copy.forbidden_by = str_dup(s->arena, c.forbidden_by);
		copy.forbidden_reason = str_dup(s->arena, c.forbidden_reason);
		copy.initial_by = str_dup(s->arena, c.initial_by);
		c = copy;
	}
	store_snapshot_end(snap);
	return c;
}

static enum rc issue_for(struct rights_fixture *s, const char *username, struct issued_secret *ret)
{
	return admin_issue_secret(&s->admin, s->arena, str_c(username), ret);
}

static void issues_a_secret(void **state)
{
	struct rights_fixture *s = *state;
	struct issued_secret first, second;
	struct credential c;

	seed_accounts(s);
	assert_int_equal(issue_for(s, "SOMCHAI", &first), RC_OK);
	assert_int_equal(first.secret.n, 14);
	assert_int_equal(
		strspn(str_dup_c(s->arena, first.secret), "abcdefghjkmnpqrstuvwxyz23456789-"), 14);
	assert_true(str_eq_c(first.username, "Somchai"));
	assert_true(str_eq_c(first.holder_th, "นายสมชาย ใจดี"));
	assert_int_equal(first.until, 1800086400);
	c = read_credential(s);
	assert_true(pwhash_check(c.hash, first.secret));
	assert_int_equal(c.must_change, MUST_CHANGE_INITIAL);
	assert_int_equal(c.initial_until, first.until);
	assert_true(str_eq_c(c.initial_by, "cli:tester"));
	assert_int_equal(issue_for(s, "somchai", &second), RC_OK);
	assert_false(str_eq(first.secret, second.secret));
	c = read_credential(s);
	assert_false(pwhash_check(c.hash, first.secret));
	assert_int_equal(c.history.n, 1);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 2);
	assert_int_equal(issue_for(s, "ghost", &first), RC_NOT_FOUND);
	assert_int_equal(rights_fixture_count(s, TABLE_CREDENTIAL), 1);
}

static void forbids_and_allows(void **state)
{
	struct rights_fixture *s = *state;
	struct issued_secret issued;
	struct credential c;
	char longer[502];

	memset(longer, 'x', sizeof(longer));
	seed_accounts(s);
	assert_int_equal(
		admin_password_disabled(&s->admin, s->arena, STR("somchai"), true, STR(" ")),
		RC_INVALID);
	assert_int_equal(
		admin_password_disabled(&s->admin, s->arena, STR("somchai"), true, STR("a\nb")),
		RC_INVALID);
	assert_int_equal(admin_password_disabled(&s->admin, s->arena, STR("somchai"), true,
				 (struct str){longer, 501}),
		RC_INVALID);
	assert_int_equal(admin_password_disabled(&s->admin, s->arena, STR("somchai"), true,
				 (struct str){longer, 500}),
		RC_OK);
	assert_int_equal(
		admin_password_disabled(&s->admin, s->arena, STR("somchai"), true, STR("x")),
		RC_EXISTS);
	c = read_credential(s);
	assert_true(c.forbidden);
	assert_int_equal(c.forbidden_reason.n, 500);
	assert_int_equal(c.forbidden_at, 1800000000);
	assert_true(str_eq_c(c.forbidden_by, "cli:tester"));
	assert_int_equal(issue_for(s, "somchai", &issued), RC_DENIED);
	assert_int_equal(
		admin_password_disabled(&s->admin, s->arena, STR("somchai"), false, STR("moved")),
		RC_OK);
	assert_int_equal(issue_for(s, "somchai", &issued), RC_OK);
	assert_int_equal(admin_password_disabled(&s->admin, s->arena, STR("ghost"), true, STR("x")),
		RC_NOT_FOUND);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 3);
}

/* Counts as the gate does: in this period's place. */
static void lock(struct rights_fixture *s, int64_t seconds)
{
	struct attempt_subject subject = attempt_subject(&s->vault, ATTEMPT_ACCOUNT, STR(ACCOUNT));
	struct attempts c = {.count = 10,
		.last_ms = s->now_ms,
		.until_ms = s->now_ms + seconds * 1000,
		.locked = true};
	struct store_batch *b = store_batch_new(s->arena);
	struct str keys[ATTEMPT_BUCKETS];

	attempt_keys(s->arena, &subject, s->now_ms / 1000, ATTEMPT_PERIOD, keys);
	record_put(b, TABLE_ATTEMPTS, s->arena, keys[0], &c, STORE_ANY);
	assert_int_equal(store_commit(s->admin.app.store, b), RC_OK);
}

static void unlocks(void **state)
{
	struct rights_fixture *s = *state;
	struct issued_secret issued;

	seed_accounts(s);
	assert_int_equal(admin_unlock(&s->admin, s->arena, STR("somchai"), STR_NONE), RC_EXISTS);
	lock(s, 900);
	assert_int_equal(admin_unlock(&s->admin, s->arena, STR("Somchai"), STR_NONE), RC_OK);
	assert_int_equal(rights_fixture_count(s, TABLE_ATTEMPTS), 0);
	assert_int_equal(admin_unlock(&s->admin, s->arena, STR("ghost"), STR_NONE), RC_NOT_FOUND);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 1);
	lock(s, 900);
	assert_int_equal(issue_for(s, "somchai", &issued), RC_OK);
	assert_int_equal(rights_fixture_count(s, TABLE_ATTEMPTS), 0);
}

static enum rc import_credentials_text(
	struct rights_fixture *s, const char *text, struct str *ret_errors)
{
	const struct import_request request = {
		.kind = IMPORT_CREDENTIALS, .file = "f.csv", .text = str_c(text)};
	struct import_result result;
	struct buf errors;
	enum rc rc;

	buf_init(&errors, s->arena, IMPORT_ERRORS_BYTES);
	rc = import_csv(&s->admin.app, &s->admin.actor, &request, &errors, &result);
	*ret_errors = buf_str(&errors);
	return rc;
}

#define HASH "$1$abcdefgh$fONRjUkBEA8OT8s1E16wq/"

static const struct {
	const char *row, *why;
} faults[] = {
	{"ghost," HASH "\n", "no account"},
	{"somchai,secret\n", "no hash of a known kind"},
	{"somchai,$2y$14$abcdefghijklmnopqrstuuE3XW0t6Y/Tt.ycxjatl6rz5vYENlZMu\n", "too much"},
	{"somchai," HASH "\nSOMCHAI," HASH "\n", "line 2"},
	{"somchai,\n", "no hash"},
};

static void imports_hashes(void **state)
{
	struct rights_fixture *s = *state;
	struct issued_secret issued;
	struct credential c;
	struct str errors;

	seed_accounts(s);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		char text[300];

		snprintf(text, sizeof(text), "username,hash\n%s", faults[i].row);
		assert_int_equal(import_credentials_text(s, text, &errors), RC_INVALID);
		assert_non_null(memmem(errors.p, errors.n, faults[i].why, strlen(faults[i].why)));
		assert_null(memmem(errors.p, errors.n, "$1$", 3));
	}
	assert_int_equal(
		import_credentials_text(s, "username,hash\nSomchai," HASH "\n", &errors), RC_OK);
	c = read_credential(s);
	assert_true(str_eq_c(c.hash, HASH));
	assert_int_equal(c.set, 1800000000);
	assert_int_equal(issue_for(s, "somchai", &issued), RC_OK);
	assert_int_equal(
		import_credentials_text(s, "username,hash\nSomchai," HASH "\n", &errors), RC_OK);
	c = read_credential(s);
	assert_true(pwhash_check(c.hash, issued.secret));
}

static struct web *slip_texts(struct rights_fixture *s)
{
	struct web_options options = {.organisation = {STR("กรม")},
		.support_phone = STR("02-000-0000"),
		.issuer = STR("https://sso.example.go.th")};
	struct web *web = NULL;
	struct buf errors;

	modules_web(all_modules, s->arena, &options);
	buf_init(&errors, s->arena, WEB_ERRORS_BYTES);
	check_ok(web_new(&options, &errors, &web));
	return web;
}

static void the_slip_says_all(void **state)
{
	struct rights_fixture *s = *state;
	struct web *web = slip_texts(s);
	struct issued_secret issued;
	struct str page;

	seed_accounts(s);
	assert_int_equal(issue_for(s, "somchai", &issued), RC_OK);
	check_ok(activation_slip_write(web, s->arena, WEB_TH, &issued, 1800000000, &page));
	check_has(page, str_dup_c(s->arena, issued.secret));
	check_has(page, "กรม");
	check_has(page, "เรียน นายสมชาย ใจดี");
	check_has(page, "เทศบาล &lt;ใหม่&gt;");
	check_has(page, "https://sso.example.go.th");
	check_has(page, "หรือโทร. 02-000-0000");
	check_has(page, "15 มกราคม 2570");
	/* It is read without a server: nothing is loaded. */
	assert_null(strstr(page.p, "<script"));
	assert_null(strstr(page.p, "<link"));
	assert_null(strstr(page.p, "src="));
	assert_null(strstr(page.p, "url("));
	web_free(web);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIRECTORY_TEST(issues_a_secret),
		DIRECTORY_TEST(forbids_and_allows),
		DIRECTORY_TEST(unlocks),
		DIRECTORY_TEST(imports_hashes),
		DIRECTORY_TEST(the_slip_says_all),
	};

	return cmocka_run_group_tests_name("rights/credentials", tests, NULL, NULL);
}
