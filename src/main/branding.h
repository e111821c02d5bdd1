/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_BRANDING_H
#define PRATU_MAIN_BRANDING_H

/* Pages and texts of all modules with the names of this installation (branding.*). */
#include "base/buf.h"
#include "main/config.h"
#include "web/page.h"

/* The values must outlive it. RC_INVALID: errors says why; only a fault of the program. */
MUST_USE enum rc branding_web(
	const struct config_values *v, struct arena *a, struct buf *errors, struct web **ret);
/* The same without the pages: of commands, which send messages or print. */
MUST_USE enum rc branding_texts(
	const struct config_values *v, struct arena *a, struct buf *errors, struct web **ret);

#endif
