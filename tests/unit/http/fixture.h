/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_UNIT_HTTP_FIXTURE_H
#define PRATU_TESTS_UNIT_HTTP_FIXTURE_H

/* A real server on loopback and a raw client, for the tests of src/http. */
#include "http/server.h"
#include "support/http_raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Options of an ordinary small server on a free port of 127.0.0.1; hosts is "localhost". */
struct http_server_options test_options(void);
/* Starts a server or fails the test. */
struct http_server *test_start(
	const struct http_server_options *options, const struct http_route *routes, size_t n);

#define assert_str(view, text) assert_str_eq((view), (text), #view, __FILE__, __LINE__)
void assert_str_eq(struct str s, const char *want, const char *what, const char *file, int line);

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
