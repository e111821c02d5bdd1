/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/sms_rules.h"

#include "codec/json_writer.h"

#include <ctype.h>

#define INDEX_MAX  1000
#define QUOTED_MAX 16384u

/* ---- variables ---- */

/* The {name} that text begins with, or empty. */
static struct str name_at(struct str text)
{
	size_t n = 1;

	while (n < text.n && (islower((unsigned char)text.p[n]) || text.p[n] == '_' ||
				     isdigit((unsigned char)text.p[n])))
		n++;
	if (n == 1 || n >= text.n || text.p[n] != '}')
		return STR_NONE;
	return str_sub(text, 1, n - 1);
}

static void add_value(struct buf *out, struct str value, enum sms_quoting quoting)
{
	struct buf quoted;
	struct json_writer w;

	if (quoting == SMS_PLAIN) {
		buf_add(out, value);
		return;
	}
	buf_init(&quoted, out->arena, QUOTED_MAX);
	json_writer_init(&w, &quoted);
	json_write_str(&w, value);
	/* The template has the quotation marks. */
	if (buf_status(&quoted) == RC_OK && quoted.n >= 2)
		buf_add(out, str_sub(buf_str(&quoted), 1, quoted.n - 2));
}

static const struct sms_variable *variable_find(const struct sms_variable *list, struct str name)
{
	for (; list->name; list++)
		if (str_eq_c(name, list->name))
			return list;
	return NULL;
}

void sms_fill(
	struct buf *out, struct str text, const struct sms_variable *list, enum sms_quoting quoting)
{
	for (size_t i = 0; i < text.n; i++) {
		struct str name = text.p[i] == '{' ? name_at(str_sub(text, i, text.n)) : STR_NONE;
		const struct sms_variable *p = name.n ? variable_find(list, name) : NULL;

		if (!p) {
			buf_add_byte(out, (unsigned char)text.p[i]);
			continue;
		}
		add_value(out, p->value, quoting);
		i += name.n + 1;
	}
}

bool sms_template_ok(struct str text, const char *const *names)
{
	for (size_t i = 0; i < text.n; i++) {
		struct str name = text.p[i] == '{' ? name_at(str_sub(text, i, text.n)) : STR_NONE;
		const char *const *known = names;

		while (name.n && *known && !str_eq_c(name, *known))
			known++;
		if (name.n && !*known)
			return false;
	}
	return true;
}

/* ---- paths ---- */

/* Takes "[3]" from the front. */
static bool take_index(struct str *path, size_t *ret)
{
	size_t end = str_find(*path, ']');
	uint64_t index;

	if (end >= path->n || !str_to_u64(str_sub(*path, 1, end - 1), INDEX_MAX, &index))
		return false;
	*path = str_sub(*path, end + 1, path->n);
	*ret = (size_t)index;
	return true;
}

static size_t member_size(struct str path)
{
	size_t n = 0;

	while (n < path.n && path.p[n] != '.' && path.p[n] != '[')
		n++;
	return n;
}

/* One step of the path; NULL when there is no such value. False: the path is ill-formed. */
static bool step(struct str *path, const struct json_value **v)
{
	char name[SMS_PATH_MAX + 1];
	size_t n, index;

	if (path->p[0] == '[') {
		if (!take_index(path, &index))
			return false;
		*v = *v ? json_value_at(*v, index) : NULL;
	} else {
		n = member_size(*path);
		if (!n || n > SMS_PATH_MAX)
			return false;
		memcpy(name, path->p, n);
		name[n] = '\0';
		*path = str_sub(*path, n, path->n);
		*v = *v ? json_value_get(*v, name) : NULL;
	}
	if (path->n && path->p[0] == '.') {
		*path = str_sub(*path, 1, path->n);
		return path->n > 0;
	}
	return path->n == 0 || path->p[0] == '[';
}

const struct json_value *sms_path(const struct json_value *root, struct str path)
{
	const struct json_value *v = root;

	while (path.n)
		if (!step(&path, &v))
			return NULL;
	return v;
}

bool sms_path_ok(struct str path)
{
	const struct json_value *v = NULL;

	if (path.n > SMS_PATH_MAX || str_has_control(path) || str_find(path, ' ') < path.n)
		return false;
	while (path.n)
		if (!step(&path, &v))
			return false;
	return true;
}

bool sms_path_text(struct arena *a, const struct json_value *root, struct str path, struct str *ret)
{
	const struct json_value *v = sms_path(root, path);

	if (!v || json_value_is_object(v) || json_value_is_array(v) || json_value_is_null(v))
		return false;
	if (!json_value_str(v, ret))
		*ret = json_value_text(a, v);
	return true;
}

/* ---- rules ---- */

struct sms_rule {
	struct str path, verb, words;
};

static bool rule_parse(struct str text, struct sms_rule *ret)
{
	struct str rest = text;

	*ret = (struct sms_rule){STR_NONE, STR_NONE, STR_NONE};
	if (!str_cut(&rest, ' ', &ret->path) || !rest.p)
		return false;
	if (!str_cut(&rest, ' ', &ret->verb))
		return false;
	ret->words = rest.p ? rest : STR_NONE;
	if (!ret->path.n || !sms_path_ok(ret->path))
		return false;
	if (str_eq_c(ret->verb, "is"))
		return ret->words.n > 0;
	return !ret->words.n && (str_eq_c(ret->verb, "present") || str_eq_c(ret->verb, "empty"));
}

bool sms_rule_ok(struct str rule)
{
	struct sms_rule r;

	return rule_parse(rule, &r);
}

static bool is_present(const struct json_value *v)
{
	struct str text;

	if (!v || json_value_is_null(v))
		return false;
	if (json_value_is_array(v) || json_value_is_object(v))
		return json_value_count(v) > 0;
	return !json_value_str(v, &text) || text.n > 0;
}

bool sms_rule_holds(struct arena *a, const struct json_value *root, struct str rule)
{
	struct sms_rule r;
	struct str text, word;

	if (!rule_parse(rule, &r))
		return false;
	if (str_eq_c(r.verb, "present"))
		return is_present(sms_path(root, r.path));
	if (str_eq_c(r.verb, "empty"))
		return !is_present(sms_path(root, r.path));
	if (!sms_path_text(a, root, r.path, &text))
		return false;
	while (str_cut(&r.words, '|', &word))
		if (str_eq(word, text))
			return true;
	return false;
}
