/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_FACTORS_PASSWORD_LOGIN_PASSWORD_H
#define PRATU_FACTORS_PASSWORD_LOGIN_PASSWORD_H

/* The password as a primary factor of the login: the throttle, then the hash. */
#include "throttle/throttle.h"
#include "factors/password/password.h"
#include "idp/login/factor.h"

/* password and throttle must outlive it. */
struct factor *login_password_new(struct password *password, struct throttle *throttle);

#endif
