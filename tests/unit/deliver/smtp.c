/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* SMTP against a scripted server on a real socket; a real mail server is in tests/mail. */
#include "net/smtp.h"

#include "unit/check.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct str said; /* the words of the last refusal */

/* What the server says to commands that start so; the first row that fits. */
struct reply {
	const char *command, *reply; /* reply NULL: closes */
};

struct smtp_script {
	int fd, port;
	pthread_t thread;
	const struct reply *replies;
	char heard[8192];
	size_t n_heard;
};

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		return;
}

static bool read_line(FILE *in, struct smtp_script *s, char *line, size_t size)
{
	if (!fgets(line, (int)size, in))
		return false;
	snprintf(s->heard + s->n_heard, sizeof(s->heard) - s->n_heard, "%s", line);
	s->n_heard = strlen(s->heard);
	return true;
}

static void swallow_data(FILE *in, struct smtp_script *s)
{
	char line[1024];

	while (read_line(in, s, line, sizeof(line)))
		if (strcmp(line, ".\r\n") == 0)
			return;
}

static const char *reply_to(const struct smtp_script *s, const char *line)
{
	const struct reply *r = s->replies;

	while (r->command && strncmp(line, r->command, strlen(r->command)) != 0)
		r++;
	return r->command ? r->reply : "250 ok\r\n";
}

static void *smtp_script_serve(void *data)
{
	struct smtp_script *s = data;
	int fd = accept(s->fd, NULL, NULL);
	FILE *in = fdopen(fd, "r");
	char line[1024];

	say(fd, reply_to(s, "GREETING"));
	while (read_line(in, s, line, sizeof(line))) {
		const char *reply = reply_to(s, line);

		if (!reply)
			break;
		say(fd, reply);
		if (strncmp(line, "DATA", 4) != 0 || reply[0] != '3')
			continue;
		swallow_data(in, s);
		reply = reply_to(s, "END");
		if (!reply)
			break;
		say(fd, reply);
	}
	fclose(in);
	return NULL;
}

static void smtp_script_begin(struct smtp_script *s, const struct reply *replies)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(at);

	*s = (struct smtp_script){
		.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .replies = replies};
	assert_int_equal(bind(s->fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(listen(s->fd, 4), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &n), 0);
	s->port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, smtp_script_serve, s), 0);
}

static void end(struct smtp_script *s)
{
	pthread_join(s->thread, NULL);
	close(s->fd);
}

#define PLAIN                                                                                      \
	{"GREETING", "220 here\r\n"}, {"QUIT", "221 bye\r\n"},                                     \
	{                                                                                          \
		"DATA", "354 go\r\n"                                                               \
	}
#define EHLO                                                                                       \
	{                                                                                          \
		"EHLO", "250-here\r\n250 AUTH PLAIN LOGIN\r\n"                                     \
	}
#define REST                                                                                       \
	{                                                                                          \
		NULL, NULL                                                                         \
	}

static enum rc send_mail(struct smtp_script *s, struct arena *a, enum smtp_tls tls,
	const struct secret *password, int *ret_code, const char **ret_why)
{
	struct smtp_options o = {.host = STR("127.0.0.1"),
		.port = s->port,
		.tls = tls,
		.user = password ? STR("user") : STR_NONE,
		.password = password,
		.connect_timeout_ms = 2000,
		.timeout_ms = 1500};
	struct smtp_envelope e = {
		STR("from@a.th"), STR("to@b.th"), STR("Subject: x\r\n\r\nline\r\n.dot\r\n")};

	return smtp_send(&o, a, &e, ret_code, ret_why, &said);
}

static void answers_decide(void **state)
{
	static const struct {
		struct reply replies[8];
		enum rc rc;
	} rows[] = {
		{{EHLO, PLAIN, REST}, RC_OK},
		{{EHLO, {"RCPT", "550 no such user\r\n"}, PLAIN, REST}, RC_DENIED},
		{{EHLO, {"RCPT", "451 later\r\n"}, PLAIN, REST}, RC_UNAVAILABLE},
		{{EHLO, {"MAIL", "452 full\r\n"}, PLAIN, REST}, RC_UNAVAILABLE},
		{{EHLO, {"END", "554 spam\r\n"}, PLAIN, REST}, RC_DENIED},
		{{EHLO, {"END", "451 later\r\n"}, PLAIN, REST}, RC_UNAVAILABLE},
		{{EHLO, {"END", NULL}, PLAIN, REST}, RC_UNAVAILABLE},
		{{EHLO, {"END", ""}, PLAIN, REST}, RC_UNAVAILABLE},
		{{{"GREETING", "421 busy\r\n"}, PLAIN, REST}, RC_UNAVAILABLE},
		{{{"GREETING", ""}, PLAIN, REST}, RC_UNAVAILABLE},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct smtp_script s;
		const char *why = "none";
		int code;
		enum rc rc;

		smtp_script_begin(&s, rows[i].replies);
		rc = send_mail(&s, *state, SMTP_CLEAR, NULL, &code, &why);
		end(&s);
		if (rc != rows[i].rc)
			fail_msg("row %zu: %s %s", i, rc_name(rc), why);
	}
}

static void sends_what_was_given(void **state)
{
	static const struct reply replies[] = {EHLO, PLAIN, {"AUTH PLAIN", "334 \r\n"}, REST};
	struct secret *password = secret_new(STR("password-of-tests"));
	struct smtp_script s;
	const char *why = "none";
	int code;

	smtp_script_begin(&s, (const struct reply[]){EHLO, PLAIN, {"AUTH PLAIN", "334 \r\n"},
				      {"AHVzZXI", "235 in\r\n"}, REST});
	check_ok(send_mail(&s, *state, SMTP_CLEAR, password, &code, &why));
	end(&s);
	check_has(str_c(s.heard), "AHVzZXIAcGFzc3dvcmQtb2YtdGVzdHM=\r\n"); /* RFC 4616 */
	check_has(str_c(s.heard), "MAIL FROM:<from@a.th>\r\n");
	check_has(str_c(s.heard), "RCPT TO:<to@b.th>\r\n");
	check_has(str_c(s.heard), "\r\nline\r\n..dot\r\n.\r\n"); /* RFC 5321 4.5.2 */
	smtp_script_begin(&s, (const struct reply[]){{"AUTH", "535 wrong\r\n"},
				      {"EHLO", replies[0].reply}, PLAIN, REST});
	check_rc(send_mail(&s, *state, SMTP_CLEAR, password, &code, &why), RC_UNAVAILABLE);
	end(&s);
	assert_null(strstr(s.heard, "MAIL FROM"));
	secret_free(password);
}

/* Without STARTTLS nothing is said, neither the password nor the mail. */
static void no_starttls_no_mail(void **state)
{
	static const struct reply replies[] = {EHLO, PLAIN, REST};
	struct secret *password = secret_new(STR("password-of-tests"));
	struct smtp_script s;
	const char *why = "none";
	int code;

	smtp_script_begin(&s, replies);
	check_rc(send_mail(&s, *state, SMTP_STARTTLS, password, &code, &why), RC_UNAVAILABLE);
	end(&s);
	check_has(str_c(why), "no TLS");
	assert_null(strstr(s.heard, "AUTH"));
	assert_null(strstr(s.heard, "MAIL"));
	secret_free(password);
}

/* Kind C: what the server says of its refusal reaches the operator, without what we sent at AUTH.
 */
static void the_servers_own_words(void **state)
{
	static const struct {
		struct reply replies[8];
		const char *said;
	} rows[] = {
		{{EHLO, {"RCPT", "550 5.1.1 no such user\r\n"}, PLAIN, REST}, "5.1.1 no such user"},
		{{EHLO, {"RCPT", "554-5.7.1 refused:\r\n554 5.7.1 see https://x\r\n"}, PLAIN, REST},
			"5.7.1 refused: 5.7.1 see https://x"},
		{{EHLO, {"MAIL", "451 later\tplease \x80\r\n"}, PLAIN, REST}, "later?please ?"},
		{{EHLO, {"END", NULL}, PLAIN, REST}, ""},
		{{{"GREETING", "554 blocked, see our page\r\n"}, PLAIN, REST},
			"blocked, see our page"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct smtp_script s;
		const char *why = "none";
		int code;

		smtp_script_begin(&s, rows[i].replies);
		said = STR_NONE;
		assert_int_not_equal(send_mail(&s, *state, SMTP_CLEAR, NULL, &code, &why), RC_OK);
		end(&s);
		check_c(said, rows[i].said);
	}
}

static void words_that_repeat_the_password(void **state)
{
	static const char *const replies[] = {"535 no: password-of-tests\r\n",
		"535 AHVzZXIAcGFzc3dvcmQtb2YtdGVzdHM= is wrong\r\n",
		"535 cGFzc3dvcmQtb2YtdGVzdHM=\r\n", "535 5.7.8 wrong password\r\n"};
	struct secret *password = secret_new(STR("password-of-tests"));

	for (size_t i = 0; i < COUNT(replies); i++) {
		struct smtp_script s;
		const char *why = "none";
		int code;

		smtp_script_begin(&s, (const struct reply[]){EHLO, PLAIN, {"AUTH", "334 \r\n"},
					      {"AHVzZXI", replies[i]}, REST});
		said = STR("untouched");
		check_rc(send_mail(&s, *state, SMTP_CLEAR, password, &code, &why), RC_UNAVAILABLE);
		end(&s);
		check_c(said, i == 3 ? "5.7.8 wrong password" : "");
	}
	secret_free(password);
}

static void clear_text_stays_here(void **state)
{
	struct smtp_options o = {.host = STR("192.0.2.1"),
		.port = 25,
		.tls = SMTP_CLEAR,
		.connect_timeout_ms = 500,
		.timeout_ms = 500};
	struct smtp_envelope e = {STR("from@a.th"), STR("to@b.th"), STR("x\r\n")};
	const char *why;
	int code;

	check_rc(smtp_send(&o, *state, &e, &code, &why, &said), RC_DENIED);
	check_has(str_c(why), "this machine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {arena_test(answers_decide),
		arena_test(sends_what_was_given), arena_test(no_starttls_no_mail),
		arena_test(the_servers_own_words), arena_test(words_that_repeat_the_password),
		arena_test(clear_text_stays_here)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
