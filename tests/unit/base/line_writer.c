/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Lines through a ring to a thread (base/line_writer.h): a reader that does not read, or is gone.
 */
#include "base/line_writer.h"

#include "unit/check.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RING (4u * LINE_WRITE_MAX)
#define LONG 60000 /* ms that nothing here takes */

static size_t lost_text(char *out, size_t max, uint64_t lost, int64_t since)
{
	return (size_t)snprintf(
		out, max, "lost %llu since %lld\n", (unsigned long long)lost, (long long)since);
}

static bool put_number(struct line_writer *w, int n, int64_t now)
{
	char text[64];
	int size = snprintf(text, sizeof(text), "line %07d ......................\n", n);

	return line_writer_put(w, (struct str){text, (size_t)size}, now);
}

/* A pipe that holds one page, full but for nothing. */
static void full_pipe(int ends[2])
{
	char page[LINE_WRITE_MAX];

	memset(page, 'x', sizeof(page));
	page[sizeof(page) - 1] = '\n';
	assert_int_equal(pipe(ends), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) >= 4096);
	assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	while (write(ends[1], page, sizeof(page)) > 0)
		;
	assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0);
}

static void lines_come_in_their_order(void **state)
{
	char *got = NULL, path[] = "/tmp/pratu-lines-XXXXXX";
	int fd = mkstemp(path), n = 0;
	struct line_writer *w = line_writer_new(fd, RING, lost_text);
	FILE *in = fopen(path, "re");
	size_t size = 0;

	for (int i = 0; i < 20000; i++)
		while (!put_number(w, i, 1)) /* too fast for the disk of this machine */
			assert_true(line_writer_wait(w, LONG));
	assert_true(line_writer_stop(w, LONG));
	line_writer_free(w);
	while (getline(&got, &size, in) > 0) {
		if (strncmp(got, "line ", 5) == 0)
			assert_int_equal((int)strtol(got + 5, NULL, 10), n++);
	}
	assert_int_equal(n, 20000);
	free(got);
	fclose(in);
	close(fd);
	unlink(path);
}

/* Reads numbered lines, which must go on from *next, until a line of the other kind; its number. */
static int read_to(FILE *in, const char *other, int *next)
{
	char line[LINE_WRITE_MAX + 1];

	while (fgets(line, sizeof(line), in)) {
		if (strncmp(line, other, strlen(other)) == 0)
			return (int)strtol(line + strlen(other), NULL, 10);
		if (strncmp(line, "line ", 5) == 0)
			assert_int_equal((int)strtol(line + 5, NULL, 10), (*next)++);
	}
	return -1;
}

static void what_nobody_reads_is_dropped_and_told(void **state)
{
	struct line_writer *w;
	int ends[2], taken = 0, tried = 0, next = 0;
	FILE *in;

	full_pipe(ends);
	in = fdopen(ends[0], "r");
	w = line_writer_new(ends[1], RING, lost_text);
	for (; taken == tried; tried++)
		taken += put_number(w, tried, 77);
	for (int i = 0; i < 9; i++)
		assert_false(put_number(w, tried, 78));
	assert_false(line_writer_wait(w, 20));
	/* As many as fit in the ring, and the page that the thread holds. */
	assert_true(taken >= (int)(RING / 36) - 1 && taken <= (int)((RING + LINE_WRITE_MAX) / 36));
	assert_int_equal(read_to(in, "lost ", &next), 10);
	assert_int_equal(next, taken);
	assert_true(put_number(w, 4711, 79));
	assert_int_equal(read_to(in, "line ", &next), 4711);
	assert_true(line_writer_stop(w, LONG));
	line_writer_free(w);
	fclose(in);
	close(ends[1]);
}

/* A reader that is gone, or a full disk: /dev/full refuses every write. */
static void what_the_system_refuses_waits(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC), kept = 0, gone[2];
	struct line_writer *w = line_writer_new(fd, RING, lost_text);

	while (put_number(w, kept, 1))
		kept++;
	assert_false(line_writer_wait(w, 20));
	assert_true(line_writer_stop(w, LONG));
	line_writer_free(w);
	close(fd);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(gone), 0);
	close(gone[0]);
	w = line_writer_new(gone[1], RING, lost_text);
	assert_true(put_number(w, 0, 1));
	assert_true(line_writer_stop(w, LONG));
	line_writer_free(w);
	close(gone[1]);
}

/* The thread hangs in write(2): who stops does not. */
static void a_stop_does_not_wait_for_ever(void **state)
{
	static struct line_writer *w; /* stays with its thread */
	int ends[2];

	full_pipe(ends);
	w = line_writer_new(ends[1], RING, lost_text);
	assert_true(put_number(w, 1, 1));
	line_writer_last(w, "the end\n", 8, 20);
	assert_false(line_writer_stop(w, 20));
	/* The test ends it, which a process need not. */
	close(ends[0]);
}

static void last_words_come_last(void **state)
{
	int ends[2], next = 0;
	struct line_writer *w;
	FILE *in;

	assert_int_equal(pipe(ends), 0);
	in = fdopen(ends[0], "r");
	w = line_writer_new(ends[1], RING, lost_text);
	for (int i = 0; i < 100; i++)
		assert_true(put_number(w, i, 1));
	line_writer_last(w, "reason 5\n", 9, LONG);
	assert_int_equal(read_to(in, "reason ", &next), 5);
	assert_int_equal(next, 100);
	assert_true(line_writer_stop(w, LONG));
	line_writer_free(w);
	fclose(in);
	close(ends[1]);
}

static void *put_many(void *data)
{
	for (int i = 0; i < 5000; i++)
		put_number(data, i, 1);
	return NULL;
}

static void many_threads(void **state)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct line_writer *w = line_writer_new(fd, RING, lost_text);
	pthread_t threads[4];

	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, put_many, w), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	assert_true(line_writer_wait(w, LONG));
	assert_true(line_writer_stop(w, LONG));
	line_writer_free(w);
	close(fd);
}

static void a_line_over_the_maximum(void **state)
{
	static char text[LINE_WRITE_MAX + 1];
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct line_writer *w = line_writer_new(fd, RING, lost_text);

	memset(text, 'x', sizeof(text));
	text[LINE_WRITE_MAX] = '\n';
	assert_false(line_writer_put(w, (struct str){text, sizeof(text)}, 1));
	text[LINE_WRITE_MAX - 1] = '\n';
	assert_true(line_writer_wait(w, LONG));
	assert_true(line_writer_put(w, (struct str){text, LINE_WRITE_MAX}, 1));
	assert_true(line_writer_stop(w, LONG));
	line_writer_free(w);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_in_their_order),
		cmocka_unit_test(what_nobody_reads_is_dropped_and_told),
		cmocka_unit_test(what_the_system_refuses_waits),
		cmocka_unit_test(last_words_come_last),
		cmocka_unit_test(many_threads),
		cmocka_unit_test(a_line_over_the_maximum),
		cmocka_unit_test(a_stop_does_not_wait_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
