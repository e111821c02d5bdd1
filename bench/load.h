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

#define LOAD_BUFFER 65536  /* bytes of a request */
#define LOAD_ANSWER 524288 /* bytes of an answer */
#define LOAD_TEXT   2048

struct load_conn {
	int fd;
	int away_fd; /* to the server at target.away_port; -1: not open */
	bool away;   /* the request at hand goes there */
	bool idle;   /* waits for its turn to begin a flow (target.rate) */
	int index;
	int step;              /* of the scenario, from 0 */
	long person;           /* whose flow it is: 0 to target.people - 1 */
	size_t turn;           /* flows begun by this connection */
	char out[LOAD_BUFFER]; /* request */
	size_t out_n, out_sent;
	char in[LOAD_ANSWER + 1]; /* answer */
	size_t in_n;
	int64_t began_us;         /* of the whole flow */
	int64_t sent_us, away_us; /* of the request at hand; spent at the other server so far */
	char code[LOAD_TEXT], token[LOAD_TEXT], cookie[LOAD_TEXT];
	char where[LOAD_TEXT], text[LOAD_TEXT]; /* the next address; what a page said */
};

struct load_target {
	const char *host; /* "127.0.0.1" */
	int port, away_port;
	const char *authority; /* Host header */
	const char *away_authority;
	const char *password; /* of everybody, form-encoded */
	long people;
	double rate; /* flows to begin in a second; 0: each connection begins when it is done */
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
	int loop; /* the step at which a flow begins; those before it are made once */
	/* Writes the request of c->step. */
	void (*request)(const struct load_target *t, struct load_conn *c);
	/* Looks at the answer, sets the next step. < 0: failed flow, 0: go on, 1: one flow done. */
	int (*answer)(
		const struct load_target *t, struct load_conn *c, const struct load_answer *a);
};

extern const struct scenario *const scenarios[];
extern const size_t n_scenarios;

void request_print(struct load_conn *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Copies what follows marker up to one of ends; false: it is not there, or too long. */
bool copy_after(const char *text, const char *marker, const char *ends, char out[static LOAD_TEXT]);
void ask_code(const struct load_target *t, struct load_conn *c);
int take_login(struct load_conn *c, const struct load_answer *a);

/* scenarios_login.c: whole logins, of a browser that was never there before. */
extern const struct scenario scenario_password, scenario_thaid;

#endif
