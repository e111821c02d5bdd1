/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_ERROR_H
#define PRATU_CORE_ERROR_H

/*
 * Errors of the protocols, one constant each (errors.def; docs/errors.md is generated): the code
 * and words that go over the wire, the HTTP status where they are not redirected, and a hint that
 * goes to the log only.
 */
#include "base/str.h"

struct oauth_error {
	const char *name; /* of the constant: in the log */
	const char *code; /* error= */
	int status;
	const char *text; /* error_description= */
	const char *hint;
};

enum oauth_error_id {
#define OAUTH_ERROR(id, code, status, text, hint) OAUTH_ERROR_##id,
#include "core/errors.def"
#undef OAUTH_ERROR
	OAUTH_ERROR_MAX
};

extern const struct oauth_error oauth_errors[OAUTH_ERROR_MAX];

#define OAUTH(id) (&oauth_errors[OAUTH_ERROR_##id])

struct op;

/* The JSON answer of the token endpoint and its relatives (RFC 6749 5.2), logged; drops the batch.
 */
void error_json(struct op *op, const struct oauth_error *e);
/* The answer of a protected resource (RFC 6750 3): WWW-Authenticate. */
void error_bearer(struct op *op, const struct oauth_error *e);
/* The log line of a refusal. */
void error_log(struct op *op, const struct oauth_error *e, struct str client);

#endif
