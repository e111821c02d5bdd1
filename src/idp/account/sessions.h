/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_SESSIONS_H
#define PRATU_IDP_ACCOUNT_SESSIONS_H

/*
 * Where a person is logged in: device, place, time, and the portals used. Ending one session ends
 * the tokens that belong to it; ending all others, or all, ends every token issued until now,
 * including those of offline_access, since the person suspects an intruder. The current session can
 * then log in to its portals again without a question.
 */
#include "core/op.h"

#define SESSION_PORTALS_SHOWN 10 /* of one session */

void account_sessions_run(struct op *op);            /* GET /account/sessions */
void account_sessions_end_run(struct op *op);        /* POST .../end, form "session" */
void account_sessions_others_run(struct op *op);     /* POST .../others */
void account_sessions_everywhere_run(struct op *op); /* POST .../everywhere */

#endif
