/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/csv.h"

#include "base/arena.h"

static const char why_rows[] = "the file has over 1,000,000 rows; split it into several files";
static const char why_cells[] = "the row has over 64 cells; remove the columns not needed";
static const char why_cell[] = "the cell is over 8,192 bytes; shorten it";
static const char why_row[] = "the row is over 65,536 bytes; shorten its cells";
static const char why_quote[] =
	"a quote stands inside a cell without quotes; put the whole cell in quotes and double it";
static const char why_behind[] =
	"text stands behind the closing quote; double the quotes that belong to the text";
static const char why_open[] = "the quote that opens this cell is never closed; close it";
static const char why_cr[] =
	"a carriage return stands without its line feed; save the file with CRLF or LF line ends";
static const char why_nul[] = "the cell holds a NUL byte; save the file as \"CSV UTF-8\"";
static const char why_utf8[] = "the cell is not UTF-8; save the file as \"CSV UTF-8\"";

void csv_begin(struct csv *c, struct str text)
{
	*c = (struct csv){.text = text, .line = 1};
	if (str_starts(text, STR("\xef\xbb\xbf")))
		c->at = 3;
}

static char peek(const struct csv *c)
{
	return c->at < c->text.n ? c->text.p[c->at] : '\n';
}

/* Moves behind a line end when one is here. A bare CR is none. */
static bool take_line_end(struct csv *c)
{
	if (c->at < c->text.n && c->text.p[c->at] == '\r' && c->at + 1 < c->text.n &&
		c->text.p[c->at + 1] == '\n')
		c->at++;
	if (c->at >= c->text.n)
		return true;
	if (c->text.p[c->at] != '\n')
		return false;
	c->at++;
	c->line++;
	return true;
}

/* A cell without quotes: up to a comma or line end. NULL, or what is wrong. */
static const char *read_plain(struct csv *c, struct str *ret)
{
	size_t start = c->at;

	for (; c->at < c->text.n; c->at++) {
		char byte = c->text.p[c->at];

		if (byte == '"')
			return why_quote;
		if (byte == ',' || byte == '\n')
			break;
		if (byte != '\r')
			continue;
		if (c->at + 1 < c->text.n && c->text.p[c->at + 1] == '\n')
			break;
		return why_cr;
	}
	*ret = str_sub(c->text, start, c->at - start);
	return NULL;
}

static struct str undouble(struct arena *a, struct str raw)
{
	char *out = arena_alloc(a, raw.n);
	size_t n = 0;

	for (size_t i = 0; i < raw.n; i++) {
		out[n++] = raw.p[i];
		if (raw.p[i] == '"')
			i++;
	}
	return (struct str){.p = out, .n = n};
}

/* A quoted cell; the reader stands on the opening quote. */
static const char *read_quoted(struct csv *c, struct arena *a, struct str *ret)
{
	size_t start = ++c->at;
	size_t end;
	bool doubled = false;

	for (;; c->at++) {
		if (c->at >= c->text.n)
			return why_open;
		if (c->text.p[c->at] == '\n')
			c->line++;
		if (c->text.p[c->at] != '"')
			continue;
		if (c->at + 1 >= c->text.n || c->text.p[c->at + 1] != '"')
			break;
		doubled = true;
		c->at++;
	}
	end = c->at++;
	if (peek(c) != ',' && peek(c) != '\n' && peek(c) != '\r')
		return why_behind;
	*ret = str_sub(c->text, start, end - start);
	if (doubled)
		*ret = undouble(a, *ret);
	return NULL;
}

static const char *check_cell(struct str cell)
{
	if (cell.n > CSV_CELL_MAX)
		return why_cell;
	if (str_find(cell, '\0') < cell.n)
		return why_nul;
	if (!str_is_utf8(cell))
		return why_utf8;
	return NULL;
}

static const char *read_cell(struct csv *c, struct arena *a, struct str *ret)
{
	struct str cell;
	const char *why;

	why = peek(c) == '"' ? read_quoted(c, a, &cell) : read_plain(c, &cell);
	if (why)
		return why;
	why = check_cell(cell);
	if (why)
		return why;
	*ret = cell;
	return NULL;
}

/* Reads the cells of the row that begins here; leaves the reader behind its line end. */
static const char *read_cells(struct csv *c, struct arena *a, struct str *cells, size_t *ret_n)
{
	size_t start = c->at, n = 0;

	for (;;) {
		const char *why = n < CSV_CELLS_MAX ? read_cell(c, a, &cells[n]) : why_cells;

		*ret_n = n + 1;
		if (why)
			return why;
		n++;
		if (c->at - start > CSV_ROW_MAX)
			return why_row;
		if (take_line_end(c))
			return NULL;
		if (peek(c) != ',')
			return why_cr;
		c->at++;
	}
}

/* To the line behind the fault. */
static void skip_line(struct csv *c)
{
	struct str rest = str_sub(c->text, c->at, c->text.n);
	size_t n = str_find(rest, '\n');

	c->at = n < rest.n ? c->at + n + 1 : c->text.n;
	c->line++;
}

enum rc csv_next(struct csv *c, struct arena *a, struct csv_row *ret, struct csv_error *ret_error)
{
	struct str cells[CSV_CELLS_MAX], *copy;
	size_t n = 0, line;
	const char *why;

	while (c->at < c->text.n && take_line_end(c))
		continue;
	if (c->at >= c->text.n)
		return RC_NOT_FOUND;
	line = c->line;
	if (c->rows++ == CSV_ROWS_MAX) {
		*ret_error = (struct csv_error){.line = line, .why = why_rows};
		c->at = c->text.n;
		return RC_LIMITED;
	}
	why = read_cells(c, a, cells, &n);
	if (why) {
		bool whole = why == why_cells || why == why_row;

		*ret_error = (struct csv_error){.line = line, .column = whole ? 0 : n, .why = why};
		skip_line(c);
		return RC_INVALID;
	}
	copy = arena_array(a, n, struct str);
	memcpy(copy, cells, n * sizeof(*cells));
	*ret = (struct csv_row){.cells = {.v = copy, .n = n}, .line = line};
	return RC_OK;
}
