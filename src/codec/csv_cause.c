/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Files that are no CSV in UTF-8 and with commas, by what wrote them. */
#include "codec/csv.h"
#include "base/array.h"

#define SAVE_AS        "; save it as \"CSV UTF-8 (Comma delimited)\""
#define LOOKED_AT      4096u /* bytes in which UTF-16 without a mark shows */
#define THAI_PER_FAULT 8u    /* faults of a file in Windows-874, a Thai letter in UTF-8 */

/* The bytes a file begins with. */
static const struct {
	struct str begins;
	const char *why;
} formats[] = {
	{STR_INIT("PK\x03\x04"), "the file is a workbook, not CSV" SAVE_AS},
	{STR_INIT("\xd0\xcf\x11\xe0"), "the file is an old workbook, not CSV" SAVE_AS},
	{STR_INIT("%PDF"), "the file is a PDF; export the table as CSV from where it was made"},
	{STR_INIT("<"), "the file is a web page or XML; open it in a spreadsheet and save it as "
			"\"CSV UTF-8 (Comma delimited)\""},
	{STR_INIT("{\\rtf"), "the file is a text document; save the table as CSV"},
	{STR_INIT("\xff\xfe"), "the file is UTF-16 (\"Unicode text\"), not UTF-8" SAVE_AS},
	{STR_INIT("\xfe\xff"), "the file is UTF-16 (\"Unicode text\"), not UTF-8" SAVE_AS},
};

static const char why_utf16[] = "the file is UTF-16 (\"Unicode text\"), not UTF-8" SAVE_AS;
static const char why_874[] =
	"the file is in Windows-874 (TIS-620, \"CSV\" of a Thai Windows), not "
	"UTF-8" SAVE_AS;
static const char why_semicolon[] =
	"the columns are separated by \";\", as the list separator of this computer's region says; "
	"separate them by \",\": save the file as \"CSV UTF-8 (Comma delimited)\" with the list "
	"separator \",\"";
static const char why_tab[] =
	"the columns are separated by tabs (\"Text (Tab delimited)\"); separate "
	"them by \",\"" SAVE_AS;
static const char why_sep[] =
	"the line \"sep=\" is for one spreadsheet program only; remove it, and "
	"separate the columns by \",\"";

static struct str first_line(struct str text)
{
	struct str line = str_sub(text, 0, str_find(text, '\n'));

	if (str_starts(line, STR("\xef\xbb\xbf")))
		line = str_sub(line, 3, line.n);
	return line;
}

/* ASCII text in UTF-16 has every second byte zero. */
static bool is_utf16(struct str text)
{
	struct str head = str_sub(text, 0, LOOKED_AT);
	size_t zeros = 0;

	for (size_t i = 0; i < head.n; i++)
		zeros += head.p[i] == '\0';
	return zeros > 0 && zeros >= head.n / 4;
}

static bool is_tis620(unsigned char c)
{
	return (c >= 0xa1 && c <= 0xda) || (c >= 0xdf && c <= 0xfb);
}

/*
 * No UTF-8, but Thai letters of TIS 620 side by side: a stray byte is a slip of one cell. Some
 * pairs of them are UTF-8 by chance; what is Thai in UTF-8 is not, so a file that has both is left
 * to its cells. *ret_line: where it shows first.
 */
static bool is_windows_874(struct str text, size_t *ret_line)
{
	size_t line = 1, found = 0, thai = 0, invalid = 0, step;

	for (size_t i = 0; i < text.n; i += step ? step : 1) {
		struct str rest = str_sub(text, i, 4);

		step = str_utf8_step(rest);
		if (text.p[i] == '\n')
			line++;
		thai += str_starts(rest, STR("\xe0\xb8")) || str_starts(rest, STR("\xe0\xb9"));
		if (step)
			continue;
		invalid++;
		if (!found && rest.n > 1 && is_tis620((unsigned char)rest.p[0]) &&
			is_tis620((unsigned char)rest.p[1]))
			found = line;
	}
	*ret_line = found;
	return found > 0 && invalid > THAI_PER_FAULT * thai;
}

bool csv_cause(struct str text, struct csv_error *ret)
{
	struct str head = first_line(text);

	*ret = (struct csv_error){.line = 1};
	for (size_t i = 0; !ret->why && i < ARRAY_LEN(formats); i++)
		if (str_starts(text, formats[i].begins))
			ret->why = formats[i].why;
	if (!ret->why && is_utf16(text))
		ret->why = why_utf16;
	if (!ret->why && str_ieq(str_sub(head, 0, 4), STR("sep=")))
		ret->why = why_sep;
	if (!ret->why && str_find(head, ';') < head.n)
		ret->why = why_semicolon;
	if (!ret->why && str_find(head, '\t') < head.n)
		ret->why = why_tab;
	if (!ret->why && is_windows_874(text, &ret->line))
		ret->why = why_874;
	return ret->why != NULL;
}
