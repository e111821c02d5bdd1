/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CLIENTS_H
#define PRATU_DIRECTORY_OPERATIONS_CLIENTS_H

/*
 * Operations on clients. The metadata and its rules are directory/operations/client_metadata.h, the
 * secrets client_secret.h, what libraries need client_preset.h. What comes back lives in the arena.
 */
#include "core/operation.h"
#include "directory/records.h"

#define CLIENT_SECRET_OVERLAP     3600 /* seconds, unless the caller says otherwise */
#define CLIENT_SECRET_OVERLAP_MAX (30 * 86400)

struct client_metadata_args {
	struct str file; /* RFC 7591 metadata: JSON text; with a preset it may be empty */
	/* Of client.add alone: */
	int preset;                              /* of client_preset_words; 0: none */
	struct str url, system, name, client_id; /* with a preset */
	struct str secret;                       /* brought along; client_secret.h */
};

/* The result of the operations that register or give a secret. */
struct client_made {
	struct client client;
	struct str secret;        /* to be shown once; empty when none was made */
	int preset;               /* of client_preset_words; 0: none, and no configuration */
	struct str configuration; /* of the portal's library; has the secret in it */
};

/* Adds a client; without client_id an id is made. RC_EXISTS with a problem: the id is taken;
 * RC_INVALID also for one that was removed. */
extern const struct operation operation_client_add;
/* Changes the members that the metadata names, of the client that client_id in it names. A secret
 * is made when the client begins to need one. Redirect URIs stay as they are: two
 * people change them (two_person_changes.h). */
extern const struct operation operation_client_update;

struct client_rotate_secret_args {
	struct str client_id;
	int64_t overlap; /* seconds the secret before stays good, at most CLIENT_SECRET_OVERLAP_MAX
			  */
	struct str secret; /* brought along; empty: one is made */
};
/* RC_DENIED: the client authenticates without a secret. */
extern const struct operation operation_client_rotate_secret;

struct client_remove_args {
	struct str client_id;
};
/* Removes it for good: its tokens become invalid, since every use of a token reads the client, and
 * its id is kept and never given again. Otherwise one person could give a client other redirect
 * URIs by removing and adding it. */
extern const struct operation operation_client_remove;

/* The same URIs in the same order. */
bool client_same_uris(struct strlist a, struct strlist b);
/* A decoded client holds views into the snapshot; this one is the arena's. */
struct client client_own(struct arena *a, const struct client *c);

struct client_list {
	const struct client *v;
	size_t n;
};
#define CLIENTS_MAX 10000
/* All clients by id, in tx->a. RC_LIMITED: over CLIENTS_MAX. */
MUST_USE enum rc client_list(struct tx *tx, struct client_list *ret);
/* The client, in tx->a. RC_NOT_FOUND. */
MUST_USE enum rc client_show(struct tx *tx, struct str id, struct client *ret);

#endif
