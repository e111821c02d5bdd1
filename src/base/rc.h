/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_RC_H
#define PRATU_BASE_RC_H

/*
 * Result codes: what a mechanism answers. What a protocol answers (OAuth errors) is separate.
 *
 * A function that can fail returns enum rc and is marked MUST_USE. Its results come back through
 * out-parameters named ret_..., written only when it returns RC_OK.
 * Too much memory is a mark of the arena (base/arena.h) and no result of each function.
 */
enum rc {
	RC_OK = 0,
	RC_NOT_FOUND,   /* no such record, file or value */
	RC_EXISTS,      /* it is there already and must not be */
	RC_CONFLICT,    /* it was changed since it was read: read again */
	RC_INVALID,     /* the input breaks a rule */
	RC_DENIED,      /* understood, not allowed */
	RC_EXPIRED,     /* was good once */
	RC_LIMITED,     /* a named maximum or a rate is reached */
	RC_UNAVAILABLE, /* another system or resource is unavailable; a retry may help */
	RC_CORRUPT,     /* stored data contradicts itself */
	RC_INTERNAL,    /* a library or the system failed in a way that no caller can correct */
	RC_MAX
};

#define MUST_USE __attribute__((warn_unused_result))

/* The code's name in lower case ("not_found"), for logs and command output. Never NULL. */
const char *rc_name(enum rc rc);

#endif
