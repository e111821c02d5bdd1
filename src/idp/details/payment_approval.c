/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/details/payment_approval.h"

#include "base/array.h"
#include "codec/amount_words.h"

#define NAME_MAX_    140u /* characters, as in ISO 20022 */
#define REFERENCE    64u
#define WORDS_BYTES  1024u
#define CURRENCY_OWN "THB"

static const char *const currencies[] = {
	"THB", "USD", "EUR", "GBP", "JPY", "CNY", "SGD", "MYR", "LAK", NULL};

enum { CREDITOR_NAME, CREDITOR_BANK, CREDITOR_ACCOUNT, ITEM_AMOUNT, ITEM_REFERENCE };

static const struct details_field item_fields[] = {
	[CREDITOR_NAME] = {"creditor_name", DETAILS_TEXT, .max = NAME_MAX_},
	[CREDITOR_BANK] = {"creditor_bank", DETAILS_TEXT, .optional = true, .max = NAME_MAX_},
	[CREDITOR_ACCOUNT] = {"creditor_account", DETAILS_ACCOUNT},
	[ITEM_AMOUNT] = {"amount", DETAILS_AMOUNT},
	[ITEM_REFERENCE] = {"reference", DETAILS_CODE, .optional = true, .max = REFERENCE},
	{.name = NULL},
};

enum { TRANSACTION, AMOUNT, CURRENCY, DEBTOR_NAME, DEBTOR_ACCOUNT, EXECUTION_DATE, PURPOSE, ITEMS };

static const struct details_field fields[] = {
	[TRANSACTION] = {"transaction_id", DETAILS_CODE, .max = REFERENCE},
	[AMOUNT] = {"amount", DETAILS_AMOUNT},
	[CURRENCY] = {"currency", DETAILS_WORD, .words = currencies},
	[DEBTOR_NAME] = {"debtor_name", DETAILS_TEXT, .optional = true, .max = NAME_MAX_},
	[DEBTOR_ACCOUNT] = {"debtor_account", DETAILS_ACCOUNT},
	[EXECUTION_DATE] = {"execution_date", DETAILS_DATE, .optional = true},
	[PURPOSE] = {"purpose", DETAILS_TEXT, .optional = true, .max = NAME_MAX_},
	[ITEMS] = {"items", DETAILS_LIST, .max = PAYMENT_ITEMS_MAX, .fields = item_fields},
	{.name = NULL},
};

static int64_t amount_of(const struct json_value *object)
{
	int64_t hundredths = 0;
	struct str text;

	if (!json_value_str(json_value_get(object, "amount"), &text) ||
		!details_amount(text, &hundredths))
		return 0;
	return hundredths;
}

/* 30 amounts of at most 10^15 hundredths: no overflow. */
static bool items_make_the_total(const struct json_value *one, const char **ret_why)
{
	const struct json_value *items = json_value_get(one, "items");
	int64_t sum = 0;

	for (size_t i = 0; i < json_value_count(items); i++)
		sum += amount_of(json_value_at(items, i));
	*ret_why = "the amounts of items do not make amount";
	return sum == amount_of(one);
}

static struct str with_currency(
	struct details_page *page, const struct json_value *one, struct str amount)
{
	struct buf out;

	buf_init(&out, details_arena(page), WORDS_BYTES);
	buf_add(&out, amount);
	buf_add_byte(&out, ' ');
	buf_add(&out, details_value(page, &fields[CURRENCY], one));
	return buf_str(&out);
}

static struct str in_words(struct details_page *page, const struct json_value *one)
{
	struct str currency;
	struct buf out;

	if (!json_value_str(json_value_get(one, "currency"), &currency) ||
		!str_eq_c(currency, CURRENCY_OWN))
		return STR_NONE;
	buf_init(&out, details_arena(page), WORDS_BYTES);
	if (details_lang(page) == WEB_TH)
		amount_words_thai(&out, amount_of(one));
	else
		amount_words_english(&out, amount_of(one));
	return buf_str(&out);
}

static struct str payee_heading(struct details_page *page, size_t n, size_t of)
{
	struct buf out;

	buf_init(&out, details_arena(page), WORDS_BYTES);
	buf_add(&out, details_word(page, "items"));
	if (of > 1)
		buf_addf(&out, " %zu/%zu", n, of);
	return buf_str(&out);
}

static struct str count_text(struct details_page *page, size_t n)
{
	struct buf out;

	buf_init(&out, details_arena(page), WORDS_BYTES);
	buf_addf(&out, "%zu", n);
	return buf_str(&out);
}

static void show_item(
	struct details_page *page, const struct json_value *one, const struct json_value *item)
{
	struct str amount = details_value(page, &item_fields[ITEM_AMOUNT], item);

	details_row(page, "items.creditor_name",
		details_value(page, &item_fields[CREDITOR_NAME], item));
	details_row(page, "items.creditor_bank",
		details_value(page, &item_fields[CREDITOR_BANK], item));
	details_row(page, "items.creditor_account",
		details_value(page, &item_fields[CREDITOR_ACCOUNT], item));
	details_row(page, "items.amount", with_currency(page, one, amount));
	details_row(
		page, "items.reference", details_value(page, &item_fields[ITEM_REFERENCE], item));
}

/* The total with figures and words, from where, and every payee. */
static void payment_show(struct details_page *page, const struct json_value *one)
{
	static const struct {
		const char *key;
		int field;
	} rows[] = {{"debtor_name", DEBTOR_NAME}, {"debtor_account", DEBTOR_ACCOUNT},
		{"execution_date", EXECUTION_DATE}, {"purpose", PURPOSE},
		{"transaction_id", TRANSACTION}};
	const struct json_value *items = json_value_get(one, "items");
	size_t n = json_value_count(items);

	details_row_strong(page, "amount",
		with_currency(page, one, details_value(page, &fields[AMOUNT], one)));
	details_row(page, "amount_words", in_words(page, one));
	details_row(page, "count", count_text(page, n));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		details_row(page, rows[i].key, details_value(page, &fields[rows[i].field], one));
	for (size_t i = 0; i < n; i++) {
		details_group(page, payee_heading(page, i + 1, n));
		show_item(page, one, json_value_at(items, i));
	}
}

const struct details_type details_payment_approval = {
	.name = "payment_approval",
	.fields = fields,
	.check = items_make_the_total,
	.show = payment_show,
};
