/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Whole logins, each by a browser that was never there before: by username and password, and by
 * ThaID (the sandbox's, at target.away_port; its own pages are not counted into the time).
 */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" /* RFC 7636 appendix B */
#define OFFICE    20 /* people behind one network address range */

enum login_step {
	AUTHORIZE,
	PAGE, /* of the login */
	FORM, /* username and password, or the button of ThaID */
	ON,   /* wherever the server leads, until it leads to the portal */
	TOKEN,
	AWAY, /* ThaID's pages ... */
	QR,
	APPROVE, /* ... the phone's press, and back */
	BACK,
};

/* As a proxy in front would say it: offices have networks of their own. */
static void print_address(const struct load_conn *c, char out[static 64])
{
	long office = c->person / OFFICE;

	snprintf(out, 64, "10.%ld.%ld.%ld", office / 256, office % 256, c->person % OFFICE + 1);
}

static void send_get(const struct load_target *t, struct load_conn *c, const char *target)
{
	char address[64];

	print_address(c, address);
	request_print(c, "GET %s HTTP/1.1\r\nHost: %s\r\nX-Forwarded-For: %s\r\nCookie: %s\r\n\r\n",
		target, t->authority, address, c->cookie);
}

static void post_form(const struct load_target *t, struct load_conn *c, const char *body)
{
	char address[64];

	print_address(c, address);
	request_print(c,
		"POST %s HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\nX-Forwarded-For: %s\r\n"
		"Cookie: %s\r\nContent-Type: application/x-www-form-urlencoded\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		c->where, t->authority, t->authority, address, c->cookie, strlen(body), body);
}

static void authorize(const struct load_target *t, struct load_conn *c)
{
	char target[LOAD_TEXT];

	c->cookie[0] = '\0';
	snprintf(target, sizeof(target),
		"%s?client_id=%s&redirect_uri=%s&response_type=code&scope=%s&state=abc"
		"&nonce=n-0S6_WzA2Mj&code_challenge=" CHALLENGE "&code_challenge_method=S256",
		t->authorize_path, t->client, t->redirect_uri, t->scope);
	send_get(t, c, target);
}

/* Another server: the sandbox. */
static void away(const struct load_target *t, struct load_conn *c, const char *body)
{
	c->away = true;
	if (!body)
		request_print(
			c, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", c->where, t->away_authority);
	else
		request_print(c,
			"POST /api/thaid/approve HTTP/1.1\r\nHost: %s\r\n"
			"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
			t->away_authority, strlen(body), body);
}

/* The check digit is right: d13 = (11 - (sum of d_i * (14 - i)) mod 11) mod 10. */
static void make_citizen_number(long i, char out[static 32])
{
	int sum = 0;

	snprintf(out, 32, "%012ld", i);
	for (int k = 0; k < 12; k++)
		sum += (out[k] - '0') * (13 - k);
	snprintf(out + 12, 32 - 12, "%d", (11 - sum % 11) % 10);
}

static void approve(const struct load_target *t, struct load_conn *c)
{
	char number[32], body[2 * LOAD_TEXT];

	make_citizen_number(c->person, number);
	snprintf(body, sizeof(body), "{\"qr\":\"%s\",\"pid\":\"%s\"}", c->text, number);
	away(t, c, body);
}

static void follow(const struct load_target *t, struct load_conn *c)
{
	switch ((enum login_step)c->step) {
	case AUTHORIZE: authorize(t, c); return;
	case TOKEN: ask_code(t, c); return;
	case AWAY:
	case QR:
	case BACK: away(t, c, NULL); return;
	case APPROVE: approve(t, c); return;
	case PAGE:
	case FORM:
	case ON: send_get(t, c, c->where); return;
	}
}

static void only_path(char *where) /* of an address with or without a host */
{
	char *at = strstr(where, "://");

	at = at ? strchr(at + 3, '/') : NULL;
	if (at)
		memmove(where, at, strlen(at) + 1);
}

static void unescape(char *text)
{
	char *amp;

	while ((amp = strstr(text, "&amp;")))
		memmove(amp + 1, amp + 5, strlen(amp + 5) + 1);
}

/* This browser was never there before, so no cookie comes twice. */
static void keep_cookies(struct load_conn *c, const struct load_answer *a)
{
	char one[LOAD_TEXT];
	const char *at = a->head;

	while ((at = strstr(at, "Set-Cookie: ")) && at < a->body) {
		size_t n = strlen(c->cookie);

		if (!copy_after(at, "Set-Cookie: ", ";\r", one) ||
			n + strlen(one) + 3 > sizeof(c->cookie))
			return;
		snprintf(c->cookie + n, sizeof(c->cookie) - n, "%s%s", n ? "; " : "", one);
		at++;
	}
}

/* By a header, or by the page that a form answers with where it leads to another site. */
static bool redirected(struct load_conn *c, const struct load_answer *a)
{
	if (a->status == 200 &&
		copy_after(a->body, "http-equiv=\"refresh\" content=\"0; url=", "\"", c->where)) {
		unescape(c->where);
		return true;
	}
	return (a->status == 302 || a->status == 303) &&
	       copy_after(a->head, "Location: ", "\r\n", c->where);
}

/* The form that posts to `path`: its whole address and its token. */
static bool read_form(struct load_conn *c, const struct load_answer *a, const char *path)
{
	char marker[64];
	const char *form;

	snprintf(marker, sizeof(marker), "action=\"%s", path);
	form = a->status == 200 ? strstr(a->body, marker) : NULL;
	if (!form || !copy_after(form, "action=\"", "\"", c->where) ||
		!copy_after(form, "name=\"step\" value=\"", "\"", c->text))
		return false;
	unescape(c->where);
	only_path(c->where);
	return true;
}

/* To the portal with a code, or on to another address of the server. */
static int go_on(struct load_conn *c)
{
	if (copy_after(c->where, "?code=", "& \r\n", c->code)) {
		c->step = TOKEN;
		return 0;
	}
	only_path(c->where);
	c->step = ON;
	return strncmp(c->where, "/login", 6) == 0 ? 0 : -1;
}

/* The steps both ways have in common. */
static int common(struct load_conn *c, const struct load_answer *a, const char *form)
{
	switch (c->step) {
	case AUTHORIZE:
		keep_cookies(c, a);
		c->step = PAGE;
		if (!redirected(c, a))
			return -1;
		only_path(c->where);
		return 0;
	case PAGE: c->step = FORM; return read_form(c, a, form) ? 0 : -1;
	case TOKEN: return take_login(c, a);
	default: keep_cookies(c, a); return redirected(c, a) ? go_on(c) : -1;
	}
}

static void password_request(const struct load_target *t, struct load_conn *c)
{
	char body[2 * LOAD_TEXT];

	if (c->step != FORM) {
		follow(t, c);
		return;
	}
	snprintf(body, sizeof(body), "step=%s&username=user%06ld&password=%s", c->text, c->person,
		t->password);
	post_form(t, c, body);
}

static int password_answer(
	const struct load_target *t, struct load_conn *c, const struct load_answer *a)
{
	(void)t;
	return common(c, a, "/login/password");
}

static void thaid_request(const struct load_target *t, struct load_conn *c)
{
	char body[LOAD_TEXT + 16];

	if (c->step != FORM) {
		follow(t, c);
		return;
	}
	snprintf(body, sizeof(body), "step=%s", c->text);
	post_form(t, c, body);
}

static int thaid_answer(
	const struct load_target *t, struct load_conn *c, const struct load_answer *a)
{
	int step = c->step;

	(void)t;
	if (step == QR) {
		c->step = APPROVE;
		if (a->status != 200 || !copy_after(a->body, "id=\"qr-text\">", "<", c->text))
			return -1;
		unescape(c->text);
		return 0;
	}
	if (step == APPROVE) {
		c->step = BACK;
		return a->status == 200 ? 0 : -1;
	}
	if (step != FORM && step != AWAY && step != BACK)
		return common(c, a, "/login/upstream");
	c->step = step == FORM ? AWAY : step == AWAY ? QR : ON;
	if (!redirected(c, a))
		return -1;
	only_path(c->where);
	return 0;
}

const struct scenario scenario_password = {
	"password", AUTHORIZE, password_request, password_answer};
const struct scenario scenario_thaid = {"thaid", AUTHORIZE, thaid_request, thaid_answer};
