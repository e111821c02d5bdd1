/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Configuration files: any bytes. Every refusal says where; what is accepted prints and reloads. */
#include "base/arena.h"
#include "conf/conf.h"
#include "base/die.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct config_entry {
	struct str id;
	struct strlist names;
};

struct config_settings {
	struct str issuer, path;
	int64_t port, life, size, from;
	bool strict;
	int level;
	struct strlist list;
	struct conf_list entries;
};

static const char *const levels[] = {"low", "high", NULL};

static const struct conf_option entry_options[] = {
	{"id", CONF_STR, CONF_REQUIRED, offsetof(struct config_entry, id)},
	{"a.names", CONF_STRLIST, 0, offsetof(struct config_entry, names), "[a, b]"},
};

static const struct conf_item entry_item = {sizeof(struct config_entry), entry_options, 2};

static const struct conf_option options[] = {
	{"issuer", CONF_URL, 0, offsetof(struct config_settings, issuer)},
	{"http.port", CONF_INT, 0, offsetof(struct config_settings, port), "8080", .min = 1,
		.max = 65535},
	{"http.size", CONF_BYTES, 0, offsetof(struct config_settings, size), "64K"},
	{"life", CONF_SECONDS, 0, offsetof(struct config_settings, life), "12h"},
	{"from", CONF_DATE, 0, offsetof(struct config_settings, from)},
	{"strict", CONF_BOOL, 0, offsetof(struct config_settings, strict), "true"},
	{"level", CONF_ENUM, 0, offsetof(struct config_settings, level), .words = levels},
	{"path", CONF_PATH, 0, offsetof(struct config_settings, path), "data"},
	{"list", CONF_STRLIST, 0, offsetof(struct config_settings, list)},
	{"entries", CONF_LIST, 0, offsetof(struct config_settings, entries), .item = &entry_item},
};

static const struct conf_item table = {
	sizeof(struct config_settings), options, sizeof(options) / sizeof(options[0])};

static enum rc load_text(int fd, struct str text, struct buf *errors, struct conf **ret)
{
	char path[64];

	if (ftruncate(fd, 0) != 0 || pwrite(fd, text.p, text.n, 0) != (ssize_t)text.n)
		die("the input cannot be written");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return conf_load(path, &table, errors, ret);
}

static void reload(int fd, struct arena *a, struct conf *c)
{
	struct buf first, second, errors;
	struct conf *again;

	buf_init(&first, a, 1 << 20);
	buf_init(&second, a, 1 << 20);
	buf_init(&errors, a, 1 << 20);
	conf_print(c, &first);
	if (load_text(fd, buf_str(&first), &errors, &again) != RC_OK)
		die(errors.p);
	conf_print(again, &second);
	if (!str_eq(buf_str(&first), buf_str(&second)))
		die("the printed configuration reads otherwise");
	conf_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct str text = {.p = (const char *)data, .n = size};
	struct arena *a = arena_new(16u << 20);
	struct conf *c;
	struct buf errors;

	if (fd < 0)
		fd = memfd_create("config", MFD_CLOEXEC);
	buf_init(&errors, a, 1 << 20);
	if (size < 65536 && load_text(fd, text, &errors, &c) == RC_OK) {
		reload(fd, a, c);
		conf_free(c);
	} else if (size < 65536 && !str_starts(buf_str(&errors), STR("/proc/self/fd/"))) {
		die("a refusal that does not say where");
	}
	arena_free(a);
	return 0;
}
