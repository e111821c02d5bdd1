/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/common/requests.h"

#include <pthread.h>

#include "base/arena.h"
#include "base/die.h"
#include "base/clock.h"

#define ENTRY_MAX    4096u /* bytes of one entry's JSON */
#define SHOWN_PREFIX 4     /* of a masked value, to distinguish two */

struct request_slot {
	int64_t number; /* 0: a free slot */
	int64_t when;   /* milliseconds */
	int status;     /* 0: not answered yet */
	char *json;     /* the members that do not change, malloc'ed */
};

struct requests {
	pthread_mutex_t lock;
	const struct clock *clock;
	int64_t last;
	struct request_slot ring[REQUESTS_MAX];
};

static const char *const secrets[] = {"client_secret", "code", "token", "refresh_token",
	"code_verifier", "password", "id_token_hint", NULL};

struct requests *requests_new(const struct clock *clock)
{
	struct requests *r = xcalloc(1, sizeof(*r));

	pthread_mutex_init(&r->lock, NULL);
	r->clock = clock;
	return r;
}

static void entry_clear(struct request_slot *e)
{
	free(e->json);
	*e = (struct request_slot){0};
}

void requests_free(struct requests *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < REQUESTS_MAX; i++)
		entry_clear(&r->ring[i]);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static bool is_secret(struct str name)
{
	for (size_t i = 0; secrets[i] != NULL; i++)
		if (str_eq_c(name, secrets[i]))
			return true;
	return false;
}

/* A token sent as "Bearer x" keeps the word: which form came is what a test wants to know. */
static struct str masked(struct arena *a, struct str value)
{
	struct str bearer = STR("Bearer ");
	struct buf b;

	buf_init(&b, a, 128);
	if (str_starts(value, bearer)) {
		buf_add(&b, bearer);
		value = str_sub(value, bearer.n, value.n);
	}
	if (value.n > 3 * SHOWN_PREFIX)
		buf_add(&b, str_sub(value, 0, SHOWN_PREFIX));
	buf_addf(&b, "***(%zu)", value.n);
	return buf_str(&b);
}

static void write_form(
	struct json_writer *w, struct arena *a, const char *name, const struct form *form)
{
	if (form == NULL || form->n == 0)
		return;
	json_write_key(w, name);
	json_write_object(w);
	for (size_t i = 0; i < form->n; i++) {
		const struct form_pair *p = &form->v[i];

		json_write_key_s(w, p->name);
		json_write_str(w, is_secret(p->name) ? masked(a, p->value) : p->value);
	}
	json_write_object_end(w);
}

/* The entry's unchanging part as a JSON object's text; one over its maximum is left out. */
static char *describe(const struct request_entry *entry)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct buf b;
	struct json_writer w;
	char *text;

	buf_init(&b, a, ENTRY_MAX);
	json_writer_init(&w, &b);
	json_write_object(&w);
	json_add_str(&w, "upstream", str_c(entry->upstream));
	json_add_str(&w, "method", str_c(entry->method));
	json_add_str(&w, "path", entry->path);
	json_add_str(&w, "auth", entry->auth);
	write_form(&w, a, "query", entry->query);
	write_form(&w, a, "form", entry->body);
	json_write_object_end(&w);
	text = buf_status(&b) == RC_OK ? strndup(buf_str(&b).p, buf_str(&b).n)
				       : strdup("{\"too_long\":true}");
	if (text == NULL)
		die("out of memory");
	arena_free(a);
	return text;
}

int64_t requests_add(struct requests *r, const struct request_entry *entry)
{
	char *json = describe(entry);
	struct request_slot *e;
	int64_t number;

	pthread_mutex_lock(&r->lock);
	number = ++r->last;
	e = &r->ring[number % REQUESTS_MAX];
	entry_clear(e);
	*e = (struct request_slot){number, clock_now_ms(r->clock), 0, json};
	pthread_mutex_unlock(&r->lock);
	return number;
}

void requests_status(struct requests *r, int64_t number, int status)
{
	struct request_slot *e = &r->ring[number % REQUESTS_MAX];

	pthread_mutex_lock(&r->lock);
	if (e->number == number)
		e->status = status;
	pthread_mutex_unlock(&r->lock);
}

void requests_each(struct requests *r, int64_t since, requests_visit visit, void *data)
{
	int64_t n;

	pthread_mutex_lock(&r->lock);
	n = r->last > REQUESTS_MAX ? r->last - REQUESTS_MAX + 1 : 1;
	for (n = n > since ? n : since + 1; n <= r->last; n++) {
		const struct request_slot *e = &r->ring[n % REQUESTS_MAX];

		if (e->number == n)
			visit(data, n, e->when, e->status, str_c(e->json));
	}
	pthread_mutex_unlock(&r->lock);
}

int64_t requests_last(struct requests *r)
{
	int64_t last;

	pthread_mutex_lock(&r->lock);
	last = r->last;
	pthread_mutex_unlock(&r->lock);
	return last;
}

void requests_clear(struct requests *r)
{
	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < REQUESTS_MAX; i++)
		entry_clear(&r->ring[i]);
	pthread_mutex_unlock(&r->lock);
}
