/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CRYPTO_LEGACY_HASH_H
#define PRATU_CRYPTO_LEGACY_HASH_H

/* Inside of pwhash: hashes that other systems made, by libcrypt and by hand. They are checked until
 * the password is known again, never made. */
#include "crypto/pwhash.h"

bool legacy_check(struct str hash, struct str password);
bool legacy_importable(struct str hash, const char **ret_why);

#endif
