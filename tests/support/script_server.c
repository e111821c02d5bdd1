/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/script_server.h"

#include "base/die.h"

struct path {
	char *path;
	struct script_answer answers[SCRIPT_ANSWERS_MAX];
	size_t n, next;
};

struct seen_request {
	char *path, *head, *body;
};

struct script_server {
	int listener, stop_fd, port;
	pthread_t acceptor;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct path paths[SCRIPT_PATHS_MAX];
	size_t n_paths;
	struct seen_request requests[SCRIPT_REQUESTS_MAX];
	size_t n_requests;
	size_t talking; /* connections under way */
	bool let_go, stopping;
};

struct connection {
	struct script_server *server;
	int fd;
};

static char *copy_text(const char *p, size_t n)
{
	char *c = malloc(n + 1);

	if (!c)
		die("out of memory");
	if (n)
		memcpy(c, p, n);
	c[n] = '\0';
	return c;
}

/* ---- script ---- */

static struct path *find_path(struct script_server *s, const char *path, size_t n)
{
	for (size_t i = 0; i < s->n_paths; i++)
		if (strlen(s->paths[i].path) == n && !memcmp(s->paths[i].path, path, n))
			return &s->paths[i];
	return NULL;
}

void script_answer(struct script_server *s, const char *path, const struct script_answer *answer)
{
	struct script_answer mine = *answer;
	struct path *p;

	pthread_mutex_lock(&s->lock);
	p = find_path(s, path, strlen(path));
	if (!p) {
		if (s->n_paths == SCRIPT_PATHS_MAX)
			die("too many scripted paths");
		p = &s->paths[s->n_paths++];
		*p = (struct path){.path = copy_text(path, strlen(path))};
	}
	if (p->n == SCRIPT_ANSWERS_MAX)
		die("too many scripted answers");
	mine.body.p = copy_text(answer->body.p, answer->body.n);
	if (answer->headers)
		mine.headers = copy_text(answer->headers, strlen(answer->headers));
	p->answers[p->n++] = mine;
	pthread_mutex_unlock(&s->lock);
}

void script_body(struct script_server *s, const char *path, struct str body)
{
	script_answer(s, path, &(struct script_answer){.body = body});
}

static void free_path(struct path *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free((char *)p->answers[i].body.p);
		free((char *)p->answers[i].headers);
	}
	free(p->path);
}

void script_clear(struct script_server *s)
{
	pthread_mutex_lock(&s->lock);
	while (s->talking) /* their answers are still read */
		pthread_cond_wait(&s->changed, &s->lock);
	for (size_t i = 0; i < s->n_paths; i++)
		free_path(&s->paths[i]);
	for (size_t i = 0; i < s->n_requests; i++) {
		free(s->requests[i].path);
		free(s->requests[i].head);
		free(s->requests[i].body);
	}
	s->n_paths = s->n_requests = 0;
	s->let_go = false;
	pthread_mutex_unlock(&s->lock);
}

void script_let_go(struct script_server *s)
{
	pthread_mutex_lock(&s->lock);
	s->let_go = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

/* ---- what was asked ---- */

static size_t count_locked(const struct script_server *s, const char *path)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_requests; i++)
		n += !strcmp(s->requests[i].path, path);
	return n;
}

size_t script_count(struct script_server *s, const char *path)
{
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = count_locked(s, path);
	pthread_mutex_unlock(&s->lock);
	return n;
}

void script_await(struct script_server *s, const char *path, size_t n)
{
	pthread_mutex_lock(&s->lock);
	while (count_locked(s, path) < n)
		pthread_cond_wait(&s->changed, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

struct script_request script_seen(struct script_server *s, const char *path, size_t i)
{
	struct script_request r = {NULL, NULL};

	pthread_mutex_lock(&s->lock);
	for (size_t k = 0; k < s->n_requests && !r.head; k++) {
		if (strcmp(s->requests[k].path, path) || i--)
			continue;
		r = (struct script_request){s->requests[k].head, s->requests[k].body};
	}
	pthread_mutex_unlock(&s->lock);
	if (!r.head)
		die("no such request was made");
	return r;
}

const char *script_header(struct script_request r, const char *name)
{
	static __thread char value[4096];
	size_t n = strlen(name);
	const char *line = r.head, *end;

	while ((line = strstr(line, "\r\n"))) {
		line += 2;
		if (strncasecmp(line, name, n) || line[n] != ':')
			continue;
		line += n + 1;
		line += strspn(line, " ");
		end = strstr(line, "\r\n");
		snprintf(value, sizeof(value), "%.*s", end ? (int)(end - line) : 0, line);
		return value;
	}
	return "";
}

/* ---- talking ---- */

/* True when there is something to read; false when the test ends. */
static bool readable(const struct connection *c)
{
	struct pollfd fds[] = {
		{.fd = c->fd, .events = POLLIN}, {.fd = c->server->stop_fd, .events = POLLIN}};

	while (poll(fds, 2, -1) < 0)
		;
	return !fds[1].revents;
}

static size_t body_length(const char *head)
{
	const char *length = script_header((struct script_request){head, NULL}, "Content-Length");

	return (size_t)strtoul(length, NULL, 10);
}

/* Reads one request; the head ends in CRLF. False when the other side went away before. */
static bool read_request(struct connection *c, char *text, char **ret_body)
{
	size_t n = 0, want = 0;
	char *end = NULL;

	while (!end || n < want) {
		ssize_t got;

		if (!readable(c))
			return false;
		got = read(c->fd, text + n, SCRIPT_REQUEST_MAX - n);
		if (got <= 0)
			return false;
		n += (size_t)got;
		text[n] = '\0';
		if (end || !(end = strstr(text, "\r\n\r\n")))
			continue;
		end[2] = '\0';
		want = (size_t)(end + 4 - text) + body_length(text);
	}
	*ret_body = end + 4;
	return true;
}

static void send_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		p += sent;
		n -= (size_t)sent;
	}
}

static void send_answer(int fd, const struct script_answer *answer)
{
	size_t promised = answer->body.n + (answer->fault == SCRIPT_TRUNCATE ? 10 : 0);
	char head[8192];
	int n = snprintf(head, sizeof(head),
		"HTTP/1.1 %d Scripted\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
		"Connection: close\r\n%s\r\n",
		answer->status ? answer->status : 200,
		answer->content_type ? answer->content_type : "application/json", promised,
		answer->headers ? answer->headers : "");

	send_all(fd, head, (size_t)n);
	send_all(fd, answer->body.p, answer->body.n);
}

static const struct script_answer *next_answer(
	struct script_server *s, const char *head, const char *body)
{
	static const struct script_answer not_found = {.status = 404};
	const char *from = strchr(head, ' ') + 1;
	size_t n = strcspn(from, " ?");
	struct path *p;

	if (s->n_requests == SCRIPT_REQUESTS_MAX)
		die("too many requests for the script");
	s->requests[s->n_requests++] = (struct seen_request){
		copy_text(from, n), copy_text(head, strlen(head)), copy_text(body, strlen(body))};
	pthread_cond_broadcast(&s->changed);
	p = find_path(s, from, n);
	if (!p)
		return &not_found;
	return &p->answers[p->next + 1 < p->n ? p->next++ : p->next];
}

static void talk(struct connection *c)
{
	char *text = malloc(SCRIPT_REQUEST_MAX + 1), *body;
	const struct script_answer *answer;
	struct script_server *s = c->server;

	if (!text)
		die("out of memory");
	if (!read_request(c, text, &body)) {
		free(text);
		return;
	}
	pthread_mutex_lock(&s->lock);
	answer = next_answer(s, text, body);
	while (answer->fault == SCRIPT_HOLD && !s->let_go && !s->stopping)
		pthread_cond_wait(&s->changed, &s->lock);
	pthread_mutex_unlock(&s->lock);
	free(text);
	if (answer->fault == SCRIPT_HANG)
		(void)readable(c);
	else if (answer->fault != SCRIPT_CLOSE)
		send_answer(c->fd, answer);
}

static void *run_connection(void *data)
{
	struct connection *c = data;
	struct script_server *s = c->server;

	talk(c);
	close(c->fd);
	free(c);
	pthread_mutex_lock(&s->lock);
	s->talking--;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static void *run_acceptor(void *data)
{
	struct script_server *s = data;
	struct connection own = {.server = s, .fd = s->listener};

	while (readable(&own)) {
		struct connection *c = malloc(sizeof(*c));
		pthread_t thread;

		if (!c)
			die("out of memory");
		*c = (struct connection){.server = s, .fd = accept(s->listener, NULL, NULL)};
		if (c->fd < 0)
			die("accept");
		pthread_mutex_lock(&s->lock);
		s->talking++;
		pthread_mutex_unlock(&s->lock);
		if (pthread_create(&thread, NULL, run_connection, c))
			die("thread");
		pthread_detach(thread);
	}
	return NULL;
}

/* ---- life ---- */

struct script_server *script_start(void)
{
	struct script_server *s = calloc(1, sizeof(*s));
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(at);

	if (!s || pthread_mutex_init(&s->lock, NULL) || pthread_cond_init(&s->changed, NULL))
		die("out of memory");
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	s->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (s->listener < 0 || s->stop_fd < 0 ||
		bind(s->listener, (struct sockaddr *)&at, sizeof(at)) || listen(s->listener, 64) ||
		getsockname(s->listener, (struct sockaddr *)&at, &n))
		die("scripted server: no socket");
	s->port = ntohs(at.sin_port);
	if (pthread_create(&s->acceptor, NULL, run_acceptor, s))
		die("thread");
	return s;
}

void script_stop(struct script_server *s)
{
	uint64_t one = 1;

	if (write(s->stop_fd, &one, sizeof(one)) != sizeof(one))
		die("scripted server: stop");
	pthread_join(s->acceptor, NULL);
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	script_clear(s); /* waits for those that talk */
	close(s->listener);
	close(s->stop_fd);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

int script_port(const struct script_server *s)
{
	return s->port;
}
