/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The CSV reader: it ends, stays within its bounds, and what it reads can be written and read
 * again. */
#include "base/arena.h"
#include "base/buf.h"
#include "codec/csv.h"

static void write_cell(struct buf *out, struct str cell)
{
	buf_add_byte(out, '"');
	for (size_t i = 0; i < cell.n; i++) {
		buf_add_byte(out, (unsigned char)cell.p[i]);
		if (cell.p[i] == '"')
			buf_add_byte(out, '"');
	}
	buf_add_byte(out, '"');
}

/* One row, all cells quoted, gives the same cells. */
static void check_row(struct arena *a, struct strlist cells)
{
	struct csv csv;
	struct csv_row row;
	struct csv_error error;
	struct buf text;

	buf_init(&text, a, 4 * CSV_ROW_MAX);
	for (size_t i = 0; i < cells.n; i++) {
		buf_add_c(&text, i ? "," : "");
		write_cell(&text, cells.v[i]);
	}
	if (text.n > CSV_ROW_MAX)
		return;
	csv_begin(&csv, buf_str(&text));
	if (csv_next(&csv, a, &row, &error) != RC_OK || row.cells.n != cells.n)
		__builtin_trap();
	for (size_t i = 0; i < cells.n; i++)
		if (!str_eq(row.cells.v[i], cells.v[i]))
			__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(ARENA_MAX_CLI);
	struct csv csv;
	struct csv_row row;
	struct csv_error error;
	size_t line = 0, at = 0;
	enum rc rc;

	csv_begin(&csv, (struct str){(const char *)data, size});
	while ((rc = csv_next(&csv, a, &row, &error)) != RC_NOT_FOUND) {
		if (csv.at <= at && csv.at < size)
			__builtin_trap();
		at = csv.at;
		if (rc != RC_OK)
			continue;
		if (row.line <= line || row.cells.n == 0 || row.cells.n > CSV_CELLS_MAX)
			__builtin_trap();
		line = row.line;
		check_row(a, row.cells);
	}
	arena_free(a);
	return 0;
}
