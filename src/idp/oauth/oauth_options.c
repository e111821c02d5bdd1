/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/oauth/oauth_options.h"

#include <stddef.h>

#define DAY        86400
#define AT(member) offsetof(struct oauth_options, member)

const struct conf_option oauth_options[] = {
	{"keys.overlap", CONF_SECONDS, CONF_RELOAD, AT(key_overlap), "24h", .max = 30 * DAY,
		.help = "Time for which a new signing key is published before it signs, so that "
			"portals can fetch it."},
	{"keys.lifetime", CONF_SECONDS, CONF_RELOAD, AT(key_lifetime), "90d", .max = 3650 * DAY,
		.help = "A signing key is replaced after this time; 0: only by pratu keys rotate."},
	{"discovery.service_documentation", CONF_URL, CONF_RELOAD, AT(service_documentation),
		.max = 2048,
		.help = "URL of the documentation for developers of portals, published in "
			"discovery."},
	{"discovery.op_policy_uri", CONF_URL, CONF_RELOAD, AT(policy_uri), .max = 2048,
		.help = "URL of the policy for portals, published in discovery."},
	{"discovery.op_tos_uri", CONF_URL, CONF_RELOAD, AT(tos_uri), .max = 2048,
		.help = "URL of the terms of service for portals, published in discovery."},
	{.path = NULL},
};

void oauth_options_fill(const void *own, struct settings *ret)
{
	const struct oauth_options *o = own;

	ret->key_overlap = o->key_overlap;
	ret->key_lifetime = o->key_lifetime;
	ret->service_documentation = o->service_documentation;
	ret->policy_uri = o->policy_uri;
	ret->tos_uri = o->tos_uri;
}

void oauth_options_check(const void *own, const struct settings *all, const struct option_check *k)
{
	const struct oauth_options *o = own;

	(void)all;
	if (o->key_lifetime && o->key_lifetime <= o->key_overlap)
		option_refuse(k, "keys.lifetime", "is not over keys.overlap; write more, or 0");
}
