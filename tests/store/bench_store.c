/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How fast the store is: durable batches with many waiting, and reads.
 *
 *     bench_store DIRECTORY [seconds [waiting]]
 *
 * Each batch puts 5 records of 150 bytes, with keys chosen in four ways: fully ordered (a counter
 * behind the expiry), ordered by the millisecond (as handles are), random within the second, random
 * altogether. One thread submits
 * and is told of finished groups through an eventfd, as the server's event threads are.
 */
#include "store/store.h"

#include "obs/log.h"
#include "base/clock.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define PUTS        5
#define VALUE       150
#define WAITING_MAX 1024

enum key_order { ORDERED, MILLISECOND, WITHIN_SECOND, RANDOM };

static const struct store_table tables[] = {
	{.id = 1, .name = "short", .flags = STORE_EXPIRING},
	{.id = 2, .name = "plain"},
};

static const struct store_schema schema = {.tables = tables, .n_tables = 2};

struct store_bench_client {
	struct arena *a;
	struct store_bench_client *next;
};

struct store_bench {
	struct store *s;
	pthread_mutex_t lock;
	struct store_bench_client *done;
	int event;
	uint64_t failed, counter, state;
	enum key_order order;
};

static struct store_bench bench = {.lock = PTHREAD_MUTEX_INITIALIZER, .state = 88172645463325252u};

static uint64_t next_random(void)
{
	bench.state ^= bench.state << 13;
	bench.state ^= bench.state >> 7;
	return bench.state ^= bench.state << 17;
}

static void done(void *data, enum rc rc)
{
	struct store_bench_client *c = data;
	uint64_t one = 1;
	bool first;

	pthread_mutex_lock(&bench.lock);
	bench.failed += rc != RC_OK;
	first = !bench.done;
	c->next = bench.done;
	bench.done = c;
	pthread_mutex_unlock(&bench.lock);
	if (first && write(bench.event, &one, sizeof(one)) < 0)
		perror("eventfd");
}

static struct str make_key(struct arena *a)
{
	int64_t now_ms = clock_now_ms(&clock_system), expiry = now_ms / 1000 + 3600;
	uint64_t id[3] = {0, next_random(), next_random()};
	size_t from = sizeof(id[0]); /* of the id that is used */

	if (bench.order == RANDOM)
		expiry = (int64_t)(next_random() & 0x7fffffff) + (1ll << 31);
	if (bench.order == ORDERED)
		id[0] = __builtin_bswap64(bench.counter++);
	if (bench.order == MILLISECOND)
		id[0] = __builtin_bswap64((uint64_t)(now_ms % 1000));
	if (bench.order <= MILLISECOND)
		from = bench.order == ORDERED ? 0 : sizeof(id[0]) - 2;
	return store_key_expiring(
		a, expiry, (struct str){.p = (const char *)id + from, .n = sizeof(id) - from});
}

static void submit(struct store_bench_client *c)
{
	static const char value[VALUE];
	struct store_batch *b;

	arena_reset(c->a);
	b = store_batch_new(c->a);
	for (int i = 0; i < PUTS; i++)
		store_put(b, 1, make_key(c->a), (struct str){.p = value, .n = VALUE}, STORE_ABSENT);
	store_commit_async(bench.s, b, done, c);
}

static struct store_bench_client *finished(void)
{
	struct store_bench_client *list;
	uint64_t n;

	if (read(bench.event, &n, sizeof(n)) < 0)
		perror("eventfd");
	pthread_mutex_lock(&bench.lock);
	list = bench.done;
	bench.done = NULL;
	pthread_mutex_unlock(&bench.lock);
	return list;
}

static void bench_writes(const char *name, enum key_order order, int waiting, double seconds)
{
	static struct store_bench_client clients[WAITING_MAX];
	int64_t start = monotonic_us(), end = start + (int64_t)(seconds * 1e6);
	uint64_t batches = 0;
	int out = waiting;

	bench.order = order;
	for (int i = 0; i < waiting; i++) {
		clients[i].a = arena_new(ARENA_MAX);
		submit(&clients[i]);
	}
	while (out) {
		struct store_bench_client *next;

		for (struct store_bench_client *c = finished(); c; c = next) {
			next = c->next;
			batches++;
			if (monotonic_us() < end)
				submit(c);
			else
				out--;
		}
	}
	printf("%-24s %8.0f batches/s (%d waiting, %llu failed)\n", name,
		(double)batches / ((double)(monotonic_us() - start) / 1e6), waiting,
		(unsigned long long)bench.failed);
	for (int i = 0; i < waiting; i++)
		arena_free(clients[i].a);
}

#define RECORDS 200000u

static struct str numbered(char *bytes, uint64_t n)
{
	n *= 0x9e3779b97f4a7c15u;
	memcpy(bytes, &n, sizeof(n));
	return (struct str){.p = bytes, .n = sizeof(n)};
}

static bool fill_tables(void)
{
	struct arena *a = arena_new(ARENA_MAX_CLI);
	static const char value[VALUE];
	enum rc rc = RC_OK;
	char key[8];

	for (uint64_t i = 0; i < RECORDS && rc == RC_OK;) {
		struct store_batch *b = store_batch_new(a);

		for (int k = 0; k < 10000; k++, i++)
			store_put(b, 2, numbered(key, i), (struct str){.p = value, .n = VALUE},
				STORE_ANY);
		rc = store_commit(bench.s, b);
		arena_reset(a);
	}
	arena_free(a);
	return rc == RC_OK;
}

static void bench_reads(int gets_each, int rounds)
{
	int64_t start = monotonic_us();
	uint64_t hits = 0;
	char key[8];

	for (int i = 0; i < rounds; i++) {
		struct store_snapshot *snap;
		struct store_record record;

		if (store_snapshot_begin(bench.s, &snap) != RC_OK)
			return;
		for (int k = 0; k < gets_each; k++)
			hits += store_get(snap, 2, numbered(key, next_random() % RECORDS),
					&record) == RC_OK;
		store_snapshot_end(snap);
	}
	printf("snapshot with %d gets      %8.3f us (%llu hits)\n", gets_each,
		(double)(monotonic_us() - start) / rounds, (unsigned long long)hits);
}

int main(int argc, char **argv)
{
	const struct store_lmdb_options options = {.directory = argc > 1 ? argv[1] : "",
		.map_bytes = 16ll << 30,
		.map_bytes_max = 16ll << 30,
		.create = true,
		.max_readers = 64};
	struct str seconds = str_c(argc > 2 ? argv[2] : "3"),
		   waiting = str_c(argc > 3 ? argv[3] : "64");
	uint64_t s = 3, w = 64;

	if (argc < 2 || !str_to_u64(seconds, 3600, &s) || !str_to_u64(waiting, WAITING_MAX, &w)) {
		fprintf(stderr, "usage: bench_store DIRECTORY [seconds [waiting]]\n");
		return 2;
	}
	log_set_level(LOG_ERROR);
	bench.event = eventfd(0, EFD_CLOEXEC);
	if (store_open_lmdb(&schema, &clock_system, &options, &bench.s) != RC_OK)
		return 1;
	bench_writes("ordered", ORDERED, (int)w, (double)s);
	bench_writes("ordered by millisecond", MILLISECOND, (int)w, (double)s);
	bench_writes("random in the second", WITHIN_SECOND, (int)w, (double)s);
	bench_writes("random", RANDOM, (int)w, (double)s);
	if (!fill_tables())
		return 1;
	bench_reads(0, 1000000);
	bench_reads(1, 1000000);
	bench_reads(4, 300000);
	store_close(bench.s);
	close(bench.event);
	return 0;
}
