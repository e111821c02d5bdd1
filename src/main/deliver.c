/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/deliver.h"

#include "base/die.h"
#include "base/clock.h"
#include "base/random.h"
#include "codec/ip_address.h"
#include "codec/uri.h"
#include "deliver/outbox.h"

#define SENDERS     3 /* of each kind */
#define WAITING_MAX 20000

enum rc deliver_http(const struct config *config, struct arena *a, struct http_client **ret)
{
	struct str ca = config->v->http_ca_file;
	struct http_client_options options = {
		.ca_file = ca.n ? str_dup_c(a, ca) : NULL,
		.user_agent = "pratu/" PRATU_VERSION,
	};

	return http_client_new(&options, ret);
}

/* RFC 5321 4.1.1.1: the name of this machine, as others know it. An address is none. */
static struct str host_name(struct str issuer)
{
	struct ip_address address;
	struct uri uri;

	if (uri_parse(issuer, &uri) != RC_OK || ip_address_parse(uri.host, &address) == RC_OK)
		return STR_NONE;
	return uri.host;
}

static void add_transports(const struct instance *instance, struct http_client *http,
	struct arena *a, struct deliver *d)
{
	const struct config_values *v = instance->config->v;
	const char *ca = v->http_ca_file.n ? str_dup_c(a, v->http_ca_file) : NULL;

	if (v->mail.host.n) {
		mail_init(&d->mail, &v->mail, host_name(instance->config->settings.issuer), ca);
		d->transports[d->n_transports++] = &d->mail.transport;
	}
	sms_init(&d->sms, a, &v->sms_providers, http);
	for (size_t i = 0; i < d->sms.n; i++)
		d->transports[d->n_transports++] = &d->sms.v[i].transport;
}

void deliver_open(const struct instance *instance, struct http_client *http, struct arena *a,
	struct deliver *ret)
{
	const struct config_values *v = instance->config->v;
	struct outbox_options options = {
		.store = instance->store,
		.vault = &instance->vault,
		.clock = &clock_system,
		.rng = &rng_system,
		.transports = ret->transports,
		.threads = SENDERS,
		.lease_ms = OUTBOX_LEASE_MS,
		.scan_ms = OUTBOX_SCAN_MS,
		.retry_first_ms = OUTBOX_RETRY_FIRST_MS,
		.per_target = v->mail.per_hour,
		.waiting_max = WAITING_MAX,
	};

	*ret = (struct deliver){.n_transports = 0};
	add_transports(instance, http, a, ret);
	options.n_transports = ret->n_transports;
	if (outbox_new(&options, &ret->outbox) != RC_OK)
		die("more transports than the configuration allows");
}

void deliver_close(struct deliver *d)
{
	outbox_free(d->outbox);
	d->outbox = NULL;
}

struct security_notification_context deliver_security_notifications(
	const struct instance *instance, const struct deliver *d)
{
	const struct config_values *v = instance->config->v;

	return (struct security_notification_context){
		d->outbox, &rng_system, v->issuer, v->support_phone};
}

enum cli_exit deliver_instance_open(
	struct cli *cli, enum instance_access access, struct deliver_instance *ret)
{
	enum cli_exit exit = instance_open(cli, access, &ret->instance);

	ret->cli = cli;
	if (exit != CLI_OK)
		return exit;
	if (deliver_http(ret->instance.config, cli->arena, &ret->http) != RC_OK) {
		instance_close(&ret->instance);
		return cli_fail(cli, "http_client.ca_file cannot be read; name a PEM bundle");
	}
	deliver_open(&ret->instance, ret->http, cli->arena, &ret->deliver);
	ret->notices = deliver_security_notifications(&ret->instance, &ret->deliver);
	/* Without a transport each change would say that its notice is lost. */
	if (ret->deliver.n_transports)
		ret->instance.app.notices = &ret->notices;
	ret->instance.app.outbox = ret->deliver.outbox;
	return CLI_OK;
}

void deliver_instance_close(struct deliver_instance *s)
{
	deliver_close(&s->deliver);
	http_client_free(s->http);
	instance_close(&s->instance);
}
