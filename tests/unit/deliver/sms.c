/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/sms_credit.h"

#include "obs/log.h"
#include "obs/metrics.h"
#include "deliver/sms_rules.h"
#include "support/script_server.h"
#include "deliver_fixture.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the small languages ---- */

static void fills_templates(void **state)
{
	const struct sms_variable list[] = {
		{"text", STR("a\"b\\c\nกข")}, {"to_0", STR("081")}, {NULL, STR_NONE}};
	struct buf b;

	buf_init(&b, *state, 1000);
	sms_fill(&b, STR("x{to_0}y{none}{text}{"), list, SMS_PLAIN);
	check_c(buf_str(&b), "x081y{none}a\"b\\c\nกข{");
	buf_clear(&b);
	sms_fill(&b, STR("{\"m\":\"{text}\"}"), list, SMS_IN_JSON);
	check_c(buf_str(&b), "{\"m\":\"a\\\"b\\\\c\\nกข\"}");
}

static void rules(void **state)
{
	static const struct {
		const char *rule;
		bool ok, holds;
	} rows[] = {
		{"code is 000", true, true},
		{"code is 001|000", true, true},
		{"code is 00", true, false},
		{"n is 7", true, true},
		{"t is true", true, true},
		{"list[1].id is b", true, true},
		{"list[2].id present", true, false},
		{"list present", true, true},
		{"none empty", true, true},
		{"blank empty", true, true},
		{"null present", true, false},
		{"code empty", true, false},
		{"list is x", true, false},
		{"code", false, false},
		{"code was 0", false, false},
		{"code is ", false, false},
		{" is 0", false, false},
		{"a..b present", false, false},
		{"a[x] present", false, false},
		{"a[1 present", false, false},
		{"a. present", false, false},
		{"code present x", false, false},
	};
	struct json_value *root;

	check_ok(json_value_parse(
		STR("{\"code\":\"000\",\"n\":7,\"t\":true,\"list\":[{\"id\":\"a\"},"
		    "{\"id\":\"b\"}],\"blank\":\"\",\"null\":null}"),
		1000, &root));
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (sms_rule_ok(str_c(rows[i].rule)) != rows[i].ok ||
			sms_rule_holds(*state, root, str_c(rows[i].rule)) != rows[i].holds)
			fail_msg("%s", rows[i].rule);
	}
	json_value_free(root);
}

/* ---- the presets over a real socket ---- */

struct gateway {
	struct arena *arena;
	struct script_server *server;
	struct http_client *http;
	struct secret *secret, *token;
	char url[64];
	struct sms_provider provider;
	struct sms sms;
};

static int gateway_setup(void **state)
{
	struct gateway *g = calloc(1, sizeof(*g));
	struct http_client_options options = {NULL, "test"};

	g->arena = arena_new(ARENA_MAX);
	g->server = script_start();
	check_ok(http_client_new(&options, &g->http));
	g->secret = secret_new(STR("the-secret-of-tests"));
	g->token = secret_new(STR("the-token-of-reports"));
	snprintf(g->url, sizeof(g->url), "http://127.0.0.1:%d/sms", script_port(g->server));
	*state = g;
	return 0;
}

static int gateway_teardown(void **state)
{
	struct gateway *g = *state;

	http_client_free(g->http);
	script_stop(g->server);
	secret_free(g->secret);
	secret_free(g->token);
	arena_free(g->arena);
	free(g);
	return 0;
}

static void use(struct gateway *g, enum sms_preset preset)
{
	struct conf_list list = {&g->provider, 1};
	const char *option;

	g->provider = (struct sms_provider){.name = STR("one"),
		.preset = (int)preset,
		.wire.url = str_c(g->url),
		.user = STR("key"),
		.secret = g->secret,
		.sender = STR("DLA"),
		.credit_low = 100,
		.report_token = g->token,
		.connect_timeout = 2,
		.timeout = 1};
	assert_null(sms_provider_fault(&list, 0, &option));
	sms_init(&g->sms, g->arena, &list, g->http);
}

static struct transport_result send_to(struct gateway *g, const char *answer, int status)
{
	struct transport_message what = {
		.id = STR("our-id"), .content = {STR("+66812345678"), STR_NONE, STR("รหัส \"1\"")}};
	struct transport_result r = {TRANSPORT_RETRY, STR_NONE, STR_NONE};

	script_clear(g->server);
	script_answer(g->server, "/sms",
		&(struct script_answer){.status = status, .body = str_c(answer)});
	g->sms.v[0].transport.send(&g->sms.v[0].transport, g->arena, &what, &r);
	return r;
}

#define TBS_OK                                                                                     \
	"{\"remaining_credit\":99.5,\"bad_phone_number_list\":[],\"phone_number_list\":"           \
	"[{\"number\":\"66812345678\",\"message_id\":\"m1\"}]}"
#define BIP_OK "{\"messages\":[{\"messageId\":\"i1\",\"status\":{\"groupName\":\"PENDING\"}}]}"

static void judges_answers(void **state)
{
	static const struct {
		enum sms_preset preset;
		const char *answer;
		int status;
		enum transport_outcome outcome;
		const char *id, *error;
	} rows[] = {
		{SMS_THAIBULKSMS, TBS_OK, 201, TRANSPORT_SENT, "m1", NULL},
		{SMS_THAIBULKSMS,
			"{\"phone_number_list\":[],\"bad_phone_number_list\":[{\"number\":\"1\","
			"\"message\":\"BAD\"}]}",
			200, TRANSPORT_REJECTED, "", "200 BAD"},
		{SMS_THAIBULKSMS, "{\"error\":{\"code\":109,\"name\":\"ERROR_CREDIT\"}}", 400,
			TRANSPORT_RETRY, "", "400 ERROR_CREDIT"},
		{SMS_THAIBULKSMS, "{}", 200, TRANSPORT_RETRY, "", "200"},
		{SMS_THAIBULKSMS, "<html>", 200, TRANSPORT_RETRY, "", "200"},
		{SMS_THAIBULKSMS, TBS_OK, 500, TRANSPORT_RETRY, "", "500"},
		{SMS_SMSMKT, "{\"code\":\"000\",\"result\":{\"transaction_id\":\"t1\"}}", 200,
			TRANSPORT_SENT, "t1", NULL},
		{SMS_SMSMKT, "{\"code\":\"000\"}", 200, TRANSPORT_SENT, "", NULL},
		{SMS_SMSMKT, "{\"code\":\"107\",\"detail\":\"Not enough credit\"}", 200,
			TRANSPORT_RETRY, "", "200 Not enough credit"},
		{SMS_INFOBIP, BIP_OK, 200, TRANSPORT_SENT, "i1", NULL},
		{SMS_INFOBIP,
			"{\"messages\":[{\"status\":{\"groupName\":\"REJECTED\",\"name\":\"NO_"
			"CREDIT\"}}]}",
			200, TRANSPORT_RETRY, "", "200 NO_CREDIT"},
		{SMS_INFOBIP,
			"{\"messages\":[{\"status\":{\"groupName\":\"UNDELIVERABLE\",\"name\":"
			"\"X\"}}"
			"]}",
			200, TRANSPORT_REJECTED, "", "200 X"},
	};
	struct gateway *g = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct transport_result r;

		use(g, rows[i].preset);
		r = send_to(g, rows[i].answer, rows[i].status);
		if (r.outcome != rows[i].outcome)
			fail_msg("row %zu: %d", i, (int)r.outcome);
		check_c(r.provider_id, rows[i].id);
		if (rows[i].error)
			check_c(r.error, rows[i].error);
	}
}

static void speaks_the_presets(void **state)
{
	struct gateway *g = *state;
	struct script_request r;

	use(g, SMS_THAIBULKSMS);
	send_to(g, TBS_OK, 200);
	r = script_seen(g->server, "/sms", 0);
	assert_string_equal(
		script_header(r, "Authorization"), "Basic a2V5OnRoZS1zZWNyZXQtb2YtdGVzdHM=");
	check_c(str_c(r.body),
		"msisdn=66812345678&message=%E0%B8%A3%E0%B8%AB%E0%B8%B1%E0%B8%AA%20%221%22&"
		"sender=DLA&force=standard");
	use(g, SMS_SMSMKT);
	send_to(g, "{}", 200);
	r = script_seen(g->server, "/sms", 0);
	assert_string_equal(script_header(r, "api_key"), "key");
	assert_string_equal(script_header(r, "secret_key"), "the-secret-of-tests");
	check_c(str_c(r.body),
		"{\"sender\":\"DLA\",\"phone\":\"0812345678\",\"message\":\"รหัส \\\"1\\\"\"}");
	use(g, SMS_INFOBIP);
	send_to(g, "{}", 200);
	r = script_seen(g->server, "/sms", 0);
	assert_string_equal(script_header(r, "Authorization"), "App the-secret-of-tests");
	check_c(str_c(r.body),
		"{\"messages\":[{\"sender\":\"DLA\",\"destinations\":[{\"to\":\"66812345678\"}],"
		"\"content\":{\"text\":\"รหัส \\\"1\\\"\"}}]}");
}

static void survives_bad_lines(void **state)
{
	static const enum script_fault faults[] = {SCRIPT_HANG, SCRIPT_CLOSE, SCRIPT_TRUNCATE};
	struct gateway *g = *state;
	struct transport_message what = {
		.id = STR("our-id"), .content = {STR("+66812345678"), STR_NONE, STR("x")}};

	use(g, SMS_THAIBULKSMS);
	for (size_t i = 0; i < COUNT(faults); i++) {
		struct transport_result r = {TRANSPORT_SENT, STR_NONE, STR_NONE};

		script_clear(g->server);
		script_answer(g->server, "/sms",
			&(struct script_answer){.body = STR(TBS_OK), .fault = faults[i]});
		g->sms.v[0].transport.send(&g->sms.v[0].transport, g->arena, &what, &r);
		assert_int_equal(r.outcome, TRANSPORT_RETRY);
		assert_true(r.error.n > 0);
	}
}

static size_t alarms, unknowns;

static void count_alarms(void *data, struct str line)
{
	alarms += memmem(line.p, line.n, "sms_credit_low", 14) != NULL;
	unknowns += memmem(line.p, line.n, "sms_credit_unknown", 18) != NULL;
	assert_null(memmem(line.p, line.n, "the-secret-of-tests", 19));
}

static void watches_the_credit(void **state)
{
	struct gateway *g = *state;

	use(g, SMS_THAIBULKSMS);
	alarms = 0;
	log_set_sink(count_alarms, NULL);
	send_to(g, TBS_OK, 200);
	g->provider.credit_low = 98;
	send_to(g, TBS_OK, 200);
	log_set_sink(NULL, NULL);
	assert_int_equal(alarms, 1);
}

/* A provider with the preset, asked at the scripted_transport server instead. */
static void use_credit(struct gateway *g)
{
	static char url[80];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/credit", script_port(g->server));
	use(g, SMS_THAIBULKSMS);
	g->provider.wire.credit_url = str_c(url);
	g->sms.v[0].wire = sms_wire_of(&g->provider);
	script_clear(g->server);
}

static void ask_credit(struct gateway *g, int status, const char *body)
{
	script_clear(g->server);
	script_answer(g->server, "/credit",
		&(struct script_answer){.status = status, .body = str_c(body)});
	alarms = unknowns = 0;
	log_set_sink(count_alarms, NULL);
	sms_credit_ask(&g->sms, g->arena);
	log_set_sink(NULL, NULL);
}

static void asks_for_the_credit(void **state)
{
	static const struct {
		int status;
		const char *body;
		size_t alarms, unknowns;
	} rows[] = {
		{200, "{\"remaining_credit\":{\"standard\":\"101.00\",\"corporate\":\"0\"}}", 0, 0},
		{200, "{\"remaining_credit\":{\"standard\":\"100.99\"}}", 1, 0},
		{200, "{\"remaining_credit\":{\"standard\":0}}", 1, 0},
		{200, "{\"remaining_credit\":{\"standard\":\"many\"}}", 0, 1},
		{200, "<html>", 0, 1},
		{401, "{\"remaining_credit\":{\"standard\":\"5\"}}", 0, 1},
	};
	struct gateway *g = *state;

	use_credit(g);
	for (size_t i = 0; i < COUNT(rows); i++) {
		ask_credit(g, rows[i].status, rows[i].body);
		if (alarms != rows[i].alarms || unknowns != rows[i].unknowns)
			fail_msg("%s: %zu, %zu", rows[i].body, alarms, unknowns);
		assert_int_equal(metric_get(METRIC_SMS_CREDIT), i == 0 ? 101 : i == 1 ? 100 : 0);
	}
	/* Basic key:the-secret-of-tests */
	assert_non_null(strstr(script_seen(g->server, "/credit", 0).head, "GET /credit "));
	assert_non_null(strstr(script_seen(g->server, "/credit", 0).head,
		"Authorization: Basic a2V5OnRoZS1zZWNyZXQtb2YtdGVzdHM="));
}

static void asks_nobody_that_was_not_named(void **state)
{
	struct gateway *g = *state;

	use(g, SMS_THAIBULKSMS);
	assert_int_equal(g->sms.v[0].wire.credit_url.n, 0);
	assert_null(sms_watch_start(&g->sms, 60));
	g->provider.wire.url = STR_NONE;
	check_c(sms_wire_of(&g->provider).credit_url, "https://api-v2.thaibulksms.com/credit");
}

static void watches_at_intervals(void **state)
{
	struct gateway *g = *state;
	struct sms_watch *watch;

	use_credit(g);
	script_answer(g->server, "/credit",
		&(struct script_answer){
			.body = STR("{\"remaining_credit\":{\"standard\":\"500\"}}")});
	watch = sms_watch_start(&g->sms, 1);
	assert_non_null(watch);
	script_await(g->server, "/credit", 3);
	sms_watch_stop(watch);
	assert_int_equal(metric_get(METRIC_SMS_CREDIT), 500);
}

static void option_faults(void **state)
{
	struct gateway *g = *state;
	struct sms_provider two[2];
	struct conf_list one = {&g->provider, 1}, both = {two, 2};
	const char *option;

	use(g, SMS_THAIBULKSMS);
#define FAULT(change, name)                                                                        \
	do {                                                                                       \
		struct sms_provider kept = g->provider;                                            \
		change;                                                                            \
		assert_non_null(sms_provider_fault(&one, 0, &option));                             \
		assert_string_equal(option, "sms.providers[]." name);                              \
		g->provider = kept;                                                                \
	} while (0)
	FAULT(g->provider.sender = STR("DLA SSO"), "sender");
	FAULT(g->provider.name = STR("a/b"), "name");
	FAULT(g->provider.wire.credit_url = STR("http://sms.example/"), "credit_url");
	FAULT(g->provider.secret = NULL, "secret_file");
	FAULT(g->provider.wire.url = STR("http://sms.example/"), "url");
	FAULT(g->provider.wire.json = STR("{\"a\":\"{nothing}\"}"), "json");
	FAULT(g->provider.preset = SMS_CUSTOM, "json");
	FAULT(((g->provider.wire.form = (struct strlist){(struct str[]){STR("x")}, 1})), "form");
	FAULT(((g->provider.wire.accepted_when =
			      (struct strlist){(struct str[]){STR("x was y")}, 1})),
		"accepted_when");
	FAULT(g->provider.wire.id_path = STR("a b"), "id_path");
	two[0] = two[1] = g->provider;
	assert_null(sms_provider_fault(&both, 0, &option));
	assert_non_null(sms_provider_fault(&both, 1, &option));
}

/* ---- delivery reports ---- */

static void reports(void **state)
{
	static const struct {
		const char *path;
		bool form;
		const char *body;
		enum rc rc;
	} rows[] = {
		{"one/the-token-of-report", false, "{}", RC_DENIED},
		{"one/", false, "{}", RC_DENIED},
		{"two/the-token-of-reports", false, "{}", RC_DENIED},
		{"one/the-token-of-reports", false, "{}", RC_INVALID},
		{"one/the-token-of-reports", false, "{", RC_INVALID},
		{"one/the-token-of-reports", false,
			"{\"message_id\":\"unknown\",\"status\":\"DELIVRD\"}", RC_OK},
		{"one/the-token-of-reports", false,
			"{\"message_id\":\"m1\",\"status\":\"ACCEPTD\"}", RC_OK},
		{"one/the-token-of-reports", true, "message_id=m1&status=DELIVRD", RC_OK},
		{"one/the-token-of-reports", true, "message_id=m1&status=DELIVRD", RC_OK},
		{"one/the-token-of-reports", true, "%", RC_INVALID},
	};
	struct gateway *g;
	void *made, *world_made;
	struct outbox_fixture *w;
	struct outbox_message m = outbox_fixture_sms("x");
	struct str id;

	gateway_setup(&made);
	g = made;
	outbox_fixture_setup(&world_made);
	w = world_made;
	use(g, SMS_THAIBULKSMS);
	w->sms.transport.name = "one";
	w->sms.provider_id = "m1";
	check_ok(outbox_fixture_put(w, &m, &id));
	assert_int_equal(outbox_fixture_run(w), 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(
			outbox_fixture_get(w, id).state, i < 8 ? MESSAGE_SENT : MESSAGE_DELIVERED);
		check_rc(sms_report(&g->sms, w->outbox, w->arena, str_c(rows[i].path), rows[i].form,
				 str_c(rows[i].body)),
			rows[i].rc);
	}
	outbox_fixture_teardown(&world_made);
	gateway_teardown(&made);
}

#define gateway_test(f) cmocka_unit_test_setup_teardown(f, gateway_setup, gateway_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {arena_test(fills_templates), arena_test(rules),
		gateway_test(judges_answers), gateway_test(speaks_the_presets),
		gateway_test(survives_bad_lines), gateway_test(watches_the_credit),
		gateway_test(asks_for_the_credit), gateway_test(asks_nobody_that_was_not_named),
		gateway_test(watches_at_intervals), gateway_test(option_faults),
		cmocka_unit_test(reports)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
