/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/sms_credit.h"

#include "base/die.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "base/ticker.h"
#include "deliver/sms_rules.h"

#include <stdlib.h>

/* The whole part of a number: providers report the credit with decimals, some as a string. */
static bool credit_of(struct arena *a, const struct json_value *root, struct str path, int64_t *ret)
{
	struct str text;
	uint64_t whole;

	if (!path.n || !sms_path_text(a, root, path, &text))
		return false;
	text = str_sub(text, 0, str_find(text, '.'));
	if (!str_to_u64(text, INT32_MAX, &whole))
		return false;
	*ret = (int64_t)whole;
	return true;
}

bool sms_credit_read(const struct sms_transport *c, struct arena *a, const struct json_value *root,
	struct str path)
{
	int64_t credit;

	if (!credit_of(a, root, path, &credit))
		return false;
	metric_set(METRIC_SMS_CREDIT, credit);
	if (c->provider->credit_low && credit <= c->provider->credit_low)
		log_emit(LOG_EVENT_SMS_CREDIT_LOW, LOG_S("provider", c->provider->name),
			LOG_I("credit", credit));
	return true;
}

/* ---- asking ---- */

static void unknown(const struct sms_transport *c, const char *why, int status)
{
	log_emit(LOG_EVENT_SMS_CREDIT_UNKNOWN, LOG_S("provider", c->provider->name),
		LOG_C("why", why), LOG_I("status", status));
}

static void credit_ask(const struct sms_transport *c, struct arena *a)
{
	struct json_value *root __attribute__((cleanup(json_value_freep))) = NULL;
	struct http_fetch f = sms_fetch(c, "GET", c->wire.credit_url);
	struct http_fetched answer;
	const char *why;

	sms_add_headers(&f, a, c, &(struct transport_message){.created = 0});
	if (http_client_fetch(c->http, a, &f, &answer, &why) != RC_OK)
		unknown(c, why, 0);
	else if (answer.status / 100 != 2 ||
		 json_value_parse(answer.body, SMS_ANSWER_MAX, &root) != RC_OK ||
		 !sms_credit_read(c, a, root, c->wire.credit_url_path))
		unknown(c, "the response does not contain it", answer.status);
}

void sms_credit_ask(const struct sms *s, struct arena *a)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].wire.credit_url.n)
			credit_ask(&s->v[i], a);
}

/* ---- at intervals ---- */

struct sms_watch {
	const struct sms *sms;
	struct ticker *ticker;
};

static void credit_watch_run(void *data)
{
	struct sms_watch *w = data;
	struct arena *a = arena_new(ARENA_MAX);

	sms_credit_ask(w->sms, a);
	arena_free(a);
}

static bool anybody(const struct sms *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].wire.credit_url.n)
			return true;
	return false;
}

struct sms_watch *sms_watch_start(const struct sms *s, int64_t every)
{
	struct sms_watch *w;

	if (!anybody(s))
		return NULL;
	w = xcalloc(1, sizeof(*w));
	w->sms = s;
	w->ticker = ticker_start("sms-credit", every * 1000, credit_watch_run, w);
	return w;
}

void sms_watch_stop(struct sms_watch *w)
{
	if (!w)
		return;
	ticker_stop(w->ticker);
	free(w);
}
