/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "child.h"

#include "obs/log.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void child_run(struct store_fixture *f, const struct store_lmdb_options *options,
	int (*fn)(struct store_fixture *f, int out), int go, int out)
{
	char byte;
	int status;

	/* A test that fails must leave nobody behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(go, &byte, 1) != 1)
		_exit(98);
	f->a = arena_new(ARENA_MAX_CLI);
	if (store_open_lmdb(&fixture_schema, &f->clock, options, &f->s) != RC_OK)
		_exit(99);
	status = fn(f, out);
	store_close(f->s);
	_exit(status);
}

struct child child_start(struct store_fixture *f, const struct store_lmdb_options *options,
	int (*fn)(struct store_fixture *f, int out))
{
	struct child c;
	int go[2], out[2];

	assert_null(f->s);
	assert_int_equal(pipe(go), 0);
	assert_int_equal(pipe(out), 0);
	c.pid = fork();
	assert_true(c.pid >= 0);
	if (c.pid == 0) {
		close(go[1]);
		close(out[0]);
		child_run(f, options, fn, go[0], out[1]);
	}
	close(go[0]);
	close(out[1]);
	c.go = go[1];
	c.from = out[0];
	return c;
}

void child_go(struct child *c)
{
	assert_int_equal(write(c->go, "g", 1), 1);
	close(c->go);
}

int child_wait(struct child *c)
{
	int status;

	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void child_end(struct child *c)
{
	close(c->from);
}
