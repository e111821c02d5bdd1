/* SPDX-License-Identifier: AGPL-3.0-or-later */

/* The modules of a running server: the order of their hooks, what each may fail, their methods. */
#include "check.h"

#include "core/module.h"
#include "factors/mock/mock.h"

/* What happened, in order: "a+" open, "a>" start, "a<" stop, "a-" close. */
static char happened[200];

static void note(char module, char what)
{
	size_t n = strlen(happened);

	happened[n] = module;
	happened[n + 1] = what;
	happened[n + 2] = ' ';
	happened[n + 3] = 0;
}

/* Hooks of one module; the own of each is its letter. */
#define HOOKS(x)                                                                                   \
	static enum rc open_##x(struct app *app, void **own, const char **ret_why)                 \
	{                                                                                          \
		static char letter;                                                                \
		letter = #x[0];                                                                    \
		*own = &letter;                                                                    \
		note(letter, '+');                                                                 \
		*ret_why = "open fails";                                                           \
		return fails == '+' && failing == letter ? RC_INVALID : RC_OK;                     \
	}                                                                                          \
	static enum rc start_##x(struct app *app, void *own, const char **ret_why)                 \
	{                                                                                          \
		note(*(char *)own, '>');                                                           \
		*ret_why = "start fails";                                                          \
		return fails == '>' && failing == *(char *)own ? RC_UNAVAILABLE : RC_OK;           \
	}                                                                                          \
	static void stop_##x(struct app *app, void *own)                                           \
	{                                                                                          \
		note(*(char *)own, '<');                                                           \
	}                                                                                          \
	static void close_##x(struct app *app, void *own)                                          \
	{                                                                                          \
		note(*(char *)own, '-');                                                           \
	}                                                                                          \
	static const struct module module_##x = {                                                  \
		#x, .open = open_##x, .start = start_##x, .stop = stop_##x, .close = close_##x};

static char failing, fails; /* which module, in what */

HOOKS(a)
HOOKS(b)
HOOKS(c)

static const struct module plain = {.name = "plain"};
static const struct module *const list[] = {&module_a, &plain, &module_b, &module_c, NULL};

static int begin(void **state)
{
	(void)state;
	happened[0] = failing = fails = 0;
	return 0;
}

static void in_order_and_in_reverse(void **state)
{
	struct app app = {.running = NULL};
	const char *why;

	check_ok(modules_open(list, &app, &why));
	check_c(str_c(happened), "a+ b+ c+ ");
	assert_int_equal(*(char *)module_own(&app, &module_b), 'b');
	assert_null(module_own(&app, &plain));
	assert_null(module_own(&app, &module_mock));
	check_ok(modules_start(&app, &why));
	modules_stop(&app);
	modules_close(&app);
	check_c(str_c(happened), "a+ b+ c+ a> b> c> c< b< a< c- b- a- ");
	assert_null(module_own(&app, &module_b));
	/* Stopped and closed already. */
	modules_stop(&app);
	modules_close(&app);
	check_c(str_c(happened), "a+ b+ c+ a> b> c> c< b< a< c- b- a- ");
}

static void one_that_cannot_open(void **state)
{
	struct app app = {.running = NULL};
	const char *why;

	failing = 'b';
	fails = '+';
	check_rc(modules_open(list, &app, &why), RC_INVALID);
	assert_string_equal(why, "open fails");
	modules_stop(&app);
	modules_close(&app);
	check_c(str_c(happened), "a+ b+ a- ");
}

static void one_that_cannot_start(void **state)
{
	struct app app = {.running = NULL};
	const char *why;

	failing = 'c';
	fails = '>';
	check_ok(modules_open(list, &app, &why));
	check_rc(modules_start(&app, &why), RC_UNAVAILABLE);
	assert_string_equal(why, "start fails");
	modules_stop(&app);
	modules_close(&app);
	check_c(str_c(happened), "a+ b+ c+ a> b> c> b< a< c- b- a- ");
}

/* --- methods --- */

static int opened, freed;

static enum auth_next no_step(struct auth_call *call)
{
	return AUTH_FAILED;
}

static void free_method(const struct auth_method *m)
{
	freed++;
}

static enum rc open_method(struct auth_method *m, const struct app *app, const char **ret_why)
{
	assert_true(strchr(happened, 'c')); /* every module is open */
	opened++;
	m->self = &opened;
	return RC_OK;
}

static enum rc not_configured(struct auth_method *m, const struct app *app, const char **ret_why)
{
	return RC_NOT_FOUND;
}

static enum rc wrong_options(struct auth_method *m, const struct app *app, const char **ret_why)
{
	*ret_why = "the options are wrong";
	return RC_INVALID;
}

static const struct auth_method method_ready = {
	.name = "ready", .can = AUTH_CONFIRM, .step = no_step};
static const struct auth_method method_made = {.name = "made",
	.can = AUTH_IDENTIFY | AUTH_CONFIRM,
	.step = no_step,
	.open = open_method,
	.free = free_method};
static const struct auth_method method_absent = {
	.name = "absent", .can = AUTH_CONFIRM, .step = no_step, .open = not_configured};
static const struct auth_method method_wrong = {
	.name = "wrong", .can = AUTH_CONFIRM, .step = no_step, .open = wrong_options};

static const struct auth_method *const some[] = {&method_ready, &method_made, &method_absent, NULL};
static const struct auth_method *const bad[] = {&method_made, &method_wrong, NULL};
static const struct module with_methods = {.name = "some", .methods = some};
static const struct module with_bad = {.name = "bad", .methods = bad};

static void methods_are_registered(void **state)
{
	const struct module *const modules[] = {&with_methods, &module_mock, &module_c, NULL};
	struct app app = {.running = NULL};
	const char *why;

	opened = freed = 0;
	check_ok(modules_open(modules, &app, &why));
	assert_int_equal(app.methods.n, 3);
	assert_non_null(auth_method_named(&app.methods, STR("ready")));
	assert_ptr_equal(auth_method_named(&app.methods, STR("made"))->self, &opened);
	assert_non_null(auth_method_named(&app.methods, STR("mock"))->self);
	assert_null(auth_method_named(&app.methods, STR("absent")));
	modules_close(&app);
	assert_int_equal(app.methods.n, 0);
	assert_int_equal(opened, 1);
	assert_int_equal(freed, 1);
}

static void a_method_with_wrong_options_ends_the_start(void **state)
{
	const struct module *const modules[] = {&module_c, &with_bad, NULL};
	struct app app = {.running = NULL};
	const char *why;

	opened = freed = 0;
	check_rc(modules_open(modules, &app, &why), RC_INVALID);
	assert_string_equal(why, "the options are wrong");
	modules_close(&app);
	assert_int_equal(freed, 1);
	check_c(str_c(happened), "c+ c- ");
}

/* What a configuration may name, also what is not set up. */
static void methods_are_known(void **state)
{
	const struct module *const modules[] = {&with_methods, &plain, &module_mock, NULL};
	char names[METHOD_NAMES_MAX];

	assert_ptr_equal(modules_method(modules, STR("absent"), AUTH_CONFIRM), &method_absent);
	assert_null(modules_method(modules, STR("ready"), AUTH_IDENTIFY));
	assert_null(modules_method(modules, STR("ready"), AUTH_IDENTIFY | AUTH_CONFIRM));
	assert_null(modules_method(modules, STR("read"), AUTH_CONFIRM));
	assert_null(modules_method(modules, STR(""), 0));
	assert_string_equal(
		modules_method_names(modules, AUTH_CONFIRM, names), "ready, made, absent or mock");
	assert_string_equal(modules_method_names(modules, AUTH_IDENTIFY, names), "made or mock");
	assert_string_equal(modules_method_names(modules, AUTH_ENROL, names), "mock");
	assert_string_equal(modules_method_names(modules, AUTH_PROOF, names), "");
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup(fn, begin)
	const struct CMUnitTest tests[] = {
		CASE(in_order_and_in_reverse),
		CASE(one_that_cannot_open),
		CASE(one_that_cannot_start),
		CASE(methods_are_registered),
		CASE(a_method_with_wrong_options_ends_the_start),
		CASE(methods_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
