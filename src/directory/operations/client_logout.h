/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CLIENT_LOGOUT_H
#define PRATU_DIRECTORY_OPERATIONS_CLIENT_LOGOUT_H

/*
 * The rules of a client's logout addresses (OpenID Connect Back-Channel Logout 1.0, 2.2;
 * Front-Channel Logout 1.0, 2). Both are absolute and without fragment, https, or http to a
 * loopback address; that of the front channel has scheme, host and port of a redirect URI, since a
 * page of ours shows it. A client has them only where people log in to it.
 *
 * Pure; any thread.
 */
#include "codec/field.h"
#include "directory/records.h"

MUST_USE enum rc client_check_logout(
	struct arena *a, const struct client *c, struct field_error *e);

#endif
