/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* R2: a page of lock.mdb without a block is SIGBUS on a full disk, so no page of it is without. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define READERS 448
#define THREADS 200
#define HEAD    128 /* bytes of lock.mdb before the readers */
#define READER  64  /* bytes of one; the third word is the process */

static long pretended; /* file system; 0: the true one */
/* statfs(2) by the name it has with 64-bit offsets. */
int __real_statfs64(const char *path, struct statfs *ret);
int __wrap_statfs64(const char *path, struct statfs *ret);

int __wrap_statfs64(const char *path, struct statfs *ret)
{
	int err = __real_statfs64(path, ret);

	if (pretended)
		ret->f_type = pretended;
	return err;
}

static int r02_set_up(void **state)
{
	pretended = 0;
	*state = fixture_new();
	return 0;
}

static struct store_lmdb_options many_readers(const struct store_fixture *f)
{
	struct store_lmdb_options o = fixture_options(f);

	o.max_readers = READERS;
	return o;
}

/* Never closed before the store is: closing any descriptor of a file drops LMDB's own locks. */
static int lock_file(const struct store_fixture *f, int flags)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/lock.mdb", f->dir);
	fd = open(path, flags | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	return fd;
}

/* No hole, and as large as LMDB wants it: it would lengthen a shorter one by a hole. */
static void assert_whole(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, HEAD + READERS * READER);
	assert_true(st.st_blocks * 512 >= st.st_size);
	assert_true(lseek(fd, 0, SEEK_HOLE) >= st.st_size);
}

static void new_lock_file(void **state)
{
	struct store_fixture *f = *state;
	struct store_lmdb_options o = many_readers(f);
	int fd;

	assert_rc(RC_OK, store_open_lmdb(&fixture_schema, &f->clock, &o, &f->s));
	fd = lock_file(f, O_RDONLY);
	assert_whole(fd);
	store_close(f->s);
	f->s = NULL;
	close(fd);
}

/* As the versions before left it: long enough, and nothing in it; or longer than it is now. */
static void older_lock_file(void **state)
{
	static const off_t sizes[] = {HEAD + READERS * READER, 100, 1 << 20};
	struct store_fixture *f = *state;
	struct store_lmdb_options o = many_readers(f);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int fd = lock_file(f, O_RDWR | O_CREAT);

		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(ftruncate(fd, sizes[i]), 0);
		close(fd);
		assert_rc(RC_OK, store_open_lmdb(&fixture_schema, &f->clock, &o, &f->s));
		assert_rc(RC_OK, put1(f, PLAIN, STR("k"), STR("v"), STORE_ANY));
		fd = lock_file(f, O_RDONLY);
		assert_whole(fd);
		store_close(f->s);
		f->s = NULL;
		close(fd);
	}
}

static void *look_once(void *data)
{
	assert_value(data, PLAIN, STR("k"), "v");
	return NULL;
}

static int readers_used(int fd)
{
	uint64_t reader[READER / sizeof(uint64_t)];
	off_t at = HEAD;
	int n = 0;

	for (; pread(fd, reader, sizeof(reader), at) == READER; at += READER)
		n += (uint32_t)reader[1] == (uint32_t)getpid();
	return n;
}

/* Threads that read one after another need one reader of LMDB's table together. */
static void readers_by_snapshot(void **state)
{
	struct store_fixture *f = *state;
	struct store_lmdb_options o = many_readers(f);
	struct store_snapshot *snaps[3];
	pthread_t thread;
	int fd;

	assert_rc(RC_OK, store_open_lmdb(&fixture_schema, &f->clock, &o, &f->s));
	assert_rc(RC_OK, put1(f, PLAIN, STR("k"), STR("v"), STORE_ANY));
	fd = lock_file(f, O_RDONLY);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&thread, NULL, look_once, f), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
	}
	assert_int_equal(readers_used(fd), 1);
	for (int i = 0; i < 3; i++)
		assert_rc(RC_OK, store_snapshot_begin(f->s, &snaps[i]));
	assert_int_equal(readers_used(fd), 3);
	for (int i = 0; i < 3; i++)
		store_snapshot_end(snaps[i]);
	store_close(f->s);
	f->s = NULL;
	close(fd);
}

/* Takes every block that is left. */
static void take_the_rest(const char *path)
{
	static const char block[4096];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	while (write(fd, block, sizeof(block)) > 0)
		continue;
	close(fd);
}

/* All snapshots at once, on a disk that has no block left. */
static int read_on_full_disk(struct store_fixture *f, int out)
{
	static struct store_snapshot *snaps[READERS];
	static char big[60000];
	struct store_record record;
	char ballast[128];
	uint64_t n = 0;

	(void)out;
	snprintf(ballast, sizeof(ballast), "%s/ballast", f->dir);
	while (put1(f, PLAIN, numbered(f->a, "k", n), (struct str){.p = big, .n = sizeof(big)},
		       STORE_ANY) == RC_OK)
		n++;
	if (n < 5)
		return 1;
	take_the_rest(ballast);
	for (int i = 0; i < READERS; i++)
		if (store_snapshot_begin(f->s, &snaps[i]) != RC_OK ||
			store_get(snaps[i], PLAIN, numbered(f->a, "k", n - 1), &record) != RC_OK)
			_exit(2);
	for (int i = 0; i < READERS; i++)
		store_snapshot_end(snaps[i]);
	unlink(ballast);
	return delete1(f, PLAIN, numbered(f->a, "k", 0), STORE_ANY) == RC_OK ? 0 : 3;
}

static void full_disk(void **state)
{
	struct store_fixture *f = *state;
	struct store_lmdb_options o = many_readers(f);
	struct child child;
	int status;

	if (mount("none", f->dir, "tmpfs", 0, "size=2m,mode=700") != 0) {
		assert_true(errno == EPERM || errno == EACCES || errno == ENOSYS);
		skip();
	}
	child = child_start(f, &o, read_on_full_disk);
	child_go(&child);
	status = child_wait(&child);
	child_end(&child);
	assert_int_equal(umount(f->dir), 0);
	assert_int_equal(status, 0);
}

/* Writers are refused, by name in the log; what only looks still may. */
static void file_systems(void **state)
{
	static const long refused[] = {
		0x9123683e, 0xca451a4e, 0x2fc12fc1, 0x3434, 0x6969, 0xff534d42, 0x01021997};
	static const long good[] = {0xef53, 0x58465342, 0x01021994, 0x794c7630};
	struct store_fixture *f = *state;
	struct store_lmdb_options o = fixture_options(f);

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		pretended = refused[i];
		o.read_only = false;
		assert_rc(RC_UNAVAILABLE, store_open_lmdb(&fixture_schema, &f->clock, &o, &f->s));
		o.read_only = true;
		assert_rc(i ? RC_OK : RC_NOT_FOUND,
			store_open_lmdb(&fixture_schema, &f->clock, &o, &f->s));
		if (i) {
			store_close(f->s);
			f->s = NULL;
			continue;
		}
		pretended = 0;
		fixture_open(f);
		store_close(f->s);
		f->s = NULL;
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		pretended = good[i];
		fixture_open(f);
		store_close(f->s);
		f->s = NULL;
	}
}

/* Whoever may write in a backup's directory chooses no file that restore writes over: a link of
 * either kind is refused, for readers too, and its target keeps its bytes. */
static void no_link_is_followed(void **state)
{
	struct store_fixture *f = *state;
	struct store_lmdb_options o = fixture_options(f);
	char link_path[128], target[128], kept[8] = "";
	int fd;

	fixture_open(f);
	store_close(f->s);
	f->s = NULL;
	snprintf(link_path, sizeof(link_path), "%s/lock.mdb", f->dir);
	snprintf(target, sizeof(target), "%s/other", f->dir);
	fd = open(target, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "precious", 8), 8);
	for (int i = 0; i < 4; i++) {
		unlink(link_path);
		assert_int_equal(i % 2 ? symlink(target, link_path) : link(target, link_path), 0);
		o.read_only = i / 2;
		assert_rc(RC_UNAVAILABLE, store_open_lmdb(&fixture_schema, &f->clock, &o, &f->s));
		assert_int_equal(pread(fd, kept, sizeof(kept), 0), 8);
		assert_memory_equal(kept, "precious", 8);
	}
	close(fd);
	unlink(link_path);
	unlink(target);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, r02_set_up, fixture_teardown)
	const struct CMUnitTest tests[] = {
		CASE(new_lock_file),
		CASE(older_lock_file),
		CASE(readers_by_snapshot),
		CASE(full_disk),
		CASE(file_systems),
		CASE(no_link_is_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
