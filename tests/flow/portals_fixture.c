/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "flow/portals_fixture.h"

#include "idp/logout/queue_priv.h"

#include <time.h>

static void hang(int ms)
{
	const struct timespec pause = {ms / 1000, (ms % 1000) * 1000000L};

	nanosleep(&pause, NULL);
}

static void hear(
	void *data, struct arena *a, const struct portal_post *post, struct portal_answer *ret)
{
	struct portals_fixture *f = data;

	if (f->during)
		f->during(f);
	if (f->dead && contains(post->url, f->dead)) {
		hang(f->hang_ms);
		*ret = (struct portal_answer){0, "Timeout was reached"};
		return;
	}
	pthread_mutex_lock(&f->lock);
	assert_true(f->n < HEARD_MAX);
	f->heard[f->n++] = (struct heard){str_dup(f->a, post->url), str_dup(f->a, post->token)};
	*ret = (struct portal_answer){f->status, "Couldn't connect to server"};
	pthread_mutex_unlock(&f->lock);
}

struct logout_queue *logout_queue_like(struct portals_fixture *f)
{
	return logout_queue_new(&(const struct logout_queue_options){.app = &f->w->p,
		.post = hear,
		.post_data = f,
		.senders = 8,
		.timeout_ms = 5000,
		.scan_ms = 20});
}

int portals_fixture_set_up(void **state)
{
	struct portals_fixture *f = calloc(1, sizeof(*f));
	void *h;

	account_fixture_set_up(&h);
	f->h = h;
	f->w = f->h->w;
	f->b = &f->h->b;
	f->a = arena_new(ARENA_MAX_CLI);
	f->status = 200;
	pthread_mutex_init(&f->lock, NULL);
	f->q = logout_queue_like(f);
	*state = f;
	return 0;
}

int portals_fixture_tear_down(void **state)
{
	struct portals_fixture *f = *state;
	void *h = f->h;

	logout_queue_free(f->q);
	account_fixture_tear_down(&h);
	arena_free(f->a);
	pthread_mutex_destroy(&f->lock);
	free(f);
	return 0;
}

void portal_client(struct fixture *w, const char *id)
{
	struct store_batch *b;
	struct store_snapshot *snap;
	struct client c;
	uint64_t version;

	fixture_client(w, id, "eplan", NULL);
	b = store_batch_new(w->a);
	check_ok(store_snapshot_begin(w->p.store, &snap));
	check_ok(client_get(snap, w->a, str_c(id), &c, &version));
	c.name_th = c.name = str_c(id);
	c.backchannel_logout_uri = text(w, "https://%s.portal.test/logout", id);
	client_put(b, w->a, &c, version);
	store_snapshot_end(snap);
	check_ok(store_commit(w->p.store, b));
}

struct raw_answer enter_portal(struct portals_fixture *f, struct browser *b, const char *id)
{
	portal_client(f->w, id);
	return tokens_for(b, id, "");
}

size_t run_by(struct logout_queue *q)
{
	struct logout_sender *s = &q->senders[LOGOUT_SENDERS_MAX];
	size_t called;

	s->a = arena_new(ARENA_MAX);
	check_ok(logout_sender_pass(s, &called));
	arena_free(s->a);
	return called;
}

size_t run_queue(struct portals_fixture *f)
{
	return run_by(f->q);
}

size_t calls(struct portals_fixture *f)
{
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = f->n;
	pthread_mutex_unlock(&f->lock);
	return n;
}

size_t calls_to(struct portals_fixture *f, const char *id)
{
	struct str url = text(f->w, "https://%s.portal.test/logout", id);
	size_t n = 0;

	pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < f->n; i++)
		n += str_eq(f->heard[i].url, url);
	pthread_mutex_unlock(&f->lock);
	return n;
}

struct str token_of(struct portals_fixture *f, const char *id)
{
	struct str url = text(f->w, "https://%s.portal.test/logout", id);

	for (size_t i = f->n; i-- > 0;)
		if (str_eq(f->heard[i].url, url))
			return f->heard[i].token;
	return STR_NONE;
}

struct raw_answer account_form(
	struct browser *b, const char *page, const char *target, const char *name, struct str value)
{
	struct fixture *w = b->w;
	const char *csrf = account_fixture_csrf(b, page);

	return submit(
		b, str_c(target), form_of(w, "csrf", csrf, name, str_dup_c(w->a, value), NULL));
}

struct raw_answer sign_out(struct browser *b)
{
	return account_form(b, "/apps", "/apps/logout", "x", STR("y"));
}

struct one {
	struct fixture *w;
	struct str client;
	struct logout_delivery d;
	int n;
};

static bool take_one(void *data, const struct store_record *record)
{
	struct one *one = data;
	struct logout_delivery d;

	check_ok(field_decode(
		&record_logout_delivery, one->w->a, str_dup(one->w->a, record->value), &d));
	if (str_eq(d.client, one->client)) {
		one->d = d;
		one->n++;
	}
	return true;
}

struct logout_delivery delivery_of(struct portals_fixture *f, const char *id)
{
	struct one one = {.w = f->w, .client = str_c(id)};
	struct store_snapshot *snap;

	check_ok(store_snapshot_begin(f->w->p.store, &snap));
	check_ok(store_scan(snap, TABLE_LOGOUT, STR_NONE, STR_NONE, false, take_one, &one));
	store_snapshot_end(snap);
	assert_int_equal(one.n, 1);
	return one.d;
}
