/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/mail.h"

#include "codec/base64.h"
#include "codec/date.h"
#include "codec/email.h"
#include "deliver/outbox.h"

#define LINE 76u /* characters of an encoded line, RFC 2045 6.8 */
#define WORD_BYTES                                                                                 \
	39u /* of text in an encoded word, 52 characters: the line stays below 76 (RFC 2047 2) */
#define MS          1000
#define PORT_TLS    465
#define PORT_SUBMIT 587

/* ---- options ---- */

static bool is_this_machine(struct str host)
{
	return str_eq_c(host, "localhost") || str_eq_c(host, "127.0.0.1") || str_eq_c(host, "::1");
}

/* RFC 952 and 1123, or an address literal: nothing that could mean something in a URL. */
static bool host_ok(struct str host)
{
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != ':')
			return false;
	}
	return true;
}

const char *mail_options_fault(const struct mail_options *o, const char **ret_option)
{
	*ret_option = "mail.host";
	if (!host_ok(o->host) || !host_ok(o->hello))
		return "is no host name; write one like mail.example.go.th";
	if (!o->host.n)
		return NULL;
	*ret_option = "mail.tls";
	if (o->tls == SMTP_CLEAR && !is_this_machine(o->host))
		return "is none to another machine; write starttls or implicit";
	*ret_option = "mail.from";
	if (!email_ok(o->from))
		return "is no address; write one like no-reply@sso.example.go.th";
	*ret_option = "mail.reply_to";
	if (o->reply_to.n && !email_ok(o->reply_to))
		return "is no address; write one like help@example.go.th";
	*ret_option = "mail.password_file";
	if (o->user.n && !o->password)
		return "is missing; name the file with the password of mail.user";
	*ret_option = "mail.from_name";
	if (str_has_control(o->from_name))
		return "holds a control character; leave it out";
	return NULL;
}

/* ---- writing ---- */

/* RFC 2047: base64 words of whole characters, one a line. */
static void add_words(struct buf *out, struct arena *a, struct str text)
{
	size_t at = 0;

	while (at < text.n) {
		size_t n = 0;

		while (at + n < text.n) {
			size_t step = str_utf8_step(str_sub(text, at + n, text.n));

			if (!step || n + step > WORD_BYTES)
				break;
			n += step;
		}
		if (!n) /* not UTF-8: mail_write has refused that */
			return;
		buf_add_c(out, at ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
		buf_add(out, base64_encode(a, str_sub(text, at, n)));
		buf_add_c(out, "?=");
		at += n;
	}
}

/* RFC 5322 3.3, in UTC. */
static void add_date(struct buf *out, int64_t seconds)
{
	static const char days[] = "ThuFriSatSunMonTueWed"; /* the first is 1970-01-01's */
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct date d = date_at(seconds, 0);

	buf_addf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d +0000\r\n",
		days + 3 * ((seconds / 86400) % 7), d.day, months + 3 * ((d.month - 1) % 12),
		d.year, d.hour, d.minute, d.second);
}

static void add_header(struct buf *out, struct arena *a, const struct mail_options *o,
	const struct transport_message *what)
{
	size_t at = str_find(o->from, '@');

	add_date(out, what->created);
	buf_add_c(out, "From: ");
	if (o->from_name.n) {
		add_words(out, a, o->from_name);
		buf_add_c(out, "\r\n ");
	}
	buf_addf(out, "<%.*s>\r\n", STR_FMT(o->from));
	buf_addf(out, "To: <%.*s>\r\n", STR_FMT(what->content.target));
	if (o->reply_to.n)
		buf_addf(out, "Reply-To: <%.*s>\r\n", STR_FMT(o->reply_to));
	buf_add_c(out, "Subject: ");
	add_words(out, a, what->content.subject);
	/* The same for all attempts, so that a duplicate can be recognised. */
	buf_addf(out, "\r\nMessage-ID: <%.*s%.*s>\r\n", STR_FMT(what->id),
		STR_FMT(str_sub(o->from, at, o->from.n)));
	buf_add_c(out, "MIME-Version: 1.0\r\n"
		       "Content-Type: text/plain; charset=utf-8\r\n"
		       "Content-Transfer-Encoding: base64\r\n"
		       "Auto-Submitted: auto-generated\r\n" /* RFC 3834 5 */
		       "\r\n");
}

static void add_body(struct buf *out, struct arena *a, struct str text)
{
	struct buf lines;
	struct str coded;

	buf_init(&lines, a, MAIL_DATA_MAX);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			buf_add_byte(&lines, '\r');
		buf_add_byte(&lines, (unsigned char)text.p[i]);
	}
	if (!str_ends(text, STR("\n")))
		buf_add_c(&lines, "\r\n");
	coded = base64_encode(a, buf_str(&lines));
	for (size_t at = 0; at < coded.n; at += LINE) {
		buf_add(out, str_sub(coded, at, LINE));
		buf_add_c(out, "\r\n");
	}
}

static bool header_value_ok(struct str value)
{
	return !str_has_control(value) && str_is_utf8(value);
}

enum rc mail_write(const struct mail_options *o, struct arena *a,
	const struct transport_message *what, struct str *ret)
{
	struct buf out;

	if (!email_ok(what->content.target) || !email_ok(o->from))
		return RC_INVALID;
	if (!header_value_ok(what->content.subject) || !header_value_ok(o->from_name) ||
		(o->reply_to.n && !email_ok(o->reply_to)))
		return RC_INVALID;
	buf_init(&out, a, MAIL_DATA_MAX);
	add_header(&out, a, o, what);
	add_body(&out, a, what->content.text);
	if (buf_status(&out) != RC_OK)
		return RC_INVALID;
	*ret = buf_str(&out);
	return RC_OK;
}

/* ---- sending ---- */

static int64_t port_of(const struct mail_options *o)
{
	if (o->port)
		return o->port;
	return o->tls == SMTP_IMPLICIT ? PORT_TLS : PORT_SUBMIT;
}

/* "550 the mail server refused it for good: 5.1.1 no such user": what its operator looks for. */
static struct str describe(struct arena *a, int code, const char *why, struct str said)
{
	struct buf out;

	buf_init(&out, a, 200 + SMTP_SAID_MAX);
	if (code)
		buf_addf(&out, "%d ", code);
	buf_add_c(&out, why);
	if (said.n)
		buf_addf(&out, ": %.*s", STR_FMT(said));
	return buf_str(&out);
}

static void mail_send(const struct transport *c, struct arena *a,
	const struct transport_message *what, struct transport_result *ret)
{
	const struct mail *m = (const struct mail *)c;
	const struct mail_options *o = m->options;
	struct smtp_options server = {
		.host = o->host,
		.port = port_of(o),
		.tls = (enum smtp_tls)o->tls,
		.user = o->user,
		.password = o->password,
		.hello = o->hello.n ? o->hello : m->hello,
		.ca_file = m->ca_file,
		.connect_timeout_ms = o->connect_timeout * MS,
		.timeout_ms = o->timeout * MS,
		.end = what->end,
	};
	struct smtp_envelope envelope = {.from = o->from, .to = what->content.target};
	const char *why = "the message breaks a rule of mail";
	struct str said = STR_NONE;
	int code = 0;
	enum rc rc = mail_write(o, a, what, &envelope.data);

	if (rc == RC_OK)
		rc = smtp_send(&server, a, &envelope, &code, &why, &said);
	ret->outcome = rc == RC_OK ? TRANSPORT_SENT : TRANSPORT_REJECTED;
	if (rc == RC_UNAVAILABLE)
		ret->outcome = TRANSPORT_RETRY;
	if (rc != RC_OK)
		ret->error = describe(a, code, why, said);
}

void mail_init(
	struct mail *m, const struct mail_options *options, struct str hello, const char *ca_file)
{
	*m = (struct mail){
		{"smtp", MESSAGE_EMAIL, mail_send, SMTP_LONGEST_MS(options->timeout * MS)}, options,
		hello, ca_file};
}
