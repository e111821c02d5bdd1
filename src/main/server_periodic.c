/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the modules do from time to time, on the main thread. */
#include "base/arena.h"
#include "core/module.h"
#include "main/serve.h"

#include <malloc.h>

#define JOBS_MAX      64    /* of all modules */
#define LOOK_AT_LEAST 10000 /* milliseconds */

static int64_t interval_ms(const struct app *app, const struct module_job *j)
{
	return (j->interval ? j->interval(app) : j->every) * 1000;
}

static void run_job(const struct app *app, const struct module_job *j)
{
	struct arena *a = arena_new(ARENA_MAX);
	enum rc rc = j->run(app, a);

	arena_free(a);
	if (rc != RC_OK)
		log_emit(LOG_EVENT_JOB_FAILED, LOG_C("job", j->name), LOG_RC(rc));
}

int64_t periodic_run(struct server *s, int64_t now_ms)
{
	static int64_t due[JOBS_MAX];
	int64_t next = now_ms + LOOK_AT_LEAST;
	size_t n = 0;

	/* What thousands of connections left free would stay with this process. */
	if (s->public && http_server_connections_fell(s->public))
		malloc_trim(0);
	for (size_t m = 0; all_modules[m]; m++)
		for (const struct module_job *j = all_modules[m]->jobs;
			j && j->name && n < JOBS_MAX; j++, n++) {
			if (due[n] <= now_ms) {
				run_job(&s->provider, j);
				due[n] = now_ms + interval_ms(&s->provider, j);
			}
			if (due[n] < next)
				next = due[n];
		}
	return next - now_ms;
}
