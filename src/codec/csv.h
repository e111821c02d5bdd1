/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_CSV_H
#define PRATU_CODEC_CSV_H

/*
 * Comma separated values, strictly (RFC 4180): UTF-8 with or without a byte order mark, lines ended
 * by CRLF or LF, cells quoted where they hold a comma, a quote or a line end, quotes doubled.
 * Lines without any character are skipped.
 *
 * Faults are reported with line and column, and reading continues at the next line, so that one
 * pass finds every fault of a file. Cells are views into the text, or into the arena where quotes
 * were doubled. Pure; a reader is used by one thread.
 */
#include "base/rc.h"
#include "base/str.h"

#define CSV_CELLS_MAX 64u
#define CSV_CELL_MAX  8192u  /* bytes */
#define CSV_ROW_MAX   65536u /* bytes */
#define CSV_ROWS_MAX  1000000u

struct csv {
	struct str text;
	size_t at;   /* offset of the next row */
	size_t line; /* its number, from 1 */
	size_t rows; /* read so far */
};

struct csv_row {
	struct strlist cells;
	size_t line; /* where the row begins */
};

struct csv_error {
	size_t line, column; /* from 1; column 0: the whole row */
	const char *why;     /* static: what is wrong; what to do */
};

/*
 * What is wrong with a file as a whole, where a spreadsheet wrote another format than this one: a
 * workbook, UTF-16, Windows-874 (TIS-620), columns separated by semicolons or tabs, a line "sep=;".
 * False: nothing of these; its rows say the rest.
 */
bool csv_cause(struct str text, struct csv_error *ret);

/* Begins at the first row, behind a byte order mark. */
void csv_begin(struct csv *c, struct str text);

/*
 * The next row. RC_NOT_FOUND: no more. RC_INVALID: this row is faulty, *ret_error says why, the
 * next call goes on behind it. RC_LIMITED: over CSV_ROWS_MAX, reading ends.
 */
MUST_USE enum rc csv_next(
	struct csv *c, struct arena *a, struct csv_row *ret, struct csv_error *ret_error);

#endif
