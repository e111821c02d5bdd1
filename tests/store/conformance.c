/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The contract of store.h, for the backend named on the command line. */
#include "conformance.h"
#include "fixture.h"

static const struct {
	const char *name;
	int (*run)(void);
} tiers[] = {
	{"records", conformance_records},
	{"atomicity", conformance_atomicity},
	{"threads", conformance_threads},
};

int main(int argc, char **argv)
{
	if (argc != 3 || !fixture_choose(argv[1])) {
		fprintf(stderr, "usage: conformance mem|lmdb TIER\n");
		return 2;
	}
	for (size_t i = 0; i < sizeof(tiers) / sizeof(tiers[0]); i++)
		if (str_eq_c(str_c(argv[2]), tiers[i].name))
			return tiers[i].run();
	return 2;
}
