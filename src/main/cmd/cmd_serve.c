/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu serve. */
#include "main/commands.h"
#include "main/serve.h"
#include "base/clock.h"
#include "base/last_line.h"

#include <errno.h>
#include <signal.h>

/* All threads inherit the mask: signals are taken by sigtimedwait on the main thread alone. */
static void block_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGHUP);
	sigprocmask(SIG_BLOCK, ret, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Waits at most ms; the signal, or 0. */
static int wait_signal(const sigset_t *set, int64_t ms)
{
	struct timespec patience = {ms / 1000, (ms % 1000) * 1000000};
	int signal = sigtimedwait(set, NULL, &patience);

	return signal > 0 ? signal : 0;
}

static void serve_run(struct server *s, const sigset_t *set)
{
	for (;;) {
		int64_t next = periodic_run(s, monotonic_ms());
		int signal = wait_signal(set, next);

		if (signal == SIGHUP)
			server_reload(s);
		else if (signal)
			return;
	}
}

static void started(struct server *s)
{
	__atomic_store_n(&s->serving, true, __ATOMIC_RELEASE);
	log_emit(LOG_EVENT_STARTED, LOG_S("issuer", s->settings->issuer),
		LOG_I("port", http_server_port(s->public)),
		LOG_I("management_port", http_server_port(s->management)),
		LOG_C("version", PRATU_VERSION));
	notify_manager("READY=1");
}

static void stopping(struct server *s)
{
	__atomic_store_n(&s->stopping, true, __ATOMIC_RELAXED);
	notify_manager("STOPPING=1");
	log_emit(LOG_EVENT_STOPPING);
}

enum cli_exit cmd_serve(struct cli *cli)
{
	struct server s = {.cli = cli};
	enum cli_exit exit;
	sigset_t set;
	bool ended;

	last_line_as_log();
	block_signals(&set);
	exit = server_build(&s);
	if (exit == CLI_OK) {
		started(&s);
		watchdog_start(&s);
		serve_run(&s, &set);
		watchdog_stop();
		stopping(&s);
	}
	ended = server_stop(&s);
	if (ended)
		server_free(&s);
	if (exit == CLI_OK)
		log_emit(LOG_EVENT_STOPPED, LOG_I("cut", !ended));
	return exit;
}
