/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "trail.h"

#include "audit/record.h"
#include "codec/base64.h"

static int audit_set_up(void **state)
{
	*state = trail_new();
	return 0;
}

static int audit_tear_down(void **state)
{
	trail_free(*state);
	return 0;
}

/* The bytes are a promise to whoever checks a trail without this program. */
static void golden(void **state)
{
	struct trail *t = *state;
	struct audit_entry e = {.event = AUDIT_LOGIN, .now_ms = T0, .person = STR("p1")};
	struct store_batch *b = store_batch_new(t->a);

	audit_append(b, TRAIL, t->a, &e);
	e = (struct audit_entry){.event = AUDIT_ROLE_GRANT_CHANGED,
		.now_ms = T0 + 1,
		.person = STR("p"),
		.account = STR("a"),
		.client = STR("c"),
		.system = STR("s"),
		.office = STR("o"),
		.session = STR("e"),
		.address = STR("192.0.2.1"),
		.request = STR("r"),
		.actor = STR("cli:root"),
		.object = STR("g"),
		.detail = STR("added"),
		.reason = STR("หนังสือ \"กค 1\"")};
	audit_append(b, TRAIL, t->a, &e);
	assert_rc(RC_OK, store_commit(t->s, b));
	trail_read(t);
	assert_int_equal(t->n, 2);
	assert_string_equal(t->records[0].p,
		"{\"n\":1,\"t\":1700000000000,\"event\":\"login\",\"person\":\"p1\","
		"\"hash\":\"0AegwC1ZZDqbV0rJmciGzoDLMCnpTK1OqJQome3pWBw\"}");
	assert_string_equal(t->records[1].p,
		"{\"n\":2,\"t\":1700000000001,\"event\":\"role_grant_changed\",\"person\":\"p\","
		"\"account\":\"a\",\"client\":\"c\",\"system\":\"s\",\"office\":\"o\","
		"\"session\":\"e\",\"address\":\"192.0.2.1\",\"request\":\"r\","
		"\"actor\":\"cli:root\",\"object\":\"g\",\"detail\":\"added\","
		"\"reason\":\"หนังสือ \\\"กค "
		"1\\\"\",\"hash\":\"dHWemrXGfwIjvemWbv_WC0aMhL2-QfobiCUiX2ECLsU\"}");
}

static void long_members_are_cut(void **state)
{
	struct trail *t = *state;
	struct audit_entry e = {.event = AUDIT_LOGIN, .now_ms = -5};
	char ascii[AUDIT_MEMBER_MAX + 1], controls[AUDIT_REASON_MAX];
	struct store_batch *b = store_batch_new(t->a);
	struct buf thai;

	memset(ascii, 'x', sizeof(ascii));
	memset(controls, 1, sizeof(controls));
	buf_init(&thai, t->a, 1000);
	for (int i = 0; i < 100; i++)
		buf_add(&thai, STR("ก"));
	e.person = (struct str){.p = ascii, .n = AUDIT_MEMBER_MAX};
	e.account = (struct str){.p = ascii, .n = AUDIT_MEMBER_MAX + 1};
	e.office = buf_str(&thai);
	/* The worst the escapes can do, in every member. */
	e.reason = (struct str){.p = controls, .n = sizeof(controls)};
	e.client = e.system = e.session = e.address = e.request = e.actor = e.object = e.detail =
		(struct str){.p = controls, .n = AUDIT_MEMBER_MAX + 1};
	audit_append(b, TRAIL, t->a, &e);
	assert_rc(RC_OK, store_commit(t->s, b));
	trail_read(t);
	ascii[AUDIT_MEMBER_MAX] = '\0';
	assert_non_null(strstr(t->records[0].p, "\"t\":0,"));
	assert_null(strstr(t->records[0].p, "xx\\u"));
	/* 85 characters of 3 bytes fit in 256. */
	assert_non_null(strstr(t->records[0].p, "ก\",\"session\""));
	assert_null(strstr(t->records[0].p, "\xef\xbf\xbd"));
	trail_read(t);
	assert_int_equal(trail_verify(t, NULL).n, 0);
}

static void names(void **state)
{
	enum audit_event event;

	(void)state;
	for (int i = 0; i < AUDIT_EVENT_MAX; i++) {
		assert_rc(RC_OK,
			audit_event_parse(str_c(audit_event_name((enum audit_event)i)), &event));
		assert_int_equal(event, i);
		assert_non_null(audit_event_help((enum audit_event)i));
	}
	assert_null(audit_event_name(AUDIT_EVENT_MAX));
	assert_null(audit_event_help(AUDIT_EVENT_MAX));
	assert_rc(RC_NOT_FOUND, audit_event_parse(STR("none"), &event));
}

static void former_names(void **state)
{
	enum audit_event event, now;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < AUDIT_EVENT_MAX; i++) {
		const char *name;

		for (size_t j = 0; (name = audit_event_former((enum audit_event)i, j)); j++) {
			assert_rc(RC_OK, audit_event_parse(str_c(name), &event));
			assert_int_equal(event, i);
			assert_string_equal(
				audit_event_current(str_c(name)).p, audit_event_name(event));
			n++;
		}
		name = audit_event_name((enum audit_event)i);
		assert_string_equal(audit_event_current(str_c(name)).p, name);
		assert_rc(RC_OK, audit_event_parse(str_c(name), &now));
		assert_int_equal(now, i);
	}
	assert_true(n > 0);
	assert_string_equal(audit_event_former(AUDIT_LOGIN_FAILED, 0), "login_refused");
	assert_null(audit_event_former(AUDIT_LOGIN, 0));
	assert_true(str_eq_c(audit_event_current(STR("none")), "none"));
}

static const char *const no_lines[] = {
	"",
	"{}",
	"{\"n\":1,\"t\":2,\"event\":\"x\"}",
	"{\"n\":1,\"t\":2,\"event\":\"x\",\"hash\":\"0123456789012345678901234567890123456789012\"",
	"{\"n\":01,\"t\":2,\"event\":\"x\",\"hash\":"
	"\"0123456789012345678901234567890123456789012\"}",
	"{\"n\":-1,\"t\":2,\"event\":\"x\",\"hash\":"
	"\"0123456789012345678901234567890123456789012\"}",
	"{\"n\":1,\"t\":,\"event\":\"x\",\"hash\":\"0123456789012345678901234567890123456789012\"}",
	"{\"n\":1,\"event\":\"x\",\"hash\":\"0123456789012345678901234567890123456789012\"}",
	"{\"n\":1,\"t\":2,\"hash\":\"0123456789012345678901234567890123456789012\"}",
	"{\"n\":99999999999999999999,\"t\":2,\"event\":\"x\",\"hash\":"
	"\"0123456789012345678901234567890123456789012\"}",
	",\"hash\":\"0123456789012345678901234567890123456789012\"}",
};

static void lines(void **state)
{
	struct audit_line line;

	(void)state;
	for (size_t i = 0; i < sizeof(no_lines) / sizeof(no_lines[0]); i++)
		assert_false(audit_line_parse(str_c(no_lines[i]), &line));
	assert_true(audit_line_parse(STR("{\"n\":7,\"t\":2,\"event\":\"x\",\"hash\":"
					 "\"0123456789012345678901234567890123456789012\"}"),
		&line));
	assert_int_equal(line.number, 7);
	assert_int_equal(line.t, 2);
	assert_true(str_eq(line.rest, STR("\"event\":\"x\"")));
	assert_true(str_eq(line.body, STR("{\"n\":7,\"t\":2,\"event\":\"x\"")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(golden, audit_set_up, audit_tear_down),
		cmocka_unit_test_setup_teardown(
			long_members_are_cut, audit_set_up, audit_tear_down),
		cmocka_unit_test(names),
		cmocka_unit_test(former_names),
		cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
