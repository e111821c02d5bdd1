/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_SUPPORT_SCRIPT_SERVER_H
#define PRATU_TESTS_SUPPORT_SCRIPT_SERVER_H

/*
 * A scripted HTTP server on a free port of 127.0.0.1, for tests of code that calls other systems.
 *
 * Each path has its own list of answers, given in order; the last one stays. What was asked is
 * kept. One request a connection, a thread each, so that a hanging answer holds no other up.
 * Faults of the test's own set-up abort. Any thread.
 */
#include "base/str.h"

#define SCRIPT_PATHS_MAX    16
#define SCRIPT_ANSWERS_MAX  16  /* of one path */
#define SCRIPT_REQUESTS_MAX 512 /* kept altogether */
#define SCRIPT_REQUEST_MAX  65536u

enum script_fault {
	SCRIPT_NONE,
	SCRIPT_HANG,     /* reads, then says nothing until the other side gives up */
	SCRIPT_CLOSE,    /* reads, then closes */
	SCRIPT_TRUNCATE, /* promises ten bytes more than it sends */
	SCRIPT_HOLD      /* answers once script_let_go was called */
};

struct script_answer {
	int status;               /* 0: 200 */
	const char *content_type; /* NULL: application/json */
	const char *headers;      /* further lines, each ending in CRLF; NULL: none */
	struct str body;
	enum script_fault fault;
};

struct script_request {
	const char *head; /* request line and header lines as they came */
	const char *body;
};

struct script_server;

struct script_server *script_start(void);
void script_stop(struct script_server *s);
int script_port(const struct script_server *s);

/* Appends an answer to a path's list; everything is copied. Paths nobody scripted answer 404. */
void script_answer(struct script_server *s, const char *path, const struct script_answer *answer);
/* The same, for 200 and a body. */
void script_body(struct script_server *s, const char *path, struct str body);
/* Forgets answers and requests. */
void script_clear(struct script_server *s);
/* Lets every held answer go, now and later. */
void script_let_go(struct script_server *s);

/* How often the path was asked for. */
size_t script_count(struct script_server *s, const char *path);
/* Waits until the path was asked for n times. */
void script_await(struct script_server *s, const char *path, size_t n);
/* The i-th request of the path, from 0; good until script_clear. */
struct script_request script_seen(struct script_server *s, const char *path, size_t i);
/* A header's value of a request, in a static buffer of the calling thread; "" when absent. */
const char *script_header(struct script_request r, const char *name);

#endif
