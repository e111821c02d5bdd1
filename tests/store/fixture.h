/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_STORE_FIXTURE_H
#define PRATU_TESTS_STORE_FIXTURE_H

/* An open store of either backend, with a clock the test sets and an arena of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/store.h"
#include "base/clock.h"

enum fixture_table { PLAIN = 1, SHORT, JOURNAL, OTHER };

#define NOW 1700000000 /* the clock's second at the start of a test */

struct store_fixture {
	bool lmdb;
	char dir[64];
	struct store *s;
	struct arena *a;
	int64_t now; /* seconds */
	struct clock clock;
};

extern const struct store_schema fixture_schema;

/* "mem" or "lmdb": what fixture_setup opens. Returns false for any other word. */
bool fixture_choose(const char *backend);
int fixture_setup(void **state);
int fixture_teardown(void **state);
/* A fixture without a store: a directory and a clock. */
struct store_fixture *fixture_new(void);
void fixture_free(struct store_fixture *f);
struct store_lmdb_options fixture_options(const struct store_fixture *f);
/* Opens the LMDB store in the fixture's directory; fails the test when it does not open. */
void fixture_open(struct store_fixture *f);

/* One batch of one operation. */
enum rc put1(struct store_fixture *f, int table, struct str key, struct str value, uint64_t expect);
enum rc delete1(struct store_fixture *f, int table, struct str key, uint64_t expect);
/* Version now seen, or 0. The value is copied to the fixture's arena when ret is not NULL. */
uint64_t look(struct store_fixture *f, int table, struct str key, struct str *ret);
void assert_value(struct store_fixture *f, int table, struct str key, const char *want);
void assert_absent(struct store_fixture *f, int table, struct str key);
uint64_t count(struct store_fixture *f, int table);
/* "prefix" and a number of fixed width, in the arena. */
struct str numbered(struct arena *a, const char *prefix, uint64_t n);

#define assert_rc(want, got) assert_string_equal(rc_name(got), rc_name(want))

#endif
