/* SPDX-License-Identifier: AGPL-3.0-or-later */

/*
 * Judges the passwords on standard input, a line each, as the server does: prints "bits strength
 * rule,rule". The test of the pages' script compares itself with this.
 */
#include "base/arena.h"
#include "crypto/pwhash.h"
#include "check.h"
#include "factors/password/blocklist.h"
#include "factors/password/password_rules.h"

static const struct password_rules rules = {.min = 8,
	.max = 20,
	.lower = true,
	.upper = true,
	.digit = true,
	.special = true,
	.common = true};
static const struct password_context person = {.username = STR_INIT("somchai.j")};

static void judge_password(const struct blocklist *blocklist, struct str password)
{
	struct arena *a = arena_new(ARENA_CHUNK * 2);
	unsigned broken = password_check(&rules, blocklist, &person, password);
	struct str normal;
	int bits = -1;

	if (password_normalise(a, password, &normal) == RC_OK)
		bits = password_bits(blocklist, &person, normal);
	printf("%d %d ", bits, password_strength(bits));
	for (unsigned bit = 1; bit < 1u << PASSWORD_RULES; bit <<= 1)
		if (broken & bit)
			printf("%s,", password_rule_word(bit));
	putchar('\n');
	arena_free(a);
}

int main(void)
{
	struct blocklist *blocklist;
	const char *why;
	char line[4096];

	if (blocklist_new(STR_NONE, &blocklist, &why) != RC_OK)
		return 1;
	while (fgets(line, sizeof(line), stdin))
		judge_password(blocklist, (struct str){line, strcspn(line, "\n")});
	blocklist_free(blocklist);
	return 0;
}
