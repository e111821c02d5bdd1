/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "maintenance/sweeper.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/ticker.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "core/schema.h"
#include "store/check.h"

#include <stdatomic.h>
#include <stdlib.h>

#define BEHIND_EVERY_MS 60000

struct sweeper {
	struct store *store;
	int64_t interval;
	struct ticker *ticker;
	atomic_bool stopping;
	int64_t looked, reported; /* monotonic ms; 0: never */
};

static void report_behind(struct sweeper *w, const struct store_waiting *waiting)
{
	int64_t now = monotonic_ms();

	if (waiting->seconds < SWEEP_BEHIND_S || waiting->seconds < SWEEP_BEHIND_FOLD * w->interval)
		return;
	if (w->reported && now - w->reported < BEHIND_EVERY_MS)
		return;
	w->reported = now;
	log_emit(LOG_EVENT_SWEEP_BEHIND, LOG_I("seconds", waiting->seconds),
		LOG_I("records", (int64_t)waiting->records));
}

/* What no sweep makes smaller. */
static void look_at_trail(struct sweeper *w)
{
	__attribute__((cleanup(store_snapshot_endp))) struct store_snapshot *snap = NULL;
	uint64_t bytes;

	if (store_snapshot_begin(w->store, &snap) == RC_OK &&
		store_bytes(snap, TABLE_AUDIT, &bytes) == RC_OK)
		metric_set(METRIC_AUDIT_BYTES, (int64_t)bytes);
}

static struct store_waiting look(struct sweeper *w)
{
	struct store_waiting waiting = {.records = 0};

	w->looked = monotonic_ms();
	look_at_trail(w);
	if (store_expired_waiting(w->store, SWEEP_COUNT_MAX, &waiting) != RC_OK)
		return waiting;
	metric_set(METRIC_EXPIRED_WAITING, (int64_t)waiting.records);
	metric_set(METRIC_SWEEP_LAG, waiting.seconds);
	return waiting;
}

/* What has waited since the server was stopped is no lag: it is reported while it is being
 * removed, and only if it is still there. */
static void sweep(void *data)
{
	struct sweeper *w = data;
	size_t n = SWEEP_SLICE;
	struct store_waiting waiting;
	enum rc rc = RC_OK;

	(void)look(w);
	while (rc == RC_OK && n == SWEEP_SLICE && !atomic_load(&w->stopping)) {
		rc = store_sweep(w->store, SWEEP_SLICE, &n);
		if (monotonic_ms() - w->looked < SWEEP_LOOK_MS)
			continue;
		waiting = look(w);
		report_behind(w, &waiting);
	}
	if (rc != RC_OK)
		log_emit(LOG_EVENT_JOB_FAILED, LOG_C("job", "sweep"), LOG_RC(rc));
	waiting = look(w);
	if (rc != RC_OK)
		report_behind(w, &waiting);
}

struct sweeper *sweeper_start(const struct app *app, int64_t interval)
{
	struct sweeper *w = xcalloc(1, sizeof(*w));

	w->store = app->store;
	w->interval = interval;
	w->ticker = ticker_start("sweeper", interval * 1000, sweep, w);
	return w;
}

void sweeper_stop(struct sweeper *w)
{
	if (!w)
		return;
	atomic_store(&w->stopping, true);
	ticker_stop(w->ticker);
	free(w);
}
