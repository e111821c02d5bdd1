/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_PWHASH_LEGACY_H
#define PRATU_BASE_PWHASH_LEGACY_H

/* Inside of pwhash: hashes that other systems made, by libcrypt and by hand. They are checked until
 * the password is known again, never made. */
#include "base/pwhash.h"

bool legacy_check(struct str hash, struct str password);
bool legacy_importable(struct str hash, const char **ret_why);

#endif
