/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The fair queue: turns, places, who gives up a place. Each rule once, then a model of random use.
 */
#include "base/fair_queue.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define ROOM  1000u
#define SHARE 1000u

static struct fair_item item(uint64_t group, uint64_t member, uint64_t subject)
{
	return (struct fair_item){.group = group, .member = member, .subject = subject};
}

/* The groups of the items as they are taken, "a" for 1. Gives all back. */
static void check_order(struct fair_queue *q, const char *groups)
{
	struct fair_item *taken[64];
	char order[65] = {0};
	size_t n = 0;

	while ((taken[n] = fair_queue_take(q, SHARE))) {
		order[n] = (char)('a' + taken[n]->group - 1);
		n++;
	}
	assert_string_equal(order, groups);
	for (size_t i = 0; i < n; i++)
		fair_queue_done(q, taken[i]);
	assert_int_equal(fair_queue_length(q), 0);
}

static void groups_take_turns(void **state)
{
	struct fair_queue *q = fair_queue_new(7);
	struct fair_item items[8];
	const uint64_t groups[] = {1, 1, 1, 1, 2, 1, 3, 2};

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		items[i] = item(groups[i], groups[i], 0);
		assert_null(fair_queue_put(q, &items[i], ROOM));
	}
	check_order(q, "abcabaaa");
	fair_queue_free(q);
}

/* Within a group the members take turns, and within a member the first comes first. */
static void members_take_turns(void **state)
{
	struct fair_queue *q = fair_queue_new(7);
	struct fair_item items[6];
	const uint64_t members[] = {1, 1, 1, 2, 2, 3};
	const size_t order[] = {0, 3, 5, 1, 4, 2};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		items[i] = item(1, members[i], 0);
		assert_null(fair_queue_put(q, &items[i], ROOM));
	}
	for (size_t i = 0; i < 6; i++)
		assert_ptr_equal(fair_queue_take(q, SHARE), &items[order[i]]);
	for (size_t i = 0; i < 6; i++)
		fair_queue_done(q, &items[i]);
	fair_queue_free(q);
}

/* A full queue: a crowd gives up its youngest for somebody of a smaller one, never the reverse. */
static void the_longest_gives_up_its_youngest(void **state)
{
	struct fair_queue *q = fair_queue_new(7);
	struct fair_item crowd[6], few[4];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		crowd[i] = item(1, 1, 0);
		assert_null(fair_queue_put(q, &crowd[i], 5));
	}
	crowd[5] = item(1, 1, 0);
	assert_ptr_equal(fair_queue_put(q, &crowd[5], 5), &crowd[5]);
	for (size_t i = 0; i < 4; i++)
		few[i] = item(2, 2, 0);
	assert_ptr_equal(fair_queue_put(q, &few[0], 5), &crowd[4]);
	assert_ptr_equal(fair_queue_put(q, &few[1], 5), &crowd[3]);
	/* Three against two: the third would be the longer one's equal, and is the youngest. */
	assert_ptr_equal(fair_queue_put(q, &few[2], 5), &few[2]);
	check_order(q, "ababa");
	fair_queue_free(q);
}

/* In one group: the address with the most gives up, not its neighbour. */
static void the_longest_member_gives_up(void **state)
{
	struct fair_queue *q = fair_queue_new(7);
	struct fair_item robot[4], neighbour[2], far;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		robot[i] = item(1, 1, 0);
		assert_null(fair_queue_put(q, &robot[i], 4));
	}
	neighbour[0] = item(1, 2, 0);
	assert_null(fair_queue_put(q, &neighbour[0], 4));
	far = item(2, 1, 0);
	assert_ptr_equal(fair_queue_put(q, &far, 4), &robot[2]);
	neighbour[1] = item(1, 2, 0);
	assert_ptr_equal(fair_queue_put(q, &neighbour[1], 4), &neighbour[1]);
	robot[3] = item(1, 1, 0);
	assert_ptr_equal(fair_queue_put(q, &robot[3], 4), &robot[3]);
	check_order(q, "abaa");
	fair_queue_free(q);
}

static void one_place_a_subject(void **state)
{
	struct fair_queue *q = fair_queue_new(7);
	struct fair_item first = item(1, 1, 5), other = item(1, 1, 6), again = item(1, 1, 5),
			 elsewhere = item(1, 2, 5), nobody = item(1, 1, 0),
			 nobody_else = item(1, 1, 0);

	(void)state;
	assert_null(fair_queue_put(q, &first, ROOM));
	assert_null(fair_queue_put(q, &other, ROOM));
	/* It takes the place in the line, also where there is no room for another. */
	assert_ptr_equal(fair_queue_put(q, &again, 2), &first);
	assert_int_equal(fair_queue_length(q), 2);
	/* A stranger's address does not take it away. */
	assert_null(fair_queue_put(q, &elsewhere, ROOM));
	assert_null(fair_queue_put(q, &nobody, ROOM));
	assert_null(fair_queue_put(q, &nobody_else, ROOM));
	assert_ptr_equal(fair_queue_take(q, SHARE), &again);
	/* Whose turn has come has no place any more. */
	first = item(1, 1, 5);
	assert_null(fair_queue_put(q, &first, ROOM));
	fair_queue_done(q, &again);
	check_order(q, "aaaaa");
	fair_queue_free(q);
}

static void a_group_has_its_share_out(void **state)
{
	struct fair_queue *q = fair_queue_new(7);
	struct fair_item crowd[4], one = item(2, 2, 0);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		crowd[i] = item(1, 1 + i, 0);
		assert_null(fair_queue_put(q, &crowd[i], ROOM));
	}
	assert_ptr_equal(fair_queue_take(q, 2), &crowd[0]);
	assert_ptr_equal(fair_queue_take(q, 2), &crowd[1]);
	assert_null(fair_queue_take(q, 2));
	assert_null(fair_queue_put(q, &one, ROOM));
	assert_ptr_equal(fair_queue_take(q, 2), &one);
	fair_queue_done(q, &crowd[0]);
	assert_ptr_equal(fair_queue_take(q, 2), &crowd[2]);
	assert_null(fair_queue_take(q, 2));
	fair_queue_done(q, &crowd[1]);
	fair_queue_done(q, &crowd[2]);
	fair_queue_done(q, &one);
	check_order(q, "a");
	fair_queue_free(q);
}

/* One of a small share waits until its member has fewer out; its neighbours go on. */
static void a_member_has_its_share_out(void **state)
{
	struct fair_queue *q = fair_queue_new(7);
	struct fair_item mine[3], neighbour[2], far = item(2, 1, 0);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		mine[i] = item(1, 1, 0);
		mine[i].share = 1;
		assert_null(fair_queue_put(q, &mine[i], ROOM));
	}
	assert_ptr_equal(fair_queue_take(q, SHARE), &mine[0]);
	assert_null(fair_queue_take(q, SHARE));
	for (size_t i = 0; i < 2; i++) {
		neighbour[i] = item(1, 2, 0);
		assert_null(fair_queue_put(q, &neighbour[i], ROOM));
	}
	assert_null(fair_queue_put(q, &far, ROOM));
	assert_ptr_equal(fair_queue_take(q, SHARE), &neighbour[0]);
	assert_ptr_equal(fair_queue_take(q, SHARE), &far);
	assert_ptr_equal(fair_queue_take(q, SHARE), &neighbour[1]);
	assert_null(fair_queue_take(q, SHARE));
	fair_queue_done(q, &mine[0]);
	assert_ptr_equal(fair_queue_take(q, SHARE), &mine[1]);
	assert_null(fair_queue_take(q, SHARE));
	for (size_t i = 0; i < 2; i++)
		fair_queue_done(q, &neighbour[i]);
	fair_queue_done(q, &far);
	fair_queue_done(q, &mine[1]);
	check_order(q, "a");
	fair_queue_free(q);
}

static void no_room_at_all(void **state)
{
	struct fair_queue *q = fair_queue_new(7);
	struct fair_item one = item(1, 1, 3);

	(void)state;
	assert_ptr_equal(fair_queue_put(q, &one, 0), &one);
	assert_int_equal(fair_queue_length(q), 0);
	assert_null(fair_queue_take(q, SHARE));
	fair_queue_free(q);
}

#define MODEL_ITEMS 64

/* xorshift64: the same walk each time. */
static uint64_t below(uint64_t n)
{
	static uint64_t x = UINT64_C(88172645463325252);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x % n;
}

struct model {
	struct fair_item items[MODEL_ITEMS];
	enum { IDLE, WAITS, OUT } at[MODEL_ITEMS];
};

static size_t count_at(const struct model *m, int at, uint64_t group)
{
	size_t n = 0;

	for (size_t i = 0; i < MODEL_ITEMS; i++)
		n += m->at[i] == (unsigned)at && (!group || m->items[i].group == group);
	return n;
}

static size_t index_of(const struct model *m, const struct fair_item *x)
{
	return (size_t)(x - m->items);
}

static void model_put(struct fair_queue *q, struct model *m, size_t i, size_t room)
{
	size_t before = count_at(m, WAITS, 0);
	struct fair_item *out;

	m->items[i] = item(1 + below(5), 1 + below(3), below(6));
	m->items[i].share = below(3);
	out = fair_queue_put(q, &m->items[i], room);
	m->at[i] = WAITS;
	if (out)
		m->at[index_of(m, out)] = IDLE;
	/* Somebody gives way only where there is no room, or for a place of his own. */
	if (out && before < room)
		assert_true(out != &m->items[i] && out->subject == m->items[i].subject);
	/* Never somebody of a group that is smaller than the newcomer's. */
	if (out && out->subject != m->items[i].subject)
		assert_true(count_at(m, WAITS, out->group) + 1 >=
			    count_at(m, WAITS, m->items[i].group));
}

static void random_use(void **state)
{
	struct fair_queue *q = fair_queue_new(99);
	struct model *m = calloc(1, sizeof(*m));

	(void)state;
	for (int step = 0; step < 200000; step++) {
		size_t i = below(MODEL_ITEMS), share = 1 + below(4);
		struct fair_item *taken;

		if (m->at[i] == IDLE) {
			model_put(q, m, i, below(24));
		} else if (m->at[i] == OUT) {
			fair_queue_done(q, &m->items[i]);
			m->at[i] = IDLE;
		} else if ((taken = fair_queue_take(q, share))) {
			assert_true(count_at(m, OUT, taken->group) < share);
			m->at[index_of(m, taken)] = OUT;
		}
		assert_int_equal(fair_queue_length(q), count_at(m, WAITS, 0));
	}
	for (size_t i = 0; i < MODEL_ITEMS; i++)
		if (m->at[i] == OUT)
			fair_queue_done(q, &m->items[i]);
	for (struct fair_item *taken; (taken = fair_queue_take(q, SHARE));)
		fair_queue_done(q, taken);
	assert_int_equal(fair_queue_length(q), 0);
	free(m);
	fair_queue_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_take_turns),
		cmocka_unit_test(members_take_turns),
		cmocka_unit_test(the_longest_gives_up_its_youngest),
		cmocka_unit_test(the_longest_member_gives_up),
		cmocka_unit_test(one_place_a_subject),
		cmocka_unit_test(a_group_has_its_share_out),
		cmocka_unit_test(a_member_has_its_share_out),
		cmocka_unit_test(no_room_at_all),
		cmocka_unit_test(random_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
