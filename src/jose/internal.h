/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_JOSE_INTERNAL_H
#define PRATU_JOSE_INTERNAL_H

/* Shared by the files of this directory; not included elsewhere. */
/* System headers first: they use names that base/banned.h makes fail. */
#include <cjose/cjose.h>
#include <openssl/evp.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "jose/jws.h"

struct jwk {
	atomic_uint refs;
	enum jose_alg alg;
	size_t sig_bytes; /* length of every signature by this key */
	cjose_jwk_t *cjose;
	EVP_MD_CTX *signer; /* private keys: set up once, copied for each signature */
	struct str kid;
	struct str members; /* "kty":...,"use":"sig","alg":...,"kid":... and the public members */
	struct str header;  /* {"alg":...,"kid":... without the closing brace */
	char *text;         /* the bytes of the three */
};

#define JOSE_PUBLIC_NAMES  2
#define JOSE_PRIVATE_NAMES 6

/* What an algorithm asks of a key. One row an algorithm. */
struct alg_row {
	const char *name;
	const char *kty;
	const char *crv; /* NULL: none */
	const char *public_names[JOSE_PUBLIC_NAMES];
	const char *private_names[JOSE_PRIVATE_NAMES]; /* rest NULL */
};

const struct alg_row *alg_row(enum jose_alg alg);

/* A context ready for EVP_DigestSign, from a private JWK that was checked. NULL: unusable key. */
EVP_MD_CTX *signer_new(enum jose_alg alg, const struct json_value *json);
/* The signature over input, in its JOSE form. RC_INVALID: no private key. */
MUST_USE enum rc signer_sign(
	struct arena *a, const struct jwk *key, struct str input, struct str *ret_signature);

/* Only the signature of a token that has passed the front door; false when it is wrong. */
bool jws_signature_good(const cjose_jwk_t *key, struct str token);

#endif
