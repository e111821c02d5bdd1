/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_SERVE_H
#define PRATU_MAIN_SERVE_H

/*
 * The running server: everything it is made of, built in one place and taken down in reverse. The
 * main thread builds it, then waits for signals and does what is due from time to time.
 */
#include "core/app.h"
#include "main/deliver.h"
#include "main/instance.h"

struct server {
	struct cli *cli;
	struct instance instance;
	struct arena *arena; /* of the process */
	struct route_table *routes;
	struct web *web;
	struct http_client *http;
	struct outgoing *outgoing;
	struct app provider;
	struct http_server *public, *management;
	int public_fd, management_fd;             /* listening sockets handed over; 0: none */
	int directory_fd, lock_fd, succession_fd; /* server_succession.c; -1: none */
	struct settings *settings;                /* in force */
	struct config *reloaded;                  /* by SIGHUP, the newest first */
	/* Readers of both: the management thread. */
	bool serving; /* the public listener answers */
	bool stopping;
};

/* server_sockets.c: takes the sockets of the service manager, if it has any for us. */
enum cli_exit sockets_inherit(struct server *s);

/* server_succession.c: makes sure that no other server runs on the database, or takes its place. */
enum cli_exit succession_begin(struct server *s, const struct config *config);
/* A started server can be succeeded: succession_fd is readable when the next one asks. */
void succession_offer(struct server *s);
/* Gives the next server the listening sockets; true: this one is to stop. */
bool succession_answer(struct server *s);

/* server_build.c. Everything that is wrong is said on standard error and in the log. */
enum cli_exit server_build(struct server *s);
/* Stops the listeners, running requests finished, and the modules' threads, all within
 * server.stop_timeout, whatever other systems do. False: some did not end in time; their threads
 * may still use everything, which is then left to the end of the process. */
bool server_stop(struct server *s);
/* Once the listeners have stopped, or never started. */
void server_free(struct server *s);

/* server_management.c: /healthz, /readyz, /metrics on a listener of their own. */
MUST_USE enum rc management_start(struct server *s);
const struct http_route *management_routes(size_t *ret_n);

/* server_periodic.c */
/* Does what is due; milliseconds until the next time. */
int64_t periodic_run(struct server *s, int64_t now_ms);

/* server_limits.c: log lines for limits of the system and the machine that do not fit the
 * configuration; raises the limit of open files as far as it may. */
void server_limits_check(const struct config_values *v);

/*
 * server_watchdog.c: a thread that notifies the service manager (WATCHDOG=1, sd_notify(3)) as long
 * as every event thread and the store's writer make progress. Nothing without WATCHDOG_USEC.
 */
void watchdog_start(struct server *s);
void watchdog_stop(void);

/* server_reload.c: SIGHUP. */
void server_reload(struct server *s);

/* notify.c: one datagram to the service manager, when there is one (sd_notify(3)). */
void notify_manager(const char *state);

#endif
