/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/import/import.h"

#include "audit/audit.h"
#include "base/arena.h"
#include "codec/typed.h"
#include "directory/import/import_row.h"
#include "base/clock.h"

#include <stdarg.h>

static const struct import_type *const types[IMPORT_KIND_MAX] = {
	[IMPORT_OFFICES] = &import_offices,
	[IMPORT_SYSTEMS] = &import_systems,
	[IMPORT_PEOPLE] = &import_people,
	[IMPORT_ACCOUNTS] = &import_accounts,
	[IMPORT_ROLE_GRANTS] = &import_role_grants,
	[IMPORT_CREDENTIALS] = &import_credentials,
};

enum import_kind import_kind_parse(struct str name)
{
	for (int kind = 0; kind < IMPORT_KIND_MAX; kind++)
		if (str_eq_c(name, types[kind]->name))
			return (enum import_kind)kind;
	return IMPORT_KIND_MAX;
}

void import_fault(struct import *im, size_t line, const char *column, const char *format, ...)
{
	char why[400];
	va_list args;

	if (im->result.faults++ >= IMPORT_ERRORS_MAX)
		return;
	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	buf_addf(im->errors, "%s:%zu: ", im->request->file, line);
	if (column)
		buf_addf(im->errors, "%s: ", column);
	buf_addf(im->errors, "%s\n", why);
}

void import_warning(struct import *im, size_t line, const char *format, ...)
{
	char what[400];
	va_list args;

	if (im->result.warnings++ >= IMPORT_ERRORS_MAX)
		return;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	buf_addf(im->errors, "%s:%zu: warning: %s\n", im->request->file, line, what);
}

/* --- the header row --- */

static bool is_left_out(const struct import_type *type, const char *name)
{
	for (const char *const *p = type->left_out; *p; p++)
		if (str_eq_c(str_c(*p), name))
			return true;
	return false;
}

static bool is_column(const struct import_type *type, const struct field *f)
{
	return !(f->flags & (FIELD_READONLY | FIELD_HIDDEN)) && !is_left_out(type, f->name);
}

static bool find_column(const struct import_type *type, struct str name, struct import_column *ret)
{
	const struct field *f = field_find(type->record, name);

	for (size_t i = 0; i < type->n_extras; i++)
		if (str_eq_c(name, type->extras[i].name)) {
			*ret = (struct import_column){.name = type->extras[i].name};
			return true;
		}
	if (!f || !is_column(type, f))
		return false;
	*ret = (struct import_column){.name = f->name, .field = f};
	return true;
}

static void add_name(struct buf *out, const char *name)
{
	if (out->n)
		buf_add_c(out, ", ");
	buf_add_c(out, name);
}

/* All columns a file of this kind may have. */
static struct str column_names(const struct import_type *type, struct arena *a)
{
	struct buf names;

	buf_init(&names, a, 1024);
	for (size_t i = 0; i < type->n_extras; i++)
		add_name(&names, type->extras[i].name);
	for (size_t i = 0; i < type->record->n_fields; i++)
		if (is_column(type, &type->record->fields[i]))
			add_name(&names, type->record->fields[i].name);
	return buf_str(&names);
}

static bool has_column(const struct import *im, const char *name)
{
	for (size_t i = 0; i < im->n_columns; i++)
		if (str_eq_c(str_c(im->columns[i].name), name))
			return true;
	return false;
}

static void require_column(struct import *im, const char *name, size_t line)
{
	if (!has_column(im, name))
		import_fault(im, line, name, "this column is missing from the header; add it");
}

static void require_columns(struct import *im, size_t line)
{
	const struct import_type *type = im->type;

	for (size_t i = 0; i < type->n_extras; i++)
		if (type->extras[i].required)
			require_column(im, type->extras[i].name, line);
	for (size_t i = 0; i < type->record->n_fields; i++) {
		const struct field *f = &type->record->fields[i];

		if ((f->flags & FIELD_REQUIRED) && is_column(type, f))
			require_column(im, f->name, line);
	}
}

/* Reads the header row into im->columns; reports its faults. */
static void read_header(struct import *im, const struct csv_row *row)
{
	for (size_t i = 0; i < row->cells.n; i++) {
		struct str cell = typed_username(im->row, row->cells.v[i]);
		struct str name = str_lower(im->row, cell);
		struct import_column column = {.name = ""};

		if (!name.n) /* left behind by a spreadsheet: its cells must be empty */
			im->columns[im->n_columns++] = column;
		else if (!find_column(im->type, name, &column))
			import_fault(im, row->line, NULL, "\"%.*s\" is no column of %s; use %.*s",
				STR_FMT(str_sub(name, 0, 60)), im->type->name,
				STR_FMT(column_names(im->type, im->row)));
		else if (has_column(im, column.name))
			import_fault(im, row->line, column.name,
				"this column stands twice in the header; remove one");
		else
			im->columns[im->n_columns++] = column;
	}
	if (!im->result.faults)
		require_columns(im, row->line);
}

/* --- rows --- */

static bool told_row(struct import *im, const struct csv_error *e)
{
	const char *column =
		e->column && e->column <= im->n_columns ? im->columns[e->column - 1].name : NULL;

	import_fault(im, e->line, column, "%s", e->why);
	return false;
}

/* How many cells, without empty ones behind those of the header. */
static size_t cells_of(const struct csv_row *row, size_t header)
{
	size_t n = row->cells.n;

	while (n > header && !typed_trim(row->cells.v[n - 1]).n)
		n--;
	return n;
}

static enum rc take_row(struct import *im, const struct csv_row *row)
{
	if (import_row_blank(row))
		return RC_OK;
	im->result.rows++;
	if (cells_of(row, im->n_columns) != im->n_columns) {
		import_fault(im, row->line, NULL,
			"the row has %zu cell%s, the header %zu; quote cells that hold a comma",
			row->cells.n, plural(row->cells.n), im->n_columns);
		return RC_OK;
	}
	return import_check_cells(im, row) ? im->type->row(im, row) : RC_OK;
}

/* All rows behind the header. */
static enum rc read_rows(struct import *im, struct csv *csv)
{
	for (;;) {
		struct csv_row row;
		struct csv_error error;
		enum rc rc;

		arena_reset(im->row);
		rc = csv_next(csv, im->row, &row, &error);
		if (rc == RC_NOT_FOUND)
			return RC_OK;
		if (rc == RC_INVALID || rc == RC_LIMITED) {
			told_row(im, &error);
			continue;
		}
		if (rc == RC_OK)
			rc = take_row(im, &row);
		if (rc != RC_OK)
			return rc;
	}
}

static enum rc import_read_text(struct import *im)
{
	struct csv csv;
	struct csv_row header;
	struct csv_error error;
	enum rc rc;

	if (csv_cause(im->request->text, &error)) {
		told_row(im, &error);
		return RC_INVALID;
	}
	csv_begin(&csv, im->request->text);
	do
		rc = csv_next(&csv, im->row, &header, &error);
	while (rc == RC_OK && import_row_blank(&header));
	if (rc == RC_NOT_FOUND)
		import_fault(im, 1, NULL,
			"the file is empty; its first row names the columns: %.*s",
			STR_FMT(column_names(im->type, im->row)));
	else if (rc != RC_OK)
		told_row(im, &error);
	else
		read_header(im, &header);
	if (im->result.faults)
		return RC_INVALID;
	rc = read_rows(im, &csv);
	if (rc == RC_OK && im->type->finish)
		rc = im->type->finish(im);
	return rc;
}

/* --- the batch --- */

static void append_audit(struct import *im)
{
	struct audit_entry e = tx_audit(im->tx, AUDIT_IMPORTED);
	struct buf counts;

	buf_init(&counts, im->tx->a, 200);
	buf_addf(&counts, "rows=%zu added=%zu changed=%zu unchanged=%zu", im->result.rows,
		im->result.added, im->result.changed, im->result.unchanged);
	e.object = str_c(im->type->name);
	e.detail = buf_str(&counts);
	tx_audit_add(im->tx, &e);
}

static enum rc import_check(struct import *im)
{
	/* Operations besides: the audit event. */
	if (!im->result.faults && im->operations + 1 > STORE_BATCH_MAX)
		import_fault(im, 1, NULL,
			"the file makes %zu changes, and one import may make %u; split it into "
			"several "
			"files",
			im->operations, STORE_BATCH_MAX - 1);
	if (im->result.faults > IMPORT_ERRORS_MAX)
		buf_addf(im->errors, "%s: %zu more fault%s\n", im->request->file,
			im->result.faults - IMPORT_ERRORS_MAX,
			plural(im->result.faults - IMPORT_ERRORS_MAX));
	return im->result.faults ? RC_INVALID : RC_OK;
}

struct import_run {
	const struct import_request *request;
	struct arena *row;
	struct buf *errors;
	struct import_result *result;
};

/* Reads the whole file against one moment of the store. The arena is the import's own, so what an
 * earlier attempt left there goes first. */
static enum rc import_attempt(struct tx *tx, void *data)
{
	const struct import_run *run = data;
	struct import im = {.tx = tx,
		.request = run->request,
		.type = types[run->request->kind],
		.row = run->row,
		.errors = run->errors};
	enum rc rc;

	if (tx->attempts > 1) {
		arena_reset(tx->a);
		tx->batch = store_batch_new(tx->a);
		buf_clear(run->errors);
	}
	strmap_init(&im.seen, tx->a);
	rc = import_read_text(&im);
	if (rc == RC_OK || rc == RC_INVALID)
		rc = import_check(&im);
	*run->result = im.result;
	if (rc != RC_OK)
		return rc;
	if (run->request->dry_run || !im.operations)
		tx->batch = store_batch_new(tx->a);
	else
		append_audit(&im);
	return RC_OK;
}

enum rc import_csv(const struct app *app, const struct actor *actor,
	const struct import_request *request, struct buf *errors, struct import_result *ret)
{
	struct arena *whole __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX_CLI);
	struct arena *row __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct import_run run = {request, row, errors, ret};

	return tx_run(app, actor, whole, import_attempt, &run);
}

/* --- documentation --- */

static void write_column(struct buf *out, const char *name, bool required, const char *help)
{
	buf_addf(out, "| `%s` | %s | %s |\n", name, required ? "yes" : "", help);
}

void import_reference(struct buf *out)
{
	for (int kind = 0; kind < IMPORT_KIND_MAX; kind++) {
		const struct import_type *type = types[kind];

		buf_addf(out, "### %s\n\n%s\n\n| column | required | meaning |\n|---|---|---|\n",
			type->name, type->help);
		for (size_t i = 0; i < type->n_extras; i++)
			write_column(out, type->extras[i].name, type->extras[i].required,
				type->extras[i].help);
		for (size_t i = 0; i < type->record->n_fields; i++) {
			const struct field *f = &type->record->fields[i];

			if (is_column(type, f))
				write_column(out, f->name, f->flags & FIELD_REQUIRED, f->help);
		}
		buf_add_byte(out, '\n');
	}
}
