/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_FACTORS_H
#define PRATU_MAIN_FACTORS_H

/*
 * The factors of the login flow: made always, used where a login policy names them (a reload may
 * begin to). A zeroed struct may be closed.
 */
#include "idp/login/recovery_mailer.h"
#include "factors/password/login_password.h"
#include "factors/otp/otp.h"
#include "idp/challenge/challenge.h"
#include "core/app.h"
#include "main/instance.h"

struct factors {
	struct password *password;
	struct challenge_post post;
	struct challenges challenges;
	struct recovery_mailer *forgotten;
};

/* Puts them into the provider, whose outbox and vault are there already. RC_INVALID: *ret_why. */
MUST_USE enum rc factors_open(
	const struct instance *instance, struct app *p, struct factors *ret, const char **ret_why);
void factors_close(struct factors *f, struct app *p);

#endif
