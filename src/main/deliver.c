/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/deliver.h"

#include "main/branding.h"
enum rc deliver_http(const struct config *config, struct arena *a, struct http_client **ret)
{
	struct str ca = config->v->http_ca_file;
	struct http_client_options options = {
		.ca_file = ca.n ? str_dup_c(a, ca) : NULL,
		.user_agent = "pratu/" PRATU_VERSION,
	};

	return http_client_new(&options, ret);
}

/* The texts of messages, in the names of the installation. */
static enum cli_exit open_texts(struct deliver_instance *s)
{
	struct buf errors;

	buf_init(&errors, s->cli->arena, WEB_ERRORS_BYTES);
	if (branding_texts(s->instance.config->v, s->cli->arena, &errors, &s->web) != RC_OK)
		return cli_fail(s->cli, "%s", errors.p);
	s->instance.app.web = s->web;
	return CLI_OK;
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
	ret->instance.app.http = ret->http;
	deliver_open(&ret->instance.app, &ret->deliver);
	/* Without a transport each change would say that its notice is lost. */
	if (ret->deliver.n_transports)
		ret->instance.app.notices = &ret->deliver.notices;
	ret->instance.app.outbox = ret->deliver.outbox;
	exit = open_texts(ret);
	if (exit != CLI_OK)
		deliver_instance_close(ret);
	return exit;
}

void deliver_instance_close(struct deliver_instance *s)
{
	deliver_close(&s->deliver);
	http_client_free(s->http);
	web_free(s->web);
	instance_close(&s->instance);
}
