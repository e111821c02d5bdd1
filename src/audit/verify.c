/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "audit/verify.h"

#include "audit/record.h"
#include "store/check.h"

#include <stdarg.h>

#define SLICE     5000 /* records read through one snapshot */
#define FAULT_MAX 400u /* bytes of a sentence */

struct verification {
	struct store *s;
	struct audit_place place;
	const struct audit_verify_options *o;
	struct audit_report report;
	struct arena *a; /* of the slice */
	struct store_snapshot *snap;
	struct audit_anchor head;       /* number 0: none */
	size_t anchors_past;            /* given ones that lie behind */
	uint64_t end;                   /* the last number when we began */
	int64_t offset;                 /* by how much records call themselves otherwise */
	bool linked;                    /* the two hashes below are known */
	char stored[AUDIT_HASH_CHARS];  /* of the record before, as it says */
	char fitting[AUDIT_HASH_CHARS]; /* ... and as it should say */
	size_t hash_n;                  /* 0 before the first record */
	char head_hash[AUDIT_HASH_CHARS];
	bool checkpoint_seen;
	size_t left; /* in this slice */
	bool stopped;
};

static const char *const names[AUDIT_FAULT_MAX] = {
	[AUDIT_FAULT_MALFORMED] = "malformed",
	[AUDIT_FAULT_CHANGED] = "changed",
	[AUDIT_FAULT_MISSING] = "missing",
	[AUDIT_FAULT_MISPLACED] = "misplaced",
	[AUDIT_FAULT_SIGNATURE] = "signature",
	[AUDIT_FAULT_REWRITTEN] = "rewritten",
	[AUDIT_FAULT_CUT] = "cut",
	[AUDIT_FAULT_HEAD] = "head",
};

const char *audit_fault_name(enum audit_fault_kind kind)
{
	return (unsigned)kind < AUDIT_FAULT_MAX ? names[kind] : "unknown";
}

__attribute__((format(printf, 4, 5))) static void fault(struct verification *c, uint64_t number,
	enum audit_fault_kind kind, const char *format, ...)
{
	struct audit_fault f = {.number = number, .kind = kind};
	char text[FAULT_MAX];
	va_list args;

	c->report.faults++;
	if (!c->o->fault)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	f.text = text;
	c->stopped = !c->o->fault(c->o->data, &f);
}

#define LLU(n) ((unsigned long long)(n))

/* --- signatures --- */

static const struct audit_key *find_key(const struct verification *c, struct str id)
{
	for (size_t i = 0; i < c->o->n_keys; i++)
		if (str_eq_c(id, c->o->keys[i].id))
			return &c->o->keys[i];
	return NULL;
}

/* Why the mark is not genuine, or NULL. */
static const char *not_genuine(
	struct verification *c, const struct audit_mark *mark, const char *what)
{
	const struct audit_key *key = find_key(c, mark->key_id);
	struct str want;

	if (!key)
		return "it is signed by a key that is not among those given";
	want = audit_sign(c->a, key, what, mark->number, mark->t, mark->hash);
	return str_eq(want, mark->signature) ? NULL : "its signature is wrong";
}

static struct str hash_of(struct verification *c, uint64_t number)
{
	struct store_record record;

	if (store_get(c->snap, c->place.log, store_key_log(c->a, number), &record) != RC_OK)
		return STR_NONE;
	return audit_line_hash(record.value);
}

static void check_checkpoint(struct verification *c, uint64_t number, struct str text)
{
	struct audit_mark mark;
	const char *why;

	c->checkpoint_seen = true;
	if (!c->o->n_keys)
		return;
	if (audit_mark_parse(c->a, text, &mark) != RC_OK || mark.number >= number) {
		fault(c, number, AUDIT_FAULT_SIGNATURE, "checkpoint %llu is unreadable",
			LLU(number));
		return;
	}
	why = not_genuine(c, &mark, "checkpoint");
	if (why) {
		fault(c, number, AUDIT_FAULT_SIGNATURE, "checkpoint %llu: %s", LLU(number), why);
		return;
	}
	if (!str_eq(hash_of(c, mark.number), mark.hash)) {
		fault(c, mark.number, AUDIT_FAULT_REWRITTEN,
			"record %llu is not the one that checkpoint %llu signed; records from %llu "
			"on may be others than were written",
			LLU(mark.number), LLU(number), LLU(c->report.signed_upto + 1));
		return;
	}
	c->report.checkpoints++;
	c->report.signed_upto = mark.number;
}

/* --- one record --- */

static void check_anchor(
	struct verification *c, const struct audit_anchor *anchor, uint64_t number, struct str hash)
{
	if (anchor->number == number && !str_eq(anchor->hash, hash))
		fault(c, number, AUDIT_FAULT_REWRITTEN,
			"record %llu is not the one that was signed", LLU(number));
}

static void check_anchors(struct verification *c, uint64_t number, struct str hash)
{
	const struct audit_verify_options *o = c->o;

	check_anchor(c, &c->head, number, hash);
	while (c->anchors_past < o->n_anchors && o->anchors[c->anchors_past].number <= number)
		check_anchor(c, &o->anchors[c->anchors_past++], number, hash);
}

static struct str fitting_hash(struct verification *c, const char *before, struct str body)
{
	return audit_line_seal(c->a, (struct str){.p = before, .n = c->hash_n}, body);
}

/* The record fits what the one before says, or should say: then only that one is at fault. */
static void check_link(struct verification *c, uint64_t number, const struct audit_line *line)
{
	struct str fitting = fitting_hash(c, c->stored, line->body);

	if (!str_eq(fitting, line->hash) &&
		!str_eq(fitting_hash(c, c->fitting, line->body), line->hash))
		fault(c, number, AUDIT_FAULT_CHANGED,
			"record %llu does not fit its hash: it was changed, or the record before "
			"it "
			"was replaced",
			LLU(number));
	memcpy(c->fitting, fitting.p, AUDIT_HASH_CHARS);
}

/* False when it calls itself by another number than those before it did. */
static bool check_number(struct verification *c, uint64_t number, const struct audit_line *line)
{
	int64_t offset = (int64_t)line->number - (int64_t)number;
	bool same = offset == c->offset;

	if (!same && offset)
		fault(c, number, AUDIT_FAULT_MISPLACED,
			"record %llu calls itself %llu: it was moved, or records were put in or "
			"taken out before it",
			LLU(number), LLU(line->number));
	c->offset = offset;
	return same;
}

static void verify_line(struct verification *c, uint64_t number, struct str text)
{
	struct audit_line line;
	bool known;

	if (!audit_line_parse(text, &line)) {
		fault(c, number, AUDIT_FAULT_MALFORMED, "record %llu is not a record of this trail",
			LLU(number));
		c->linked = false;
		return;
	}
	known = check_number(c, number, &line) && c->linked;
	if (known)
		check_link(c, number, &line);
	else
		memcpy(c->fitting, line.hash.p, AUDIT_HASH_CHARS);
	memcpy(c->stored, line.hash.p, AUDIT_HASH_CHARS);
	memcpy(c->report.last_hash, line.hash.p, AUDIT_HASH_CHARS);
	c->hash_n = AUDIT_HASH_CHARS;
	c->linked = true;
	if (!c->report.first_ms)
		c->report.first_ms = line.t;
	c->report.last_ms = line.t;
	check_anchors(c, number, line.hash);
	if (str_starts(line.rest, STR("\"event\":\"checkpoint\"")))
		check_checkpoint(c, number, text);
}

static bool check_record(void *data, const struct store_record *record)
{
	struct verification *c = data;
	uint64_t number = store_key_number(record->key), expected = c->report.last + 1;

	if (number > c->end)
		return false;
	if (number < expected) {
		fault(c, expected, AUDIT_FAULT_MALFORMED,
			"behind record %llu stands something that is no record of this trail",
			LLU(expected - 1));
		return false;
	}
	if (number > expected) {
		fault(c, expected, AUDIT_FAULT_MISSING, "records %llu to %llu are missing",
			LLU(expected), LLU(number - 1));
		c->linked = false;
	}
	c->report.last = number;
	c->report.records++;
	verify_line(c, number, record->value);
	return !c->stopped && --c->left > 0;
}

/* --- the whole --- */

static bool take_number(void *data, const struct store_record *record)
{
	*(uint64_t *)data = store_key_number(record->key);
	return false;
}

static void verify_read_head(struct verification *c, struct str json)
{
	struct audit_mark mark;
	const char *why;

	if (audit_mark_parse(c->a, json, &mark) != RC_OK) {
		fault(c, c->end, AUDIT_FAULT_HEAD, "the head record is unreadable");
		return;
	}
	why = c->o->n_keys ? not_genuine(c, &mark, "head") : NULL;
	if (why) {
		fault(c, mark.number, AUDIT_FAULT_HEAD, "the head record: %s", why);
		return;
	}
	memcpy(c->head_hash, mark.hash.p, AUDIT_HASH_CHARS);
	c->head.number = mark.number;
	c->head.hash = (struct str){.p = c->head_hash, .n = AUDIT_HASH_CHARS};
}

static enum rc verify_start(struct verification *c)
{
	struct str key = STR(AUDIT_HEAD_KEY);
	struct store_record record;
	enum rc rc = store_snapshot_begin(c->s, &c->snap);

	if (rc != RC_OK)
		return rc;
	store_snapshot_damaged_too(c->snap);
	rc = store_scan(c->snap, c->place.log, STR_NONE, STR_NONE, true, take_number, &c->end);
	if (rc == RC_OK)
		rc = store_get(c->snap, c->place.head, key, &record);
	if (rc == RC_OK)
		verify_read_head(c, record.value);
	else if (rc == RC_NOT_FOUND)
		rc = RC_OK;
	store_snapshot_endp(&c->snap);
	return rc;
}

static enum rc read_slice(struct verification *c)
{
	struct str after;
	enum rc rc = store_snapshot_begin(c->s, &c->snap);

	if (rc != RC_OK)
		return rc;
	store_snapshot_damaged_too(c->snap); /* their hash says so, by number */
	c->left = SLICE;
	after = c->report.last ? store_key_log(c->a, c->report.last) : STR_NONE;
	rc = store_scan(c->snap, c->place.log, STR_NONE, after, false, check_record, c);
	store_snapshot_endp(&c->snap);
	arena_reset(c->a);
	if (rc == RC_OK && c->o->progress)
		c->o->progress(c->o->data, c->report.last);
	return rc;
}

static void check_end(struct verification *c, const struct audit_anchor *anchor)
{
	if (anchor->number > c->report.last)
		fault(c, c->report.last + 1, AUDIT_FAULT_CUT,
			"the trail ends at record %llu, but %llu records were signed",
			LLU(c->report.last), LLU(anchor->number));
}

static void verify_finish(struct verification *c)
{
	check_end(c, &c->head);
	if (c->o->n_anchors) /* the greatest is the last */
		check_end(c, &c->o->anchors[c->o->n_anchors - 1]);
	/* Head and checkpoint were written together, so where one is the other must be. */
	if (c->o->n_keys && !c->report.faults && c->report.signed_upto < c->head.number)
		fault(c, c->head.number + 1, AUDIT_FAULT_CUT,
			"the checkpoint behind record %llu is gone: the trail was cut, or "
			"rewritten from there on",
			LLU(c->head.number));
	if (c->head.number == 0 && c->checkpoint_seen)
		fault(c, c->report.last, AUDIT_FAULT_HEAD,
			"the trail has checkpoints, but no (genuine) head record");
}

enum rc audit_verify(struct store *s, struct audit_place place,
	const struct audit_verify_options *options, struct audit_report *ret)
{
	__attribute__((cleanup(arena_freep))) struct arena *a = arena_new(ARENA_MAX_CLI);
	struct verification c = {.s = s, .place = place, .o = options, .a = a, .linked = true};
	uint64_t before;
	enum rc rc = verify_start(&c);

	if (rc != RC_OK)
		return rc;
	do {
		before = c.report.records;
		rc = read_slice(&c);
		if (rc != RC_OK)
			return rc;
	} while (!c.stopped && c.report.records > before);
	if (!c.stopped)
		verify_finish(&c);
	*ret = c.report;
	return c.report.faults ? RC_CORRUPT : RC_OK;
}
