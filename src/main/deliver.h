/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_DELIVER_H
#define PRATU_MAIN_DELIVER_H

/*
 * The outbox of an installation with the transports of its configuration: created by the server,
 * and by commands that send messages or notify people of changes.
 */
#include "deliver/mail.h"
#include "deliver/sms.h"
#include "deliver/security_notification.h"
#include "deliver/sms_credit.h"
#include "main/instance.h"

struct deliver {
	struct mail mail;
	struct sms sms;
	const struct transport *transports[TRANSPORTS_MAX];
	size_t n_transports;
	struct outbox *outbox; /* without transports where neither mail nor SMS is configured */
};

/* Everything that is configured; the arena and the HTTP client must outlive it. */
void deliver_open(const struct instance *instance, struct http_client *http, struct arena *a,
	struct deliver *ret);
void deliver_close(struct deliver *d); /* stopped, or never started */
/* The HTTP client with the configuration's authorities. RC_NOT_FOUND: no such file. */
MUST_USE enum rc deliver_http(
	const struct config *config, struct arena *a, struct http_client **ret);
/* How people are notified of changes to their login. The instance's configuration must outlive
 * it. */
struct security_notification_context deliver_security_notifications(
	const struct instance *instance);

/* A command's instance and its outbox: what the command puts, a running server sends. */
struct deliver_instance {
	struct cli *cli;
	/* Its app notifies people of changes, where a transport is configured, and has the texts.
	 */
	struct instance instance;
	struct web *web;
	struct http_client *http;
	struct deliver deliver;
	struct security_notification_context notices;
};

/* Everything is said on standard error. End with deliver_instance_close; *ret may not be moved. */
enum cli_exit deliver_instance_open(
	struct cli *cli, enum instance_access access, struct deliver_instance *ret);
void deliver_instance_close(struct deliver_instance *s);

#endif
