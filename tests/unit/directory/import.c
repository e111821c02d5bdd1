/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/import/import.h"

#include "codec/base64.h"
#include "directory_fixture.h"
#include "base/random.h"
#include "directory/directory.h"

#include <pthread.h>

/* Citizen numbers with a right check digit. */
#define PID_A "1101700230708"
#define PID_B "3100600445635"
#define PID_C "1234567890121"

#define OFFICES                                                                                    \
	"code,name_th,parent,kind\n"                                                               \
	"dla,สถ.,,department\n"                                                                \
	"p10,สถจ.กรุงเทพ,dla,province\n"                                       \
	"0300400004,อบต.ก,p10,local\n"
#define SYSTEMS                                                                                    \
	"id,name_th,roles,role_names_th,office\n"                                                  \
	"plan,แผน,user;boss,ผู้ใช้;หัวหน้า,dla\n"
#define PEOPLE                                                                                     \
	"citizen_number,given_th,family_th,email,mobile\n" PID_A                                   \
	",สมชาย,ใจดี,a@b.example,081-234-5678\n" PID_B ",สมหญิง,ใจงาม,,\n"
#define ACCOUNTS                                                                                   \
	"username,citizen_number,office,position\n"                                                \
	"A03004000041001," PID_A ",0300400004,ปลัด\n"                                      \
	"spare,,0300400004,\n"
#define GRANTS                                                                                     \
	"citizen_number,username,system,role,office,from,until\n" PID_A                            \
	",,plan,user,0300400004,2026-01-01,2027-01-01\n"                                           \
	",a03004000041001,plan,boss,0300400004,,\n"
#define CREDENTIALS                                                                                \
	"username,hash\n"                                                                          \
	"a03004000041001,$1$abcdefgh$fONRjUkBEA8OT8s1E16wq/\n"

struct import_outcome {
	enum rc rc;
	struct import_result result;
	struct str errors;
};

static struct import_outcome import_as(
	struct rights_fixture *s, enum import_kind kind, const char *text, bool dry_run)
{
	struct import_request request = {
		.kind = kind, .file = "f.csv", .text = str_c(text), .dry_run = dry_run};
	struct import_outcome o;
	struct buf errors;

	buf_init(&errors, s->arena, IMPORT_ERRORS_BYTES);
	o.rc = import_csv(&s->admin.app, &s->admin.actor, &request, &errors, &o.result);
	o.errors = buf_str(&errors);
	return o;
}

static struct import_outcome run_import(
	struct rights_fixture *s, enum import_kind kind, const char *text)
{
	return import_as(s, kind, text, false);
}

static void must(struct import_outcome o)
{
	if (o.rc != RC_OK)
		fail_msg("%s: %.*s", rc_name(o.rc), STR_FMT(o.errors));
}

/* A whole rights_fixture of everything. */
static void seed_directory(struct rights_fixture *s)
{
	must(run_import(s, IMPORT_OFFICES, OFFICES));
	must(run_import(s, IMPORT_SYSTEMS, SYSTEMS));
	must(run_import(s, IMPORT_PEOPLE, PEOPLE));
	must(run_import(s, IMPORT_ACCOUNTS, ACCOUNTS));
	must(run_import(s, IMPORT_ROLE_GRANTS, GRANTS));
	must(run_import(s, IMPORT_CREDENTIALS, CREDENTIALS));
}

static const char *const files[] = {OFFICES, SYSTEMS, PEOPLE, ACCOUNTS, GRANTS, CREDENTIALS};
static const enum table tables[] = {TABLE_OFFICE, TABLE_SYSTEM, TABLE_PERSON, TABLE_ACCOUNT,
	TABLE_ROLE_GRANT, TABLE_CREDENTIAL};
static const size_t counts[] = {3, 1, 2, 2, 2, 1};

static void imports_each_kind_once(void **state)
{
	struct rights_fixture *s = *state;

	for (int kind = 0; kind < IMPORT_KIND_MAX; kind++) {
		struct import_outcome dry = import_as(s, (enum import_kind)kind, files[kind], true);
		struct import_outcome first, again;

		must(dry);
		assert_int_equal(dry.result.added, counts[kind]);
		assert_int_equal(rights_fixture_count(s, tables[kind]), 0);
		first = run_import(s, (enum import_kind)kind, files[kind]);
		must(first);
		assert_int_equal(first.result.rows, counts[kind]);
		assert_int_equal(first.result.added, counts[kind]);
		assert_int_equal(rights_fixture_count(s, tables[kind]), counts[kind]);
		assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), kind + 1);
		s->now_ms += 1000;
		again = run_import(s, (enum import_kind)kind, files[kind]);
		must(again);
		assert_int_equal(again.result.unchanged, counts[kind]);
		assert_int_equal(again.result.added + again.result.changed, 0);
		assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), kind + 1);
	}
}

static struct store_snapshot *snapshot(struct rights_fixture *s)
{
	struct store_snapshot *snap;

	assert_int_equal(store_snapshot_begin(s->admin.app.store, &snap), RC_OK);
	return snap;
}

static struct person person(
	struct rights_fixture *s, struct store_snapshot *snap, const char *number)
{
	struct person p;

	assert_int_equal(person_by_pid(snap, s->arena,
				 vault_pid_hash(&s->vault, s->arena, str_c(number)), &p, NULL),
		RC_OK);
	return p;
}

static void stores_what_the_file_says(void **state)
{
	struct rights_fixture *s = *state;
	struct store_snapshot *snap;
	struct role_grant_list grants;
	struct account account;
	struct office office;
	struct person p;
	struct str number;

	seed_directory(s);
	snap = snapshot(s);
	p = person(s, snap, PID_A);
	assert_true(str_eq_c(p.given_th, "สมชาย"));
	assert_true(str_eq_c(p.mobile, "+66812345678"));
	assert_int_equal(vault_pid_open(&s->vault, s->arena, p.id, p.pid_sealed, &number), RC_OK);
	assert_true(str_eq_c(number, PID_A));
	assert_int_equal(office_get(snap, s->arena, STR("0300400004"), &office, NULL), RC_OK);
	assert_int_equal(office.kind, OFFICE_LOCAL);
	assert_true(str_eq_c(office.parent, "p10"));
	assert_int_equal(
		account_by_name(snap, s->arena, STR("a03004000041001"), &account, NULL), RC_OK);
	assert_true(str_eq(account.person, p.id));
	assert_int_equal(
		role_grants_of(snap, s->arena, ROLE_GRANT_PERSON, p.id, STR_NONE, &grants), RC_OK);
	assert_int_equal(grants.n, 1);
	/* Midnight in Bangkok, 2026-01-01. */
	assert_int_equal(grants.v[0].from, 1767200400);
	assert_int_equal(
		role_grants_of(snap, s->arena, ROLE_GRANT_ACCOUNT, account.id, STR_NONE, &grants),
		RC_OK);
	assert_int_equal(grants.n, 1);
	assert_true(str_eq_c(grants.v[0].role, "boss"));
	store_snapshot_end(snap);
}

static void changes_only_the_columns_of_the_file(void **state)
{
	struct rights_fixture *s = *state;
	struct store_snapshot *snap;
	struct import_outcome o;
	struct person p;

	seed_directory(s);
	s->now_ms += 9000;
	o = run_import(s, IMPORT_PEOPLE, "citizen_number,given_th,email\n" PID_A ",สมชัย,\n");
	must(o);
	assert_int_equal(o.result.changed, 1);
	snap = snapshot(s);
	p = person(s, snap, PID_A);
	assert_true(str_eq_c(p.given_th, "สมชัย"));
	assert_true(str_eq_c(p.family_th, "ใจดี"));
	assert_int_equal(p.email.n, 0);
	assert_int_equal(p.created, 1800000000);
	assert_int_equal(p.updated, 1800000009);
	store_snapshot_end(snap);
}

/* Then: email proven, mobile proven? */
static void check_proofs(struct rights_fixture *s, const char *file, bool email, bool mobile)
{
	struct store_snapshot *snap;
	struct person p;

	must(run_import(s, IMPORT_PEOPLE, file));
	snap = snapshot(s);
	p = person(s, snap, PID_A);
	assert_int_equal(p.email_verified, email);
	assert_int_equal(p.mobile_verified, mobile);
	store_snapshot_end(snap);
}

static void a_changed_address_is_not_verified(void **state)
{
	seed_directory(*state);
	check_proofs(*state,
		"citizen_number,given_th,email,email_verified,mobile,mobile_verified\n" PID_A
		",ก,a@b.example,true,0812345678,true\n",
		true, true);
	check_proofs(*state, "citizen_number,given_th,title_th\n" PID_A ",ก,นาง\n", true, true);
	check_proofs(
		*state, "citizen_number,given_th,email\n" PID_A ",ก,b@b.example\n", false, true);
	check_proofs(
		*state, "citizen_number,given_th,mobile_verified\n" PID_A ",ข,\n", false, false);
}

static void moves_an_account_to_another_person(void **state)
{
	struct rights_fixture *s = *state;
	struct store_snapshot *snap;
	struct account_list list;

	seed_directory(s);
	must(run_import(s, IMPORT_ACCOUNTS,
		"username,citizen_number,office\nA03004000041001," PID_B ",p10\nspare,,dla\n"));
	snap = snapshot(s);
	assert_int_equal(accounts_of(snap, s->arena, person(s, snap, PID_A).id, &list), RC_OK);
	assert_int_equal(list.n, 0);
	assert_int_equal(accounts_of(snap, s->arena, person(s, snap, PID_B).id, &list), RC_OK);
	assert_int_equal(list.n, 1);
	assert_true(str_eq_c(list.v[0].office, "p10"));
	store_snapshot_end(snap);
}

static void ends_a_grant(void **state)
{
	struct rights_fixture *s = *state;
	struct import_outcome o;

	seed_directory(s);
	o = run_import(s, IMPORT_ROLE_GRANTS,
		"citizen_number,system,role,office,until\n" PID_A
		",plan,user,0300400004,2026-06-01\n");
	must(o);
	assert_int_equal(o.result.changed, 1);
	assert_int_equal(rights_fixture_count(s, TABLE_ROLE_GRANT), 2);
}

/* A file over a filled rights_fixture, and what must be told. */
static const struct {
	enum import_kind kind;
	const char *text, *line, *says;
} refused[] = {
	{IMPORT_OFFICES, "", "f.csv:1: ", "empty"},
	{IMPORT_OFFICES, "code\nx\n", "f.csv:1: name_th: ", "missing"},
	{IMPORT_OFFICES, "code,name_th,colour\nx,y,z\n", "f.csv:1: ", "\"colour\" is no column"},
	{IMPORT_OFFICES, "code,name_th,code\nx,y,z\n", "f.csv:1: code: ", "twice"},
	{IMPORT_OFFICES, "code,name_th,created\nx,y,1\n", "f.csv:1: ", "no column"},
	{IMPORT_OFFICES, "code,name_th\nx\n", "f.csv:2: ", "1 cell,"},
	{IMPORT_OFFICES, "code,name_th\nx,y,z\n", "f.csv:2: ", "3 cells"},
	{IMPORT_OFFICES, "code,name_th\n,y\n", "f.csv:2: code: ", "empty"},
	{IMPORT_OFFICES, "code,name_th\nx, \n", "f.csv:2: name_th: ", "empty"},
	{IMPORT_OFFICES, "code,name_th\nx/y,n\n", "f.csv:2: code: ", "letters"},
	{IMPORT_OFFICES, "code,name_th\n123456789012345678901,n\n", "f.csv:2: code: ", "longer"},
	{IMPORT_OFFICES, "code,name_th\nx,n\nx,m\n", "f.csv:3: code: ", "line 2"},
	{IMPORT_OFFICES, "code,name_th,kind\nx,n,palace\n", "f.csv:2: kind: ", "one of"},
	{IMPORT_OFFICES, "code,name_th,admin_email\nx,n,me\n", "f.csv:2: admin_email: ", "email"},
	{IMPORT_OFFICES, "code,name_th,parent\nx,n,nowhere\n", "f.csv:2: parent: ", "no office"},
	{IMPORT_OFFICES, "code,name_th,parent\nx,n,x\n", "f.csv:2: parent: ", "below itself"},
	{IMPORT_OFFICES, "code,name_th,parent\nx,n,y\ny,n,x\n",
		"f.csv:3: parent: ", "below itself"},
	{IMPORT_OFFICES, "code,name_th,parent\ndla,n,0300400004\n",
		"f.csv:2: parent: ", "below itself"},
	{IMPORT_OFFICES, "code,name_th\nx,\"a\"b\n", "f.csv:2: name_th: ", "quote"},
	{IMPORT_OFFICES, "code,name_th\nx,\xa1\n", "f.csv:2: name_th: ", "UTF-8"},
	{IMPORT_SYSTEMS, "id,name_th,roles\na b,n,r\n", "f.csv:2: id: ", "letters"},
	{IMPORT_SYSTEMS, "id,name_th,roles\nx,n,\n", "f.csv:2: roles: ", "empty"},
	{IMPORT_SYSTEMS, "id,name_th,roles\nx,n,r;r\n", "f.csv:2: roles: ", "twice"},
	{IMPORT_SYSTEMS, "id,name_th,roles\nx,n,r;a b\n", "f.csv:2: roles: ", "role 2"},
	{IMPORT_SYSTEMS, "id,name_th,roles,role_names_th\nx,n,r;s,ก\n",
		"f.csv:2: role_names_th: ", "1 name for 2"},
	{IMPORT_SYSTEMS, "id,name_th,roles,role_names_en\nx,n,r;s,a;b;c\n",
		"f.csv:2: role_names_en: ", "3 names for 2"},
	{IMPORT_SYSTEMS, "id,name_th,roles\nplan,n,user\n", "f.csv:2: roles: ", "lacks role"},
	{IMPORT_SYSTEMS, "id,name_th,roles,office\nx,n,r,nowhere\n",
		"f.csv:2: office: ", "no office"},
	{IMPORT_SYSTEMS, "id,name_th,roles,launch_url\nx,n,r,javascript:alert(1)\n",
		"f.csv:2: launch_url: ", ""},
	{IMPORT_SYSTEMS, "id,name_th,roles\nx,n,r\nx,n,r\n", "f.csv:3: id: ", "line 2"},
	{IMPORT_PEOPLE, "given_th\nx\n", "f.csv:1: citizen_number: ", "missing"},
	{IMPORT_PEOPLE, "citizen_number,given_th\n" PID_A ",\n", "f.csv:2: given_th: ", "empty"},
	{IMPORT_PEOPLE, "citizen_number,given_th\n1101700230706,x\n",
		"f.csv:2: citizen_number: ", "check digit"},
	{IMPORT_PEOPLE, "citizen_number,given_th\n110170023070,x\n",
		"f.csv:2: citizen_number: ", "check digit"},
	{IMPORT_PEOPLE, "citizen_number,given_th\n,x\n",
		"f.csv:2: citizen_number: ", "check digit"},
	{IMPORT_PEOPLE, "citizen_number,given_th\n" PID_C ",x\n" PID_C ",y\n",
		"f.csv:3: citizen_number: ", "line 2"},
	{IMPORT_PEOPLE, "citizen_number,given_th,email\n" PID_C ",x,a@b@c.d\n",
		"f.csv:2: email: ", "email"},
	{IMPORT_PEOPLE, "citizen_number,given_th,mobile\n" PID_C ",x,021234567\n",
		"f.csv:2: mobile: ", "mobile number"},
	{IMPORT_PEOPLE, "citizen_number,given_th,ial\n" PID_C ",x,3\n", "f.csv:1: ", "no column"},
	{IMPORT_PEOPLE, "citizen_number,given_th,pid_hash\n" PID_C ",x,AA\n",
		"f.csv:1: ", "no column"},
	{IMPORT_PEOPLE, "citizen_number,given_th,status\n" PID_C ",x,gone\n",
		"f.csv:2: status: ", "one of"},
	{IMPORT_ACCOUNTS, "username,office\na b,dla\n", "f.csv:2: username: ", "letters"},
	{IMPORT_ACCOUNTS, "username,office\nx,\n", "f.csv:2: office: ", "empty"},
	{IMPORT_ACCOUNTS, "username,office\nx,nowhere\n", "f.csv:2: office: ", "no office"},
	{IMPORT_ACCOUNTS, "username,office\nx,dla\nX,dla\n", "f.csv:3: username: ", "line 2"},
	{IMPORT_ACCOUNTS, "username,office,citizen_number\nx,dla," PID_C "\n",
		"f.csv:2: citizen_number: ", "nobody"},
	{IMPORT_ACCOUNTS, "username,office,citizen_number\nx,dla,123\n",
		"f.csv:2: citizen_number: ", "check digit"},
	{IMPORT_ACCOUNTS, "username,office,person\nx,dla,abc\n", "f.csv:1: ", "no column"},
	{IMPORT_ROLE_GRANTS, "system,role,office\nplan,user,dla\n", "f.csv:2: ", "nobody"},
	{IMPORT_ROLE_GRANTS,
		"citizen_number,username,system,role,office\n" PID_A ",spare,plan,user,dla\n",
		"f.csv:2: ", "either"},
	{IMPORT_PEOPLE, "citizen_number,given_th,email,email_verified\n" PID_C ",ก,,true\n",
		"f.csv:2: email_verified: ", "no email"},
	{IMPORT_PEOPLE, "citizen_number,given_th,mobile,mobile_verified\n" PID_C ",ก,,true\n",
		"f.csv:2: mobile_verified: ", "no mobile"},
	{IMPORT_ROLE_GRANTS, "citizen_number,system,role,office\n" PID_C ",plan,user,dla\n",
		"f.csv:2: citizen_number: ", "nobody"},
	{IMPORT_ROLE_GRANTS, "username,system,role,office\nghost,plan,user,dla\n",
		"f.csv:2: username: ", "no account"},
	{IMPORT_ROLE_GRANTS, "username,system,role,office\nspare,none,user,dla\n",
		"f.csv:2: system: ", "no system"},
	{IMPORT_ROLE_GRANTS, "username,system,role,office\nspare,plan,king,dla\n",
		"f.csv:2: role: ", "no role"},
	{IMPORT_ROLE_GRANTS, "username,system,role,office\nspare,plan,user,nowhere\n",
		"f.csv:2: office: ", "no office"},
	{IMPORT_ROLE_GRANTS,
		"username,system,role,office\nspare,plan,user,dla\nSPARE,plan,user,dla\n",
		"f.csv:3: ", "line 2"},
	{IMPORT_ROLE_GRANTS,
		"username,system,role,office,from,until\n"
		"spare,plan,user,dla,2026-01-02,2026-01-02\n",
		"f.csv:2: until: ", "not after"},
	{IMPORT_ROLE_GRANTS, "username,system,role,office,from\nspare,plan,user,dla,2569-13-01\n",
		"f.csv:2: from: ", "date"},
	{IMPORT_ROLE_GRANTS, "username,system,role,office,until\nspare,plan,user,dla,01/02/2026\n",
		"f.csv:2: until: ", "date"},
	{IMPORT_ROLE_GRANTS, "username,system,role,office,subject\nspare,plan,user,dla,x\n",
		"f.csv:1: ", "no column"},
};

static void refuses(void **state)
{
	struct rights_fixture *s = *state;
	uint64_t before[IMPORT_KIND_MAX];

	seed_directory(s);
	for (int kind = 0; kind < IMPORT_KIND_MAX; kind++)
		before[kind] = rights_fixture_count(s, tables[kind]);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct import_outcome o = run_import(s, refused[i].kind, refused[i].text);

		if (o.rc != RC_INVALID)
			fail_msg("%s: %s", refused[i].text, rc_name(o.rc));
		if (!strstr(o.errors.p, refused[i].line) || !strstr(o.errors.p, refused[i].says))
			fail_msg("%s: says %s", refused[i].text, o.errors.p);
		assert_null(strstr(o.errors.p, PID_C));
	}
	for (int kind = 0; kind < IMPORT_KIND_MAX; kind++)
		assert_int_equal(rights_fixture_count(s, tables[kind]), before[kind]);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), IMPORT_KIND_MAX);
}

static void tells_every_fault_and_changes_nothing(void **state)
{
	struct rights_fixture *s = *state;
	struct import_outcome o = run_import(s, IMPORT_OFFICES,
		"code,name_th,kind\ngood,n,local\n,n,local\nbad,,palace\n\"q\"x,n,local\n");

	assert_int_equal(o.rc, RC_INVALID);
	assert_int_equal(o.result.faults, 4);
	assert_non_null(strstr(o.errors.p, "f.csv:3: code: "));
	assert_non_null(strstr(o.errors.p, "f.csv:4: name_th: "));
	assert_non_null(strstr(o.errors.p, "f.csv:4: kind: "));
	assert_non_null(strstr(o.errors.p, "f.csv:5: code: "));
	assert_int_equal(rights_fixture_count(s, TABLE_OFFICE), 0);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 0);
}

static void bounds_the_faults_told(void **state)
{
	struct rights_fixture *s = *state;
	struct import_outcome o;
	struct buf text;
	size_t lines = 0;

	buf_init(&text, s->arena, 100000);
	buf_add_c(&text, "code,name_th\n");
	for (int i = 0; i < IMPORT_ERRORS_MAX + 7; i++)
		buf_add_c(&text, "?,x\n");
	o = run_import(s, IMPORT_OFFICES, text.p);
	assert_int_equal(o.result.faults, IMPORT_ERRORS_MAX + 7);
	for (size_t i = 0; i < o.errors.n; i++)
		lines += o.errors.p[i] == '\n';
	assert_int_equal(lines, IMPORT_ERRORS_MAX + 1);
	assert_non_null(strstr(o.errors.p, "f.csv: 7 more faults\n"));
}

/* A chain of n offices, each below the one before. */
static const char *chain(struct rights_fixture *s, int n)
{
	struct buf text;

	buf_init(&text, s->arena, 10000);
	buf_add_c(&text, "code,name_th,parent\n");
	for (int i = 1; i <= n; i++)
		buf_addf(&text, i == 1 ? "o1,n,\n" : "o%d,n,o%d\n", i, i - 1);
	return text.p;
}

static void bounds_the_depth_of_the_tree(void **state)
{
	struct rights_fixture *s = *state;
	struct import_outcome o = run_import(s, IMPORT_OFFICES, chain(s, OFFICE_DEPTH_MAX + 1));

	assert_int_equal(o.rc, RC_INVALID);
	assert_int_equal(o.result.faults, 1);
	assert_non_null(strstr(o.errors.p, "f.csv:10: parent: "));
	must(run_import(s, IMPORT_OFFICES, chain(s, OFFICE_DEPTH_MAX)));
	/* An office above the root pushes those below too deep, which the file does not name. */
	o = run_import(s, IMPORT_OFFICES, "code,name_th,parent\ntop,n,\no1,n,top\n");
	assert_int_equal(o.rc, RC_INVALID);
	assert_non_null(strstr(o.errors.p, "office o8"));
}

static void knows_the_policies(void **state)
{
	struct rights_fixture *s = *state;
	struct str names[] = {STR("dla")};
	struct import_request request = {.kind = IMPORT_SYSTEMS,
		.file = "f.csv",
		.text = STR("id,name_th,roles,policy\nx,n,r,other\n"),
		.policies = {names, 1}};
	struct import_result result;
	struct buf errors;

	buf_init(&errors, s->arena, IMPORT_ERRORS_BYTES);
	assert_int_equal(
		import_csv(&s->admin.app, &s->admin.actor, &request, &errors, &result), RC_INVALID);
	assert_non_null(strstr(errors.p, "f.csv:2: policy: "));
	request.text = STR("id,name_th,roles,policy\nx,n,r,dla\n");
	assert_int_equal(
		import_csv(&s->admin.app, &s->admin.actor, &request, &errors, &result), RC_OK);
}

static void takes_what_spreadsheets_write(void **state)
{
	struct rights_fixture *s = *state;

	must(run_import(s, IMPORT_OFFICES,
		"\xef\xbb\xbf"
		"name_th,code,admin_name\r\n\"อบต. \"\"ก\"\"\",x,\" a, b \"\r\n\r\n"));
	must(run_import(
		s, IMPORT_OFFICES, "code,name_th,admin_name\nx,\"อบต. \"\"ก\"\"\",\"a, b\"\n"));
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 1);
}

/* Random bytes, and before the first of them another writer changes PID_A's record. */
struct meddler {
	struct rights_fixture *rights_fixture;
	int changes_left;
	pthread_t thread;
};

static void *change_person(void *data)
{
	struct rights_fixture *s = data;
	struct arena *a = arena_new(ARENA_MAX);
	struct store_batch *b = store_batch_new(a);
	struct store_snapshot *snap = snapshot(s);
	struct person p, changed;
	uint64_t version;

	assert_int_equal(
		person_by_pid(snap, a, vault_pid_hash(&s->vault, a, STR(PID_A)), &p, &version),
		RC_OK);
	changed = p;
	changed.ial_time++;
	person_put(b, a, &s->vault, &p, version, &changed);
	store_snapshot_end(snap);
	assert_int_equal(store_commit(s->admin.app.store, b), RC_OK);
	arena_free(a);
	return NULL;
}

static void meddle(void *data, void *bytes, size_t n)
{
	struct meddler *m = data;

	rng_fill(&rng_system, bytes, n);
	if (m->changes_left == 0)
		return;
	m->changes_left--;
	/* On a thread of its own: this one holds the import's snapshot. */
	assert_int_equal(pthread_create(&m->thread, NULL, change_person, m->rights_fixture), 0);
	assert_int_equal(pthread_join(m->thread, NULL), 0);
}

#define MEDDLED "citizen_number,given_th\n" PID_C ",ใหม่\n" PID_A ",สมชัย\n"

static void meets_another_writer(void **state)
{
	struct rights_fixture *s = *state;
	struct meddler m = {.rights_fixture = s, .changes_left = 2};
	struct rng rng = {meddle, &m};
	struct store_snapshot *snap;
	struct import_outcome o;

	seed_directory(s);
	s->admin.app.rng = &rng;
	o = run_import(s, IMPORT_PEOPLE, MEDDLED);
	must(o);
	assert_int_equal(m.changes_left, 0);
	assert_int_equal(o.result.rows, 2);
	assert_int_equal(o.result.added, 1);
	assert_int_equal(o.result.changed, 1);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), IMPORT_KIND_MAX + 1);
	snap = snapshot(s);
	assert_true(str_eq_c(person(s, snap, PID_A).given_th, "สมชัย"));
	assert_int_equal(person(s, snap, PID_A).ial_time, 2);
	store_snapshot_end(snap);
}

static void gives_way_to_another_writer(void **state)
{
	struct rights_fixture *s = *state;
	struct meddler m = {.rights_fixture = s, .changes_left = 1000};
	struct rng rng = {meddle, &m};

	seed_directory(s);
	s->admin.app.rng = &rng;
	assert_int_equal(run_import(s, IMPORT_PEOPLE, MEDDLED).rc, RC_CONFLICT);
	assert_int_equal(rights_fixture_count(s, TABLE_PERSON), 2);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), IMPORT_KIND_MAX);
}

static bool find_counts(void *data, const struct store_record *record)
{
	*(bool *)data = memmem(record->value.p, record->value.n,
				"rows=3 added=3 changed=0 unchanged=0", 36) != NULL;
	return true;
}

static void leaves_one_event_with_counts(void **state)
{
	struct rights_fixture *s = *state;
	struct store_snapshot *snap;
	bool found = false;

	must(run_import(s, IMPORT_OFFICES, OFFICES));
	snap = snapshot(s);
	assert_int_equal(
		store_scan(snap, TABLE_AUDIT, STR_NONE, STR_NONE, false, find_counts, &found),
		RC_OK);
	store_snapshot_end(snap);
	assert_true(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIRECTORY_TEST(imports_each_kind_once),
		DIRECTORY_TEST(stores_what_the_file_says),
		DIRECTORY_TEST(changes_only_the_columns_of_the_file),
		DIRECTORY_TEST(a_changed_address_is_not_verified),
		DIRECTORY_TEST(moves_an_account_to_another_person),
		DIRECTORY_TEST(ends_a_grant),
		DIRECTORY_TEST(refuses),
		DIRECTORY_TEST(tells_every_fault_and_changes_nothing),
		DIRECTORY_TEST(bounds_the_faults_told),
		DIRECTORY_TEST(bounds_the_depth_of_the_tree),
		DIRECTORY_TEST(knows_the_policies),
		DIRECTORY_TEST(takes_what_spreadsheets_write),
		DIRECTORY_TEST(meets_another_writer),
		DIRECTORY_TEST(gives_way_to_another_writer),
		DIRECTORY_TEST(leaves_one_event_with_counts),
	};

	return cmocka_run_group_tests_name("rights/import", tests, NULL, NULL);
}
