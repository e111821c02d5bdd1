/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_FACTORS_LOGIN_PASSWORD_H
#define PRATU_FACTORS_LOGIN_PASSWORD_H

/* The password as a primary factor of the login flow: the gate, then the hash. */
#include "factors/gate.h"
#include "factors/password.h"
#include "idp/interaction/factor.h"

/* password and gate must outlive it. */
struct factor *login_password_new(struct password *password, struct gate *gate);

#endif
