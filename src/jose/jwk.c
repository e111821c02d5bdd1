/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "jose/internal.h"

#include "base/array.h"
#include "codec/base64.h"
#include "base/die.h"

#define P256_BYTES    32u
#define RSA_BYTES_MIN 256u
#define RSA_BYTES_MAX 512u
#define RSA_E_MIN     65537u /* NIST SP 800-56B 6.2; bounded above by 4 bytes: no slow exponents */
#define MEMBERS_MAX   4096u
#define KEY_OPS_MAX   8

/* Members that make a JWK private, symmetric or multi-prime (RFC 7518 6.2.2, 6.3.2, 6.4). */
static const char *const secret_members[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

static bool is_secret(const struct json_value *json)
{
	for (size_t i = 0; i < ARRAY_LEN(secret_members); i++)
		if (json_value_get(json, secret_members[i]))
			return true;
	return false;
}

/* RFC 7517 4.4: a key that names its algorithm is for no other. */
static enum jose_alg bound_alg(const struct json_value *json, enum jose_alg fallback)
{
	const struct json_value *alg = json_value_get(json, "alg");
	struct str name;

	if (!alg)
		return fallback > JOSE_ALG_INVALID && fallback < JOSE_ALG_MAX ? fallback
									      : JOSE_ALG_INVALID;
	return json_value_str(alg, &name) ? jose_alg_parse(name) : JOSE_ALG_INVALID;
}

/* RFC 7517 4.2 and 4.3. */
static bool is_for_signatures(struct arena *a, const struct json_value *json)
{
	const struct json_value *use = json_value_get(json, "use"),
				*ops = json_value_get(json, "key_ops");
	struct strlist words;
	struct str text;

	if (use && (!json_value_str(use, &text) || !str_eq_c(text, "sig")))
		return false;
	if (!ops)
		return true;
	return json_value_strlist(a, ops, KEY_OPS_MAX, false, &words) &&
	       (strlist_has(words, STR("verify")) || strlist_has(words, STR("sign")));
}

static bool base64url_member(
	struct arena *a, const struct json_value *json, const char *name, struct str *ret)
{
	struct str text;

	return json_value_str(json_value_get(json, name), &text) && text.n &&
	       base64url_decode(a, text, ret) == RC_OK;
}

/* RFC 7518 6.2.1: coordinates are as long as the field; cjose checks the point is on the curve. */
static bool ec_fits(struct arena *a, const struct json_value *json, size_t *ret_sig_bytes)
{
	struct str x, y;

	if (!base64url_member(a, json, "x", &x) || !base64url_member(a, json, "y", &y))
		return false;
	if (x.n != P256_BYTES || y.n != P256_BYTES)
		return false;
	*ret_sig_bytes = 2 * P256_BYTES;
	return true;
}

/* RFC 7518 3.3 and 6.3.1: at least 2048 bits, no leading zero octets. */
static bool rsa_fits(struct arena *a, const struct json_value *json, size_t *ret_sig_bytes)
{
	struct str n, e;
	uint64_t exponent = 0;

	if (!base64url_member(a, json, "n", &n) || !base64url_member(a, json, "e", &e))
		return false;
	if (n.n < RSA_BYTES_MIN || n.n > RSA_BYTES_MAX || !n.p[0] || e.n > 4 || !e.p[0])
		return false;
	if (n.n == RSA_BYTES_MIN && !(n.p[0] & 0x80))
		return false;
	for (size_t i = 0; i < e.n; i++)
		exponent = exponent << 8 | (unsigned char)e.p[i];
	if (exponent < RSA_E_MIN || !(exponent & 1) || !(n.p[n.n - 1] & 1))
		return false;
	*ret_sig_bytes = n.n;
	return true;
}

static bool private_members_fit(
	struct arena *a, const struct json_value *json, const struct alg_row *row)
{
	struct str bytes;

	/* three primes, or a key that claims to be symmetric as well */
	if (json_value_get(json, "oth") || json_value_get(json, "k"))
		return false;
	for (size_t i = 0; i < JOSE_PRIVATE_NAMES && row->private_names[i]; i++)
		if (!base64url_member(a, json, row->private_names[i], &bytes) ||
			bytes.n > RSA_BYTES_MAX)
			return false;
	return true;
}

/* alg, type, curve and size together (RFC 8725 3.1): after this nothing can mix them. */
static bool fits(
	struct arena *a, const struct json_value *json, enum jose_alg alg, size_t *ret_sig_bytes)
{
	const struct alg_row *row = alg_row(alg);
	struct str kty, crv;

	if (!json_value_str(json_value_get(json, "kty"), &kty) || !str_eq_c(kty, row->kty))
		return false;
	if (!row->crv)
		return rsa_fits(a, json, ret_sig_bytes);
	if (!json_value_str(json_value_get(json, "crv"), &crv) || !str_eq_c(crv, row->crv))
		return false;
	return ec_fits(a, json, ret_sig_bytes);
}

static cjose_jwk_t *cjose_key(struct arena *a, const struct json_value *json)
{
	struct str text = json_value_text(a, json);
	cjose_err err;

	return cjose_jwk_import(text.p, text.n, &err);
}

/* A key without kid gets its thumbprint, so that every key has one. */
static bool read_kid(struct arena *a, const struct json_value *json, struct jwk *k)
{
	const struct json_value *kid = json_value_get(json, "kid");

	if (!kid) {
		k->kid = jwk_thumbprint(k, a);
		return k->kid.n > 0;
	}
	return json_value_str(kid, &k->kid) && k->kid.n && k->kid.n <= JWK_KID_MAX;
}

static void write_members(
	struct json_writer *w, const struct json_value *json, const char *const *names, size_t n)
{
	struct str value;

	for (size_t i = 0; i < n && names[i]; i++)
		if (json_value_str(json_value_get(json, names[i]), &value))
			json_add_str(w, names[i], value);
}

/* The open object's members that everybody may see. */
static void write_public_members(
	struct json_writer *w, const struct jwk *k, const struct json_value *json)
{
	const struct alg_row *row = alg_row(k->alg);

	json_add_str(w, "kty", str_c(row->kty));
	json_add_str(w, "use", STR("sig"));
	json_add_str(w, "alg", str_c(row->name));
	json_add_str(w, "kid", k->kid);
	if (row->crv)
		json_add_str(w, "crv", str_c(row->crv));
	write_members(w, json, row->public_names, JOSE_PUBLIC_NAMES);
}

static struct str move_text(char **p, struct str text)
{
	struct str moved = {.p = memcpy(*p, text.p, text.n), .n = text.n};

	*p += text.n;
	return moved;
}

/* Texts that never change are made once; they end in one block of the key's own. False: no memory,
 * or a kid that is over its maximum when it is escaped. */
static bool write_texts(struct arena *a, const struct json_value *json, struct jwk *k)
{
	struct buf header, members;
	struct json_writer w;
	char *p;

	buf_init(&header, a, MEMBERS_MAX);
	json_writer_init(&w, &header);
	json_write_object(&w);
	json_add_str(&w, "alg", str_c(jose_alg_name(k->alg)));
	json_add_str(&w, "kid", k->kid);

	buf_init(&members, a, MEMBERS_MAX);
	json_writer_init(&w, &members);
	json_write_object(&w);
	write_public_members(&w, k, json);
	json_write_object_end(&w);
	if (buf_status(&header) != RC_OK || buf_status(&members) != RC_OK)
		return false;
	p = k->text = xcalloc(1, k->kid.n + header.n + members.n);
	k->kid = move_text(&p, k->kid);
	k->header = move_text(&p, buf_str(&header));
	k->members = move_text(&p, buf_str(&members));
	return true;
}

/*
 * A private key that does not fit its public part would sign what nobody can verify. Tried with the
 * members as published: cjose takes the private number's word for a point.
 */
static bool pair_good(struct arena *a, struct jwk *k)
{
	struct str token;
	cjose_err err;
	cjose_jwk_t *published = cjose_jwk_import(k->members.p, k->members.n, &err);
	bool good = published && jws_sign(a, k, NULL, STR("pairwise check"), &token) == RC_OK &&
		    jws_signature_good(published, token);

	cjose_jwk_release(published);
	return good;
}

static enum rc jwk_from_json(struct arena *a, const struct json_value *json, enum jose_alg fallback,
	bool private_ok, struct jwk **ret)
{
	bool secret = is_secret(json);
	struct jwk *k;
	size_t sig_bytes;
	enum jose_alg alg = bound_alg(json, fallback);

	if (!json_value_is_object(json) || alg == JOSE_ALG_INVALID || (secret && !private_ok))
		return RC_INVALID;
	if (!fits(a, json, alg, &sig_bytes) || !is_for_signatures(a, json))
		return RC_INVALID;
	if (secret && !private_members_fit(a, json, alg_row(alg)))
		return RC_INVALID;

	k = xcalloc(1, sizeof(*k));
	atomic_init(&k->refs, 1);
	k->alg = alg;
	k->sig_bytes = sig_bytes;
	k->cjose = cjose_key(a, json);
	if (!k->cjose || !read_kid(a, json, k) || !write_texts(a, json, k))
		goto invalid;
	if (secret) {
		k->signer = signer_new(alg, json);
		if (!k->signer || !pair_good(a, k))
			goto invalid;
	}
	*ret = k;
	return RC_OK;
invalid:
	jwk_unref(k);
	return RC_INVALID;
}

enum rc jwk_import(
	const struct json_value *json, enum jose_alg fallback, bool private_ok, struct jwk **ret)
{
	struct arena *a = arena_new(ARENA_MAX);
	enum rc rc = jwk_from_json(a, json, fallback, private_ok, ret);

	arena_free(a);
	return rc;
}

static cjose_jwk_t *random_key(enum jose_alg alg)
{
	static const uint8_t e[] = {1, 0, 1};
	cjose_err err;

	if (alg == JOSE_ES256)
		return cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &err);
	return cjose_jwk_create_RSA_random(RSA_BYTES_MIN * 8, e, sizeof(e), &err);
}

static void wipe_text(char *text)
{
	if (!text)
		return;
	OPENSSL_cleanse(text, strlen(text));
	cjose_get_dealloc()(text);
}

/* Through the same checks as a key from outside. */
enum rc jwk_generate(enum jose_alg alg, struct jwk **ret)
{
	struct json_value *json = NULL;
	cjose_jwk_t *key;
	char *text = NULL;
	enum rc rc = RC_INTERNAL;
	cjose_err err;

	if (alg <= JOSE_ALG_INVALID || alg >= JOSE_ALG_MAX)
		return RC_INVALID;
	key = random_key(alg);
	if (key)
		text = cjose_jwk_to_json(key, true, &err);
	if (text && json_value_parse(str_c(text), JWK_TEXT_MAX, &json) == RC_OK)
		rc = jwk_import(json, alg, true, ret) == RC_OK ? RC_OK : RC_INTERNAL;
	json_value_free(json);
	wipe_text(text);
	cjose_jwk_release(key);
	return rc;
}

struct jwk *jwk_ref(const struct jwk *k)
{
	struct jwk *shared = (struct jwk *)k; /* the count is all that changes */

	atomic_fetch_add_explicit(&shared->refs, 1, memory_order_relaxed);
	return shared;
}

void jwk_unref(struct jwk *k)
{
	if (!k || atomic_fetch_sub_explicit(&k->refs, 1, memory_order_acq_rel) != 1)
		return;
	EVP_MD_CTX_free(k->signer);
	cjose_jwk_release(k->cjose);
	free(k->text);
	free(k);
}

struct str jwk_kid(const struct jwk *k)
{
	return k->kid;
}

enum jose_alg jwk_alg(const struct jwk *k)
{
	return k->alg;
}

bool jwk_is_private(const struct jwk *k)
{
	return k->signer != NULL;
}

void jwk_write_public(const struct jwk *k, struct json_writer *out)
{
	json_write_raw(out, k->members);
}

struct str jwk_private_text(const struct jwk *k, struct arena *a)
{
	struct json_value *json = NULL;
	struct buf out;
	struct json_writer w;
	cjose_err err;
	char *text = cjose_jwk_to_json(k->cjose, true, &err);

	if (!text || json_value_parse(str_c(text), JWK_TEXT_MAX, &json) != RC_OK) {
		arena_fail(a, "a key cannot be exported");
		if (text)
			wipe_text(text);
		return STR_NONE;
	}
	buf_init(&out, a, JWK_TEXT_MAX);
	json_writer_init(&w, &out);
	json_write_object(&w);
	write_public_members(&w, k, json);
	write_members(&w, json, alg_row(k->alg)->private_names, JOSE_PRIVATE_NAMES);
	json_write_object_end(&w);
	json_value_free(json);
	wipe_text(text);
	return buf_str(&out);
}
