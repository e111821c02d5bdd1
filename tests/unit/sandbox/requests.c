/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The log of what came in. */
#include "check.h"
#include "sandbox/common/requests.h"
#include "base/clock.h"

struct requests_seen {
	size_t n;
	int64_t first, last;
	int status;
	char text[4096];
};

static void see(void *data, int64_t number, int64_t when, int status, struct str json)
{
	struct requests_seen *s = data;

	if (s->n++ == 0)
		s->first = number;
	s->last = number;
	s->status = status;
	snprintf(s->text, sizeof(s->text), "%.*s", STR_FMT(json));
}

static int64_t request_add(struct requests *r, const char *name, const char *value)
{
	struct form_pair pair = {str_c(name), str_c(value)};
	struct form form = {&pair, 1};

	return requests_add(r, &(struct request_entry){
				       .upstream = "thaid",
				       .method = "POST",
				       .path = STR("/token/"),
				       .auth = STR("basic:me"),
				       .body = &form,
			       });
}

static struct requests_seen requests_read(struct requests *r, int64_t since)
{
	struct requests_seen s = {0};

	requests_each(r, since, see, &s);
	return s;
}

static void an_entry_and_its_status(void **state)
{
	struct requests *r = requests_new(&clock_system);
	int64_t number = request_add(r, "grant_type", "authorization_code");
	struct requests_seen s = requests_read(r, 0);

	assert_int_equal(number, 1);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.status, 0);
	check_has(str_c(s.text), "\"grant_type\":\"authorization_code\"");
	check_has(str_c(s.text), "\"auth\":\"basic:me\"");
	requests_status(r, number, 400);
	assert_int_equal(requests_read(r, 0).status, 400);
	assert_int_equal(requests_read(r, number).n, 0);
	requests_free(r);
}

static void secrets_are_masked(void **state)
{
	static const char *const names[] = {
		"client_secret", "code", "token", "refresh_token", "code_verifier"};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct requests *r = requests_new(&clock_system);
		struct requests_seen s;

		request_add(r, names[i], "Very-secret-value-of-a-client");
		s = requests_read(r, 0);
		assert_null(strstr(s.text, "secret-value"));
		check_has(str_c(s.text), "Very***(29)");
		requests_free(r);
	}
}

static void a_short_secret_shows_nothing(void **state)
{
	struct requests *r = requests_new(&clock_system);

	request_add(r, "token", "Bearer abcd");
	check_has(str_c(requests_read(r, 0).text), "\"Bearer ***(4)\"");
	requests_free(r);
}

static void the_ring_forgets_the_oldest(void **state)
{
	struct requests *r = requests_new(&clock_system);
	struct requests_seen s;

	for (int i = 0; i < REQUESTS_MAX + 10; i++)
		request_add(r, "a", "b");
	s = requests_read(r, 0);
	assert_int_equal(s.n, REQUESTS_MAX);
	assert_int_equal(s.first, 11);
	assert_int_equal(s.last, REQUESTS_MAX + 10);
	requests_status(r, 5, 500); /* gone: must not touch the entry in its place */
	assert_int_equal(requests_read(r, 0).status, 0);
	requests_clear(r);
	assert_int_equal(requests_read(r, 0).n, 0);
	assert_int_equal(request_add(r, "a", "b"), REQUESTS_MAX + 11);
	requests_free(r);
}

static void an_endless_value_is_left_out(void **state)
{
	struct requests *r = requests_new(&clock_system);
	char long_value[8001];

	memset(long_value, 'x', 8000);
	long_value[8000] = '\0';
	request_add(r, "a", long_value);
	check_c(str_c(requests_read(r, 0).text), "{\"too_long\":true}");
	requests_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_and_its_status),
		cmocka_unit_test(secrets_are_masked),
		cmocka_unit_test(a_short_secret_shows_nothing),
		cmocka_unit_test(the_ring_forgets_the_oldest),
		cmocka_unit_test(an_endless_value_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
