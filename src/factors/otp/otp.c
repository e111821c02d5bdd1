/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "factors/otp/otp.h"

#include "base/die.h"
#include "base/secret.h"
#include "codec/thai.h"
#include "deliver/text.h"
#include "core/op.h"
#include "base/random.h"
#include "crypto/hash.h"
#include "factors/otp/otp_record.h"
#include "directory/directory.h"

#define CODES     1000000u /* 10^OTP_DIGITS */
#define SITE_MAX  120      /* bytes of the site's name in a message */
#define MAC_INPUT 1024u
#define TEXT_MAX  1000u

struct otp_factor {
	struct factor base;
	enum otp_channel channel;
	const struct otp_post *post;
	struct throttle *throttle;
};

static struct otp_factor *of(struct factor *f)
{
	return (struct otp_factor *)f;
}

/* Only an address that was proven to be the person's. */
static struct str proven_of(const struct otp_factor *f, const struct person *p)
{
	if (f->channel == OTP_EMAIL)
		return p->email_verified ? p->email : STR_NONE;
	return p->mobile_verified ? p->mobile : STR_NONE;
}

static struct str target_of(const struct otp_factor *f, const struct factor_binding *b)
{
	return b->target.n ? b->target : proven_of(f, &b->person);
}

static struct str masked(const struct otp_factor *f, struct arena *a, struct str target)
{
	return f->channel == OTP_EMAIL ? thai_email_mask(a, target) : thai_mobile_mask(a, target);
}

static bool otp_can_use(
	struct factor *f, struct op *op, const struct person *person, struct factor_target *ret)
{
	struct str target = proven_of(of(f), person);

	if (!target.n || !of(f)->post->offers(of(f)->post->data, of(f)->channel))
		return false;
	*ret = (struct factor_target){
		.masked = masked(of(f), op->tx.a, target),
		.mail = of(f)->channel == OTP_EMAIL,
		.changed = of(f)->channel == OTP_EMAIL ? person->email_changed
						       : person->mobile_changed,
	};
	return true;
}

static struct str otp_key(struct op *op, const struct factor_binding *b)
{
	return key_join(op->tx.a, b->person.id, str_c(b->purpose));
}

/* Each part with its length, so that no two bindings give the same bytes. */
static struct str mac_of(
	struct op *op, const struct factor_binding *b, struct str target, struct str code)
{
	const struct str parts[] = {
		str_c(b->purpose), b->person.id, b->client, b->transaction, target, code};
	unsigned char *mac = arena_alloc(op->tx.a, SHA256_SIZE);
	struct buf input;

	buf_init(&input, op->tx.a, MAC_INPUT);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		buf_addf(&input, "%zu:", parts[i].n);
		buf_add(&input, parts[i]);
	}
	if (buf_status(&input) != RC_OK)
		die("otp: a part of the binding was not bounded");
	hmac_sha256(
		(struct str){(const char *)op->tx.app->vault->otp, sizeof(op->tx.app->vault->otp)},
		buf_str(&input), mac);
	return (struct str){(const char *)mac, SHA256_SIZE};
}

/* Every code is as likely as any other: numbers past the last whole million are drawn again. */
static struct str new_code(struct op *op)
{
	const uint32_t limit = UINT32_MAX - UINT32_MAX % CODES;
	struct buf code;
	uint32_t n;

	do
		rng_fill(op->tx.app->rng, &n, sizeof(n));
	while (n >= limit);
	buf_init(&code, op->tx.a, OTP_DIGITS);
	buf_addf(&code, "%06u", n % CODES);
	return buf_str(&code);
}

/* Without 0 O 1 I, which people mix up. */
static struct str new_reference(struct op *op)
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
	unsigned char random[OTP_REFERENCE];
	char *text = arena_alloc(op->tx.a, OTP_REFERENCE + 1);

	_Static_assert(sizeof(letters) == 33, "a letter takes five bits");
	rng_fill(op->tx.app->rng, random, sizeof(random));
	for (size_t i = 0; i < OTP_REFERENCE; i++)
		text[i] = letters[random[i] % 32];
	return (struct str){text, OTP_REFERENCE};
}

/* At most SITE_MAX bytes, not cut inside a letter. */
static struct str short_site(struct str site)
{
	size_t n = 0;

	while (n < site.n) {
		size_t step = str_utf8_step(str_sub(site, n, site.n));

		if (!step || n + step > SITE_MAX)
			break;
		n += step;
	}
	return str_sub(site, 0, n);
}

/* No links in an SMS with a code (docs/mail-and-sms.md): a portal's name must not become one, nor
 * keep the message from being sent. */
static struct str site_name(struct op *op, const struct otp_factor *f, struct str site)
{
	site = short_site(site);
	return f->channel == OTP_SMS ? text_without_links(op->tx.a, site) : site;
}

/* What a message says of its code's purpose, and to somebody who asked for none. */
struct otp_wording {
	const char *purpose;
	const char *th, *en;
	const char *otherwise;
};

static const char not_asked[] =
	"หากท่านไม่ได้ขอรหัสนี้ ไม่ต้องดำเนินการใด ๆ และอย่าบอกรหัสแก่ผู้ใด\n"
	"If you did not ask for this code, do nothing and tell it to nobody.\n";

static const struct otp_wording wordings[] = {
	{OTP_FOR_LOGIN, "เข้าสู่ระบบ", "to sign in",
		"หากท่านไม่ได้เข้าสู่ระบบ มีผู้รู้รหัสผ่านของท่าน กรุณาเปลี่ยนรหัสผ่านและแจ้งผู้ดูแล SSO ของหน่วยงาน\n"
		"If you are not signing in, somebody knows your password: change it and "
		"tell your office's SSO admin.\n"},
	{OTP_FOR_EMAIL, "ยืนยันอีเมลนี้", "to confirm this email address", not_asked},
	{OTP_FOR_MOBILE, "ยืนยันหมายเลขโทรศัพท์นี้", "to confirm this mobile number", not_asked},
	{OTP_FOR_RECOVERY, "ตั้งรหัสผ่านใหม่", "to set a new password", not_asked},
};

static const struct otp_wording *wording_of(const char *purpose)
{
	for (size_t i = 0; i < sizeof(wordings) / sizeof(wordings[0]); i++)
		if (strcmp(wordings[i].purpose, purpose) == 0)
			return wordings + i;
	die("otp: a code without a purpose");
}

static struct str message_text(struct op *op, const struct otp_factor *f,
	const struct factor_binding *b, struct str code, struct str reference)
{
	const struct otp_wording *w = wording_of(b->purpose);
	struct str site = site_name(op, f, b->site);
	struct buf text;

	buf_init(&text, op->tx.a, TEXT_MAX);
	buf_addf(&text, "รหัส OTP: %.*s (รหัสอ้างอิง %.*s) สำหรับ%s", STR_FMT(code), STR_FMT(reference),
		w->th);
	if (site.n)
		buf_addf(&text, " %.*s", STR_FMT(site));
	buf_addf(&text, " ใช้ได้ %d นาที ห้ามบอกผู้อื่น", OTP_LIFE / 60);
	if (f->channel == OTP_EMAIL) {
		buf_addf(&text, "\n\nYour one-time code is %.*s (reference %.*s), %s",
			STR_FMT(code), STR_FMT(reference), w->en);
		if (site.n)
			buf_addf(&text, " (%.*s)", STR_FMT(site));
		buf_addf(&text, ". It is good for %d minutes. Tell it to nobody.\n\n",
			OTP_LIFE / 60);
		buf_add_c(&text, w->otherwise);
	}
	return buf_str(&text);
}

static enum rc send(struct op *op, const struct otp_factor *f, const struct factor_binding *b,
	struct str target, struct str code, struct otp *otp)
{
	struct buf subject;
	struct otp_message m = {
		.channel = f->channel,
		.target = target,
		.text = message_text(op, f, b, code, otp->reference),
		.purpose = b->purpose,
		.person = b->person.id,
		.not_after = otp->expires,
		.ret_id = &otp->message,
	};

	buf_init(&subject, op->tx.a, 200);
	buf_addf(&subject, "รหัส OTP (อ้างอิง %.*s)", STR_FMT(otp->reference));
	if (f->channel == OTP_EMAIL)
		m.subject = buf_str(&subject);
	return f->post->put(f->post->data, op, &m);
}

/* A code that is replaced or used up does not come once more: its sender may have died, or its
 * provider not have answered. */
static enum rc take_back(struct factor *f, struct op *op, const struct otp *otp)
{
	const struct otp_post *post = of(f)->post;

	return post->take_back ? post->take_back(post->data, op, otp->message) : RC_OK;
}

/* An address that somebody typed is anybody's: by person and purpose as many as to one address, or
 * a login would send codes to one stranger after the other. */
static enum rc count_typed(const struct otp_factor *f, struct op *op,
	const struct factor_binding *b, int64_t *ret_wait)
{
	struct buf name;

	if (!b->target.n)
		return RC_OK;
	buf_init(&name, op->tx.a, 100);
	buf_addf(&name, "%s:%.*s", b->purpose, STR_FMT(b->person.id));
	return throttle_take(f->throttle, &op->tx, THROTTLE_CODES_TYPED, buf_str(&name), ret_wait);
}

static enum rc otp_trigger(
	struct factor *f, struct op *op, const struct factor_binding *b, int64_t *ret_wait)
{
	struct str key = otp_key(op, b), target = target_of(of(f), b), code;
	uint64_t version = STORE_ABSENT;
	struct otp old = {0}, new;
	enum rc rc = record_get(op->tx.snap, TABLE_OTP, key, op->tx.a, &old, &version);

	if (!target.n)
		return RC_DENIED;
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (rc == RC_OK && op->tx.now < old.sent + OTP_RESEND) {
		*ret_wait = old.sent + OTP_RESEND - op->tx.now;
		return RC_LIMITED;
	}
	code = new_code(op);
	new = (struct otp){
		.mac = mac_of(op, b, target, code),
		.transaction = b->transaction,
		.factor = str_c(f->type->name),
		.reference = new_reference(op),
		.sent = op->tx.now,
		.expires = op->tx.now + OTP_LIFE,
	};
	*ret_wait = OTP_RESEND;
	rc = count_typed(of(f), op, b, ret_wait);
	if (rc == RC_OK)
		rc = throttle_take(of(f)->throttle, &op->tx, THROTTLE_CODES, target, ret_wait);
	if (rc == RC_OK)
		rc = send(op, of(f), b, target, code, &new);
	if (rc == RC_OK)
		rc = take_back(f, op, &old);
	if (rc == RC_OK)
		record_put(op->tx.batch, TABLE_OTP, op->tx.a, key, &new, version);
	return rc;
}

/* The live code of this transaction by this factor. */
static enum rc otp_find(struct factor *f, struct op *op, const struct factor_binding *b,
	struct otp *ret, uint64_t *ret_version)
{
	enum rc rc = record_get(op->tx.snap, TABLE_OTP, otp_key(op, b), op->tx.a, ret, ret_version);

	if (rc != RC_OK)
		return rc;
	if (!str_eq(ret->transaction, b->transaction) || !str_eq_c(ret->factor, f->type->name))
		return RC_NOT_FOUND;
	return RC_OK;
}

static int64_t left(int64_t until, int64_t now)
{
	return until > now ? until - now : 0;
}

static enum rc otp_state(
	struct factor *f, struct op *op, const struct factor_binding *b, struct factor_sent *ret)
{
	const struct otp_post *post = of(f)->post;
	struct otp otp;
	enum rc rc = otp_find(f, op, b, &otp, NULL);

	if (rc != RC_OK)
		return rc;
	*ret = (struct factor_sent){
		.masked = masked(of(f), op->tx.a, target_of(of(f), b)),
		.reference = otp.reference,
		.seconds = left(otp.expires, op->tx.now),
		.resend = left(otp.sent + OTP_RESEND, op->tx.now),
		.stuck = post->stuck && post->stuck(post->data, op, otp.message),
	};
	return RC_OK;
}

static enum rc otp_count(
	struct factor *f, struct op *op, const struct account *account, int64_t *ret_wait)
{
	const struct throttle_attempt who = {
		.account = account->id,
		.person = account->person,
		.address = op->x->request.peer,
		.code = true,
	};
	struct throttle_ticket ticket;

	return throttle_begin(of(f)->throttle, op->tx.a, &who, &ticket, ret_wait);
}

static enum rc otp_validate(struct factor *f, struct op *op, const struct factor_binding *b,
	struct str typed, struct factor_verdict *ret)
{
	uint64_t version;
	struct otp otp;
	struct str mac;
	enum rc rc = otp_find(f, op, b, &otp, &version);

	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (rc == RC_NOT_FOUND || op->tx.now >= otp.expires) {
		*ret = (struct factor_verdict){.outcome = FACTOR_OVER, .why = "code_over"};
		return RC_OK;
	}
	mac = mac_of(op, b, target_of(of(f), b), str_sub(typed, 0, OTP_DIGITS + 1));
	if (!secret_equal(mac, otp.mac)) {
		*ret = (struct factor_verdict){.outcome = FACTOR_WRONG, .why = "wrong_code"};
		return RC_OK;
	}
	store_delete(op->tx.batch, TABLE_OTP, otp_key(op, b), version);
	*ret = (struct factor_verdict){.outcome = FACTOR_PROVEN};
	return take_back(f, op, &otp);
}

static void otp_free(struct factor *f)
{
	free(f);
}

#define OTP_TYPE(word)                                                                             \
	{                                                                                          \
		.name = (word), .amr = "otp", .can_use = otp_can_use, .trigger = otp_trigger,      \
		.state = otp_state, .count = otp_count, .validate = otp_validate, .free = otp_free \
	}

static const struct factor_type types[] = {
	[OTP_EMAIL] = OTP_TYPE("otp_email"),
	[OTP_SMS] = OTP_TYPE("otp_sms"),
};

struct factor *otp_new(
	enum otp_channel channel, const struct otp_post *post, struct throttle *throttle)
{
	struct otp_factor *f = xcalloc(1, sizeof(*f));

	f->base.type = &types[channel];
	f->channel = channel;
	f->post = post;
	f->throttle = throttle;
	return &f->base;
}
