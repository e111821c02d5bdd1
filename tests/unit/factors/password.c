/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "factors/password/password.h"

#include "check.h"

#include <pthread.h>
#include <stdatomic.h>

#define NOW INT64_C(1800000000)
#define DAY 86400

static const struct password_options cheap = {
	.cost = {1 << 20, 1}, .hash_threads = 2, .wait_max = 8, .initial_secret_lifetime = 7 * DAY};
static const struct password_context nobody;
static const struct str good = STR_INIT("kT7!vbQe");

struct password_fixture {
	struct arena *a;
	struct password *p;
	const struct password_rules *rules;
	struct credential c;
};

static int password_setup(void **state)
{
	struct password_fixture *w = calloc(1, sizeof(*w));
	const char *why;

	w->a = arena_new(ARENA_MAX);
	assert_int_equal(password_new(&cheap, &w->p, &why), RC_OK);
	w->rules = password_rules_named(w->p, STR_NONE);
	w->c = (struct credential){.account = STR("account-id-of-22-chars"),
		.hash = pwhash_make(w->a, &cheap.cost, good),
		.set = NOW};
	*state = w;
	return 0;
}

static int password_teardown(void **state)
{
	struct password_fixture *w = *state;

	password_free(w->p);
	arena_free(w->a);
	free(w);
	return 0;
}

#define password_test(f) cmocka_unit_test_setup_teardown(f, password_setup, password_teardown)

static enum rc verify_typed(
	struct password_fixture *w, struct str typed, int64_t now, struct password_verdict *ret)
{
	return password_verify(w->p, w->a, &w->c, w->rules, typed, 0, now, ret);
}

static void right_and_wrong(void **state)
{
	struct password_fixture *w = *state;
	char bytes[PASSWORD_MAX + 1];
	struct password_verdict v;

	memset(bytes, 'x', sizeof(bytes));
	check_ok(verify_typed(w, good, NOW, &v));
	assert_int_equal(v.must_change, MUST_CHANGE_NO);
	assert_false(v.changed);
	check_rc(verify_typed(w, STR("kT7!vbQf"), NOW, &v), RC_DENIED);
	check_rc(verify_typed(w, STR_NONE, NOW, &v), RC_DENIED);
	check_rc(verify_typed(w, STR("kT7!vbQe "), NOW, &v), RC_DENIED);
	check_rc(verify_typed(w, STR("kT7!vbQe\xff"), NOW, &v), RC_DENIED);
	check_rc(verify_typed(w, (struct str){bytes, sizeof(bytes)}, NOW, &v), RC_DENIED);
	check_rc(password_verify(w->p, w->a, NULL, w->rules, good, 0, NOW, &v), RC_DENIED);
	w->c.hash = STR_NONE;
	check_rc(verify_typed(w, good, NOW, &v), RC_DENIED);
}

/* Also the words the unknown account's hash was made of, and what stands for malformed input. */
static void no_word_opens_what_is_not_there(void **state)
{
	struct password_fixture *w = *state;
	struct password_verdict v;

	check_rc(password_verify(
			 w->p, w->a, NULL, w->rules, STR("password of no person"), 0, NOW, &v),
		RC_DENIED);
	w->c.hash = pwhash_make(w->a, &cheap.cost, STR("password of no person"));
	check_rc(verify_typed(w, STR("\xff"), NOW, &v), RC_DENIED);
	check_ok(verify_typed(w, STR("password of no person"), NOW, &v));
}

static void forbidden_is_closed(void **state)
{
	struct password_fixture *w = *state;
	struct password_verdict v;
	struct credential changed;
	unsigned broken;

	w->c.forbidden = true;
	check_rc(verify_typed(w, good, NOW, &v), RC_DENIED);
	check_rc(password_change(w->p, w->a, &w->c, w->rules, &nobody, STR("g7$Lw0pZ"), NOW,
			 &changed, &broken),
		RC_DENIED);
}

static void an_initial_secret_dies(void **state)
{
	struct password_fixture *w = *state;
	struct password_verdict v;

	w->c.initial_until = NOW + 10;
	w->c.must_change = MUST_CHANGE_INITIAL;
	check_ok(verify_typed(w, good, NOW + 9, &v));
	assert_int_equal(v.must_change, MUST_CHANGE_INITIAL);
	check_rc(verify_typed(w, good, NOW + 10, &v), RC_DENIED);
}

static void old_passwords_must_change(void **state)
{
	struct password_fixture *w = *state;
	struct password_verdict v;

	check_ok(verify_typed(w, good, NOW + 90 * DAY - 1, &v));
	assert_int_equal(v.must_change, MUST_CHANGE_NO);
	check_ok(verify_typed(w, good, NOW + 90 * DAY, &v));
	assert_int_equal(v.must_change, MUST_CHANGE_EXPIRED);
	w->c.must_change = MUST_CHANGE_REASSIGNED;
	check_ok(verify_typed(w, good, NOW + 90 * DAY, &v));
	assert_int_equal(v.must_change, MUST_CHANGE_REASSIGNED);
}

static void another_cost_is_hashed_anew(void **state)
{
	const struct pwhash_cost older = {1 << 20, 2};
	struct password_fixture *w = *state;
	struct password_verdict v;

	w->c.hash = pwhash_make(w->a, &older, good);
	w->c.history = (struct strlist){&good, 1};
	check_rc(verify_typed(w, STR("wrong"), NOW, &v), RC_DENIED);
	check_ok(verify_typed(w, good, NOW + 5, &v));
	assert_true(v.changed);
	check_has(v.credential.hash, "m=1024,t=1,");
	assert_int_equal(v.credential.set, NOW);
	assert_int_equal(v.credential.history.n, 1);
	w->c = v.credential;
	check_ok(verify_typed(w, good, NOW + 5, &v));
	assert_false(v.changed);
}

static void a_legacy_hash_is_used_once(void **state)
{
	struct password_fixture *w = *state;
	struct password_verdict v;

	w->c.hash = STR("$1$abcdefgh$fONRjUkBEA8OT8s1E16wq/");
	check_rc(verify_typed(w, STR("Pa55word!"), NOW, &v), RC_DENIED);
	check_ok(verify_typed(w, STR("Pa55word!ไทย"), NOW, &v));
	assert_true(v.changed);
	check_has(v.credential.hash, "$argon2id$");
	w->c = v.credential;
	check_ok(verify_typed(w, STR("Pa55word!ไทย"), NOW, &v));
	assert_false(v.changed);
}

static void legacy_hashes_are_of_what_was_typed(void **state)
{
	struct password_fixture *w = *state;
	struct password_verdict v;

	/* openssl passwd -1 -salt abcdefgh of "กุ่" typed mark first */
	w->c.hash = STR("$1$abcdefgh$elJQ2heLktoZw/Q/XAldJ1");
	check_ok(verify_typed(w, STR("\xe0\xb8\x81\xe0\xb9\x88\xe0\xb8\xb8"), NOW, &v));
	w->c = v.credential;
	check_ok(verify_typed(w, STR("\xe0\xb8\x81\xe0\xb8\xb8\xe0\xb9\x88"), NOW, &v));
}

static void one_text_one_password(void **state)
{
	struct password_fixture *w = *state;
	struct password_verdict v;
	struct credential changed;
	unsigned broken;

	check_ok(password_change(w->p, w->a, &w->c, w->rules, &nobody, STR("kT7!xe\xcc\x81zq"), NOW,
		&changed, &broken));
	w->c = changed;
	check_ok(verify_typed(w, STR("kT7!x\xc3\xa9zq"), NOW, &v));
}

static void change_checks_the_rules(void **state)
{
	struct password_fixture *w = *state;
	struct credential changed = {.set = 7};
	unsigned broken = 0;

	check_rc(password_change(w->p, w->a, &w->c, w->rules, &nobody, STR("Password1!"), NOW,
			 &changed, &broken),
		RC_INVALID);
	assert_int_equal(broken, PASSWORD_COMMON);
	check_rc(
		password_change(w->p, w->a, &w->c, w->rules, &nobody, good, NOW, &changed, &broken),
		RC_INVALID);
	assert_int_equal(broken, PASSWORD_USED_BEFORE);
	assert_int_equal(changed.set, 7);
}

static void change_ends_the_initial_secret(void **state)
{
	struct password_fixture *w = *state;
	struct credential changed;
	struct password_verdict v;
	unsigned broken = 99;

	w->c.initial_until = NOW + 10;
	w->c.initial_by = STR("cli:x");
	w->c.must_change = MUST_CHANGE_INITIAL;
	check_ok(password_change(
		w->p, w->a, &w->c, w->rules, &nobody, STR("g7$Lw0pZ"), NOW + 5, &changed, &broken));
	assert_int_equal(broken, 0);
	assert_int_equal(changed.set, NOW + 5);
	assert_int_equal(changed.history.n, 1);
	w->c = changed;
	check_rc(verify_typed(w, good, NOW + 5, &v), RC_DENIED);
	check_ok(verify_typed(w, STR("g7$Lw0pZ"), NOW + 20, &v));
	assert_int_equal(v.must_change, MUST_CHANGE_NO);
}

/* The last five differ, the sixth may come again. */
static void history_is_as_long_as_the_rule(void **state)
{
	struct password_fixture *w = *state;
	struct credential changed;
	unsigned broken;

	for (int i = 0; i < 5; i++) {
		char next[] = "g7$Lw0p?";

		check_rc(password_change(w->p, w->a, &w->c, w->rules, &nobody, good, NOW, &changed,
				 &broken),
			RC_INVALID);
		assert_int_equal(broken, PASSWORD_USED_BEFORE);
		next[7] = (char)('A' + i);
		check_ok(password_change(
			w->p, w->a, &w->c, w->rules, &nobody, str_c(next), NOW, &changed, &broken));
		w->c = changed;
	}
	assert_int_equal(w->c.history.n, 5);
	check_ok(password_change(
		w->p, w->a, &w->c, w->rules, &nobody, good, NOW, &changed, &broken));
}

static void history_is_bounded(void **state)
{
	struct password_fixture *w = *state;
	char hashes[CREDENTIAL_HISTORY_MAX + 8][8];

	for (int i = 0; i < CREDENTIAL_HISTORY_MAX + 8; i++) {
		snprintf(hashes[i], sizeof(hashes[i]), "h%d", i);
		credential_set_hash(w->a, &w->c, str_c(hashes[i]), NOW);
	}
	assert_int_equal(w->c.history.n, CREDENTIAL_HISTORY_MAX);
	check_c(w->c.history.v[0], hashes[CREDENTIAL_HISTORY_MAX + 6]);
	check_c(w->c.history.v[CREDENTIAL_HISTORY_MAX - 1], hashes[7]);
}

struct password_crowd {
	struct password_fixture *w;
	atomic_int right, limited, other;
};

static void *enter_crowd(void *data)
{
	struct password_crowd *c = data;
	struct arena *a = arena_new(ARENA_MAX);
	struct password_verdict v;
	enum rc rc = password_verify(c->w->p, a, &c->w->c, c->w->rules, good, 0, NOW, &v);

	atomic_fetch_add(rc == RC_OK ? &c->right : rc == RC_LIMITED ? &c->limited : &c->other, 1);
	arena_free(a);
	return NULL;
}

/* More than hash threads and places in the queue: each is answered, one way or the other. */
static void lanes_are_bounded(void **state)
{
	struct password_crowd c = {.w = *state};
	pthread_t threads[32];

	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, enter_crowd, &c), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&c.right) + atomic_load(&c.limited), COUNT(threads));
	assert_true(atomic_load(&c.right) >= 1);
	assert_int_equal(atomic_load(&c.other), 0);
}

static void no_lane_no_wait(void **state)
{
	const struct password_options closed = {.cost = {1 << 20, 1}};
	struct password_fixture *w = *state;
	struct password_verdict v;
	struct password *p;
	const char *why;

	assert_int_equal(password_new(&closed, &p, &why), RC_OK);
	check_rc(password_verify(p, w->a, &w->c, w->rules, good, 0, NOW, &v), RC_LIMITED);
	password_free(p);
}

static void rules_by_name(void **state)
{
	static const struct password_rules two[] = {
		{.name = STR_INIT("dla"), .min = 10}, {.name = STR_INIT("cgd"), .min = 8}};
	struct password_options options = cheap;
	struct password *p;
	const char *why;

	options.rules = (struct conf_list){two, 2};
	assert_int_equal(password_new(&options, &p, &why), RC_OK);
	assert_int_equal(password_rules_named(p, STR_NONE)->min, 10);
	assert_int_equal(password_rules_named(p, STR("cgd"))->min, 8);
	assert_null(password_rules_named(p, STR("ktb")));
	password_free(p);
	options.blocklist_file = STR("/nowhere/words");
	assert_int_equal(password_new(&options, &p, &why), RC_INVALID);
	check_has(str_c(why), "cannot be read");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		password_test(right_and_wrong),
		password_test(no_word_opens_what_is_not_there),
		password_test(forbidden_is_closed),
		password_test(an_initial_secret_dies),
		password_test(old_passwords_must_change),
		password_test(another_cost_is_hashed_anew),
		password_test(a_legacy_hash_is_used_once),
		password_test(legacy_hashes_are_of_what_was_typed),
		password_test(one_text_one_password),
		password_test(change_checks_the_rules),
		password_test(change_ends_the_initial_secret),
		password_test(history_is_as_long_as_the_rule),
		password_test(history_is_bounded),
		password_test(lanes_are_bounded),
		password_test(no_lane_no_wait),
		password_test(rules_by_name),
	};

	return cmocka_run_group_tests_name("factors/password", tests, NULL, NULL);
}
