/* SPDX-License-Identifier: AGPL-3.0-or-later */

/* The registry: the modules of the program agree; everything two modules can clash in is found. */
#include "check.h"

#include "core/module.h"

static void never(struct op *op)
{
}

static void never_handled(struct http_exchange *x)
{
}

static bool let_in(struct op *op, const struct route *route)
{
	return true;
}

static const struct guard_rule self_rule[] = {{GUARD_SELF, let_in}, {GUARD_UNDECLARED, NULL}};

static const struct guard_rule permission_rule[] = {
	{GUARD_PERMISSION, let_in}, {GUARD_UNDECLARED, NULL}};

static enum rc nobody(struct op *op, struct str person, const char *permission)
{
	return RC_DENIED;
}

#define ROUTES(...) ((const struct route[]){__VA_ARGS__, {.path = NULL}})
#define ROW(p, n)                                                                                  \
	{                                                                                          \
		.path = (p), .guard = GUARD_PUBLIC, .run = never, .name = (n)                      \
	}

static enum rc ask(struct tx *tx, const void *args, struct problems *ret)
{
	return RC_OK;
}

static enum rc apply(struct tx *tx, const void *args, void *result)
{
	return RC_OK;
}

static enum rc prepare(const struct app *app, struct arena *a, const void *args, void *result)
{
	return RC_OK;
}

static enum rc before(struct tx *tx, const void *args, void *ret_now, struct seen_records *ret_seen)
{
	return RC_OK;
}

static const struct record_type no_args = {"no_args", 0, NULL, 0};
#define WHOLE .args = &no_args, .check = ask, .apply = apply
static const struct operation prepared = {.name = "b.do",
	WHOLE,
	.approval = APPROVAL_SECOND_PERSON,
	.before = before,
	.prepare = prepare};
static const struct operation unseen = {.name = "c.do", WHOLE, .approval = APPROVAL_SECOND_PERSON};
static const struct operation looking = {
	.name = "d.do", WHOLE, .before = before, .prepare = prepare};
static const struct operation empty = {.name = "e.do"};
static const struct operation *const prepared_list[] = {&prepared, NULL};
static const struct operation *const unseen_list[] = {&unseen, NULL};
static const struct operation *const looking_list[] = {&looking, NULL};
static const struct operation *const empty_list[] = {&empty, NULL};

/* Two modules, the second wrong in one thing. */
static const struct {
	struct module one, two;
	const char *want;
} planted[] = {
	{{.name = "one"}, {.name = "one"}, "module one: name one belongs to module one already"},
	{{.name = "one", .routes = ROUTES(ROW("/a", "a"))},
		{.name = "two", .routes = ROUTES(ROW("/a", "b"))},
		"module two: route /a belongs to module one already"},
	{{.name = "one", .routes = ROUTES(ROW("/a", "a"))},
		{.name = "two", .routes = ROUTES(ROW("/b", "a"))},
		"module two: route named a belongs to module one already"},
	{{.name = "one"}, {.name = "two", .routes = ROUTES(ROW("/b", "b"), ROW("/b", "c"))},
		"route /b belongs to module two already"},
	{{.name = "one"}, {.name = "two", .routes = ROUTES(ROW("b", "b"))},
		"route b does not begin with /"},
	{{.name = "one"}, {.name = "two", .routes = ROUTES(ROW("/b", NULL))},
		"route named /b is nameless"},
	{{.name = "one"},
		{.name = "two", .routes = ROUTES({.path = "/b", .run = never, .name = "b"})},
		"route /b has no guard"},
	{{.name = "one"},
		{.name = "two",
			.routes = ROUTES({.path = "/b", .guard = GUARD_PUBLIC, .name = "b"})},
		"route /b needs run or handle"},
	{{.name = "one"},
		{.name = "two",
			.routes = ROUTES({.path = "/b",
				.guard = GUARD_PUBLIC,
				.run = never,
				.handle = never_handled,
				.name = "b"})},
		"route /b needs run or handle"},
	{{.name = "one", .guards = self_rule},
		{.name = "two",
			.routes = ROUTES({.path = "/b",
				.guard = GUARD_SELF,
				.handle = never_handled,
				.name = "b"})},
		"route /b is guarded, which needs run"},
	{{.name = "one"},
		{.name = "two",
			.routes = ROUTES(
				{.path = "/b", .guard = GUARD_SELF, .run = never, .name = "b"})},
		"route /b has a guard that no module provides"},
	{{.name = "one", .guards = self_rule},
		{.name = "two",
			.routes = ROUTES({.path = "/b",
				.guard = GUARD_SELF,
				.permission = "x",
				.run = never,
				.name = "b"})},
		"route /b needs a permission with that guard"},
	{{.name = "one", .guards = permission_rule},
		{.name = "two",
			.routes = ROUTES({.path = "/b",
				.guard = GUARD_PERMISSION,
				.permission = "x",
				.run = never,
				.name = "b"})},
		"route /b needs a permission, and no module says who holds it"},
	{{.name = "one", .guards = permission_rule, .permitted = nobody},
		{.name = "two",
			.routes = ROUTES({.path = "/b",
				.guard = GUARD_PERMISSION,
				.login = LOGIN_ENDING,
				.permission = "x",
				.run = never,
				.name = "b"})},
		"route /b needs a permission of a person whom LOGIN_ENDING does not look at"},
	{{.name = "one", .permitted = nobody}, {.name = "two", .permitted = nobody},
		"module two: permissions of all people belongs to module one already"},
	{{.name = "one", .guards = self_rule}, {.name = "two", .guards = self_rule},
		"module two: guard self belongs to module one already"},
};

static enum rc exported(struct tx *tx, struct str person, struct json_writer *out)
{
	return RC_OK;
}

static enum rc printed(struct tx *tx, const char *const *arguments, int n, struct buf *out)
{
	return RC_OK;
}

static enum rc no_work(const struct app *app, struct arena *a)
{
	return RC_OK;
}

static struct str no_key(struct arena *a, const void *record)
{
	return STR_NONE;
}

static const struct record_type some_record = {.name = "some", .size = 8};
static const struct operation an_operation = {.name = "a.do"};
static const struct operation *const an_operation_list[] = {&an_operation, NULL};

#define TABLES(...)   ((const struct module_table[]){__VA_ARGS__, {.number = 0}})
#define COMMANDS(...) ((const struct command[]){__VA_ARGS__, {.name = NULL}})
#define JOBS(...)     ((const struct module_job[]){__VA_ARGS__, {.name = NULL}})
#define OPTIONS(...)  ((const struct conf_option[]){__VA_ARGS__, {.path = NULL}})
#define NAV(...)      ((const struct nav_item[]){__VA_ARGS__, {.name = NULL}})
#define METHODS(...)                                                                               \
	((const struct auth_method *const[]){&(const struct auth_method)__VA_ARGS__, NULL})

#define DETAILS(...)                                                                               \
	((const struct details_type *const[]){&(const struct details_type)__VA_ARGS__, NULL})
#define FIELDS(...) ((const struct details_field[]){__VA_ARGS__, {.name = NULL}})

static enum auth_next no_step(struct auth_call *call)
{
	return AUTH_FAILED;
}

/* The same for what is stored, run and configured. */
static const struct {
	struct module one, two;
	const char *want;
} planted_parts[] = {
	{{.name = "one", .tables = TABLES({.number = TABLE_END, .name = "a"})},
		{.name = "two", .tables = TABLES({.number = TABLE_END, .name = "b"})},
		"module two: number of table b has the number of another table"},
	{{.name = "one", .tables = TABLES({.number = TABLE_END, .name = "a"})},
		{.name = "two", .tables = TABLES({.number = TABLE_END + 1, .name = "a"})},
		"module two: table a belongs to module one already"},
	{{.name = "one"}, {.name = "two", .tables = TABLES({.number = -1, .name = "b"})},
		"table b has a number outside 1 .. STORE_TABLES_MAX"},
	{{.name = "one"},
		{.name = "two", .tables = TABLES({.number = STORE_TABLES_MAX + 1, .name = "b"})},
		"table b has a number outside 1 .. STORE_TABLES_MAX"},
	{{.name = "one"},
		{.name = "two",
			.tables = TABLES({.number = TABLE_END + 1,
				.name = "b",
				.record = &some_record,
				.personal = true})},
		"table b is personal and has no export"},
	{{.name = "one"},
		{.name = "two",
			.tables = TABLES({.number = TABLE_END + 1,
				.name = "b",
				.record = &some_record,
				.personal = true,
				.exported_with = TABLE_END + 1})},
		"table b is personal and has no export"},
	{{.name = "one"},
		{.name = "two",
			.tables = TABLES({.number = TABLE_END + 1,
				.name = "b",
				.record = &some_record,
				.indexes = (const struct table_index[]){{.table = TABLE_END + 2,
										.key = no_key},
					{.table = 0}}})},
		"table b has an index without a table for its entries"},
	{{.name = "one", .operations = an_operation_list},
		{.name = "two", .operations = an_operation_list},
		"module two: operation a.do belongs to module one already"},
	{{.name = "one", .operations = prepared_list}, {.name = "two"},
		"module one: operation b.do cannot prepare what a second person applies later"},
	{{.name = "one", .operations = unseen_list}, {.name = "two"},
		"module one: operation c.do needs a before"},
	{{.name = "one", .operations = looking_list}, {.name = "two"},
		"module one: operation d.do cannot prepare what a second person applies later"},
	{{.name = "one", .operations = empty_list}, {.name = "two"},
		"module one: operation e.do needs args, check and apply"},
	{{.name = "one", .commands = COMMANDS({.name = "a list", .run = printed})},
		{.name = "two", .commands = COMMANDS({.name = "a list", .run = printed})},
		"module two: command a list belongs to module one already"},
	{{.name = "one", .jobs = JOBS({.name = "a", .every = 1, .run = no_work})},
		{.name = "two", .jobs = JOBS({.name = "a", .every = 1, .run = no_work})},
		"module two: job a belongs to module one already"},
	{{.name = "one", .settings_size = 8, .options = OPTIONS({.path = "a.b", .type = CONF_INT})},
		{.name = "two",
			.settings_size = 8,
			.options = OPTIONS({.path = "a.b", .type = CONF_INT})},
		"module two: option a.b belongs to module one already"},
	{{.name = "one"},
		{.name = "two",
			.settings_size = 8,
			.options = OPTIONS({.path = "a.b", .type = CONF_INT, .offset = 8})},
		"option a.b lies outside settings_size"},
	{{.name = "one", .nav = NAV({.name = "a", .path = "/a"})},
		{.name = "two", .nav = NAV({.name = "a", .path = "/b"})},
		"module two: tab a belongs to module one already"},
	{{.name = "one"},
		{.name = "two", .nav = NAV({.name = "a", .path = "/a", .permission = "x"})},
		"tab a needs a permission, and no module says who holds it"},
	{{.name = "one", .methods = METHODS({.name = "a", .can = AUTH_IDENTIFY, .step = no_step})},
		{.name = "two",
			.methods = METHODS({.name = "a", .can = AUTH_IDENTIFY, .step = no_step})},
		"module two: authentication method a belongs to module one already"},
	{{.name = "one"}, {.name = "two", .methods = METHODS({.name = "a", .step = no_step})},
		"authentication method a can do nothing"},
	{{.name = "one"}, {.name = "two", .methods = METHODS({.name = "a", .can = AUTH_CONFIRM})},
		"authentication method a has no step"},
	{{.name = "one"},
		{.name = "two",
			.methods = METHODS(
				{.name = "a", .can = AUTH_IDENTIFY | AUTH_ENROL, .step = no_step})},
		"authentication method a needs a begin"},
	{{.name = "one"},
		{.name = "two",
			.methods = METHODS({.name = "A-b", .can = AUTH_IDENTIFY, .step = no_step})},
		"authentication method A-b has a name of other than"},
	{{.name = "one", .details = DETAILS({"a", FIELDS({"x", DETAILS_AMOUNT})})},
		{.name = "two", .details = DETAILS({"a", FIELDS({"x", DETAILS_AMOUNT})})},
		"module two: type of authorization details a belongs to module one already"},
	{{.name = "one"},
		{.name = "two", .details = DETAILS({"A b", FIELDS({"x", DETAILS_AMOUNT})})},
		"type of authorization details A b has a name of other than"},
	{{.name = "one"}, {.name = "two", .details = DETAILS({"a", FIELDS({"x", DETAILS_TEXT})})},
		"type of authorization details a has a field without a maximum"},
	{{.name = "one"}, {.name = "two", .details = DETAILS({"a", FIELDS({"x", DETAILS_OBJECT})})},
		"type of authorization details a has a field whose kind does not fit its fields"},
	{{.name = "one"}, {.name = "two", .details = DETAILS({"a", FIELDS({"x", DETAILS_WORD})})},
		"type of authorization details a has a field whose kind does not fit its words"},
	{{.name = "one"},
		{.name = "two",
			.details =
				DETAILS({"a", FIELDS({"x", DETAILS_LIST, .max = 64,
						      .fields = FIELDS({"y", DETAILS_AMOUNT})})})},
		"type of authorization details a has a list that is too long to be shown"},
	{{.name = "one"},
		{.name = "two",
			.details = DETAILS(
				{"a", FIELDS({"x", DETAILS_OBJECT,
					      .fields = FIELDS({"y", DETAILS_OBJECT,
						      .fields = FIELDS({"z", DETAILS_DATE})})})})},
		"type of authorization details a has an object inside an object"},
};

static void clashes_of_parts_are_found(void **state)
{
	const struct module one = {.name = "one",
		.tables = TABLES(
			{.number = TABLE_END,
				.name = "a",
				.record = &some_record,
				.personal = true,
				.export_records = exported,
				.indexes = (const struct table_index[]){{.table = TABLE_END + 1,
										.key = no_key},
					{.table = 0}}},
			{.number = TABLE_END + 1, .name = "a_by_key"},
			{.number = STORE_TABLES_MAX,
				.name = "a_part",
				.record = &some_record,
				.personal = true,
				.exported_with = TABLE_END})};
	const struct module *const sound[] = {&one, NULL};
	struct buf errors;

	for (size_t i = 0; i < sizeof(planted_parts) / sizeof(planted_parts[0]); i++) {
		const struct module *const modules[] = {
			&planted_parts[i].one, &planted_parts[i].two, NULL};

		buf_init(&errors, *state, MODULES_ERRORS_BYTES);
		check_rc(modules_check(modules, &errors), RC_INVALID);
		check_has(buf_str(&errors), planted_parts[i].want);
	}
	buf_init(&errors, *state, MODULES_ERRORS_BYTES);
	check_ok(modules_check(sound, &errors));
}

static void clashes_are_found(void **state)
{
	for (size_t i = 0; i < sizeof(planted) / sizeof(planted[0]); i++) {
		const struct module *const modules[] = {&planted[i].one, &planted[i].two, NULL};
		struct buf errors;

		buf_init(&errors, *state, MODULES_ERRORS_BYTES);
		check_rc(modules_check(modules, &errors), RC_INVALID);
		check_has(buf_str(&errors), planted[i].want);
	}
}

static void a_clash_ends_the_start(void **state)
{
	const struct module *const modules[] = {&planted[1].one, &planted[1].two, NULL};
	struct route_table *table = NULL;
	struct buf errors;

	buf_init(&errors, *state, MODULES_ERRORS_BYTES);
	check_rc(route_table_new(modules, &errors, &table), RC_INVALID);
	assert_null(table);
}

static void modules_that_agree_are_accepted(void **state)
{
	const struct module one = {
		.name = "one", .routes = ROUTES(ROW("/a", "a")), .guards = self_rule};
	const struct module two = {.name = "two",
		.routes = ROUTES({.path = "/b", .guard = GUARD_SELF, .run = never, .name = "b"})};
	const struct module *const modules[] = {&one, &two, NULL};
	const struct bound_route *bound;
	const struct http_route *rows;
	struct route_table *table;
	struct buf errors;
	size_t n;

	buf_init(&errors, *state, MODULES_ERRORS_BYTES);
	check_ok(route_table_new(modules, &errors, &table));
	check_c(buf_str(&errors), "");
	rows = route_table_rows(table, &n);
	assert_true(n > 2); /* the static files stand behind */
	assert_string_equal(rows[0].path, "/a");
	bound = rows[0].data;
	assert_null(bound->guard);
	bound = rows[1].data;
	assert_ptr_equal(bound->guard->enter, let_in);
	route_table_free(table);
}

static void the_modules_of_the_program_agree(void **state)
{
	struct buf errors;

	buf_init(&errors, *state, MODULES_ERRORS_BYTES);
	if (modules_check(all_modules, &errors) != RC_OK)
		fail_msg("%.*s", STR_FMT(buf_str(&errors)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			clashes_of_parts_are_found, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(clashes_are_found, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			a_clash_ends_the_start, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			modules_that_agree_are_accepted, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			the_modules_of_the_program_agree, arena_setup, arena_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
