/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What people type: whatever the bytes, each reading is in its own form and reads itself again. */
#include "base/arena.h"
#include "base/die.h"
#include "codec/date.h"
#include "codec/email.h"
#include "codec/thai.h"
#include "codec/typed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void wanted(bool holds)
{
	if (!holds)
		die("typed: a reading is not in its form");
}

static void codes(struct arena *a, struct str typed)
{
	struct str once, again;
	uint64_t number;

	if (typed_code(a, typed, 6, &once) != RC_OK)
		return;
	wanted(once.n == 6 && str_to_u64(once, 999999, &number));
	wanted(typed_code(a, once, 6, &again) == RC_OK && str_eq(once, again));
}

static void usernames(struct arena *a, struct str typed)
{
	struct str once = typed_username(a, typed);

	if (once.n <= TYPED_MAX)
		wanted(str_eq(typed_username(a, once), once));
	wanted(typed_trim(once).n == once.n);
}

static void contacts(struct arena *a, struct str typed)
{
	struct str once, again;
	const char *why;

	if (email_normalise(a, typed, &once, &why) == RC_OK)
		wanted(email_ok(once) && email_normalise(a, once, &again, &why) == RC_OK &&
			str_eq(once, again));
	else
		wanted(why != NULL);
	if (thai_mobile_normalise(a, typed, &once) == RC_OK)
		wanted(once.n == 12 && thai_mobile_normalise(a, once, &again) == RC_OK &&
			str_eq(once, again));
	if (thai_citizen_number_normalise(a, typed, &once) == RC_OK)
		wanted(thai_citizen_number_ok(once));
}

static void dates(struct arena *a, struct str typed)
{
	struct buf out;

	for (int day = 0; day < 2; day++) {
		buf_init(&out, a, 159);
		date_add_fault(&out, typed, day);
		wanted(buf_status(&out) == RC_OK && str_is_utf8(buf_str(&out)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct str typed = {.p = (const char *)data, .n = size};

	codes(a, typed);
	usernames(a, typed);
	contacts(a, typed);
	dates(a, typed);
	arena_free(a);
	return 0;
}
