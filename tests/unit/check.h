/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_CHECK_H
#define PRATU_TESTS_CHECK_H

/*
 * What unit tests share: cmocka with the headers it wants before it, and assertions on views that
 * show both sides when they fail.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

static inline void check_str_at(struct str got, struct str want, const char *file, int line)
{
	if (str_eq(got, want))
		return;
	print_error("got  [%.*s]\nwant [%.*s]\n", STR_FMT(got), STR_FMT(want));
	_fail(file, line);
}

static inline void check_rc_at(enum rc got, enum rc want, const char *file, int line)
{
	if (got == want)
		return;
	print_error("got %s, want %s\n", rc_name(got), rc_name(want));
	_fail(file, line);
}

/* The text holds the part. */
static inline void check_has_at(struct str text, const char *part, const char *file, int line)
{
	if (memmem(text.p, text.n, part, strlen(part)))
		return;
	print_error("not in it: [%s]\ntext: [%.*s]\n", part, STR_FMT(text));
	_fail(file, line);
}

#define check_str(got, want)  check_str_at((got), (want), __FILE__, __LINE__)
#define check_c(got, cstr)    check_str_at((got), str_c(cstr), __FILE__, __LINE__)
#define check_rc(got, want)   check_rc_at((got), (want), __FILE__, __LINE__)
#define check_ok(got)         check_rc_at((got), RC_OK, __FILE__, __LINE__)
#define check_has(text, part) check_has_at((text), (part), __FILE__, __LINE__)

/* setup and teardown that give each test an arena in *state. */
static inline int arena_setup(void **state)
{
	*state = arena_new(ARENA_MAX);
	return 0;
}

static inline int arena_teardown(void **state)
{
	arena_free(*state);
	return 0;
}

#define arena_test(f) cmocka_unit_test_setup_teardown(f, arena_setup, arena_teardown)
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))

#endif
