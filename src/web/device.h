/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_DEVICE_H
#define PRATU_WEB_DEVICE_H

/*
 * "Chrome on Windows" out of a User-Agent header, so that people recognise their own sessions. What
 * a browser reports about itself is only a hint and decides nothing. Pure; any thread.
 */
#include "base/buf.h"
#include "web/i18n.h"

void web_device_add(struct buf *out, enum web_lang lang, struct str user_agent);

#endif
