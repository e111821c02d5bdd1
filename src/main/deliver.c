/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/deliver.h"

#include "base/die.h"
#include "base/clock.h"
#include "base/random.h"
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

static void add_carriers(
	const struct site *site, struct http_client *http, struct arena *a, struct deliver *d)
{
	const struct config_values *v = site->config->v;
	const char *ca = v->http_ca_file.n ? str_dup_c(a, v->http_ca_file) : NULL;

	if (v->mail.host.n) {
		mail_init(&d->mail, &v->mail, ca);
		d->carriers[d->n_carriers++] = &d->mail.carrier;
	}
	sms_init(&d->sms, a, &v->sms_providers, http);
	for (size_t i = 0; i < d->sms.n; i++)
		d->carriers[d->n_carriers++] = &d->sms.v[i].carrier;
}

void deliver_open(
	const struct site *site, struct http_client *http, struct arena *a, struct deliver *ret)
{
	const struct config_values *v = site->config->v;
	struct outbox_options options = {
		.store = site->store,
		.vault = &site->vault,
		.clock = &clock_system,
		.rng = &rng_system,
		.carriers = ret->carriers,
		.threads = SENDERS,
		.lease_ms = OUTBOX_LEASE_MS,
		.look_ms = OUTBOX_LOOK_MS,
		.retry_first_ms = OUTBOX_RETRY_FIRST_MS,
		.per_target = v->mail.per_hour,
		.waiting_max = WAITING_MAX,
	};

	*ret = (struct deliver){.n_carriers = 0};
	add_carriers(site, http, a, ret);
	options.n_carriers = ret->n_carriers;
	if (outbox_new(&options, &ret->outbox) != RC_OK)
		die("more carriers than the configuration allows");
}

void deliver_close(struct deliver *d)
{
	outbox_free(d->outbox);
	d->outbox = NULL;
}

struct notice_way deliver_notices(const struct site *site, const struct deliver *d)
{
	const struct config_values *v = site->config->v;

	return (struct notice_way){d->outbox, &rng_system, v->issuer, v->support_phone};
}

enum cli_exit deliver_site_open(struct cli *cli, enum site_access access, struct deliver_site *ret)
{
	enum cli_exit exit = site_open(cli, access, &ret->site);

	ret->cli = cli;
	if (exit != CLI_OK)
		return exit;
	if (deliver_http(ret->site.config, cli->arena, &ret->http) != RC_OK) {
		site_close(&ret->site);
		return cli_fail(cli, "http_client.ca_file cannot be read; name a PEM bundle");
	}
	deliver_open(&ret->site, ret->http, cli->arena, &ret->deliver);
	ret->notices = deliver_notices(&ret->site, &ret->deliver);
	/* Without a carrier each change would say that its notice is lost. */
	if (ret->deliver.n_carriers)
		ret->site.rights.notices = &ret->notices;
	return CLI_OK;
}

void deliver_site_close(struct deliver_site *s)
{
	deliver_close(&s->deliver);
	http_client_free(s->http);
	site_close(&s->site);
}
