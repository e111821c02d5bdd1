/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/security_notification.h"

#include "obs/log.h"
#include "core/handle.h"
#include "core/schema.h"
#include "directory/directory.h"
#include "deliver/mail_compose.h"
#include "deliver/outbox.h"
#include "directory/names.h"
#include "web/device.h"
#include "web/field_macros.h"

#define DEVICE_BYTES 128u

#define M struct notification_model
static const struct tmpl_field fields[] = {
	F_WORD(M, kind, "notice-kind", security_notification_words),
	F(M, name, TMPL_TEXT),
	F(M, username, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F(M, device, TMPL_TEXT),
	F(M, address, TMPL_TEXT),
	F(M, admin_name, TMPL_TEXT),
	F(M, admin_phone, TMPL_TEXT),
	F(M, link, TMPL_URL),
	F(M, when, TMPL_TIME),
	F(M, days, TMPL_I64),
	F_END,
};
#undef M
const struct text_type text_notification_mail = {"notification-mail.txt", fields};
const struct text_type text_notification_sms = {"notification-sms.txt", fields};

/* What one notice's messages share. */
struct posting {
	struct tx *tx;
	const struct security_notification_context *way;
	const struct security_notification *notice;
	struct office office; /* of the account; empty members where there is none */
	struct str link;
	size_t tried, posted;
};

static void lost(const struct security_notification *n, const char *why)
{
	log_emit(LOG_EVENT_SECURITY_NOTIFICATION_FAILED, LOG_S("person", n->person->id),
		LOG_C("kind", security_notification_words[n->kind]), LOG_C("why", why));
}

static void notification_post(struct posting *p, struct outbox_message *m)
{
	const char *why = NULL;
	enum rc rc;

	p->tried++;
	m->purpose = STR("notice");
	m->person = p->notice->person->id;
	m->notice = true;
	rc = outbox_put(p->tx, m, NULL, &why);
	if (rc == RC_OK)
		p->posted++;
	else
		lost(p->notice, why ? why : "store");
}

static struct str link_of(const struct posting *p, struct str *ret_key)
{
	int64_t expiry = p->tx->now + SECURITY_NOTIFICATION_LIFETIME;
	struct handle h = handle_new(
		p->tx->a, HANDLE_SECURITY_NOTIFICATION, expiry, p->tx->now_ms, p->tx->app->rng);
	struct buf link;

	buf_init(&link, p->tx->a, p->way->issuer.n + HANDLE_TEXT_MAX + 16);
	buf_addf(&link, "%.*s/not-me?t=%.*s", STR_FMT(p->way->issuer), STR_FMT(h.text));
	*ret_key = h.key;
	return buf_str(&link);
}

static struct str device_of(const struct posting *p, enum web_lang lang)
{
	struct buf device;

	if (!p->notice->user_agent.n)
		return STR_NONE;
	buf_init(&device, p->tx->a, DEVICE_BYTES);
	web_device_add(&device, lang, p->notice->user_agent);
	return buf_str(&device);
}

static struct notification_model model_of(const struct posting *p, enum web_lang lang)
{
	const struct security_notification *n = p->notice;

	return (struct notification_model){
		.kind = n->kind,
		.name = person_name(p->tx->a, n->person, lang),
		.username = username_mask(p->tx->a, n->username),
		.office = lang == WEB_EN && p->office.name_en.n ? p->office.name_en
								: p->office.name_th,
		.device = device_of(p, lang),
		.address = n->address,
		.admin_name = p->office.admin_name,
		.admin_phone = p->office.admin_phone,
		.link = p->link,
		.when = p->tx->now,
		.days = SECURITY_NOTIFICATION_LIFETIME / 86400,
	};
}

static void post_mail(struct posting *p, struct str to)
{
	struct notification_model models[WEB_LANG_MAX];
	struct outbox_message m = {.kind = MESSAGE_EMAIL, .target = to};

	if (!to.n)
		return;
	for (int lang = 0; lang < WEB_LANG_MAX; lang++)
		models[lang] = model_of(p, (enum web_lang)lang);
	if (mail_compose(p->tx, &text_notification_mail, p->notice->person, &models[WEB_TH],
		    &models[WEB_EN], &m) == RC_OK)
		notification_post(p, &m);
	else
		lost(p->notice, "its text is too long");
}

/* No link in an SMS: people are to mistrust those. */
static void post_sms(struct posting *p, struct str to)
{
	enum web_lang lang = WEB_TH;
	struct outbox_message m = {.kind = MESSAGE_SMS, .target = to};
	struct notification_model model;
	enum rc rc;

	if (!to.n)
		return;
	(void)person_language(p->notice->person, &lang);
	model = model_of(p, lang);
	rc = web_text_render(
		p->tx->app->web, p->tx->a, &text_notification_sms, lang, &model, &m.text);
	if (rc == RC_OK)
		notification_post(p, &m);
	else
		lost(p->notice, "its text is too long");
}

/* It was set recently, perhaps by the intruder; the mobile number reaches the owner as well. */
static bool is_young(const struct posting *p)
{
	int64_t changed = p->notice->person->email_changed;

	return changed && p->tx->now < changed + SECURITY_NOTIFICATION_LIFETIME;
}

static void post_all(struct posting *p)
{
	const struct person *person = p->notice->person;
	struct security_notification_record record = {
		.kind = (int)p->notice->kind, .person = person->id, .made = p->tx->now};
	struct str key;
	bool mail = outbox_offers(p->tx->app->outbox, MESSAGE_EMAIL);
	bool sms = outbox_offers(p->tx->app->outbox, MESSAGE_SMS);

	p->link = link_of(p, &key);
	if (p->notice->office.n &&
		office_get(p->tx->snap, p->tx->a, p->notice->office, &p->office, NULL) != RC_OK)
		p->office = (struct office){.code = STR_NONE};
	if (mail && person->email_verified)
		post_mail(p, person->email);
	if (mail)
		post_mail(p, p->notice->old_email);
	if (p->posted)
		record_put(p->tx->batch, TABLE_SECURITY_NOTIFICATION, p->tx->a, key, &record,
			STORE_ABSENT);
	if (sms && person->mobile_verified && (!p->posted || is_young(p)))
		post_sms(p, person->mobile);
	if (sms)
		post_sms(p, p->notice->old_mobile);
}

void security_notification_add(struct tx *tx, const struct security_notification *n)
{
	struct posting p = {.tx = tx, .way = tx->app->notices, .notice = n};

	if (!p.way)
		return;
	if (tx->app->outbox && tx->app->web)
		post_all(&p);
	if (!p.tried)
		lost(n, "no proven address, or no way to send");
}
