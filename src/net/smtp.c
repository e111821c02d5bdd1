/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "net/smtp.h"

#include "base/buf.h"
#include "base/die.h"
#include "codec/base64.h"
#include "codec/ip_address.h"

#include <curl/curl.h>
#include <pthread.h>
#include <sys/socket.h>

#define URL_MAX     1024u
#define CREDENTIALS 8192u

struct smtp_call {
	const struct smtp_options *o;
	struct str data;
	int64_t end_ms; /* by monotonic_ms: of the whole call */
	bool denied, asked_for_data, accepted;
	struct buf said; /* the reply that refuses: its lines, without the code */
	int said_code;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void global_init(void)
{
	for (int tries = 0; curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK; tries++)
		memory_wait(tries);
}

/* The address here is the one that connect(2) gets. */
static curl_socket_t on_open(void *data, curlsocktype purpose, struct curl_sockaddr *sa)
{
	struct smtp_call *call = data;
	struct ip_address a;

	if (call->o->tls == SMTP_CLEAR &&
		(ip_address_of_socket(&sa->addr, &a) != RC_OK || !ip_address_is_loopback(&a))) {
		call->denied = true;
		return CURL_SOCKET_BAD;
	}
	return socket(sa->family, sa->socktype | SOCK_CLOEXEC, sa->protocol);
}

static size_t on_read(char *out, size_t size, size_t n, void *data)
{
	struct smtp_call *call = data;
	struct str part = str_sub(call->data, 0, size * n);

	if (part.n)
		memcpy(out, part.p, part.n);
	call->data = str_sub(call->data, part.n, call->data.n);
	return part.n;
}

static size_t on_reply(char *data, size_t size, size_t n, void *arg)
{
	return size * n;
}

/* The first reply behind 354 is the one to the whole message; then comes the one to QUIT. */
static void note_progress(struct smtp_call *call, uint64_t code)
{
	if (call->asked_for_data) {
		call->accepted = code / 100 == 2;
		call->end_ms = monotonic_ms() + SMTP_QUIT_MS;
	}
	call->asked_for_data = code == 354;
}

/* Reply lines (RFC 5321 4.2.1): "550-5.1.1 no such user", "550 ...". Those of a refusal are kept;
 * a further line of the same reply is appended. */
static size_t on_line(char *data, size_t size, size_t n, void *arg)
{
	struct smtp_call *call = arg;
	struct str line = {data, size * n};
	uint64_t code;

	if (line.n < 4 || !str_to_u64(str_sub(line, 0, 3), 599, &code))
		return size * n;
	note_progress(call, code);
	if (code < 400)
		return size * n;
	if (call->said_code != (int)code)
		buf_clear(&call->said);
	else
		buf_add_byte(&call->said, ' ');
	call->said_code = (int)code;
	line = str_sub(line, 4, line.n);
	while (line.n && (unsigned char)line.p[line.n - 1] <= ' ')
		line.n--;
	for (size_t i = 0; i < line.n && call->said.n < SMTP_SAID_MAX; i++) {
		unsigned char c = (unsigned char)line.p[i];

		buf_add_byte(&call->said, c < 0x20 || c > 0x7e ? '?' : c);
	}
	return size * n;
}

/* Also while libcurl waits for the answer to QUIT, which no time-out of its own ends. */
static int on_progress(
	void *arg, curl_off_t to_get, curl_off_t got, curl_off_t to_put, curl_off_t put)
{
	const struct smtp_call *call = arg;
	bool handed_over = call->asked_for_data && !call->data.n;

	return monotonic_ms() >= call->end_ms || call_end_passed(call->o->end) ||
	       (call_end_known(call->o->end) && !handed_over);
}

static bool holds(struct str text, struct str part)
{
	return part.n && memmem(text.p, text.n, part.p, part.n);
}

/* A server may repeat what AUTH sent, plain or in base64 (RFC 4616, LOGIN): then nothing of it is
 * shown. */
static struct str said_safely(const struct smtp_call *call, struct arena *a)
{
	const struct smtp_options *o = call->o;
	struct str said = str_dup(a, buf_str(&call->said)), password;
	struct buf plain;

	if (!o->password || !o->user.n)
		return said;
	password = secret_bytes(o->password);
	buf_init(&plain, a, CREDENTIALS);
	buf_add_byte(&plain, 0);
	buf_add(&plain, o->user);
	buf_add_byte(&plain, 0);
	buf_add(&plain, password);
	if (holds(said, password) || holds(said, base64_encode(a, password)) ||
		holds(said, base64_encode(a, buf_str(&plain))))
		return STR_NONE;
	return said;
}

#define SET(option, value) (ok &= curl_easy_setopt(h, (option), (value)) == CURLE_OK)

static bool set_tls(CURL *h, const struct smtp_options *o)
{
	bool ok = true;

	SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_USE_SSL, o->tls == SMTP_CLEAR ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (o->ca_file)
		SET(CURLOPT_CAINFO, o->ca_file);
	return ok;
}

static bool set_login(CURL *h, struct arena *a, const struct smtp_options *o)
{
	bool ok = true;

	if (!o->user.n || !o->password)
		return ok;
	SET(CURLOPT_USERNAME, str_dup_c(a, o->user));
	SET(CURLOPT_PASSWORD, str_dup_c(a, secret_bytes(o->password)));
	SET(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
	SET(CURLOPT_SASL_IR, 0L);
	return ok;
}

static bool set_url(CURL *h, struct arena *a, const struct smtp_options *o)
{
	bool six = str_find(o->host, ':') < o->host.n;
	struct buf url;
	bool ok = true;

	buf_init(&url, a, URL_MAX);
	buf_addf(&url, "%s://%s%.*s%s:%lld/%.*s", o->tls == SMTP_IMPLICIT ? "smtps" : "smtp",
		six ? "[" : "", STR_FMT(o->host), six ? "]" : "", (long long)o->port,
		STR_FMT(o->hello.n ? o->hello : STR("localhost")));
	SET(CURLOPT_URL, url.p);
	return ok && buf_status(&url) == RC_OK;
}

/* All but QUIT, whose second is kept back where there is one. */
static int64_t conversation_ms(const struct smtp_options *o)
{
	return o->timeout_ms > 2 * SMTP_QUIT_MS ? o->timeout_ms - SMTP_QUIT_MS : o->timeout_ms;
}

static bool set_call(
	CURL *h, struct arena *a, struct smtp_call *call, const struct smtp_envelope *e)
{
	const struct smtp_options *o = call->o;
	bool ok = true;

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L);   /* a name server that hangs is not waited for */
	SET(CURLOPT_FORBID_REUSE, 1L); /* QUIT within curl_easy_perform, where we look */
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_timeout_ms);
	SET(CURLOPT_TIMEOUT_MS, (long)conversation_ms(o));
	SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)(o->timeout_ms + 999) / 1000);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, call);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
	SET(CURLOPT_OPENSOCKETDATA, call);
	SET(CURLOPT_WRITEFUNCTION, on_reply);
	SET(CURLOPT_HEADERFUNCTION, on_line);
	SET(CURLOPT_HEADERDATA, call);
	SET(CURLOPT_READFUNCTION, on_read);
	SET(CURLOPT_READDATA, call);
	SET(CURLOPT_UPLOAD, 1L);
	SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)e->data.n);
	SET(CURLOPT_MAIL_FROM, str_dup_c(a, e->from));
	return ok;
}

static enum rc failure(const struct smtp_call *call, CURLcode code, int reply, const char **ret_why)
{
	*ret_why = curl_easy_strerror(code);
	if (call->denied) {
		*ret_why = "clear text goes to this machine only";
		return RC_DENIED;
	}
	if (code == CURLE_USE_SSL_FAILED) {
		*ret_why = "the mail server offers no TLS; nothing was sent";
		return RC_UNAVAILABLE;
	}
	if (code == CURLE_LOGIN_DENIED) {
		*ret_why = "the mail server does not accept the user name and password";
		return RC_UNAVAILABLE;
	}
	if (code == CURLE_ABORTED_BY_CALLBACK)
		*ret_why = "the mail server did not answer in time, or Pratu was stopped";
	if (code == CURLE_OPERATION_TIMEDOUT || code == CURLE_PEER_FAILED_VERIFICATION ||
		code == CURLE_ABORTED_BY_CALLBACK)
		return RC_UNAVAILABLE;
	if (reply >= 500 && reply < 600) {
		*ret_why = "the mail server refused it for good";
		return RC_DENIED;
	}
	if (reply >= 400 && reply < 500)
		*ret_why = "the mail server refused it this time";
	return RC_UNAVAILABLE;
}

static enum rc perform(
	CURL *h, struct smtp_call *call, struct curl_slist *to, int *ret_code, const char **ret_why)
{
	long reply = 0;
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if (to && curl_easy_setopt(h, CURLOPT_MAIL_RCPT, to) == CURLE_OK)
		code = curl_easy_perform(h);
	if (curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &reply) != CURLE_OK)
		reply = 0;
	*ret_code = (int)reply;
	if (code == CURLE_OK || call->accepted)
		return RC_OK;
	return failure(call, code, (int)reply, ret_why);
}

enum rc smtp_send(const struct smtp_options *options, struct arena *a,
	const struct smtp_envelope *e, int *ret_code, const char **ret_why, struct str *ret_said)
{
	struct smtp_call call = {
		.o = options, .data = e->data, .end_ms = monotonic_ms() + options->timeout_ms};
	struct curl_slist *to;
	CURL *h;
	enum rc rc;

	buf_init(&call.said, a, SMTP_SAID_MAX + 8);
	pthread_once(&once, global_init);
	*ret_code = 0;
	*ret_why = curl_easy_strerror(CURLE_OUT_OF_MEMORY);
	h = curl_easy_init();
	if (!h)
		return RC_UNAVAILABLE;
	if (!set_tls(h, options) || !set_url(h, a, options) || !set_login(h, a, options) ||
		!set_call(h, a, &call, e)) {
		curl_easy_cleanup(h);
		return RC_UNAVAILABLE;
	}
	to = curl_slist_append(NULL, str_dup_c(a, e->to));
	rc = perform(h, &call, to, ret_code, ret_why);
	curl_slist_free_all(to);
	curl_easy_cleanup(h);
	if (rc != RC_OK)
		*ret_said = said_safely(&call, a);
	return rc;
}
