/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fixture.h"

#include "base/clock.h"
#include "support/store/mem.h"

#include <dirent.h>
#include <unistd.h>

static bool lmdb;

static int64_t fixture_now_ms(void *data)
{
	return __atomic_load_n((const int64_t *)data, __ATOMIC_RELAXED) * 1000;
}

/* number|length of the record before|payload */
static void seal(void *data, struct str prev, uint64_t number, struct str payload, struct buf *out)
{
	(void)data;
	buf_addf(out, "%llu|%zu|", (unsigned long long)number, prev.n);
	buf_add(out, payload);
}

static const struct store_table tables[] = {
	{.id = PLAIN, .name = "plain"},
	{.id = SHORT, .name = "short", .flags = STORE_EXPIRING},
	{.id = JOURNAL, .name = "journal", .flags = STORE_LOG, .seal = seal},
	{.id = OTHER, .name = "other"},
};

const struct store_schema fixture_schema = {
	.tables = tables, .n_tables = sizeof(tables) / sizeof(tables[0])};

bool fixture_choose(const char *backend)
{
	lmdb = str_eq_c(str_c(backend), "lmdb");
	return lmdb || str_eq_c(str_c(backend), "mem");
}

struct store_fixture *fixture_new(void)
{
	struct store_fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->dir, sizeof(f->dir), "/tmp/pratu-store-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->a = arena_new(ARENA_MAX_CLI);
	f->now = NOW;
	f->clock = (struct clock){.now_ms = fixture_now_ms, .data = &f->now};
	return f;
}

static void remove_directory(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[512];

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			remove_directory(path);
		else
			unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(dir);
}

void fixture_free(struct store_fixture *f)
{
	store_close(f->s);
	arena_free(f->a);
	remove_directory(f->dir);
	free(f);
}

struct store_lmdb_options fixture_options(const struct store_fixture *f)
{
	return (struct store_lmdb_options){.directory = f->dir,
		.map_bytes = 64 << 20,
		.map_bytes_max = 1 << 30,
		.create = true,
		.max_readers = 64};
}

void fixture_open(struct store_fixture *f)
{
	struct store_lmdb_options options = fixture_options(f);

	assert_rc(RC_OK, store_open_lmdb(&fixture_schema, &f->clock, &options, &f->s));
}

int fixture_setup(void **state)
{
	struct store_fixture *f = fixture_new();

	f->lmdb = lmdb;
	if (lmdb)
		fixture_open(f);
	else
		assert_rc(RC_OK, store_open_mem(&fixture_schema, &f->clock, &f->s));
	*state = f;
	return 0;
}

int fixture_teardown(void **state)
{
	fixture_free(*state);
	return 0;
}

enum rc put1(struct store_fixture *f, int table, struct str key, struct str value, uint64_t expect)
{
	struct store_batch *b = store_batch_new(f->a);

	store_put(b, table, key, value, expect);
	return store_commit(f->s, b);
}

enum rc delete1(struct store_fixture *f, int table, struct str key, uint64_t expect)
{
	struct store_batch *b = store_batch_new(f->a);

	store_delete(b, table, key, expect);
	return store_commit(f->s, b);
}

uint64_t look(struct store_fixture *f, int table, struct str key, struct str *ret)
{
	__attribute__((cleanup(store_snapshot_endp))) struct store_snapshot *snap = NULL;
	struct store_record record;
	enum rc rc;

	assert_rc(RC_OK, store_snapshot_begin(f->s, &snap));
	rc = store_get(snap, table, key, &record);
	if (rc == RC_NOT_FOUND)
		return 0;
	assert_rc(RC_OK, rc);
	assert_true(record.version > 0);
	assert_true(str_eq(record.key, key));
	if (ret)
		*ret = str_dup(f->a, record.value);
	return record.version;
}

void assert_value(struct store_fixture *f, int table, struct str key, const char *want)
{
	struct str value = STR_NONE;

	assert_true(look(f, table, key, &value) > 0);
	assert_int_equal(value.n, strlen(want));
	assert_memory_equal(value.p, want, value.n);
}

void assert_absent(struct store_fixture *f, int table, struct str key)
{
	assert_true(look(f, table, key, NULL) == 0);
}

uint64_t count(struct store_fixture *f, int table)
{
	__attribute__((cleanup(store_snapshot_endp))) struct store_snapshot *snap = NULL;
	uint64_t n = 0;

	assert_rc(RC_OK, store_snapshot_begin(f->s, &snap));
	assert_rc(RC_OK, store_count(snap, table, &n));
	return n;
}

struct str numbered(struct arena *a, const char *prefix, uint64_t n)
{
	struct buf key;

	buf_init(&key, a, STORE_KEY_MAX);
	buf_addf(&key, "%s%08llu", prefix, (unsigned long long)n);
	return buf_str(&key);
}
