/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/logout/portal_calls.h"

#include "base/die.h"
#include "core/ids.h"

#include <stdlib.h>
#include <string.h>

struct portal_circuit {
	char client[CLIENT_ID_MAX];
	size_t n; /* bytes of it; 0: free */
	struct circuit circuit;
	int64_t called; /* monotonic; the last call that began */
	int calls;      /* under way */
	bool silent;    /* its last call had no answer */
};

struct portal_calls {
	pthread_mutex_t lock;
	int64_t probe_ms;
	int silent_max, silent; /* calls to portals that gave no answer */
	struct portal_circuit *v[PORTAL_CIRCUITS_MAX];
	size_t n;
};

struct portal_calls *portal_calls_new(int senders, int64_t probe_ms)
{
	struct portal_calls *p = xcalloc(1, sizeof(*p));

	pthread_mutex_init(&p->lock, NULL);
	p->probe_ms = probe_ms;
	p->silent_max = senders > 1 ? senders / 2 : 1;
	return p;
}

void portal_calls_free(struct portal_calls *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++) {
		circuit_destroy(&p->v[i]->circuit);
		free(p->v[i]);
	}
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static struct portal_circuit *find(struct portal_calls *p, struct str client)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_eq((struct str){p->v[i]->client, p->v[i]->n}, client))
			return p->v[i];
	return NULL;
}

/* A place for one more: NULL when all are in calls. */
static struct portal_circuit *room(struct portal_calls *p)
{
	struct portal_circuit *oldest = NULL;

	if (p->n < PORTAL_CIRCUITS_MAX) {
		p->v[p->n] = xcalloc(1, sizeof(**p->v));
		return p->v[p->n++];
	}
	for (size_t i = 0; i < p->n; i++)
		if (!p->v[i]->calls && (!oldest || p->v[i]->called < oldest->called))
			oldest = p->v[i];
	if (oldest)
		circuit_destroy(&oldest->circuit);
	return oldest;
}

static struct portal_circuit *circuit_of(struct portal_calls *p, struct str client)
{
	struct portal_circuit *c = find(p, client);

	if (c || client.n > CLIENT_ID_MAX)
		return c;
	c = room(p);
	if (!c)
		return NULL;
	*c = (struct portal_circuit){.n = client.n};
	memcpy(c->client, client.p, client.n);
	circuit_init(&c->circuit, PORTAL_CALLS_USUAL, PORTAL_CALLS_USUAL, p->probe_ms);
	return c;
}

static bool may_call(const struct portal_calls *p, const struct portal_circuit *c)
{
	return !c->silent || (c->calls < PORTAL_CALLS_SILENT && p->silent < p->silent_max);
}

bool portal_call_begin(
	struct portal_calls *p, struct str client, int64_t now, struct portal_call *ret)
{
	struct portal_circuit *c;
	int place = -1;

	pthread_mutex_lock(&p->lock);
	c = circuit_of(p, client);
	if (c && may_call(p, c))
		place = circuit_enter(&c->circuit, now);
	if (place >= 0) {
		*ret = (struct portal_call){c, place, c->silent};
		c->called = now;
		c->calls++;
		p->silent += c->silent;
	}
	pthread_mutex_unlock(&p->lock);
	return place >= 0;
}

static void call_over(struct portal_calls *p, const struct portal_call *call)
{
	call->circuit->calls--;
	p->silent -= call->silent;
}

void portal_call_end(
	struct portal_calls *p, const struct portal_call *call, bool answered, int64_t now)
{
	pthread_mutex_lock(&p->lock);
	call_over(p, call);
	call->circuit->silent = !answered;
	circuit_leave(&call->circuit->circuit, call->place, answered, now);
	pthread_mutex_unlock(&p->lock);
}

void portal_call_cancel(struct portal_calls *p, const struct portal_call *call)
{
	pthread_mutex_lock(&p->lock);
	call_over(p, call);
	circuit_cancel(&call->circuit->circuit, call->place);
	pthread_mutex_unlock(&p->lock);
}
