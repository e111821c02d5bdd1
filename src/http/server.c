/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Start and stop. */
#include "http/server.h"

#include "base/arena.h"
#include "base/die.h"
#include "base/last_line.h"
#include "obs/log.h"
#include "http/server_priv.h"
#include "base/clock.h"
#include "base/random.h"

#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG          4096 /* connections that wait for a loop; net.core.somaxconn has the last word */
#define TLS_FILE_MAX     65536u /* bytes of a PEM file */
#define MANY_CONNECTIONS 256    /* whose end is worth a look at the memory */

/* Servers whose stop ran out of time: what their threads still use must stay, and stay findable. */
static struct http_server *left_behind;
static pthread_mutex_t left_lock = PTHREAD_MUTEX_INITIALIZER;

static enum rc refuse_start(const char *why)
{
	log_emit(LOG_EVENT_START_FAILED, LOG_C("part", "http"), LOG_C("why", why));
	return RC_INVALID;
}

/* ---- options ---- */

static enum rc check_options(const struct http_server_options *o)
{
	if (o->event_threads < 1 || o->event_threads > EVENT_THREADS)
		return refuse_start("event_threads out of range");
	if (o->workers < 0 || o->workers > WORKERS_MAX || o->worker_queue < 0)
		return refuse_start("workers out of range");
	if (o->connections_max < o->event_threads)
		return refuse_start("connections_max is less than the event threads");
	if (o->idle_timeout < 1 || o->idle_timeout > 3600 || o->stop_timeout < 0 ||
		o->head_timeout < 0 || o->head_timeout > 3600)
		return refuse_start("a time-out is out of range");
	if (o->tls && (!o->tls_cert_file || !o->tls_key_file))
		return refuse_start("TLS needs a certificate and a key file");
	return RC_OK;
}

static enum rc copy_proxies(struct http_server *s)
{
	struct strlist list = s->options.trusted_proxies;

	s->proxies = arena_array(s->arena, list.n, struct ip_address_range);
	for (size_t i = 0; i < list.n; i++) {
		if (ip_address_range_parse(list.v[i], &s->proxies[i]) != RC_OK)
			return refuse_start("a trusted proxy is neither ADDRESS nor ADDRESS/BITS");
	}
	s->n_proxies = list.n;
	return RC_OK;
}

static void copy_hosts(struct http_server *s)
{
	struct strlist list = s->options.hosts;
	struct str *copies = arena_array(s->arena, list.n, struct str);

	for (size_t i = 0; i < list.n; i++)
		copies[i] = str_dup(s->arena, list.v[i]);
	s->options.hosts = (struct strlist){.v = copies, .n = list.n};
}

/* The body, its growth by doubling, and what a handler needs besides. */
static size_t arena_max(const struct http_route *routes, size_t n)
{
	size_t body = HTTP_BODY_MAX;

	for (size_t i = 0; i < n; i++) {
		if (routes[i].body_max > body)
			body = routes[i].body_max;
	}
	return ARENA_MAX + 3 * body;
}

/* ---- listening sockets ---- */

static int open_socket(const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1,
	    off = 0;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	close(fd);
	return -1;
}

static int port_of(int fd)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof(sa);
	char port[NI_MAXSERV];
	uint64_t number;

	if (getsockname(fd, (struct sockaddr *)&sa, &n) != 0 ||
		getnameinfo((struct sockaddr *)&sa, n, NULL, 0, port, sizeof(port),
			NI_NUMERICSERV) != 0 ||
		!str_to_u64(str_c(port), 65535, &number))
		return -1;
	return (int)number;
}

/*
 * One socket for all loops, each with a descriptor of its own: a connection waits in one queue and
 * is taken by whichever loop has time. Sockets of their own (SO_REUSEPORT) would each lose what
 * waits in them when they are closed.
 */
static enum rc share_door(struct http_server *s)
{
	s->port = port_of(s->listen_fd);
	for (size_t i = 0; i < s->n_loops; i++) {
		s->loops[i].listen_fd = fcntl(s->listen_fd, F_DUPFD_CLOEXEC, 0);
		if (s->loops[i].listen_fd < 0)
			return RC_UNAVAILABLE;
	}
	atomic_store(&s->doors, s->n_loops);
	return s->port < 0 ? RC_UNAVAILABLE : RC_OK;
}

static bool is_listening(int fd)
{
	int type = 0, listening = 0;
	socklen_t n = sizeof(type), m = sizeof(listening);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_STREAM &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &m) == 0 && listening;
}

static enum rc adopt_door(struct http_server *s)
{
	int flags = fcntl(s->options.listen_fd, F_GETFL);

	if (flags < 0 || !is_listening(s->options.listen_fd))
		return refuse_start("the descriptor handed over is no listening TCP socket");
	s->listen_fd = fcntl(s->options.listen_fd, F_DUPFD_CLOEXEC, 0);
	if (s->listen_fd < 0 || fcntl(s->listen_fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return refuse_start("the socket handed over cannot be used");
	atomic_store(&s->door_stays, true);
	return share_door(s);
}

static enum rc listen_all(struct http_server *s)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM};
	struct addrinfo *ai;
	char port[16];
	enum rc rc;

	if (s->options.listen_fd)
		return adopt_door(s);
	snprintf(port, sizeof(port), "%d", s->options.port);
	if (getaddrinfo(s->options.address, port, &hints, &ai) != 0)
		return refuse_start("the address to listen on is not a numeric address and port");
	s->listen_fd = open_socket(ai);
	freeaddrinfo(ai);
	rc = s->listen_fd < 0 ? RC_UNAVAILABLE : share_door(s);
	if (rc != RC_OK)
		log_emit(LOG_EVENT_START_FAILED, LOG_C("part", "http"),
			LOG_C("address", s->options.address), LOG_I("port", s->options.port),
			LOG_C("why", "the address is in use or not of this machine"));
	return rc;
}

/* ---- start ---- */

/* The key as Debian keeps it, root's and readable by the group ssl-cert, is well. */
static bool key_is_loose(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & (S_IWGRP | S_IRWXO));
}

static enum rc read_pem(const char *path, char **ret)
{
	char *text = calloc(1, TLS_FILE_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 && text ? read(fd, text, TLS_FILE_MAX) : -1;

	if (fd >= 0)
		close(fd);
	if (n > 0 && n < (ssize_t)TLS_FILE_MAX) {
		*ret = text;
		return RC_OK;
	}
	free(text);
	return refuse_start("a TLS file cannot be read");
}

static enum rc start_daemons(struct http_server *s, const struct tls_files *tls)
{
	for (size_t i = 0; i < s->n_loops; i++) {
		if (daemon_start(&s->loops[i], tls) != RC_OK)
			return refuse_start(tls ? "the TLS certificate or key is not usable"
						: "libmicrohttpd did not start");
	}
	return RC_OK;
}

static enum rc start_tls(struct http_server *s)
{
	char *cert = NULL, *key = NULL;
	struct tls_files files;
	enum rc rc = read_pem(s->options.tls_cert_file, &cert);

	if (rc == RC_OK && key_is_loose(s->options.tls_key_file))
		rc = refuse_start(
			"others may read or write server.tls.key_file; run chmod 640 on it");
	if (rc == RC_OK)
		rc = read_pem(s->options.tls_key_file, &key);
	files = (struct tls_files){.cert = cert, .key = key};
	if (rc == RC_OK)
		rc = start_daemons(s, &files);
	free(cert);
	if (key)
		explicit_bzero(key, TLS_FILE_MAX);
	free(key);
	return rc;
}

static void init_loop(struct http_server *s, struct event_loop *loop)
{
	static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";

	loop->server = s;
	loop->listen_fd = loop->event_fd = -1;
	pthread_mutex_init(&loop->lock, NULL);
	rng_fill(&rng_system, loop->id_prefix, sizeof(loop->id_prefix));
	for (size_t i = 0; i < sizeof(loop->id_prefix); i++)
		loop->id_prefix[i] = base32[loop->id_prefix[i] & 31];
}

static void free_server(struct http_server *s)
{
	for (size_t i = 0; i < s->n_loops; i++) {
		struct event_loop *loop = &s->loops[i];

		daemon_stop(loop);
		pool_free(loop);
		if (loop->listen_fd >= 0)
			close(loop->listen_fd);
		if (loop->event_fd >= 0)
			close(loop->event_fd);
		pthread_mutex_destroy(&loop->lock);
	}
	if (s->listen_fd >= 0)
		close(s->listen_fd);
	ip_address_table_free(&s->addresses);
	body_budget_free(&s->bodies);
	arena_free(s->arena);
	free(s);
}

static void make_route_metrics(struct http_server *s, const struct http_route *routes, size_t n)
{
	s->route_rows = routes;
	s->n_routes = n;
	s->route_metrics = arena_array(s->arena, n + 1, struct route_metrics);
	for (size_t i = 0; i < n; i++)
		route_metrics_init(&s->route_metrics[i], &routes[i]);
	route_metrics_init(&s->route_metrics[n], NULL);
}

static enum rc server_prepare(struct http_server *s, const struct http_route *routes, size_t n)
{
	enum rc rc;

	s->n_loops = (size_t)s->options.event_threads;
	s->loops = arena_array(s->arena, s->n_loops, struct event_loop);
	for (size_t i = 0; i < s->n_loops; i++)
		init_loop(s, &s->loops[i]);
	body_budget_init(
		&s->bodies, s->options.bodies_max ? s->options.bodies_max : HTTP_BODIES_MAX);
	ip_address_table_init(&s->addresses, (size_t)s->options.connections_max);
	copy_hosts(s);
	rc = copy_proxies(s);
	if (rc != RC_OK)
		return rc;
	if (routes_build(&s->routes, s->arena, routes, n) != RC_OK)
		return refuse_start("the route table is wrong: a path twice, or without handler");
	make_route_metrics(s, routes, n);
	rc = listen_all(s);
	if (rc != RC_OK)
		return rc;
	return s->options.tls ? start_tls(s) : start_daemons(s, NULL);
}

enum rc http_server_start(const struct http_server_options *options,
	const struct http_route *routes, size_t n_routes, struct http_server **ret)
{
	struct http_server *s;
	enum rc rc = check_options(options);

	if (rc != RC_OK)
		return rc;
	s = xcalloc(1, sizeof(*s));
	s->options = *options;
	s->listen_fd = -1;
	if (!s->options.stop_patience_ms)
		s->options.stop_patience_ms = HTTP_STOP_PATIENCE_MS;
	if (!s->options.head_timeout)
		s->options.head_timeout = HTTP_HEAD_TIMEOUT;
	s->arena = arena_new(ARENA_MAX_CLI);
	s->arena_max = arena_max(routes, n_routes);
	rc = server_prepare(s, routes, n_routes);
	if (rc != RC_OK) {
		free_server(s);
		return rc;
	}
	workers_start(
		&s->workers, s->arena, (size_t)options->workers, (size_t)options->worker_queue);
	for (size_t i = 0; i < s->n_loops; i++) {
		if (loop_start(&s->loops[i]) != RC_OK)
			last_line_end(EXIT_FAILED, "an event thread cannot be started; raise the "
						   "limit of open files (LimitNOFILE=)");
	}
	*ret = s;
	return RC_OK;
}

int64_t http_server_stalled_ms(const struct http_server *s)
{
	int64_t now = monotonic_ms(), worst = 0;

	for (size_t i = 0; i < s->n_loops; i++) {
		int64_t beat = atomic_load_explicit(&s->loops[i].beat, memory_order_relaxed);

		if (beat && now - beat > worst)
			worst = now - beat;
	}
	return worst;
}

bool http_server_connections_fell(struct http_server *s)
{
	size_t peak = 0, now = 0;

	for (size_t i = 0; i < s->n_loops; i++) {
		peak += atomic_load_explicit(&s->loops[i].links_peak, memory_order_relaxed);
		now += atomic_load_explicit(&s->loops[i].n_links, memory_order_relaxed);
	}
	if (peak < MANY_CONNECTIONS || now > peak / 2)
		return false;
	for (size_t i = 0; i < s->n_loops; i++)
		atomic_store_explicit(&s->loops[i].links_peak,
			atomic_load_explicit(&s->loops[i].n_links, memory_order_relaxed),
			memory_order_relaxed);
	return true;
}

int http_server_port(const struct http_server *s)
{
	return s->port;
}

int http_server_socket(const struct http_server *s)
{
	return s->listen_fd;
}

void http_server_keep_door(struct http_server *s)
{
	atomic_store(&s->door_stays, true);
}

/* ---- stop ---- */

static void leave(struct http_server *s)
{
	pthread_mutex_lock(&left_lock);
	s->next_left = left_behind;
	left_behind = s;
	pthread_mutex_unlock(&left_lock);
}

bool http_server_stop(struct http_server *s)
{
	bool complete;

	atomic_store(&s->stop_at, monotonic_ms() + s->options.stop_timeout * 1000);
	atomic_store(&s->stopping, true);
	for (size_t i = 0; i < s->n_loops; i++)
		loop_wake(&s->loops[i]);
	for (size_t i = 0; i < s->n_loops; i++)
		pthread_join(s->loops[i].thread, NULL);
	complete = atomic_load(&s->abandoned) == 0;
	workers_stop(&s->workers, !complete);
	if (complete)
		free_server(s);
	else
		leave(s);
	return complete;
}
