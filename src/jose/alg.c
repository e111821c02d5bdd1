/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "jose/internal.h"

#define RSA_PUBLIC                                                                                 \
	{                                                                                          \
		"e", "n"                                                                           \
	}
#define RSA_PRIVATE                                                                                \
	{                                                                                          \
		"d", "p", "q", "dp", "dq", "qi"                                                    \
	}

/* RFC 7518 section 3.1; the members: sections 6.2 and 6.3. */
static const struct alg_row rows[JOSE_ALG_MAX] = {
	[JOSE_ES256] = {"ES256", "EC", "P-256", {"x", "y"}, {"d"}},
	[JOSE_RS256] = {"RS256", "RSA", NULL, RSA_PUBLIC, RSA_PRIVATE},
	[JOSE_PS256] = {"PS256", "RSA", NULL, RSA_PUBLIC, RSA_PRIVATE},
};

const struct alg_row *alg_row(enum jose_alg alg)
{
	return &rows[alg];
}

const char *jose_alg_name(enum jose_alg alg)
{
	if (alg <= JOSE_ALG_INVALID || alg >= JOSE_ALG_MAX)
		return "invalid";
	return rows[alg].name;
}

enum jose_alg jose_alg_parse(struct str name)
{
	for (int alg = JOSE_ALG_INVALID + 1; alg < JOSE_ALG_MAX; alg++)
		if (str_eq_c(name, rows[alg].name))
			return (enum jose_alg)alg;
	return JOSE_ALG_INVALID;
}
