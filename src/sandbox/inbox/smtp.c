/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/inbox/smtp.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/die.h"
#include "base/thread.h"
#include "sandbox/inbox/smtp_tls.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 32
#define SMTP_LINE   2048u /* RFC 5321 4.5.3.1 asks for 1000 */
#define SLOW_MS     30000
#define IDLE_S      60

struct smtp_session;

struct smtp {
	int fd;
	int stop[2]; /* a pipe: readable once the server stops */
	struct inbox *inbox;
	struct smtp_tls_context *tls;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	struct smtp_session *open[CONNECTIONS]; /* lock */
	size_t n_open;                          /* lock */
};

/* One connection. */
struct smtp_session {
	struct smtp *s;
	struct arena *a;
	struct smtp_wire *wire;
	int fd;
	char in[SMTP_LINE];
	size_t n, at; /* bytes in `in`, and the first unread */
	struct str from, to;
	bool quit;
};

/* ---- lines ---- */

static void say(struct smtp_session *c, const char *reply)
{
	if (!smtp_wire_write(c->wire, reply, strlen(reply)))
		c->quit = true;
}

static bool next_byte(struct smtp_session *c, char *ret)
{
	if (c->at == c->n) {
		ssize_t n = smtp_wire_read(c->wire, c->in, sizeof(c->in));

		if (n <= 0)
			return false;
		c->n = (size_t)n;
		c->at = 0;
	}
	*ret = c->in[c->at++];
	return true;
}

/* A line without CRLF; false: the connection ended, or the line is too long. */
static bool next_line(struct smtp_session *c, struct buf *line)
{
	char byte;

	buf_clear(line);
	while (next_byte(c, &byte)) {
		if (byte == '\n') {
			if (line->n && line->p[line->n - 1] == '\r')
				line->n--;
			return buf_status(line) == RC_OK;
		}
		buf_add_byte(line, (unsigned char)byte);
	}
	return false;
}

/* ---- commands ---- */

/* The address between < and >, or empty. */
static struct str path_of(struct smtp_session *c, struct str line)
{
	struct str rest = str_sub(line, str_find(line, '<') + 1, line.n);

	return str_dup(c->a, str_sub(rest, 0, str_find(rest, '>')));
}

static bool offers_tls(const struct smtp_session *c)
{
	return c->s->tls && !smtp_wire_is_tls(c->wire) && inbox_settings(c->s->inbox).starttls;
}

static void ehlo(struct smtp_session *c, struct str line)
{
	say(c, "250-sandbox\r\n250-PIPELINING\r\n250-8BITMIME\r\n");
	if (offers_tls(c))
		say(c, "250-STARTTLS\r\n");
	say(c, "250 AUTH PLAIN LOGIN\r\n");
}

static void helo(struct smtp_session *c, struct str line)
{
	say(c, "250 sandbox\r\n");
}

static void starttls(struct smtp_session *c, struct str line)
{
	if (!offers_tls(c)) {
		say(c, "502 no TLS here\r\n");
		return;
	}
	say(c, "220 go ahead\r\n");
	c->n = c->at = 0; /* nothing said before TLS counts (RFC 3207 4.2) */
	c->from = c->to = STR_NONE;
	if (!smtp_wire_start_tls(c->wire, c->s->tls))
		c->quit = true;
}

/* AUTH PLAIN [response] and AUTH LOGIN: whatever is said is good. */
static void auth(struct smtp_session *c, struct str line)
{
	struct buf answer;
	bool login = str_ieq(str_sub(line, 5, 5), STR("LOGIN"));
	int prompts = login ? 2 : 1;

	buf_init(&answer, c->a, SMTP_LINE);
	if (line.n > 11)
		prompts--;
	for (int i = 0; i < prompts; i++) {
		say(c, "334 \r\n");
		if (!next_line(c, &answer)) {
			c->quit = true;
			return;
		}
	}
	say(c, "235 welcome\r\n");
}

static void mail(struct smtp_session *c, struct str line)
{
	c->from = path_of(c, line);
	c->to = STR_NONE;
	say(c, "250 ok\r\n");
}

static void rcpt(struct smtp_session *c, struct str line)
{
	int fault = inbox_settings(c->s->inbox).mail_fault;

	if (fault == MAIL_LATER) {
		say(c, "451 4.3.0 try again later\r\n");
		return;
	}
	if (fault == MAIL_REFUSE) {
		say(c, "550 5.1.1 no such mailbox\r\n");
		return;
	}
	c->to = path_of(c, line);
	say(c, "250 ok\r\n");
}

/* Waits, unless the server stops. */
static void wait_slowly(struct smtp_session *c)
{
	struct pollfd stop = {.fd = c->s->stop[0], .events = POLLIN};

	poll(&stop, 1, SLOW_MS);
}

static bool read_data(struct smtp_session *c, struct buf *raw)
{
	struct buf line;

	buf_init(&line, c->a, SMTP_LINE);
	while (next_line(c, &line)) {
		struct str text = buf_str(&line);

		if (str_eq_c(text, "."))
			return true;
		if (text.n && text.p[0] == '.')
			text = str_sub(text, 1, text.n); /* RFC 5321 4.5.2 */
		buf_add(raw, text);
		buf_add_c(raw, "\r\n");
	}
	return false;
}

static void data(struct smtp_session *c, struct str line)
{
	int fault = inbox_settings(c->s->inbox).mail_fault;
	struct buf raw;

	if (!c->to.n) {
		say(c, "503 RCPT first\r\n");
		return;
	}
	say(c, "354 end with a dot\r\n");
	buf_init(&raw, c->a, INBOX_DATA_MAX);
	c->quit = !read_data(c, &raw) || buf_status(&raw) != RC_OK;
	if (c->quit)
		return;
	inbox_add_mail(c->s->inbox, c->from, c->to, buf_str(&raw));
	if (fault == MAIL_SLOW)
		wait_slowly(c);
	c->quit = fault == MAIL_DROP;
	if (!c->quit)
		say(c, "250 taken\r\n");
	c->to = STR_NONE;
}

static void reset(struct smtp_session *c, struct str line)
{
	c->from = c->to = STR_NONE;
	say(c, "250 ok\r\n");
}

static void quit(struct smtp_session *c, struct str line)
{
	say(c, "221 bye\r\n");
	c->quit = true;
}

static const struct {
	struct str name;
	void (*run)(struct smtp_session *c, struct str line);
} commands[] = {
	{STR_INIT("EHLO"), ehlo},
	{STR_INIT("HELO"), helo},
	{STR_INIT("STARTTLS"), starttls},
	{STR_INIT("AUTH "), auth},
	{STR_INIT("MAIL "), mail},
	{STR_INIT("RCPT "), rcpt},
	{STR_INIT("DATA"), data},
	{STR_INIT("RSET"), reset},
	{STR_INIT("NOOP"), helo},
	{STR_INIT("QUIT"), quit},
};

static void command(struct smtp_session *c, struct str line)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (!str_ieq(str_sub(line, 0, commands[i].name.n), commands[i].name))
			continue;
		commands[i].run(c, line);
		return;
	}
	say(c, "500 what?\r\n");
}

/* ---- connections ---- */

static void leave(struct smtp_session *c)
{
	struct smtp *s = c->s;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < CONNECTIONS; i++)
		if (s->open[i] == c)
			s->open[i] = NULL;
	close(c->fd);
	s->n_open--;
	pthread_cond_broadcast(&s->ended);
	pthread_mutex_unlock(&s->lock);
	smtp_wire_free(c->wire);
	arena_free(c->a);
	free(c);
}

static void *converse(void *arg)
{
	struct smtp_session *c = arg;
	struct buf line;

	buf_init(&line, c->a, SMTP_LINE);
	say(c, "220 sandbox ESMTP\r\n");
	while (!c->quit && next_line(c, &line))
		command(c, str_dup(c->a, buf_str(&line)));
	leave(c);
	return NULL;
}

static bool smtp_enter(struct smtp *s, struct smtp_session *c)
{
	bool found = false;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; !found && i < CONNECTIONS; i++) {
		found = s->open[i] == NULL;
		if (found)
			s->open[i] = c;
	}
	s->n_open += found;
	pthread_mutex_unlock(&s->lock);
	return found;
}

static void smtp_accept(struct smtp *s, int fd)
{
	struct timeval idle = {.tv_sec = IDLE_S};
	struct smtp_session *c = xcalloc(1, sizeof(*c));
	pthread_t thread;

	if (!smtp_enter(s, c)) {
		close(fd);
		free(c);
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof(idle));
	*c = (struct smtp_session){.s = s, .fd = fd, .from = STR_NONE, .to = STR_NONE};
	c->a = arena_new(ARENA_MAX_CLI);
	c->wire = smtp_wire_new(fd);
	if (thread_start(&thread, "smtp", converse, c) != 0)
		die("no thread for a connection");
	pthread_detach(thread);
}

static void *listener(void *arg)
{
	struct smtp *s = arg;
	struct pollfd fds[] = {
		{.fd = s->fd, .events = POLLIN}, {.fd = s->stop[0], .events = POLLIN}};

	while (poll(fds, 2, -1) >= 0 && !fds[1].revents) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			smtp_accept(s, fd);
	}
	return NULL;
}

static bool listen_on(struct smtp *s, const char *address, int port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int yes = 1;

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return s->fd >= 0 && inet_pton(AF_INET, address, &at.sin_addr) == 1 &&
	       setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
	       bind(s->fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(s->fd, 64) == 0;
}

enum rc smtp_start(const char *address, int port, const char *certificate, struct inbox *inbox,
	struct smtp **ret)
{
	struct smtp *s = xcalloc(1, sizeof(*s));

	s->inbox = inbox;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->ended, NULL);
	if (!listen_on(s, address, port) || pipe2(s->stop, O_CLOEXEC) != 0 ||
		(certificate && smtp_tls_new(certificate, &s->tls) != RC_OK)) {
		free(s);
		return RC_UNAVAILABLE;
	}
	if (thread_start(&s->thread, "smtp-listener", listener, s) != 0)
		die("no thread for the mail server");
	*ret = s;
	return RC_OK;
}

void smtp_stop(struct smtp *s)
{
	if (!s)
		return;
	if (write(s->stop[1], "x", 1) != 1)
		die("a pipe of ours cannot be written");
	pthread_join(s->thread, NULL);
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < CONNECTIONS; i++)
		if (s->open[i])
			shutdown(s->open[i]->fd, SHUT_RDWR);
	while (s->n_open)
		pthread_cond_wait(&s->ended, &s->lock);
	pthread_mutex_unlock(&s->lock);
	close(s->fd);
	close(s->stop[0]);
	close(s->stop[1]);
	smtp_tls_free(s->tls);
	pthread_cond_destroy(&s->ended);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
