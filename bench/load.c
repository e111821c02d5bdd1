/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "load.h"

#include "base/program.h"
#include "base/thread.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES_MAX 8000000
#define CONNS_MAX   1024

struct load_run {
	struct load_target target;
	const struct scenario *scenario;
	int epoll;
	int64_t measure_from, end; /* us */
	int64_t flows, failures;
	uint32_t *samples; /* us */
	size_t n_samples;
	bool ended;
	long begun;      /* flows, for the person of the next one */
	int64_t next_us; /* with a rate: when the next flow is due */
	struct load_conn *conns[CONNS_MAX];
	int n_conns;
};

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static int connect_to(const struct load_run *r, struct load_conn *c, int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
	int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, r->target.host, &to.sin_addr);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		fail("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		fail("epoll_ctl");
	return fd;
}

/* The socket of the request at hand, opened where it is not. */
static int *socket_of(const struct load_run *r, struct load_conn *c)
{
	int *fd = c->away ? &c->away_fd : &c->fd;

	if (*fd < 0)
		*fd = connect_to(r, c, c->away ? r->target.away_port : r->target.port);
	return fd;
}

static void close_socket(int *fd)
{
	close(*fd);
	*fd = -1;
}

static void send_request(const struct load_run *r, struct load_conn *c)
{
	c->away = false;
	r->scenario->request(&r->target, c);
	c->in_n = 0;
	c->sent_us = now_us();
	/* Requests are small: one write takes them whole or the connection is broken. */
	if (send(*socket_of(r, c), c->out, c->out_n, MSG_NOSIGNAL) != (ssize_t)c->out_n)
		fail("send");
}

/* A flow's time begins when it was due, though it may have had to wait for a connection. */
static void begin_flow(struct load_run *r, struct load_conn *c, int64_t due_us)
{
	c->idle = false;
	c->began_us = due_us;
	c->away_us = 0;
	c->turn++;
	c->person = r->target.people ? r->begun++ % r->target.people : 0;
	send_request(r, c);
}

/* The next request; a flow begins now, or when its turn comes. */
static void next_request(struct load_run *r, struct load_conn *c)
{
	if (c->step != r->scenario->loop)
		send_request(r, c);
	else if (r->target.rate > 0)
		c->idle = true;
	else
		begin_flow(r, c, now_us());
}

static void begin_due(struct load_run *r)
{
	int64_t now = now_us();

	for (int i = 0; i < r->n_conns && r->target.rate > 0 && r->next_us <= now; i++) {
		if (!r->conns[i]->idle)
			continue;
		begin_flow(r, r->conns[i], r->next_us);
		r->next_us += (int64_t)(1e6 / r->target.rate);
	}
}

/* True when the whole answer is there. */
static bool answer_parse(struct load_conn *c, struct load_answer *a)
{
	const char *end, *length;
	size_t head_n;

	c->in[c->in_n] = '\0';
	end = strstr(c->in, "\r\n\r\n");
	if (!end)
		return false;
	head_n = (size_t)(end - c->in) + 4;
	length = strcasestr(c->in, "\r\nContent-Length:");
	a->body_n = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
	if (c->in_n < head_n + a->body_n)
		return false;
	a->status = (int)strtol(c->in + 9, NULL, 10);
	a->head = c->in;
	a->body = c->in + head_n;
	return true;
}

static void note_flow(struct load_run *r, const struct load_conn *c)
{
	int64_t now = now_us();

	if (now < r->measure_from || now >= r->end)
		return;
	r->flows++;
	if (r->n_samples < SAMPLES_MAX)
		r->samples[r->n_samples++] = (uint32_t)(now - c->began_us - c->away_us);
}

static void note_failure(struct load_run *r, struct load_conn *c, const struct load_answer *a)
{
	if (r->failures++ == 0)
		fprintf(stderr, "load: first failed answer (step %d): %.600s\n", c->step, a->head);
	c->step = 0;
}

static void on_readable(struct load_run *r, struct load_conn *c)
{
	int *fd = socket_of(r, c), verdict;
	ssize_t n = recv(*fd, c->in + c->in_n, LOAD_ANSWER - c->in_n, MSG_DONTWAIT);
	struct load_answer a;

	if (n < 0 && errno == EAGAIN)
		return;
	/* A connection without a request may be ended; the next flow opens another. */
	if (n <= 0 && c->idle) {
		close_socket(fd);
		return;
	}
	if (n <= 0) {
		r->failures++;
		close_socket(fd);
		c->step = 0;
		next_request(r, c);
		return;
	}
	c->in_n += (size_t)n;
	if (!answer_parse(c, &a))
		return;
	if (c->away)
		c->away_us += now_us() - c->sent_us;
	verdict = r->scenario->answer(&r->target, c, &a);
	if (verdict < 0)
		note_failure(r, c, &a);
	else if (verdict > 0)
		note_flow(r, c);
	if (now_us() < r->end)
		next_request(r, c);
	else
		r->ended = true;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void report(struct load_run *r, int conns)
{
	double seconds = (double)(r->end - r->measure_from) / 1e6;
	size_t n = r->n_samples;

	qsort(r->samples, n, sizeof(*r->samples), by_value);
#define AT(q) (n ? r->samples[(size_t)((double)(n - 1) * (q))] : 0)
	printf("{\"scenario\":\"%s\",\"connections\":%d,\"seconds\":%.1f,\"flows\":%lld,"
	       "\"failures\":%lld,"
	       "\"per_second\":%.1f,\"p50_us\":%u,\"p90_us\":%u,\"p99_us\":%u,\"max_us\":%u}\n",
		r->scenario->name, conns, seconds, (long long)r->flows, (long long)r->failures,
		(double)r->flows / seconds, AT(0.5), AT(0.9), AT(0.99), AT(1.0));
#undef AT
}

static void read_cookies(struct load_target *t, const char *path)
{
	FILE *f = fopen(path, "r");
	size_t cap = 0;
	char line[LOAD_TEXT];

	if (!f)
		fail(path);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (t->n_cookies == cap) {
			cap = cap ? cap * 2 : 1024;
			t->cookies = realloc(t->cookies, cap * sizeof(*t->cookies));
		}
		t->cookies[t->n_cookies++] = strdup(line);
	}
	fclose(f);
}

/* Until something comes, or the next flow is due. */
static int wait_events(const struct load_run *r, struct epoll_event *events, int max)
{
	int64_t us = 1000000;
	struct timespec t;

	if (r->target.rate > 0 && r->next_us - now_us() < us)
		us = r->next_us - now_us();
	if (us < 0)
		us = 1000; /* due, and no connection is idle */
	t = (struct timespec){us / 1000000, us % 1000000 * 1000};
	return epoll_pwait2(r->epoll, events, max, &t, NULL);
}

static void loop(struct load_run *r)
{
	struct epoll_event events[256];
	int64_t heard = now_us();

	r->next_us = now_us();
	for (int i = 0; i < r->n_conns; i++)
		next_request(r, r->conns[i]);
	while (now_us() < r->end + 2000000 && !r->ended) {
		int got = wait_events(r, events, 256);

		for (int i = 0; i < got; i++)
			on_readable(r, events[i].data.ptr);
		if (got > 0)
			heard = now_us();
		if (now_us() < r->end)
			begin_due(r);
		if (now_us() - heard > 1000000 && now_us() < r->end) {
			fprintf(stderr, "load: no answer for a second\n");
			r->failures++;
			heard = now_us();
		}
	}
}

static void usage(void)
{
	fprintf(stderr,
		"usage: bench_load --scenario NAME --port N [--connections N] [--seconds N] "
		"[--warmup N] --client ID --basic BASE64 --redirect URI [--scope S] "
		"[--client-scope S] [--cookies "
		"FILE] [--people N] [--password P] [--rate N] [--away-port N] "
		"[--away-authority HOST] [--authority HOST] [--authorize P] [--token P] "
		"[--introspect P] [--userinfo P]\n");
	exit(2);
}

struct load_arguments {
	int connections;
	double seconds, warmup;
	const char *cookies;
};

/* An option and where its text goes in struct load_target. */
struct text_option {
	const char *name;
	size_t offset;
};

static const struct text_option texts[] = {
	{"client", offsetof(struct load_target, client)},
	{"basic", offsetof(struct load_target, secret)},
	{"redirect", offsetof(struct load_target, redirect_uri)},
	{"scope", offsetof(struct load_target, scope)},
	{"client-scope", offsetof(struct load_target, client_scope)},
	{"authority", offsetof(struct load_target, authority)},
	{"away-authority", offsetof(struct load_target, away_authority)},
	{"password", offsetof(struct load_target, password)},
	{"authorize", offsetof(struct load_target, authorize_path)},
	{"token", offsetof(struct load_target, token_path)},
	{"introspect", offsetof(struct load_target, introspect_path)},
	{"userinfo", offsetof(struct load_target, userinfo_path)},
};

static bool take_text(struct load_target *t, const char *name, const char *value)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(name, texts[i].name) == 0) {
			*(const char **)(void *)((char *)t + texts[i].offset) = value;
			return true;
		}
	return false;
}

static bool take_number(
	struct load_run *r, struct load_arguments *args, const char *name, const char *value)
{
	if (strcmp(name, "port") == 0)
		r->target.port = (int)strtol(value, NULL, 10);
	else if (strcmp(name, "away-port") == 0)
		r->target.away_port = (int)strtol(value, NULL, 10);
	else if (strcmp(name, "people") == 0)
		r->target.people = strtol(value, NULL, 10);
	else if (strcmp(name, "rate") == 0)
		r->target.rate = strtod(value, NULL);
	else if (strcmp(name, "connections") == 0)
		args->connections = (int)strtol(value, NULL, 10);
	else if (strcmp(name, "seconds") == 0)
		args->seconds = strtod(value, NULL);
	else if (strcmp(name, "warmup") == 0)
		args->warmup = strtod(value, NULL);
	else
		return false;
	return true;
}

static void take_option(
	struct load_run *r, struct load_arguments *args, const char *name, const char *value)
{
	if (strcmp(name, "cookies") == 0) {
		args->cookies = value;
		return;
	}
	if (strcmp(name, "scenario") == 0) {
		for (size_t i = 0; i < n_scenarios; i++)
			if (strcmp(value, scenarios[i]->name) == 0)
				r->scenario = scenarios[i];
		return;
	}
	if (!take_text(&r->target, name, value) && !take_number(r, args, name, value))
		usage();
}

static void parse_arguments(int argc, char **argv, struct load_run *r, struct load_arguments *args)
{
	if (argc % 2 == 0)
		usage();
	for (int i = 1; i < argc; i += 2) {
		if (strncmp(argv[i], "--", 2) != 0)
			usage();
		take_option(r, args, argv[i] + 2, argv[i + 1]);
	}
	if (!r->scenario || !r->target.port || args->connections < 1 ||
		args->connections > CONNS_MAX)
		usage();
}

int main(int argc, char **argv)
{
	struct load_arguments args = {.connections = 64, .seconds = 5, .warmup = 1};
	struct load_run r = {.target = {.host = "127.0.0.1",
				     .authority = "localhost",
				     .away_authority = "localhost",
				     .password = "",
				     .client = "bench",
				     .secret = "",
				     .redirect_uri = "https%3A%2F%2Fportal.test%2Fcb",
				     .scope = "openid",
				     .client_scope = "",
				     .authorize_path = "/oauth2/authorize",
				     .token_path = "/oauth2/token",
				     .introspect_path = "/oauth2/introspect",
				     .userinfo_path = "/oauth2/userinfo"}};

	program_begin();
	/* It stands for other machines: what else runs on this processor must not make it late. */
	thread_turns(0, THREAD_SLICE_SHORT);
	parse_arguments(argc, argv, &r, &args);
	if (args.cookies)
		read_cookies(&r.target, args.cookies);
	r.samples = malloc(SAMPLES_MAX * sizeof(*r.samples));
	r.epoll = epoll_create1(0);
	r.measure_from = now_us() + (int64_t)(args.warmup * 1e6);
	r.end = r.measure_from + (int64_t)(args.seconds * 1e6);
	r.n_conns = args.connections;
	for (int i = 0; i < r.n_conns; i++) {
		r.conns[i] = calloc(1, sizeof(*r.conns[i]));
		*r.conns[i] = (struct load_conn){.index = i, .fd = -1, .away_fd = -1};
		r.conns[i]->fd = connect_to(&r, r.conns[i], r.target.port);
	}
	loop(&r);
	report(&r, args.connections);
	return r.failures ? 1 : 0;
}
