/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_QR_H
#define PRATU_WEB_QR_H

/*
 * A QR code (ISO/IEC 18004) as the data of an SVG path: one unit a module, dark modules only.
 * The page sets the quiet zone round it by its viewBox. Any thread.
 */
#include "base/buf.h"
#include "base/rc.h"

#define QR_TEXT_MAX 600u /* bytes; a phone still reads the code from a screen */

/* Appends the path to out; *ret_size: modules of a side. RC_LIMITED over QR_TEXT_MAX, RC_INVALID on
 * an empty text, RC_UNAVAILABLE without memory. */
MUST_USE enum rc qr_path(struct str text, struct buf *out, int64_t *ret_size);

/* The version of libqrencode that runs. */
const char *qr_library_version(void);

#endif
