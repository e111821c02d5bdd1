/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/deliver.h"

enum rc deliver_http(const struct config *config, struct arena *a, struct http_client **ret)
{
	struct str ca = config->v->http_ca_file;
	struct http_client_options options = {
		.ca_file = ca.n ? str_dup_c(a, ca) : NULL,
		.user_agent = "pratu/" PRATU_VERSION,
	};

	return http_client_new(&options, ret);
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
	return CLI_OK;
}

void deliver_instance_close(struct deliver_instance *s)
{
	deliver_close(&s->deliver);
	http_client_free(s->http);
	instance_close(&s->instance);
}
