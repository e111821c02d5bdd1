/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind G: what spreadsheets and offices send. What is meant is taken; what was changed by a
 * spreadsheet is refused with the cause, in words that say what to do there.
 */
#include "directory/import/import.h"

#include "directory_fixture.h"
#include "directory/directory.h"

#define PID_A "1101700230708"
#define PID_B "3100600445635"
#define PID_C "1234567890121"

static const char offices[] = "code,name_th\n0300400004,อบต.ก\ndla,สถ.\n";

struct office_file {
	enum rc rc;
	struct import_result result;
	struct str says;
};

static struct office_file send_file(
	struct rights_fixture *s, enum import_kind kind, struct str file)
{
	struct import_request request = {.kind = kind, .file = "f.csv", .text = file};
	struct office_file f;
	struct buf errors;

	buf_init(&errors, s->arena, IMPORT_ERRORS_BYTES);
	f.rc = import_csv(&s->admin.app, &s->admin.actor, &request, &errors, &f.result);
	f.says = buf_str(&errors);
	return f;
}

static void send_good(struct rights_fixture *s, enum import_kind kind, const char *file)
{
	struct office_file f = send_file(s, kind, str_c(file));

	if (f.rc != RC_OK)
		fail_msg("%s: %.*s", file, STR_FMT(f.says));
}

static struct person imported(struct rights_fixture *s, const char *number)
{
	struct store_snapshot *snap;
	struct person p;

	assert_int_equal(store_snapshot_begin(s->admin.app.store, &snap), RC_OK);
	assert_int_equal(person_by_pid(snap, s->arena,
				 vault_pid_hash(&s->vault, s->arena, str_c(number)), &p, NULL),
		RC_OK);
	p.email = str_dup(s->arena, p.email);
	p.mobile = str_dup(s->arena, p.mobile);
	p.given_th = str_dup(s->arena, p.given_th);
	store_snapshot_end(snap);
	return p;
}

/* --- taken as meant --- */

static void people_as_a_spreadsheet_saves_them(void **state)
{
	struct rights_fixture *s = *state;
	struct person p;

	send_good(s, IMPORT_PEOPLE,
		"\xef\xbb\xbf"
		"Citizen_Number,Given_TH,Email,EMAIL_VERIFIED,mobile,mobile_verified,status,,\r\n"
		"1-1017-00230-70-8,\xc2\xa0"
		"สมชาย \xe2\x80\x8b,somchai@DLA.go.th.,TRUE,๐๘๑-๒๓๔-๕๖๗๘,True,Active,,\r\n"
		",,,,,,,,\r\n"
		"๓๑๐๐๖๐๐๔๔๕๖๓๕,สมหญิง,,FALSE,812345679,false,SUSPENDED,,\r\n"
		"\xc2\xa0,,, ,,,,,,,,\r\n");
	p = imported(s, PID_A);
	assert_true(str_eq_c(p.given_th, "สมชาย"));
	assert_true(str_eq_c(p.email, "somchai@dla.go.th") && p.email_verified);
	assert_true(str_eq_c(p.mobile, "+66812345678") && p.mobile_verified);
	assert_int_equal(p.status, STATUS_ACTIVE);
	p = imported(s, PID_B);
	assert_true(str_eq_c(p.mobile, "+66812345679") && !p.mobile_verified);
	assert_int_equal(p.status, STATUS_SUSPENDED);
	assert_int_equal(rights_fixture_count(s, TABLE_PERSON), 2);
}

static void empty_rows_are_no_rows(void **state)
{
	struct rights_fixture *s = *state;
	struct office_file f =
		send_file(s, IMPORT_OFFICES, STR(",,\n\ncode,name_th,\n,,\nx,n,\n ,\t,\n\n"));

	assert_int_equal(f.rc, RC_OK);
	assert_int_equal(f.result.rows, 1);
	assert_int_equal(f.result.added, 1);
}

/* Another spelling of the address is no other address: proven as before, nothing to tell. */
static void an_address_in_another_spelling_stays_proven(void **state)
{
	struct rights_fixture *s = *state;
	struct person p;

	send_good(s, IMPORT_PEOPLE,
		"citizen_number,given_th,email,email_verified\n" PID_A ",ก,a@x.th,true\n");
	send_good(s, IMPORT_PEOPLE, "citizen_number,given_th,email\n" PID_A ",ก,A@X.TH.\n");
	p = imported(s, PID_A);
	assert_true(p.email_verified);
	assert_int_equal(p.email_changed, 0);
	send_good(s, IMPORT_PEOPLE, "citizen_number,given_th,email\n" PID_A ",ก,b@x.th\n");
	assert_false(imported(s, PID_A).email_verified);
}

static void names_in_other_digits_and_widths(void **state)
{
	struct rights_fixture *s = *state;
	struct store_snapshot *snap;
	struct account account;

	send_good(s, IMPORT_OFFICES, offices);
	send_good(s, IMPORT_ACCOUNTS, "username,office\nＡ0300๔00004\xc2\xa0,๐๓๐๐๔๐๐๐๐๔\n");
	assert_int_equal(store_snapshot_begin(s->admin.app.store, &snap), RC_OK);
	assert_int_equal(
		account_by_name(snap, s->arena, STR("a0300400004"), &account, NULL), RC_OK);
	assert_true(str_eq_c(account.username, "A0300400004"));
	assert_true(str_eq_c(account.office, "0300400004"));
	store_snapshot_end(snap);
}

/* --- refused, with the cause --- */

#define PEOPLE_ROW(number, rest) "citizen_number,given_th" rest "\n" number

static const struct {
	enum import_kind kind;
	struct str file;
	const char *line, *says;
} causes[] = {
	/* Other formats. */
	{IMPORT_OFFICES, STR_INIT("code;name_th\nx;n\n"), "f.csv:1: ", "separated by \";\""},
	{IMPORT_OFFICES,
		STR_INIT("\xef\xbb\xbf"
			 "code;name_th\nx;n\n"),
		"f.csv:1: ", "separated by \";\""},
	{IMPORT_OFFICES, STR_INIT("sep=;\ncode;name_th\n"), "f.csv:1: ", "\"sep=\""},
	{IMPORT_OFFICES, STR_INIT("SEP=,\ncode,name_th\n"), "f.csv:1: ", "remove it"},
	{IMPORT_OFFICES, STR_INIT("code\tname_th\nx\tn\n"), "f.csv:1: ", "separated by tabs"},
	{IMPORT_OFFICES,
		STR_INIT("\xff\xfe"
			 "c\0o\0d\0e\0"),
		"f.csv:1: ", "UTF-16"},
	{IMPORT_OFFICES, STR_INIT("\xfe\xff\0c\0o\0d\0e"), "f.csv:1: ", "UTF-16"},
	{IMPORT_OFFICES, STR_INIT("c\0o\0d\0e\0,\0n\0"), "f.csv:1: ", "UTF-16"},
	{IMPORT_OFFICES, STR_INIT("code,name_th\nx,n\ny,\xca\xb6.\xa1\xc3\xd8\xa7\xe0\xb7\xbe\n"),
		"f.csv:3: ", "Windows-874"},
	{IMPORT_OFFICES, STR_INIT("PK\x03\x04 more"), "f.csv:1: ", "workbook"},
	{IMPORT_OFFICES, STR_INIT("\xd0\xcf\x11\xe0 more"), "f.csv:1: ", "old workbook"},
	{IMPORT_OFFICES, STR_INIT("<html><table>"), "f.csv:1: ", "web page"},
	{IMPORT_OFFICES, STR_INIT("%PDF-1.7"), "f.csv:1: ", "PDF"},
	/* A stray byte is a fault of its cell. */
	{IMPORT_OFFICES, STR_INIT("code,name_th\nx,\xa1\n"), "f.csv:2: name_th: ", "UTF-8"},
	/* Columns. */
	{IMPORT_OFFICES, STR_INIT("code,name_th,\nx,n,more\n"),
		"f.csv:2: ", "column 3 has no name"},
	{IMPORT_OFFICES, STR_INIT("code,name_th\nx,n,more\n"),
		"f.csv:2: ", "3 cells, the header 2"},
	{IMPORT_OFFICES, STR_INIT("code,name_th\nx\n"), "f.csv:2: ", "1 cell, the header 2"},
	/* Cells. */
	{IMPORT_PEOPLE, STR_INIT(PEOPLE_ROW("1.10170E+12", "") ",ก\n"),
		"f.csv:2: citizen_number: ", "number like 1.23E+12"},
	{IMPORT_PEOPLE, STR_INIT(PEOPLE_ROW("1E+12", "") ",ก\n"),
		"f.csv:2: citizen_number: ", "number like 1.23E+12"},
	{IMPORT_PEOPLE, STR_INIT(PEOPLE_ROW("1101700230708.0", "") ",ก\n"),
		"f.csv:2: citizen_number: ", "ends in \".0\""},
	{IMPORT_PEOPLE, STR_INIT(PEOPLE_ROW("'1101700230708", "") ",ก\n"),
		"f.csv:2: citizen_number: ", "apostrophe"},
	{IMPORT_PEOPLE, STR_INIT("citizen_number,given_th\n\"=\"\"1101700230708\"\"\",ก\n"),
		"f.csv:2: citizen_number: ", "formula"},
	{IMPORT_PEOPLE, STR_INIT(PEOPLE_ROW(PID_A, ",family_th") ",ก,#N/A\n"),
		"f.csv:2: family_th: ", "error of the spreadsheet"},
	{IMPORT_PEOPLE, STR_INIT(PEOPLE_ROW("110170023078", "") ",ก\n"),
		"f.csv:2: citizen_number: ", "with a 0 before them"},
	{IMPORT_PEOPLE, STR_INIT(PEOPLE_ROW(PID_A, ",mobile") ",ก,8.12346E+08\n"),
		"f.csv:2: mobile: ", "number like 1.23E+12"},
	{IMPORT_PEOPLE, STR_INIT(PEOPLE_ROW(PID_A, ",email") ",ก,สมชาย@dla.go.th\n"),
		"f.csv:2: email: ", "before the @"},
	{IMPORT_PEOPLE,
		STR_INIT(PEOPLE_ROW(PID_A, ",email,email_verified") ",ก,a@localhost,TRUE\n"),
		"f.csv:2: email: ", "domain name"},
	{IMPORT_PEOPLE, STR_INIT(PEOPLE_ROW(PID_A, ",status") ",ก,closed\n"),
		"f.csv:2: status: ", "active, suspended"},
	{IMPORT_PEOPLE, STR_INIT(PEOPLE_ROW(PID_A, ",email_verified") ",ก,maybe\n"),
		"f.csv:2: email_verified: ", "true or false (or yes, no, 1, 0)"},
	{IMPORT_ACCOUNTS, STR_INIT("username,office\nx,300400004\n"),
		"f.csv:2: office: ", "\"0300400004\" is: a spreadsheet dropped the zero"},
	{IMPORT_OFFICES, STR_INIT("code,name_th,second_factor_required_from\nx,n,2570-01-31\n"),
		"f.csv:2: second_factor_required_from: ",
		"looks like the Buddhist era; write 2027-01-31"},
	{IMPORT_OFFICES, STR_INIT("code,name_th,second_factor_required_from\nx,n,46346\n"),
		"f.csv:2: second_factor_required_from: ",
		"number that a spreadsheet keeps for a date"},
	{IMPORT_OFFICES, STR_INIT("code,name_th,second_factor_required_from\nx,n,31/1/2570\n"),
		"f.csv:2: second_factor_required_from: ", "write 2027-01-31"},
};

static void the_cause_is_named(void **state)
{
	struct rights_fixture *s = *state;

	send_good(s, IMPORT_OFFICES, offices);
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		struct office_file f = send_file(s, causes[i].kind, causes[i].file);
		char *says = str_dup_c(s->arena, f.says);

		if (f.rc != RC_INVALID)
			fail_msg("%zu: %s", i, rc_name(f.rc));
		if (!strstr(says, causes[i].line) || !strstr(says, causes[i].says))
			fail_msg("%zu: says %s", i, says);
		/* One fault, one line; and never a citizen number. */
		assert_int_equal(f.result.faults, 1);
		assert_null(strstr(says, "11017002307"));
	}
	assert_int_equal(rights_fixture_count(s, TABLE_PERSON), 0);
	assert_int_equal(rights_fixture_count(s, TABLE_ACCOUNT), 0);
}

/* What begins like one of these and is none. */
static void words_that_only_look_so(void **state)
{
	struct rights_fixture *s = *state;

	send_good(s, IMPORT_PEOPLE,
		"citizen_number,given_th,family_th\n" PID_A ",'ก' ข,E+12\n" PID_B ",1.0,#1\n" PID_C
		",1E5,ก=ข\n");
	assert_int_equal(rights_fixture_count(s, TABLE_PERSON), 3);
	assert_true(str_eq_c(imported(s, PID_A).given_th, "'ก' ข"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIRECTORY_TEST(people_as_a_spreadsheet_saves_them),
		DIRECTORY_TEST(empty_rows_are_no_rows),
		DIRECTORY_TEST(an_address_in_another_spelling_stays_proven),
		DIRECTORY_TEST(names_in_other_digits_and_widths),
		DIRECTORY_TEST(the_cause_is_named),
		DIRECTORY_TEST(words_that_only_look_so),
	};

	return cmocka_run_group_tests_name("directory/kind_g_import", tests, NULL, NULL);
}
