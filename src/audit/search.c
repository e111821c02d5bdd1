/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A stored record is text of one form, so members are found as text: '"person":"x"' with its quotes
 * cannot stand inside a string, where quotes are escaped; it can only be that member.
 */
#include "audit/search.h"

#include "audit/record.h"
#include "codec/json_writer.h"

#define SLICE 2000 /* records read through one snapshot */
#define SLACK_MS                                                                                   \
	300000 /* numbers and times may disagree by this much (clocks, waiting batches)            \
		*/
#define TERMS    9u
#define TERM_MAX 4096u /* bytes of an escaped member */

struct search {
	struct store *s;
	int table;
	const struct audit_filter *f;
	struct arena *kept;   /* for the whole search */
	struct arena *a;      /* for the slice */
	struct strlist terms; /* each must be in the record */
	struct strlist names; /* one of these, if any */
	uint64_t at;          /* number read last; 0: none */
	size_t left;          /* in this slice */
	bool ended;           /* beyond the time asked for, or no more records */
	struct audit_found *found;
	size_t n_found;
};

static struct str term(struct arena *a, const char *name, struct str value)
{
	struct buf text;
	struct json_writer w;

	buf_init(&text, a, TERM_MAX);
	json_writer_init(&w, &text);
	json_add_str(&w, name, value);
	return buf_str(&text);
}

/* The terms of the events searched for, also under their former names. */
static enum rc search_names(struct search *s)
{
	const struct audit_filter *f = s->f;
	struct str *names;
	size_t n = f->n_events;

	for (size_t i = 0; i < f->n_events; i++) {
		if (!audit_event_name(f->events[i]))
			return RC_INVALID;
		for (size_t j = 0; audit_event_former(f->events[i], j); j++)
			n++;
	}
	names = arena_array(s->kept, n, struct str);
	n = 0;
	for (size_t i = 0; i < f->n_events; i++) {
		const char *name = audit_event_name(f->events[i]);

		for (size_t j = 0; name; name = audit_event_former(f->events[i], j++))
			names[n++] = term(s->kept, "event", str_c(name));
	}
	s->names = (struct strlist){.v = names, .n = n};
	return RC_OK;
}

static enum rc search_prepare(struct search *s)
{
	const struct audit_filter *f = s->f;
	const struct {
		const char *name;
		struct str value;
	} members[TERMS] = {{"person", f->person}, {"account", f->account}, {"client", f->client},
		{"system", f->system}, {"office", f->office}, {"session", f->session},
		{"address", f->address}, {"actor", f->actor}, {"object", f->object}};
	struct str *terms = arena_array(s->kept, TERMS, struct str);

	for (size_t i = 0; i < TERMS; i++) {
		if (members[i].value.n > AUDIT_MEMBER_MAX)
			return RC_INVALID;
		if (members[i].value.n)
			terms[s->terms.n++] = term(s->kept, members[i].name, members[i].value);
	}
	s->terms.v = terms;
	return search_names(s);
}

/* --- the part of the trail to read --- */

static bool search_collect(void *data, const struct store_record *record)
{
	*(struct store_record *)data = *record;
	return false;
}

/* The first readable record with number >= *number; false at the end. */
static bool read_at(
	struct search *s, struct store_snapshot *snap, uint64_t *number, struct audit_line *ret)
{
	struct store_record record = {.version = 0};
	struct str after = *number > 1 ? store_key_log(s->a, *number - 1) : STR_NONE;

	if (store_scan(snap, s->table, STR_NONE, after, false, search_collect, &record) != RC_OK ||
		!record.version)
		return false;
	*number = store_key_number(record.key);
	return audit_line_parse(record.value, ret);
}

/* Halving: the first number whose time is at least t. */
static uint64_t first_at(struct search *s, struct store_snapshot *snap, uint64_t last, int64_t t)
{
	uint64_t low = 1, high = last + 1;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2, number = middle;
		struct audit_line line;

		if (read_at(s, snap, &number, &line) && line.t < t)
			low = number + 1;
		else
			high = middle;
	}
	return low;
}

static enum rc find_start(struct search *s)
{
	__attribute__((cleanup(store_snapshot_endp))) struct store_snapshot *snap = NULL;
	const struct audit_filter *f = s->f;
	struct store_record last = {.version = 0};
	enum rc rc = store_snapshot_begin(s->s, &snap);
	uint64_t start;

	s->at = f->after;
	if (rc == RC_OK)
		rc = store_scan(snap, s->table, STR_NONE, STR_NONE, true, search_collect, &last);
	if (rc != RC_OK || !last.version)
		return rc;
	if (!f->newest_first && f->from_ms) {
		start = first_at(s, snap, store_key_number(last.key), f->from_ms - SLACK_MS);
		s->at = start > s->at + 1 ? start - 1 : s->at;
	}
	if (f->newest_first && f->to_ms) {
		start = first_at(s, snap, store_key_number(last.key), f->to_ms + SLACK_MS);
		s->at = !s->at || start < s->at ? start : s->at;
	}
	return RC_OK;
}

/* --- records --- */

static bool has(struct str text, struct str term)
{
	return memmem(text.p, text.n, term.p, term.n) != NULL;
}

static bool matches(const struct search *s, const struct audit_line *line)
{
	bool named = s->names.n == 0;

	if (line->t < s->f->from_ms || (s->f->to_ms && line->t >= s->f->to_ms))
		return false;
	for (size_t i = 0; i < s->names.n && !named; i++)
		named = str_starts(line->rest, s->names.v[i]);
	for (size_t i = 0; i < s->terms.n && named; i++)
		named = has(line->rest, s->terms.v[i]);
	return named;
}

static bool beyond(const struct search *s, const struct audit_line *line)
{
	if (s->f->newest_first)
		return line->t < s->f->from_ms - SLACK_MS;
	return s->f->to_ms && line->t >= s->f->to_ms + SLACK_MS;
}

static bool search_filter_line(void *data, const struct store_record *record)
{
	struct search *s = data;
	struct audit_line line;

	s->at = store_key_number(record->key);
	if (!audit_line_parse(record->value, &line))
		return --s->left > 0;
	if (beyond(s, &line)) {
		s->ended = true;
		return false;
	}
	if (matches(s, &line))
		s->found[s->n_found++] = (struct audit_found){
			.number = s->at, .t = line.t, .json = str_dup(s->a, record->value)};
	return --s->left > 0;
}

static enum rc read_slice(struct search *s, size_t most)
{
	__attribute__((cleanup(store_snapshot_endp))) struct store_snapshot *snap = NULL;
	struct str after = s->at ? store_key_log(s->a, s->at) : STR_NONE;
	enum rc rc = store_snapshot_begin(s->s, &snap);

	if (rc != RC_OK)
		return rc;
	s->left = most;
	s->found = arena_array(s->a, most, struct audit_found);
	s->n_found = 0;
	rc = store_scan(snap, s->table, STR_NONE, after, s->f->newest_first, search_filter_line, s);
	s->ended = s->ended || s->left > 0;
	return rc;
}

static enum rc search(struct search *s, audit_found_fn fn, void *data, uint64_t *ret_last)
{
	size_t given = 0;
	enum rc rc = search_prepare(s);

	if (rc == RC_OK)
		rc = find_start(s);
	while (rc == RC_OK && !s->ended && given < s->f->limit) {
		rc = read_slice(s, SLICE);
		for (size_t i = 0; rc == RC_OK && i < s->n_found && given < s->f->limit; i++) {
			*ret_last = s->found[i].number;
			given++;
			if (!fn(data, &s->found[i]))
				return RC_OK;
		}
		arena_reset(s->a);
	}
	return rc;
}

enum rc audit_search(struct store *s, struct audit_place place, const struct audit_filter *filter,
	audit_found_fn fn, void *data, uint64_t *ret_last)
{
	__attribute__((cleanup(arena_freep))) struct arena *kept = arena_new(ARENA_MAX);
	__attribute__((cleanup(arena_freep))) struct arena *a = arena_new(ARENA_MAX_CLI);
	struct search run = {.s = s, .table = place.log, .f = filter, .kept = kept, .a = a};
	uint64_t last = 0;
	enum rc rc;

	if (filter->limit < 1 || filter->limit > AUDIT_SEARCH_MAX)
		return RC_INVALID;
	rc = search(&run, fn, data, &last);
	if (rc == RC_OK)
		*ret_last = last;
	return rc;
}
