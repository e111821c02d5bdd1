/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_DEVICE_H
#define PRATU_WEB_DEVICE_H

/*
 * "Chrome on Windows" out of a User-Agent header, so that people recognise their own sessions. What
 * a browser reports about itself is only a hint and decides nothing. Pure; any thread.
 */
#include "base/buf.h"
#include "web/i18n.h"

/* The two names that it says, "Chrome" and "Windows"; each may be empty. Static texts. */
void web_device_parts(struct str user_agent, struct str *ret_browser, struct str *ret_system);
/* In words: "Chrome on Windows". */
void web_device_name_add(
	struct buf *out, enum web_lang lang, struct str browser, struct str system);
void web_device_add(struct buf *out, enum web_lang lang, struct str user_agent);

#endif
