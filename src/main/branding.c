/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/branding.h"

#include "base/random.h"
#include "core/module.h"

static struct web_options options_of(const struct config_values *v, struct arena *a)
{
	struct web_options options = {
		.organisation = {v->organisation_th, v->organisation_en},
		.support_name = {v->support_name_th, v->support_name_en},
		.support_phone = v->support_phone,
		.support_email = v->support_email,
		.support_hours = {v->support_hours_th, v->support_hours_en},
		.privacy_url = v->privacy_url,
		.issuer = v->issuer,
		.sandbox = v->demonstration,
		.rng = &rng_system,
	};

	modules_web(all_modules, a, &options);
	return options;
}

enum rc branding_web(
	const struct config_values *v, struct arena *a, struct buf *errors, struct web **ret)
{
	const struct web_options options = options_of(v, a);

	return web_new(&options, errors, ret);
}

enum rc branding_texts(
	const struct config_values *v, struct arena *a, struct buf *errors, struct web **ret)
{
	struct web_options options = options_of(v, a);

	options.n_pages = 0;
	return web_new(&options, errors, ret);
}
