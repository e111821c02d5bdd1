/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Lists of messages are read in pages (decision 48). */
#include "deliver_fixture.h"
#include "deliver/outbox.h"

struct walked {
	struct arena *a;
	struct str ids[8];
	size_t n, most;
};

static bool keep_id(void *data, struct str id, const struct message *m)
{
	struct walked *w = data;

	(void)m;
	w->ids[w->n++] = str_dup(w->a, id);
	return w->n < w->most;
}

static struct walked walk_from(struct outbox_fixture *w, struct str after, size_t most)
{
	struct walked found = {.a = w->arena, .most = most};
	struct tx tx = outbox_fixture_tx(w);

	check_ok(outbox_each(tx.snap, w->arena, after, keep_id, &found));
	tx_end(&tx);
	return found;
}

/* A page begins behind the last message of the one before; each message is on one page. */
static void pages_of_messages(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_mail("x");
	struct walked all, one = {.n = 0};
	struct str after = STR_NONE;
	struct tx tx;

	for (int i = 0; i < 5; i++)
		check_ok(outbox_fixture_put(w, &m, NULL));
	all = walk_from(w, STR_NONE, 8);
	assert_int_equal(all.n, 5);
	for (size_t i = 0; i < 5; i++) {
		one = walk_from(w, after, 1);
		assert_int_equal(one.n, 1);
		check_str(one.ids[0], all.ids[i]);
		after = one.ids[0];
	}
	assert_int_equal(walk_from(w, after, 8).n, 0);
	tx = outbox_fixture_tx(w);
	check_rc(outbox_each(tx.snap, w->arena, STR("no id"), keep_id, &one), RC_INVALID);
	tx_end(&tx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		outbox_fixture_test(pages_of_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
