/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/common/claims.h"

#include "base/array.h"
#include "codec/base64.h"
#include "base/die.h"
#include "jose/jwt.h"
#include "crypto/hash.h"

#define TOKEN_MAX 16384u

/* One claim: the scope that releases it, its two names on the wire, where its value is. */
struct sandbox_claim {
	const char *scope;
	const char *renamed; /* NULL: one name only */
	size_t offset;
	int api; /* 0 = both */
};

#define P(member) offsetof(struct sandbox_person, member)
#define COMPOSED  SIZE_MAX /* full names and the address are put together */

static const struct sandbox_claim claim_table[] = {
	{"pid", NULL, P(pid), 0},
	{"name", NULL, COMPOSED, 2},
	{"name_en", NULL, COMPOSED, 2},
	{"given_name", NULL, P(given_name), 2},
	{"middle_name", NULL, P(middle_name), 2},
	{"family_name", NULL, P(family_name), 2},
	{"given_name_en", NULL, P(given_name_en), 2},
	{"middle_name_en", NULL, P(middle_name_en), 2},
	{"family_name_en", NULL, P(family_name_en), 2},
	{"title", "titleTh", P(title), 2},
	{"title_en", "titleEn", P(title_en), 2},
	{"birthdate", NULL, P(birthdate), 2},
	{"address", NULL, COMPOSED, 2},
	{"gender", NULL, P(gender), 2},
	{"smartcard_code", "smartCardCode", P(smartcard_code), 2},
	{"ial", NULL, P(ial), 2},
	{"date_of_issuance", "cardCreated", P(date_of_issuance), 2},
	{"date_of_expiry", "cardExpired", P(date_of_expiry), 2},
	{"th_fullname", NULL, COMPOSED, 1},
	{"th_fname", NULL, P(given_name), 1},
	{"th_lname", NULL, P(family_name), 1},
	{"dob", NULL, P(birthdate), 1},
};
#define CLAIMS (ARRAY_LEN(claim_table))

bool claims_scope_known(int api, struct str scope)
{
	if (str_eq_c(scope, "openid"))
		return true;
	for (size_t i = 0; i < CLAIMS; i++)
		if (str_eq_c(scope, claim_table[i].scope))
			return claim_table[i].api == 0 || claim_table[i].api == api;
	return false;
}

static void write_composed(
	struct json_writer *out, struct arena *a, const char *name, const struct sandbox_person *p)
{
	struct str n = str_c(name);

	json_write_key(out, name);
	if (str_eq_c(n, "address")) {
		json_write_object(out);
		json_add_str(out, "formatted", p->address);
		json_write_object_end(out);
	} else if (str_eq_c(n, "name_en")) {
		json_write_str(out, sandbox_person_name_en(a, p));
	} else {
		json_write_str(out, sandbox_person_name(a, p));
	}
}

/* The number with its check digit moved on by one: 13 digits that fail the checksum. */
static struct str wrong_digit(struct arena *a, struct str pid)
{
	char *copy = str_dup_c(a, pid);

	copy[12] = (char)('0' + (copy[12] - '0' + 1) % 10);
	return (struct str){.p = copy, .n = pid.n};
}

static void write_pid(
	struct json_writer *out, struct arena *a, struct str pid, int fault, bool other)
{
	if (fault == PID_MISSING)
		return;
	if (fault == PID_BAD_CHECKSUM)
		pid = wrong_digit(a, pid);
	if (fault == PID_CONFLICT && other)
		pid = STR("1111111111119");
	json_add_str(out, "pid", pid);
}

void claims_write_person(struct json_writer *out, struct arena *a, const struct sandbox_person *p,
	struct strlist scopes, const struct thaid_settings *s, bool other_pid)
{
	for (size_t i = 0; i < CLAIMS; i++) {
		const struct sandbox_claim *c = &claim_table[i];
		struct str value;

		if (!strlist_has(scopes, str_c(c->scope)))
			continue;
		if (c->offset == P(pid)) {
			write_pid(out, a, p->pid, s->pid_fault, other_pid);
			continue;
		}
		if (c->offset == COMPOSED) {
			write_composed(out, a, c->scope, p);
			continue;
		}
		value = *(const struct str *)((const char *)p + c->offset);
		if (c->renamed == NULL || s->spelling != SPELLING_RENAMED)
			json_add_str(out, c->scope, value);
		if (c->renamed != NULL && s->spelling != SPELLING_SCOPE)
			json_add_str(out, c->renamed, value);
	}
}

struct str claims_sub(
	struct arena *a, const struct sandbox_person *p, const struct thaid_settings *s)
{
	if (s->sub == SUB_OMIT)
		return STR_NONE;
	if (s->sub == SUB_OTHER)
		return str_sub(sha256_base64url(a, p->pid), 0, 22);
	return p->pid;
}

static struct str at_hash(struct arena *a, struct str access_token, int fault)
{
	return jwt_half_hash(a, fault == CLAIM_WRONG_AT_HASH ? STR("another token") : access_token);
}

static void write_audience(struct json_writer *out, struct str audience, int fault)
{
	json_write_key(out, "aud");
	if (fault == CLAIM_AUD_ARRAY)
		json_write_array(out);
	json_write_str(out, fault == CLAIM_WRONG_AUD ? STR("somebody-else") : audience);
	if (fault == CLAIM_AUD_ARRAY)
		json_write_array_end(out);
}

static void write_times(
	struct json_writer *out, const struct id_token_input *in, const struct thaid_settings *s)
{
	int64_t shift = s->claim_fault == CLAIM_EXPIRED  ? -7200
			: s->claim_fault == CLAIM_FUTURE ? 7200
							 : 0;

	json_add_i64(out, "iat", in->now + shift);
	if (s->claim_fault != CLAIM_NO_EXP)
		json_add_i64(out, "exp", in->now + shift + s->token_seconds);
	json_add_i64(out, "auth_time", in->auth_time + shift);
}

static void write_nonce(struct json_writer *out, struct str nonce, int mode)
{
	if (mode == NONCE_OMIT || nonce.n == 0)
		return;
	json_add_str(
		out, "nonce", mode == NONCE_WRONG ? STR("not-the-nonce-that-was-sent") : nonce);
}

static struct str id_token_payload(
	struct arena *a, const struct id_token_input *in, const struct thaid_settings *s)
{
	struct buf b;
	struct json_writer w;

	buf_init(&b, a, TOKEN_MAX);
	json_writer_init(&w, &b);
	json_write_object(&w);
	json_add_str(&w, "iss",
		s->claim_fault == CLAIM_WRONG_ISS ? STR("https://imauth.example") : in->issuer);
	write_audience(&w, in->audience, s->claim_fault);
	json_add_str_opt(&w, "sub", claims_sub(a, in->person, s));
	write_times(&w, in, s);
	json_add_str(&w, "at_hash", at_hash(a, in->access_token, s->claim_fault));
	json_add_i64(&w, "version", 2);
	write_nonce(&w, in->nonce, s->nonce);
	if (s->delivery != DELIVERY_FLAT)
		claims_write_person(&w, a, in->person, in->scopes, s, false);
	json_write_object_end(&w);
	return buf_str(&b);
}

/* header.payload in base64url, for tokens the signing wall would rightly refuse to make. */
static void forge(struct buf *out, const char *header, struct str payload)
{
	base64url_add(out, str_c(header));
	buf_add_byte(out, '.');
	base64url_add(out, payload);
}

static struct str with_hmac(struct arena *a, const char *header, struct str key, struct str payload)
{
	unsigned char mac[SHA256_SIZE];
	struct buf b;

	buf_init(&b, a, TOKEN_MAX);
	forge(&b, header, payload);
	hmac_sha256(key, buf_str(&b), mac);
	buf_add_byte(&b, '.');
	base64url_add(&b, (struct str){.p = (const char *)mac, .n = sizeof(mac)});
	return buf_str(&b);
}

struct str claims_opaque_jwt(struct arena *a, struct str key, struct str payload)
{
	return with_hmac(a, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", key, payload);
}

static struct str unsigned_jwt(struct arena *a, struct str payload)
{
	struct buf b;

	buf_init(&b, a, TOKEN_MAX);
	forge(&b, "{\"alg\":\"none\"}", payload);
	buf_add_byte(&b, '.');
	return buf_str(&b);
}

/* The properly signed token under another header: the signature is then wrong as well, which is
 * right for headers that must be refused before any signature is looked at. */
static struct str with_header(struct arena *a, struct str token, const char *header)
{
	struct str rest = token, first;
	struct buf b;

	str_cut(&rest, '.', &first);
	buf_init(&b, a, TOKEN_MAX);
	base64url_add(&b, str_c(header));
	buf_add_byte(&b, '.');
	buf_add(&b, rest);
	return buf_str(&b);
}

static struct str public_key_text(struct arena *a, const struct jwk *key)
{
	struct buf b;
	struct json_writer w;

	buf_init(&b, a, JWK_TEXT_MAX);
	json_writer_init(&w, &b);
	jwk_write_public(key, &w);
	return buf_str(&b);
}

static const char *embedded_header(struct arena *a, const struct jwk *key)
{
	struct buf b;

	buf_init(&b, a, JWK_TEXT_MAX);
	buf_add_c(&b, "{\"alg\":\"ES256\",\"jwk\":");
	buf_add(&b, public_key_text(a, key));
	buf_add_c(&b, "}");
	return str_dup_c(a, buf_str(&b));
}

/* One bit of the signature turned over. */
static struct str break_signature(struct arena *a, struct str token)
{
	char *copy = str_dup_c(a, token);
	char *last = copy + token.n - 10;

	*last = *last == 'A' ? 'B' : 'A';
	return (struct str){.p = copy, .n = token.n};
}

static struct str sign(struct arena *a, const struct jwk *key, struct str payload)
{
	struct str token;

	if (jws_sign(a, key, "JWT", payload, &token) != RC_OK)
		die("sandbox: an id_token cannot be signed");
	return token;
}

struct str claims_id_token(
	struct arena *a, const struct id_token_input *in, const struct thaid_settings *s)
{
	struct str payload = id_token_payload(a, in, s);

	switch ((enum thaid_jws_fault)s->jws_fault) {
	case JWS_NONE: break;
	case JWS_NOT_A_JWT: return STR("this is not a token");
	case JWS_ALG_NONE: return unsigned_jwt(a, payload);
	case JWS_ALG_HS256:
		/* The classic confusion: HMAC keyed with the public key's text. */
		return with_hmac(a, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
			public_key_text(a, in->key), payload);
	case JWS_BAD_SIGNATURE: return break_signature(a, sign(a, in->key, payload));
	case JWS_UNKNOWN_KID:
		return with_header(a, sign(a, in->key, payload),
			"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"nobody-knows\"}");
	case JWS_EMBEDDED_JWK:
		return with_header(a, sign(a, in->key, payload), embedded_header(a, in->key));
	}
	return sign(a, in->key, payload);
}
