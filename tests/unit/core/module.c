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

#define ROUTES(...) ((const struct route[]){__VA_ARGS__, {.path = NULL}})
#define ROW(p, n)                                                                                  \
	{                                                                                          \
		.path = (p), .guard = GUARD_PUBLIC, .run = never, .name = (n)                      \
	}

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
	{{.name = "one", .guards = self_rule}, {.name = "two", .guards = self_rule},
		"module two: guard self belongs to module one already"},
};

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
	assert_null(bound->enter);
	bound = rows[1].data;
	assert_ptr_equal(bound->enter, let_in);
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
