/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One-time codes: the methods, and the outbox as the way out of every challenge. */
#include "base/die.h"
#include "core/module.h"
#include "core/op.h"
#include "deliver/outbox.h"
#include "factors/otp/otp.h"
#include "idp/challenge/challenge.h"
#include "obs/log.h"
#include "idp/login/method.h"

static enum message_kind kind_of(enum auth_contact contact)
{
	return contact == AUTH_CONTACT_EMAIL ? MESSAGE_EMAIL : MESSAGE_SMS;
}

static bool offers(void *data, enum auth_contact contact)
{
	const struct app *app = data;

	return outbox_offers(app->outbox, kind_of(contact));
}

static enum rc put(void *data, struct op *op, const struct challenge_message *m)
{
	const struct outbox_message message = {
		.kind = kind_of(m->contact),
		.target = m->target,
		.subject = m->subject,
		.text = m->text,
		.purpose = str_c(m->purpose),
		.person = m->person,
		.code = true,
		.not_after = m->not_after,
	};
	const char *why = NULL;
	enum rc rc;

	(void)data;
	rc = outbox_put(&op->tx, &message, m->ret_id, &why);
	if (rc == RC_INVALID || rc == RC_UNAVAILABLE)
		log_emit(LOG_EVENT_UPSTREAM_FAILED, LOG_S("request", op->x->request.id),
			LOG_C("upstream", "outbox"), LOG_C("why", why));
	return rc;
}

/* Tried in vain, or ended without being taken. */
static bool stuck(void *data, struct op *op, struct str id)
{
	struct message m;

	(void)data;
	if (outbox_get(op->tx.snap, op->tx.a, id, &m) != RC_OK)
		return false;
	if (m.state == MESSAGE_QUEUED)
		return m.error.n > 0;
	return m.state != MESSAGE_SENT && m.state != MESSAGE_DELIVERED;
}

static enum rc take_back(void *data, struct op *op, struct str id)
{
	(void)data;
	return outbox_cancel(&op->tx, id);
}

/* What app.challenges points to. */
struct otp_own {
	struct challenge_post post;
	struct challenges challenges;
};

static enum rc otp_open(struct app *app, void **own, const char **ret_why)
{
	struct otp_own *o = *own = xcalloc(1, sizeof(*o));

	(void)ret_why;
	o->post = (struct challenge_post){offers, put, app, stuck, take_back};
	o->challenges = (struct challenges){&o->post, app->throttle};
	app->challenges = &o->challenges;
	return RC_OK;
}

static void otp_close(struct app *app, void *own)
{
	app->challenges = NULL;
	free(own);
}

static const struct auth_method *const methods[] = {
	&auth_method_otp_email, &auth_method_otp_sms, NULL};

static const struct route routes[] = {
	{
		.path = "/login/code",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE | HTTP_LOW_PRIORITY,
		.guard = GUARD_PUBLIC,
		.before = method_form_before,
		.run = method_form_run,
		.blocks = method_form_blocks,
		.admission = method_form_admission,
		.body_max = WAITING_BODY_MAX,
		.name = "login_code",
		.help = "the one-time code",
	},
	{.path = NULL},
};

const struct module module_otp = {
	.name = "otp",
	.methods = methods,
	.open = otp_open,
	.close = otp_close,
	.routes = routes,
};
