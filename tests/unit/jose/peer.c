/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The other half of peer.py: does what one line asks, so that an independent implementation can
 * check it. "make ALG" answers the private JWK, its thumbprint and a token; "read JWKS TOKEN"
 * answers the payload, or "refused".
 */
#include "support.h"

#include "base/die.h"

#include <unistd.h>

#define LINE_MAX_BYTES 65536

static void make_key_pair(struct arena *a, struct str name)
{
	struct jwk *k;
	struct str token, text, print;

	if (jwk_generate(jose_alg_parse(name), &k) != RC_OK) {
		puts("refused");
		return;
	}
	if (jws_sign(a, k, "at+jwt", STR("{\"sub\":\"someone\"}"), &token) != RC_OK)
		die("sign");
	text = jwk_private_text(k, a);
	print = jwk_thumbprint(k, a);
	printf("%.*s %.*s %.*s\n", STR_FMT(text), STR_FMT(print), STR_FMT(token));
	jwk_unref(k);
}

static void read_token(struct arena *a, struct str jwks, struct str token)
{
	const struct jws_use use = {.algs = JOSE_ASYMMETRIC};
	struct jwk_set *keys;
	struct str payload;
	const char *why;
	enum rc rc = jwk_set_parse(jwks, JOSE_ALG_INVALID, &keys);

	if (rc != RC_OK) {
		puts("refused");
		return;
	}
	rc = jws_verify(a, token, &use, keys, &payload, &why);
	if (rc == RC_OK)
		printf("%.*s\n", STR_FMT(payload));
	else
		puts("refused");
	jwk_set_unref(keys);
}

int main(void)
{
	static char line[LINE_MAX_BYTES];
	struct arena *a = arena_new(ARENA_MAX);

	while (fgets(line, sizeof(line), stdin)) {
		struct str rest = {.p = line, .n = strcspn(line, "\n")};
		struct str verb, first;

		(void)str_cut(&rest, ' ', &verb);
		(void)str_cut(&rest, ' ', &first);
		if (str_eq_c(verb, "make"))
			make_key_pair(a, first);
		else
			read_token(a, first, rest);
		fflush(stdout);
		arena_reset(a);
	}
	arena_free(a);
	return 0;
}
