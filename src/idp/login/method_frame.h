/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_METHOD_FRAME_H
#define PRATU_IDP_LOGIN_METHOD_FRAME_H

/* The frame of an authentication method's page (auth_method.show): addresses, step tokens and
 * messages that the login fills in, the same for every method. */
#include "core/auth_method.h"
#include "idp/login/pages_factor.h"
#include "idp/login/pages_login.h"

struct page_options;

/* Where a method's page stands: what the login fills, the same for every method. */
struct auth_frame {
	struct str portal; /* empty: the launcher */
	enum web_login_message notice;
	int64_t wait;
	bool recovery;           /* of a forgotten secret: nobody logs in by it */
	struct str action, step; /* its form */
	int64_t tries;           /* left */
	bool may_begin;          /* it may be begun once more (send again) */
	struct str begin_action, begin_step;
	struct web_targets others; /* to begin instead, by the same form */
	struct str skip_action,
		skip_step; /* AUTH_FOR_ENROL: not now; empty: it may not be put off */
	struct str again_action, again_step;
	struct str cancel_url; /* empty: the launcher */
	const struct page_options *options;
};

#endif
