/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/secret.h"
#include "base/array.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DISTINCT_MIN 5u /* different bytes in a secret that is taken for one */

/* Secrets everybody tries first, also when written again and again to reach the length. */
static const char *const defaults[] = {"changeme", "change-me", "change_me", "changeit", "secret",
	"password", "passw0rd", "p@ssw0rd", "default", "insecure", "example", "admin", "test",
	"0123456789", "1234567890", "0123456789abcdef", "abcdefghijklmnopqrstuvwxyz", "12345678",
	"qwertyuiop", "pratu", "thisisasecret", "supersecret", "topsecret"};

/* Beginnings of a place left open in a sample file. */
static const char *const placeholders[] = {"changeme", "change-me", "change_me", "replace", "your-",
	"your_", "insert-", "example", "<"};

static bool repeats(struct str s, struct str word)
{
	for (size_t i = 0; i < s.n; i += word.n) {
		struct str part = str_sub(s, i, word.n);

		if (!str_ieq(part, str_sub(word, 0, part.n)))
			return false;
	}
	return true;
}

static size_t distinct_bytes(struct str s)
{
	bool seen[256] = {false};
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		n += !seen[(unsigned char)s.p[i]];
		seen[(unsigned char)s.p[i]] = true;
	}
	return n;
}

static bool is_weak(struct str s)
{
	for (size_t i = 0; i < ARRAY_LEN(defaults); i++)
		if (repeats(s, str_c(defaults[i])))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(placeholders); i++) {
		struct str start = str_c(placeholders[i]);

		if (str_ieq(str_sub(s, 0, start.n), start))
			return true;
	}
	return distinct_bytes(s) < DISTINCT_MIN;
}

static const char *credentials_directory;

void secret_set_credentials_directory(const char *dir)
{
	credentials_directory = dir;
}

const char *secret_credentials_directory(void)
{
	return credentials_directory;
}

/*
 * systemd hands credentials over as 0400 or 0440 files in a directory only the service can enter
 * (systemd.exec, LoadCredential).
 */
static mode_t refused_bits(const char *path)
{
	struct str dir = str_c(credentials_directory);
	struct str file = str_c(path);

	if (dir.n && str_starts(file, dir) && str_starts(str_sub(file, dir.n, 1), STR("/")) &&
		!strstr(path, "/../"))
		return S_IRWXO | S_IWGRP | S_IXGRP;
	return S_IRWXG | S_IRWXO;
}

static enum rc secret_refuse(enum rc rc, const char *why, const char **ret_why)
{
	*ret_why = why;
	return rc;
}

static enum rc check_file(int fd, const char *path, const char **ret_why)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return secret_refuse(RC_INVALID, "the secret is not a regular file", ret_why);
	if (st.st_mode & refused_bits(path))
		return secret_refuse(RC_INVALID,
			"others may read the secret file; run chmod 600 on it", ret_why);
	if (st.st_size > (off_t)SECRET_MAX_BYTES)
		return secret_refuse(RC_INVALID,
			"the secret file is longer than 4096 bytes; name the right file", ret_why);
	return RC_OK;
}

/* Reads at most size bytes; -1 when the system refuses. */
static ssize_t secret_read_bytes(int fd, char *bytes, size_t size)
{
	size_t n = 0;

	while (n < size) {
		ssize_t got = read(fd, bytes + n, size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

static enum rc check_bytes(struct str s, size_t min, const char **ret_why)
{
	if (s.n == 0)
		return secret_refuse(
			RC_INVALID, "the secret file is empty; put the secret in", ret_why);
	if (s.n < min)
		return secret_refuse(RC_INVALID,
			"the secret is too short; make one with: openssl rand -base64 32", ret_why);
	if (is_weak(s))
		return secret_refuse(RC_INVALID,
			"the secret is a well-known or trivial one; make one with: openssl rand "
			"-base64 32",
			ret_why);
	return RC_OK;
}

static enum rc secret_read_fd(
	int fd, const char *path, size_t min, struct secret **ret, const char **ret_why)
{
	char bytes[SECRET_MAX_BYTES + 1];
	struct str s = {.p = bytes};
	enum rc rc = check_file(fd, path, ret_why);
	ssize_t n;

	if (rc != RC_OK)
		return rc;
	n = secret_read_bytes(fd, bytes, SECRET_MAX_BYTES);
	if (n < 0)
		return secret_refuse(RC_INTERNAL, "the secret file cannot be read", ret_why);
	s.n = (size_t)n;
	if (str_ends(s, STR("\n")))
		s.n--;
	rc = check_bytes(s, min, ret_why);
	if (rc == RC_OK)
		*ret = secret_new(s);
	explicit_bzero(bytes, sizeof(bytes));
	return rc;
}

enum rc secret_from_file(const char *path, size_t min, struct secret **ret, const char **ret_why)
{
	/* Not to hang on a pipe somebody put there. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	enum rc rc;

	if (fd < 0 && errno == ENOENT)
		return secret_refuse(RC_NOT_FOUND,
			"the secret file does not exist; make one with: openssl rand -base64 32",
			ret_why);
	if (fd < 0)
		return secret_refuse(RC_DENIED,
			"the secret file cannot be opened; give it to the user that runs pratu",
			ret_why);
	rc = secret_read_fd(fd, path, min, ret, ret_why);
	close(fd);
	return rc;
}
