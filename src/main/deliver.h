/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_DELIVER_H
#define PRATU_MAIN_DELIVER_H

/*
 * An installation with its outbox (deliver/deliver.h), for commands that send messages or notify
 * people of changes.
 */
#include "deliver/deliver.h"
#include "main/instance.h"

/* The HTTP client with the configuration's authorities. RC_NOT_FOUND: no such file. */
MUST_USE enum rc deliver_http(
	const struct config *config, struct arena *a, struct http_client **ret);
/* A command's instance and its outbox: what the command puts, a running server sends. */
struct deliver_instance {
	struct cli *cli;
	/* Its app notifies people of changes, where a transport is configured, and has the texts.
	 */
	struct instance instance;
	struct web *web;
	struct http_client *http;
	struct deliver deliver;
};

/* Everything is said on standard error. End with deliver_instance_close; *ret may not be moved. */
enum cli_exit deliver_instance_open(
	struct cli *cli, enum instance_access access, struct deliver_instance *ret);
void deliver_instance_close(struct deliver_instance *s);

#endif
