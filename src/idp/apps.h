/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_APPS_H
#define PRATU_IDP_APPS_H

/*
 * The launcher /apps: with no portal waiting, the information systems a person has rights to, and
 * his sessions, each of which he can end.
 */
#include "idp/op.h"

#define APPS_MAX 64 /* systems shown */

void apps_run(struct op *op);            /* GET /apps */
void apps_end_run(struct op *op);        /* POST /apps/end: one session */
void apps_everywhere_run(struct op *op); /* POST /apps/everywhere: all of them, and all tokens */
void apps_logout_run(struct op *op);     /* POST /apps/logout: this one */
void home_run(struct op *op);            /* GET / */

#endif
