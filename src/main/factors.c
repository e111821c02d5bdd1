/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/factors.h"

#include "obs/log.h"
#include "deliver/outbox.h"
#include "core/op.h"

static enum message_kind kind_of(enum auth_contact contact)
{
	return contact == AUTH_CONTACT_EMAIL ? MESSAGE_EMAIL : MESSAGE_SMS;
}

static bool offers(void *data, enum auth_contact contact)
{
	const struct app *p = data;

	return outbox_offers(p->outbox, kind_of(contact));
}

static enum rc otp_post_put(void *data, struct op *op, const struct challenge_message *m)
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

	if (outbox_get(op->tx.snap, op->tx.a, id, &m) != RC_OK)
		return false;
	if (m.state == MESSAGE_QUEUED)
		return m.error.n > 0;
	return m.state != MESSAGE_SENT && m.state != MESSAGE_DELIVERED;
}

#define LEARN_FROM 4096u /* credentials looked at */

struct learning {
	struct arena *a;
	struct password *password;
	size_t n;
};

static bool learn_one(void *data, const struct store_record *record)
{
	struct learning *l = data;
	struct credential c;

	if (field_decode(&record_credential, l->a, record->value, &c) == RC_OK && c.hash.n)
		password_learn(l->password, c.hash);
	return ++l->n < LEARN_FROM;
}

/* Which forms of imported hashes there are; the rest is learned as they are used. */
static void learn(struct store *store, struct password *password)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX_CLI);
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	struct learning l = {a, password, 0};
	enum rc rc = store_snapshot_begin(store, &snap);

	if (rc == RC_OK)
		rc = store_scan(snap, TABLE_CREDENTIAL, STR_NONE, STR_NONE, false, learn_one, &l);
	if (rc != RC_OK)
		log_emit(LOG_EVENT_JOB_FAILED, LOG_C("job", "learn_hashes"), LOG_RC(rc));
}

static enum rc take_back(void *data, struct op *op, struct str id)
{
	return outbox_cancel(&op->tx, id);
}

enum rc factors_open(
	const struct instance *instance, struct app *p, struct factors *ret, const char **ret_why)
{
	const struct config_values *v = instance->config->v;
	enum rc rc = password_new(&v->password, &ret->password, ret_why);

	if (rc != RC_OK)
		return rc;
	learn(p->store, ret->password);
	p->throttle = throttle_new(p, &v->throttle);
	ret->post = (struct challenge_post){offers, otp_post_put, p, stuck, take_back};
	ret->challenges = (struct challenges){&ret->post, p->throttle};
	p->challenges = &ret->challenges;
	login_password_add(&p->methods, ret->password, p->throttle);
	auth_methods_add(&p->methods, &auth_method_otp_email);
	auth_methods_add(&p->methods, &auth_method_otp_sms);
	ret->forgotten = recovery_mailer_new(p, p->throttle);
	return RC_OK;
}

void factors_close(struct factors *f, struct app *p)
{
	recovery_mailer_free(f->forgotten);
	auth_methods_free(&p->methods);
	throttle_free(p->throttle);
	p->throttle = NULL;
	password_free(f->password);
}
