/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_DELIVER_H
#define PRATU_MAIN_DELIVER_H

/*
 * The outbox of an installation with the carriers its configuration names: made by the server, and
 * by commands beside it that send, or tell people of what they change.
 */
#include "deliver/mail.h"
#include "deliver/sms.h"
#include "deliver/sms_credit.h"
#include "main/instance.h"

struct deliver {
	struct mail mail;
	struct sms sms;
	const struct carrier *carriers[CARRIERS_MAX];
	size_t n_carriers;
	struct outbox *outbox; /* without carriers where neither mail nor SMS is configured */
};

/* Everything that is configured; the arena and the HTTP client must outlive it. */
void deliver_open(
	const struct site *site, struct http_client *http, struct arena *a, struct deliver *ret);
void deliver_close(struct deliver *d); /* stopped, or never started */
/* The HTTP client with the configuration's authorities. RC_NOT_FOUND: no such file. */
MUST_USE enum rc deliver_http(
	const struct config *config, struct arena *a, struct http_client **ret);
/* How people are told of changes to their login. The site's configuration must outlive it. */
struct notice_way deliver_notices(const struct site *site, const struct deliver *d);

/* A command's site and its outbox: what the command puts, a running server sends. */
struct deliver_site {
	struct cli *cli;
	struct site site; /* its rights tell people of changes, where a carrier is configured */
	struct http_client *http;
	struct deliver deliver;
	struct notice_way notices;
};

/* Everything is said on standard error. End with deliver_site_close; *ret may not be moved. */
enum cli_exit deliver_site_open(struct cli *cli, enum site_access access, struct deliver_site *ret);
void deliver_site_close(struct deliver_site *s);

#endif
