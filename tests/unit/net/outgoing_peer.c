/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "net/outgoing_peer.h"

#include "base/die.h"
#include "unit/check.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- names of this test's own, in place of the library's: libcurl finds these first ---- */

static const char *const (*answers)[PEER_ADDRESSES];
static size_t n_answers;
static atomic_size_t inquiries;

static struct addrinfo *answer_new(const char *address, const char *service)
{
	struct {
		struct addrinfo info;
		struct sockaddr_in sa;
	} *made = calloc(1, sizeof(*made));

	if (!made)
		die("out of memory");
	made->sa.sin_family = AF_INET;
	made->sa.sin_port = htons((uint16_t)strtol(service ? service : "0", NULL, 10));
	if (inet_pton(AF_INET, address, &made->sa.sin_addr) != 1)
		die("no address");
	made->info = (struct addrinfo){.ai_family = AF_INET,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
		.ai_addrlen = sizeof(made->sa),
		.ai_addr = (struct sockaddr *)&made->sa};
	return &made->info;
}

void peer_names(const char *const (*lists)[PEER_ADDRESSES], size_t n)
{
	answers = lists;
	n_answers = n;
	atomic_store(&inquiries, 0);
}

int getaddrinfo(
	const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **ret)
{
	size_t i = atomic_fetch_add(&inquiries, 1);
	struct addrinfo **next = ret;

	*ret = NULL;
	if (strncasecmp(node, "localhost", strlen("localhost")) == 0) {
		*ret = answer_new("127.0.0.1", service);
		return 0;
	}
	if (!answers || strcmp(node, "rebinding.example") != 0)
		return EAI_NONAME;
	if (i >= n_answers)
		i = n_answers - 1;
	for (size_t k = 0; k < PEER_ADDRESSES && answers[i][k]; k++) {
		*next = answer_new(answers[i][k], service);
		next = &(*next)->ai_next;
	}
	return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;

		free(list);
		list = next;
	}
}

/* ---- a portal that is scripted ---- */

#define PEER_CONNECTIONS 16

void peer_rest(int ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&t, NULL);
}

static bool outgoing_send(struct outgoing_peer *p, int fd, const char *bytes, size_t n)
{
	ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);

	if (sent > 0)
		atomic_fetch_add(&p->sent, (size_t)sent);
	return sent == (ssize_t)n;
}

static void outgoing_send_again(struct outgoing_peer *p, int fd)
{
	size_t n = p->again ? strlen(p->again) : 0;

	while (n) {
		if (!p->drip_ms) {
			if (!outgoing_send(p, fd, p->again, n))
				return;
			continue;
		}
		for (size_t i = 0; i < n; i++) {
			if (!outgoing_send(p, fd, p->again + i, 1))
				return;
			peer_rest(p->drip_ms);
		}
	}
}

struct peer_connection {
	struct outgoing_peer *peer;
	int fd;
};

static void *outgoing_serve(void *arg)
{
	struct peer_connection *c = arg;
	struct outgoing_peer *p = c->peer;
	char bytes[65536];
	ssize_t got = recv(c->fd, bytes, sizeof(bytes), 0);

	while (atomic_load(&p->hold))
		peer_rest(5);
	if (got > 0 && outgoing_send(p, c->fd, p->head, strlen(p->head)))
		outgoing_send_again(p, c->fd);
	atomic_fetch_add(&p->served, 1);
	close(c->fd);
	free(c);
	return NULL;
}

static void *outgoing_main(void *arg)
{
	struct outgoing_peer *p = arg;
	pthread_t threads[PEER_CONNECTIONS];
	size_t n = 0;
	int fd;

	while (n < PEER_CONNECTIONS && (fd = accept(p->fd, NULL, NULL)) >= 0) {
		struct peer_connection *c = malloc(sizeof(*c));

		atomic_fetch_add(&p->connections, 1);
		*c = (struct peer_connection){p, fd};
		if (pthread_create(&threads[n++], NULL, outgoing_serve, c) != 0)
			die("no thread");
	}
	for (size_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return NULL;
}

/* port 0: any. */
void peer_start(struct outgoing_peer *p, int port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	socklen_t n = sizeof(sa);
	int one = 1;

	inet_pton(AF_INET, p->address ? p->address : "127.0.0.1", &sa.sin_addr);
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(p->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (p->fd < 0 || bind(p->fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
		listen(p->fd, 16) != 0 || getsockname(p->fd, (struct sockaddr *)&sa, &n) != 0)
		die("no peer");
	p->port = ntohs(sa.sin_port);
	if (pthread_create(&p->thread, NULL, outgoing_main, p) != 0)
		die("no peer");
}

void peer_stop(struct outgoing_peer *p)
{
	atomic_store(&p->hold, 0);
	shutdown(p->fd, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->fd);
}
