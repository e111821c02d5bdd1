/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The log (obs/log.h) and the metrics (obs/metrics.h). */
#include "check.h"

#include "codec/json_value.h"
#include "obs/log.h"
#include "obs/metrics.h"

#include <pthread.h>
#include <unistd.h>

static char lines[65536];
static size_t n_lines, used;

static void log_line_keep(void *data, struct str line)
{
	memcpy(lines + used, line.p, line.n);
	used += line.n;
	lines[used] = '\0';
	n_lines++;
}

static int log_set_up(void **state)
{
	used = n_lines = 0;
	lines[0] = '\0';
	log_set_level(LOG_INFO);
	log_set_sink(log_line_keep, NULL);
	return 0;
}

static int log_tear_down(void **state)
{
	log_set_sink(NULL, NULL);
	return 0;
}

/* The one line written, as JSON. */
static struct json_value *line(void)
{
	struct json_value *root;

	assert_int_equal(n_lines, 1);
	assert_true(used > 0 && lines[used - 1] == '\n');
	assert_true(strchr(lines, '\n') == lines + used - 1);
	check_ok(json_value_parse((struct str){.p = lines, .n = used - 1}, LOG_LINE_MAX, &root));
	return root;
}

static void check_member(const struct json_value *root, const char *name, const char *want)
{
	struct str s;

	assert_true(json_value_str(json_value_get(root, name), &s));
	check_c(s, want);
}

static void one_line_an_event(void **state)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root = NULL;
	struct str time;
	int64_t port;

	log_emit(LOG_EVENT_STARTED, LOG_I("port", 8080), LOG_C("why", "a \"b\"\n<ก>\xff"),
		LOG_RC(RC_CONFLICT));
	root = line();
	check_member(root, "level", "notice");
	check_member(root, "event", "started");
	check_member(root, "why", "a \"b\"\n<ก>\xef\xbf\xbd");
	check_member(root, "rc", "conflict");
	assert_true(json_value_i64(json_value_get(root, "port"), &port) && port == 8080);
	assert_true(json_value_str(json_value_get(root, "time"), &time));
	assert_int_equal(time.n, strlen("2026-11-20T01:30:00.123Z"));
	assert_true(time.p[19] == '.' && time.p[23] == 'Z');
}

static void without_fields(void **state)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root = NULL;

	log_emit(LOG_EVENT_STOPPED);
	root = line();
	assert_int_equal(json_value_count(root), 3);
}

static void values_are_cut(void **state)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root = NULL;
	static char text[3 * LOG_VALUE_MAX];
	struct str s;

	for (size_t i = 0; i < LOG_VALUE_MAX; i++)
		memcpy(text + 3 * i, "ก", 3);
	log_emit(LOG_EVENT_STARTED, LOG_S("v", ((struct str){.p = text, .n = sizeof(text)})));
	root = line();
	assert_true(json_value_str(json_value_get(root, "v"), &s));
	assert_int_equal(s.n, LOG_VALUE_MAX / 3 * 3);
}

static void a_full_line_says_so(void **state)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root = NULL;
	static char text[LOG_VALUE_MAX];
	struct str v = {.p = text, .n = sizeof(text)};
	bool cut;

	memset(text, 1, sizeof(text));
	log_emit(LOG_EVENT_STARTED, LOG_S("a", v), LOG_S("b", v), LOG_I("c", 1));
	assert_true(used <= LOG_LINE_MAX);
	root = line();
	assert_non_null(json_value_get(root, "a"));
	assert_null(json_value_get(root, "b"));
	assert_null(json_value_get(root, "c"));
	assert_true(json_value_bool(json_value_get(root, "cut"), &cut) && cut);
}

static void levels(void **state)
{
	log_emit(LOG_EVENT_STORE_SWEPT);
	assert_int_equal(n_lines, 0);
	log_set_level(LOG_DEBUG);
	log_emit(LOG_EVENT_STORE_SWEPT);
	assert_int_equal(n_lines, 1);
	log_set_level(LOG_ERROR);
	log_emit(LOG_EVENT_STARTED);
	assert_int_equal(n_lines, 1);
	log_emit(LOG_EVENT_START_FAILED);
	assert_int_equal(n_lines, 2);
}

static void standard_error_gets_it(void **state)
{
	int ends[2], saved = dup(STDERR_FILENO);
	char got[LOG_LINE_MAX];
	ssize_t n;

	log_set_sink(NULL, NULL);
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	log_emit(LOG_EVENT_STOPPING, LOG_I("signal", 15));
	dup2(saved, STDERR_FILENO);
	n = read(ends[0], got, sizeof(got));
	close(ends[0]);
	close(ends[1]);
	close(saved);
	assert_true(n > 0);
	check_has(((struct str){.p = got, .n = (size_t)n}),
		"\"event\":\"stopping\",\"signal\":15}\n");
}

static void rows_are_whole(void **state)
{
	for (int i = 0; i < LOG_EVENT_MAX; i++) {
		const char *name = log_event_name((enum log_event)i);

		assert_true(name[0] && log_event_help((enum log_event)i)[0]);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(name, log_event_name((enum log_event)j));
	}
	assert_null(log_event_name(LOG_EVENT_MAX));
	assert_null(log_event_help(LOG_EVENT_MAX));
	for (int i = 0; i < METRIC_MAX; i++)
		assert_true(metric_name((enum metric)i)[0] && metric_help((enum metric)i)[0]);
	assert_null(metric_name(METRIC_MAX));
	assert_null(metric_help(METRIC_MAX));
}

#define ADDITIONS 4000000

static pthread_barrier_t gate;

static void *add_many(void *data)
{
	pthread_barrier_wait(&gate);
	for (int i = 0; i < ADDITIONS; i++) {
		metric_add(METRIC_AUTHORIZATION_CODES, 1);
		metric_observe_us(METRIC_COMMIT_US, 100);
	}
	return NULL;
}

static void no_update_is_lost(void **state)
{
	int64_t codes = metric_get(METRIC_AUTHORIZATION_CODES), seen = metric_get(METRIC_COMMIT_US);
	pthread_t threads[4];

	pthread_barrier_init(&gate, NULL, COUNT(threads));
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_many, NULL), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(metric_get(METRIC_AUTHORIZATION_CODES) - codes, 4 * ADDITIONS);
	assert_int_equal(metric_get(METRIC_COMMIT_US) - seen, 4 * ADDITIONS);
}

static void prometheus_text(void **state)
{
	struct buf out;

	metric_add(METRIC_LOGINS, 3);
	metric_set(METRIC_CONNECTIONS, 7);
	metric_set(METRIC_CONNECTIONS, 5);
	/* The bound itself belongs to its bucket. */
	metric_observe_us(METRIC_RETURN_WAIT_US, 50);
	metric_observe_us(METRIC_RETURN_WAIT_US, 51);
	metric_observe_us(METRIC_RETURN_WAIT_US, 1000000);
	metric_observe_us(METRIC_RETURN_WAIT_US, 30000001);
	buf_init(&out, *state, 65536);
	metrics_write(&out);
	check_ok(buf_status(&out));
	check_has(buf_str(&out), "# HELP pratu_logins_total Logins that created a session.\n"
				 "# TYPE pratu_logins_total counter\n"
				 "pratu_logins_total 3\n");
	check_has(buf_str(&out), "# TYPE pratu_http_connections gauge\npratu_http_connections 5\n");
	check_has(buf_str(&out), "# TYPE pratu_upstream_return_wait_seconds histogram\n");
	check_has(buf_str(&out), "_return_wait_seconds_bucket{le=\"0.000050\"} 1\n"
				 "pratu_upstream_return_wait_seconds_bucket{le=\"0.000100\"} 2\n");
	check_has(buf_str(&out), "_return_wait_seconds_bucket{le=\"0.500000\"} 2\n"
				 "pratu_upstream_return_wait_seconds_bucket{le=\"1.000000\"} 3\n");
	check_has(buf_str(&out), "_return_wait_seconds_bucket{le=\"30.000000\"} 3\n"
				 "pratu_upstream_return_wait_seconds_bucket{le=\"+Inf\"} 4\n"
				 "pratu_upstream_return_wait_seconds_sum 31.000102\n"
				 "pratu_upstream_return_wait_seconds_count 4\n");
}

#define log_test(f) cmocka_unit_test_setup_teardown(f, log_set_up, log_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		log_test(one_line_an_event),
		log_test(without_fields),
		log_test(values_are_cut),
		log_test(a_full_line_says_so),
		log_test(levels),
		log_test(standard_error_gets_it),
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(no_update_is_lost),
		arena_test(prometheus_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
