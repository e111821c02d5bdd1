/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_SUPPORT_HTTP_RAW_H
#define PRATU_TESTS_SUPPORT_HTTP_RAW_H

/*
 * A raw HTTP client for tests: sends exactly the bytes it is given over TCP to loopback and reads
 * answers without forgiving anything. Faults of the test's own set-up abort; faults of the server
 * are results. Every wait ends after RAW_TIMEOUT_MS.
 */
#include "base/arena.h"
#include "base/str.h"

#define RAW_TIMEOUT_MS  20000
#define RAW_HEADERS_MAX 64
#define RAW_ANSWER_MAX  4194304u /* bytes */

struct raw_header {
	struct str name, value;
};

struct raw_answer {
	int status; /* 0: the server closed (or reset) the connection without a whole answer */
	struct raw_header headers[RAW_HEADERS_MAX];
	size_t n_headers;
	struct str body;
	struct str text; /* everything up to the body, as it came */
};

/* Bytes read beyond the last answer are kept for the next (pipelining). */
struct raw_conn {
	int fd;
	struct arena *arena;
	char *buffer;
	size_t n;
};

/* Connects to 127.0.0.1. */
struct raw_conn *raw_connect(struct arena *a, int port);
/* The same with the client's own address, "127.0.0.2" say. */
struct raw_conn *raw_connect_from(struct arena *a, int port, const char *from);
void raw_close(struct raw_conn *c);

/* False when the server has closed the connection. */
bool raw_send(struct raw_conn *c, struct str bytes);
bool raw_send_c(struct raw_conn *c, const char *text);
/* Reads one answer; head: the answer to a HEAD request, which has no body. */
struct raw_answer raw_read(struct raw_conn *c, bool head);
/* Waits until the server closes; false when it sends something or keeps the connection open. */
bool raw_closed(struct raw_conn *c);
/* Is there something to read within ms? */
bool raw_readable(struct raw_conn *c, int ms);

/* Connects, sends the bytes, reads one answer, closes. */
struct raw_answer raw_exchange(struct arena *a, int port, struct str bytes);
/* The same with the client's own address. */
struct raw_answer raw_exchange_from(struct arena *a, int port, const char *from, struct str bytes);
/* The bytes of the requests below. */
struct str raw_get_bytes(struct arena *a, const char *target, const char *headers);
struct str raw_post_bytes(
	struct arena *a, const char *target, const char *headers, struct str body);
/* GET with Host: localhost and, when not NULL, further header lines, each ending in CRLF. */
struct raw_answer raw_get(struct arena *a, int port, const char *target, const char *headers);
/* POST of a form, likewise. */
struct raw_answer raw_post(
	struct arena *a, int port, const char *target, const char *headers, struct str body);

/* The header's value, STR_NONE when absent; the n-th of that name, from 0. */
struct str raw_header(const struct raw_answer *answer, const char *name);
struct str raw_header_n(const struct raw_answer *answer, const char *name, size_t n);

#endif
