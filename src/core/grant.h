/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_GRANT_H
#define PRATU_CORE_GRANT_H

/*
 * Grant types of the token endpoint (RFC 6749 4): one row each, brought by a module. The endpoint
 * has authenticated the client and seen that it is registered for the type.
 */
struct client;
struct oauth_error;
struct op;

struct grant_row {
	const char *type; /* grant_type; unique */
	/* Fills op->tx.batch and the answer, and returns NULL; or returns the error to answer. */
	const struct oauth_error *(*handle)(struct op *op, const struct client *client);
};

#endif
