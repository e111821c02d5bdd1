/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/clock.h"
#include "base/die.h"
#include "base/thread.h"
#include "main/serve.h"

#include <pthread.h>
#include <time.h>

static struct {
	struct server *server;
	int64_t limit_ms; /* the service manager's */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool running, stop;
} dog = {.lock = PTHREAD_MUTEX_INITIALIZER};

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

/* True: stop. */
static bool watchdog_sleep(int64_t ms)
{
	int64_t until = monotonic_ms() + ms;
	struct timespec at = {until / 1000, until % 1000 * 1000000};
	bool stop;

	pthread_mutex_lock(&dog.lock);
	while (!dog.stop && pthread_cond_timedwait(&dog.wake, &dog.lock, &at) == 0)
		;
	stop = dog.stop;
	pthread_mutex_unlock(&dog.lock);
	return stop;
}

static void *watch(void *arg)
{
	bool reported = false;
	int64_t ms;

	do {
		const char *part = stalled(dog.server, dog.limit_ms / 2, &ms);

		if (!part)
			notify_manager("WATCHDOG=1");
		else if (!reported)
			log_emit(LOG_EVENT_STALLED, LOG_C("part", part), LOG_I("ms", ms));
		reported = part != NULL;
	} while (!watchdog_sleep(dog.limit_ms / 4));
	return arg;
}

void watchdog_start(struct server *s)
{
	const char *text = getenv("WATCHDOG_USEC");
	pthread_condattr_t attr;
	uint64_t us;

	if (!text || !str_to_u64(str_c(text), INT64_MAX, &us) || us < 4000)
		return;
	dog.server = s;
	dog.limit_ms = (int64_t)us / 1000;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&dog.wake, &attr);
	pthread_condattr_destroy(&attr);
	if (thread_start(&dog.thread, "watchdog", watch, NULL) != 0)
		die("the watchdog cannot be started");
	dog.running = true;
}

void watchdog_stop(void)
{
	if (!dog.running)
		return;
	pthread_mutex_lock(&dog.lock);
	dog.stop = true;
	pthread_cond_signal(&dog.wake);
	pthread_mutex_unlock(&dog.lock);
	pthread_join(dog.thread, NULL);
	dog.running = false;
}
