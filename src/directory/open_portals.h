/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPEN_PORTALS_H
#define PRATU_DIRECTORY_OPEN_PORTALS_H

/*
 * The portals that people entered through a session. Ending the session here does not end what a
 * portal has begun on its own: the page after signing out lists the portals that may still be open.
 *
 * Asked before the session ends, on op->tx.snap; op->lang is set. Each portal stands once, those
 * without a record any more are left out.
 */
#include "core/op.h"
#include "directory/session.h"
#include "web/pages_common.h"

/* Those of one session. */
MUST_USE enum rc open_portals_of_session(
	struct op *op, const struct session *s, struct web_open_portals *ret);
/* Those of all sessions of a person. */
MUST_USE enum rc open_portals_of_person(
	struct op *op, struct str person, struct web_open_portals *ret);

#endif
