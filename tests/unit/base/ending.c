/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How a process begins and how it ends when it cannot go on: descriptors, the last line, its code.
 */
#include "check.h"

#include "base/descriptors.h"
#include "base/exit_code.h"
#include "base/last_line.h"
#include "base/memory_fault.h"
#include "base/sanitized.h"
#include "base/thread.h"
#include "obs/log.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct memory_fault_file database = {"/data.mdb", EXIT_DAMAGED};

/* Those of the test library. A sanitizer keeps its own. */
static void forget_handlers(void)
{
	const int all[] = {SIGBUS, SIGSEGV, SIGILL, SIGFPE};

	for (size_t i = 0; !SANITIZED && i < sizeof(all) / sizeof(all[0]); i++)
		signal(all[i], SIG_DFL);
}

/* What the child wrote to standard error; its status. */
static int run_child(void (*fn)(void), char *said, size_t size)
{
	int ends[2], status;
	ssize_t n, at = 0;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		/* What the test library says of a child is not this test's. */
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		forget_handlers();
		fn();
		_exit(99);
	}
	close(ends[1]);
	while ((n = read(ends[0], said + at, size - 1 - (size_t)at)) > 0)
		at += n;
	said[at] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void assert_ended(void (*fn)(void), enum exit_code code, const char *words)
{
	char said[8192];
	int status = run_child(fn, said, sizeof(said));

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), code);
	assert_non_null(strstr(said, words));
	/* One line. */
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

static void assert_killed(void (*fn)(void), int signal, const char *words)
{
	char said[8192];
	int status = run_child(fn, said, sizeof(said));

	assert_non_null(strstr(said, words));
	if (!SANITIZED) {
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signal);
		assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	}
}

/* --- the line --- */

static void as_text(void)
{
	last_line_end(EXIT_FOREIGN, "why it is");
}

static void as_log(void)
{
	last_line_as_log();
	last_line_end(EXIT_STORE_LOST, "a \"quoted\"\nword");
}

static void is_one_line(void **state)
{
	assert_ended(as_text, EXIT_FOREIGN, "pratu: fatal: why it is\n");
	assert_ended(as_log, EXIT_STORE_LOST,
		"Z\",\"level\":\"error\",\"event\":\"fatal\",\"why\":\"a "
		"?quoted??word\",\"exit\":7}");
	assert_string_equal(log_event_name(LOG_EVENT_FATAL), "fatal");
}

/* The day is that of the log's own lines. */
static void has_the_time(void **state)
{
	char said[8192], day[16];
	time_t before = time(NULL);
	struct tm tm;

	run_child(as_log, said, sizeof(said));
	gmtime_r(&before, &tm);
	strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	if (time(NULL) / 86400 == before / 86400)
		assert_memory_equal(said, "{\"time\":\"", 9);
	if (time(NULL) / 86400 == before / 86400)
		assert_memory_equal(said + 9, day, 10);
}

static void long_why(void)
{
	static char why[5000];

	memset(why, 'w', sizeof(why) - 1);
	last_line_as_log();
	last_line_end(EXIT_DAMAGED, why);
}

static void full_pipe(void)
{
	int ends[2];

	if (pipe2(ends, O_NONBLOCK) != 0)
		_exit(98);
	while (write(ends[1], "0123456789012345678901234567890123456789", 40) > 0)
		;
	fcntl(ends[1], F_SETFL, 0);
	dup2(ends[1], STDERR_FILENO);
	last_line_end(EXIT_DAMAGED, "nobody reads this");
}

static void ends_whatever_reads_it(void **state)
{
	char said[8192];
	int status;

	assert_ended(long_why, EXIT_DAMAGED, "www\",\"exit\":5}\n");
	status = run_child(full_pipe, said, sizeof(said));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_DAMAGED);
}

/* --- faults of memory --- */

static volatile char *map_file(const char *name, size_t size)
{
	char path[80], dir[] = "/tmp/pratu-fault-XXXXXX";
	void *at;
	int fd;

	if (!mkdtemp(dir))
		_exit(98);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	at = mmap(NULL, 65536, PROT_READ, MAP_SHARED, fd, 0);
	if (fd < 0 || ftruncate(fd, (off_t)size) != 0 || at == MAP_FAILED)
		_exit(98);
	unlink(path);
	rmdir(dir);
	return at;
}

/* Nothing is there; not a null pointer, which UBSan would find first. */
static volatile char *nowhere = (volatile char *)4096;
static volatile int depth_wanted = 1 << 30;

static void catch_faults(void)
{
	memory_fault_catch();
	memory_fault_file_add(&database);
	memory_fault_file_add(&database);
}

static void cut_database(void)
{
	char path[80], dir[] = "/tmp/pratu-fault-XXXXXX";
	volatile char *at;
	int fd;

	catch_faults();
	if (!mkdtemp(dir))
		_exit(98);
	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	at = mmap(NULL, 65536, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED || ftruncate(fd, 4096) != 0 || at[100])
		_exit(98);
	_exit(at[0x3001]);
}

static void cut_other_file(void)
{
	volatile char *at;

	catch_faults();
	at = map_file("other", 0);
	_exit(at[0]);
}

static void wild_pointer(void)
{
	catch_faults();
	_exit(nowhere[8]);
}

static void wild_pointer_of_the_file(void)
{
	catch_faults();
	memory_fault_reading(&database);
	memory_fault_reading(&database);
	memory_fault_read();
	_exit(nowhere[8]);
}

static void wild_pointer_after_it(void)
{
	catch_faults();
	memory_fault_reading(&database);
	memory_fault_read();
	_exit(nowhere[8]);
}

static void sent(void)
{
	catch_faults();
	memory_fault_reading(&database);
	kill(getpid(), SIGSEGV);
	pause();
}

static void of_the_file(void **state)
{
	assert_ended(cut_database, EXIT_DAMAGED,
		"/data.mdb is shorter than it says, or damaged: nothing is at byte 0x3001");
	assert_ended(wild_pointer_of_the_file, EXIT_DAMAGED, "the file data.mdb is damaged");
}

static void of_the_program(void **state)
{
	assert_killed(wild_pointer, SIGSEGV, "a fault of the program, SIGSEGV in /");
	assert_killed(wild_pointer_after_it, SIGSEGV, "a fault of the program");
	assert_killed(cut_other_file, SIGBUS, "a fault of the program, SIGBUS");
	assert_killed(sent, SIGSEGV, "a fault of the program, SIGSEGV");
}

static int deeper(int n)
{
	volatile char page[512];

	page[0] = (char)n;
	return n >= depth_wanted ? 0 : deeper(n + 1) + page[0];
}

static void *dig(void *data)
{
	_exit(deeper(0));
}

static void stack_of_a_thread(void)
{
	pthread_t thread;

	catch_faults();
	if (thread_start(&thread, "digger", dig, NULL) == 0)
		pthread_join(thread, NULL);
}

static void stack_of_main(void)
{
	catch_faults();
	_exit(deeper(0));
}

/* There is no room for a handler on the stack that is used up. */
static void of_the_stack(void **state)
{
	if (SANITIZED)
		return; /* has stacks of its own */
	assert_killed(stack_of_a_thread, SIGSEGV, "a fault of the program, SIGSEGV");
	assert_killed(stack_of_main, SIGSEGV, "a fault of the program, SIGSEGV");
}

/* --- descriptors --- */

static int wanted_closed;

static void some_closed(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (wanted_closed & (1 << fd))
			close(fd);
	descriptors_open();
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			_exit(10 + fd);
	_exit(open("/dev/null", O_RDONLY | O_CLOEXEC) < 3 ? 20 : 0);
}

static void closed_ones_are_opened(void **state)
{
	char said[8192];

	for (wanted_closed = 0; wanted_closed < 8; wanted_closed++)
		assert_int_equal(run_child(some_closed, said, sizeof(said)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_one_line),
		cmocka_unit_test(has_the_time),
		cmocka_unit_test(ends_whatever_reads_it),
		cmocka_unit_test(of_the_file),
		cmocka_unit_test(of_the_program),
		cmocka_unit_test(of_the_stack),
		cmocka_unit_test(closed_ones_are_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
