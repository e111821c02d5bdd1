/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Random steps of random administrators in threads at one request: the rules hold every time. */
#include "workflow_fixture.h"

#include <pthread.h>

#define ROUNDS  40
#define THREADS 4
#define STEPS   8

struct walker {
	struct rights_fixture *s;
	struct str id;
	unsigned seed;
	size_t done[STEP_MAX];
	pthread_t thread;
};

static void *walk(void *data)
{
	struct walker *w = data;
	struct arena *a = arena_new(ARENA_MAX);

	for (int i = 0; i < STEPS; i++) {
		/* What changes something comes most often. */
		static const enum step often[] = {SUBMIT, SUBMIT, APPROVE, APPROVE, APPLY, APPLY,
			APPLY, REJECT, WITHDRAW, EXPIRE};
		enum step step = often[(size_t)rand_r(&w->seed) % 10];
		size_t who = (size_t)rand_r(&w->seed) % 3;
		enum rc rc = take_step(w->s, a, who, step, w->id, STR("x"));

		w->done[step] += rc == RC_OK;
		if (rand_r(&w->seed) % 6 == 0)
			__atomic_add_fetch(&w->s->now_ms, 15000, __ATOMIC_SEQ_CST);
	}
	arena_free(a);
	return NULL;
}

static const char *const follows[] = {
	"draft>submitted draft>withdrawn draft>expired submitted>approved submitted>rejected "
	"submitted>withdrawn submitted>expired approved>applied approved>withdrawn "
	"approved>expired "};

/* Word i of a line of the history. */
static struct str word_of(struct str line, int i)
{
	struct str word = STR_NONE;

	while (i-- >= 0)
		str_cut(&line, ' ', &word);
	return word;
}

static bool legal(struct str from, struct str to)
{
	char pair[64];

	snprintf(pair, sizeof(pair), "%.*s>%.*s ", STR_FMT(from), STR_FMT(to));
	return strstr(follows[0], pair) != NULL;
}

static void check_history(const struct change_request *r)
{
	for (size_t i = 0; i < r->history.n; i++) {
		struct str line = r->history.v[i], state = word_of(line, 1);
		uint64_t time;

		assert_true(str_to_u64(word_of(line, 0), INT64_MAX, &time));
		if (!str_eq_c(state, "expired"))
			assert_true((int64_t)time < r->deadline);
		if (str_eq_c(state, "approved"))
			assert_false(str_eq(word_of(line, 2), r->requester));
		if (i)
			assert_true(legal(word_of(r->history.v[i - 1], 1), state));
	}
	assert_true(str_eq_c(
		word_of(r->history.v[r->history.n - 1], 1), request_state_words[r->state]));
}

static void check_round(struct rights_fixture *s, const struct walker *walkers, struct str id,
	const char *name, uint64_t audited)
{
	struct read_call r = look(s, id);
	size_t done[STEP_MAX] = {0}, all = 0;

	for (size_t i = 0; i < THREADS; i++)
		for (size_t k = 0; k < STEP_MAX; k++)
			done[k] += walkers[i].done[k];
	for (size_t k = 0; k < STEP_MAX; k++) {
		assert_true(done[k] <= 1);
		all += done[k];
	}
	assert_int_equal(done[APPLY], r.request.state == REQUEST_APPLIED);
	assert_true(done[APPLY] <= done[APPROVE]);
	assert_int_equal(str_eq_c(r.admin_name, name), done[APPLY]);
	check_history(&r.request);
	/* The first line is that of asking; every step has one, and an audit entry, and the change
	 * itself another. */
	assert_int_equal(r.request.history.n, 1 + all);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), audited + all + done[APPLY]);
}

static size_t run_round(struct rights_fixture *s, unsigned round)
{
	struct walker walkers[THREADS] = {0};
	char name[32];
	struct str id;
	uint64_t audited;
	size_t applied = 0;

	snprintf(name, sizeof(name), "name-%u", round);
	assert_int_equal(ask(s, name, round % 2, &id), RC_OK);
	audited = rights_fixture_count(s, TABLE_AUDIT);
	for (unsigned i = 0; i < THREADS; i++) {
		walkers[i].s = s;
		walkers[i].id = id;
		walkers[i].seed = round * 100 + i;
		assert_int_equal(pthread_create(&walkers[i].thread, NULL, walk, &walkers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(walkers[i].thread, NULL), 0);
	check_round(s, walkers, id, name, audited);
	for (size_t i = 0; i < THREADS; i++)
		applied += walkers[i].done[APPLY];
	/* The next round begins without open requests. */
	s->now_ms += 200 * 1000;
	(void)take_step(s, s->arena, 1, EXPIRE, id, STR_NONE);
	return applied;
}

static void random_steps_keep_the_rules(void **state)
{
	struct rights_fixture *s = *state;
	size_t applied = 0;

	seed_office(s);
	for (unsigned round = 0; round < ROUNDS; round++)
		applied += run_round(s, round);
	/* Not all ended some other way. */
	assert_true(applied > 0);
}

static void *apply_once(void *data)
{
	struct walker *w = data;
	struct arena *a = arena_new(ARENA_MAX);

	w->done[APPLY] = take_step(w->s, a, 1, APPLY, w->id, STR_NONE) == RC_OK;
	arena_free(a);
	return NULL;
}

static void one_of_many_applies(void **state)
{
	struct rights_fixture *s = *state;
	struct walker walkers[THREADS] = {0};
	size_t applied = 0;
	struct str id;

	seed_office(s);
	assert_int_equal(ask(s, "new", false, &id), RC_OK);
	assert_int_equal(take_step(s, s->arena, 1, APPROVE, id, STR_NONE), RC_OK);
	for (size_t i = 0; i < THREADS; i++) {
		walkers[i].s = s;
		walkers[i].id = id;
		assert_int_equal(
			pthread_create(&walkers[i].thread, NULL, apply_once, &walkers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(walkers[i].thread, NULL), 0);
		applied += walkers[i].done[APPLY];
	}
	assert_int_equal(applied, 1);
	assert_int_equal(look(s, id).request.history.n, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIRECTORY_TEST(random_steps_keep_the_rules),
		DIRECTORY_TEST(one_of_many_applies),
	};

	return cmocka_run_group_tests_name("workflow/races", tests, NULL, NULL);
}
