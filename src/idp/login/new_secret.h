/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_NEW_SECRET_H
#define PRATU_IDP_LOGIN_NEW_SECRET_H

/*
 * The form in which the holder of an account chooses a new secret: "password" and "repeat"
 * (new-password.html). A login that demands one, a forgotten password and the account page share
 * it.
 */
#include "idp/login/factor.h"
#include "core/op.h"
#include "idp/login/pages_factor.h"

#define SECRET_TYPED_MAX 1024u /* bytes of a secret that are read; a factor hashes fewer */

/* What came of looking at it, from `before` to `run`. */
struct new_secret {
	bool called; /* it was looked at; else it was empty, too long, or typed in two ways */
	struct factor_change change;
};

bool new_secret_typed_alike(const struct op *op);
/* On a worker, without a snapshot. rules: of the login policy. */
void new_secret_look(struct op *op, struct factor *x, struct str account, struct str rules,
	struct new_secret *ret);
/* The rules as a page lists them, those in broken marked; in the arena. Returns how many. */
size_t new_secret_rules(struct op *op, struct factor *x, struct str rules, unsigned broken,
	const struct web_rule **ret);

#endif
