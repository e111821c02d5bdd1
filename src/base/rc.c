/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/rc.h"

static const char *const names[RC_MAX] = {
	[RC_OK] = "ok",
	[RC_NOT_FOUND] = "not_found",
	[RC_EXISTS] = "exists",
	[RC_CONFLICT] = "conflict",
	[RC_INVALID] = "invalid",
	[RC_DENIED] = "denied",
	[RC_EXPIRED] = "expired",
	[RC_LIMITED] = "limited",
	[RC_UNAVAILABLE] = "unavailable",
	[RC_CORRUPT] = "corrupt",
	[RC_INTERNAL] = "internal",
};

const char *rc_name(enum rc rc)
{
	return (unsigned)rc < RC_MAX ? names[rc] : "unknown";
}
