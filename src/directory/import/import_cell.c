/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Cells that a spreadsheet has changed, or not yet computed: what they are and what to do there. */
#include "base/arena.h"
#include "base/array.h"
#include "codec/thai.h"
#include "codec/typed.h"
#include "directory/import/import_row.h"

#define AS_TEXT "; give the column the format \"Text\" and fill in the digits again"

static const char why_formula[] =
	"is a formula; keep its value only (copy the column, paste it as values)";
static const char why_apostrophe[] =
	"begins with the apostrophe that makes a spreadsheet keep digits as text; remove it";
static const char why_error[] = "is an error of the spreadsheet, not a value; mend it there";
static const char why_exponent[] =
	"was turned into a number like 1.23E+12 by a spreadsheet, and digits are lost" AS_TEXT;
static const char why_decimal[] = "ends in \".0\": a spreadsheet took it for an amount" AS_TEXT;

static size_t digits_at(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n;
}

/* "1.9999E+12", "2E+11", with a comma where the region has one. */
static bool is_exponent(struct str s)
{
	size_t n = digits_at(s), fraction;

	if (!n)
		return false;
	s = str_sub(s, n, s.n);
	if (s.n && (s.p[0] == '.' || s.p[0] == ',')) {
		fraction = digits_at(str_sub(s, 1, s.n));
		s = str_sub(s, 1 + fraction, s.n);
	}
	if (!str_ieq(str_sub(s, 0, 2), STR("e+")))
		return false;
	s = str_sub(s, 2, s.n);
	return s.n && digits_at(s) == s.n;
}

/* "1999900001010.0", "812345678.00" */
static bool is_decimal(struct str s)
{
	size_t n = digits_at(s), zeros = n + 1;

	if (n < 5 || n + 1 >= s.n || s.p[n] != '.')
		return false;
	while (zeros < s.n && s.p[zeros] == '0')
		zeros++;
	return zeros == s.n;
}

static bool is_error(struct str s)
{
	static const struct str errors[] = {STR_INIT("#N/A"), STR_INIT("#REF!"),
		STR_INIT("#VALUE!"), STR_INIT("#NAME?"), STR_INIT("#DIV/0!"), STR_INIT("#NUM!"),
		STR_INIT("#NULL!"), STR_INIT("#SPILL!"), STR_INIT("###")};

	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (str_starts(s, errors[i]))
			return true;
	return false;
}

/* NULL: nothing. */
static const char *cause_of(struct str cell)
{
	if (!cell.n)
		return NULL;
	if (cell.p[0] == '=')
		return why_formula;
	if (cell.p[0] == '\'' && str_find(str_sub(cell, 1, cell.n), '\'') == cell.n - 1)
		return why_apostrophe;
	if (is_error(cell))
		return why_error;
	if (is_exponent(cell))
		return why_exponent;
	return is_decimal(cell) ? why_decimal : NULL;
}

bool import_row_blank(const struct csv_row *row)
{
	for (size_t i = 0; i < row->cells.n; i++)
		if (typed_trim(row->cells.v[i]).n)
			return false;
	return true;
}

bool import_check_cells(struct import *im, const struct csv_row *row)
{
	bool good = true;

	for (size_t i = 0; i < im->n_columns; i++) {
		const char *why = cause_of(typed_trim(row->cells.v[i]));

		if (im->columns[i].name[0] == '\0' && typed_trim(row->cells.v[i]).n) {
			import_fault(im, row->line, NULL,
				"column %zu has no name, but this row has a value in it; name the "
				"column, or clear it",
				i + 1);
			good = false;
		} else if (why) {
			import_fault(im, row->line, im->columns[i].name, "%s", why);
			good = false;
		}
	}
	return good;
}

bool import_citizen_number(
	struct import *im, const struct csv_row *row, struct str typed, struct str *ret)
{
	char with_zero[CITIZEN_NUMBER_DIGITS + 1] = "0";
	struct str digits;

	if (thai_citizen_number_normalise(im->row, typed, ret) == RC_OK)
		return true;
	if (typed_number(im->row, typed, &digits) == RC_OK &&
		digits.n == CITIZEN_NUMBER_DIGITS - 1) {
		memcpy(with_zero + 1, digits.p, digits.n);
		if (thai_citizen_number_ok(str_c(with_zero))) {
			import_fault(im, row->line, "citizen_number",
				"has 12 digits, and the check digit is right with a 0 before them: "
				"a "
				"spreadsheet dropped it" AS_TEXT);
			return false;
		}
	}
	import_fault(im, row->line, "citizen_number",
		"is not 13 digits with the right check digit; mend the number");
	return false;
}

/* The office whose code lost its zeros, or nothing. */
static enum rc with_zeros(struct import *im, struct str code, struct str *ret)
{
	struct office office;
	enum rc rc = RC_NOT_FOUND;
	struct buf longer;

	for (size_t zeros = 1; digits_at(code) == code.n && zeros <= 3 && rc == RC_NOT_FOUND &&
			       code.n + zeros <= OFFICE_CODE_MAX;
		zeros++) {
		buf_init(&longer, im->row, OFFICE_CODE_MAX);
		buf_add(&longer, str_sub(STR("000"), 0, zeros));
		buf_add(&longer, code);
		*ret = buf_str(&longer);
		rc = office_get(im->tx->snap, im->row, *ret, &office, NULL);
	}
	return rc;
}

enum rc import_office(struct import *im, const struct csv_row *row, const char *column,
	struct str code, bool *ret_good)
{
	struct office office;
	struct str longer;
	enum rc rc = office_get(im->tx->snap, im->row, code, &office, NULL);

	*ret_good = rc == RC_OK;
	if (rc != RC_NOT_FOUND)
		return rc;
	code = str_sub(code, 0, OFFICE_CODE_MAX);
	rc = with_zeros(im, code, &longer);
	if (rc == RC_OK)
		import_fault(im, row->line, column,
			"\"%.*s\" is no office, but \"%.*s\" is: a spreadsheet dropped the "
			"zero" AS_TEXT,
			STR_FMT(code), STR_FMT(longer));
	else if (rc == RC_NOT_FOUND)
		import_fault(im, row->line, column, "\"%.*s\" is no office; import it first",
			STR_FMT(code));
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}
