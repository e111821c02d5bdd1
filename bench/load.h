/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BENCH_LOAD_H
#define PRATU_BENCH_LOAD_H

/*
 * The load client: one thread, many keep-alive connections, each a little state machine that sends
 * a request, reads the whole answer, checks it and decides what comes next. An answer that is not
 * what the scenario expects is a failed flow and counted, never ignored.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOAD_BUFFER 65536
#define LOAD_TEXT   2048

struct load_conn {
	int fd;
	int index;
	int step;              /* of the scenario, from 0 */
	char out[LOAD_BUFFER]; /* request */
	size_t out_n, out_sent;
	char in[LOAD_BUFFER + 1]; /* answer */
	size_t in_n;
	int64_t began_us; /* of the whole flow */
	char code[LOAD_TEXT], token[LOAD_TEXT], cookie[LOAD_TEXT];
};

struct load_target {
	const char *host; /* "127.0.0.1" */
	int port;
	const char *authority; /* Host header */
	const char *client, *secret, *redirect_uri, *scope;
	const char *client_scope; /* asked for with client_credentials; empty: none */
	const char *authorize_path, *token_path, *introspect_path, *userinfo_path;
	char **cookies; /* one session each */
	size_t n_cookies;
};

struct load_answer {
	int status;
	const char *head;
	const char *body;
	size_t body_n;
};

struct scenario {
	const char *name;
	/* Writes the request of c->step. */
	void (*request)(const struct load_target *t, struct load_conn *c);
	/* Looks at the answer, sets the next step. < 0: failed flow, 0: go on, 1: one flow done. */
	int (*answer)(
		const struct load_target *t, struct load_conn *c, const struct load_answer *a);
};

extern const struct scenario scenarios[];
extern const size_t n_scenarios;

void request_print(struct load_conn *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
