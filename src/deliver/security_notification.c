/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/security_notification.h"

#include "obs/log.h"
#include "codec/thai.h"
#include "core/handle.h"
#include "core/schema.h"
#include "directory/directory.h"
#include "deliver/outbox.h"

#define TEXT_MAX OUTBOX_TEXT_MAX
#define SMS_MAX  400u

/* Thai, English. */
struct notification_wording {
	const char *th, *en;
};

static const struct notification_wording wordings[SECURITY_NOTIFICATION_KIND_MAX] = {
	[SECURITY_NOTIFICATION_PASSWORD_CHANGED] = {"มีการเปลี่ยนรหัสผ่านของท่าน",
		"Your password was changed"},
	[SECURITY_NOTIFICATION_PASSWORD_RECOVERED] = {"มีการตั้งรหัสผ่านใหม่แทนรหัสที่ลืม",
		"Your forgotten password was replaced"},
	[SECURITY_NOTIFICATION_SECRET_ISSUED] = {"ผู้ดูแลระบบออกรหัสผ่านเริ่มต้นให้ท่าน",
		"An administrator issued an initial password for you"},
	[SECURITY_NOTIFICATION_EMAIL_CHANGED] = {"มีการตั้งหรือเปลี่ยนอีเมลของท่าน",
		"Your email address was set or changed"},
	[SECURITY_NOTIFICATION_MOBILE_CHANGED] = {"มีการตั้งหรือเปลี่ยนหมายเลขโทรศัพท์มือถือของท่าน",
		"Your mobile number was set or changed"},
	[SECURITY_NOTIFICATION_THAID_ONLY] = {"ต่อไปนี้บัญชีของท่านเข้าสู่ระบบด้วย ThaiD / ThaiID เท่านั้น",
		"From now on you sign in by ThaiD / ThaiID only"},
	[SECURITY_NOTIFICATION_PASSWORD_ENABLED] = {"ผู้ดูแลระบบเปิดการเข้าสู่ระบบด้วยรหัสผ่านให้ท่านอีกครั้ง",
		"An administrator opened signing in by password for you again"},
};

static void notification_add_line(struct buf *text, const char *label, struct str value)
{
	if (value.n)
		buf_addf(text, "%s: %.*s\n", label, STR_FMT(value));
}

static void add_facts(struct buf *text, const struct security_notification *n, int64_t now)
{
	buf_add_c(text, "เวลา / Time: ");
	thai_add_moment(text, now, true);
	buf_add_byte(text, '\n');
	notification_add_line(text, "ชื่อผู้ใช้ / Username", n->username);
	notification_add_line(text, "อุปกรณ์ / Device", n->device);
	notification_add_line(text, "หมายเลข IP / IP address", n->address);
}

static struct str mail_text(const struct security_notification_context *way, struct arena *a,
	const struct security_notification *n, struct str link, int64_t now)
{
	const struct notification_wording *w = &wordings[n->kind];
	struct buf text;

	buf_init(&text, a, TEXT_MAX);
	buf_addf(&text, "%s\n%s.\n\n", w->th, w->en);
	add_facts(&text, n, now);
	buf_addf(&text,
		"\nหากท่านเป็นผู้ดำเนินการเอง ไม่ต้องทำอะไรเพิ่มเติม\n"
		"หากไม่ใช่ท่าน กรุณาเปิดลิงก์นี้ทันที เพื่อออกจากระบบทุกอุปกรณ์และปิดการใช้รหัสผ่าน "
		"(ใช้ได้ %d วัน)\n\n"
		"If this was you, there is nothing to do.\n"
		"If this was not you, open this link at once: it signs out every device and closes "
		"signing in by password (good for %d days).\n\n%.*s\n",
		(int)(SECURITY_NOTIFICATION_LIFETIME / 86400),
		(int)(SECURITY_NOTIFICATION_LIFETIME / 86400), STR_FMT(link));
	if (way->support_phone.n)
		buf_addf(&text, "\nสอบถาม / Help: %.*s\n", STR_FMT(way->support_phone));
	return buf_str(&text);
}

/* No link in an SMS: people are to mistrust those. */
static struct str sms_text(const struct security_notification_context *way, struct arena *a,
	const struct security_notification *n)
{
	struct buf text;

	buf_init(&text, a, SMS_MAX);
	buf_addf(&text, "%s หากไม่ใช่ท่าน แจ้งผู้ดูแล SSO ของหน่วยงานทันที", wordings[n->kind].th);
	if (way->support_phone.n)
		buf_addf(&text, " หรือโทร %.*s", STR_FMT(way->support_phone));
	return buf_str(&text);
}

/* What one notice's messages share. */
struct posting {
	struct tx *tx;
	const struct security_notification_context *way;
	const struct security_notification *notice;
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

static void post_mail(struct posting *p, struct str to, struct str text)
{
	struct outbox_message m = {
		.kind = MESSAGE_EMAIL,
		.target = to,
		.subject = STR("แจ้งเตือนความปลอดภัย / Security notice"),
		.text = text,
	};

	if (to.n)
		notification_post(p, &m);
}

static void post_sms(struct posting *p, struct str to)
{
	struct outbox_message m = {
		.kind = MESSAGE_SMS, .target = to, .text = sms_text(p->way, p->tx->a, p->notice)};

	if (to.n)
		notification_post(p, &m);
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
	struct str key, link = link_of(p, &key);
	struct str text = mail_text(p->way, p->tx->a, p->notice, link, p->tx->now);
	bool mail = outbox_offers(p->tx->app->outbox, MESSAGE_EMAIL);
	bool sms = outbox_offers(p->tx->app->outbox, MESSAGE_SMS);

	if (mail && person->email_verified)
		post_mail(p, person->email, text);
	if (mail)
		post_mail(p, p->notice->old_email, text);
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
	if (tx->app->outbox)
		post_all(&p);
	if (!p.tried)
		lost(n, "no proven address, or no way to send");
}
