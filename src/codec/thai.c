/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/thai.h"

#include "base/array.h"
#include "base/arena.h"
#include "codec/typed.h"

#define MOBILE_DIGITS 9u /* behind the country code or the 0 */

bool thai_citizen_number_ok(struct str digits)
{
	unsigned sum = 0;

	if (digits.n != CITIZEN_NUMBER_DIGITS)
		return false;
	for (unsigned i = 0; i < CITIZEN_NUMBER_DIGITS; i++) {
		unsigned digit = (unsigned)(digits.p[i] - '0');

		if (digit > 9)
			return false;
		if (i == CITIZEN_NUMBER_DIGITS - 1)
			return digit == (11 - sum % 11) % 10;
		sum += digit * (CITIZEN_NUMBER_DIGITS - i);
	}
	return false;
}

enum rc thai_citizen_number_normalise(struct arena *a, struct str typed, struct str *ret)
{
	struct str digits;

	if (typed_number(a, typed, &digits) != RC_OK || !thai_citizen_number_ok(digits))
		return RC_INVALID;
	*ret = digits;
	return RC_OK;
}

struct str thai_citizen_number_mask(struct arena *a, struct str digits)
{
	struct str mask = STR("X-XXXX-XXXX0-00-0");
	char *text;

	if (digits.n != CITIZEN_NUMBER_DIGITS)
		return STR("X");
	text = str_dup_c(a, mask);
	text[mask.n - 6] = digits.p[9];
	memcpy(text + mask.n - 4, digits.p + 10, 2);
	text[mask.n - 1] = digits.p[12];
	return (struct str){.p = text, .n = mask.n};
}

/* The nine digits behind the prefix when s is prefix + [689] + 8 digits. */
static bool subscriber(struct str s, struct str prefix, struct str *ret)
{
	struct str digits = str_sub(s, prefix.n, s.n);
	uint64_t number;

	if (!str_starts(s, prefix) || digits.n != MOBILE_DIGITS)
		return false;
	if (!str_to_u64(digits, UINT64_MAX, &number) || !memchr("689", digits.p[0], 3))
		return false;
	*ret = digits;
	return true;
}

static struct str join(struct arena *a, struct str prefix, struct str digits)
{
	char *text = arena_alloc(a, prefix.n + digits.n + 1);

	memcpy(text, prefix.p, prefix.n);
	memcpy(text + prefix.n, digits.p, digits.n);
	text[prefix.n + digits.n] = '\0';
	return (struct str){.p = text, .n = prefix.n + digits.n};
}

/* The last one: a spreadsheet took the number for an amount and dropped its 0. Nothing else in
 * Thailand has nine digits that begin so. "+660", "660": the country code was put before the 0. */
enum rc thai_mobile_normalise(struct arena *a, struct str typed, struct str *ret)
{
	static const struct str prefixes[] = {STR_INIT("+66"), STR_INIT("66"), STR_INIT("0066"),
		STR_INIT("0"), STR_INIT("+660"), STR_INIT("660"), STR_INIT("00660"), STR_INIT("")};
	struct str s, digits;

	if (typed_number(a, typed, &s) != RC_OK)
		return RC_INVALID;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		if (!subscriber(s, prefixes[i], &digits))
			continue;
		*ret = join(a, STR("+66"), digits);
		return RC_OK;
	}
	return RC_INVALID;
}

struct str thai_mobile_national(struct arena *a, struct str normalised)
{
	struct str digits;

	if (!subscriber(normalised, STR("+66"), &digits))
		return STR_NONE;
	return join(a, STR("0"), digits);
}

struct str thai_mobile_mask(struct arena *a, struct str normalised)
{
	struct str digits, mask = STR("00X-XXX-0000");
	char *text;

	if (!subscriber(normalised, STR("+66"), &digits))
		return STR("X");
	text = str_dup_c(a, mask);
	text[1] = digits.p[0];
	memcpy(text + mask.n - 4, digits.p + MOBILE_DIGITS - 4, 4);
	return (struct str){.p = text, .n = mask.n};
}

/* Bytes of the first count characters of s at most. */
static size_t characters(struct str s, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count && n < s.n; i++) {
		size_t step = str_utf8_step(str_sub(s, n, s.n));

		n += step ? step : 1;
	}
	return n;
}

struct str thai_email_mask(struct arena *a, struct str address)
{
	size_t at = str_find(address, '@');
	struct str local = str_sub(address, 0, at), domain = str_sub(address, at, address.n);
	struct str shown = str_sub(local, 0, characters(local, local.n < 4 ? 1 : 2));

	if (domain.n == 0)
		return STR("***");
	return join(a, join(a, shown, STR("***")), domain);
}
