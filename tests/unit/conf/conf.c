/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "check.h"

#include "conf/conf.h"
#include "base/secret.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

struct test_client {
	struct str id;
	struct strlist scopes;
	int64_t lifetime;
	int kind;
};

struct test_config {
	struct str issuer;
	struct str title;
	int64_t port;
	bool strict;
	int64_t lifetime;
	int64_t body;
	int level;
	struct str data;
	struct secret *key;
	struct strlist admins;
	int64_t from;
	struct conf_list clients;
	struct str thaid_id;
	int64_t thaid_timeout;
};

static const char *const levels[] = {"low", "middle", "high", NULL};
static const char *const kinds[] = {"web", "native", NULL};

static const struct conf_option client_options[] = {
	{"id", CONF_STR, CONF_REQUIRED, offsetof(struct test_client, id), .min = 3, .max = 20,
		.help = "Client name."},
	{"scopes", CONF_STRLIST, 0, offsetof(struct test_client, scopes), "[openid, profile]",
		.help = "Scopes it may ask for."},
	{"token.lifetime", CONF_SECONDS, 0, offsetof(struct test_client, lifetime), "10m",
		.min = 60, .max = 3600, .help = "Life of a token."},
	{"kind", CONF_ENUM, 0, offsetof(struct test_client, kind), "web", .words = kinds,
		.help = "Where it runs."},
};

static const struct conf_item client_item = {
	sizeof(struct test_client), client_options, COUNT(client_options)};

static const struct conf_option options[] = {
	{"issuer", CONF_URL, CONF_REQUIRED, offsetof(struct test_config, issuer),
		.help = "Address of this provider, as portals see it."},
	{"title", CONF_STR, CONF_RELOAD, offsetof(struct test_config, title), "ประตู",
		.help = "Name | shown on pages."},
	{"http.port", CONF_INT, 0, offsetof(struct test_config, port), "8080", .min = 1,
		.max = 65535, .help = "Port."},
	{"http.body_max", CONF_BYTES, 0, offsetof(struct test_config, body), "64K", .min = 1024,
		.max = 1048576, .help = "Largest body."},
	{"strict", CONF_BOOL, 0, offsetof(struct test_config, strict), "true", .help = "Strict."},
	{"session.lifetime", CONF_SECONDS, CONF_RELOAD, offsetof(struct test_config, lifetime),
		"12h", .min = 60, .max = 86400 * 30, .help = "Life of a session."},
	{"level", CONF_ENUM, 0, offsetof(struct test_config, level), "middle", .words = levels,
		.help = "Level of assurance."},
	{"data", CONF_PATH, 0, offsetof(struct test_config, data), "data", .help = "Directory."},
	{"key_file", CONF_SECRET_FILE, 0, offsetof(struct test_config, key), .min = 32,
		.help = "Master key."},
	{"admins", CONF_STRLIST, 0, offsetof(struct test_config, admins), .min = 0, .max = 3,
		.help = "Who may enter."},
	{"from", CONF_DATE, 0, offsetof(struct test_config, from), .help = "First day."},
	{"clients", CONF_LIST, 0, offsetof(struct test_config, clients), .item = &client_item,
		.help = "Portals."},
	{"thaid.client_id", CONF_STR, 0, offsetof(struct test_config, thaid_id), .help = "Name."},
	{"thaid.timeout", CONF_SECONDS, 0, offsetof(struct test_config, thaid_timeout), "5s",
		.help = "Patience."},
};

static const struct conf_item table = {sizeof(struct test_config), options, COUNT(options)};

struct conf_fixture {
	struct arena *arena;
	struct buf errors;
	char dir[64];
	char file[128];
};

static int conf_set_up(void **state)
{
	struct conf_fixture *f = calloc(1, sizeof(*f));

	f->arena = arena_new(ARENA_MAX);
	buf_init(&f->errors, f->arena, 65536);
	snprintf(f->dir, sizeof(f->dir), "/tmp/pratu-conf-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->file, sizeof(f->file), "%s/pratu.yaml", f->dir);
	*state = f;
	return 0;
}

static void forget(struct conf_fixture *f, const char *name)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	unlink(path);
}

static int conf_tear_down(void **state)
{
	struct conf_fixture *f = *state;

	forget(f, "pratu.yaml");
	forget(f, "key");
	rmdir(f->dir);
	arena_free(f->arena);
	free(f);
	return 0;
}

static void put_file(struct conf_fixture *f, const char *name, mode_t mode, struct str content)
{
	char path[192];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content.p, content.n), (ssize_t)content.n);
	fchmod(fd, mode);
	close(fd);
}

static enum rc conf_load_text(struct conf_fixture *f, const char *yaml, struct conf **ret)
{
	put_file(f, "pratu.yaml", 0644, str_c(yaml));
	buf_clear(&f->errors);
	return conf_load(f->file, &table, &f->errors, ret);
}

/* The file is refused; the errors are exactly these lines after "FILE:". */
static void conf_refused(struct conf_fixture *f, const char *yaml, const char *want)
{
	struct str rest, line, wanted = str_c(want), prefix = str_c(f->file);
	struct conf *c = NULL;
	struct buf got;

	check_rc(conf_load_text(f, yaml, &c), RC_INVALID);
	assert_null(c);
	buf_init(&got, f->arena, 65536);
	rest = buf_str(&f->errors);
	while (str_cut(&rest, '\n', &line) && line.n) {
		assert_true(str_starts(line, prefix));
		buf_add(&got, str_sub(line, prefix.n + 1, line.n));
		buf_add_byte(&got, '\n');
	}
	check_str(buf_str(&got), wanted);
}

#define KEY "0f8b1c2d3e4f5a6b7c8d9e0f1a2b3c4d"

static const char full[] = "issuer: https://login.example.go.th\n"
			   "title: 'ระบบ \"กลาง\"'\n"
			   "http:\n"
			   "  port: 9000\n"
			   "  body_max: 128K\n"
			   "strict: false\n"
			   "session: {lifetime: 90m}\n"
			   "level: high\n"
			   "data: /var/lib/pratu\n"
			   "key_file: key\n"
			   "admins: [somchai, somsri]\n"
			   "from: 2026-11-20\n"
			   "clients:\n"
			   "  - id: eplan\n"
			   "    scopes:\n"
			   "      - openid\n"
			   "    token:\n"
			   "      lifetime: 5m\n"
			   "    kind: native\n"
			   "  - {id: gfmis}\n"
			   "thaid:\n"
			   "  client_id: abc\n"
			   "  timeout: 7\n";

static void every_type_is_read(void **state)
{
	struct conf_fixture *f = *state;
	const struct test_config *s;
	const struct test_client *clients;
	struct conf *c;

	put_file(f, "key", 0600, STR(KEY "\n"));
	check_ok(conf_load_text(f, full, &c));
	s = conf_values(c);
	check_c(s->issuer, "https://login.example.go.th");
	check_c(s->title, "ระบบ \"กลาง\"");
	assert_int_equal(s->port, 9000);
	assert_int_equal(s->body, 131072);
	assert_false(s->strict);
	assert_int_equal(s->lifetime, 5400);
	assert_int_equal(s->level, 2);
	check_c(s->data, "/var/lib/pratu");
	check_c(secret_bytes(s->key), KEY);
	assert_int_equal(s->admins.n, 2);
	check_c(s->admins.v[1], "somsri");
	/* Midnight in Bangkok. */
	assert_int_equal(s->from, 1795107600);
	assert_int_equal(s->clients.n, 2);
	clients = s->clients.v;
	check_c(clients[0].id, "eplan");
	assert_int_equal(clients[0].scopes.n, 1);
	assert_int_equal(clients[0].lifetime, 300);
	assert_int_equal(clients[0].kind, 1);
	check_c(clients[1].id, "gfmis");
	assert_int_equal(clients[1].scopes.n, 2);
	assert_int_equal(clients[1].lifetime, 600);
	assert_int_equal(clients[1].kind, 0);
	check_c(s->thaid_id, "abc");
	assert_int_equal(s->thaid_timeout, 7);
	conf_free(c);
}

static void defaults_are_in_force(void **state)
{
	struct conf_fixture *f = *state;
	const struct test_config *s;
	char data[PATH_MAX + 8], real[PATH_MAX];
	struct conf *c;

	check_ok(conf_load_text(f, "---\nissuer: http://localhost:8080 # here\nthaid:\n", &c));
	s = conf_values(c);
	check_c(s->title, "ประตู");
	assert_int_equal(s->port, 8080);
	assert_int_equal(s->body, 65536);
	assert_true(s->strict);
	assert_int_equal(s->lifetime, 43200);
	assert_int_equal(s->level, 1);
	assert_non_null(realpath(f->dir, real));
	snprintf(data, sizeof(data), "%s/data", real);
	check_c(s->data, data);
	assert_null(s->key);
	assert_int_equal(s->clients.n, 0);
	assert_int_equal(s->thaid_timeout, 5);
	conf_free(c);
}

static void all_errors_at_once(void **state)
{
	conf_refused(*state,
		"issuer: login.example.go.th\n"
		"http:\n"
		"  port: 70000\n"
		"  prot: 1\n"
		"strict: yes\n"
		"level: top\n"
		"strict: true\n",
		"1:9: issuer: is not an absolute URL; write it like https://login.example.go.th\n"
		"3:9: http.port: is out of range; give 1 to 65535\n"
		"4:3: http.prot: there is no such option; did you mean \"http.port\"?\n"
		"5:9: strict: must be true or false\n"
		"6:8: level: has no such value; choose one of: low, middle, high\n"
		"7:1: strict: stands twice, first in line 5; keep one\n");
}

struct fault {
	const char *line;  /* added to a good issuer in line 1 */
	const char *where; /* "line:column: option" */
	const char *what;
};

static const struct fault faults[] = {
	{"titel: x", "2:1: titel", "did you mean \"title\"?"},
	{"client_id: x", "2:1: client_id", "did you mean \"thaid.client_id\"?"},
	{"sesion:\n  lifetime: 1h", "2:1: sesion", "did you mean \"session\"?"},
	{"nonsense: x", "2:1: nonsense", "remove it or see the reference"},
	{"http: 8080", "2:7: http", "is a section; write its options below it"},
	{"title: [a]", "2:8: title", "must be a single value"},
	{"title:", "2:7: title", "has no value; write one or remove the line"},
	{"title: \"a\\tb\"", "2:8: title", "holds a control character"},
	{"title: \"a\\x82\"", "2:8: title", "holds a control character"},
	{"title: \"\\uFEFFa\"", "2:8: title", "holds a control character"},
	{"admins: [\"\\x9f\"]", "2:10: admins", "an entry is not a text"},
	{"level: {a: b}", "2:8: level", "must be a single value"},
	{"admins: somchai", "2:9: admins", "must be a list"},
	{"admins: [a, b, c, d]", "2:9: admins", "has 4 entries; give 0 to 3"},
	{"admins: [a, [b]]", "2:13: admins", "an entry is not a text"},
	{"admins: [a, \"\"]", "2:13: admins", "an entry is not a text"},
	{"from: 20-11-2026", "2:7: from", "write it like 2026-11-20"},
	{"from: 2026-02-29", "2:7: from", "is not a date"},
	{"http: {port: eighty}", "2:14: http.port", "is not a whole number"},
	{"http: {port: 010}", "2:14: http.port", "is not a whole number"},
	{"http: {port: 0}", "2:14: http.port", "give 1 to 65535"},
	{"http: {port: 65536}", "2:14: http.port", "give 1 to 65535"},
	{"http: {port: 99999999999999999999}", "2:14: http.port", "is not a whole number"},
	{"http: {body_max: 2M}", "2:18: http.body_max", "give 1K to 1M"},
	{"http: {body_max: 1k}", "2:18: http.body_max", "write it like 65536, 64K"},
	{"session: {lifetime: 30}", "2:21: session.lifetime", "give 1m to 30d"},
	{"session: {lifetime: -1h}", "2:21: session.lifetime", "is not a duration"},
	{"session: {lifetime: 1w}", "2:21: session.lifetime", "is not a duration"},
	{"session: {lifetime: 99999999999999999d}", "2:21: session.lifetime", "is not a duration"},
	{"key_file: nokey", "2:11: key_file", "does not exist; make one with: openssl rand"},
	{"key_file: credential:../x", "2:11: key_file", "names no credential"},
	{"key_file: credential:x", "2:11: key_file", "LoadCredential="},
	{"clients: {id: abc}", "2:10: clients", "must be a list"},
	{"clients: [abc]", "2:11: clients[0]", "must be a mapping"},
	{"clients: [{id: ab}]", "2:16: clients[0].id", "has 2 bytes; give 3 to 20"},
	{"clients: [{id: abc}, {kind: web}]", "2:22: clients[1].id", "is required and missing"},
	{"clients: [{id: abc, scope: [a]}]", "2:21: clients[0].scope", "did you mean \"scopes\"?"},
	{"clients: [{id: abc, id: abd}]", "2:21: clients[0].id", "stands twice, first in line 2"},
	{"clients: [{id: abc, token: {lifetime: 1s}}]", "2:39: clients[0].token.lifetime",
		"give 1m to 1h"},
};

static void each_fault_has_its_place_and_mend(void **state)
{
	struct conf_fixture *f = *state;

	for (size_t i = 0; i < COUNT(faults); i++) {
		struct conf *c = NULL;
		char yaml[512], where[256];

		snprintf(yaml, sizeof(yaml), "issuer: https://a.example\n%s\n", faults[i].line);
		snprintf(where, sizeof(where), "%s:%s: ", f->file, faults[i].where);
		if (conf_load_text(f, yaml, &c) != RC_INVALID)
			fail_msg("accepted: %s", faults[i].line);
		check_has(buf_str(&f->errors), where);
		check_has(buf_str(&f->errors), faults[i].what);
	}
}

static void ranges_hold_their_borders(void **state)
{
	static const char *const good[] = {"http: {port: 1}", "http: {port: 65535}",
		"http: {body_max: 1K}", "http: {body_max: 1M}", "session: {lifetime: 1m}",
		"session: {lifetime: 30d}", "admins: []", "admins: [a, b, c]",
		"clients: [{id: abc}, {id: abcdefghijklmnopqrst}]"};

	for (size_t i = 0; i < COUNT(good); i++) {
		struct conf_fixture *f = *state;
		struct conf *c = NULL;
		char yaml[512];

		snprintf(yaml, sizeof(yaml), "issuer: https://a.example\n%s\n", good[i]);
		if (conf_load_text(f, yaml, &c) != RC_OK)
			fail_msg("%s", f->errors.p);
		conf_free(c);
	}
}

static void required_is_missed_where_it_belongs(void **state)
{
	conf_refused(
		*state, "strict: true\n", "1:1: issuer: is required and missing; add it (URL)\n");
	conf_refused(*state, "", "1:1: issuer: is required and missing; add it (URL)\n");
	conf_refused(*state, "# nothing\n", "1:1: issuer: is required and missing; add it (URL)\n");
}

static void risky_yaml_is_refused(void **state)
{
	conf_refused(*state, "issuer: &a https://a.example\ntitle: *a\n",
		"1:9: anchors (&name) are not allowed; remove it\n");
	conf_refused(*state, "issuer: https://a.example\ntitle: *a\n",
		"2:8: aliases (*name) are not allowed; write the value again\n");
	conf_refused(*state, "issuer: !!str https://a.example\n",
		"1:9: tags (!type) are not allowed; remove it\n");
	conf_refused(*state, "--- !x\nissuer: https://a.example\n",
		"1:5: tags (!type) are not allowed; remove it\n");
	conf_refused(*state, "issuer: https://a.example\n---\ntitle: b\n",
		"2:1: a second document starts here; put all options in one\n");
	conf_refused(*state, "? [a, b]\n: c\n",
		"1:3: a list or mapping stands as a key; write a word\n");
	conf_refused(*state, "- a\n- b\n",
		"1:1: the file holds no options; write them as \"name: value\"\n");
	conf_refused(*state, "just words\n",
		"1:1: the file holds no options; write them as \"name: value\"\n");
	conf_refused(
		*state, "a: [[[[[[[[[[[[[[1]]]]]]]]]]]]]]\n", "1:16: the nesting is too deep\n");
}

static void broken_yaml_says_where(void **state)
{
	struct conf_fixture *f = *state;
	struct conf *c;

	check_rc(conf_load_text(f, "issuer: https://a.example\n\ttitle: b\n", &c), RC_INVALID);
	check_has(buf_str(&f->errors), ":2:1: this is not YAML");
	check_rc(conf_load_text(f, "issuer: \"https://a.example\n", &c), RC_INVALID);
	check_has(buf_str(&f->errors), "this is not YAML");
	check_rc(conf_load_text(f, "issuer: \xff\n", &c), RC_INVALID);
	check_has(buf_str(&f->errors), "this is not YAML");
}

static void many_errors_are_bounded(void **state)
{
	struct conf_fixture *f = *state;
	struct buf yaml;
	struct conf *c;

	buf_init(&yaml, f->arena, 65536);
	for (int i = 0; i < CONF_ERRORS_MAX + 5; i++)
		buf_addf(&yaml, "nonsense%d: 1\n", i);
	check_rc(conf_load_text(f, yaml.p, &c), RC_INVALID);
	check_has(buf_str(&f->errors), "there are more errors; mend these first");
}

static void files_that_are_none(void **state)
{
	struct conf_fixture *f = *state;
	struct conf *c;
	char *big;

	check_rc(conf_load("/nonexistent/pratu.yaml", &table, &f->errors, &c), RC_NOT_FOUND);
	check_has(buf_str(&f->errors), "does not exist");
	buf_clear(&f->errors);
	check_rc(conf_load(f->dir, &table, &f->errors, &c), RC_INVALID);
	check_has(buf_str(&f->errors), "not a regular file");
	big = arena_alloc(f->arena, CONF_FILE_MAX + 1);
	memset(big, '#', CONF_FILE_MAX + 1);
	put_file(f, "pratu.yaml", 0644, (struct str){.p = big, .n = CONF_FILE_MAX + 1});
	buf_clear(&f->errors);
	check_rc(conf_load(f->file, &table, &f->errors, &c), RC_INVALID);
	check_has(buf_str(&f->errors), "over 1 MiB");
}

static void secret_files_are_guarded(void **state)
{
	struct conf_fixture *f = *state;
	static const char yaml[] = "issuer: https://a.example\nkey_file: key\n";
	struct conf *c;

	put_file(f, "key", 0644, STR(KEY));
	check_rc(conf_load_text(f, yaml, &c), RC_INVALID);
	check_has(buf_str(&f->errors), ":2:11: key_file: ");
	check_has(buf_str(&f->errors), "others may read the secret file; run chmod 600");
	put_file(f, "key", 0600, STR(""));
	check_rc(conf_load_text(f, yaml, &c), RC_INVALID);
	check_has(buf_str(&f->errors), "is empty");
	put_file(f, "key", 0600, str_sub(STR(KEY), 0, 31));
	check_rc(conf_load_text(f, yaml, &c), RC_INVALID);
	check_has(buf_str(&f->errors), "too short");
	put_file(f, "key", 0600, STR("changemechangemechangemechangeme"));
	check_rc(conf_load_text(f, yaml, &c), RC_INVALID);
	check_has(buf_str(&f->errors), "well-known");
	put_file(f, "key", 0600, str_sub(STR(KEY), 0, 32));
	check_ok(conf_load_text(f, yaml, &c));
	conf_free(c);
}

static void credentials_are_found(void **state)
{
	struct conf_fixture *f = *state;
	const struct test_config *s;
	struct conf *c;

	secret_set_credentials_directory(f->dir);
	put_file(f, "key", 0440, STR(KEY));
	check_ok(conf_load_text(f, "issuer: https://a.example\nkey_file: credential:key\n", &c));
	s = conf_values(c);
	check_c(secret_bytes(s->key), KEY);
	conf_free(c);
	secret_set_credentials_directory(NULL);
}

static void printed_values_read_the_same(void **state)
{
	struct conf_fixture *f = *state;
	struct buf first, second;
	struct conf *c;
	char *key;

	put_file(f, "key", 0600, STR(KEY));
	check_ok(conf_load_text(f, full, &c));
	buf_init(&first, f->arena, 65536);
	conf_print(c, &first);
	conf_free(c);
	check_has(buf_str(&first), "key_file: \"********\"\n");
	assert_null(strstr(first.p, KEY));
	check_has(buf_str(&first), "\nclients:\n  - id: \"eplan\"\n    scopes: [\"openid\"]\n"
				   "    token:\n      lifetime: 5m\n    kind: native\n"
				   "  - id: \"gfmis\"\n");
	/* The masked secret again names the file. */
	key = strstr(first.p, "\"********\"");
	memcpy(key, "\"key\"     ", 10);
	check_ok(conf_load_text(f, first.p, &c));
	memcpy(key, "\"********\"", 10);
	buf_init(&second, f->arena, 65536);
	conf_print(c, &second);
	conf_free(c);
	check_str(buf_str(&second), buf_str(&first));
}

static void the_reference_names_every_option(void **state)
{
	struct conf_fixture *f = *state;
	struct buf out;

	buf_init(&out, f->arena, 65536);
	conf_reference(&table, &out);
	for (size_t i = 0; i < COUNT(options); i++) {
		char cell[64];

		snprintf(cell, sizeof(cell), "| `%s` | ", options[i].path);
		check_has(buf_str(&out), cell);
	}
	check_has(buf_str(&out), "| `issuer` | URL | required | restart | Address of");
	check_has(buf_str(&out), "| `title` | text | `ประตู` | reload | Name \\| shown on pages. |");
	check_has(buf_str(&out), "| `http.port` | number, 1 to 65535 | `8080` | restart | Port. |");
	check_has(buf_str(&out), "| `level` | choice of: low, middle, high | `middle` |");
	check_has(buf_str(&out), "| `session.lifetime` | duration, 1m to 30d | `12h` | reload |");
	check_has(buf_str(&out), "| `http.body_max` | size, 1K to 1M | `64K` |");
	check_has(buf_str(&out), "| `key_file` | secret file, 32 bytes or more | ");
	check_has(buf_str(&out), "| `clients[].token.lifetime` | duration, 1m to 1h | `10m` |");
}

static void the_example_wants_only_what_is_required(void **state)
{
	struct conf_fixture *f = *state;
	struct conf *c;
	struct buf out;

	buf_init(&out, f->arena, 65536);
	conf_example(&table, &out);
	check_has(buf_str(&out), "# Address of this provider, as portals see it.\n"
				 "# (URL; required)\nissuer:\n");
	check_has(buf_str(&out), "\nhttp:\n  # Port.\n  # (number, 1 to 65535)\n  #port: 8080\n");
	check_has(buf_str(&out), "#clients:\n#    # Client name.\n");
	check_has(buf_str(&out), "\n#  - id:\n");
	check_rc(conf_load_text(f, out.p, &c), RC_INVALID);
	check_has(buf_str(&f->errors), "issuer: has no value");
	assert_null(strchr(strchr(f->errors.p, '\n') + 1, '\n'));
}

/* Every commented option, once uncommented, is accepted. */
static void the_example_uncommented_is_accepted(void **state)
{
	static const struct conf_option few[] = {
		{"title", CONF_STR, 0, offsetof(struct test_config, title), "ประตู"},
		{"http.port", CONF_INT, 0, offsetof(struct test_config, port), "8080"},
		{"clients", CONF_LIST, 0, offsetof(struct test_config, clients),
			.item = &client_item},
	};
	static const struct conf_item small = {sizeof(struct test_config), few, COUNT(few)};
	struct conf_fixture *f = *state;
	const struct test_client *clients;
	struct buf out, yaml;
	struct str rest, line;
	struct conf *c;

	buf_init(&out, f->arena, 65536);
	buf_init(&yaml, f->arena, 65536);
	conf_example(&small, &out);
	rest = buf_str(&out);
	while (str_cut(&rest, '\n', &line)) {
		size_t hash = str_find(line, '#');
		bool comment = str_starts(str_trim(str_sub(line, hash, line.n)), STR("# ")) &&
			       str_find(line, '(') < line.n;

		if (comment || str_find(line, '.') < line.n)
			continue;
		buf_add(&yaml, str_sub(line, 0, hash));
		buf_add(&yaml, str_sub(line, hash + 1, line.n));
		buf_add_c(&yaml, str_ends(line, STR("- id:")) ? " abc\n" : "\n");
	}
	put_file(f, "pratu.yaml", 0644, buf_str(&yaml));
	if (conf_load(f->file, &small, &f->errors, &c) != RC_OK)
		fail_msg("%s\n%s", yaml.p, f->errors.p);
	clients = ((const struct test_config *)conf_values(c))->clients.v;
	check_c(clients[0].id, "abc");
	assert_int_equal(clients[0].lifetime, 600);
	conf_free(c);
}

#define conf_test(f) cmocka_unit_test_setup_teardown(f, conf_set_up, conf_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		conf_test(every_type_is_read),
		conf_test(defaults_are_in_force),
		conf_test(all_errors_at_once),
		conf_test(each_fault_has_its_place_and_mend),
		conf_test(ranges_hold_their_borders),
		conf_test(required_is_missed_where_it_belongs),
		conf_test(risky_yaml_is_refused),
		conf_test(broken_yaml_says_where),
		conf_test(many_errors_are_bounded),
		conf_test(files_that_are_none),
		conf_test(secret_files_are_guarded),
		conf_test(credentials_are_found),
		conf_test(printed_values_read_the_same),
		conf_test(the_reference_names_every_option),
		conf_test(the_example_wants_only_what_is_required),
		conf_test(the_example_uncommented_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
