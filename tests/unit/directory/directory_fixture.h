/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_RIGHTS_SITE_H
#define PRATU_TESTS_RIGHTS_SITE_H

/* What tests of the directory stand on: an LMDB store in a directory of its own, a vault, a clock
 * that stands still. */
#include "base/arena.h"
#include "base/secret.h"
#include "directory/directory.h"
#include "support/administration.h"
#include "base/clock.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>
#include <cmocka.h>

struct rights_fixture {
	char directory[64];
	struct arena *arena;
	struct vault vault;
	struct clock clock;
	int64_t now_ms;
	struct settings settings;
	struct administrator admin;
};

static int64_t rights_fixture_now_ms(void *data)
{
	return __atomic_load_n(&((struct rights_fixture *)data)->now_ms, __ATOMIC_SEQ_CST);
}

static struct rights_fixture *rights_fixture_new(void)
{
	struct rights_fixture *s = calloc(1, sizeof(*s));
	struct secret *master = secret_new(STR("a master secret that only tests have"));
	struct store_lmdb_options options = {.map_bytes = 64 << 20,
		.map_bytes_max = (int64_t)4 << 30,
		.create = true,
		.max_readers = 16,
		.directory = s->directory};

	snprintf(s->directory, sizeof(s->directory), "/tmp/rights-test-XXXXXX");
	assert_non_null(mkdtemp(s->directory));
	s->arena = arena_new(ARENA_MAX_CLI);
	vault_open(master, &s->vault);
	secret_free(master);
	s->now_ms = 1800000000000;
	s->clock = (struct clock){rights_fixture_now_ms, s};
	assert_int_equal(
		store_open_lmdb(app_schema(), &s->clock, &options, &s->admin.app.store), RC_OK);
	s->settings.password_cost = (struct pwhash_cost){1 << 20, 1};
	s->settings.initial_secret_lifetime = 86400;
	s->admin.app.settings = &s->settings;
	s->admin.app.vault = &s->vault;
	s->admin.app.clock = &s->clock;
	s->admin.app.rng = &rng_system;
	s->admin = administrator_of(&s->admin.app);
	return s;
}

static void rights_fixture_free(struct rights_fixture *s)
{
	char command[128];

	store_close(s->admin.app.store);
	arena_free(s->arena);
	vault_close(&s->vault);
	snprintf(command, sizeof(command), "rm -r %s", s->directory);
	assert_int_equal(system(command), 0);
	free(s);
}

static inline int rights_fixture_setup(void **state)
{
	*state = rights_fixture_new();
	return 0;
}

static inline int rights_fixture_teardown(void **state)
{
	rights_fixture_free(*state);
	return 0;
}

/* Records of a table. */
static inline uint64_t rights_fixture_count(struct rights_fixture *s, enum table table)
{
	struct store_snapshot *snap;
	uint64_t n;

	assert_int_equal(store_snapshot_begin(s->admin.app.store, &snap), RC_OK);
	assert_int_equal(store_count(snap, table, &n), RC_OK);
	store_snapshot_end(snap);
	return n;
}

#define DIRECTORY_TEST(fn)                                                                         \
	cmocka_unit_test_setup_teardown(fn, rights_fixture_setup, rights_fixture_teardown)

#endif
