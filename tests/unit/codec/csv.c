/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/arena.h"
#include "base/buf.h"
#include "codec/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Rows as "line:cell|cell;", faults as "!line.column;" */
static struct str rows_text(struct arena *a, struct str text)
{
	struct csv csv;
	struct buf out;
	struct csv_row row;
	struct csv_error error;
	enum rc rc;

	buf_init(&out, a, 100000);
	csv_begin(&csv, text);
	while ((rc = csv_next(&csv, a, &row, &error)) != RC_NOT_FOUND) {
		if (rc != RC_OK) {
			assert_non_null(error.why);
			buf_addf(&out, "!%zu.%zu;", error.line, error.column);
			continue;
		}
		buf_addf(&out, "%zu:", row.line);
		for (size_t i = 0; i < row.cells.n; i++) {
			buf_add_c(&out, i ? "|" : "");
			buf_add(&out, row.cells.v[i]);
		}
		buf_add_c(&out, ";");
	}
	return buf_str(&out);
}

static const struct {
	const char *name, *text, *want;
} rows[] = {
	{"empty file", "", ""},
	{"byte order mark alone", "\xef\xbb\xbf", ""},
	{"blank lines only", "\r\n\n\r\n", ""},
	{"one row, no line end", "a,b", "1:a|b;"},
	{"LF", "a,b\nc,d\n", "1:a|b;2:c|d;"},
	{"CRLF", "a,b\r\nc,d\r\n", "1:a|b;2:c|d;"},
	{"mark is dropped",
		"\xef\xbb\xbf"
		"a\n",
		"1:a;"},
	{"mark only at the start",
		"a\n\xef\xbb\xbf"
		"b\n",
		"1:a;2:\xef\xbb\xbf"
		"b;"},
	{"empty cells", ",\n,,\n", "1:|;2:||;"},
	{"trailing comma at the end of file", "a,", "1:a|;"},
	{"blank line between", "a\n\nb\n", "1:a;3:b;"},
	{"quoted", "\"a\",\"b c\"\n", "1:a|b c;"},
	{"quoted empty", "\"\",x\n", "1:|x;"},
	{"quoted comma", "\"a,b\",c\n", "1:a,b|c;"},
	{"doubled quote", "\"a\"\"b\"\"\",c\n", "1:a\"b\"|c;"},
	{"only a doubled quote", "\"\"\"\"\n", "1:\";"},
	{"line feed in quotes counts a line", "\"a\nb\",c\nd,e\n", "1:a\nb|c;3:d|e;"},
	{"CRLF in quotes stays", "\"a\r\nb\"\r\nc\r\n", "1:a\r\nb;3:c;"},
	{"quoted at the end of file", "a,\"b\"", "1:a|b;"},
	{"spaces are text", " a , b \n", "1: a | b ;"},
	{"Thai", "เทศบาล,อบต.\n", "1:เทศบาล|อบต.;"},
	{"quote inside a plain cell", "a,b\"c\nd\n", "!1.2;2:d;"},
	{"space before a quote", "a, \"b\"\nd\n", "!1.2;2:d;"},
	{"text behind a quote", "\"a\"b,c\nd\n", "!1.1;2:d;"},
	{"space behind a quote", "\"a\" ,c\nd\n", "!1.1;2:d;"},
	{"open quote swallows the rest", "a\n\"b,c\nd\n", "1:a;!2.1;"},
	{"bare carriage return", "a\rb\nc\n", "!1.1;2:c;"},
	{"carriage return at the end of file", "a\r", "!1.1;"},
	{"carriage return behind a quote", "\"a\"\rb\nc\n", "!1.1;2:c;"},
	{"not UTF-8 (a Windows-874 file)", "a,\xa1\xb2\nc\n", "!1.2;2:c;"},
	{"surrogate", "\xed\xa0\x80\nc\n", "!1.1;2:c;"},
	{"every fault is told", "\"a\"b\nc\nd\"\ne\n", "!1.1;2:c;!3.1;4:e;"},
};

static void reads_and_refuses(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct str got = rows_text(a, str_c(rows[i].text));

		if (!str_eq_c(got, rows[i].want))
			fail_msg("%s: got %.*s, want %s", rows[i].name, STR_FMT(got), rows[i].want);
		arena_free(a);
	}
}

static void refuses_nul(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);

	assert_true(str_eq_c(rows_text(a, STR("a,b\0c\nd\n")), "!1.2;2:d;"));
	assert_true(str_eq_c(rows_text(a, STR("\"a\0\"\nd\n")), "!1.1;2:d;"));
	arena_free(a);
}

/* n bytes of c, then rest. */
static struct str long_text(struct arena *a, char c, size_t n, const char *rest)
{
	struct buf text;

	buf_init(&text, a, n + 100);
	for (size_t i = 0; i < n; i++)
		buf_add_byte(&text, (unsigned char)c);
	buf_add_c(&text, rest);
	return buf_str(&text);
}

static void bounds_cells_and_rows(void **state)
{
	struct arena *a = arena_new(4 * ARENA_MAX);
	struct buf text;
	struct str got;

	got = rows_text(a, long_text(a, 'x', CSV_CELL_MAX, "\nd\n"));
	assert_true(str_ends(got, STR("x;2:d;")));
	assert_true(
		str_eq_c(rows_text(a, long_text(a, 'x', CSV_CELL_MAX + 1, "\nd\n")), "!1.1;2:d;"));
	got = rows_text(a, long_text(a, ',', CSV_CELLS_MAX - 1, "\nd\n"));
	assert_true(str_ends(got, STR("|;2:d;")));
	assert_true(str_eq_c(rows_text(a, long_text(a, ',', CSV_CELLS_MAX, "\nd\n")), "!1.0;2:d;"));
	buf_init(&text, a, 2 * CSV_ROW_MAX);
	for (int i = 0; i < 9; i++) {
		buf_add(&text, long_text(a, 'y', 8000, ","));
		buf_add_c(&text, i == 8 ? "\nd\n" : "");
	}
	assert_true(str_eq_c(rows_text(a, buf_str(&text)), "!1.0;2:d;"));
	arena_free(a);
}

static void bounds_number_of_rows(void **state)
{
	struct arena *a = arena_new(ARENA_MAX_CLI);
	struct csv csv;
	struct csv_row row;
	struct csv_error error;
	struct buf text;
	enum rc rc;
	size_t n = 0;

	buf_init(&text, a, 3 * CSV_ROWS_MAX);
	for (size_t i = 0; i <= CSV_ROWS_MAX; i++)
		buf_add_c(&text, "a\n");
	csv_begin(&csv, buf_str(&text));
	while ((rc = csv_next(&csv, a, &row, &error)) == RC_OK)
		n++;
	assert_int_equal(rc, RC_LIMITED);
	assert_int_equal(n, CSV_ROWS_MAX);
	assert_int_equal(csv_next(&csv, a, &row, &error), RC_NOT_FOUND);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_refuses),
		cmocka_unit_test(refuses_nul),
		cmocka_unit_test(bounds_cells_and_rows),
		cmocka_unit_test(bounds_number_of_rows),
	};

	return cmocka_run_group_tests_name("rights/csv", tests, NULL, NULL);
}
