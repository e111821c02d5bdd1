/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * private_key_jwt and client_secret_jwt: what an assertion must be. The modules of the OpenID
 * Foundation's plans stand beside the rows; those without a prefix are of
 * fapi2-security-profile-final. Attack rows 6 and 7.
 */
#include "flow/assertion_fixture.h"

#include "crypto/hash.h"
#include "idp/client/client_assertion.h"

#include <pthread.h>

/* ---- claims ---- */

/* NULL: proven. Changes as for claims_of. */
struct claims_row {
	const char *module; /* of the conformance suite, or what it is */
	const char *changes[3];
	const char *rule;
};

#define ENDPOINT(path) "aud=\"" ISSUER path "\""

static const struct claims_row claims_rows[] = {
	{"oidcc-ensure-client-assertion-with-iss-aud-succeeds", {NULL}, NULL},
	{"client assertions with nbf 8 seconds in the future: accepted "
	 "(par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted)",
		{"nbf@8"}, NULL},
	{"iat 8 seconds in the future", {"iat@8"}, NULL},
	{"nbf at the skew", {"nbf@30"}, NULL},
	{"par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails", {"nbf@61"},
		"CLIENT_ASSERTION_TIME"},
	{"nbf beyond the skew", {"nbf@31"}, "CLIENT_ASSERTION_TIME"},
	{"iat over 60 seconds in the future", {"iat@61"}, "CLIENT_ASSERTION_TIME"},
	{"iat beyond the skew", {"iat@31"}, "CLIENT_ASSERTION_TIME"},
	{"without iat and nbf", {"-iat"}, NULL},
	{"iat is no number", {"iat=\"now\""}, "CLIENT_ASSERTION_TIME"},
	{"nbf is no number", {"nbf=true"}, "CLIENT_ASSERTION_TIME"},
	{"ensure-client-assertion-with-exp-is-5-minutes-in-past-fails", {"exp@-300"},
		"CLIENT_ASSERTION_TIME"},
	{"exp at the skew", {"exp@-29"}, NULL},
	{"exp beyond the skew", {"exp@-30"}, "CLIENT_ASSERTION_TIME"},
	{"without exp", {"-exp"}, "CLIENT_ASSERTION_TIME"},
	{"exp is no number", {"exp=\"later\""}, "CLIENT_ASSERTION_TIME"},
	{"the longest life", {"exp@330"}, NULL},
	{"a longer one", {"exp@331"}, "CLIENT_ASSERTION_TIME"},
	{"an hour", {"exp@3600"}, "CLIENT_ASSERTION_TIME"},
	{"for ever", {"exp=99999999999999"}, "CLIENT_ASSERTION_TIME"},
	{"ensure-client-assertion-with-wrong-aud-fails", {"aud=\"https://other.example\""},
		"CLIENT_ASSERTION_AUDIENCE"},
	{"without aud", {"-aud"}, "CLIENT_ASSERTION_AUDIENCE"},
	{"empty aud", {"aud=\"\""}, "CLIENT_ASSERTION_AUDIENCE"},
	{"par-test-array-as-audience-fails", {"aud=[\"" ISSUER "\"]"}, "CLIENT_ASSERTION_AUDIENCE"},
	{"CVE-2025-27370: another server's name beside ours",
		{"aud=[\"" ISSUER "\",\"https://other.example\"]"}, "CLIENT_ASSERTION_AUDIENCE"},
	{"the issuer with a slash", {"aud=\"" ISSUER "/\""}, "CLIENT_ASSERTION_AUDIENCE"},
	{"the issuer in capitals", {"aud=\"HTTP://LOCALHOST:9999\""}, "CLIENT_ASSERTION_AUDIENCE"},
	{"the token endpoint, of a client from before (RFC 7523 3)", {ENDPOINT("/oauth2/token")},
		NULL},
	{"an endpoint that is not called", {ENDPOINT("/oauth2/introspect")},
		"CLIENT_ASSERTION_AUDIENCE"},
	{"ensure-client-assertion-with-no-sub-fails", {"-sub"}, "CLIENT_ASSERTION_MALFORMED"},
	{"sub is no string", {"sub=1"}, "CLIENT_ASSERTION_MALFORMED"},
	{"empty sub", {"sub=\"\""}, "CLIENT_ASSERTION_MALFORMED"},
	{"sub of no client", {"sub=\"nobody\""}, "CLIENT_AUTH_UNKNOWN"},
	{"sub of another client", {"sub=\"other\""}, "CLIENT_ASSERTION_SIGNATURE"},
	{"without iss", {"-iss"}, "CLIENT_ASSERTION_ISSUER"},
	{"iss of another client", {"iss=\"other\""}, "CLIENT_ASSERTION_ISSUER"},
	{"iss is the issuer", {"iss=\"" ISSUER "\""}, "CLIENT_ASSERTION_ISSUER"},
	{"without jti", {"-jti"}, "CLIENT_ASSERTION_JTI"},
	{"empty jti", {"jti=\"\""}, "CLIENT_ASSERTION_JTI"},
	{"jti is no string", {"jti=7"}, "CLIENT_ASSERTION_JTI"},
	{"claims that nobody knows", {"purpose=\"x\"", "roles=[\"admin\"]"}, NULL},
};

static void claims(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct signer_key key = signer_key_new(JOSE_ES256), other = signer_key_new(JOSE_ES256);
	struct str assertion;

	signer_client(w, SIGNER, &key, NULL);
	/* The same kid, so that only the signature says whose it is. */
	signer_client(w, "other", &other, NULL);
	for (size_t i = 0; i < COUNT(claims_rows); i++) {
		const struct claims_row *row = &claims_rows[i];

		print_message("# %s\n", row->module);
		assertion = signed_by(w, &key, "{\"alg\":\"ES256\"}",
			claims_of(w, SIGNER, row->changes[0], row->changes[1], NULL));
		if (row->rule)
			check_unproven(w, assertion, row->rule);
		else
			check_proven(w, assertion);
	}
	fixture_free(w);
}

static void jti_of_every_length(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct signer_key key = signer_key_new(JOSE_ES256);
	char jti[CLIENT_ASSERTION_JTI_MAX + 8] = "jti=\"";

	signer_client(w, SIGNER, &key, NULL);
	memset(jti + 5, 'x', CLIENT_ASSERTION_JTI_MAX);
	memcpy(jti + 5 + CLIENT_ASSERTION_JTI_MAX, "\"", 2);
	check_proven(w, signed_by(w, &key, NULL, claims_of(w, SIGNER, jti, NULL)));
	memcpy(jti + 5 + CLIENT_ASSERTION_JTI_MAX, "x\"", 3);
	check_unproven(w, signed_by(w, &key, NULL, claims_of(w, SIGNER, jti, NULL)),
		"CLIENT_ASSERTION_JTI");
	fixture_free(w);
}

/* ---- the header never chooses a rule (CVE-2026-16093) ---- */

static const struct {
	const char *what, *header, *rule;
} header_rows[] = {
	{"alg alone", "{\"alg\":\"ES256\"}", NULL},
	{"typ JWT", "{\"alg\":\"ES256\",\"typ\":\"JWT\"}", NULL},
	{"typ in small letters", "{\"alg\":\"ES256\",\"typ\":\"jwt\"}", NULL},
	{"the type of its own", "{\"alg\":\"ES256\",\"typ\":\"client-authentication+jwt\"}", NULL},
	{"typ of an access token", "{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}",
		"CLIENT_ASSERTION_HEADER"},
	{"typ of a proof", "{\"alg\":\"ES256\",\"typ\":\"dpop+jwt\"}", "CLIENT_ASSERTION_HEADER"},
	{"typ of a request", "{\"alg\":\"ES256\",\"typ\":\"oauth-authz-req+jwt\"}",
		"CLIENT_ASSERTION_HEADER"},
	{"typ of a logout token", "{\"alg\":\"ES256\",\"typ\":\"logout+jwt\"}",
		"CLIENT_ASSERTION_HEADER"},
	{"none", "{\"alg\":\"none\"}", "CLIENT_ASSERTION_HEADER"},
	{"None", "{\"alg\":\"None\"}", "CLIENT_ASSERTION_HEADER"},
	{"no alg", "{\"typ\":\"JWT\"}", "CLIENT_ASSERTION_HEADER"},
	{"HS256 with a public key", "{\"alg\":\"HS256\"}", "CLIENT_ASSERTION_HEADER"},
	{"ensure-signed-client-assertion-with-RS256-fails: not its key's", "{\"alg\":\"RS256\"}",
		"CLIENT_ASSERTION_KEY"},
	{"ES384", "{\"alg\":\"ES384\"}", "CLIENT_ASSERTION_HEADER"},
	{"crit", "{\"alg\":\"ES256\",\"crit\":[\"x\"],\"x\":1}", "CLIENT_ASSERTION_HEADER"},
	{"empty crit", "{\"alg\":\"ES256\",\"crit\":[]}", "CLIENT_ASSERTION_HEADER"},
	{"zip", "{\"alg\":\"ES256\",\"zip\":\"DEF\"}", "CLIENT_ASSERTION_HEADER"},
	{"b64", "{\"alg\":\"ES256\",\"b64\":false}", "CLIENT_ASSERTION_HEADER"},
	{"jwk", "{\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\"}}", "CLIENT_ASSERTION_HEADER"},
	{"jku", "{\"alg\":\"ES256\",\"jku\":\"https://evil.example/jwks\"}",
		"CLIENT_ASSERTION_HEADER"},
	{"x5u", "{\"alg\":\"ES256\",\"x5u\":\"https://evil.example/c\"}",
		"CLIENT_ASSERTION_HEADER"},
	{"x5c", "{\"alg\":\"ES256\",\"x5c\":[\"AA\"]}", "CLIENT_ASSERTION_HEADER"},
	{"a member twice", "{\"alg\":\"none\",\"alg\":\"ES256\"}", "CLIENT_ASSERTION_HEADER"},
	{"kid of another key", "{\"alg\":\"ES256\",\"kid\":\"other\"}", "CLIENT_ASSERTION_KEY"},
	{"kid is no string", "{\"alg\":\"ES256\",\"kid\":1}", "CLIENT_ASSERTION_HEADER"},
	{"kid as a path", "{\"alg\":\"ES256\",\"kid\":\"../../dev/null\"}", "CLIENT_ASSERTION_KEY"},
	{"no object", "[]", "CLIENT_ASSERTION_HEADER"},
	{"no JSON", "ES256", "CLIENT_ASSERTION_HEADER"},
};

static void headers_of_assertions(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct signer_key key = signer_key_new(JOSE_ES256);

	signer_client(w, SIGNER, &key, NULL);
	for (size_t i = 0; i < COUNT(header_rows); i++) {
		struct str assertion =
			signed_by(w, &key, header_rows[i].header, claims_of(w, SIGNER, NULL));

		print_message("# %s\n", header_rows[i].what);
		if (header_rows[i].rule)
			check_unproven(w, assertion, header_rows[i].rule);
		else
			check_proven(w, assertion);
	}
	fixture_free(w);
}

static int wanted_alg;

static void with_alg(struct client *c)
{
	c->assertion_alg = wanted_alg;
}

/* token_endpoint_auth_signing_alg: the one algorithm, for each key that is there. */
static void the_registered_algorithm(void **state)
{
	static const enum jose_alg algs[] = {JOSE_ES256, JOSE_RS256, JOSE_PS256};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct signer_key keys[COUNT(algs)];

	for (size_t i = 0; i < COUNT(algs); i++)
		keys[i] = signer_key_new(algs[i]);
	signer_client(w, SIGNER, &keys[0], NULL);
	signer_keys(w, SIGNER, signer_jwks(w, keys, COUNT(algs)));
	for (size_t i = 0; i < COUNT(algs); i++)
		check_proven(w, assertion_of(w, &keys[i], SIGNER));
	for (size_t wanted = 0; wanted < COUNT(algs); wanted++) {
		wanted_alg = (int)algs[wanted];
		edit_client(w, SIGNER, with_alg);
		for (size_t i = 0; i < COUNT(algs); i++) {
			struct str assertion = assertion_of(w, &keys[i], SIGNER);

			if (i == wanted)
				check_proven(w, assertion);
			else
				check_unproven(w, assertion, "CLIENT_ASSERTION_HEADER");
		}
	}
	fixture_free(w);
}

/* Which of several keys is meant must be said; one by one of them is never tried. */
static void several_keys_need_a_kid(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct signer_key keys[2] = {signer_key_new(JOSE_ES256), signer_key_new(JOSE_ES256)};

	signer_client(w, SIGNER, &keys[0], NULL);
	signer_keys(w, SIGNER, signer_jwks(w, keys, 2));
	check_proven(w, assertion_of(w, &keys[1], SIGNER));
	check_unproven(w, signed_by(w, &keys[1], "{\"alg\":\"ES256\"}", claims_of(w, SIGNER, NULL)),
		"CLIENT_ASSERTION_HEADER");
	/* The kid of one with the signature of the other. */
	check_unproven(w,
		signed_by(w, &keys[0],
			text(w, "{\"alg\":\"ES256\",\"kid\":\"%.*s\"}", STR_FMT(keys[1].kid)).p,
			claims_of(w, SIGNER, NULL)),
		"CLIENT_ASSERTION_SIGNATURE");
	fixture_free(w);
}

static void forms_of_tokens(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct signer_key key = signer_key_new(JOSE_ES256);
	struct str good, big;

	signer_client(w, SIGNER, &key, NULL);
	good = assertion_of(w, &key, SIGNER);
	check_unproven(w, STR("x"), "CLIENT_ASSERTION_MALFORMED");
	check_unproven(w, STR(".."), "CLIENT_ASSERTION_MALFORMED");
	check_unproven(w, str_sub(good, 0, good.n - 1), "CLIENT_ASSERTION_HEADER");
	check_unproven(w, text(w, "%.*s.x", STR_FMT(good)), "CLIENT_ASSERTION_MALFORMED");
	check_unproven(w, text(w, "%.*s%%3D", STR_FMT(good)), "CLIENT_ASSERTION_HEADER");
	check_unproven(w, text(w, "%%20%.*s", STR_FMT(good)), "CLIENT_ASSERTION_HEADER");
	/* A claim twice: whoever reads the first and whoever reads the last differ. */
	check_unproven(w,
		signed_by(w, &key, NULL,
			STR("{\"sub\":\"" SIGNER "\",\"sub\":\"portal\",\"jti\":\"1\"}")),
		"CLIENT_ASSERTION_MALFORMED");
	check_unproven(
		w, signed_by(w, &key, NULL, STR("[\"" SIGNER "\"]")), "CLIENT_ASSERTION_MALFORMED");
	big = text(w, "more=\"%0*d\"", (int)CLIENT_ASSERTION_MAX, 0);
	check_unproven(w, signed_by(w, &key, NULL, claims_of(w, SIGNER, big.p, NULL)),
		"CLIENT_ASSERTION_MALFORMED");
	check_proven(w, good);
	fixture_free(w);
}

/* ---- client_secret_jwt ---- */

static int64_t old_until;
static struct str old_sealed;

static void with_old_secret(struct client *c)
{
	c->old_secret_sealed = old_sealed;
	c->old_secret_until = old_until;
}

static void by_the_secret(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct signer_key key = signer_key_new(JOSE_ES256);
	const char *old = "fedcba9876543210fedcba9876543210";
	struct str hash;

	signer_secret_client(w, SIGNER);
	check_proven(w, signed_by_secret(w, SIGNER_SECRET, NULL, claims_of(w, SIGNER, NULL)));
	check_unproven(w, signed_by_secret(w, old, NULL, claims_of(w, SIGNER, NULL)),
		"CLIENT_ASSERTION_SIGNATURE");
	check_unproven(w, signed_by_secret(w, "", NULL, claims_of(w, SIGNER, NULL)),
		"CLIENT_ASSERTION_SIGNATURE");
	check_unproven(w, assertion_of(w, &key, SIGNER), "CLIENT_ASSERTION_HEADER");
	check_unproven(w,
		signed_by_secret(
			w, SIGNER_SECRET, "{\"alg\":\"HS512\"}", claims_of(w, SIGNER, NULL)),
		"CLIENT_ASSERTION_HEADER");
	/* What is stored of secrets of other clients signs nothing. */
	hash = sha256_base64url(w->a, STR(SIGNER_SECRET));
	check_unproven(w, signed_by_secret(w, hash.p, NULL, claims_of(w, SIGNER, NULL)),
		"CLIENT_ASSERTION_SIGNATURE");
	/* Rotated: the secret before is accepted until its time. */
	old_sealed =
		vault_client_secret_seal(&w->vault, w->a, &w->random->rng, STR(SIGNER), str_c(old));
	old_until = w->now_ms / 1000 + 60;
	edit_client(w, SIGNER, with_old_secret);
	check_proven(w, signed_by_secret(w, old, NULL, claims_of(w, SIGNER, NULL)));
	fixture_advance_clock(w, 60);
	check_unproven(w, signed_by_secret(w, old, NULL, claims_of(w, SIGNER, NULL)),
		"CLIENT_ASSERTION_SIGNATURE");
	fixture_free(w);
}

static struct str stolen;

static void with_stolen_secret(struct client *c)
{
	c->secret_sealed = stolen;
}

/* A sealed secret is its client's: moved to another record it opens nothing. */
static void a_secret_stays_with_its_client(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct raw_answer r;

	signer_secret_client(w, "first");
	signer_secret_client(w, SIGNER);
	stolen = vault_client_secret_seal(
		&w->vault, w->a, &w->random->rng, STR("first"), STR(SIGNER_SECRET));
	edit_client(w, SIGNER, with_stolen_secret);
	r = prove(w, signed_by_secret(w, SIGNER_SECRET, NULL, claims_of(w, SIGNER, NULL)));
	assert_int_equal(r.status, 500);
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claims),
		cmocka_unit_test(jti_of_every_length),
		cmocka_unit_test(headers_of_assertions),
		cmocka_unit_test(the_registered_algorithm),
		cmocka_unit_test(several_keys_need_a_kid),
		cmocka_unit_test(forms_of_tokens),
		cmocka_unit_test(by_the_secret),
		cmocka_unit_test(a_secret_stays_with_its_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
