/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "trail.h"

#include "audit/record.h"

#define BEFORE  4u                              /* events before the checkpoint */
#define BEHIND  3u                              /* and behind it */
#define RECORDS ((uint64_t)BEFORE + 1 + BEHIND) /* the checkpoint has a number of its own */
#define MARK    ((uint64_t)BEFORE + 1)

/* p1 ... p4, checkpoint, p5 ... p7 */
static int verify_set_up(void **state)
{
	struct trail *t = trail_new();

	for (unsigned i = 1; i <= BEFORE + BEHIND; i++) {
		char person[8];

		snprintf(person, sizeof(person), "p%u", i);
		trail_add(t, person, "thaid");
		if (i == BEFORE)
			assert_int_equal(trail_sign(t), BEFORE);
	}
	trail_read(t);
	assert_int_equal(t->n, RECORDS);
	*state = t;
	return 0;
}

static int verify_tear_down(void **state)
{
	trail_free(*state);
	return 0;
}

static bool names_fault(
	const struct trail_report *found, uint64_t number, enum audit_fault_kind kind)
{
	for (size_t i = 0; i < found->n; i++)
		if (found->faults[i].number == number && found->faults[i].kind == kind)
			return true;
	return false;
}

static void whole(void **state)
{
	struct trail *t = *state;
	struct trail_report found = trail_verify(t, NULL);

	assert_int_equal(found.n, 0);
	assert_int_equal(found.report.records, RECORDS);
	assert_int_equal(found.report.last, RECORDS);
	assert_int_equal(found.report.checkpoints, 1);
	assert_int_equal(found.report.signed_upto, BEFORE);
	assert_int_equal(found.report.first_ms, T0);
	assert_int_equal(found.report.last_ms, T0 + 7000);
	assert_true(str_eq_c(audit_line_hash(t->records[RECORDS - 1]), found.report.last_hash));
}

static void empty(void **state)
{
	struct trail *t = trail_new();
	struct trail_report found = trail_verify(t, NULL);

	(void)state;
	assert_int_equal(found.n, 0);
	assert_int_equal(found.report.last, 0);
	trail_free(t);
}

/* Each byte of each record, three ways: exactly that record is named, and first. */
static void flipped_bytes(void **state)
{
	static const unsigned char masks[] = {0x01, 0x20, 0x80};
	struct trail *t = *state;

	for (size_t i = 0; i < RECORDS; i++) {
		struct str genuine = t->records[i];
		char *bytes = str_dup_c(t->a, genuine);

		t->records[i].p = bytes;
		for (size_t at = 0; at < genuine.n * 3; at++) {
			struct trail_report found;

			bytes[at / 3] = (char)(genuine.p[at / 3] ^ masks[at % 3]);
			found = trail_verify(t, NULL);
			assert_true(found.n > 0);
			/* A changed hash of record 4 is also not what the checkpoint signed. */
			assert_int_equal(found.faults[0].number, i + 1);
			bytes[at / 3] = genuine.p[at / 3];
		}
		t->records[i] = genuine;
	}
}

static void flipped_head(void **state)
{
	struct trail *t = *state;
	char *bytes = str_dup_c(t->a, t->head);

	t->head.p = bytes;
	for (size_t at = 0; at < t->head.n; at++) {
		struct trail_report found;

		bytes[at] ^= 1;
		found = trail_verify(t, NULL);
		assert_true(found.n > 0);
		assert_int_equal(found.faults[0].kind, AUDIT_FAULT_HEAD);
		bytes[at] ^= 1;
	}
	assert_int_equal(trail_verify(t, NULL).n, 0);
}

static void trail_drop_line(struct trail *t, size_t index)
{
	memmove(&t->records[index], &t->records[index + 1],
		(t->n - index - 1) * sizeof(t->records[0]));
	t->n--;
}

/* Taken out, leaving a hole; the last ones leave none and are found only where signed. */
static void removed(void **state)
{
	struct trail *t = *state;

	for (size_t i = 0; i < RECORDS - 1; i++) {
		struct str genuine = t->records[i];
		struct trail_report found;

		t->records[i] = STR_NONE;
		found = trail_verify(t, NULL);
		assert_true(names_fault(&found, i + 1, AUDIT_FAULT_MISSING));
		assert_int_equal(found.faults[0].number, i + 1);
		t->records[i] = genuine;
	}
}

/* Taken out and the rest moved up: with their numbers as they were, renumbered, and resealed. */
static void removed_and_closed(void **state)
{
	struct trail *t = *state;
	struct trail copy = *t;

	for (size_t i = 0; i < RECORDS - 1; i++) {
		struct trail_report found;

		copy = *t;
		trail_drop_line(&copy, i);
		found = trail_verify(&copy, NULL);
		assert_int_equal(found.faults[0].number, i + 1);
		assert_int_equal(found.faults[0].kind, AUDIT_FAULT_MISPLACED);
		trail_reseal(&copy, i);
		found = trail_verify(&copy, NULL);
		/* What was signed is found even so; what was not yet is not. */
		assert_int_equal(found.n > 0, i < MARK);
		if (found.n)
			assert_true(names_fault(&found, BEFORE, AUDIT_FAULT_REWRITTEN) ||
				    names_fault(&found, MARK, AUDIT_FAULT_CUT));
	}
}

static void inserted(void **state)
{
	struct trail *t = *state;
	struct trail copy;

	for (size_t i = 0; i < RECORDS; i++) {
		struct trail_report found;

		copy = *t;
		memmove(&copy.records[i + 1], &copy.records[i], (copy.n - i) * sizeof(struct str));
		copy.n++;
		found = trail_verify(&copy, NULL);
		/* The doubled record itself is in its place; the next one is not. */
		assert_int_equal(found.faults[0].number, i + 2);
		assert_int_equal(found.faults[0].kind, AUDIT_FAULT_MISPLACED);
		trail_reseal(&copy, i);
		found = trail_verify(&copy, NULL);
		/* Behind what was signed there is room until the next checkpoint. */
		assert_int_equal(found.n > 0, i + 1 < BEFORE);
	}
}

static void reordered(void **state)
{
	struct trail *t = *state;

	for (size_t i = 0; i + 1 < RECORDS; i++) {
		struct trail copy = *t;
		struct trail_report found;

		copy.records[i] = t->records[i + 1];
		copy.records[i + 1] = t->records[i];
		found = trail_verify(&copy, NULL);
		assert_int_equal(found.faults[0].number, i + 1);
		assert_int_equal(found.faults[0].kind, AUDIT_FAULT_MISPLACED);
		assert_true(names_fault(&found, i + 2, AUDIT_FAULT_MISPLACED));
	}
}

/* Cut before what was signed: the first missing number. Behind it nothing is signed yet. */
static void truncated(void **state)
{
	struct trail *t = *state;

	for (size_t left = 0; left < RECORDS; left++) {
		struct trail copy = *t;
		struct trail_report found;

		copy.n = left;
		found = trail_verify(&copy, NULL);
		assert_int_equal(found.n > 0, left < MARK);
		if (left < MARK) {
			assert_int_equal(found.faults[0].number, left + 1);
			assert_int_equal(found.faults[0].kind, AUDIT_FAULT_CUT);
		}
	}
}

/* A line of the log knows more than the database. */
static void anchored(void **state)
{
	struct trail *t = *state;
	struct audit_anchor anchor = {
		.number = RECORDS, .hash = audit_line_hash(t->records[RECORDS - 1])};
	struct trail copy = *t;
	struct trail_report found;

	assert_int_equal(trail_verify(t, &anchor).n, 0);
	copy.n--;
	found = trail_verify(&copy, &anchor);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.faults[0].number, RECORDS);
	assert_int_equal(found.faults[0].kind, AUDIT_FAULT_CUT);
	copy = *t;
	trail_drop_line(&copy, MARK);
	copy.records[copy.n++] = copy.records[MARK];
	trail_reseal(&copy, MARK);
	assert_int_equal(trail_verify(&copy, NULL).n, 0);
	found = trail_verify(&copy, &anchor);
	assert_true(names_fault(&found, RECORDS, AUDIT_FAULT_REWRITTEN));
}

/* One record replaced and given a fitting hash: the next does not follow from it. */
static void replaced(void **state)
{
	struct trail *t = *state;

	for (size_t i = 0; i < BEFORE; i++) {
		struct trail copy = *t;
		struct str text = str_dup(t->a, t->records[i]);
		char *person = strstr((char *)(uintptr_t)text.p, "\"p");
		struct trail_report found;

		assert_non_null(person);
		person[2] = '9';
		copy.records[i] = text;
		copy.n = i + 1;
		trail_reseal(&copy, i);
		copy.n = RECORDS;
		found = trail_verify(&copy, NULL);
		assert_int_equal(found.faults[0].number, i + 1 == BEFORE ? BEFORE : i + 2);
		trail_reseal(&copy, i);
		found = trail_verify(&copy, NULL);
		assert_true(names_fault(&found, BEFORE, AUDIT_FAULT_REWRITTEN));
		copy.head = STR_NONE;
		found = trail_verify(&copy, NULL);
		assert_true(names_fault(&found, BEFORE, AUDIT_FAULT_REWRITTEN));
	}
}

/* The key is what it stands on. */
static void other_key(void **state)
{
	struct trail *t = *state;
	struct audit_key genuine = t->key;
	struct trail_report found;

	t->key.bytes[0] ^= 1;
	found = trail_verify(t, NULL);
	assert_true(names_fault(&found, MARK, AUDIT_FAULT_SIGNATURE));
	assert_true(names_fault(&found, BEFORE, AUDIT_FAULT_HEAD));
	assert_int_equal(found.report.signed_upto, 0);
	t->key = audit_key_make((const unsigned char *)"another key of thirty-two bytes..");
	found = trail_verify(t, NULL);
	assert_true(names_fault(&found, MARK, AUDIT_FAULT_SIGNATURE));
	t->key = genuine;
}

static void head_removed(void **state)
{
	struct trail *t = *state;
	struct trail_report found;

	t->head = STR_NONE;
	found = trail_verify(t, NULL);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.faults[0].kind, AUDIT_FAULT_HEAD);
}

/* A checkpoint of the trail is no head: the trail cannot be cut back to it by copying it there. */
static void head_forged_from_trail(void **state)
{
	struct trail *t = *state;
	struct trail_report found;
	struct buf head;
	struct str mark = t->records[MARK - 1];
	size_t at = str_find(mark, ',');

	buf_init(&head, t->a, 1000);
	buf_add_byte(&head, '{');
	buf_add(&head, str_sub(mark, at + 1, mark.n));
	t->head = buf_str(&head);
	found = trail_verify(t, NULL);
	assert_true(names_fault(&found, BEFORE, AUDIT_FAULT_HEAD));
}

static bool stop_at_first(void *data, const struct audit_fault *fault)
{
	(void)fault;
	(*(int *)data)++;
	return false;
}

static void stops_when_told(void **state)
{
	struct trail *t = *state;
	const struct audit_key key = t->key;
	struct audit_report report;
	struct store *s;
	int calls = 0;
	const struct audit_verify_options options = {
		.keys = &key, .n_keys = 1, .fault = stop_at_first, .data = &calls};

	t->records[0] = t->records[2] = STR("rubbish");
	s = trail_forged(t);
	assert_rc(RC_CORRUPT, audit_verify(s, place, &options, &report));
	assert_int_equal(calls, 1);
	store_close(s);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, verify_set_up, verify_tear_down)
	const struct CMUnitTest tests[] = {
		CASE(whole),
		cmocka_unit_test(empty),
		CASE(flipped_bytes),
		CASE(flipped_head),
		CASE(removed),
		CASE(removed_and_closed),
		CASE(inserted),
		CASE(reordered),
		CASE(truncated),
		CASE(anchored),
		CASE(replaced),
		CASE(other_key),
		CASE(head_removed),
		CASE(head_forged_from_trail),
		CASE(stops_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
