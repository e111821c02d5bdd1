/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu outbox ...: emails and SMS that wait, went or failed. */
#include "codec/base64.h"
#include "codec/email.h"
#include "codec/json_writer.h"
#include "codec/thai.h"
#include "main/commands.h"
#include "main/deliver.h"
#include "base/clock.h"
#include "base/random.h"
#include "deliver/outbox.h"

#define LIST_LIMIT 1000

static void print_message(struct cli *cli, struct str id, const struct message *m)
{
	struct json_writer w;

	json_writer_init(&w, &cli->out);
	json_write_object(&w);
	json_add_str(&w, "id", id);
	field_to_json(&record_message, m, &w);
	json_write_object_end(&w);
}

/* ---- list, show ---- */

struct message_listing {
	struct cli *cli;
	const char *state; /* NULL: all */
	uint64_t limit, n;
	struct str last; /* the last one printed */
	bool more;       /* there is one past the limit */
};

static bool list_one(void *data, struct str id, const struct message *m)
{
	struct message_listing *l = data;

	if (l->state && strcmp(message_state_words[m->state], l->state) != 0)
		return true;
	l->more = l->n == l->limit;
	if (l->more)
		return false;
	buf_add_c(&l->cli->out, l->n++ ? ",\n " : "");
	print_message(l->cli, id, m);
	l->last = id;
	return true;
}

static bool state_ok(const char *word)
{
	for (const char *const *known = message_state_words; *known; known++)
		if (strcmp(word, *known) == 0)
			return true;
	return false;
}

static enum rc messages_list(struct deliver_instance *w, struct message_listing *l)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	enum rc rc = store_snapshot_begin(w->instance.store, &snap);

	if (rc != RC_OK)
		return rc;
	return outbox_each(snap, w->cli->arena, str_c(cli_value(w->cli, "after")), list_one, l);
}

enum cli_exit cmd_outbox_list(struct cli *cli)
{
	struct message_listing l = {
		.cli = cli, .state = cli_value(cli, "state"), .limit = LIST_LIMIT};
	const char *limit = cli_value(cli, "limit");
	struct deliver_instance w = {.cli = NULL};
	enum cli_exit exit;
	enum rc rc;

	if (l.state && !state_ok(l.state))
		return cli_usage(cli, "--state is not one of queued, sent, delivered, failed, "
				      "expired, cancelled");
	if (limit && (!str_to_u64(str_c(limit), 1000000, &l.limit) || !l.limit))
		return cli_usage(cli, "--limit is no number from 1 to 1000000");
	exit = deliver_instance_open(cli, INSTANCE_READ, &w);
	if (exit != CLI_OK)
		return exit;
	buf_add_c(&cli->out, "[");
	rc = messages_list(&w, &l);
	buf_add_c(&cli->out, "]\n");
	deliver_instance_close(&w);
	if (l.more)
		cli_list_cut(cli, l.n, l.last);
	if (rc == RC_INVALID)
		return cli_usage(cli, "--after is no id of a message");
	return rc == RC_OK ? CLI_OK : instance_fail(cli, "the outbox", rc);
}

static enum rc message_show(struct deliver_instance *w, struct str id)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	struct message m;
	enum rc rc = store_snapshot_begin(w->instance.store, &snap);

	if (rc == RC_OK)
		rc = outbox_get(snap, w->cli->arena, id, &m);
	if (rc == RC_OK) {
		print_message(w->cli, id, &m);
		buf_add_c(&w->cli->out, "\n");
	}
	return rc;
}

enum cli_exit cmd_outbox_show(struct cli *cli)
{
	struct deliver_instance w = {.cli = NULL};
	enum cli_exit exit = deliver_instance_open(cli, INSTANCE_READ, &w);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = message_show(&w, str_c(cli->arguments[0]));
	deliver_instance_close(&w);
	return rc == RC_OK ? CLI_OK : instance_fail(cli, "the message", rc);
}

/* ---- run, test ---- */

enum cli_exit cmd_outbox_run(struct cli *cli)
{
	struct deliver_instance w = {.cli = NULL};
	enum cli_exit exit = deliver_instance_open(cli, INSTANCE_WRITE, &w);
	size_t tried = 0;
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = outbox_run(w.deliver.outbox, &tried);
	deliver_instance_close(&w);
	if (rc != RC_OK)
		return instance_fail(cli, "the outbox", rc);
	buf_addf(&cli->out, "%zu tried\n", tried);
	return CLI_OK;
}

/* Sends a message by every transport of the kind, without the queue, and prints the result of each.
 */
static enum cli_exit test_carriers(
	struct deliver_instance *w, enum message_kind kind, struct transport_message *what)
{
	const struct deliver *d = &w->deliver;
	enum cli_exit exit = CLI_OK;
	bool any = false;

	for (size_t i = 0; i < d->n_transports; i++) {
		struct transport_result result = {TRANSPORT_RETRY, STR_NONE, STR_NONE};

		if (d->transports[i]->kind != kind)
			continue;
		any = true;
		d->transports[i]->send(d->transports[i], w->cli->arena, what, &result);
		if (result.outcome != TRANSPORT_SENT)
			exit = cli_fail(
				w->cli, "%s: %.*s", d->transports[i]->name, STR_FMT(result.error));
		else
			buf_addf(&w->cli->out, "%s accepted it%s%.*s\n", d->transports[i]->name,
				result.provider_id.n ? " as " : "", STR_FMT(result.provider_id));
	}
	if (!any)
		return cli_fail(w->cli, "%s",
			kind == MESSAGE_SMS ? "sms.providers names none" : "mail.host is not set");
	return exit;
}

static enum cli_exit test(struct cli *cli, enum message_kind kind, struct message_content content)
{
	struct deliver_instance w = {.cli = NULL};
	enum cli_exit exit = deliver_instance_open(cli, INSTANCE_READ, &w);
	struct transport_message what = {.id = random_base64url(cli->arena, &rng_system, 16),
		.content = content,
		.created = clock_now(&clock_system)};

	if (exit != CLI_OK)
		return exit;
	exit = test_carriers(&w, kind, &what);
	deliver_instance_close(&w);
	return exit;
}

enum cli_exit cmd_outbox_test_mail(struct cli *cli)
{
	struct message_content content = {str_c(cli->arguments[0]),
		STR("ทดสอบการส่งอีเมล / Test of mail"),
		STR("อีเมลทดสอบจากระบบ Pratu\nA test mail of Pratu.\n")};
	const char *why;

	if (email_normalise(cli->arena, content.target, &content.target, &why) != RC_OK)
		return cli_usage(cli, "the address %s", why);
	return test(cli, MESSAGE_EMAIL, content);
}

enum cli_exit cmd_outbox_test_sms(struct cli *cli)
{
	struct message_content content = {
		STR_NONE, STR_NONE, STR("ข้อความทดสอบจากระบบ Pratu / test")};

	if (thai_mobile_normalise(cli->arena, str_c(cli->arguments[0]), &content.target) != RC_OK)
		return cli_usage(cli, "this is not a Thai mobile number");
	return test(cli, MESSAGE_SMS, content);
}
