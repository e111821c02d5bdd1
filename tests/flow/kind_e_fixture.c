/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "flow/kind_e_fixture.h"

#include "base/die.h"

#include <pthread.h>
#include <sched.h>

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool held;
	int begun;
	struct auth_method *method;
	void (*work)(struct auth_call *call);
	struct admission *theirs, *ours;
} held = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void held_work(struct auth_call *call)
{
	pthread_mutex_lock(&held.lock);
	held.begun++;
	while (held.held)
		pthread_cond_wait(&held.changed, &held.lock);
	pthread_mutex_unlock(&held.lock);
	held.work(call);
}

static int64_t fixed_pace(const void *data)
{
	(void)data;
	return HELD_PACE_MS * 1000;
}

void held_begin(struct auth_method *m, size_t places, size_t share, size_t room)
{
	const struct admission_options options = {
		.places = places,
		.share = share,
		.wait_max = (int64_t)room * HELD_PACE_MS,
		.pace_us = fixed_pace,
		.waiting = METRIC_PASSWORDS_WAITING,
		.turned_away = METRIC_PASSWORDS_TURNED_AWAY,
		.wait = METRIC_PASSWORD_WAIT_US,
	};

	held.held = true;
	held.begun = 0;
	held.method = m;
	held.work = m->work;
	held.theirs = m->admission;
	held.ours = admission_new(&options);
	m->work = held_work;
	m->admission = held.ours;
}

void held_release(void)
{
	pthread_mutex_lock(&held.lock);
	held.held = false;
	pthread_cond_broadcast(&held.changed);
	pthread_mutex_unlock(&held.lock);
}

void held_end(void)
{
	held.method->work = held.work;
	held.method->admission = held.theirs;
	admission_free(held.ours);
}

int held_begun(void)
{
	int n;

	pthread_mutex_lock(&held.lock);
	n = held.begun;
	pthread_mutex_unlock(&held.lock);
	return n;
}

void held_wait(size_t waiting, int begun)
{
	while (admission_waiting(held.ours) != waiting || held_begun() != begun)
		sched_yield();
}

static void add_cookies(struct buf *out, const struct browser *b)
{
	if (!b->n)
		return;
	buf_add_c(out, "Cookie: ");
	for (size_t i = 0; i < b->n; i++)
		buf_addf(out, "%s%.*s=%.*s", i ? "; " : "", STR_FMT(b->names[i]),
			STR_FMT(b->values[i]));
	buf_add_c(out, "\r\n");
}

static struct raw_conn *send_bytes(struct browser *b, const char *from, struct str bytes)
{
	struct raw_conn *c = raw_connect_from(b->w->a, b->w->port, from);

	if (!raw_send(c, bytes))
		die("kind E: the request could not be sent");
	return c;
}

struct raw_conn *send_get(struct browser *b, const char *from, struct str target)
{
	return send_get_for(b, from, target, NULL);
}

struct raw_conn *send_get_for(
	struct browser *b, const char *from, struct str target, const char *dest)
{
	struct buf out;

	buf_init(&out, b->w->a, RAW_ANSWER_MAX);
	buf_addf(&out, "GET %.*s HTTP/1.1\r\nHost: localhost\r\n", STR_FMT(target));
	add_cookies(&out, b);
	if (dest)
		buf_addf(&out, "Sec-Fetch-Dest: %s\r\n", dest);
	buf_add_c(&out, "\r\n");
	return send_bytes(b, from, buf_str(&out));
}

struct raw_conn *send_post(struct browser *b, const char *from, struct str target, struct str form)
{
	struct buf out;

	buf_init(&out, b->w->a, RAW_ANSWER_MAX);
	buf_addf(&out, "POST %.*s HTTP/1.1\r\nHost: localhost\r\n", STR_FMT(target));
	buf_add_c(&out, "Content-Type: application/x-www-form-urlencoded\r\n");
	add_cookies(&out, b);
	buf_addf(&out, "Content-Length: %zu\r\n\r\n", form.n);
	buf_add(&out, form);
	return send_bytes(b, from, buf_str(&out));
}

struct raw_answer answer_to(struct raw_conn *c)
{
	struct raw_answer r = raw_read(c, false);

	raw_close(c);
	return r;
}
