/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a portal and a browser do, as the load client plays them. */
#include "load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RFC 7636 appendix B. */
#define VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

void request_print(struct load_conn *c, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(c->out, sizeof(c->out), format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(c->out)) {
		fprintf(stderr, "load: a request is too long\n");
		exit(2);
	}
	c->out_n = (size_t)n;
}

static void send_post(
	const struct load_target *t, struct load_conn *c, const char *path, const char *body)
{
	request_print(c,
		"POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Basic %s\r\n"
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s",
		path, t->authority, t->secret, strlen(body), body);
}

bool copy_after(const char *text, const char *marker, const char *ends, char out[static LOAD_TEXT])
{
	const char *at = strstr(text, marker);
	size_t n;

	if (!at)
		return false;
	at += strlen(marker);
	n = strcspn(at, ends);
	if (n == 0 || n >= LOAD_TEXT)
		return false;
	memcpy(out, at, n);
	out[n] = '\0';
	return true;
}

/* Neighbouring connections and turns fall on other sessions: one session has codes for so many
 * logins a minute only. */
#define STRIDE 257u

static const char *session_cookie(const struct load_target *t, const struct load_conn *c)
{
	return t->n_cookies ? t->cookies[((size_t)c->index + c->turn * STRIDE) % t->n_cookies] : "";
}

static void ask_authorize(const struct load_target *t, struct load_conn *c)
{
	request_print(c,
		"GET "
		"%s?client_id=%s&redirect_uri=%s&response_type=code&scope=%s&state=abc&nonce=n-0S6_"
		"WzA2Mj"
		"&code_challenge=" CHALLENGE
		"&code_challenge_method=S256 HTTP/1.1\r\nHost: %s\r\nCookie: %s"
		"\r\n\r\n",
		t->authorize_path, t->client, t->redirect_uri, t->scope, t->authority,
		session_cookie(t, c));
}

void ask_code(const struct load_target *t, struct load_conn *c)
{
	char body[LOAD_BUFFER / 2];

	snprintf(body, sizeof(body),
		"grant_type=authorization_code&code=%s&redirect_uri=%s&code_verifier=" VERIFIER,
		c->code, t->redirect_uri);
	send_post(t, c, t->token_path, body);
}

int take_login(struct load_conn *c, const struct load_answer *a)
{
	c->step = 0;
	return a->status == 200 && copy_after(a->body, "\"id_token\":\"", "\"", c->token) ? 1 : -1;
}

static void sso_request(const struct load_target *t, struct load_conn *c)
{
	if (c->step == 0)
		ask_authorize(t, c);
	else
		ask_code(t, c);
}

static int sso_answer(const struct load_target *t, struct load_conn *c, const struct load_answer *a)
{
	(void)t;
	if (c->step == 0) {
		if ((a->status != 303 && a->status != 302) ||
			!copy_after(a->head, "code=", "& \r\n", c->code))
			return -1;
		c->step = 1;
		return 0;
	}
	return take_login(c, a);
}

/* The flows that need tokens first log in once, then loop. */
static void refresh_request(const struct load_target *t, struct load_conn *c)
{
	char body[LOAD_BUFFER / 2];

	if (c->step < 2) {
		sso_request(t, c);
		return;
	}
	snprintf(body, sizeof(body), "grant_type=refresh_token&refresh_token=%s", c->token);
	send_post(t, c, t->token_path, body);
}

static int take_token(struct load_conn *c, const struct load_answer *a, const char *name)
{
	char marker[64];

	snprintf(marker, sizeof(marker), "\"%s\":\"", name);
	if (a->status != 200 || !copy_after(a->body, marker, "\"", c->token))
		return -1;
	return 1;
}

static int first_login(const struct load_target *t, struct load_conn *c,
	const struct load_answer *a, const char *name)
{
	if (c->step == 0)
		return sso_answer(t, c, a);
	c->step = 2;
	return take_token(c, a, name) < 0 ? -1 : 0;
}

static int refresh_answer(
	const struct load_target *t, struct load_conn *c, const struct load_answer *a)
{
	if (c->step < 2)
		return first_login(t, c, a, "refresh_token");
	return take_token(c, a, "refresh_token");
}

static void client_request(const struct load_target *t, struct load_conn *c)
{
	char body[LOAD_TEXT];

	snprintf(body, sizeof(body), "grant_type=client_credentials%s%s",
		t->client_scope[0] ? "&scope=" : "", t->client_scope);
	send_post(t, c, t->token_path, body);
}

static int client_answer(
	const struct load_target *t, struct load_conn *c, const struct load_answer *a)
{
	(void)t;
	return take_token(c, a, "access_token");
}

static void introspect_request(const struct load_target *t, struct load_conn *c)
{
	char body[LOAD_TEXT + 16];

	if (c->step < 2) {
		sso_request(t, c);
		return;
	}
	snprintf(body, sizeof(body), "token=%s", c->token);
	send_post(t, c, t->introspect_path, body);
}

static int introspect_answer(
	const struct load_target *t, struct load_conn *c, const struct load_answer *a)
{
	if (c->step < 2)
		return first_login(t, c, a, "access_token");
	return a->status == 200 && strstr(a->body, "\"active\":true") ? 1 : -1;
}

static void userinfo_request(const struct load_target *t, struct load_conn *c)
{
	if (c->step < 2) {
		sso_request(t, c);
		return;
	}
	request_print(c, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n",
		t->userinfo_path, t->authority, c->token);
}

static int userinfo_answer(
	const struct load_target *t, struct load_conn *c, const struct load_answer *a)
{
	if (c->step < 2)
		return first_login(t, c, a, "access_token");
	return a->status == 200 && strstr(a->body, "\"sub\":") ? 1 : -1;
}

/* The launcher: a page of all that a person may enter. */
static void apps_request(const struct load_target *t, struct load_conn *c)
{
	request_print(c, "GET /apps HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n\r\n", t->authority,
		session_cookie(t, c));
}

static int apps_answer(
	const struct load_target *t, struct load_conn *c, const struct load_answer *a)
{
	return a->status == 200 && strstr(a->body, "data-part=\"system\"") ? 1 : -1;
}

/* A portal that asks again for a request that nobody has answered (CIBA Core 10.1). Each has its
 * turn once in a round over all of them, so that with a rate each is asked for at an even pace. */
static void ciba_poll_request(const struct load_target *t, struct load_conn *c)
{
	char body[LOAD_TEXT];

	snprintf(body, sizeof(body),
		"grant_type=urn%%3Aopenid%%3Aparams%%3Agrant-type%%3Aciba&auth_req_id=%s",
		t->n_cookies ? t->cookies[(size_t)c->person % t->n_cookies] : "");
	send_post(t, c, t->token_path, body);
}

static int ciba_poll_answer(
	const struct load_target *t, struct load_conn *c, const struct load_answer *a)
{
	return a->status == 400 && strstr(a->body, "\"authorization_pending\"") ? 1 : -1;
}

/* The last two are those of scenarios_login.c. */
const struct scenario *const scenarios[] = {
	&(const struct scenario){"sso", 0, sso_request, sso_answer},
	&(const struct scenario){"refresh", 2, refresh_request, refresh_answer},
	&(const struct scenario){"client_credentials", 0, client_request, client_answer},
	&(const struct scenario){"introspect", 2, introspect_request, introspect_answer},
	&(const struct scenario){"userinfo", 2, userinfo_request, userinfo_answer},
	&(const struct scenario){"apps", 0, apps_request, apps_answer},
	&(const struct scenario){"ciba-poll", 0, ciba_poll_request, ciba_poll_answer},
	&scenario_password,
	&scenario_thaid,
};
const size_t n_scenarios = sizeof(scenarios) / sizeof(scenarios[0]);
