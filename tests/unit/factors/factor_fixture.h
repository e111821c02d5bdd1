/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_FACTORS_SITE_H
#define PRATU_TESTS_FACTORS_SITE_H

/* An LMDB store in a directory of its own, a vault, a clock that the test moves. */
#include "base/secret.h"
#include "check.h"
#include "core/schema.h"
#include "core/tx.h"
#include "core/vault.h"
#include "base/clock.h"
#include "base/random.h"

#include <unistd.h>

struct factor_fixture {
	char directory[64];
	struct arena *arena;
	struct vault vault;
	struct clock clock;
	int64_t now_ms;
	struct store *store;
	struct app app;
};

static int64_t factor_fixture_now_ms(void *data)
{
	return ((struct factor_fixture *)data)->now_ms;
}

static int factor_fixture_setup(void **state)
{
	struct factor_fixture *s = calloc(1, sizeof(*s));
	struct secret *master = secret_new(STR("a master secret that only tests have"));
	struct store_lmdb_options options = {.map_bytes = 64 << 20,
		.map_bytes_max = (int64_t)1 << 30,
		.create = true,
		.max_readers = 128,
		.directory = s->directory};

	snprintf(s->directory, sizeof(s->directory), "/tmp/factors-test-XXXXXX");
	assert_non_null(mkdtemp(s->directory));
	s->arena = arena_new(ARENA_MAX_CLI);
	vault_open(master, &s->vault);
	secret_free(master);
	s->now_ms = 1800000000000;
	s->clock = (struct clock){factor_fixture_now_ms, s};
	check_ok(store_open_lmdb(app_schema(), &s->clock, &options, &s->store));
	s->app = (struct app){
		.store = s->store, .vault = &s->vault, .clock = &s->clock, .rng = &rng_system};
	*state = s;
	return 0;
}

static int factor_fixture_teardown(void **state)
{
	struct factor_fixture *s = *state;
	char command[128];

	store_close(s->store);
	arena_free(s->arena);
	vault_close(&s->vault);
	snprintf(command, sizeof(command), "rm -r %s", s->directory);
	assert_int_equal(system(command), 0);
	free(s);
	return 0;
}

static inline uint64_t factor_fixture_count(struct factor_fixture *s, enum table table)
{
	struct store_snapshot *snap;
	uint64_t n;

	check_ok(store_snapshot_begin(s->store, &snap));
	check_ok(store_count(snap, table, &n));
	store_snapshot_end(snap);
	return n;
}

#define factor_fixture_test(f)                                                                     \
	cmocka_unit_test_setup_teardown(f, factor_fixture_setup, factor_fixture_teardown)

#endif
