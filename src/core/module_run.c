/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The modules of a running server: opened and started in the order of the list, in reverse down. */
#include "core/module.h"

#include "base/die.h"

struct running_modules {
	const struct module *const *modules;
	size_t n_opened, n_started;
	void *own[];
};

static size_t count(const struct module *const *modules)
{
	size_t n = 0;

	while (modules[n])
		n++;
	return n;
}

static enum rc open_method(
	struct app *app, const struct auth_method *described, const char **ret_why)
{
	struct auth_method m = *described;
	enum rc rc = m.open ? m.open(&m, app, ret_why) : RC_OK;

	if (rc == RC_OK)
		auth_methods_add(&app->methods, &m);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc open_methods(
	const struct module *const *modules, struct app *app, const char **ret_why)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; modules[i]; i++)
		for (const struct auth_method *const *m = modules[i]->methods;
			rc == RC_OK && m && *m; m++)
			rc = open_method(app, *m, ret_why);
	return rc;
}

enum rc modules_open(const struct module *const *modules, struct app *app, const char **ret_why)
{
	struct running_modules *r = xcalloc(1, sizeof(*r) + count(modules) * sizeof(r->own[0]));

	r->modules = modules;
	app->running = r;
	for (; modules[r->n_opened]; r->n_opened++) {
		const struct module *m = modules[r->n_opened];
		enum rc rc = m->open ? m->open(app, &r->own[r->n_opened], ret_why) : RC_OK;

		if (rc != RC_OK)
			return rc;
	}
	return open_methods(modules, app, ret_why);
}

enum rc modules_start(struct app *app, const char **ret_why)
{
	struct running_modules *r = app->running;

	for (; r->modules[r->n_started]; r->n_started++) {
		const struct module *m = r->modules[r->n_started];
		enum rc rc = m->start ? m->start(app, r->own[r->n_started], ret_why) : RC_OK;

		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

void modules_stopping(struct app *app)
{
	struct running_modules *r = app->running;

	for (size_t i = r ? r->n_started : 0; i-- > 0;)
		if (r->modules[i]->stopping)
			r->modules[i]->stopping(app, r->own[i]);
}

void modules_stop(struct app *app)
{
	struct running_modules *r = app->running;

	while (r && r->n_started) {
		const struct module *m = r->modules[--r->n_started];

		if (m->stop)
			m->stop(app, r->own[r->n_started]);
	}
}

void modules_close(struct app *app)
{
	struct running_modules *r = app->running;

	auth_methods_free(&app->methods);
	while (r && r->n_opened) {
		const struct module *m = r->modules[--r->n_opened];

		if (m->close)
			m->close(app, r->own[r->n_opened]);
	}
	free(r);
	app->running = NULL;
}

void *module_own(const struct app *app, const struct module *m)
{
	const struct running_modules *r = app->running;

	for (size_t i = 0; r && r->modules[i]; i++)
		if (r->modules[i] == m)
			return r->own[i];
	return NULL;
}
