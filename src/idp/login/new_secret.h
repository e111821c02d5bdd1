/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_NEW_SECRET_H
#define PRATU_IDP_LOGIN_NEW_SECRET_H

/*
 * The form in which the holder of an account chooses a new secret: "password" and "repeat"
 * (new-password.html). A login that demands one, a forgotten password and the account page share
 * it.
 */
#include "core/auth_method.h"
#include "core/op.h"
#include "idp/login/pages_factor.h"

/* What came of looking at it, from `before` to `run`. */
struct new_secret {
	bool called; /* it was looked at; else it was empty, too long, or typed in two ways */
	struct secret_change change;
};

/* Where that waits for its turn; its subject is the session or the login of the form. */
struct admission *new_secret_admission(struct op *op, struct admission_place *place);
bool new_secret_typed_alike(const struct op *op);
bool new_secret_typed(const struct op *op); /* alike, and something that is worth looking at */
/* On a worker, without a snapshot. rules: of the login policy. */
void new_secret_look(struct op *op, const struct auth_method *m, struct str account,
	struct str rules, struct new_secret *ret);
/* The rules as a page lists them, those in broken marked; in the arena. Returns how many. */
size_t new_secret_rules(struct op *op, const struct auth_method *m, struct str rules,
	unsigned broken, const struct web_rule **ret);

#endif
