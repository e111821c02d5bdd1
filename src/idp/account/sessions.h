/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_SESSIONS_H
#define PRATU_IDP_ACCOUNT_SESSIONS_H

/*
 * Where a person is logged in: by which device, from where, since when, and which portals were
 * entered from there. Ending one session ends the tokens that belong to it; ending all others, or
 * all, ends every token given until now, those of offline_access too: who presses that suspects
 * somebody. The session at hand then enters its portals anew without being asked.
 */
#include "core/op.h"

#define SESSION_PORTALS_SHOWN 10 /* of one session */

void account_sessions_run(struct op *op);            /* GET /account/sessions */
void account_sessions_end_run(struct op *op);        /* POST .../end, form "session" */
void account_sessions_others_run(struct op *op);     /* POST .../others */
void account_sessions_everywhere_run(struct op *op); /* POST .../everywhere */

#endif
