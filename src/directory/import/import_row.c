/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/import/import_row.h"
#include "directory/access_recheck.h"

#include "base/arena.h"
#include "codec/typed.h"
#include "directory/directory.h"

/* Bytes of a member in the record's struct, by its type. */
static size_t member_size(enum field_type type)
{
	switch (type) {
	case FIELD_I64:
	case FIELD_TIME:
	case FIELD_DATE: return sizeof(int64_t);
	case FIELD_BOOL: return sizeof(bool);
	case FIELD_ENUM: return sizeof(int);
	case FIELD_STRLIST: return sizeof(struct strlist);
	default: return sizeof(struct str);
	}
}

static bool is_empty(const struct field *f, const void *record)
{
	const char *member = (const char *)record + f->offset;

	if (f->type == FIELD_STRLIST)
		return ((const struct strlist *)(const void *)member)->n == 0;
	if (member_size(f->type) == sizeof(struct str))
		return ((const struct str *)(const void *)member)->n == 0;
	return false;
}

struct str import_cell(
	const struct import *im, const struct csv_row *row, const char *column, bool *ret_has)
{
	for (size_t i = 0; i < im->n_columns; i++)
		if (str_eq_c(str_c(column), im->columns[i].name)) {
			if (ret_has)
				*ret_has = true;
			return typed_trim(row->cells.v[i]);
		}
	if (ret_has)
		*ret_has = false;
	return STR_NONE;
}

bool import_first(struct import *im, const struct csv_row *row, const char *column, struct str key)
{
	const size_t *line = strmap_find(&im->seen, key);

	if (line) {
		import_fault(im, row->line, column,
			"line %zu has the same one; keep one of the two rows", *line);
		return false;
	}
	strmap_add(&im->seen, key, row->line);
	return true;
}

static bool fill_cell(struct import *im, const struct csv_row *row, size_t i, void *record)
{
	const struct field *f = im->columns[i].field;
	struct str cell = typed_trim(row->cells.v[i]);
	struct field_error error;

	memset((char *)record + f->offset, 0, member_size(f->type));
	if (cell.n &&
		field_from_text(im->type->record, im->row, f, cell, record, &error) != RC_OK) {
		import_fault(im, row->line, f->name, "%s", error.why);
		return false;
	}
	if ((f->flags & FIELD_REQUIRED) && is_empty(f, record)) {
		import_fault(im, row->line, f->name, "the cell is empty; fill it in");
		return false;
	}
	return true;
}

bool import_fill(struct import *im, const struct csv_row *row, void *record)
{
	bool good = true;

	for (size_t i = 0; i < im->n_columns; i++)
		if (im->columns[i].field)
			good = fill_cell(im, row, i, record) && good;
	return good;
}

static struct str encoded(struct import *im, const void *record)
{
	struct buf stored;

	buf_init(&stored, im->row, RECORD_STORED_MAX);
	field_encode(im->type->record, record, &stored);
	return buf_str(&stored);
}

bool import_differs(struct import *im, const void *old, const void *record)
{
	if (!old) {
		im->result.added++;
		return true;
	}
	if (str_eq(encoded(im, old), encoded(im, record))) {
		im->result.unchanged++;
		return false;
	}
	im->result.changed++;
	return true;
}

void import_counts(struct import *im, size_t n)
{
	im->operations += n;
}

enum rc import_person(struct import *im, const struct csv_row *row, struct str citizen_number,
	struct person *ret, bool *ret_good)
{
	struct str number, hash;
	enum rc rc;

	*ret_good = false;
	if (!import_citizen_number(im, row, citizen_number, &number))
		return RC_OK;
	hash = vault_pid_hash(im->tx->app->vault, im->row, number);
	rc = person_by_pid(im->tx->snap, im->row, hash, ret, NULL);
	if (rc == RC_NOT_FOUND)
		import_fault(im, row->line, "citizen_number",
			"nobody has this number; import the person first");
	*ret_good = rc == RC_OK;
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

void import_recheck_all(struct import *im, struct str system)
{
	struct tx row = *im->tx;

	row.a = im->row; /* forgotten with the row */
	access_recheck_all(&row, system);
	import_counts(im, ACCESS_RECHECK_OPERATIONS);
}
