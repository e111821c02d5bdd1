/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_PROFILE_H
#define PRATU_IDP_ACCOUNT_PROFILE_H

/*
 * The first of the account pages: who the person is here, what is managed where, and how safe the
 * account is. Contact data is masked: who looks over a shoulder learns no address.
 */
#include "core/op.h"

void account_profile_run(struct op *op); /* GET /account */
/* POST /account/language, "lang": kept with the person, for devices on which nobody chose one. */
void account_language_run(struct op *op);

#endif
