/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_OAUTH_OPTIONS_H
#define PRATU_IDP_OAUTH_OAUTH_OPTIONS_H

/*
 * The options of the protocol endpoints that nobody else has: when signing keys change, and what
 * discovery says of the operator. For the descriptor of the module (core/module.h).
 */
#include "core/module.h"

struct oauth_options {
	int64_t key_overlap, key_lifetime; /* seconds */
	struct str service_documentation, policy_uri, tos_uri;
};

extern const struct conf_option oauth_options[]; /* ended by a row without path */

/* own: a struct oauth_options. */
void oauth_options_fill(const void *own, struct settings *ret);
void oauth_options_check(const void *own, const struct settings *all, const struct option_check *k);

#endif
