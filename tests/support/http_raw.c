/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "support/http_raw.h"

#include "base/buf.h"
#include "base/die.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in at(const char *address, int port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	if (inet_pton(AF_INET, address, &sa.sin_addr) != 1)
		die("raw_connect: bad address");
	return sa;
}

struct raw_conn *raw_connect_from(struct arena *a, int port, const char *from)
{
	struct raw_conn *c = arena_new_of(a, struct raw_conn);
	struct sockaddr_in sa = at("127.0.0.1", port), own = at(from, 0);
	const int yes = 1;

	c->arena = a;
	c->buffer = arena_alloc(a, 4096);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* The port is chosen at connect, for this server alone: else a port that rests after
	 * another test's connection is spent for all, and there are only so many. */
	if (c->fd < 0 ||
		setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes)) ||
		bind(c->fd, (struct sockaddr *)&own, sizeof(own)) != 0)
		die("raw_connect: no socket");
	if (connect(c->fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		die("raw_connect: refused");
	return c;
}

struct raw_conn *raw_connect(struct arena *a, int port)
{
	return raw_connect_from(a, port, "127.0.0.1");
}

void raw_close(struct raw_conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

/* Closes with a reset: thousands of connections in TIME_WAIT would use up the ports. */
static void close_with_reset(struct raw_conn *c)
{
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};

	if (c->fd >= 0)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	raw_close(c);
}

bool raw_send(struct raw_conn *c, struct str bytes)
{
	while (bytes.n) {
		ssize_t sent = send(c->fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		bytes = str_sub(bytes, (size_t)sent, bytes.n);
	}
	return true;
}

bool raw_send_c(struct raw_conn *c, const char *text)
{
	return raw_send(c, str_c(text));
}

bool raw_readable(struct raw_conn *c, int ms)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};

	return c->n > 0 || poll(&p, 1, ms) > 0;
}

/* More bytes at the end of *b; false at the end of the stream, on a reset or after the time-out. */
static bool more(struct raw_conn *c, struct buf *b)
{
	char *room;
	ssize_t got;

	if (c->n) {
		buf_add(b, (struct str){.p = c->buffer, .n = c->n});
		c->n = 0;
		return true;
	}
	room = buf_reserve(b, 4096);
	if (!room || !raw_readable(c, RAW_TIMEOUT_MS))
		return false;
	got = recv(c->fd, room, 4096, 0);
	if (got <= 0)
		return false;
	buf_commit(b, (size_t)got);
	return true;
}

static bool head_end(const struct buf *b, size_t *ret)
{
	const char *p = memmem(b->p, b->n, "\r\n\r\n", 4);

	if (p)
		*ret = (size_t)(p - b->p) + 4;
	return p != NULL;
}

static bool parse_head(struct raw_answer *answer, struct str head)
{
	struct str rest = head, line, status;
	uint64_t number;

	str_cut(&rest, '\n', &line);
	status = str_sub(line, 9, 3);
	if (!str_starts(line, STR("HTTP/1.1 ")) || !str_to_u64(status, 999, &number))
		return false;
	while (str_cut(&rest, '\n', &line) && line.n > 1) {
		struct raw_header *h = &answer->headers[answer->n_headers];
		size_t colon = str_find(line, ':');

		if (answer->n_headers == RAW_HEADERS_MAX || colon == line.n ||
			line.p[line.n - 1] != '\r')
			return false;
		h->name = str_sub(line, 0, colon);
		h->value = str_trim(str_sub(line, colon + 1, line.n - colon - 2));
		answer->n_headers++;
	}
	answer->status = (int)number;
	return true;
}

/* Bytes of the body, or UINT64_MAX: until the end of the stream. */
static uint64_t body_length(const struct raw_answer *answer, bool head)
{
	struct str length = raw_header(answer, "Content-Length");
	uint64_t n = UINT64_MAX;

	if (head || answer->status == 204 || answer->status == 304 || answer->status < 200)
		return 0;
	if (length.n && !str_to_u64(length, RAW_ANSWER_MAX, &n))
		die("raw_read: bad Content-Length");
	return n;
}

struct raw_answer raw_read(struct raw_conn *c, bool head)
{
	struct raw_answer answer = {.status = 0};
	uint64_t length;
	struct buf b;
	size_t end;

	buf_init(&b, c->arena, RAW_ANSWER_MAX);
	while (!head_end(&b, &end)) {
		if (!more(c, &b))
			return answer;
	}
	/* The head's views must outlive growth of the buffer. */
	answer.text = str_dup(c->arena, (struct str){.p = b.p, .n = end});
	if (!parse_head(&answer, answer.text))
		die("raw_read: the answer's head is ill-formed");
	length = body_length(&answer, head);
	while (b.n - end < length) {
		if (more(c, &b))
			continue;
		if (length != UINT64_MAX)
			answer.status = 0;
		length = b.n - end;
	}
	answer.body = (struct str){.p = b.p + end, .n = length};
	c->n = b.n - end - length;
	if (c->n > 4096)
		c->buffer = arena_alloc(c->arena, c->n);
	memcpy(c->buffer, b.p + end + length, c->n);
	return answer;
}

bool raw_closed(struct raw_conn *c)
{
	char byte;

	return c->n == 0 && raw_readable(c, RAW_TIMEOUT_MS) && recv(c->fd, &byte, 1, 0) <= 0;
}

struct raw_answer raw_exchange(struct arena *a, int port, struct str bytes)
{
	return raw_exchange_from(a, port, "127.0.0.1", bytes);
}

struct raw_answer raw_exchange_from(struct arena *a, int port, const char *from, struct str bytes)
{
	struct raw_conn *c = raw_connect_from(a, port, from);
	struct raw_answer answer;

	raw_send(c, bytes);
	answer = raw_read(c, str_starts(bytes, STR("HEAD ")));
	close_with_reset(c);
	return answer;
}

struct raw_answer raw_get(struct arena *a, int port, const char *target, const char *headers)
{
	return raw_exchange(a, port, raw_get_bytes(a, target, headers));
}

struct str raw_get_bytes(struct arena *a, const char *target, const char *headers)
{
	struct buf b;

	buf_init(&b, a, RAW_ANSWER_MAX);
	buf_addf(
		&b, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", target, headers ? headers : "");
	return buf_str(&b);
}

struct raw_answer raw_post(
	struct arena *a, int port, const char *target, const char *headers, struct str body)
{
	return raw_exchange(a, port, raw_post_bytes(a, target, headers, body));
}

struct str raw_post_bytes(struct arena *a, const char *target, const char *headers, struct str body)
{
	struct buf b;

	buf_init(&b, a, RAW_ANSWER_MAX);
	buf_addf(&b, "POST %s HTTP/1.1\r\nHost: localhost\r\n", target);
	buf_add_c(&b, "Content-Type: application/x-www-form-urlencoded\r\n");
	buf_addf(&b, "Content-Length: %zu\r\n%s\r\n", body.n, headers ? headers : "");
	buf_add(&b, body);
	return buf_str(&b);
}

struct str raw_header_n(const struct raw_answer *answer, const char *name, size_t n)
{
	for (size_t i = 0; i < answer->n_headers; i++) {
		if (str_ieq(answer->headers[i].name, str_c(name)) && n-- == 0)
			return answer->headers[i].value;
	}
	return STR_NONE;
}

struct str raw_header(const struct raw_answer *answer, const char *name)
{
	return raw_header_n(answer, name, 0);
}
