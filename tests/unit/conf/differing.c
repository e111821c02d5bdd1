/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* R18: which options of a new file wait for a restart (conf_differing). */
#include "check.h"

#include "conf/conf.h"

#include <fcntl.h>
#include <unistd.h>

struct entry {
	struct str id;
};

struct some_config {
	struct str name, title;
	int64_t port;
	struct secret *key;
	struct strlist hosts;
	struct conf_list list;
};

static const struct conf_option entry_options[] = {
	{"id", CONF_STR, CONF_REQUIRED, offsetof(struct entry, id), .max = 20, .help = "Id."},
};
static const struct conf_item entry_item = {
	sizeof(struct entry), entry_options, COUNT(entry_options)};
static const struct conf_option options[] = {
	{"name", CONF_STR, 0, offsetof(struct some_config, name), .max = 20, .help = "Name."},
	{"title", CONF_STR, CONF_RELOAD, offsetof(struct some_config, title), .max = 20,
		.help = "Title."},
	{"http.port", CONF_INT, 0, offsetof(struct some_config, port), "80", .max = 99,
		.help = "Port."},
	{"key_file", CONF_SECRET_FILE, 0, offsetof(struct some_config, key), .min = 32,
		.help = "Key."},
	{"hosts", CONF_STRLIST, 0, offsetof(struct some_config, hosts), .max = 9, .help = "Hosts."},
	{"list", CONF_LIST, 0, offsetof(struct some_config, list), .item = &entry_item,
		.help = "List."},
};
static const struct conf_item table = {sizeof(struct some_config), options, COUNT(options)};

static char directory[] = "/tmp/pratu-conf-XXXXXX";

static const char *put_text(const char *name, const char *text)
{
	static char path[200];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	return path;
}

static struct conf *load(struct arena *a, const char *text)
{
	struct buf errors;
	struct conf *c;

	buf_init(&errors, a, 4096);
	check_ok(conf_load(put_text("f.yaml", text), &table, &errors, &c));
	return c;
}

static void options_that_differ(void **state)
{
	static const struct {
		const char *before, *after, *want;
	} rows[] = {
		{"name: a\n", "name: a\n", ""},
		{"name: a\n", "name: b\n", "name"},
		{"name: a\n", "title: c\n", "name"},
		{"title: a\n", "title: b\n", ""},
		{"http: {port: 80}\n", "name: ''\n", ""},
		{"http: {port: 80}\n", "http: {port: 81}\n", "http.port"},
		{"hosts: [a, b]\n", "hosts: [b, a]\n", "hosts"},
		{"list: [{id: a}]\n", "list: [{id: a}, {id: b}]\n", "list"},
		{"key_file: one\n", "key_file: same\n", ""},
		{"key_file: one\n", "key_file: two\n", "key_file"},
		{"key_file: one\n", "name: ''\n", "key_file"},
		{"name: a\nhosts: [x]\n", "name: b\nhttp: {port: 1}\n", "name, http.port, hosts"},
	};

	put_text("one", "c0ffee-4711-sunset-Doi-Inthanon-29x");
	put_text("same", "c0ffee-4711-sunset-Doi-Inthanon-29x");
	put_text("two", "Mekong-4712-kaeng-Khut-Khu-sunrise-7");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct conf *before = load(*state, rows[i].before),
			    *after = load(*state, rows[i].after);
		struct buf out;

		buf_init(&out, *state, 4096);
		conf_differing(before, after, &out);
		check_c(buf_str(&out), rows[i].want);
		conf_free(before);
		conf_free(after);
	}
}

static int remove_files(void **state)
{
	static const char *const names[] = {"f.yaml", "one", "same", "two"};
	char path[200];

	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	return rmdir(directory);
}

static int make_directory(void **state)
{
	return mkdtemp(directory) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {arena_test(options_that_differ)};

	return cmocka_run_group_tests(tests, make_directory, remove_files);
}
