/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/ciba/ciba_mail.h"

#include "deliver/mail_compose.h"
#include "deliver/outbox.h"
#include "deliver/text.h"
#include "directory/names.h"
#include "idp/ciba/requests_page.h"
#include "throttle/throttle.h"
#include "web/field_macros.h"

#define M struct ciba_mail
static const struct tmpl_field mail_fields[] = {
	F(M, name, TMPL_TEXT),
	F(M, portal, TMPL_TEXT),
	F(M, message, TMPL_TEXT),
	F(M, link, TMPL_URL),
	F(M, when, TMPL_TIME),
	F(M, until, TMPL_TIME),
	F_END,
};
#undef M
const struct text_type text_ciba_mail = {"ciba-mail.txt", mail_fields};

/* The portal chose the message: it makes no link of its own in a mail of ours. */
static struct ciba_mail model_of(struct op *op, const struct ciba_request *r,
	const struct client *client, const struct person *person, enum web_lang lang)
{
	struct str thai = client->name_th.n ? client->name_th : client->name;

	return (struct ciba_mail){
		.name = person_name(op->tx.a, person, lang),
		.portal = text_without_links(op->tx.a, lang == WEB_EN ? client->name : thai),
		.message = text_without_links(op->tx.a, r->message),
		.link = op_url(op, str_dup_c(op->tx.a, ciba_request_path(op, r->id))),
		.when = r->created,
		.until = r->expires,
	};
}

enum rc ciba_mail_send(struct op *op, const struct ciba_request *r, const struct client *client,
	const struct person *person)
{
	const struct ciba_mail th = model_of(op, r, client, person, WEB_TH);
	const struct ciba_mail en = model_of(op, r, client, person, WEB_EN);
	struct outbox_message m = {
		.kind = MESSAGE_EMAIL,
		.target = person->email,
		.purpose = STR("portal_request"),
		.person = person->id,
		.notice = true, /* the limit of its own, below: it spends none of the codes */
		.not_after = r->expires,
	};
	const char *why = NULL;
	int64_t wait;
	enum rc rc;

	if (!person->email.n || !person->email_verified ||
		!outbox_offers(op->tx.app->outbox, MESSAGE_EMAIL))
		return RC_OK;
	rc = throttle_take(
		op->tx.app->throttle, &op->tx, THROTTLE_CIBA_MAILS, person->email, &wait);
	if (rc == RC_OK)
		rc = mail_compose(&op->tx, &text_ciba_mail, person, &th, &en, &m);
	if (rc == RC_OK)
		rc = outbox_put(&op->tx, &m, NULL, &why);
	/* Nobody is asked less because a mail cannot be sent. */
	return rc == RC_LIMITED || rc == RC_UNAVAILABLE || rc == RC_INVALID ? RC_OK : rc;
}
