/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu serve. */
#include "main/commands.h"
#include "main/serve.h"
#include "base/clock.h"
#include "base/last_line.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* All threads inherit the mask: signals are taken by sigtimedwait on the main thread alone. */
static void block_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGHUP);
	sigprocmask(SIG_BLOCK, ret, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a write beyond ulimit -f fails, as on a full disk */
}

/* The signal that has come, or 0. */
static int next_signal(const sigset_t *set)
{
	int signal = sigtimedwait(set, NULL, &(struct timespec){0, 0});

	return signal > 0 ? signal : 0;
}

/* Until there is a signal, or the next server asks for our place, at most ms; true: that. */
static bool sleep_until_asked(const struct server *s, int signals, int64_t ms)
{
	struct pollfd fds[2] = {
		{.fd = signals, .events = POLLIN}, {.fd = s->succession_fd, .events = POLLIN}};

	return poll(fds, 2, (int)ms) > 0 && fds[1].revents;
}

static void serve_run(struct server *s, const sigset_t *set)
{
	int signals = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK), signal = 0;

	while (signal == 0 || signal == SIGHUP) {
		int64_t next = periodic_run(s, monotonic_ms());

		if (sleep_until_asked(s, signals, next) && succession_answer(s))
			break;
		signal = next_signal(set);
		if (signal == SIGHUP)
			server_reload(s);
	}
	if (signals >= 0)
		close(signals);
}

static void started(struct server *s)
{
	__atomic_store_n(&s->serving, true, __ATOMIC_RELEASE);
	log_emit(LOG_EVENT_STARTED, LOG_S("issuer", s->settings->issuer),
		LOG_I("port", http_server_port(s->public)),
		LOG_I("management_port", http_server_port(s->management)),
		LOG_C("version", PRATU_VERSION));
	if (s->settings->workers_held >= s->settings->workers)
		log_emit(LOG_EVENT_WORKERS_FEW, LOG_I("workers", s->settings->workers),
			LOG_I("held", s->settings->workers_held));
	succession_offer(s);
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
	struct server s = {.cli = cli, .directory_fd = -1, .lock_fd = -1, .succession_fd = -1};
	enum cli_exit exit;
	sigset_t set;
	bool ended;

	cli->serves = true;
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
	if (ended)
		return exit;
	/* Threads still use what the end of a program takes down. */
	log_stop();
	_exit((int)exit);
}
