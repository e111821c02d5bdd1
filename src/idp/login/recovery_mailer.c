/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/recovery_mailer.h"

#include "audit/audit.h"
#include "base/die.h"
#include "obs/log.h"
#include "base/ticker.h"
#include "base/array.h"
#include "deliver/mail_compose.h"
#include "deliver/outbox.h"
#include "directory/credential.h"
#include "directory/directory.h"
#include "directory/names.h"
#include "core/admission.h"
#include "core/event.h"
#include "core/handle.h"
#include "idp/login/recovery_records.h"
#include "web/device.h"
#include "web/field_macros.h"
#include "base/clock.h"
#include "deliver/security_notification.h"
#include "directory/standing.h"

#define DEVICE_BYTES      128u
#define RECOVERY_LOOK_MAX 4096u /* requests of one look; the next follows at once */
#define RECOVERY_LOOKS    16    /* of one scan */
#define RECOVERY_GROUP    64u   /* requests whose names are looked for together */

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

/* In the trail and in the text; only those from CLOSED on are written to the person. */
static const char *const outcome_words[] = {
	"nobody", "no_contact", "closed", "never_set", "one_proof", "link", NULL};
_Static_assert(ARRAY_LEN(outcome_words) == OUTCOMES + 1, "a word for each outcome");

#define M struct recovery_mail
static const struct tmpl_field mail_fields[] = {
	F_WORD(M, outcome, NULL, outcome_words),
	F(M, name, TMPL_TEXT),
	F(M, username, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F(M, device, TMPL_TEXT),
	F(M, address, TMPL_TEXT),
	F(M, admin_name, TMPL_TEXT),
	F(M, admin_phone, TMPL_TEXT),
	F(M, link, TMPL_URL),
	F(M, when, TMPL_TIME),
	F(M, life, TMPL_DURATION),
	F_END,
};
#undef M
const struct text_type text_recovery_mail = {"recovery-mail.txt", mail_fields};

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

	if (q->ask.username.n)
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

static struct str device_of(const struct recovery_case *q, enum web_lang lang)
{
	struct buf device;

	buf_init(&device, q->tx->a, DEVICE_BYTES);
	web_device_add(&device, lang, q->ask.user_agent);
	return buf_str(&device);
}

static struct recovery_mail mail_model(const struct recovery_case *q, enum recovery_outcome outcome,
	struct str link, enum web_lang lang)
{
	bool english = lang == WEB_EN && q->office.name_en.n;

	return (struct recovery_mail){
		.outcome = (int)outcome,
		.name = person_name(q->tx->a, &q->person, lang),
		.username = username_mask(q->tx->a, q->account.username),
		.office = english ? q->office.name_en : q->office.name_th,
		.device = device_of(q, lang),
		.address = q->ask.address,
		.admin_name = q->office.admin_name,
		.admin_phone = q->office.admin_phone,
		.link = link,
		.when = q->ask.asked,
		.life = RECOVERY_LINK_LIFETIME,
	};
}

static enum rc mail_post(
	const struct recovery_case *q, enum recovery_outcome outcome, struct str link)
{
	const struct recovery_mail th = mail_model(q, outcome, link, WEB_TH);
	const struct recovery_mail en = mail_model(q, outcome, link, WEB_EN);
	struct outbox_message m = {
		.kind = MESSAGE_EMAIL,
		.target = q->person.email,
		.purpose = STR("password_reset"),
		.person = q->person.id,
		.not_after = q->tx->now + RECOVERY_LINK_LIFETIME,
	};
	const char *why = NULL;
	enum rc rc = mail_compose(q->tx, &text_recovery_mail, &q->person, &th, &en, &m);

	if (rc != RC_OK)
		return rc;
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
		.detail = str_c(outcome_words[outcome]),
	};

	event_audit(q->tx->batch, q->tx->a, &entry);
}

/* RC_LIMITED: too many; nothing is done. */
static enum rc answer_request(struct recovery_case *q)
{
	enum recovery_outcome outcome = decide_mail(q);
	bool written = outcome >= CLOSED;
	struct str link = STR_NONE;
	enum rc rc = RC_OK;

	if (q->latest.asked && q->tx->now < q->latest.asked + RECOVERY_MAIL_GAP)
		return RC_LIMITED;
	if (written)
		rc = count_target(q);
	if (rc == RC_OK && outcome == LINK)
		link = put_link(q);
	if (rc == RC_OK && written)
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

/* --- a look at all of them --- */

/* What waits, in the order in which it is processed: networks take turns, so that a flood of
 * requests from one delays those of others by one each. */
struct waiting_request {
	struct fair_item item;
	struct str key;
	bool of_nobody;
};

struct recovery_look {
	struct arena *a;
	struct fair_queue *queue;
	struct waiting_request *v[RECOVERY_LOOK_MAX];
	size_t n;
};

static bool add_request(void *data, const struct store_record *record)
{
	struct recovery_look *look = data;
	struct waiting_request *w = arena_new_of(look->a, struct waiting_request);
	struct recovery_request ask;

	w->key = str_dup(look->a, record->key);
	if (field_decode(&record_recovery_request, look->a, record->value, &ask) == RC_OK)
		admission_network(&w->item, ask.address);
	(void)fair_queue_put(look->queue, &w->item, RECOVERY_LOOK_MAX);
	return ++look->n < RECOVERY_LOOK_MAX;
}

static enum rc find_requests(struct recovery_mailer *f, struct recovery_look *look)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	enum rc rc = store_snapshot_begin(f->p->store, &snap);

	if (rc == RC_OK)
		rc = store_scan(
			snap, TABLE_RECOVERY_REQUEST, STR_NONE, STR_NONE, false, add_request, look);
	for (size_t i = 0; i < look->n; i++) {
		struct fair_item *item = fair_queue_take(look->queue, RECOVERY_LOOK_MAX);

		look->v[i] = (struct waiting_request *)item;
		fair_queue_done(look->queue, item);
	}
	return rc;
}

struct recovery_group {
	const struct recovery_mailer *f;
	struct waiting_request **v;
	size_t n;
};

/* Names that nobody has, which anybody can send without end, are ended together. */
static enum rc end_nobodys(struct tx *tx, void *data)
{
	const struct recovery_group *group = data;

	for (size_t i = 0; i < group->n; i++) {
		struct recovery_case q = {.f = group->f, .tx = tx};
		uint64_t version;
		enum rc rc = record_get(tx->snap, TABLE_RECOVERY_REQUEST, group->v[i]->key, tx->a,
			&q.ask, &version);

		if (rc == RC_OK)
			rc = find_holder(&q);
		else if (rc == RC_NOT_FOUND)
			continue;
		group->v[i]->of_nobody = rc == RC_NOT_FOUND;
		if (rc == RC_NOT_FOUND)
			store_delete(tx->batch, TABLE_RECOVERY_REQUEST, group->v[i]->key, version);
		else if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc process_group(struct recovery_mailer *f, struct recovery_group *group)
{
	static const struct actor actor = {.kind = ACTOR_JOB};
	struct arena *a = arena_new(ARENA_MAX_CLI);
	enum rc failed = tx_run(f->p, &actor, a, end_nobodys, group);

	arena_free(a);
	for (size_t i = 0; i < group->n; i++) {
		struct arena *own;
		enum rc done;

		if (failed == RC_OK && group->v[i]->of_nobody)
			continue;
		own = arena_new(ARENA_MAX);
		done = process_request(f, own, group->v[i]->key);
		arena_free(own);
		/* Taken by another process, or something it read has changed: the next look. */
		if (done != RC_OK && done != RC_NOT_FOUND && done != RC_CONFLICT)
			failed = done;
	}
	return failed == RC_CONFLICT ? RC_OK : failed;
}

static enum rc look_at_requests(struct recovery_mailer *f, size_t *ret_n)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX_CLI);
	struct recovery_look *look = arena_new_of(a, struct recovery_look);
	enum rc rc, failed = RC_OK;
	uint64_t seed;

	rng_fill(f->p->rng, &seed, sizeof(seed));
	look->a = a;
	look->queue = fair_queue_new(seed);
	rc = find_requests(f, look);
	for (size_t i = 0; rc == RC_OK && i < look->n; i += RECOVERY_GROUP) {
		struct recovery_group group = {f, look->v + i, look->n - i};
		enum rc done;

		if (group.n > RECOVERY_GROUP)
			group.n = RECOVERY_GROUP;
		done = process_group(f, &group);
		failed = done != RC_OK ? done : failed;
	}
	fair_queue_free(look->queue);
	*ret_n = look->n;
	return rc != RC_OK ? rc : failed;
}

enum rc recovery_mailer_scan(struct recovery_mailer *f)
{
	size_t n = RECOVERY_LOOK_MAX;
	enum rc rc = RC_OK;

	for (int i = 0; rc == RC_OK && n == RECOVERY_LOOK_MAX && i < RECOVERY_LOOKS; i++) {
		rc = look_at_requests(f, &n);
		if (n)
			outbox_wake(f->p->outbox);
	}
	return rc;
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
	f->ticker = ticker_start("recovery-mail", RECOVERY_MAIL_SCAN, scan_again, f);
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
