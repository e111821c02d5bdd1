/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The throttle of a running server. */
#include "core/module.h"
#include "throttle/throttle.h"

extern const struct module module_throttle;

static void throttle_check(
	const void *own, const struct settings *all, const struct option_check *k)
{
	const struct throttle_options *o = own;

	(void)all;
	if (o->lock > o->lock_max)
		option_refuse(k, "throttle.lock", "is over throttle.lock_max; write at most that");
	if (o->free >= o->lock_after)
		option_refuse(k, "throttle.free_attempts",
			"is not below throttle.lock_after; write less");
}

static const struct module_table tables[] = {
	{.number = TABLE_ATTEMPTS,
		.name = "attempts",
		.record = &record_attempts,
		.key = "expiry, keyed hash of the subject",
		.flags = STORE_EXPIRING},
	{.number = 0},
};

static enum rc throttle_open(struct app *app, void **own, const char **ret_why)
{
	(void)own;
	(void)ret_why;
	app->throttle = throttle_new(app, module_settings(app->settings, &module_throttle));
	return RC_OK;
}

static void throttle_close(struct app *app, void *own)
{
	(void)own;
	throttle_free(app->throttle);
	app->throttle = NULL;
}

const struct module module_throttle = {
	.name = "throttle",
	.tables = tables,
	.options = throttle_conf_options,
	.settings_size = sizeof(struct throttle_options),
	.check = throttle_check,
	.open = throttle_open,
	.close = throttle_close,
};
