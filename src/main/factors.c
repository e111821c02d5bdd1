/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/factors.h"

#include "base/log.h"
#include "deliver/outbox.h"
#include "idp/op.h"

static enum message_kind kind_of(enum otp_channel channel)
{
	return channel == OTP_EMAIL ? MESSAGE_EMAIL : MESSAGE_SMS;
}

static bool offers(void *data, enum otp_channel channel)
{
	const struct provider *p = data;

	return outbox_offers(p->outbox, kind_of(channel));
}

static enum rc put(void *data, struct op *op, const struct otp_message *m)
{
	const struct provider *p = data;
	const struct outbox_message message = {
		.kind = kind_of(m->channel),
		.target = m->target,
		.subject = m->subject,
		.text = m->text,
		.purpose = STR("login_code"),
		.person = m->person,
		.code = true,
		.not_after = m->not_after,
	};
	const char *why = NULL;
	enum rc rc = outbox_put(
		p->outbox, op->snap, op->batch, op->a, op->now_ms, &message, m->ret_id, &why);

	if (rc == RC_INVALID || rc == RC_UNAVAILABLE)
		log_emit(LOG_EVENT_UPSTREAM_FAILED, LOG_S("request", op->x->request.id),
			LOG_C("upstream", "outbox"), LOG_C("why", why));
	return rc;
}

/* Tried in vain, or ended without being taken. */
static bool stuck(void *data, struct op *op, struct str id)
{
	struct message m;

	if (outbox_get(op->snap, op->a, id, &m) != RC_OK)
		return false;
	if (m.state == MESSAGE_QUEUED)
		return m.error.n > 0;
	return m.state != MESSAGE_SENT && m.state != MESSAGE_DELIVERED;
}

static void add(struct provider *p, struct factor *f)
{
	p->factors[p->n_factors++] = f;
}

enum rc factors_open(
	const struct site *site, struct provider *p, struct factors *ret, const char **ret_why)
{
	const struct config_values *v = site->config->v;
	enum rc rc = password_new(&v->password, &ret->password, ret_why);

	if (rc != RC_OK)
		return rc;
	ret->gate = gate_new(p->store, p->vault, &v->gate);
	ret->post = (struct otp_post){offers, put, p, stuck};
	add(p, login_password_new(ret->password, ret->gate));
	add(p, otp_new(OTP_EMAIL, &ret->post, ret->gate));
	add(p, otp_new(OTP_SMS, &ret->post, ret->gate));
	return RC_OK;
}

void factors_close(struct factors *f, struct provider *p)
{
	for (size_t i = 0; i < p->n_factors; i++)
		p->factors[i]->type->free(p->factors[i]);
	p->n_factors = 0;
	gate_free(f->gate);
	password_free(f->password);
}
