/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_FACTORS_PASSWORD_LOGIN_PASSWORD_H
#define PRATU_FACTORS_PASSWORD_LOGIN_PASSWORD_H

/* The password as an authentication method: the throttle, then the hash. */
#include "core/auth_method.h"
#include "throttle/throttle.h"
#include "factors/password/password.h"

extern const struct auth_method auth_method_password;

/* auth_method.open, in module.c: by the options of the module and the throttle of app. */
enum rc login_password_open(struct auth_method *m, const struct app *app, const char **ret_why);
/* Puts it into the registry. password and throttle must outlive it. */
void login_password_add(
	struct auth_methods *methods, struct password *password, struct throttle *throttle);
/* The password of one that was put there. */
struct password *login_password_of(const struct auth_method *m);

#endif
