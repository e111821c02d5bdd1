/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Metrics with labels (obs/metrics.h). */
#include "check.h"

#include "obs/metrics.h"

#include <pthread.h>

static struct str text_of(struct arena *a)
{
	struct buf out;

	buf_init(&out, a, 4u * 1024u * 1024u);
	metrics_write(&out);
	check_ok(buf_status(&out));
	return buf_str(&out);
}

static bool has(struct str text, const char *line)
{
	return memmem(text.p, text.n, line, strlen(line)) != NULL;
}

static void a_series_for_each_value(void **state)
{
	struct metric_series *ok = metric_series(FAMILY_REQUESTS, "token", "2xx"),
			     *bad = metric_series(FAMILY_REQUESTS, "token", "4xx");
	struct str text;

	assert_ptr_equal(ok, metric_series(FAMILY_REQUESTS, "token", "2xx"));
	assert_ptr_not_equal(ok, bad);
	series_add(ok, 3);
	assert_int_equal(series_get(ok), 3);
	text = text_of(*state);
	assert_true(has(text, "# TYPE pratu_http_requests_total counter\n"));
	assert_true(has(text, "pratu_http_requests_total{route=\"token\",status=\"2xx\"} 3\n"
			      "pratu_http_requests_total{route=\"token\",status=\"4xx\"} 0\n"));
}

static void a_histogram_with_labels(void **state)
{
	struct metric_series *s = metric_series(FAMILY_UPSTREAM_US, "thaid", NULL);
	struct str text = text_of(*state);

	assert_false(has(text, "upstream=\"thaid\""));
	series_observe_us(s, 50);
	series_observe_us(s, 1000001);
	text = text_of(*state);
	assert_true(has(text, "pratu_upstream_request_duration_seconds_bucket{upstream=\"thaid\","
			      "le=\"0.000050\"} 1\n"));
	assert_true(has(text, "_bucket{upstream=\"thaid\",le=\"+Inf\"} 2\n"
			      "pratu_upstream_request_duration_seconds_sum{upstream=\"thaid\"} "
			      "1.000051\n"
			      "pratu_upstream_request_duration_seconds_count{upstream=\"thaid\"} "
			      "2\n"));
}

static void values_cannot_break_the_text(void **state)
{
	char longest[500];

	series_add(metric_series(FAMILY_UPSTREAM_FAILED, "a\"b\\c\nd\xe0", NULL), 7);
	assert_true(
		has(text_of(*state), "pratu_upstream_failures_total{upstream=\"a_b_c_d_\"} 7\n"));
	/* What has no room is counted and not shown. */
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	series_add(metric_series(FAMILY_UPSTREAM_FAILED, longest, NULL), 1);
	assert_false(has(text_of(*state), "xxxx"));
}

#define ROUNDS 2000

static void *make_and_add(void *data)
{
	char name[8];

	for (int i = 0; i < ROUNDS; i++) {
		snprintf(name, sizeof(name), "u%d", i % 20);
		series_add(metric_series(FAMILY_UPSTREAM_FAILED, name, NULL), 1);
	}
	return NULL;
}

static void made_by_several_threads_at_once(void **state)
{
	pthread_t threads[4];

	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, make_and_add, NULL), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(
		series_get(metric_series(FAMILY_UPSTREAM_FAILED, "u7", NULL)), 4 * ROUNDS / 20);
}

static void never_more_than_the_maximum(void **state)
{
	struct metric_series *last = NULL, *s = NULL;
	char name[16];

	for (size_t i = 0; i <= METRIC_SERIES_MAX; i++) {
		last = s;
		snprintf(name, sizeof(name), "many%zu", i);
		s = metric_series(FAMILY_UPSTREAM_FAILED, name, NULL);
	}
	assert_ptr_equal(s, last);
	series_add(s, 1);
}

static void the_reference_names_all(void **state)
{
	struct buf out;

	buf_init(&out, *state, 65536);
	metrics_reference(&out);
	check_ok(buf_status(&out));
	check_has(buf_str(&out), "| `pratu_http_requests_total` | counter | `route`, `status` |");
	check_has(buf_str(&out), "| `pratu_http_request_duration_seconds` | histogram | `route` |");
	check_has(buf_str(&out), "| `pratu_logins_total` | counter | |");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(a_series_for_each_value),
		arena_test(a_histogram_with_labels),
		arena_test(values_cannot_break_the_text),
		arena_test(made_by_several_threads_at_once),
		arena_test(the_reference_names_all),
		arena_test(never_more_than_the_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
