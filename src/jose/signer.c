/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Signing with OpenSSL's EVP. cjose verifies and reads and writes keys; signing is the hottest
 * thing this product does, and cjose's header trees cost an eighth of an ES256 signature, a copied
 * context a thirtieth.
 */
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "jose/internal.h"

#include "base/array.h"
#include "codec/base64.h"
#include "base/die.h"

#define P256_BYTES    32
#define P256_DER_MAX  80u  /* SEQUENCE of two INTEGERs of at most 33 bytes */
#define SIGNATURE_MAX 512u /* RSA 4096 */

/* Which OpenSSL parameter a JWK member becomes. */
struct member_param {
	const char *member;
	const char *param;
};

static const struct member_param rsa_params[] = {
	{"n", OSSL_PKEY_PARAM_RSA_N},
	{"e", OSSL_PKEY_PARAM_RSA_E},
	{"d", OSSL_PKEY_PARAM_RSA_D},
	{"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
	{"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
	{"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
	{"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
	{"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
};

#define N_RSA_PARAMS (ARRAY_LEN(rsa_params))

static bool member_bytes(
	struct arena *a, const struct json_value *json, const char *name, struct str *ret)
{
	struct str text;

	return json_value_str(json_value_get(json, name), &text) &&
	       base64url_decode(a, text, ret) == RC_OK;
}

/* The number stays in *ret until the parameters are built from it. */
static bool push_bn(
	OSSL_PARAM_BLD *bld, const char *param, struct str bytes, size_t pad, BIGNUM **ret)
{
	*ret = memory_wait_for(BN_bin2bn((const unsigned char *)bytes.p, (int)bytes.n, NULL));
	BN_set_flags(*ret, BN_FLG_CONSTTIME);
	return OSSL_PARAM_BLD_push_BN_pad(bld, param, *ret, pad) == 1;
}

static EVP_PKEY *pkey_from(const char *type, OSSL_PARAM_BLD *bld)
{
	EVP_PKEY_CTX *ctx = memory_wait_for(EVP_PKEY_CTX_new_from_name(NULL, type, NULL));
	OSSL_PARAM *params = memory_wait_for(OSSL_PARAM_BLD_to_param(bld));
	EVP_PKEY *pkey = NULL;

	if (EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) != 1)
		pkey = NULL;
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *rsa_pkey(struct arena *a, OSSL_PARAM_BLD *bld, const struct json_value *json)
{
	BIGNUM *numbers[N_RSA_PARAMS] = {NULL};
	struct str bytes;
	bool ok = true;
	EVP_PKEY *pkey;

	for (size_t i = 0; ok && i < N_RSA_PARAMS; i++)
		ok = member_bytes(a, json, rsa_params[i].member, &bytes) &&
		     push_bn(bld, rsa_params[i].param, bytes, bytes.n, &numbers[i]);
	pkey = ok ? pkey_from("RSA", bld) : NULL;
	for (size_t i = 0; i < N_RSA_PARAMS; i++)
		BN_clear_free(numbers[i]);
	return pkey;
}

static EVP_PKEY *ec_pkey(struct arena *a, OSSL_PARAM_BLD *bld, const struct json_value *json)
{
	unsigned char point[1 + 2 * P256_BYTES] = {POINT_CONVERSION_UNCOMPRESSED};
	struct str x, y, d;
	BIGNUM *number = NULL;
	EVP_PKEY *pkey = NULL;

	if (!member_bytes(a, json, "x", &x) || !member_bytes(a, json, "y", &y) ||
		!member_bytes(a, json, "d", &d) || x.n != P256_BYTES || y.n != P256_BYTES)
		return NULL;
	memcpy(point + 1, x.p, P256_BYTES);
	memcpy(point + 1 + P256_BYTES, y.p, P256_BYTES);
	if (OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
		OSSL_PARAM_BLD_push_octet_string(
			bld, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) == 1 &&
		push_bn(bld, OSSL_PKEY_PARAM_PRIV_KEY, d, P256_BYTES, &number))
		pkey = pkey_from("EC", bld);
	BN_clear_free(number);
	return pkey;
}

static bool start_digest(EVP_MD_CTX *ctx, enum jose_alg alg, EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *pctx = NULL;

	if (EVP_DigestSignInit(ctx, &pctx, EVP_sha256(), NULL, pkey) != 1)
		return false;
	if (alg != JOSE_PS256)
		return true;
	/* RFC 7518 3.5: MGF1 with SHA-256, a salt as long as the digest. */
	return EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

EVP_MD_CTX *signer_new(enum jose_alg alg, const struct json_value *json)
{
	struct arena *a = arena_new(ARENA_MAX);
	OSSL_PARAM_BLD *bld = memory_wait_for(OSSL_PARAM_BLD_new());
	EVP_MD_CTX *ctx = memory_wait_for(EVP_MD_CTX_new());
	EVP_PKEY *pkey;

	pkey = alg == JOSE_ES256 ? ec_pkey(a, bld, json) : rsa_pkey(a, bld, json);
	if (!pkey || !start_digest(ctx, alg, pkey)) {
		EVP_MD_CTX_free(ctx);
		ctx = NULL;
	}
	EVP_PKEY_free(pkey); /* the context holds its own reference */
	OSSL_PARAM_BLD_free(bld);
	arena_free(a);
	return ctx;
}

/* RFC 7518 3.4: R and S as 32 bytes each. BN_bn2binpad refuses a number that does not fit. */
static bool raw_from_der(const unsigned char *der, size_t n, unsigned char raw[2 * P256_BYTES])
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);
	bool ok;

	if (!sig)
		return false;
	ok = BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, P256_BYTES) == P256_BYTES &&
	     BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + P256_BYTES, P256_BYTES) == P256_BYTES;
	ECDSA_SIG_free(sig);
	return ok;
}

static bool digest_sign(
	const EVP_MD_CTX *signer, struct str input, unsigned char *sig, size_t *ret_n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	if (!ctx)
		return false;
	ok = EVP_MD_CTX_copy_ex(ctx, signer) == 1;
	/* Used once: saves the second copy EVP_DigestSign would make. */
	EVP_MD_CTX_set_flags(ctx, EVP_MD_CTX_FLAG_FINALISE);
	ok = ok && EVP_DigestSign(ctx, sig, ret_n, (const unsigned char *)input.p, input.n) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

enum rc signer_sign(
	struct arena *a, const struct jwk *key, struct str input, struct str *ret_signature)
{
	unsigned char sig[SIGNATURE_MAX], raw[2 * P256_BYTES];
	size_t n = key->alg == JOSE_ES256 ? P256_DER_MAX : sizeof(sig);
	const unsigned char *bytes = sig;

	if (!key->signer)
		return RC_INVALID;
	if (!digest_sign(key->signer, input, sig, &n))
		return RC_INTERNAL;
	if (key->alg == JOSE_ES256) {
		if (!raw_from_der(sig, n, raw))
			return RC_INTERNAL;
		bytes = raw;
		n = sizeof(raw);
	}
	if (n != key->sig_bytes)
		return RC_INTERNAL;
	*ret_signature = str_dup(a, (struct str){.p = (const char *)bytes, .n = n});
	return RC_OK;
}
