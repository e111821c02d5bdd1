/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_APPS_H
#define PRATU_IDP_ACCOUNT_APPS_H

/*
 * The launcher /apps: the information systems for which a person has role grants. Everything else
 * of the person is on the account pages.
 */
#include "core/op.h"

#define APPS_RIGHTS_MAX  512 /* rights shown in all; further ones of a system are counted */
#define APPS_SEARCH_FROM 12  /* systems from which on there is a field to find one */
#define APPS_ASKED_MAX   100 /* bytes of what is looked for */

void apps_run(struct op *op);        /* GET /apps */
void apps_logout_run(struct op *op); /* POST /apps/logout: this one */
void home_run(struct op *op);        /* GET / */

#endif
