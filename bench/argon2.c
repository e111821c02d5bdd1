/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bare argon2id: how many hashes a second one processor checks, alone and with all of them busy.
 * Password logins are compared with this figure of the same run.
 *
 *   bench_argon2 [MIB [PASSES [SECONDS [THREADS]]]]     default 19 2 3 1
 */
#include "crypto/pwhash.h"

#include "base/clock.h"
#include "base/program.h"
#include "crypto/pwhash_arena.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define THREADS_MAX 64

struct hash_run {
	struct str hash;
	size_t memory;
	int64_t until_us;
	atomic_llong checked;
};

static void *hash_thread(void *data)
{
	struct hash_run *hash_run = data;

	/* As the server's own hash threads. */
	(void)pwhash_arena_open(hash_run->memory);
	while (monotonic_us() < hash_run->until_us) {
		if (!pwhash_check(hash_run->hash, STR("bench")))
			return NULL;
		atomic_fetch_add(&hash_run->checked, 1);
	}
	return NULL;
}

/* Processor time of the whole process, microseconds. */
static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int64_t number(int argc, char **argv, int i, int64_t fallback, uint64_t max)
{
	uint64_t n;

	return argc > i && str_to_u64(str_c(argv[i]), max, &n) && n ? (int64_t)n : fallback;
}

int main(int argc, char **argv)
{
	program_begin();

	const struct pwhash_cost cost = {
		number(argc, argv, 1, 19, 1024) << 20, number(argc, argv, 2, 2, 20)};
	int64_t seconds = number(argc, argv, 3, 3, 600), us;
	int threads = (int)number(argc, argv, 4, 1, THREADS_MAX);
	struct arena *a = arena_new(ARENA_MAX);
	struct hash_run hash_run = {
		.hash = pwhash_make(a, &cost, STR("bench")), .memory = (size_t)cost.memory_cost};
	pthread_t ids[THREADS_MAX];
	int64_t start = monotonic_us();
	double cpu = cpu_us();

	hash_run.until_us = start + seconds * 1000000;
	for (int i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, hash_thread, &hash_run) != 0)
			return 1;
	for (int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	us = monotonic_us() - start;
	cpu = cpu_us() - cpu;
	printf("{\"memory_mib\":%lld,\"passes\":%lld,\"threads\":%d,\"hashes\":%lld,"
	       "\"per_second\":%.2f,\"cpu_us_per_hash\":%.0f}\n",
		(long long)(cost.memory_cost >> 20), (long long)cost.time_cost, threads,
		(long long)atomic_load(&hash_run.checked),
		(double)atomic_load(&hash_run.checked) * 1e6 / (double)us,
		cpu / (double)atomic_load(&hash_run.checked));
	arena_free(a);
	return 0;
}
