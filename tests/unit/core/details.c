/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Authorization details (RFC 9396): what is read, refused, narrowed and shown. The type is the one
 * that ships, payment_approval. */
#include "unit/check.h"

#include "core/details.h"
#include "core/module.h"

#define ITEM                                                                                       \
	"{\"creditor_name\":\"ร้าน ก\",\"creditor_account\":\"9876543210\",\"amount\":\"1000.00\"}"
#define ITEM_2                                                                                     \
	"{\"creditor_name\":\"B & Sons\",\"creditor_bank\":\"KTB\",\"creditor_account\":"          \
	"\"1112223334\",\"amount\":\"234.50\",\"reference\":\"INV-2\"}"
#define HEAD "\"type\":\"payment_approval\",\"transaction_id\":\"T-1\""
#define MONEY                                                                                      \
	"\"amount\":\"1234.50\",\"currency\":\"THB\",\"debtor_account\":\"1234567890\",\"items\":" \
	"[" ITEM "," ITEM_2 "]"
#define GOOD "[{" HEAD "," MONEY "}]"

static const struct str payment[] = {STR_INIT("payment_approval")};

static struct details_question question(const char *text)
{
	return (struct details_question){.text = str_c(text), .types = {payment, 1}};
}

/* One form, whatever order and spaces it came in. */
static void one_form(void **state)
{
	const struct details_question as_sent = question(GOOD);
	const struct details_question mixed =
		question("[ {\"items\":[" ITEM "," ITEM_2
			 "], \"debtor_account\":\"1234567890\",\"currency\":\"THB\","
			 "\"amount\":\"1234.50\", " HEAD " } ]");
	struct str first, second, why;

	assert_null(details_read(*state, &as_sent, &first, &why));
	assert_null(details_read(*state, &mixed, &second, &why));
	assert_true(str_eq(first, second));
	assert_true(str_starts(first, STR("[{" HEAD)));
}

static const char *with(struct arena *a, const char *member)
{
	struct buf out;

	buf_init(&out, a, 2 * DETAILS_MAX);
	buf_addf(&out, "[{" HEAD "," MONEY ",%s}]", member);
	return out.p;
}

#define ONE_ITEM(members)                                                                          \
	"[{" HEAD ",\"amount\":\"1.00\",\"currency\":\"THB\",\"debtor_account\":\"1234567890\","   \
	"\"items\":[{" members "}]}]"
#define TOTAL(amount)                                                                              \
	"[{" HEAD ",\"amount\":\"" amount                                                          \
	"\",\"currency\":\"THB\",\"debtor_account\":\"1234567890\",\"items\":[{\"creditor_name\":" \
	"\"A\",\"creditor_account\":\"987654\",\"amount\":\"" amount "\"}]}]"

static void each_refusal(void **state)
{
	static const struct {
		const char *text;
		enum oauth_error_id error;
		const char *where;
	} rows[] = {
		{"", OAUTH_ERROR_DETAILS_FORM, ""},
		{"{", OAUTH_ERROR_DETAILS_FORM, ""},
		{"[]", OAUTH_ERROR_DETAILS_FORM, ""},
		{"{" HEAD "," MONEY "}", OAUTH_ERROR_DETAILS_FORM, ""},
		{"null", OAUTH_ERROR_DETAILS_FORM, ""},
		{"[1]", OAUTH_ERROR_DETAILS_FORM, ""},
		{"[{}]", OAUTH_ERROR_DETAILS_FORM, ""},
		{"[{\"type\":1}]", OAUTH_ERROR_DETAILS_FORM, ""},
		{"[{" HEAD "," HEAD "," MONEY "}]", OAUTH_ERROR_DETAILS_FORM, ""}, /* twice */
		{"[{\"type\":\"none\"}]", OAUTH_ERROR_DETAILS_TYPE, ""},
		{"[{\"type\":\"\"}]", OAUTH_ERROR_DETAILS_TYPE, ""},
		{"[{" HEAD "}]", OAUTH_ERROR_DETAILS_MISSING, "payment_approval.amount"},
		{"[{\"type\":\"payment_approval\"," MONEY "}]", OAUTH_ERROR_DETAILS_MISSING,
			"payment_approval.transaction_id"},
		{ONE_ITEM("\"creditor_name\":\"A\",\"amount\":\"1.00\""),
			OAUTH_ERROR_DETAILS_MISSING, "payment_approval.items.creditor_account"},
		{ONE_ITEM("\"creditor_name\":\"A\",\"creditor_account\":\"987654\",\"amount\":"
			  "\"1.00\",\"x\":1"),
			OAUTH_ERROR_DETAILS_FIELD, "payment_approval.items"},
		{ONE_ITEM("\"creditor_name\":\"A\",\"creditor_account\":\"987654\",\"amount\":"
			  "\"1.01\""),
			OAUTH_ERROR_DETAILS_RULE,
			"payment_approval: the amounts of items do not make amount"},
		{ONE_ITEM("\"creditor_name\":\"A\",\"creditor_account\":\"98765\",\"amount\":"
			  "\"1.00\""),
			OAUTH_ERROR_DETAILS_VALUE, "payment_approval.items.creditor_account"},
		{TOTAL("0.00"), OAUTH_ERROR_DETAILS_VALUE, "payment_approval.amount"},
		{TOTAL("1"), OAUTH_ERROR_DETAILS_VALUE, "payment_approval.amount"},
		{TOTAL("1.0"), OAUTH_ERROR_DETAILS_VALUE, "payment_approval.amount"},
		{TOTAL("01.00"), OAUTH_ERROR_DETAILS_VALUE, "payment_approval.amount"},
		{TOTAL("1,000.00"), OAUTH_ERROR_DETAILS_VALUE, "payment_approval.amount"},
		{TOTAL("-1.00"), OAUTH_ERROR_DETAILS_VALUE, "payment_approval.amount"},
		{TOTAL("12345678901234.00"), OAUTH_ERROR_DETAILS_VALUE, "payment_approval.amount"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct details_question q = question(rows[i].text);
		struct str text = STR_NONE, why;
		const struct oauth_error *e = details_read(*state, &q, &text, &why);

		if (e != &oauth_errors[rows[i].error] || !str_eq_c(why, rows[i].where))
			fail_msg("%s: %s, %.*s", rows[i].text, e ? e->name : "accepted",
				STR_FMT(why));
		assert_int_equal(text.n, 0);
	}
}

/* Members beside the good ones. */
static void each_value(void **state)
{
	static const struct {
		const char *member;
		enum oauth_error_id error; /* OAUTH_ERROR_MAX: good */
	} rows[] = {
		{"\"execution_date\":\"2026-12-31\"", OAUTH_ERROR_MAX},
		{"\"execution_date\":\"2569-12-31\"", OAUTH_ERROR_DETAILS_VALUE},
		{"\"execution_date\":\"2026-02-29\"", OAUTH_ERROR_DETAILS_VALUE},
		{"\"execution_date\":20261231", OAUTH_ERROR_DETAILS_VALUE},
		{"\"execution_date\":null", OAUTH_ERROR_DETAILS_VALUE},
		{"\"purpose\":\"ค่าจ้างเหมาบริการ งวดที่ 1\"", OAUTH_ERROR_MAX},
		{"\"purpose\":\"\"", OAUTH_ERROR_DETAILS_VALUE},
		{"\"purpose\":\" \"", OAUTH_ERROR_DETAILS_VALUE},
		{"\"purpose\":\"a\\nb\"", OAUTH_ERROR_DETAILS_VALUE},
		{"\"purpose\":\"a\\u202eb\"", OAUTH_ERROR_DETAILS_VALUE},
		{"\"purpose\":\"a\\u200bb\"", OAUTH_ERROR_DETAILS_VALUE},
		{"\"purpose\":[\"a\"]", OAUTH_ERROR_DETAILS_VALUE},
		{"\"purpose\":{}", OAUTH_ERROR_DETAILS_VALUE},
		{"\"debtor_name\":\"อบต. บางตะไนย์\"", OAUTH_ERROR_MAX},
		{"\"debtorname\":\"A\"", OAUTH_ERROR_DETAILS_FIELD},
		{"\"locations\":[\"https://a.test\"]", OAUTH_ERROR_DETAILS_FIELD},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct details_question q = question(with(*state, rows[i].member));
		struct str text, why;
		const struct oauth_error *e = details_read(*state, &q, &text, &why);

		if (e != (rows[i].error == OAUTH_ERROR_MAX ? NULL : &oauth_errors[rows[i].error]))
			fail_msg("%s: %s", rows[i].member, e ? e->name : "accepted");
	}
}

static const char *many(struct arena *a, size_t n, const char *purpose)
{
	struct buf out;

	buf_init(&out, a, 16 * DETAILS_MAX);
	for (size_t i = 0; i < n; i++)
		buf_addf(&out, "%s{" HEAD ",\"purpose\":\"%s\"," MONEY "}", i ? "," : "[", purpose);
	buf_add_byte(&out, ']');
	return out.p;
}

static void bounds(void **state)
{
	char purpose[3 * 141 + 1] = "";
	const size_t letter = strlen("ก");
	struct details_question q = question(many(*state, 8, "a"));
	struct str text, why;

	assert_null(details_read(*state, &q, &text, &why));
	q = question(many(*state, 9, "a"));
	assert_ptr_equal(details_read(*state, &q, &text, &why), OAUTH(DETAILS_FORM));
	for (size_t i = 0; i < 140; i++)
		memcpy(purpose + i * letter, "ก", letter + 1);
	q = question(many(*state, 1, purpose));
	assert_null(details_read(*state, &q, &text, &why));
	q = question(many(*state, 8, purpose)); /* 7 KiB */
	assert_ptr_equal(details_read(*state, &q, &text, &why), OAUTH(DETAILS_FORM));
	memcpy(purpose + 140 * letter, "ก", letter + 1);
	q = question(many(*state, 1, purpose));
	assert_ptr_equal(details_read(*state, &q, &text, &why), OAUTH(DETAILS_VALUE));
}

/* The client's types, and the way by which a type may come. */
static void types_and_ways(void **state)
{
	struct details_question q = question(GOOD);
	struct str text, why;

	q.by_browser = true;
	assert_ptr_equal(details_read(*state, &q, &text, &why), OAUTH(DETAILS_BROWSER));
	q.by_browser = false;
	q.types.n = 0;
	assert_ptr_equal(details_read(*state, &q, &text, &why), OAUTH(DETAILS_TYPE));
}

static struct str read_good(struct arena *a, const char *text)
{
	const struct details_question q = question(text);
	struct str read, why;

	assert_null(details_read(a, &q, &read, &why));
	return read;
}

#define OTHER TOTAL("7.00")

/* RFC 9396 6: less is given, more never. */
static void narrowing(void **state)
{
	struct str first = read_good(*state, GOOD), other = read_good(*state, OTHER), both, text;
	struct buf joined;

	buf_init(&joined, *state, 2 * DETAILS_MAX);
	buf_add(&joined, str_sub(first, 0, first.n - 1));
	buf_add_byte(&joined, ',');
	buf_add(&joined, str_sub(other, 1, other.n));
	both = str_dup(*state, buf_str(&joined));
	assert_null(details_narrow(*state, both, STR_NONE, &text));
	assert_true(str_eq(text, both));
	assert_null(details_narrow(*state, both, str_c(OTHER), &text));
	assert_true(str_eq(text, other));
	assert_null(details_narrow(*state, both, both, &text));
	assert_true(str_eq(text, both));
	assert_ptr_equal(details_narrow(*state, first, str_c(OTHER), &text), OAUTH(DETAILS_WIDER));
	assert_ptr_equal(details_narrow(*state, first, both, &text), OAUTH(DETAILS_WIDER));
	assert_ptr_equal(
		details_narrow(*state, STR_NONE, str_c(OTHER), &text), OAUTH(DETAILS_WIDER));
	assert_ptr_equal(
		details_narrow(*state, first, str_c(TOTAL("7.01")), &text), OAUTH(DETAILS_WIDER));
	assert_ptr_equal(details_narrow(*state, first, STR("[{\"type\":\"none\"}]"), &text),
		OAUTH(DETAILS_WIDER));
	assert_ptr_equal(details_narrow(*state, first, STR("[]"), &text), OAUTH(DETAILS_FORM));
	/* What was granted once is not given twice. */
	buf_clear(&joined);
	buf_add(&joined, str_sub(first, 0, first.n - 1));
	buf_add_byte(&joined, ',');
	buf_add(&joined, str_sub(first, 1, first.n));
	assert_ptr_equal(
		details_narrow(*state, both, buf_str(&joined), &text), OAUTH(DETAILS_WIDER));
}

static void of_registered_types(void **state)
{
	static const struct str others[] = {STR_INIT("document_signature")};
	struct str first = read_good(*state, GOOD), text;
	struct buf two;

	check_ok(details_of_types(*state, first, (struct strlist){payment, 1}, &text));
	check_str(text, first);
	check_ok(details_of_types(*state, first, (struct strlist){others, 1}, &text));
	check_c(text, "");
	check_ok(details_of_types(*state, STR_NONE, (struct strlist){payment, 1}, &text));
	check_c(text, "");
	buf_init(&two, *state, DETAILS_MAX);
	buf_add_c(&two, "[{\"type\":\"document_signature\"},");
	buf_add(&two, str_sub(first, 1, first.n));
	check_ok(details_of_types(*state, buf_str(&two), (struct strlist){payment, 1}, &text));
	check_str(text, first);
	check_rc(details_of_types(*state, STR("["), (struct strlist){payment, 1}, &text),
		RC_CORRUPT);
}

static struct str row_of(const struct web_detail *one, const char *label)
{
	for (size_t g = 0; g < one->groups.n; g++)
		for (size_t i = 0; i < one->groups.v[g].rows.n; i++)
			if (str_eq_c(one->groups.v[g].rows.v[i].label, label))
				return one->groups.v[g].rows.v[i].value;
	return STR_NONE;
}

/* Everything that stands in it, in both languages (traps: the server makes what is shown). */
static void all_is_shown(void **state)
{
	struct str text = read_good(
		*state, with(*state, "\"execution_date\":\"2026-12-31\",\"purpose\":\"P\""));
	struct web_details th, en;

	assert_int_equal(details_show(*state, WEB_TH, text, &th), RC_OK);
	assert_int_equal(details_show(*state, WEB_EN, text, &en), RC_OK);
	assert_int_equal(th.n, 1);
	check_c(th.v[0].title, "อนุมัติการจ่ายเงิน");
	check_c(th.v[0].note, "ตรวจสอบข้อมูลให้ถูกต้องก่อนดำเนินการจ่ายเงิน");
	check_c(row_of(&th.v[0], "จำนวนเงินรวม"), "1,234.50 บาท");
	check_c(row_of(&th.v[0], "จำนวนเงินเป็นตัวอักษร"), "หนึ่งพันสองร้อยสามสิบสี่บาทห้าสิบสตางค์");
	check_c(row_of(&th.v[0], "วันที่จ่าย"), "31 ธันวาคม 2569");
	check_c(row_of(&en.v[0], "Total amount"), "1,234.50 baht");
	check_c(row_of(&en.v[0], "Amount in words"),
		"one thousand two hundred thirty-four baht and fifty satang");
	check_c(row_of(&en.v[0], "Number of items"), "2");
	check_c(row_of(&en.v[0], "Paid from account number"), "1234567890");
	assert_int_equal(en.v[0].groups.n, 3);
	check_c(en.v[0].groups.v[2].heading, "Payee 2/2");
	check_c(en.v[0].groups.v[2].rows.v[0].value, "B & Sons");
	for (size_t g = 0; g < th.v[0].groups.n; g++)
		for (size_t i = 0; i < th.v[0].groups.v[g].rows.n; i++)
			assert_true(th.v[0].groups.v[g].rows.v[i].label.n > 0);
}

static void nothing_and_damage(void **state)
{
	struct web_details all;

	assert_int_equal(details_show(*state, WEB_TH, STR_NONE, &all), RC_OK);
	assert_int_equal(all.n, 0);
	assert_int_equal(
		details_show(*state, WEB_TH, STR("[{\"type\":\"gone\"}]"), &all), RC_CORRUPT);
	assert_int_equal(details_show(*state, WEB_TH, STR("{}"), &all), RC_CORRUPT);
}

/* --- what holds of every type of every module --- */

static void check_text(const char *type, const char *list, const char *name, const char *word)
{
	char key[200];

	snprintf(key, sizeof(key), "detail.%s%s%s%s%s%s%s", type, list ? "." : "", list ? list : "",
		name ? "." : "", name ? name : "", word ? "." : "", word ? word : "");
	for (enum web_lang lang = WEB_TH; lang < WEB_LANG_MAX; lang++)
		if (!web_text(lang, str_c(key)).n)
			fail_msg("%s is not in the catalogue %s", key, web_lang_tag(lang));
}

static void check_fields(const char *type, const char *list, const struct details_field *fields)
{
	for (const struct details_field *f = fields; f->kind; f++) {
		check_text(type, list, f->name, NULL);
		if (f->fields)
			check_fields(type, f->name, f->fields);
		for (size_t i = 0; f->words && f->words[i]; i++)
			check_text(type, list, f->name, f->words[i]);
	}
}

static void all_have_words(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t m = 0; all_modules[m]; m++)
		for (const struct details_type *const *t = all_modules[m]->details; t && *t; t++) {
			check_text((*t)->name, NULL, NULL, NULL);
			check_fields((*t)->name, NULL, (*t)->fields);
			assert_ptr_equal(details_type_find(str_c((*t)->name)), *t);
			n++;
		}
	assert_true(n > 0);
}

static const char *const some_words[] = {"a", "b", NULL};
static const struct details_field inside_fields[] = {
	{"n", DETAILS_NUMBER, .max = 9}, {.name = NULL}};
static const struct details_field each_kind[] = {{"t", DETAILS_TEXT, .max = 9},
	{"c", DETAILS_CODE, .max = 9}, {"w", DETAILS_WORD, .words = some_words},
	{"d", DETAILS_DATE, .optional = true}, {"o", DETAILS_OBJECT, .fields = inside_fields},
	{.name = NULL}};
static const struct details_type type_of_each_kind = {.name = "each", .fields = each_kind};

/* The schema says what the table says. */
static void the_schema(void **state)
{
	struct json_value *root, *again;
	const struct json_value *items, *account;
	struct json_writer w;
	struct str text;
	struct buf out;

	buf_init(&out, *state, 65536);
	json_writer_init(&w, &out);
	details_schema_write(&w, details_type_find(payment[0]));
	check_ok(json_value_parse(buf_str(&out), 65536, &root));
	check_has(buf_str(&out), "\"type\":{\"const\":\"payment_approval\"}");
	check_has(buf_str(&out),
		"\"required\":[\"type\",\"transaction_id\",\"amount\",\"currency\","
		"\"debtor_account\",\"items\"],\"additionalProperties\":false");
	items = json_value_get(json_value_get(root, "properties"), "items");
	check_c(json_value_text(*state, json_value_get(items, "maxItems")), "30");
	account = json_value_get(
		json_value_get(json_value_get(items, "items"), "properties"), "creditor_account");
	assert_true(json_value_str(json_value_get(account, "pattern"), &text));
	check_c(text, "^[A-Z0-9]{6,34}$");
	json_value_free(root);
	/* Every kind of field makes JSON. */
	assert_null(details_type_fault(&type_of_each_kind));
	buf_clear(&out);
	json_writer_init(&w, &out);
	details_schema_write(&w, &type_of_each_kind);
	check_ok(json_value_parse(buf_str(&out), 65536, &again));
	check_has(buf_str(&out), "\"enum\":[\"a\",\"b\"]");
	check_has(buf_str(&out), "\"maximum\":9");
	check_has(buf_str(&out), "\"format\":\"date\"");
	json_value_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(one_form),
		arena_test(each_refusal),
		arena_test(each_value),
		arena_test(bounds),
		arena_test(types_and_ways),
		arena_test(narrowing),
		arena_test(of_registered_types),
		arena_test(all_is_shown),
		arena_test(nothing_and_damage),
		arena_test(all_have_words),
		arena_test(the_schema),
	};

	return cmocka_run_group_tests_name("core details", tests, NULL, NULL);
}
