/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_IMPORT_IMPORT_ROW_H
#define PRATU_DIRECTORY_IMPORT_IMPORT_ROW_H

/*
 * Inside src/directory/import: what the kinds of import share. A kind says which columns it has
 * besides its record's fields and how one row becomes operations of the batch; the rest is
 * import.c's.
 */
#include "directory/directory.h"
#include "codec/csv.h"
#include "directory/import/import.h"
#include "base/strmap.h"

/* A column that is no field of the record, such as the citizen number. */
struct import_extra {
	const char *name;
	bool required; /* in the header */
	const char *help;
};

struct import;

struct import_type {
	const char *name;
	const char *help; /* for the generated documentation */
	const struct record_type *record;
	const char *const *left_out; /* fields that are no columns; NULL-terminated */
	const struct import_extra *extras;
	size_t n_extras;
	/* One row: checks it and adds its change to the batch. RC_OK also if the row has a fault
	 * (reported by import_fault); other codes end the import. */
	enum rc (*row)(struct import *im, const struct csv_row *row);
	/* After the last row; may be NULL. */
	enum rc (*finish)(struct import *im);
};

extern const struct import_type import_offices, import_systems, import_people, import_accounts,
	import_role_grants, import_credentials;

struct import_column {
	const char *name;          /* empty: a column without a name, and with nothing in it */
	const struct field *field; /* NULL: an extra */
};

struct import {
	struct tx *tx;
	const struct import_request *request;
	const struct import_type *type;
	struct arena *row; /* of one row; the maps are in tx->a */
	size_t operations;
	struct import_column columns[CSV_CELLS_MAX];
	size_t n_columns;
	struct strmap seen; /* natural key -> line */
	void *state;        /* of the kind */
	struct buf *errors;
	struct import_result result;
};

/* The end of a noun that is counted. */
static inline const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* Reports what is done all the same, but should be known. */
void import_warning(struct import *im, size_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Reports a fault of a line; column NULL: of the whole row. */
void import_fault(struct import *im, size_t line, const char *column, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Does the row hold nothing? Spreadsheets write such rows where something was deleted. */
bool import_row_blank(const struct csv_row *row);
/* Reports cells that a spreadsheet has changed (1.23E+12) or not computed (a formula, #N/A), and
 * values in columns without a name; false: there are such. */
bool import_check_cells(struct import *im, const struct csv_row *row);
/* The trimmed cell of a column, or STR_NONE when the file has no such column. */
struct str import_cell(
	const struct import *im, const struct csv_row *row, const char *column, bool *ret_has);
/* Refuses a natural key that an earlier row has. */
bool import_first(struct import *im, const struct csv_row *row, const char *column, struct str key);
/* Lays the row's cells over *record and checks that required fields are there. */
bool import_fill(struct import *im, const struct csv_row *row, void *record);
/* Counts the row: added (old NULL), changed, or unchanged; true when it must be put. */
bool import_differs(struct import *im, const void *old, const void *record);
/* Everybody's access to this system (empty: to all) is judged again. */
void import_recheck_all(struct import *im, struct str system);
/* Adds n to the operations of the batch. */
void import_counts(struct import *im, size_t n);

/* The thirteen digits of a citizen number as typed; reports the fault if it is none, without the
 * number. */
bool import_citizen_number(
	struct import *im, const struct csv_row *row, struct str typed, struct str *ret);
/* Whether there is an office, a person with this citizen number, ...; reports the fault if not. */
MUST_USE enum rc import_office(struct import *im, const struct csv_row *row, const char *column,
	struct str code, bool *ret_good);
MUST_USE enum rc import_person(struct import *im, const struct csv_row *row,
	struct str citizen_number, struct person *ret, bool *ret_good);

#endif
