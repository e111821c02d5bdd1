/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/ticker.h"
#include "main/serve.h"

static struct {
	struct server *server;
	int64_t limit_ms; /* the service manager's */
	bool reported;
	struct ticker *ticker;
} dog;

/* What makes no progress, and since when; NULL: all does. */
static const char *stalled(const struct server *s, int64_t limit, int64_t *ret_ms)
{
	*ret_ms = store_writer_stalled_ms(s->instance.store);
	if (*ret_ms > limit)
		return "store_writer";
	*ret_ms = http_server_stalled_ms(s->public);
	if (*ret_ms > limit)
		return "event_thread";
	*ret_ms = http_server_stalled_ms(s->management);
	return *ret_ms > limit ? "management_event_thread" : NULL;
}

static void watch(void *unused)
{
	int64_t ms;
	const char *part = stalled(dog.server, dog.limit_ms / 2, &ms);

	(void)unused;
	if (!part)
		notify_manager("WATCHDOG=1");
	else if (!dog.reported)
		log_emit(LOG_EVENT_STALLED, LOG_C("part", part), LOG_I("ms", ms));
	dog.reported = part != NULL;
}

void watchdog_start(struct server *s)
{
	const char *text = getenv("WATCHDOG_USEC");
	uint64_t us;

	if (!text || !str_to_u64(str_c(text), INT64_MAX, &us) || us < 4000)
		return;
	dog.server = s;
	dog.limit_ms = (int64_t)us / 1000;
	dog.reported = false;
	dog.ticker = ticker_start("watchdog", dog.limit_ms / 4, watch, NULL);
}

void watchdog_stop(void)
{
	ticker_stop(dog.ticker);
	dog.ticker = NULL;
}
