/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/deliver.h"

#include "base/die.h"
#include "codec/ip_address.h"
#include "codec/uri.h"
#include "deliver/outbox.h"

#define SENDERS     5 /* of each kind: three at one server, one that probes, one that is free */
#define WAITING_MAX 20000

/* RFC 5321 4.1.1.1: the name of this machine, as others know it. An address is none. */
static struct str host_name(struct str issuer)
{
	struct ip_address address;
	struct uri uri;

	if (uri_parse(issuer, &uri) != RC_OK || ip_address_parse(uri.host, &address) == RC_OK)
		return STR_NONE;
	return uri.host;
}

static void add_transports(
	const struct app *app, const struct deliver_options *options, struct deliver *d)
{
	struct str ca = app->settings->http_ca_file;

	if (options->mail.host.n) {
		mail_init(&d->mail, &options->mail, host_name(app->settings->issuer),
			ca.n ? str_dup_c(d->arena, ca) : NULL);
		d->transports[d->n_transports++] = &d->mail.transport;
	}
	sms_init(&d->sms, d->arena, &options->sms_providers, app->http);
	for (size_t i = 0; i < d->sms.n; i++)
		d->transports[d->n_transports++] = &d->sms.v[i].transport;
}

void deliver_open(const struct app *app, struct deliver *ret)
{
	const struct deliver_options *own = module_settings(app->settings, &module_deliver);
	struct outbox_options options = {
		.store = app->store,
		.vault = app->vault,
		.clock = app->clock,
		.rng = app->rng,
		.transports = ret->transports,
		.threads = SENDERS,
		.lease_ms = OUTBOX_LEASE_MS,
		.scan_ms = OUTBOX_SCAN_MS,
		.retry_first_ms = OUTBOX_RETRY_FIRST_MS,
		.waiting_max = WAITING_MAX,
	};

	*ret = (struct deliver){.arena = arena_new(ARENA_MAX)};
	add_transports(app, own, ret);
	options.n_transports = ret->n_transports;
	if (outbox_new(&options, &ret->outbox) != RC_OK)
		die("more transports than the configuration allows, or one without an end");
	ret->notices = (struct security_notification_context){.issuer = app->settings->issuer};
}

void deliver_close(struct deliver *d)
{
	outbox_free(d->outbox);
	d->outbox = NULL;
	arena_free(d->arena);
	d->arena = NULL;
}
