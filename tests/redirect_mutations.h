/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_REDIRECT_MUTATIONS_H
#define PRATU_TESTS_REDIRECT_MUTATIONS_H

/*
 * Ways to write something that some server somewhere took for the registered redirect URI
 * (RFC 9700 section 4.1; CVE-2023-6291, CVE-2024-1132, CVE-2024-8883, CVE-2024-21637,
 * CVE-2024-52289, CVE-2026-3872, CVE-2026-7504, CVE-2026-9086, CVE-2026-18211). None of them may be
 * sent anything when REDIRECT_REGISTERED alone is registered, at any endpoint that takes one.
 */
#include "base/str.h"

#define REDIRECT_REGISTERED "https://portal.example.go.th/callback"

struct redirect_mutation {
	struct str uri;
	bool lawful; /* a redirect URI that somebody else might register */
};

#define P "https://portal.example.go.th"
#define BAD(t)                                                                                     \
	{                                                                                          \
		.uri = STR_INIT(t), .lawful = false                                                \
	}
#define ELSE(t)                                                                                    \
	{                                                                                          \
		.uri = STR_INIT(t), .lawful = true                                                 \
	}

static const struct redirect_mutation redirect_mutations[] = {
#include "redirect_mutations.def"
};

#undef P
#undef BAD
#undef ELSE

#define N_REDIRECT_MUTATIONS (sizeof(redirect_mutations) / sizeof(redirect_mutations[0]))

#endif
