/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who holds an email: the index follows the records, one claim of two wins, an older store
 * gets its index; and the one change of an address under way. */
#include "unit/check.h"

#include "directory/contact.h"
#include "base/clock.h"
#include "directory/directory.h"
#include "support/store/mem.h"

#include <pthread.h>

#define MAIL "somchai@bangtanai.go.th"

static int64_t now_ms_is = INT64_C(1800000000000);

static int64_t contact_now_ms(void *data)
{
	return now_ms_is;
}

static const struct clock still = {contact_now_ms, NULL};
static const struct vault vault = {.contact_hash = {7}};

struct contact_fixture {
	struct arena *a;
	struct store *store;
	struct store_snapshot *snap;
	struct store_batch *batch;
};

static int open_place(void **state)
{
	struct contact_fixture *p = calloc(1, sizeof(*p));

	now_ms_is = INT64_C(1800000000000);
	p->a = arena_new(ARENA_MAX_CLI);
	check_ok(store_open_mem(app_schema(), &still, &p->store));
	p->batch = store_batch_new(p->a);
	check_ok(store_snapshot_begin(p->store, &p->snap));
	*state = p;
	return 0;
}

static int close_place(void **state)
{
	struct contact_fixture *p = *state;

	store_snapshot_end(p->snap);
	store_close(p->store);
	arena_free(p->a);
	free(p);
	return 0;
}

static enum rc contact_commit(struct contact_fixture *p)
{
	enum rc rc;

	store_snapshot_end(p->snap);
	rc = store_commit(p->store, p->batch);
	p->batch = store_batch_new(p->a);
	check_ok(store_snapshot_begin(p->store, &p->snap));
	return rc;
}

static struct str id(struct contact_fixture *p, int n)
{
	struct buf text;

	buf_init(&text, p->a, ID_SIZE);
	buf_addf(&text, "person%016d", n);
	return buf_str(&text);
}

static struct person person(struct contact_fixture *p, int n, const char *email, bool verified)
{
	return (struct person){.id = id(p, n),
		.given_th = STR("x"),
		.pid_hash = id(p, n),
		.email = str_c(email),
		.email_verified = verified};
}

static void person_add(struct contact_fixture *p, int n, const char *email, bool verified)
{
	struct person new = person(p, n, email, verified);

	person_put(p->batch, p->a, &vault, NULL, 0, &new);
	check_ok(contact_commit(p));
}

/* Puts person n with another email. */
static void change(struct contact_fixture *p, int n, const char *email, bool verified)
{
	struct person old, new;
	uint64_t version;

	check_ok(person_get(p->snap, p->a, id(p, n), &old, &version));
	new = old;
	new.email = str_c(email);
	new.email_verified = verified;
	person_put(p->batch, p->a, &vault, &old, version, &new);
	check_ok(contact_commit(p));
}

/* May person n have it alone? */
static enum rc claim_email(struct contact_fixture *p, const char *email, int n)
{
	struct store_batch *b = store_batch_new(p->a);

	return email_claim(p->snap, b, p->a, &vault, str_c(email), id(p, n));
}

static void only_a_verified_email_is_held(void **state)
{
	struct contact_fixture *p = *state;

	person_add(p, 1, MAIL, false);
	check_ok(claim_email(p, MAIL, 2));
	change(p, 1, MAIL, true);
	assert_int_equal(claim_email(p, MAIL, 2), RC_EXISTS);
	assert_int_equal(claim_email(p, "SomChai@Bangtanai.GO.TH", 2), RC_EXISTS);
	check_ok(claim_email(p, MAIL, 1));
	check_ok(claim_email(p, "a" MAIL, 2));
}

static void another_one_or_none_lets_it_go(void **state)
{
	struct contact_fixture *p = *state;

	person_add(p, 1, MAIL, true);
	change(p, 1, "other@bangtanai.go.th", true);
	check_ok(claim_email(p, MAIL, 2));
	assert_int_equal(claim_email(p, "other@bangtanai.go.th", 2), RC_EXISTS);
	change(p, 1, "", false);
	check_ok(claim_email(p, "other@bangtanai.go.th", 2));
}

static void of_several_holders_each_counts(void **state)
{
	struct contact_fixture *p = *state;

	person_add(p, 1, MAIL, true);
	person_add(p, 2, MAIL, true);
	assert_int_equal(claim_email(p, MAIL, 1), RC_EXISTS);
	change(p, 2, MAIL, false);
	check_ok(claim_email(p, MAIL, 1));
	assert_int_equal(claim_email(p, MAIL, 3), RC_EXISTS);
}

/* A change of another member leaves the index alone. */
static void the_same_email_writes_no_entry(void **state)
{
	struct contact_fixture *p = *state;
	struct store_batch *b = store_batch_new(p->a);
	struct person old = person(p, 1, MAIL, true), new = old;

	email_index_move(b, p->a, &vault, &old, &new);
	assert_true(store_batch_empty(b));
	new.email = STR("Somchai@bangtanai.go.th");
	email_index_move(b, p->a, &vault, &old, &new);
	assert_true(store_batch_empty(b));
}

static void take_email(struct contact_fixture *p, struct store_batch *b, int n, bool alone)
{
	struct person old, new;
	uint64_t version;

	check_ok(person_get(p->snap, p->a, id(p, n), &old, &version));
	new = old;
	new.email = STR(MAIL);
	new.email_verified = true;
	if (alone)
		check_ok(email_claim(p->snap, b, p->a, &vault, new.email, new.id));
	person_put(b, p->a, &vault, &old, version, &new);
}

/* Both looked before either was stored. */
static void of_two_claims_one_is_stored(void **state)
{
	struct contact_fixture *p = *state;
	struct store_batch *first = store_batch_new(p->a), *second = store_batch_new(p->a);

	for (int free_before = 0; free_before < 2; free_before++) {
		int n = 10 * free_before;

		person_add(p, n + 1, "", false);
		person_add(p, n + 2, "", false);
		first = store_batch_new(p->a);
		second = store_batch_new(p->a);
		take_email(p, first, n + 1, true);
		take_email(p, second, n + 2, true);
		store_snapshot_end(p->snap);
		check_ok(store_commit(p->store, first));
		assert_int_equal(store_commit(p->store, second), RC_CONFLICT);
		check_ok(store_snapshot_begin(p->store, &p->snap));
		assert_int_equal(claim_email(p, MAIL, n + 2), RC_EXISTS);
		/* Let go: what is left of it hinders nobody, and the race is judged the same. */
		change(p, n + 1, "", false);
	}
}

/* An import may give one address to several people: who claims it alone still meets that. */
static void a_claim_meets_a_holder_that_claimed_nothing(void **state)
{
	struct contact_fixture *p = *state;
	struct store_batch *first = store_batch_new(p->a), *second = store_batch_new(p->a);

	person_add(p, 1, "", false);
	person_add(p, 2, "", false);
	take_email(p, first, 1, false);
	take_email(p, second, 2, true);
	store_snapshot_end(p->snap);
	check_ok(store_commit(p->store, first));
	assert_int_equal(store_commit(p->store, second), RC_CONFLICT);
	check_ok(store_snapshot_begin(p->store, &p->snap));
}

/* As a program without the index wrote it. */
static void put_old(struct contact_fixture *p, int n, const char *email, bool verified)
{
	struct person old = person(p, n, email, verified);

	record_put(p->batch, TABLE_PERSON, p->a, old.id, &old, STORE_ABSENT);
}

static enum rc build_index(struct contact_fixture *p, bool *ret_made)
{
	const struct app app = {.store = p->store, .vault = &vault, .clock = &clock_system};

	return email_index_build(&app, ret_made);
}

static void an_older_store_gets_the_index_once(void **state)
{
	struct contact_fixture *p = *state;
	bool made;

	for (int n = 0; n < 2 * EMAIL_INDEX_STEP; n++)
		put_old(p, n, n % 2 ? "" : "all@bangtanai.go.th", n % 2 == 0);
	put_old(p, 2 * EMAIL_INDEX_STEP, MAIL, true);
	put_old(p, 2 * EMAIL_INDEX_STEP + 1, "unproven@bangtanai.go.th", false);
	check_ok(contact_commit(p));
	check_ok(claim_email(p, MAIL, 1));
	store_snapshot_end(p->snap);
	check_ok(build_index(p, &made));
	assert_true(made);
	check_ok(build_index(p, &made));
	assert_false(made);
	check_ok(store_snapshot_begin(p->store, &p->snap));
	assert_int_equal(claim_email(p, MAIL, 1), RC_EXISTS);
	assert_int_equal(claim_email(p, "all@bangtanai.go.th", 1), RC_EXISTS);
	check_ok(claim_email(p, "unproven@bangtanai.go.th", 1));
}

static void *change_people(void *data)
{
	struct contact_fixture *p = data;

	for (int n = 0; n < 200; n++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct store_batch *b = store_batch_new(a);
		struct store_snapshot *snap;
		struct person old, new;
		uint64_t version;
		enum rc rc;

		check_ok(store_snapshot_begin(p->store, &snap));
		check_ok(person_get(snap, a, id(p, n), &old, &version));
		new = old;
		new.email_verified = false;
		person_put(b, a, &vault, &old, version, &new);
		store_snapshot_end(snap);
		rc = store_commit(p->store, b);
		assert_int_equal(rc, RC_OK);
		arena_free(a);
	}
	return NULL;
}

/* Who is changed while the index is made is in it as changed. */
static void the_index_is_made_beside_writers(void **state)
{
	struct contact_fixture *p = *state;
	struct buf email;
	pthread_t writer;
	bool made;

	for (int n = 0; n < 200; n++) {
		buf_init(&email, p->a, 40);
		buf_addf(&email, "p%d@bangtanai.go.th", n);
		put_old(p, n, str_dup_c(p->a, buf_str(&email)), true);
	}
	check_ok(contact_commit(p));
	store_snapshot_end(p->snap);
	/* The arena of ids is the writer's alone while it runs. */
	assert_int_equal(pthread_create(&writer, NULL, change_people, p), 0);
	check_ok(build_index(p, &made));
	pthread_join(writer, NULL);
	check_ok(store_snapshot_begin(p->store, &p->snap));
	for (int n = 0; n < 200; n++) {
		buf_init(&email, p->a, 40);
		buf_addf(&email, "p%d@bangtanai.go.th", n);
		check_ok(claim_email(p, str_dup_c(p->a, buf_str(&email)), 1000));
	}
}

/* --- a change under way --- */

static struct contact_change change_of(const char *id, int64_t now)
{
	return (struct contact_change){.person = STR("person"),
		.kind = CONTACT_EMAIL,
		.id = str_c(id),
		.address = STR(MAIL),
		.created = now,
		.expires = now + CONTACT_CHANGE_LIFETIME};
}

static enum rc change_read(struct contact_fixture *p, int64_t now, struct contact_change_found *ret)
{
	now_ms_is = now * 1000;
	return contact_change_get(p->snap, p->a, STR("person"), CONTACT_EMAIL, now, ret);
}

static void a_change_lives_so_long(void **state)
{
	struct contact_fixture *p = *state;
	/* Begun in the last second of a period, and in its first. */
	const int64_t period =
		INT64_C(1800000000) / CONTACT_CHANGE_LIFETIME * CONTACT_CHANGE_LIFETIME;
	const int64_t begins[] = {period, period + CONTACT_CHANGE_LIFETIME - 1};

	for (size_t i = 0; i < 2; i++) {
		struct contact_change c = change_of("one", begins[i]);
		struct contact_change_found f;

		assert_int_equal(change_read(p, begins[i], &f), RC_NOT_FOUND);
		contact_change_put(p->batch, p->a, &f, &c);
		check_ok(contact_commit(p));
		check_ok(change_read(p, begins[i], &f));
		assert_true(str_eq_c(f.change.address, MAIL));
		check_ok(change_read(p, begins[i] - 5, &f)); /* a clock that stepped back */
		check_ok(change_read(p, c.expires - 1, &f));
		assert_int_equal(change_read(p, c.expires, &f), RC_NOT_FOUND);
		contact_change_delete(p->batch, p->a, STR("person"), CONTACT_EMAIL, begins[i]);
		check_ok(contact_commit(p));
	}
}

static void a_new_change_takes_the_place_of_the_old(void **state)
{
	struct contact_fixture *p = *state;
	const int64_t now = INT64_C(1800000000), later = now + CONTACT_CHANGE_LIFETIME - 1;
	struct contact_change one = change_of("one", now), two = change_of("two", later);
	struct contact_change_found f;
	uint64_t n;

	change_read(p, now, &f);
	contact_change_put(p->batch, p->a, &f, &one);
	check_ok(contact_commit(p));
	check_ok(change_read(p, later, &f));
	contact_change_put(p->batch, p->a, &f, &two);
	check_ok(contact_commit(p));
	check_ok(change_read(p, later, &f));
	assert_true(str_eq_c(f.change.id, "two"));
	check_ok(store_count(p->snap, TABLE_CONTACT_CHANGE, &n));
	assert_int_equal(n, 1);
	contact_change_delete(p->batch, p->a, STR("person"), CONTACT_EMAIL, later);
	check_ok(contact_commit(p));
	check_ok(store_count(p->snap, TABLE_CONTACT_CHANGE, &n));
	assert_int_equal(n, 0);
}

/* The number of tries must not be lost, nor two begin unseen. */
static void parallel_puts_conflict(void **state)
{
	struct contact_fixture *p = *state;
	const int64_t now = INT64_C(1800000000);
	struct contact_change one = change_of("one", now), two = change_of("two", now);
	struct store_batch *other;
	struct contact_change_found f;

	for (int stored = 0; stored < 2; stored++) {
		change_read(p, now, &f);
		other = store_batch_new(p->a);
		contact_change_put(p->batch, p->a, &f, &one);
		contact_change_put(other, p->a, &f, &two);
		check_ok(contact_commit(p));
		store_snapshot_end(p->snap);
		assert_int_equal(store_commit(p->store, other), RC_CONFLICT);
		check_ok(store_snapshot_begin(p->store, &p->snap));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)
		T(only_a_verified_email_is_held),
		T(another_one_or_none_lets_it_go),
		T(of_several_holders_each_counts),
		T(the_same_email_writes_no_entry),
		T(of_two_claims_one_is_stored),
		T(a_claim_meets_a_holder_that_claimed_nothing),
		T(an_older_store_gets_the_index_once),
		T(the_index_is_made_beside_writers),
		T(a_change_lives_so_long),
		T(a_new_change_takes_the_place_of_the_old),
		T(parallel_puts_conflict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
