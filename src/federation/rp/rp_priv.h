/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_FEDERATION_RP_RP_PRIV_H
#define PRATU_FEDERATION_RP_RP_PRIV_H

/* Shared by the files of the relying-party leg; not included elsewhere. */
#include <stdatomic.h>

#include "net/refresh_cache.h"
#include "federation/rp/rp.h"

struct rp_sender; /* liboauth2's side: rp_form.c */

struct rp {
	struct rp_options o;
	struct http_client *http;
	struct rp_sender *sender;
	struct refresh_cache *metadata; /* struct rp_metadata */
	struct refresh_cache *keys;     /* struct jwk_set */
	atomic_int waiting;
	struct metric_series *duration, *failures;
	char *header_name; /* NULL: none */
};

/* What the discovery document says; immutable. */
struct rp_metadata {
	atomic_uint refs;
	struct arena *arena;
	struct rp_endpoints endpoints;
};

/* Made from options; free with rp_sender_free. RC_INVALID. */
MUST_USE enum rc rp_sender_new(const struct rp_options *o, struct rp_sender **ret);
void rp_sender_free(struct rp_sender *s);
/* The form's bytes, with our credentials when they belong there. */
MUST_USE enum rc rp_sender_body(
	const struct rp_sender *s, struct arena *a, const struct form *form, struct str *ret);
/* The Authorization header's value; empty when the credentials are in the form. */
struct str rp_sender_authorization(const struct rp_sender *s);

/* One exchange over HTTP, counted and measured. RC_UNAVAILABLE with the word. */
MUST_USE enum rc rp_fetch(struct rp *rp, struct arena *a, struct http_fetch *f,
	struct http_fetched *ret, const char **ret_why);

/* The endpoint configured, else the discovered one; good as long as the arena. Either may be empty.
 */
MUST_USE enum rc rp_endpoints(struct rp *rp, struct arena *a, int64_t now, struct rp_endpoints *ret,
	const char **ret_why);

extern const struct refresh_cache_type rp_metadata_type, rp_keys_type;

#endif
