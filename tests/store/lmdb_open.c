/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Opening and closing: whose file it is, who may read it, what may be changed. */
#include "child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_set_up(void **state)
{
	*state = fixture_new();
	return 0;
}

static enum rc open_with(
	struct store_fixture *f, const struct store_table *tables, size_t n, bool only)
{
	const struct store_schema schema = {.tables = tables, .n_tables = n};
	struct store_lmdb_options options = fixture_options(f);

	options.read_only = only;
	return store_open_lmdb(&schema, &f->clock, &options, &f->s);
}

static void close_it(struct store_fixture *f)
{
	store_close(f->s);
	f->s = NULL;
}

static unsigned mode_of(struct store_fixture *f, const char *file)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", f->dir, file);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

/* Nobody else may read it, whatever the umask. */
static void private(void **state)
{
	struct store_fixture *f = *state;
	mode_t before = umask(0);

	assert_int_equal(rmdir(f->dir), 0);
	fixture_open(f);
	umask(before);
	assert_int_equal(mode_of(f, "."), 0700);
	assert_int_equal(mode_of(f, "data.mdb"), 0600);
	assert_int_equal(mode_of(f, "lock.mdb"), 0600);
	assert_int_equal(mode_of(f, "open.lock"), 0600);
}

static void stays(void **state)
{
	struct store_fixture *f = *state;
	uint64_t version;

	fixture_open(f);
	assert_rc(RC_OK, put1(f, PLAIN, STR("k"), STR("v"), STORE_ABSENT));
	version = look(f, PLAIN, STR("k"), NULL);
	close_it(f);
	fixture_open(f);
	assert_value(f, PLAIN, STR("k"), "v");
	assert_int_equal(look(f, PLAIN, STR("k"), NULL), version);
}

/* Queued batches are finished, not dropped. */
static void count_done(void *data, enum rc rc)
{
	*(int *)data += rc == RC_OK;
}

static void close_finishes(void **state)
{
	struct store_fixture *f = *state;
	int done = 0;

	fixture_open(f);
	for (uint64_t i = 0; i < 500; i++) {
		struct store_batch *b = store_batch_new(f->a);

		store_put(b, PLAIN, numbered(f->a, "k", i), STR("v"), STORE_ABSENT);
		store_commit_async(f->s, b, count_done, &done);
	}
	close_it(f);
	assert_int_equal(done, 500);
	fixture_open(f);
	assert_int_equal(count(f, PLAIN), 500);
}

static void seal(void *data, struct str prev, uint64_t number, struct str payload, struct buf *out)
{
	(void)data;
	(void)prev;
	(void)number;
	buf_add(out, payload);
}

static const struct {
	const char *why;
	struct store_table tables[3];
	size_t n;
} bad_schemas[] = {
	{"id 0", {{.id = 0, .name = "a"}}, 1},
	{"id too high", {{.id = STORE_TABLES_MAX + 1, .name = "a"}}, 1},
	{"no name", {{.id = 1}}, 1},
	{"empty name", {{.id = 1, .name = ""}}, 1},
	{"upper case", {{.id = 1, .name = "META"}}, 1},
	{"same id", {{.id = 1, .name = "a"}, {.id = 1, .name = "b"}}, 2},
	{"same name", {{.id = 1, .name = "a"}, {.id = 2, .name = "a"}}, 2},
	{"log without seal", {{.id = 1, .name = "a", .flags = STORE_LOG}}, 1},
	{"expiring log",
		{{.id = 1, .name = "a", .flags = STORE_LOG | STORE_EXPIRING, .seal = seal}}, 1},
	{"unknown flag", {{.id = 1, .name = "a", .flags = 8}}, 1},
};

static void schemas(void **state)
{
	struct store_fixture *f = *state;

	for (size_t i = 0; i < sizeof(bad_schemas) / sizeof(bad_schemas[0]); i++)
		assert_rc(RC_INVALID, open_with(f, bad_schemas[i].tables, bad_schemas[i].n, false));
}

static void options(void **state)
{
	struct store_fixture *f = *state;
	struct store_lmdb_options o[6];

	for (int i = 0; i < 6; i++)
		o[i] = fixture_options(f);
	o[0].directory = NULL;
	o[1].directory = "";
	o[2].map_bytes = 4096;
	o[3].map_bytes_max = o[3].map_bytes - 1;
	o[4].max_readers = 0;
	o[5].max_readers = 1 << 20;
	for (int i = 0; i < 6; i++)
		assert_rc(RC_INVALID, store_open_lmdb(&fixture_schema, &f->clock, &o[i], &f->s));
	o[0] = fixture_options(f);
	o[0].directory = "/nonexistent/of/pratu/store";
	assert_rc(RC_UNAVAILABLE, store_open_lmdb(&fixture_schema, &f->clock, &o[0], &f->s));
}

static const struct {
	const char *why;
	struct store_table tables[3];
	size_t n;
	enum rc want;
} later[] = {
	{"the same", {{.id = 1, .name = "a"}, {.id = 2, .name = "b", .flags = STORE_EXPIRING}}, 2,
		RC_OK},
	{"renamed", {{.id = 1, .name = "x"}, {.id = 2, .name = "b", .flags = STORE_EXPIRING}}, 2,
		RC_CORRUPT},
	{"other flags", {{.id = 1, .name = "a"}, {.id = 2, .name = "b"}}, 2, RC_CORRUPT},
	{"an older program", {{.id = 1, .name = "a"}}, 1, RC_CORRUPT},
	{"a newer program",
		{{.id = 1, .name = "a"}, {.id = 2, .name = "b", .flags = STORE_EXPIRING},
			{.id = 3, .name = "c"}},
		3, RC_OK},
};

static void schema_changes(void **state)
{
	struct store_fixture *f = *state;

	assert_rc(RC_OK, open_with(f, later[0].tables, later[0].n, false));
	assert_rc(RC_OK, put1(f, 1, STR("k"), STR("v"), STORE_ABSENT));
	close_it(f);
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		assert_rc(later[i].want, open_with(f, later[i].tables, later[i].n, false));
		if (later[i].want != RC_OK)
			continue;
		assert_value(f, 1, STR("k"), "v");
		close_it(f);
	}
	/* And now the first is the older program. */
	assert_rc(RC_CORRUPT, open_with(f, later[0].tables, later[0].n, false));
}

/* As many tables as there can be: each holds its own, before and after, also for a sweep. */
static void all_tables(void **state)
{
	struct store_fixture *f = *state;
	static struct store_table tables[STORE_TABLES_MAX];
	size_t deleted = 0;
	char dead[9] = {0, 0, 0, 0, 0, 0, 0, 1, 'k'};
	struct str key = {.p = dead, .n = sizeof(dead)};

	for (int i = 0; i < STORE_TABLES_MAX; i++) {
		tables[i] = (struct store_table){.id = i + 1,
			.name = str_dup_c(f->a, numbered(f->a, "t", (uint64_t)i)),
			.flags = i + 1 == STORE_TABLES_MAX ? STORE_EXPIRING : 0};
	}
	assert_rc(RC_OK, open_with(f, tables, 1, false));
	assert_rc(RC_OK, put1(f, 1, STR("k"), STR("v"), STORE_ABSENT));
	close_it(f);
	assert_rc(RC_OK, open_with(f, tables, STORE_TABLES_MAX, false));
	assert_value(f, 1, STR("k"), "v");
	for (int i = 2; i < STORE_TABLES_MAX; i++)
		assert_rc(RC_OK,
			put1(f, i, STR("k"), numbered(f->a, "v", (uint64_t)i), STORE_ABSENT));
	assert_rc(RC_OK, put1(f, STORE_TABLES_MAX, key, STR("v"), STORE_ANY));
	close_it(f);
	assert_rc(RC_OK, open_with(f, tables, STORE_TABLES_MAX, false));
	for (int i = 2; i < STORE_TABLES_MAX; i++)
		assert_value(f, i, STR("k"), str_dup_c(f->a, numbered(f->a, "v", (uint64_t)i)));
	assert_rc(RC_OK, store_sweep(f->s, 10, &deleted));
	assert_int_equal(deleted, 1);
}

/* The mark of a table gets a number above all that this program could have. */
static void renumber(struct store_fixture *f, const char *from, const char *to)
{
	static char bytes[1 << 20];
	char path[128];
	size_t n, found = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/data.mdb", f->dir);
	file = fopen(path, "r+e");
	assert_non_null(file);
	n = fread(bytes, 1, sizeof(bytes), file);
	for (size_t i = 0; i + strlen(from) <= n; i++)
		if (memcmp(bytes + i, from, strlen(from)) == 0) {
			memcpy(bytes + i, to, strlen(to));
			found++;
		}
	assert_true(found > 0);
	rewind(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static void number_of_a_newer_program(void **state)
{
	static const struct store_table tables[] = {
		{.id = 1, .name = "a"}, {.id = STORE_TABLES_MAX - 1, .name = "b"}};
	struct store_fixture *f = *state;
	char from[16];

	assert_rc(RC_OK, open_with(f, tables, 2, false));
	close_it(f);
	assert_rc(RC_CORRUPT, open_with(f, tables, 1, false));
	snprintf(from, sizeof(from), "table-%d", STORE_TABLES_MAX - 1);
	assert_int_equal(strlen(from), strlen("table-999"));
	renumber(f, from, "table-999");
	assert_rc(RC_CORRUPT, open_with(f, tables, 1, false));
	assert_rc(RC_CORRUPT, open_with(f, tables, 1, true));
}

/* A program that only looks finds the tables it does not have yet empty. */
static void read_only(void **state)
{
	struct store_fixture *f = *state;
	struct store_snapshot *snap = NULL;
	struct store_record record;
	uint64_t n = 1;

	assert_rc(RC_NOT_FOUND, open_with(f, later[0].tables, later[0].n, true));
	assert_rc(RC_OK, open_with(f, later[0].tables, later[0].n, false));
	assert_rc(RC_OK, put1(f, 1, STR("k"), STR("v"), STORE_ABSENT));
	close_it(f);
	assert_rc(RC_OK, open_with(f, later[4].tables, later[4].n, true));
	assert_value(f, 1, STR("k"), "v");
	assert_rc(RC_DENIED, put1(f, 1, STR("k"), STR("v"), STORE_ANY));
	assert_rc(RC_OK, store_snapshot_begin(f->s, &snap));
	assert_rc(RC_NOT_FOUND, store_get(snap, 3, STR("k"), &record));
	assert_rc(RC_OK, store_count(snap, 3, &n));
	assert_int_equal(n, 0);
	assert_rc(RC_OK, store_scan(snap, 3, STR_NONE, STR_NONE, false, NULL, NULL));
	store_snapshot_end(snap);
}

static void twice(void **state)
{
	struct store_fixture *f = *state;
	struct store_lmdb_options o = fixture_options(f);
	struct store *second;
	char other[80];

	fixture_open(f);
	assert_rc(RC_INVALID, store_open_lmdb(&fixture_schema, &f->clock, &o, &second));
	snprintf(other, sizeof(other), "%s/.", f->dir);
	o.directory = other;
	assert_rc(RC_INVALID, store_open_lmdb(&fixture_schema, &f->clock, &o, &second));
	/* The first is none the worse. */
	assert_rc(RC_OK, put1(f, PLAIN, STR("k"), STR("v"), STORE_ABSENT));
}

static void write_file(struct store_fixture *f, const char *name, const char *bytes, size_t n)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

static void foreign(void **state)
{
	struct store_fixture *f = *state;
	char page[8192];

	memset(page, 'x', sizeof(page));
	write_file(f, "data.mdb", page, sizeof(page));
	assert_rc(RC_CORRUPT, open_with(f, later[0].tables, later[0].n, false));
}

/* A process that dies inside snapshots leaves its slots taken until somebody looks. */
static int take_both(struct store_fixture *f, int out)
{
	struct store_snapshot *snaps[3];

	if (store_snapshot_begin(f->s, &snaps[0]) != RC_OK ||
		store_snapshot_begin(f->s, &snaps[1]) != RC_OK)
		return 1;
	if (store_snapshot_begin(f->s, &snaps[2]) != RC_UNAVAILABLE || write(out, "1", 1) != 1)
		return 2;
	pause();
	return 3;
}

static void stale_readers(bool sweep, struct store_fixture *f)
{
	struct store_lmdb_options o = fixture_options(f);
	struct store_snapshot *snaps[2] = {NULL};
	struct child child;
	size_t deleted = 1;
	char byte;

	o.max_readers = 2;
	child = child_start(f, &o, take_both);
	child_go(&child);
	assert_int_equal(read(child.from, &byte, 1), 1);
	assert_rc(RC_OK, store_open_lmdb(&fixture_schema, &f->clock, &o, &f->s));
	assert_rc(RC_UNAVAILABLE, store_snapshot_begin(f->s, &snaps[0]));
	kill(child.pid, SIGKILL);
	assert_int_equal(child_wait(&child), 128 + SIGKILL);
	child_end(&child);
	if (sweep)
		assert_rc(RC_OK, store_sweep(f->s, 10, &deleted));
	assert_rc(RC_OK, store_snapshot_begin(f->s, &snaps[0]));
	assert_rc(RC_OK, store_snapshot_begin(f->s, &snaps[1]));
	store_snapshot_end(snaps[0]);
	store_snapshot_end(snaps[1]);
}

static void stale_readers_swept(void **state)
{
	stale_readers(true, *state);
}

static void stale_readers_found(void **state)
{
	stale_readers(false, *state);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, open_set_up, fixture_teardown)
	const struct CMUnitTest tests[] = {
		CASE(private),
		CASE(stays),
		CASE(close_finishes),
		CASE(schemas),
		CASE(options),
		CASE(schema_changes),
		CASE(all_tables),
		CASE(number_of_a_newer_program),
		CASE(read_only),
		CASE(twice),
		CASE(foreign),
		CASE(stale_readers_swept),
		CASE(stale_readers_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
