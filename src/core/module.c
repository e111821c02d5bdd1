/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/module.h"

#include "base/array.h"
#include "base/arena.h"
#include "base/buf.h"
#include "core/op.h"
#include "web/pages_common.h"

#include <stdarg.h>

#define NAMES_MAX 4096u /* of one kind in the whole program */

/* One kind of thing, and the names of it that modules have taken so far. */
struct name_space {
	const char *kind;
	const struct module *const *modules;
	struct buf *errors;
	bool faulty;
	size_t n;
	const struct module *owners[NAMES_MAX];
	const char *names[NAMES_MAX];
};

static void report(struct name_space *s, const struct module *m, const char *name, const char *why)
{
	buf_addf(s->errors, "module %s: %s %s %s\n", m->name, s->kind, name, why);
	s->faulty = true;
}

/* The name is m's from now on; one that is taken is a clash. */
static void claim(struct name_space *s, const struct module *m, const char *name)
{
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->names[i], name) != 0)
			continue;
		buf_addf(s->errors, "module %s: %s %s belongs to module %s already\n", m->name,
			s->kind, name, s->owners[i]->name);
		s->faulty = true;
		return;
	}
	if (s->n == NAMES_MAX) {
		report(s, m, name, "is one more than NAMES_MAX");
		return;
	}
	s->owners[s->n] = m;
	s->names[s->n++] = name;
}

static void module_names(struct name_space *s, const struct module *m)
{
	claim(s, m, m->name);
}

const struct guard_rule *guard_rule_of(const struct module *const *modules, enum guard guard)
{
	for (size_t m = 0; modules[m]; m++)
		for (const struct guard_rule *g = modules[m]->guards; g && g->enter; g++)
			if (g->guard == guard)
				return g;
	return NULL;
}

/* The module that says who may what, or NULL. */
static const struct module *who_permits(const struct module *const *modules)
{
	for (size_t m = 0; modules[m]; m++)
		if (modules[m]->permitted)
			return modules[m];
	return NULL;
}

static void permissions(struct name_space *s, const struct module *m)
{
	if (m->permitted)
		claim(s, m, "of all people");
}

static const char *route_fault(const struct name_space *s, const struct route *r)
{
	if (r->path[0] != '/')
		return "does not begin with /";
	if ((r->handle != NULL) == (r->run != NULL))
		return "needs run or handle, not both";
	if (r->guard == GUARD_UNDECLARED || (unsigned)r->guard >= GUARD_MAX)
		return "has no guard";
	if (r->handle && r->guard != GUARD_PUBLIC)
		return "is guarded, which needs run";
	if (r->guard != GUARD_PUBLIC && !guard_rule_of(s->modules, r->guard))
		return "has a guard that no module provides";
	if ((r->guard == GUARD_PERMISSION) != (r->permission != NULL))
		return "needs a permission with that guard, and only with it";
	if (r->permission && !who_permits(s->modules))
		return "needs a permission, and no module says who holds it";
	if (r->permission && r->login == LOGIN_ENDING)
		return "needs a permission of a person whom LOGIN_ENDING does not look at";
	return NULL;
}

static void route_paths(struct name_space *s, const struct module *m)
{
	for (const struct route *r = m->routes; r && r->path; r++) {
		claim(s, m, r->path);
		if (route_fault(s, r))
			report(s, m, r->path, route_fault(s, r));
	}
}

static void route_names(struct name_space *s, const struct module *m)
{
	for (const struct route *r = m->routes; r && r->path; r++) {
		if (r->name)
			claim(s, m, r->name);
		else
			report(s, m, r->path, "is nameless");
	}
}

static void page_sources(struct name_space *s, const struct module *m)
{
	for (size_t i = 0; m->pages && m->pages[i]; i++)
		claim(s, m, m->pages[i]->source);
	for (size_t i = 0; m->texts && m->texts[i]; i++)
		claim(s, m, m->texts[i]->source);
}

static void nav_names(struct name_space *s, const struct module *m)
{
	for (const struct nav_item *n = m->nav; n && n->name; n++) {
		claim(s, m, n->name);
		if (!n->path || n->path[0] != '/')
			report(s, m, n->name, "leads to no path");
		if (n->permission && !who_permits(s->modules))
			report(s, m, n->name,
				"needs a permission, and no module says who holds it");
	}
}

/* The names of guards in messages, by enum guard. */
static const char *const guard_words[GUARD_MAX] = {
	[GUARD_UNDECLARED] = "undeclared",
	[GUARD_PUBLIC] = "public",
	[GUARD_SELF] = "self",
	[GUARD_PERMISSION] = "permission",
	[GUARD_CLIENT] = "client",
};

static void guards(struct name_space *s, const struct module *m)
{
	for (const struct guard_rule *g = m->guards; g && g->enter; g++)
		claim(s, m, guard_words[g->guard]);
}

static const struct module_table *table_of(const struct module *m, int number)
{
	for (const struct module_table *t = m->tables; t && t->number; t++)
		if (t->number == number)
			return t;
	return NULL;
}

/* Does the download of a person's data have its records? */
static bool is_exported(const struct module *m, const struct module_table *t)
{
	const struct module_table *with = table_of(m, t->exported_with);

	if (t->export_records || t->export_members)
		return true;
	return with && with->personal && (with->export_records || with->export_members);
}

static const char *table_fault(const struct module *m, const struct module_table *t)
{
	if (t->number < 1 || t->number > STORE_TABLES_MAX)
		return "has a number outside 1 .. STORE_TABLES_MAX";
	if (t->personal && !is_exported(m, t))
		return "is personal and has no export";
	for (const struct table_index *i = t->indexes; i && i->table; i++) {
		const struct module_table *entries = table_of(m, i->table);

		if (!entries || entries->record)
			return "has an index without a table for its entries";
	}
	return NULL;
}

static void table_names(struct name_space *s, const struct module *m)
{
	for (const struct module_table *t = m->tables; t && t->number; t++) {
		claim(s, m, t->name);
		if (table_fault(m, t))
			report(s, m, t->name, table_fault(m, t));
	}
}

static bool number_taken(const struct module *m, const struct module_table *t)
{
	for (const struct module_table *o = m->tables; o && o->number; o++)
		if (o != t && o->number == t->number)
			return true;
	return false;
}

static void table_numbers(struct name_space *s, const struct module *m)
{
	for (const struct module_table *t = m->tables; t && t->number; t++)
		for (size_t i = 0; s->modules[i]; i++)
			if (number_taken(s->modules[i], t))
				report(s, m, t->name, "has the number of another table");
}

/* A stored change is applied without prepare, and compared with what before saw. */
static const char *operation_fault(const struct operation *o)
{
	if (!o->args || !o->check || !o->apply)
		return "needs args, check and apply";
	if (o->approval == APPROVAL_SECOND_PERSON && !o->before)
		return "needs a before: a second person approves what was seen";
	if (o->prepare && o->before)
		return "cannot prepare what a second person applies later";
	return NULL;
}

static void operation_names(struct name_space *s, const struct module *m)
{
	for (size_t i = 0; m->operations && m->operations[i]; i++) {
		claim(s, m, m->operations[i]->name);
		if (operation_fault(m->operations[i]))
			report(s, m, m->operations[i]->name, operation_fault(m->operations[i]));
	}
}

static void command_names(struct name_space *s, const struct module *m)
{
	for (const struct command *c = m->commands; c && c->name; c++)
		claim(s, m, c->name);
}

static void job_names(struct name_space *s, const struct module *m)
{
	for (const struct module_job *j = m->jobs; j && j->name; j++)
		claim(s, m, j->name);
}

static const char *method_fault(const struct auth_method *m)
{
	if (!m->can)
		return "can do nothing";
	if (!m->step)
		return "has no step";
	if (!m->begin && (m->can & ~(unsigned)AUTH_IDENTIFY))
		return "needs a begin: only a form of the login page has none";
	for (const char *p = m->name; *p; p++)
		if (!(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9') && *p != '_')
			return "has a name of other than a-z, 0-9 and _";
	return NULL;
}

static void methods(struct name_space *s, const struct module *m)
{
	for (const struct auth_method *const *own = m->methods; own && *own; own++) {
		claim(s, m, (*own)->name);
		if (method_fault(*own))
			report(s, m, (*own)->name, method_fault(*own));
	}
}

static void option_paths(struct name_space *s, const struct module *m)
{
	for (const struct conf_option *o = m->options; o && o->path; o++) {
		claim(s, m, o->path);
		if (o->offset >= m->settings_size)
			report(s, m, o->path, "lies outside settings_size");
	}
}

static void details_names(struct name_space *s, const struct module *m)
{
	for (const struct details_type *const *own = m->details; own && *own; own++) {
		claim(s, m, (*own)->name);
		if (details_type_fault(*own))
			report(s, m, (*own)->name, details_type_fault(*own));
	}
}

/* In the order of checking; one name space each. */
static const struct {
	const char *kind;
	void (*claim_all)(struct name_space *s, const struct module *m);
} kinds[] = {
	{"name", module_names},
	{"route", route_paths},
	{"route named", route_names},
	{"guard", guards},
	{"permissions", permissions},
	{"template", page_sources},
	{"tab", nav_names},
	{"table", table_names},
	{"number of table", table_numbers},
	{"operation", operation_names},
	{"command", command_names},
	{"job", job_names},
	{"option", option_paths},
	{"authentication method", methods},
	{"type of authorization details", details_names},
};

enum rc modules_check(const struct module *const *modules, struct buf *errors)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct name_space *s = arena_new_of(a, struct name_space);
	bool faulty = false;

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		*s = (struct name_space){
			.kind = kinds[k].kind, .modules = modules, .errors = errors};
		for (size_t m = 0; modules[m]; m++)
			kinds[k].claim_all(s, modules[m]);
		faulty |= s->faulty;
	}
	return faulty ? RC_INVALID : RC_OK;
}

static void count_web(const struct module *const *modules, struct web_options *options)
{
	options->n_pages = 3; /* those of web/pages_common.h */
	options->n_tabs = options->n_texts = 0;
	for (size_t m = 0; modules[m]; m++) {
		for (size_t i = 0; modules[m]->pages && modules[m]->pages[i]; i++)
			options->n_pages++;
		for (size_t i = 0; modules[m]->texts && modules[m]->texts[i]; i++)
			options->n_texts++;
		for (const struct nav_item *n = modules[m]->nav; n && n->name; n++)
			options->n_tabs++;
	}
}

void modules_web(const struct module *const *modules, struct arena *a, struct web_options *options)
{
	const struct page_type **page;
	const struct text_type **text;
	struct web_tab *tab;

	count_web(modules, options);
	options->pages = page = arena_array(a, options->n_pages, const struct page_type *);
	options->texts = text = arena_array(a, options->n_texts, const struct text_type *);
	options->tabs = tab = arena_array(a, options->n_tabs, struct web_tab);
	*page++ = &web_page_problem;
	*page++ = &web_page_leave;
	*page++ = &web_page_post_again;
	for (size_t m = 0; modules[m]; m++) {
		for (size_t i = 0; modules[m]->pages && modules[m]->pages[i]; i++)
			*page++ = modules[m]->pages[i];
		for (size_t i = 0; modules[m]->texts && modules[m]->texts[i]; i++)
			*text++ = modules[m]->texts[i];
		for (const struct nav_item *n = modules[m]->nav; n && n->name; n++)
			*tab++ = (struct web_tab){str_c(n->path), str_c(n->name)};
	}
}

const void *module_settings(const struct settings *settings, const struct module *m)
{
	for (size_t i = 0; settings->modules && all_modules[i]; i++)
		if (all_modules[i] == m)
			return settings->modules[i];
	return NULL;
}

/* --- permissions --- */

enum rc permission_held(struct op *op, struct str person, const char *permission)
{
	const struct module *m = who_permits(all_modules);

	return m ? m->permitted(op, person, permission) : RC_DENIED;
}

static enum rc hide_tab(
	struct op *op, struct str person, const struct nav_item *n, struct str *hidden, size_t *at)
{
	enum rc rc = n->permission ? permission_held(op, person, n->permission) : RC_OK;

	if (rc != RC_DENIED)
		return rc;
	hidden[(*at)++] = str_c(n->name);
	return RC_OK;
}

enum rc tabs_hidden(struct op *op, struct str person, struct strlist *ret)
{
	struct str *hidden;
	size_t n = 0, at = 0;
	enum rc rc = RC_OK;

	for (size_t m = 0; all_modules[m]; m++)
		for (const struct nav_item *i = all_modules[m]->nav; i && i->name; i++)
			n += i->permission != NULL;
	*ret = (struct strlist){NULL, 0};
	if (!n)
		return RC_OK;
	hidden = arena_array(op->tx.a, n, struct str);
	for (size_t m = 0; all_modules[m]; m++)
		for (const struct nav_item *i = all_modules[m]->nav; i && i->name && rc == RC_OK;
			i++)
			rc = hide_tab(op, person, i, hidden, &at);
	*ret = (struct strlist){hidden, at};
	return rc;
}

/* --- options --- */

void option_refuse(const struct option_check *k, const char *option, const char *format, ...)
{
	char why[300];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	buf_addf(k->errors, "%s: %s: %s\n", k->path, option, why);
}

void option_warn(const struct option_check *k, const char *option, const char *format, ...)
{
	char why[300];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	buf_addf(k->warnings, "%s: warning: %s: %s\n", k->path, option, why);
}

void modules_settings_fill(const struct module *const *modules, struct settings *ret)
{
	for (size_t i = 0; modules[i]; i++)
		if (modules[i]->fill)
			modules[i]->fill(module_settings(ret, modules[i]), ret);
}

void modules_settings_check(
	const struct module *const *modules, const struct settings *s, const struct option_check *k)
{
	for (size_t i = 0; modules[i]; i++)
		if (modules[i]->check)
			modules[i]->check(module_settings(s, modules[i]), s, k);
}

/* --- authentication methods --- */

const struct auth_method *modules_method(
	const struct module *const *modules, struct str name, unsigned can)
{
	for (size_t i = 0; modules[i]; i++)
		for (const struct auth_method *const *m = modules[i]->methods; m && *m; m++)
			if (str_eq_c(name, (*m)->name))
				return ((*m)->can & can) == can ? *m : NULL;
	return NULL;
}

static size_t methods_that_can(const struct module *const *modules, unsigned can)
{
	size_t n = 0;

	for (size_t i = 0; modules[i]; i++)
		for (const struct auth_method *const *m = modules[i]->methods; m && *m; m++)
			n += ((*m)->can & can) == can;
	return n;
}

const char *modules_method_names(
	const struct module *const *modules, unsigned can, char ret[static METHOD_NAMES_MAX])
{
	size_t left = methods_that_can(modules, can), at = 0;

	ret[0] = 0;
	for (size_t i = 0; modules[i]; i++)
		for (const struct auth_method *const *m = modules[i]->methods; m && *m; m++) {
			const char *comma = !at ? "" : left == 1 ? " or " : ", ";

			if (((*m)->can & can) != can || at >= METHOD_NAMES_MAX)
				continue;
			at += (size_t)snprintf(
				ret + at, METHOD_NAMES_MAX - at, "%s%s", comma, (*m)->name);
			left--;
		}
	return ret;
}
