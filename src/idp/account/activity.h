/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_ACTIVITY_H
#define PRATU_IDP_ACCOUNT_ACTIVITY_H

/* What happened to the person's account lately, the newest first (core/event.h). */
#include "core/op.h"

#define ACTIVITY_SHOWN 50 /* events on the page */

void account_activity_run(struct op *op); /* GET /account/activity */

#endif
