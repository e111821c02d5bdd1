/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_JOSE_JWK_H
#define PRATU_JOSE_JWK_H

/*
 * Keys (RFC 7517) and key sets. With jose/jws.h the wall round cjose: no other file includes
 * cjose.h.
 *
 * A key is bound to one algorithm when it enters: alg, type, curve and size are checked together,
 * so nothing later can mix them. Keys are immutable and reference counted (atomically; cjose's own
 * counts are not touched between threads). Any thread.
 */
#include "base/buf.h"
#include "codec/json_value.h"
#include "codec/json_writer.h"
#include "base/rc.h"
#include "base/str.h"

enum jose_alg {
	JOSE_ALG_INVALID = 0,
	JOSE_ES256, /* P-256 */
	JOSE_RS256, /* RSA 2048..4096 */
	JOSE_PS256, /* RSA 2048..4096 */
	JOSE_ALG_MAX
};

#define JOSE_BIT(alg)   (1u << (alg))
#define JOSE_ASYMMETRIC (JOSE_BIT(JOSE_ES256) | JOSE_BIT(JOSE_RS256) | JOSE_BIT(JOSE_PS256))

#define JWK_TEXT_MAX  16384u /* bytes of one JWK */
#define JWKS_TEXT_MAX 131072u
#define JWKS_KEYS_MAX 32
#define JWK_KID_MAX   128u

const char *jose_alg_name(enum jose_alg alg);  /* "ES256" */
enum jose_alg jose_alg_parse(struct str name); /* JOSE_ALG_INVALID for anything else */

struct jwk;

/*
 * A new private key; kid is its RFC 7638 thumbprint. RSA keys are 2048 (slow: tens of ms). Its
 * randomness, like that of signatures, is OpenSSL's own generator.
 */
MUST_USE enum rc jwk_generate(enum jose_alg alg, struct jwk **ret);
/*
 * From JSON. alg is the key's own "alg" when it has one, else fallback; RC_INVALID when neither,
 * when kty/curve/size do not fit alg, when "use" or "key_ops" is not for signatures, on private
 * members unless private_ok, on "oct", and when a private key does not fit its public part. A key
 * without kid is given its thumbprint.
 */
MUST_USE enum rc jwk_import(
	const struct json_value *json, enum jose_alg fallback, bool private_ok, struct jwk **ret);
struct jwk *jwk_ref(const struct jwk *k);
void jwk_unref(struct jwk *k); /* NULL is fine */
struct str jwk_kid(const struct jwk *k);
enum jose_alg jwk_alg(const struct jwk *k);
bool jwk_is_private(const struct jwk *k);
/* One JSON object with kty, use, alg, kid and the public members. */
void jwk_write_public(const struct jwk *k, struct json_writer *out);
/* The private JWK as JSON text, to be sealed and stored: never logged, never answered. Where it
 * cannot be had, the arena fails (base/arena.h) and it is empty; so it is with the thumbprint. */
struct str jwk_private_text(const struct jwk *k, struct arena *a);
/* RFC 7638 SHA-256 thumbprint, base64url. */
struct str jwk_thumbprint(const struct jwk *k, struct arena *a);

/* An immutable, reference-counted set; kids distinct. */
struct jwk_set;
/* Takes references of its own. RC_EXISTS: a kid twice; RC_LIMITED: over JWKS_KEYS_MAX. */
MUST_USE enum rc jwk_set_new(struct jwk *const *keys, size_t n, struct jwk_set **ret);
/*
 * From a JWKS document (RFC 7517 5). Keys of other types, uses or algorithms are skipped, as
 * section 5 says; RC_INVALID when the document itself is malformed or holds no usable key.
 * fallback: for keys without "alg"; JOSE_ALG_INVALID: what their type is used for most, ES256 and
 * RS256.
 */
MUST_USE enum rc jwk_set_parse(struct str text, enum jose_alg fallback, struct jwk_set **ret);
struct jwk_set *jwk_set_ref(const struct jwk_set *s);
void jwk_set_unref(struct jwk_set *s);
size_t jwk_set_count(const struct jwk_set *s);
const struct jwk *jwk_set_at(const struct jwk_set *s, size_t i);
/* By kid; NULL when none. */
const struct jwk *jwk_set_find(const struct jwk_set *s, struct str kid);
/* {"keys":[...]}, public members only. */
void jwk_set_write(const struct jwk_set *s, struct json_writer *out);

/* The version of liboauth2 that runs. */
const char *thumbprint_library_version(void);

#endif
