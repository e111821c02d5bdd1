/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The stored form of a login: what the version before the request was split off wrote still opens,
 * and every bound of a text is kept. */
#include "unit/check.h"

#include "codec/field.h"
#include "idp/login/login_record.h"

#define NOWHERE    SIZE_MAX
#define AT(member) offsetof(struct login, member)

/* The record as it was: numbers and types of its fields, and where each stands today. */
static const struct old_field {
	uint8_t tag;
	enum field_type type;
	size_t today; /* offset in struct login; NOWHERE: read by nothing any more */
} old_fields[] = {
	{1, FIELD_BYTES, AT(browser)},
	{2, FIELD_STR, AT(request.client)},
	{3, FIELD_STR, AT(request.redirect_uri)},
	{4, FIELD_STR, AT(request.response_mode)},
	{5, FIELD_STR, AT(request.scope)},
	{6, FIELD_STR, AT(request.state)},
	{7, FIELD_STR, AT(request.nonce)},
	{8, FIELD_STR, AT(request.code_challenge)},
	{9, FIELD_STR, AT(request.acr_values)},
	{10, FIELD_STR, NOWHERE},
	{11, FIELD_JSON, AT(request.claims.text)},
	{12, FIELD_STR, AT(request.hint_person)},
	{13, FIELD_STR, AT(request.lang)},
	{14, FIELD_STR, AT(request.own.return_path)},
	{15, FIELD_I64, AT(request.max_age)},
	{16, FIELD_BOOL, AT(request.prompt_none)},
	{17, FIELD_BOOL, AT(request.prompt_login)},
	{18, FIELD_BOOL, AT(request.prompt_consent)},
	{19, FIELD_BOOL, AT(request.prompt_select)},
	{20, FIELD_TIME, AT(created)},
	{21, FIELD_TIME, AT(expires)},
	{22, FIELD_STR, NOWHERE},
	{23, FIELD_STR, NOWHERE},
	{24, FIELD_STR, NOWHERE},
	{25, FIELD_STR, AT(person)},
	{26, FIELD_STR, AT(account)},
	{27, FIELD_BOOL, AT(login_done)},
	{28, FIELD_BOOL, AT(account_done)},
	{29, FIELD_BOOL, AT(consent_done)},
	{30, FIELD_BOOL, AT(cancelled)},
	{31, FIELD_I64, AT(bounds.round_trips)},
	{32, FIELD_STR, NOWHERE},
	{33, FIELD_STR, NOWHERE},
	{34, FIELD_STR, NOWHERE},
	{35, FIELD_ENUM, AT(method.must_change)},
	{36, FIELD_STR, NOWHERE},
	{37, FIELD_STR, NOWHERE},
	{38, FIELD_BOOL, AT(method.second_factor_skipped)},
	{39, FIELD_I64, AT(bounds.sends)},
	{40, FIELD_I64, AT(bounds.tries)},
	{41, FIELD_STR, AT(method.username)},
	{42, FIELD_ENUM, AT(notice)},
	{43, FIELD_TIME, AT(notice_until)},
	{44, FIELD_I64, AT(method.broken)},
	{45, FIELD_BYTES, NOWHERE},
	{46, FIELD_STR, AT(request.own.same_person)},
	{47, FIELD_BYTES, AT(reset)},
	{48, FIELD_STR, AT(request.only.first)},
	{50, FIELD_STR, AT(method.email)},
	{51, FIELD_STR, AT(method.email_id)},
	{52, FIELD_BOOL, AT(method.email_given)},
	{53, FIELD_STR, NOWHERE},
};

/* A value of any type, told by the tag. */
union any_value {
	struct str text;
	int64_t number;
	bool truth;
	int word;
};

static union any_value value_of(struct arena *a, const struct old_field *f)
{
	struct buf text;

	switch (f->type) {
	case FIELD_I64:
	case FIELD_TIME: return (union any_value){.number = 1000 + f->tag};
	case FIELD_BOOL: return (union any_value){.truth = true};
	case FIELD_ENUM: return (union any_value){.word = 1 + f->tag % 3};
	default: break;
	}
	buf_init(&text, a, 16);
	buf_addf(&text, "{\"%d\":1}", f->tag);
	return (union any_value){.text = buf_str(&text)};
}

static struct str encoded(struct arena *a, size_t n)
{
	static const char *const words[] = {"0", "1", "2", "3", NULL};
	struct buf out;

	buf_init(&out, a, RECORD_STORED_MAX);
	for (size_t i = 0; i < n; i++) {
		const struct old_field *f = &old_fields[i];
		const struct field field = {f->tag, "any", f->type, .words = words};
		const struct record_type type = {"any", sizeof(union any_value), &field, 1};
		union any_value value = value_of(a, f);
		struct buf one;

		buf_init(&one, a, 64);
		field_encode(&type, &value, &one);
		/* The version of the form stands once, in front. */
		buf_add(&out, i ? str_sub(buf_str(&one), 1, SIZE_MAX) : buf_str(&one));
	}
	check_ok(buf_status(&out));
	return buf_str(&out);
}

static void check_member(struct arena *a, const struct login *login, const struct old_field *f)
{
	const void *member = (const char *)login + f->today;
	union any_value want = value_of(a, f);

	switch (f->type) {
	case FIELD_I64:
	case FIELD_TIME: assert_int_equal(*(const int64_t *)member, want.number); break;
	case FIELD_BOOL: assert_true(*(const bool *)member); break;
	case FIELD_ENUM: assert_int_equal(*(const int *)member, want.word); break;
	default: check_str(*(const struct str *)member, want.text); break;
	}
}

static void a_login_of_the_version_before_opens(void **state)
{
	struct str stored = encoded(*state, COUNT(old_fields));
	struct login login;

	check_ok(field_decode(&record_login, *state, stored, &login));
	for (size_t i = 0; i < COUNT(old_fields); i++)
		if (old_fields[i].today != NOWHERE)
			check_member(*state, &login, &old_fields[i]);
	assert_false(login.request.claims.parsed);
	check_ok(auth_request_complete(*state, &login.request));
}

/* What is written today is what was read, but for what nothing reads. */
static void it_is_written_as_it_was(void **state)
{
	struct str stored = encoded(*state, COUNT(old_fields));
	struct login login, again;
	struct buf out;

	check_ok(field_decode(&record_login, *state, stored, &login));
	buf_init(&out, *state, RECORD_STORED_MAX);
	field_encode(&record_login, &login, &out);
	check_ok(buf_status(&out));
	assert_true(out.n < stored.n);
	check_ok(field_decode(&record_login, *state, buf_str(&out), &again));
	for (size_t i = 0; i < COUNT(old_fields); i++)
		if (old_fields[i].today != NOWHERE)
			check_member(*state, &again, &old_fields[i]);
}

/* Two members at one place would be one field lost. */
static void no_two_fields_share_a_member(void **state)
{
	const struct record_type *type = &record_login;

	for (size_t i = 0; i < type->n_fields; i++) {
		assert_true(type->fields[i].tag != 10);
		for (size_t k = 0; k < i; k++)
			assert_true(type->fields[i].offset != type->fields[k].offset);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(a_login_of_the_version_before_opens),
		arena_test(it_is_written_as_it_was),
		arena_test(no_two_fields_share_a_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
