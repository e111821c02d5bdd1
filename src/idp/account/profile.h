/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_PROFILE_H
#define PRATU_IDP_ACCOUNT_PROFILE_H

/*
 * The overview of the account pages: the person's data, where each is managed, and how safe the
 * account is. Contacts are masked against onlookers.
 */
#include "core/op.h"

void account_profile_run(struct op *op); /* GET /account */
/* POST /account/language, "lang": stored with the person, for devices without a chosen language. */
void account_language_run(struct op *op);

#endif
