/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A file appears whole under its name, or not at all. */
#include "check.h"

#include "base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The program's own, found before libc's: a directory that cannot be flushed. */
static bool no_directory_sync;

int fsync(int fd)
{
	struct stat st;

	if (no_directory_sync && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

struct here {
	char dir[64], path[80], part[90];
};

static int new_file_set_up(void **state)
{
	static struct here here;

	snprintf(here.dir, sizeof(here.dir), "/tmp/pratu-new-file-XXXXXX");
	assert_non_null(mkdtemp(here.dir));
	snprintf(here.path, sizeof(here.path), "%s/it", here.dir);
	snprintf(here.part, sizeof(here.part), "%s.part", here.path);
	*state = &here;
	return 0;
}

static int new_file_tear_down(void **state)
{
	struct here *here = *state;

	unlink(here->path);
	unlink(here->part);
	rmdir(here->dir);
	return 0;
}

static bool there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void assert_holds(const char *path, const char *want)
{
	char text[100] = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text) - 1), strlen(want));
	assert_string_equal(text, want);
	close(fd);
}

static void leave(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void it_has_its_name_at_the_end(void **state)
{
	struct here *here = *state;
	struct new_file f;

	assert_int_equal(new_file_begin(&f, here->path), RC_OK);
	assert_int_equal(new_file_write(&f, STR("first ")), RC_OK);
	assert_true(there(here->part) && !there(here->path));
	assert_int_equal(new_file_write(&f, STR("second")), RC_OK);
	assert_int_equal(new_file_finish(&f), RC_OK);
	assert_false(there(here->part));
	assert_holds(here->path, "first second");
}

static void only_its_owner_reads_it(void **state)
{
	struct here *here = *state;
	mode_t before = umask(0);
	struct stat st;

	leave(here->part, "of a writer that was killed, and long", 0666);
	assert_int_equal(new_file_put(here->path, STR("new")), RC_OK);
	umask(before);
	assert_int_equal(stat(here->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_holds(here->path, "new");
}

static void nothing_is_replaced(void **state)
{
	struct here *here = *state;
	struct new_file f;

	assert_int_equal(new_file_begin(&f, here->path), RC_OK);
	/* While it is written. */
	leave(here->path, "mine", 0600);
	assert_int_equal(new_file_finish(&f), RC_EXISTS);
	assert_holds(here->path, "mine");
	assert_false(there(here->part));
	assert_int_equal(new_file_put(here->path, STR("new")), RC_EXISTS);
	assert_holds(here->path, "mine");
	assert_false(there(here->part));
}

static void abandoned_it_leaves_nothing(void **state)
{
	struct here *here = *state;
	struct new_file f;

	assert_int_equal(new_file_begin(&f, here->path), RC_OK);
	assert_int_equal(new_file_write(&f, STR("half")), RC_OK);
	new_file_abandon(&f);
	assert_false(there(here->part) || there(here->path));
	new_file_abandon(&f);
}

/* Its name may not outlive a power cut: it is taken back, and the next try begins anew. */
static void a_name_that_is_not_durable_is_taken_back(void **state)
{
	struct here *here = *state;

	no_directory_sync = true;
	errno = 0;
	assert_int_equal(new_file_put(here->path, STR("text")), RC_UNAVAILABLE);
	assert_int_equal(errno, EIO);
	no_directory_sync = false;
	assert_false(there(here->path) || there(here->part));
	assert_int_equal(new_file_put(here->path, STR("text")), RC_OK);
	assert_holds(here->path, "text");
}

static void two_writers_exclude_each_other(void **state)
{
	struct here *here = *state;
	struct new_file one, two;

	assert_int_equal(new_file_begin(&one, here->path), RC_OK);
	assert_int_equal(new_file_begin(&two, here->path), RC_CONFLICT);
	assert_int_equal(new_file_write(&one, STR("one")), RC_OK);
	assert_int_equal(new_file_finish(&one), RC_OK);
	assert_holds(here->path, "one");
}

/* In a directory where others may write, a secret goes into no file of theirs. */
static void what_is_not_ours_is_refused(void **state)
{
	struct here *here = *state;
	char other[90];

	snprintf(other, sizeof(other), "%s/other", here->dir);
	leave(other, "theirs", 0600);
	assert_int_equal(symlink(other, here->part), 0);
	assert_int_equal(new_file_put(here->path, STR("secret")), RC_DENIED);
	unlink(here->part);
	assert_int_equal(link(other, here->part), 0);
	assert_int_equal(new_file_put(here->path, STR("secret")), RC_DENIED);
	unlink(here->part);
	assert_int_equal(mkfifo(here->part, 0600), 0);
	assert_int_equal(new_file_put(here->path, STR("secret")), RC_DENIED);
	assert_holds(other, "theirs");
	unlink(other);
}

static void places_that_are_not_there(void **state)
{
	static char path[NEW_FILE_PATH_MAX + 10];
	struct here *here = *state;

	memset(path, 'x', sizeof(path) - 1);
	assert_int_equal(new_file_put(path, STR("x")), RC_INVALID);
	snprintf(path, sizeof(path), "%s/none/it", here->dir);
	assert_int_equal(new_file_put(path, STR("x")), RC_UNAVAILABLE);
	snprintf(path, sizeof(path), "%s/made", here->dir);
	assert_int_equal(directory_make(path), RC_OK);
	assert_int_equal(directory_make(path), RC_OK);
	assert_int_equal(rmdir(path), 0);
	snprintf(path, sizeof(path), "%s/none/made", here->dir);
	assert_int_equal(directory_make(path), RC_UNAVAILABLE);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, new_file_set_up, new_file_tear_down)
	const struct CMUnitTest tests[] = {
		CASE(it_has_its_name_at_the_end),
		CASE(only_its_owner_reads_it),
		CASE(nothing_is_replaced),
		CASE(abandoned_it_leaves_nothing),
		CASE(a_name_that_is_not_durable_is_taken_back),
		CASE(two_writers_exclude_each_other),
		CASE(what_is_not_ours_is_refused),
		CASE(places_that_are_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
