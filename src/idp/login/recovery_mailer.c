/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/recovery_mailer.h"

#include "audit/audit.h"
#include "base/die.h"
#include "obs/log.h"
#include "codec/thai.h"
#include "base/ticker.h"
#include "deliver/outbox.h"
#include "directory/credential.h"
#include "directory/directory.h"
#include "core/event.h"
#include "core/handle.h"
#include "idp/login/recovery_records.h"
#include "web/device.h"
#include "base/clock.h"
#include "deliver/security_notification.h"
#include "directory/standing.h"

#define DEVICE_BYTES          128u
#define RECOVERY_REQUESTS_MAX 200 /* of one look */

/* What may be done for the account of a name, and the word of it in the trail. */
enum recovery_outcome {
	NOBODY,     /* no such account, or its holder may not enter: no letter, no event */
	NO_ADDRESS, /* no proven email, or one that is too new: no letter */
	CLOSED,     /* only ThaID enters */
	NEVER_SET,  /* never had a password of its holder's choice */
	ONE_PROOF,  /* nothing but the mailbox */
	LINK,
	OUTCOMES
};

struct recovery_wording {
	const char *word;
	const char *th, *en;
};

static const struct recovery_wording wordings[OUTCOMES] = {
	[NO_ADDRESS] = {"no_contact", NULL, NULL},
	[CLOSED] = {"closed",
		"บัญชีนี้เข้าสู่ระบบด้วย ThaiD / ThaiID เท่านั้น จึงไม่มีรหัสผ่านให้ตั้งใหม่\n"
		"กรุณาเข้าสู่ระบบด้วย ThaiD / ThaiID หรือติดต่อผู้ดูแล SSO ของหน่วยงาน\n",
		"This account signs in by ThaiD / ThaiID only: there is no password to replace.\n"
		"Please sign in by ThaiD / ThaiID, or ask your office's SSO admin.\n"},
	[NEVER_SET] = {"never_set",
		"ท่านยังไม่เคยตั้งรหัสผ่านของบัญชีนี้ จึงตั้งใหม่ด้วยอีเมลไม่ได้\n"
		"กรุณาเข้าสู่ระบบด้วย ThaiD / ThaiID หรือขอรหัสผ่านเริ่มต้นจากผู้ดูแล SSO ของหน่วยงาน\n",
		"You have not chosen a password for this account yet, so there is none to "
		"replace.\n"
		"Please sign in by ThaiD / ThaiID, or ask your office's SSO admin for an initial "
		"password.\n"},
	[ONE_PROOF] = {"one_proof",
		"อีเมลอย่างเดียวไม่พอสำหรับตั้งรหัสผ่านใหม่ และบัญชีนี้ยังไม่มีหมายเลขโทรศัพท์มือถือที่ยืนยันแล้ว\n"
		"กรุณาเข้าสู่ระบบด้วย ThaiD / ThaiID แล้วตั้งรหัสผ่านใหม่ที่หน้า บัญชีของท่าน เมนู รหัสผ่าน\n"
		"หรือติดต่อผู้ดูแล SSO ของหน่วยงาน\n",
		"An email alone is not enough to set a new password, and this account has no "
		"confirmed "
		"mobile number.\n"
		"Please sign in by ThaiD / ThaiID and set a new password at \"Your account\", "
		"\"Password\",\n"
		"or ask your office's SSO admin.\n"},
	[LINK] = {"link",
		"เปิดลิงก์ด้านล่างภายใน 30 นาที แล้วยืนยันด้วยรหัสทาง SMS หรือ ThaiD / ThaiID เพื่อตั้งรหัสผ่านใหม่\n"
		"ลิงก์ใช้ได้ครั้งเดียว และลิงก์ล่าสุดเท่านั้นที่ใช้ได้\n",
		"Open the link below within 30 minutes and confirm by a code sent by SMS or by "
		"ThaiD / "
		"ThaiID to set a new password.\n"
		"The link works once, and only the newest one does.\n"},
};

struct recovery_mailer {
	const struct app *p;
	struct throttle *throttle;
	struct ticker *ticker; /* NULL: only calls of recovery_mailer_scan process requests */
};

/* One ask, and whom it is about. */
struct recovery_case {
	const struct recovery_mailer *f;
	struct tx *tx;
	struct recovery_request ask;
	struct account account;
	struct person person;
	struct office office;
	struct credential credential;
	bool has_credential;
	struct recovery_latest latest;
	uint64_t latest_version;
};

static bool cooled(const struct recovery_case *q, int64_t changed)
{
	return settings_cooled(q->tx->settings, changed, q->tx->now);
}

/* RC_NOT_FOUND: nobody who may enter. */
static enum rc find_holder(struct recovery_case *q)
{
	enum rc rc = RC_NOT_FOUND;

	if (username_valid(q->ask.username))
		rc = account_by_name(q->tx->snap, q->tx->a, q->ask.username, &q->account, NULL);
	if (rc == RC_OK)
		rc = q->account.person.n ? person_get(q->tx->snap, q->tx->a, q->account.person,
						   &q->person, NULL)
					 : RC_NOT_FOUND;
	if (rc == RC_OK && q->person.status != STATUS_ACTIVE)
		return RC_NOT_FOUND;
	if (rc == RC_OK)
		rc = account_standing(q->tx->snap, q->tx->a, &q->account);
	return rc == RC_DENIED ? RC_NOT_FOUND : rc;
}

static enum rc find_rest(struct recovery_case *q)
{
	enum rc rc = office_get(q->tx->snap, q->tx->a, q->account.office, &q->office, NULL);

	if (rc == RC_NOT_FOUND)
		rc = RC_OK;
	if (rc == RC_OK) {
		rc = credential_get(q->tx->snap, q->tx->a, q->account.id, &q->credential, NULL);
		q->has_credential = rc == RC_OK;
	}
	if (rc == RC_OK || rc == RC_NOT_FOUND)
		rc = record_get(q->tx->snap, TABLE_RECOVERY_LATEST, q->account.id, q->tx->a,
			&q->latest, &q->latest_version);
	if (rc != RC_NOT_FOUND)
		return rc;
	q->latest = (struct recovery_latest){.asked = 0};
	q->latest_version = STORE_ABSENT;
	return RC_OK;
}

/* Does the policy take a second proof that is sent to a mobile number? */
static bool has_mobile_method(const struct recovery_case *q, const struct login_policy *policy)
{
	for (size_t i = 0; i < policy->second_factors.n; i++) {
		const struct auth_method *m =
			auth_method_named(&q->f->p->methods, policy->second_factors.v[i]);

		if (m && (m->can & AUTH_RECOVER) && m->contact == AUTH_CONTACT_MOBILE)
			return true;
	}
	return false;
}

/* Does the policy of the portal that waits take codes by SMS, and can one reach the person? */
static bool has_second_proof(const struct recovery_case *q)
{
	const struct login_policy *policy;
	struct system system = {.policy = STR_NONE};

	if (q->ask.system.n &&
		system_get(q->tx->snap, q->tx->a, q->ask.system, &system, NULL) != RC_OK)
		return false;
	policy = settings_policy(q->tx->settings, system.policy);
	return policy && has_mobile_method(q, policy) && q->person.mobile.n &&
	       q->person.mobile_verified && cooled(q, q->person.mobile_changed) &&
	       outbox_offers(q->f->p->outbox, MESSAGE_SMS);
}

static enum recovery_outcome decide_mail(const struct recovery_case *q)
{
	const struct credential *c = &q->credential;

	if (!q->person.email.n || !q->person.email_verified || !cooled(q, q->person.email_changed))
		return NO_ADDRESS;
	if (q->office.password == OFFICE_PASSWORD_FORBIDDEN || (q->has_credential && c->forbidden))
		return CLOSED;
	/* An initial secret, dead or alive, was never the holder's own. */
	if (!q->has_credential || !c->hash.n || c->initial_until)
		return NEVER_SET;
	return has_second_proof(q) ? LINK : ONE_PROOF;
}

/* --- the letter --- */

static void mail_add_line(struct buf *text, const char *label, struct str value)
{
	if (value.n)
		buf_addf(text, "%s: %.*s\n", label, STR_FMT(value));
}

static void add_facts(struct buf *text, const struct recovery_case *q)
{
	struct buf device;

	buf_init(&device, q->tx->a, DEVICE_BYTES);
	web_device_add(&device, WEB_TH, q->ask.user_agent);
	mail_add_line(text, "ชื่อผู้ใช้ / Username", q->account.username);
	buf_add_c(text, "เวลา / Time: ");
	thai_add_moment(text, q->ask.asked, true);
	buf_add_byte(text, '\n');
	mail_add_line(text, "อุปกรณ์ / Device", buf_str(&device));
	mail_add_line(text, "หมายเลข IP / IP address", q->ask.address);
}

static void add_help(struct buf *text, const struct recovery_case *q)
{
	mail_add_line(text, "ผู้ดูแล SSO / SSO admin", q->office.admin_name);
	mail_add_line(text, "โทร / Telephone", q->office.admin_phone);
	mail_add_line(text, "สอบถาม / Help", q->f->p->notices->support_phone);
}

static struct str mail_text(
	const struct recovery_case *q, enum recovery_outcome outcome, struct str link)
{
	const struct recovery_wording *w = &wordings[outcome];
	struct buf text;

	buf_init(&text, q->tx->a, OUTBOX_TEXT_MAX);
	buf_add_c(&text, "มีผู้แจ้งว่าลืมรหัสผ่านของบัญชีนี้\n"
			 "Somebody said that the password of this account was forgotten.\n\n");
	add_facts(&text, q);
	buf_addf(&text, "\n%s\n%s\n", w->th, w->en);
	if (link.n)
		buf_addf(&text, "%.*s\n\n", STR_FMT(link));
	buf_add_c(&text,
		"หากท่านไม่ได้แจ้ง ไม่ต้องทำอะไร รหัสผ่านเดิมยังใช้ได้ และอย่าส่งต่ออีเมลนี้ให้ผู้ใด\n"
		"If it was not you, do nothing: your password is still good. Forward this to "
		"nobody.\n\n");
	add_help(&text, q);
	return buf_str(&text);
}

static enum rc mail_post(
	const struct recovery_case *q, enum recovery_outcome outcome, struct str link)
{
	const struct outbox_message m = {
		.kind = MESSAGE_EMAIL,
		.target = q->person.email,
		.subject = STR("ลืมรหัสผ่าน / Forgotten password"),
		.text = mail_text(q, outcome, link),
		.purpose = STR("password_reset"),
		.person = q->person.id,
		.not_after = q->tx->now + RECOVERY_LINK_LIFETIME,
	};
	const char *why = NULL;

	return outbox_put(q->tx, &m, NULL, &why);
}

/* --- one ask --- */

/* The letters of forgotten passwords have a budget of their own, so that asking for somebody's
 * spends none of the codes that he logs in by. */
static enum rc count_target(const struct recovery_case *q)
{
	int64_t wait;

	return throttle_take(
		q->f->throttle, q->tx, THROTTLE_RECOVERY_MAILS, q->person.email, &wait);
}

static struct str put_link(struct recovery_case *q)
{
	const struct security_notification_context *way = q->f->p->notices;
	struct recovery_link reset = {
		.account = q->account.id,
		.person = q->person.id,
		.credential_version = credential_version_of(q->tx->a, &q->credential),
		.system = q->ask.system,
		.made = q->tx->now,
		.expires = q->tx->now + RECOVERY_LINK_LIFETIME,
	};
	struct handle h =
		handle_new(q->tx->a, HANDLE_RECOVERY, reset.expires, q->tx->now_ms, q->f->p->rng);
	struct buf link;

	record_put(q->tx->batch, TABLE_RECOVERY_LINK, q->tx->a, h.key, &reset, STORE_ABSENT);
	if (q->latest.key.n)
		store_delete(q->tx->batch, TABLE_RECOVERY_LINK, q->latest.key, STORE_ANY);
	q->latest.key = h.key;
	buf_init(&link, q->tx->a, way->issuer.n + HANDLE_TEXT_MAX + 16);
	buf_addf(&link, "%.*s/reset?t=%.*s", STR_FMT(way->issuer), STR_FMT(h.text));
	return buf_str(&link);
}

static void recovery_audit(const struct recovery_case *q, enum recovery_outcome outcome)
{
	const struct audit_entry entry = {
		.event = AUDIT_RECOVERY_REQUESTED,
		.now_ms = q->tx->now_ms,
		.person = q->person.id,
		.account = q->account.id,
		.system = q->ask.system,
		.office = q->account.office,
		.address = q->ask.address,
		.request = q->ask.request,
		.detail = str_c(wordings[outcome].word),
	};

	event_audit(q->tx->batch, q->tx->a, &entry);
}

/* RC_LIMITED: too many; nothing is done. */
static enum rc answer_request(struct recovery_case *q)
{
	enum recovery_outcome outcome = decide_mail(q);
	struct str link = STR_NONE;
	enum rc rc = RC_OK;

	if (q->latest.asked && q->tx->now < q->latest.asked + RECOVERY_MAIL_GAP)
		return RC_LIMITED;
	if (wordings[outcome].th)
		rc = count_target(q);
	if (rc == RC_OK && outcome == LINK)
		link = put_link(q);
	if (rc == RC_OK && wordings[outcome].th)
		rc = mail_post(q, outcome, link);
	if (rc != RC_OK)
		return rc;
	q->latest.asked = q->tx->now;
	record_put(q->tx->batch, TABLE_RECOVERY_LATEST, q->tx->a, q->account.id, &q->latest,
		q->latest_version);
	recovery_audit(q, outcome);
	return RC_OK;
}

/* No way to send, too many waiting, a bad address: the ask is over all the same. */
static bool is_over(enum rc rc)
{
	return rc == RC_NOT_FOUND || rc == RC_LIMITED || rc == RC_UNAVAILABLE || rc == RC_INVALID;
}

struct recovery_job {
	const struct recovery_mailer *f;
	struct str key; /* of the request */
};

static enum rc process_attempt(struct tx *tx, void *data)
{
	const struct recovery_job *job = data;
	struct recovery_case q = {.f = job->f, .tx = tx};
	uint64_t version;
	enum rc rc =
		record_get(tx->snap, TABLE_RECOVERY_REQUEST, job->key, tx->a, &q.ask, &version);

	if (rc != RC_OK)
		return rc;
	rc = find_holder(&q);
	if (rc == RC_OK)
		rc = find_rest(&q);
	if (rc == RC_OK)
		rc = answer_request(&q);
	if (rc != RC_OK && !is_over(rc))
		return rc;
	if (rc != RC_OK)
		tx->batch = store_batch_new(tx->a);
	store_delete(tx->batch, TABLE_RECOVERY_REQUEST, job->key, version);
	return RC_OK;
}

static enum rc process_request(struct recovery_mailer *f, struct arena *a, struct str key)
{
	static const struct actor actor = {.kind = ACTOR_JOB};
	struct recovery_job job = {f, key};

	return tx_run(f->p, &actor, a, process_attempt, &job);
}

struct recovery_request_keys {
	struct arena *a;
	struct str v[RECOVERY_REQUESTS_MAX];
	size_t n;
};

static bool add_key(void *data, const struct store_record *record)
{
	struct recovery_request_keys *keys = data;

	keys->v[keys->n++] = str_dup(keys->a, record->key);
	return keys->n < RECOVERY_REQUESTS_MAX;
}

static enum rc find_requests(struct recovery_mailer *f, struct recovery_request_keys *keys)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	enum rc rc = store_snapshot_begin(f->p->store, &snap);

	if (rc != RC_OK)
		return rc;
	return store_scan(snap, TABLE_RECOVERY_REQUEST, STR_NONE, STR_NONE, false, add_key, keys);
}

enum rc recovery_mailer_scan(struct recovery_mailer *f)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct recovery_request_keys *keys = arena_new_of(a, struct recovery_request_keys);
	enum rc rc, failed = RC_OK;

	keys->a = a;
	rc = find_requests(f, keys);
	for (size_t i = 0; rc == RC_OK && i < keys->n; i++) {
		struct arena *own = arena_new(ARENA_MAX);
		enum rc done = process_request(f, own, keys->v[i]);

		arena_free(own);
		/* Taken by another process, or something it read has changed: the next look. */
		if (done != RC_OK && done != RC_NOT_FOUND && done != RC_CONFLICT)
			failed = done;
	}
	if (keys->n)
		outbox_wake(f->p->outbox);
	return rc != RC_OK ? rc : failed;
}

/* --- the thread --- */

struct recovery_mailer *recovery_mailer_new(const struct app *p, struct throttle *throttle)
{
	struct recovery_mailer *f = xcalloc(1, sizeof(*f));

	*f = (struct recovery_mailer){.p = p, .throttle = throttle};
	return f;
}

static void scan_again(void *data)
{
	enum rc rc = recovery_mailer_scan(data);

	if (rc != RC_OK)
		log_emit(LOG_EVENT_JOB_FAILED, LOG_C("job", "forgotten"), LOG_RC(rc));
}

void recovery_mailer_start(struct recovery_mailer *f)
{
	f->ticker = ticker_start(RECOVERY_MAIL_SCAN, scan_again, f);
}

void recovery_mailer_stop(struct recovery_mailer *f)
{
	ticker_stop(f->ticker);
	f->ticker = NULL;
}

void recovery_mailer_free(struct recovery_mailer *f)
{
	if (!f)
		return;
	recovery_mailer_stop(f);
	free(f);
}
