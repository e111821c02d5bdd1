/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CLIENTS_H
#define PRATU_DIRECTORY_OPERATIONS_CLIENTS_H

/*
 * Registering clients. The metadata and its rules are rights/client_metadata.h.
 *
 * A secret is 256 random bits made here, given out once and kept as SHA-256; its prefix lets a
 * leaked one be searched for. Every function reads, computes and commits by itself; it may run in a
 * command while the server runs. What comes back lives in the arena.
 */
#include "codec/field.h"
#include "directory/records.h"
#include "directory/operations/administration.h"

#define CLIENT_SECRET_PREFIX      "pratu_cs_"
#define CLIENT_SECRET_BYTES       32
#define CLIENT_SECRET_OVERLAP     3600 /* seconds, unless the caller says otherwise */
#define CLIENT_SECRET_OVERLAP_MAX (30 * 86400)

struct client_made {
	struct client client;
	struct str secret; /* to be shown once; empty when none was made */
};

/*
 * Adds a client from metadata; without client_id an id is made. RC_INVALID with *ret_error,
 * RC_EXISTS: the id is taken. Others are the store's.
 */
MUST_USE enum rc client_add(const struct rights *r, struct arena *a,
	const struct json_value *metadata, struct client_made *ret, struct field_error *ret_error);

/*
 * Changes the members that metadata names, of the client that client_id in it names. A secret is
 * made when the client begins to need one. RC_NOT_FOUND.
 */
MUST_USE enum rc client_update(const struct rights *r, struct arena *a,
	const struct json_value *metadata, struct client_made *ret, struct field_error *ret_error);

/* A new secret; the one before is accepted for overlap seconds more (0: not at all). RC_DENIED: the
 * client authenticates without one. RC_LIMITED: overlap out of range. */
MUST_USE enum rc client_rotate_secret(const struct rights *r, struct arena *a, struct str id,
	int64_t overlap, struct client_made *ret);

/* Removes it; its tokens become invalid, since every use of a token reads the client. */
MUST_USE enum rc client_remove(const struct rights *r, struct arena *a, struct str id);

struct client_list {
	const struct client *v;
	size_t n;
};
#define CLIENTS_MAX 10000
/* All clients by id. RC_LIMITED: over CLIENTS_MAX. */
MUST_USE enum rc client_list(const struct rights *r, struct arena *a, struct client_list *ret);
MUST_USE enum rc client_show(
	const struct rights *r, struct arena *a, struct str id, struct client *ret);

#endif
