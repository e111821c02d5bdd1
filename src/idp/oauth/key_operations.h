/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_KEY_OPERATIONS_H
#define PRATU_IDP_OAUTH_KEY_OPERATIONS_H

/* The operations that rotate and drop a signing key (core/operation.h). What is due after a
 * rotation, the former key's retirement included, is signing_keys_step's. */
#include "core/operation.h"

enum rotation_alg { ROTATION_ES256, ROTATION_RS256, ROTATION_PS256 };

struct keys_rotate_args {
	int alg;  /* enum rotation_alg */
	bool now; /* sign with it at once */
};

struct keys_rotated {
	struct str kid;
};

struct keys_drop_args {
	struct str kid; /* in no state but ACTIVE */
};

extern const struct operation *const key_operations[]; /* ended by NULL */

#endif
