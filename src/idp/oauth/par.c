/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/oauth/par.h"

#include "core/page.h"
#include "idp/oauth/auth_request_rules.h"
#include "idp/par/pushed_request.h"
#include "obs/metrics.h"
#include "throttle/throttle.h"

#define ANSWER_MAX 512u

/* What the rules read, and nothing of the client's authentication. */
static struct str kept_form(struct op *op, struct str client)
{
	struct buf form;

	buf_init(&form, op->tx.a, PUSHED_FORM_MAX);
	form_add(&form, STR("client_id"), client);
	for (size_t i = 0; i < op->form.n; i++)
		if (auth_request_parameter(op->form.v[i].name) && op->form.v[i].value.n)
			form_add(&form, op->form.v[i].name, op->form.v[i].value);
	return buf_status(&form) == RC_OK ? buf_str(&form) : STR_NONE;
}

/* By client; those without a secret are anybody, so by address. A long one is several. */
static bool may_push(struct op *op, const struct client *client, size_t bytes, int64_t *ret_wait)
{
	bool anybody = client->auth_method == CLIENT_AUTH_NONE;
	size_t n = 1 + bytes / PUSHED_COUNTED;

	for (size_t i = 0; i < n && op->tx.attempts <= 1; i++)
		if (throttle_take(op->tx.app->throttle, &op->tx,
			    anybody ? THROTTLE_LOGINS : THROTTLE_PUSHED,
			    anybody ? op->x->request.peer : client->id, ret_wait) != RC_OK)
			return false;
	return true;
}

static void answer_pushed(struct op *op, struct str uri)
{
	struct json_writer w;
	struct buf body;

	buf_init(&body, op->tx.a, ANSWER_MAX);
	json_writer_init(&w, &body);
	json_write_object(&w);
	json_add_str(&w, "request_uri", uri);
	json_add_i64(&w, "expires_in", op->tx.settings->pushed_lifetime);
	json_write_object_end(&w);
	http_answer(op->x, 201, "application/json", buf_str(&body));
	metric_add(METRIC_PUSHED_REQUESTS, 1);
}

void par_run(struct op *op)
{
	const struct client *client = op->caller;
	struct auth_reading reading = {.client = *client, .request.client = client->id};
	const struct oauth_error *e = auth_request_read(op, AUTH_AT_PAR, &reading);
	struct str form = kept_form(op, client->id);
	int64_t wait = 0;

	if (!e && !form.n)
		e = OAUTH(PUSHED_LONG);
	if (!e && !may_push(op, client, form.n, &wait))
		e = OAUTH(PUSHED_MANY);
	if (e)
		error_json(op, e);
	else
		answer_pushed(op, pushed_request_put(op, client->id, form));
	if (wait)
		page_retry_after(op, wait);
}
