/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_PAR_PUSHED_REQUEST_H
#define PRATU_IDP_PAR_PUSHED_REQUEST_H

/*
 * Pushed authorization requests (RFC 9126): what a client sent us before it sends the browser, kept
 * under a request_uri of 256 random bits.
 *
 * Life of one: a login must begin with it within par.lifetime. From then on it may be opened again
 * (a reload, the back button) for as long as that login may take. It is spent when the client gets
 * an answer, a code or an error, in the batch of that answer: of two tabs one gets a code.
 *
 * Kept is the form that was sent, not what was read of it: the rules of authorization requests
 * judge it at both ends, by the client's registration as it is then.
 */
#include "core/op.h"

#define PUSHED_URN      "urn:ietf:params:oauth:request_uri:"
#define PUSHED_BODY_MAX 32768u /* bytes of the request; more is answered 413 */
#define PUSHED_FORM_MAX 24576u /* bytes that are kept of it */
#define PUSHED_COUNTED  4096u  /* bytes that count as one against the limit of a minute */

struct pushed_request {
	struct str client;
	struct str form;  /* application/x-www-form-urlencoded, with client_id */
	int64_t begin_by; /* seconds: until then a login must have begun */
	int64_t begun;    /* when the first one did; 0: none yet */
};

struct pushed_request_ref {
	struct pushed_request request;
	struct str key;
	uint64_t version;
};

/* Is it a request_uri of ours by its form? Others are of no use to us. */
bool pushed_request_uri(struct str uri);
/* Keeps a form for par.lifetime; the request_uri, in the arena. */
struct str pushed_request_put(struct op *op, struct str client, struct str form);
/* RC_NOT_FOUND: unknown, spent, too old, or pushed by another client. */
MUST_USE enum rc pushed_request_find(
	struct op *op, struct str uri, struct str client, struct pushed_request_ref *ret);
/* A login begins with it. */
void pushed_request_begin(struct op *op, const struct pushed_request_ref *ref);
/* Spends it with the answer that the batch of op gives. RC_NOT_FOUND: another answer spent it. */
MUST_USE enum rc pushed_request_spend(struct op *op, struct str key);

enum { TABLE_PUSHED_REQUEST = 75 };
extern const struct record_type record_pushed_request;

#endif
