/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "conf/conf_load.h"

#include "conf/conf_tree.h"
#include "base/die.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#define VALUES_MAX  (64u * 1024u * 1024u)  /* bytes of the values of one file */
#define SCRATCH_MAX (256u * 1024u * 1024u) /* bytes of its tree */

static const struct conf_mark top = {.line = 1, .column = 1};

/* Reads the open file; false after a fault. */
static bool read_fd(int fd, struct arena *a, struct conf_faults *faults, struct str *ret)
{
	struct stat st;
	size_t n = 0;
	char *bytes;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		conf_fault_add(faults, top, NULL, "this is not a regular file; name one");
		return false;
	}
	/* Who writes it decides about everything; and it names the files of the secrets. */
	if (st.st_mode & (S_IWGRP | S_IWOTH)) {
		conf_fault_add(
			faults, top, NULL, "others may write the file; run chmod go-w on it");
		return false;
	}
	if (st.st_size > (off_t)CONF_FILE_MAX) {
		conf_fault_add(faults, top, NULL, "the file is over 1 MiB; name the right one");
		return false;
	}
	bytes = arena_alloc(a, (size_t)st.st_size);
	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, bytes + n, (size_t)st.st_size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			conf_fault_add(faults, top, NULL, "the file cannot be read");
			return false;
		}
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*ret = (struct str){.p = bytes, .n = n};
	return true;
}

static enum rc conf_read_file(
	const char *path, struct arena *a, struct conf_faults *faults, struct str *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool missing = fd < 0 && errno == ENOENT;
	bool ok;

	if (fd < 0) {
		conf_fault_add(faults, top, NULL, "the file %s",
			missing ? "does not exist; give another with --config"
				: "cannot be opened; give it to the user that runs pratu");
		return missing ? RC_NOT_FOUND : RC_INVALID;
	}
	ok = read_fd(fd, a, faults, ret);
	close(fd);
	return ok ? RC_OK : RC_INVALID;
}

/* The absolute directory of a file, without a slash at the end. */
static const char *directory_of(struct arena *a, const char *path)
{
	char absolute[PATH_MAX];
	size_t n;

	/* A file without a place in the tree (a descriptor of /proc) stands where we stand. */
	if (!realpath(path, absolute))
		return str_dup_c(a, str_c(getcwd(absolute, sizeof(absolute)) ? absolute : ""));
	n = strlen(absolute);
	while (n && absolute[n - 1] != '/')
		n--;
	return str_dup_c(a, (struct str){.p = absolute, .n = n ? n - 1 : 0});
}

static bool read_tree(struct conf *c, struct str text, struct conf_faults *faults)
{
	struct conf_node *root = conf_tree_parse(faults->arena, text, faults);
	struct conf_target target = {.arena = c->arena, .dir = c->dir, .faults = faults};

	if (!root)
		return false;
	if (root->kind != CONF_NODE_MAP && !conf_node_is_null(root)) {
		conf_fault_add(faults, root->mark, NULL,
			"the file holds no options; write them as \"name: value\"");
		return false;
	}
	target.secrets = &c->secrets;
	conf_map_set(&target, c->table, "", root->kind == CONF_NODE_MAP ? root : NULL, c->values);
	return faults->n == 0;
}

static struct conf *conf_new(const char *path, const struct conf_item *table)
{
	struct arena *a = arena_new(VALUES_MAX);
	struct conf *c = arena_new_of(a, struct conf);

	c->arena = a;
	c->table = table;
	c->dir = directory_of(a, path);
	c->values = arena_zalloc(a, table->size);
	return c;
}

enum rc conf_load(
	const char *path, const struct conf_item *table, struct buf *errors, struct conf **ret)
{
	__attribute__((cleanup(arena_freep))) struct arena *scratch = arena_new(SCRATCH_MAX);
	struct conf_faults *faults = arena_new_of(scratch, struct conf_faults);
	struct conf *c = NULL;
	struct str text;
	enum rc rc;

	faults->arena = scratch;
	rc = conf_read_file(path, scratch, faults, &text);
	if (rc == RC_OK) {
		c = conf_new(path, table);
		rc = read_tree(c, text, faults) ? RC_OK : RC_INVALID;
	}
	if (rc == RC_OK) {
		*ret = c;
		return RC_OK;
	}
	conf_faults_write(faults, path, errors);
	conf_free(c);
	return rc;
}

void conf_free(struct conf *c)
{
	if (!c)
		return;
	for (struct conf_secret *s = c->secrets; s; s = s->next)
		secret_free(s->secret);
	arena_free(c->arena);
}

const void *conf_values(const struct conf *c)
{
	return c->values;
}
