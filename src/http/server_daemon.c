/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* MHD's callbacks and options of one loop's daemon. */
#include "base/die.h"
#include "http/server_priv.h"

#include <microhttpd.h>

/* Bytes for request line, headers, a copy of the cookies that MHD makes, and response headers. MHD
 * wipes all of it after each request: doubling it costs an introspection a tenth more. */
#define CONNECTION_MEMORY 49152u

/* RFC 9325 3.1.1, 4.1, 4.2: forward secrecy (ephemeral ECDH) and AEAD only, the server's order; no
 * session tickets, whose key would undo the former. */
#define TLS_PRIORITIES                                                                             \
	"SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:"           \
	"-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:-MAC-ALL:+AEAD:"                 \
	"%SERVER_PRECEDENCE:%NO_TICKETS"

static enum MHD_Result on_accept(void *cls, const struct sockaddr *sa, socklen_t n)
{
	struct event_loop *loop = cls;

	return link_allowed(loop->server, sa) ? MHD_YES : MHD_NO;
}

static const union MHD_ConnectionInfo *info(
	struct MHD_Connection *c, enum MHD_ConnectionInfoType type)
{
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(c, type);

	if (!i)
		die("libmicrohttpd gives no information about its connection");
	return i;
}

static void on_connection(void *cls, struct MHD_Connection *c, void **context,
	enum MHD_ConnectionNotificationCode code)
{
	const struct sockaddr *sa;
	int fd;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (*context) {
			request_drop(*context);
			link_close(*context);
		}
		return;
	}
	fd = info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	sa = info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
	*context = link_open(cls, fd, sa);
}

/* The one place where the target is seen as it was sent. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *c)
{
	struct link *link = info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;

	return request_begin(cls, c, link, str_c(target));
}

static size_t keep_escapes(void *cls, struct MHD_Connection *c, char *s)
{
	return strlen(s);
}

/*
 * MHD before 1.0 splits the head in place and forgives what makes two readers of one request
 * disagree: a NUL cuts a target or a value short, a lone LF ends a line, a folded line is appended
 * to the name before it, a nameless line ends the head. Its views reveal it: in a well-formed head
 * each line starts two bytes behind the end of the last, only a colon and blanks stand between name
 * and value, and an empty line is what is left at the end (RFC 9112 2.2, 5.1, 5.2).
 */
static const bool forgiving = MHD_VERSION < 0x01000000;

struct header_walk {
	struct http_private *p;
	const char *at; /* where the next line must start */
	bool broken;
};

static bool only_blanks(const char *from, const char *to)
{
	if ((uintptr_t)to - (uintptr_t)from > HTTP_HEADER_MAX)
		return false;
	while (from < to && (*from == ' ' || *from == '\t'))
		from++;
	return from == to;
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name,
	size_t name_n, const char *value, size_t value_n)
{
	struct header_walk *walk = cls;

	if (forgiving && (name != walk->at || !only_blanks(name + name_n + 1, value))) {
		walk->broken = true;
		return MHD_NO;
	}
	walk->at = value + value_n + 2;
	collect_header(walk->p, (struct str){.p = name, .n = name_n},
		(struct str){.p = value ? value : "", .n = value_n});
	return MHD_YES;
}

static void request_read_head(struct http_private *p, struct MHD_Connection *c, const char *url,
	const char *method, const char *version)
{
	size_t bytes = info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
	struct header_walk walk = {.p = p, .at = version + strlen(version) + 2};

	walk.broken = forgiving && url + p->target_n + 1 != version;
	if (!walk.broken)
		MHD_get_connection_values_n(c, MHD_HEADER_KIND, on_header, &walk);
	if (walk.broken || (forgiving && method + bytes != walk.at + 2)) {
		p->doubtful = true;
		request_refuse(p, 400, "the request's head is ill-formed");
	}
	check_head(p, bytes - p->target_n, strcmp(version, MHD_HTTP_VERSION_1_0) == 0);
}

static enum MHD_Result on_call(void *cls, struct MHD_Connection *c, const char *url,
	const char *method, const char *version, const char *data, size_t *n, void **context)
{
	struct http_private *p = *context;

	if (!p)
		return MHD_NO;
	if (p->stage == STAGE_HEAD) {
		p->x.request.method = method_parse(method);
		request_read_head(p, c, url, method, version);
	}
	return request_call(p, data, n) ? MHD_YES : MHD_NO;
}

struct str http_request_header(const struct http_exchange *x, const char *name)
{
	const char *value = NULL;
	size_t n = 0;

	if (MHD_lookup_connection_value_n(x->priv->connection, MHD_HEADER_KIND, name, strlen(name),
		    &value, &n) != MHD_YES ||
		!value)
		return (struct str){.p = NULL, .n = 0};
	return str_trim((struct str){.p = value, .n = n});
}

static void on_completed(
	void *cls, struct MHD_Connection *c, void **context, enum MHD_RequestTerminationCode code)
{
	if (*context)
		request_end(*context);
	*context = NULL;
}

/* The request whose whole head MHD has, and is still judging: no other is beyond its head and not
 * with us. NULL: the head is not whole. */
static struct http_private *request_judged(const struct event_loop *loop)
{
	for (struct link *l = loop->heads.first; l; l = l->next) {
		struct http_private *p = l->request;

		if (p && p->stage == STAGE_HEAD &&
			MHD_get_connection_info(
				p->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE))
			return p;
	}
	return NULL;
}

/*
 * A head that MHD 0.9.75 refuses once it is whole (a Content-Length that is no number, cookies that
 * find no room) is answered by MHD itself, and the head of that answer goes out twice. All that is
 * heard of it before is this line for a log, so the answer is given here, in front of MHD's own,
 * which then finds the socket shut: a page or a line of text, with the headers of every answer.
 */
static void on_complaint(void *cls, const char *format, va_list arguments)
{
	static const char refusal[] = "Error processing request (HTTP response code is %u";
	struct http_private *p;
	unsigned status;

	if (strncmp(format, refusal, sizeof(refusal) - 1) != 0)
		return;
	status = va_arg(arguments, unsigned);
	p = request_judged(cls);
	if (!p || p->refused)
		return;
	refuse_on_socket(p, (int)status,
		status == 431   ? "the cookies are too many"
		: status == 413 ? "Content-Length is over every maximum"
				: "Content-Length is no number of bytes");
}

static unsigned share_of(int all, size_t loops)
{
	unsigned n = (unsigned)all / (unsigned)loops;

	return n > 0 ? n : 1;
}

enum rc daemon_start(struct event_loop *loop, const struct tls_files *tls)
{
	const struct http_server *s = loop->server;
	char priorities[] = TLS_PRIORITIES;
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
			 (tls ? MHD_USE_TLS : 0);
	struct MHD_OptionItem tls_items[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, tls ? (void *)(uintptr_t)tls->cert : NULL},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, tls ? (void *)(uintptr_t)tls->key : NULL},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, priorities},
		{MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};

	loop->daemon = MHD_start_daemon(flags, 0, on_accept, loop, on_call, loop,
		MHD_OPTION_EXTERNAL_LOGGER, on_complaint, loop, MHD_OPTION_LISTEN_SOCKET,
		loop->listen_fd, MHD_OPTION_CONNECTION_LIMIT,
		share_of(s->options.connections_max, s->n_loops),
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)s->options.idle_timeout,
		MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_URI_LOG_CALLBACK, on_target, loop,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, loop, MHD_OPTION_NOTIFY_CONNECTION, on_connection, loop,
		MHD_OPTION_ARRAY, tls ? tls_items : none, MHD_OPTION_END);
	if (!loop->daemon)
		return RC_INVALID;
	loop->listen_fd = -1;
	return RC_OK;
}

void daemon_stop(struct event_loop *loop)
{
	if (loop->daemon)
		MHD_stop_daemon(loop->daemon);
	loop->daemon = NULL;
}

const char *http_library_version(void)
{
	return MHD_get_version();
}
