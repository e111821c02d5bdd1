/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "jose/internal.h"

#include "base/array.h"
#include "base/die.h"
#include "base/secret.h"
#include "codec/base64.h"
#include "crypto/hash.h"

enum { HEADER, PAYLOAD, SIGNATURE, PARTS };

/* Header members that change what is signed or say where keys come from (RFC 8725 3.10; RFC 7515
 * 4.1.2, 4.1.3, 4.1.5, 4.1.6, 4.1.11; RFC 7797 3; RFC 7516 4.1.3). */
static const char *const refused_members[] = {
	"crit", "b64", "zip", "jku", "x5u", "jwk", "x5c", "enc"};

/* RFC 7515 3.1: exactly three parts, none of them empty. */
static bool split(struct str token, struct str part[PARTS])
{
	struct str rest = token;

	for (size_t i = 0; i < PARTS; i++)
		if (!str_cut(&rest, '.', &part[i]) || !part[i].n)
			return false;
	return !rest.p;
}

/* RFC 7515 4.1.9: a media type without its "application/", in any case. */
static struct str short_typ(struct str typ)
{
	static const struct str prefix = STR_INIT("application/");

	if (typ.n > prefix.n && str_ieq(str_sub(typ, 0, prefix.n), prefix))
		return str_sub(typ, prefix.n, typ.n);
	return typ;
}

static bool typ_good(const struct jws_use *use, struct str typ)
{
	if (!use->typ)
		return !typ.n || str_ieq(short_typ(typ), STR("JWT"));
	return str_ieq(short_typ(typ), str_c(use->typ));
}

static bool opt_text(
	struct arena *a, const struct json_value *json, const char *name, struct str *ret)
{
	const struct json_value *v = json_value_get(json, name);
	struct str text;

	*ret = STR_NONE;
	if (!v)
		return true;
	if (!json_value_str(v, &text) || !text.n || text.n > JWK_KID_MAX)
		return false;
	*ret = str_dup(a, text);
	return true;
}

/* The rules for a header; NULL when it keeps them, else the sentence. */
static const char *check_header(struct arena *a, const struct json_value *json,
	const struct jws_use *use, struct jws_header *h)
{
	struct str alg;

	if (!json_value_is_object(json))
		return "the header is no JSON object";
	for (size_t i = 0; i < ARRAY_LEN(refused_members); i++)
		if (json_value_get(json, refused_members[i]))
			return "the header has a member that is never accepted";
	if (!json_value_str(json_value_get(json, "alg"), &alg))
		return "the header names no algorithm";
	h->alg = use->secret ? JOSE_ALG_INVALID : jose_alg_parse(alg);
	if (use->secret ? !str_eq_c(alg, "HS256")
			: h->alg == JOSE_ALG_INVALID || !(use->algs & JOSE_BIT(h->alg)))
		return "the algorithm is not accepted here";
	if (!opt_text(a, json, "kid", &h->kid))
		return "the kid is malformed";
	if (!opt_text(a, json, "typ", &h->typ) || !typ_good(use, h->typ))
		return "this kind of token is not accepted here";
	return NULL;
}

static enum rc read_header(struct arena *a, struct str encoded, const struct jws_use *use,
	struct jws_header *ret, const char **ret_why)
{
	struct jws_header h;
	struct json_value *json;
	struct str text;
	const char *why;

	if (base64url_decode(a, encoded, &text) != RC_OK) {
		*ret_why = "the header is not base64url";
		return RC_INVALID;
	}
	if (json_value_parse(text, JWS_HEADER_MAX, &json) != RC_OK) {
		*ret_why = "the header is not JSON as RFC 7515 wants it";
		return RC_INVALID;
	}
	why = check_header(a, json, use, &h);
	json_value_free(json);
	if (why) {
		*ret_why = why;
		return RC_INVALID;
	}
	*ret = h;
	return RC_OK;
}

static enum rc open_door(struct arena *a, struct str token, const struct jws_use *use,
	struct str part[PARTS], struct jws_header *ret, const char **ret_why)
{
	if (token.n > (use->max ? use->max : JWS_MAX)) {
		*ret_why = "the token is too long";
		return RC_LIMITED;
	}
	if (!split(token, part)) {
		*ret_why = "a signed token has three parts";
		return RC_INVALID;
	}
	return read_header(a, part[HEADER], use, ret, ret_why);
}

enum rc jws_peek(struct arena *a, struct str token, const struct jws_use *use,
	struct jws_header *ret, const char **ret_why)
{
	struct str part[PARTS];

	return open_door(a, token, use, part, ret, ret_why);
}

/* By kid; without one only when a single key could be meant. Never by trying. */
static enum rc choose_key(const struct jwk_set *keys, const struct jws_header *h,
	const struct jwk **ret, const char **ret_why)
{
	const struct jwk *found = NULL;

	if (h->kid.n) {
		found = jwk_set_find(keys, h->kid);
	} else {
		for (size_t i = 0; i < jwk_set_count(keys); i++) {
			if (jwk_set_at(keys, i)->alg != h->alg)
				continue;
			if (found) {
				*ret_why = "the token names no kid and several keys could be meant";
				return RC_INVALID;
			}
			found = jwk_set_at(keys, i);
		}
	}
	if (!found) {
		*ret_why = "no key of this kid";
		return RC_NOT_FOUND;
	}
	if (found->alg != h->alg) {
		*ret_why = "the algorithm is not the key's own";
		return RC_INVALID;
	}
	*ret = found;
	return RC_OK;
}

bool jws_signature_good(const cjose_jwk_t *key, struct str token)
{
	cjose_err err;
	cjose_jws_t *jws = cjose_jws_import(token.p, token.n, &err);
	bool good = jws && cjose_jws_verify(jws, key, &err);

	cjose_jws_release(jws);
	return good;
}

enum rc jws_verify(struct arena *a, struct str token, const struct jws_use *use,
	const struct jwk_set *keys, struct str *ret_payload, const char **ret_why)
{
	struct str part[PARTS], payload, signature;
	struct jws_header h;
	const struct jwk *key;
	enum rc rc = open_door(a, token, use, part, &h, ret_why);

	if (rc != RC_OK)
		return rc;
	if (use->secret) {
		*ret_why = "a secret is no key of a set";
		return RC_INVALID;
	}
	rc = choose_key(keys, &h, &key, ret_why);
	if (rc != RC_OK)
		return rc;
	if (base64url_decode(a, part[PAYLOAD], &payload) != RC_OK ||
		base64url_decode(a, part[SIGNATURE], &signature) != RC_OK) {
		*ret_why = "the token is not base64url";
		return RC_INVALID;
	}
	if (signature.n != key->sig_bytes) {
		*ret_why = "the signature has the wrong length";
		return RC_INVALID;
	}
	if (!jws_signature_good(key->cjose, token)) {
		*ret_why = "the signature is wrong";
		return RC_DENIED;
	}
	*ret_payload = payload;
	return RC_OK;
}

enum rc jws_peek_payload(struct arena *a, struct str token, size_t max, struct str *ret_payload,
	const char **ret_why)
{
	struct str part[PARTS];

	*ret_why = "the token is too long";
	if (token.n > max)
		return RC_LIMITED;
	*ret_why = "this is no signed token";
	if (!split(token, part))
		return RC_INVALID;
	return base64url_decode(a, part[PAYLOAD], ret_payload);
}

static bool mac_good(struct str input, struct str signature, struct strlist secrets)
{
	unsigned char mac[SHA256_SIZE];
	bool good = false;

	for (size_t i = 0; i < secrets.n; i++) {
		if (secrets.v[i].n < JWS_SECRET_MIN)
			continue;
		hmac_sha256(secrets.v[i], input, mac);
		good |= secret_equal((struct str){(const char *)mac, SHA256_SIZE}, signature);
	}
	return good;
}

enum rc jws_verify_secret(struct arena *a, struct str token, const struct jws_use *use,
	struct strlist secrets, struct str *ret_payload, const char **ret_why)
{
	struct str part[PARTS], payload, signature;
	struct jws_header h;
	enum rc rc = open_door(a, token, use, part, &h, ret_why);

	if (rc != RC_OK)
		return rc;
	if (!use->secret || base64url_decode(a, part[PAYLOAD], &payload) != RC_OK ||
		base64url_decode(a, part[SIGNATURE], &signature) != RC_OK) {
		*ret_why = "the token is not base64url";
		return RC_INVALID;
	}
	*ret_why = "the signature is wrong";
	if (!mac_good(str_sub(token, 0, part[HEADER].n + 1 + part[PAYLOAD].n), signature, secrets))
		return RC_DENIED;
	*ret_payload = payload;
	return RC_OK;
}

static size_t encoded_len(size_t n)
{
	return (n * 4 + 2) / 3;
}

enum rc jws_sign(struct arena *a, const struct jwk *key, const char *typ, struct str payload,
	struct str *ret_token)
{
	struct buf header, out;
	struct str signature;
	struct json_writer w;
	enum rc rc;

	buf_init(&header, a, JWS_HEADER_MAX);
	buf_add(&header, key->header);
	if (typ) {
		buf_add_c(&header, ",\"typ\":");
		json_writer_init(&w, &header);
		json_write_str(&w, str_c(typ));
	}
	buf_add_byte(&header, '}');

	/* one piece of memory for the whole token */
	buf_init(&out, a, JWS_MAX);
	(void)buf_reserve(&out,
		encoded_len(header.n) + encoded_len(payload.n) + encoded_len(key->sig_bytes) + 2);
	base64url_add(&out, buf_str(&header));
	buf_add_byte(&out, '.');
	base64url_add(&out, payload);
	if (buf_status(&out) != RC_OK)
		return RC_LIMITED;
	rc = signer_sign(a, key, buf_str(&out), &signature);
	if (rc != RC_OK)
		return rc;
	buf_add_byte(&out, '.');
	base64url_add(&out, signature);
	if (buf_status(&out) != RC_OK)
		return RC_LIMITED;
	*ret_token = buf_str(&out);
	return RC_OK;
}

const char *jws_library_version(void)
{
	return cjose_version();
}

void jose_library_patient(void)
{
	cjose_set_alloc_funcs(patient_malloc, patient_realloc, free);
}
