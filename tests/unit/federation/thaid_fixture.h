/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_FEDERATION_WORLD_H
#define PRATU_TESTS_FEDERATION_WORLD_H

/*
 * ThaID read from a real configuration file, and a scripted ThaID for it to talk to.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "base/arena.h"
#include "conf/conf.h"
#include "federation/thaid/thaid.h"
#include "jose/jws.h"
#include "support/script_server.h"

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define NOW      INT64_C(1700000000)
#define PID      "1234567890121"
#define PID2     "3100900000027"
#define SECRET   "s%cret with/spaces:+&=\xc3\xa9"
#define APIKEY   "the-extra-header-value"
#define CALLBACK "https://sso.example/upstream/thaid/callback"

#define TOKEN_PATH      "/api/v2/oauth2/token/"
#define INTROSPECT_PATH "/api/v2/oauth2/introspect/"
#define REVOKE_PATH     "/api/v2/oauth2/revoke/"
#define JWKS_PATH       "/jwks/"
#define METADATA_PATH   "/.well-known/openid-configuration"

struct thaid_fixture {
	struct script_server *server;
	struct http_client *http;
	struct arena *a;
	char dir[64], issuer[64];
	struct conf *conf;
	struct thaid *c;
	struct thaid_trip trip;
	struct str url;
	struct jwk *keys[2]; /* the first is published */
	char log[65536];
	size_t n_log;
};

/* yaml: lines under "thaid:", each with its indent; client_id, secret and issuer are there. */
struct thaid_fixture *thaid_fixture_open(const char *yaml);
void thaid_fixture_close(struct thaid_fixture *w);

/* A member of the ID token to be replaced; value NULL: left out. */
struct claim_change {
	const char *name, *value;
};

/* begin(), after which nonces are known. */
void thaid_fixture_begin(struct thaid_fixture *w);
/* An ID token as ThaID makes them, after world_begin, signed by a key. */
struct str thaid_fixture_id_token(struct thaid_fixture *w, const struct jwk *key,
	const struct claim_change *changes, size_t n);
/* The token endpoint's answer: access token "at", refresh token "rt", this ID token if not empty,
 * and more members (text that begins with a comma, or ""). */
struct str thaid_fixture_answer(struct thaid_fixture *w, struct str id_token, const char *more);
/* Scripts the published keys, revocation, and this answer of the token endpoint. */
void thaid_fixture_script(struct thaid_fixture *w, struct str answer);
/* n keys from this one on as a JWKS; published at the usual path. */
struct str thaid_fixture_keys(struct thaid_fixture *w, size_t from, size_t n);
void thaid_fixture_publish(struct thaid_fixture *w, size_t from, size_t n);

/* complete() with "code=the-code". */
enum auth_reason thaid_fixture_complete(
	struct thaid_fixture *w, struct auth_identity *ret, const char **ret_why);
/* The same; fails the test unless outcome and word are these. */
void thaid_fixture_run(struct thaid_fixture *w, const char *name, struct auth_identity *ret,
	enum auth_reason want, const char *why);
/* The whole of it with an ID token so changed; fails the test unless outcome and word are these. */
void thaid_fixture_expect(struct thaid_fixture *w, const char *name,
	const struct claim_change *changes, size_t n, enum auth_reason want, const char *why);
void thaid_fixture_check(const char *name, enum auth_reason got, const char *got_why,
	enum auth_reason want, const char *why);

struct str thaid_fixture_format(struct thaid_fixture *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Was an event of this name logged? */
bool thaid_fixture_logged(const struct thaid_fixture *w, const char *event);

#endif
