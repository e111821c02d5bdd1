/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_PORTAL_H
#define PRATU_DIRECTORY_PORTAL_H

/*
 * Which portal a person came from, when its login is no longer there to say so: a page of an
 * expired or finished login, and the account pages, lead back to it.
 *
 * The text of a login's handle carries the portal's client id behind the handle itself; a cookie
 * names the portal of the last login begun in the browser. Both are claims of the browser and
 * prove nothing: they choose among registered, active clients, whose own address is shown.
 */
#include "core/op.h"
#include "directory/directory.h"

#define PORTAL_COOKIE "pratu_portal"

/* handle, and the client id where it is not empty. In the arena. */
struct str portal_mark(struct op *op, struct str handle, struct str client);
/* The handle of a presented text. ret_client: the portal it names; id empty when it names none
 * that is registered and active. */
struct str portal_unmark(struct op *op, struct str text, struct client *ret_client);

/* Keeps the portal of a login that begins, for portal_came_from. */
void portal_remember(struct op *op, struct str client);
/* The portal of the last login begun in this browser; false: none is known. */
bool portal_came_from(struct op *op, struct client *ret);

/* Where the portal begins a login, an http(s) address; empty without one. */
struct str portal_start_url(struct op *op, const struct client *client);

#endif
