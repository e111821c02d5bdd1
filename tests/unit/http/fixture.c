/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fixture.h"

struct http_server_options test_options(void)
{
	static const struct str hosts[] = {STR_INIT("localhost")};

	return (struct http_server_options){
		.address = "127.0.0.1",
		.event_threads = 1,
		.workers = 2,
		.worker_queue = 4,
		.connections_max = 1000,
		.idle_timeout = 60,
		.stop_timeout = 10,
		.hosts = {.v = hosts, .n = 1},
	};
}

struct http_server *test_start(
	const struct http_server_options *options, const struct http_route *routes, size_t n)
{
	struct http_server *s;

	assert_int_equal(http_server_start(options, routes, n, &s), RC_OK);
	return s;
}

void assert_str_eq(struct str s, const char *want, const char *what, const char *file, int line)
{
	if (str_eq_c(s, want))
		return;
	print_error("%s is \"%.*s\", not \"%s\"\n", what, STR_FMT(s), want);
	_fail(file, line);
}
