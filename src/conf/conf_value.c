/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "conf/conf_tree.h"
#include "base/array.h"
#include "codec/date.h"
#include "base/die.h"
#include "base/secret.h"
#include "codec/uri.h"

#include <limits.h>

#define STR_MAX_BYTES 1024 /* of a text without a range of its own */
#define LIST_MAX      1000 /* entries of a list without a range of its own */

/* One value on its way into its member. */
struct conf_place {
	const struct conf_target *target;
	const struct conf_option *option;
	const char *name;
	const struct conf_node *node;
	void *member;
};

#define REFUSE(p, ...) conf_fault_add((p)->target->faults, (p)->node->mark, (p)->name, __VA_ARGS__)

static bool has_range(const struct conf_option *o)
{
	return o->min || o->max;
}

/* Without a range of its own a length is 0..otherwise. */
static bool length_ok(const struct conf_place *p, size_t n, int64_t otherwise, const char *unit)
{
	int64_t min = p->option->min;
	int64_t max = has_range(p->option) ? p->option->max : otherwise;

	if ((int64_t)n >= min && (int64_t)n <= max)
		return true;
	REFUSE(p, "has %zu %s; give %lld to %lld", n, unit, (long long)min, (long long)max);
	return false;
}

/*
 * Control characters, C1 ones and the byte order mark too: nobody can see them, and YAML takes them
 * escaped only, so that the printed form could not be read again.
 */
static bool has_invisible(struct str s)
{
	static const struct str marks[] = {
		STR_INIT("\xef\xbb\xbf"), STR_INIT("\xef\xbf\xbe"), STR_INIT("\xef\xbf\xbf")};

	if (str_has_control(s))
		return true;
	for (size_t i = 0; i + 1 < s.n; i++) {
		if (s.p[i] == '\xc2' && (unsigned char)s.p[i + 1] < 0xa0)
			return true;
		for (size_t j = 0; j < ARRAY_LEN(marks); j++)
			if (str_eq(str_sub(s, i, 3), marks[j]))
				return true;
	}
	return false;
}

static void set_str(const struct conf_place *p)
{
	if (has_invisible(p->node->text)) {
		REFUSE(p, "holds a control character; remove it");
		return;
	}
	if (length_ok(p, p->node->text.n, STR_MAX_BYTES, "bytes"))
		*(struct str *)p->member = str_dup(p->target->arena, p->node->text);
}

static bool to_i64(struct str s, int64_t *ret)
{
	bool minus = str_starts(s, STR("-"));
	struct str digits = str_sub(s, minus, s.n);
	uint64_t value;

	/* A leading zero would be octal for some readers of YAML. */
	if (digits.n > 1 && digits.p[0] == '0')
		return false;
	if (!str_to_u64(digits, INT64_MAX, &value))
		return false;
	*ret = minus ? -(int64_t)value : (int64_t)value;
	return true;
}

struct unit {
	char letter;
	int64_t factor;
};

static const struct unit second_units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
static const struct unit byte_units[] = {{'G', 1 << 30}, {'M', 1 << 20}, {'K', 1 << 10}};

#define N_SECOND_UNITS (ARRAY_LEN(second_units))
#define N_BYTE_UNITS   (ARRAY_LEN(byte_units))

static bool to_units(struct str s, const struct unit *units, size_t n, int64_t *ret)
{
	int64_t factor = 1, value;

	for (size_t i = 0; i < n && s.n; i++) {
		if (s.p[s.n - 1] != units[i].letter)
			continue;
		factor = units[i].factor;
		s.n--;
		break;
	}
	return to_i64(s, &value) && value >= 0 && !__builtin_mul_overflow(value, factor, ret);
}

static void add_units(struct buf *out, int64_t value, const struct unit *units, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (value == 0 || value % units[i].factor)
			continue;
		buf_addf(out, "%lld%c", (long long)(value / units[i].factor), units[i].letter);
		return;
	}
	buf_add_i64(out, value);
}

void conf_add_seconds(struct buf *out, int64_t seconds)
{
	add_units(out, seconds, second_units, N_SECOND_UNITS);
}

void conf_add_bytes(struct buf *out, int64_t bytes)
{
	add_units(out, bytes, byte_units, N_BYTE_UNITS);
}

static struct str number_text(const struct conf_place *p, int64_t value, char *mem, size_t size)
{
	struct buf text;

	buf_init_fixed(&text, mem, size);
	if (p->option->type == CONF_SECONDS)
		conf_add_seconds(&text, value);
	else if (p->option->type == CONF_BYTES)
		conf_add_bytes(&text, value);
	else
		buf_add_i64(&text, value);
	return buf_str(&text);
}

static void set_in_range(const struct conf_place *p, int64_t value)
{
	char low[32], high[32];

	if (!has_range(p->option) || (value >= p->option->min && value <= p->option->max)) {
		*(int64_t *)p->member = value;
		return;
	}
	number_text(p, p->option->min, low, sizeof(low));
	number_text(p, p->option->max, high, sizeof(high));
	REFUSE(p, "is out of range; give %s to %s", low, high);
}

static void set_int(const struct conf_place *p)
{
	int64_t value;

	if (to_i64(p->node->text, &value))
		set_in_range(p, value);
	else
		REFUSE(p, "is not a whole number; write digits only, like 8080");
}

static void set_seconds(const struct conf_place *p)
{
	int64_t value;

	if (to_units(p->node->text, second_units, N_SECOND_UNITS, &value))
		set_in_range(p, value);
	else
		REFUSE(p, "is not a duration; write it like 90s, 15m, 12h or 30d");
}

static void set_bytes(const struct conf_place *p)
{
	int64_t value;

	if (to_units(p->node->text, byte_units, N_BYTE_UNITS, &value))
		set_in_range(p, value);
	else
		REFUSE(p, "is not a size; write it like 65536, 64K, 10M or 1G");
}

static void set_bool(const struct conf_place *p)
{
	bool yes = str_eq_c(p->node->text, "true");

	if (yes || str_eq_c(p->node->text, "false"))
		*(bool *)p->member = yes;
	else
		REFUSE(p, "must be true or false");
}

static void set_enum(const struct conf_place *p)
{
	char mem[256];
	struct buf words;

	for (int i = 0; p->option->words[i]; i++) {
		if (!str_eq_c(p->node->text, p->option->words[i]))
			continue;
		*(int *)p->member = i;
		return;
	}
	buf_init_fixed(&words, mem, sizeof(mem));
	for (int i = 0; p->option->words[i]; i++)
		buf_addf(&words, "%s%s", i ? ", " : "", p->option->words[i]);
	REFUSE(p, "has no such value; choose one of: %s", mem);
}

static void set_url(const struct conf_place *p)
{
	struct uri uri;

	if (uri_parse(p->node->text, &uri) != RC_OK ||
		(!str_eq_c(uri.scheme, "https") && !str_eq_c(uri.scheme, "http"))) {
		REFUSE(p, "is not an absolute URL; write it like https://login.example.go.th");
		return;
	}
	if (uri.has_userinfo || uri.has_fragment) {
		REFUSE(p, "carries user information or a fragment; remove it");
		return;
	}
	set_str(p);
}

static void set_date(const struct conf_place *p)
{
	char text[160];
	struct buf why;

	if (date_parse_day(p->node->text, p->member) == RC_OK)
		return;
	buf_init_fixed(&why, text, sizeof(text));
	date_add_fault(&why, p->node->text, true);
	REFUSE(p, "%s", text);
}

/* The path, made absolute against the directory of the configuration file; NULL after a fault. */
static char *full_path(const struct conf_place *p, struct str path)
{
	struct buf full;

	if (path.n == 0 || has_invisible(path)) {
		REFUSE(p, "is not a path; name a file or directory");
		return NULL;
	}
	buf_init(&full, p->target->arena, PATH_MAX - 1);
	if (path.p[0] != '/')
		buf_addf(&full, "%s/", p->target->dir);
	buf_add(&full, path);
	if (buf_status(&full) == RC_OK)
		return full.p;
	REFUSE(p, "is too long for a path; name a shorter one");
	return NULL;
}

static void set_path(const struct conf_place *p)
{
	char *path = full_path(p, p->node->text);

	if (path)
		*(struct str *)p->member = str_c(path);
}

/* "credential:NAME": what systemd's LoadCredential= put into the service's own directory. */
static char *credential_path(const struct conf_place *p, struct str name)
{
	const char *dir = secret_credentials_directory();
	struct buf path;

	if (name.n == 0 || str_find(name, '/') < name.n || str_eq_c(name, ".") ||
		str_eq_c(name, "..") || has_invisible(name)) {
		REFUSE(p, "names no credential; write credential:NAME as in LoadCredential=");
		return NULL;
	}
	if (!dir) {
		REFUSE(p, "wants a systemd credential, but there are none; start pratu by its unit "
			  "with LoadCredential=, or name a file");
		return NULL;
	}
	buf_init(&path, p->target->arena, PATH_MAX - 1);
	buf_addf(&path, "%s/%.*s", dir, STR_FMT(name));
	return path.p;
}

static void set_secret(const struct conf_place *p)
{
	struct str text = p->node->text, mark = STR("credential:");
	bool credential = str_starts(text, mark);
	size_t min = p->option->min ? (size_t)p->option->min : SECRET_MIN_BYTES;
	struct conf_secret *link;
	struct secret *secret;
	const char *why;
	char *path;

	path = credential ? credential_path(p, str_sub(text, mark.n, text.n)) : full_path(p, text);
	if (!path)
		return;
	if (secret_from_file(path, min, &secret, &why) != RC_OK) {
		REFUSE(p, "%s: %s", path, why);
		return;
	}
	link = arena_new_of(p->target->arena, struct conf_secret);
	*link = (struct conf_secret){.secret = secret, .next = *p->target->secrets};
	*p->target->secrets = link;
	*(struct secret **)p->member = secret;
}

static void set_strlist(const struct conf_place *p)
{
	struct str *parts;
	size_t n = 0;

	if (!length_ok(p, p->node->n, LIST_MAX, "entries"))
		return;
	parts = arena_array(p->target->arena, p->node->n, struct str);
	for (const struct conf_node *c = p->node->first; c; c = c->next) {
		struct conf_place entry = *p;

		entry.node = c;
		if (c->kind != CONF_NODE_SCALAR || c->text.n == 0 || c->text.n > STR_MAX_BYTES ||
			has_invisible(c->text)) {
			REFUSE(&entry, "an entry is not a text of 1 to %d bytes", STR_MAX_BYTES);
			continue;
		}
		parts[n++] = str_dup(p->target->arena, c->text);
	}
	*(struct strlist *)p->member = (struct strlist){.v = parts, .n = n};
}

static void set_list(const struct conf_place *p)
{
	const struct conf_item *item = p->option->item;
	char *entries, name[256];
	size_t i = 0;

	if (!length_ok(p, p->node->n, LIST_MAX, "entries"))
		return;
	entries = arena_calloc(p->target->arena, p->node->n, item->size);
	for (const struct conf_node *c = p->node->first; c; c = c->next, i++) {
		struct conf_place entry = *p;

		entry.node = c;
		snprintf(name, sizeof(name), "%s[%zu]", p->name, i);
		entry.name = name;
		if (c->kind != CONF_NODE_MAP)
			REFUSE(&entry, "must be a mapping; write its options as \"name: value\"");
		else
			conf_map_set(p->target, item, name, c, entries + i * item->size);
	}
	*(struct conf_list *)p->member = (struct conf_list){.v = entries, .n = p->node->n};
}

struct type {
	const char *name;
	enum conf_node_kind kind;
	void (*set)(const struct conf_place *p);
};

static const struct type types[] = {
	[CONF_STR] = {"text", CONF_NODE_SCALAR, set_str},
	[CONF_INT] = {"number", CONF_NODE_SCALAR, set_int},
	[CONF_BOOL] = {"true or false", CONF_NODE_SCALAR, set_bool},
	[CONF_SECONDS] = {"duration", CONF_NODE_SCALAR, set_seconds},
	[CONF_BYTES] = {"size", CONF_NODE_SCALAR, set_bytes},
	[CONF_ENUM] = {"choice", CONF_NODE_SCALAR, set_enum},
	[CONF_URL] = {"URL", CONF_NODE_SCALAR, set_url},
	[CONF_PATH] = {"path", CONF_NODE_SCALAR, set_path},
	[CONF_SECRET_FILE] = {"secret file", CONF_NODE_SCALAR, set_secret},
	[CONF_STRLIST] = {"list of texts", CONF_NODE_SEQ, set_strlist},
	[CONF_DATE] = {"date", CONF_NODE_SCALAR, set_date},
	[CONF_LIST] = {"list", CONF_NODE_SEQ, set_list},
};

const char *conf_type_name(enum conf_type type)
{
	return types[type].name;
}

static const char *const kind_mends[] = {
	[CONF_NODE_SCALAR] = "must be a single value",
	[CONF_NODE_MAP] = "must be a mapping",
	[CONF_NODE_SEQ] = "must be a list; write [a, b] or one \"- entry\" a line",
};

void conf_value_set(const struct conf_target *t, const struct conf_option *option, const char *name,
	const struct conf_node *node, void *values)
{
	struct conf_place p = {.target = t,
		.option = option,
		.name = name,
		.node = node,
		.member = (char *)values + option->offset};
	const struct type *type = &types[option->type];

	if (!type->set)
		die("conf: a table row has no type");
	if (conf_node_is_null(node))
		REFUSE(&p, "has no value; write one or remove the line");
	else if (node->kind != type->kind)
		REFUSE(&p, "%s", kind_mends[type->kind]);
	else
		type->set(&p);
}
