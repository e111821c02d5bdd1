/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind A: every bound of the configuration. Each option of every module, also those inside lists,
 * is set to its smallest and its largest value, then to one beyond each; lists have as many entries
 * as they may, then one more; so has the file's nesting.
 */
#include "unit/check.h"

#include "base/array.h"
#include "conf/conf.h"
#include "main/config.h"

#include <fcntl.h>
#include <unistd.h>

#define DEPTH 12 /* CONF_DEPTH_MAX */

struct options {
	char path[64];
	struct arena *a;
	size_t n;
};

static bool has_part(struct str s, const char *part)
{
	return memmem(s.p, s.n, part, strlen(part)) != NULL;
}

static struct str errors_of(struct options *s, struct str text)
{
	struct conf *conf = NULL;
	struct buf errors;
	int fd = open(s->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text.p, text.n), text.n);
	close(fd);
	buf_init(&errors, s->a, CONFIG_ERRORS_BYTES);
	if (conf_load(s->path, config_table(), &errors, &conf) == RC_OK)
		conf_free(conf);
	return buf_str(&errors);
}

/* "a.b.c" as nested mappings, up to the colon of the last; returns the depth. */
static int add_path(struct buf *out, const char *path, int depth)
{
	struct str rest = str_c(path), name;

	while (str_cut(&rest, '.', &name)) {
		buf_addf(out, "%*s%.*s:", depth * 2, "", STR_FMT(name));
		depth++;
		if (rest.p)
			buf_add_byte(out, '\n');
	}
	return depth;
}

static bool has_range(const struct conf_option *o)
{
	switch (o->type) {
	case CONF_INT:
	case CONF_SECONDS:
	case CONF_BYTES:
	case CONF_STR:
	case CONF_STRLIST:
	case CONF_LIST: return o->min || o->max;
	default: return false;
	}
}

static void option_write(struct buf *out, const struct conf_option *o, int64_t n, int depth)
{
	if (o->type == CONF_INT || o->type == CONF_SECONDS || o->type == CONF_BYTES) {
		buf_addf(out, " %lld\n", (long long)n);
		return;
	}
	if (o->type == CONF_STR) {
		buf_add_c(out, " \"");
		for (int64_t i = 0; i < n; i++)
			buf_add_byte(out, 'a');
		buf_add_c(out, "\"\n");
		return;
	}
	buf_add_c(out, n ? "\n" : " []\n");
	for (int64_t i = 0; i < n; i++)
		buf_addf(out, "%*s- %s\n", depth * 2, "", o->type == CONF_LIST ? "{}" : "a");
}

/* Is the value refused because of its size? list: the option of the list that it is an option of.
 */
static bool is_refused(
	struct options *s, const struct conf_option *list, const struct conf_option *o, int64_t n)
{
	struct buf text, name;
	int depth = 0;
	bool refused;

	buf_init(&text, s->a, CONF_FILE_MAX);
	buf_init(&name, s->a, 300);
	if (list) {
		depth = add_path(&text, list->path, 0);
		buf_addf(&text, "\n%*s-\n", depth++ * 2, "");
		buf_addf(&name, "%s[0].", list->path);
	}
	depth = add_path(&text, o->path, depth);
	option_write(&text, o, n, depth);
	buf_addf(&name, "%s: ", o->path);
	buf_addf(&name, "%s",
		o->type == CONF_INT || o->type == CONF_SECONDS || o->type == CONF_BYTES
			? "is out of range"
			: "has ");
	refused = has_part(errors_of(s, buf_str(&text)), name.p);
	arena_reset(s->a);
	return refused;
}

static void check_option(
	struct options *s, const struct conf_option *list, const struct conf_option *o)
{
	const struct {
		int64_t n;
		bool refused;
	} tries[] = {{o->min, false}, {o->max, false}, {o->max + 1, true}, {o->min - 1, true}};
	bool is_number = o->type == CONF_INT || o->type == CONF_SECONDS || o->type == CONF_BYTES;

	for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
		/* Fewer than none there is not; no number of seconds or bytes is below 0. */
		if (tries[i].n < 0 && !(is_number && o->type == CONF_INT))
			continue;
		if (is_refused(s, list, o, tries[i].n) != tries[i].refused)
			fail_msg("%s%s%s: %lld is %s", list ? list->path : "", list ? "[]." : "",
				o->path, (long long)tries[i].n,
				tries[i].refused ? "accepted" : "refused");
	}
	s->n++;
}

static void check_table(
	struct options *s, const struct conf_option *list, const struct conf_item *table)
{
	for (size_t i = 0; i < table->n_options; i++) {
		const struct conf_option *o = &table->options[i];

		if (has_range(o))
			check_option(s, list, o);
		if (o->type == CONF_LIST && !list)
			check_table(s, o, o->item);
	}
}

static int options_set_up(void **state)
{
	static struct options s;

	s = (struct options){.path = "/tmp/pratu-options-XXXXXX", .a = arena_new(ARENA_MAX_CLI)};
	close(mkstemp(s.path));
	*state = &s;
	return 0;
}

static int options_tear_down(void **state)
{
	struct options *s = *state;

	unlink(s->path);
	arena_free(s->a);
	return 0;
}

static void every_option(void **state)
{
	struct options *s = *state;

	check_table(s, NULL, config_table());
	assert_true(s->n > 80);
}

/* Deeper than any option: refused before it is understood. */
static void nesting(void **state)
{
	struct options *s = *state;

	for (int depth = DEPTH; depth <= DEPTH + 1; depth++) {
		struct buf text;

		buf_init(&text, s->a, 1000);
		buf_add_c(&text, "x: ");
		for (int i = 0; i < depth; i++)
			buf_add_byte(&text, '[');
		for (int i = 0; i < depth; i++)
			buf_add_byte(&text, ']');
		assert_int_equal(has_part(errors_of(s, buf_str(&text)), "nesting is too deep"),
			depth > DEPTH);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_option, options_set_up, options_tear_down),
		cmocka_unit_test_setup_teardown(nesting, options_set_up, options_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
