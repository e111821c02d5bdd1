/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/challenge/challenge.h"

#include "base/array.h"
#include "base/random.h"
#include "crypto/hash.h"
#include "idp/challenge/otp_record.h"
#include "directory/records.h"
#include "core/handle.h"
#include "directory/directory.h"
#include "base/secret.h"
#include "codec/email.h"
#include "codec/thai.h"
#include "codec/typed.h"
#include "idp/challenge/challenge_text.h"

#include <stddef.h>

#define CODES       1000000u /* 10^CHALLENGE_DIGITS */
#define MAC_INPUT   2048u
#define EARLIER_MAX (4 * SHA256_SIZE) /* of five codes of a login */

static const struct field otp_fields[] = {
	{1, "mac", FIELD_BYTES, 0, offsetof(struct otp, mac), 32, NULL, "of the code"},
	{2, "transaction", FIELD_BYTES, 0, offsetof(struct otp, transaction), 32, NULL,
		"the login it belongs to"},
	{3, "factor", FIELD_STR, 0, offsetof(struct otp, factor), 40, NULL, "which sent it"},
	{4, "reference", FIELD_STR, 0, offsetof(struct otp, reference), 8, NULL, "shown"},
	{5, "sent", FIELD_TIME, 0, offsetof(struct otp, sent), 0, NULL, "when"},
	{6, "expires", FIELD_TIME, 0, offsetof(struct otp, expires), 0, NULL, "dies"},
	{7, "message", FIELD_STR, 0, offsetof(struct otp, message), ID_SIZE, NULL, "that took it"},
	{8, "earlier", FIELD_BYTES, 0, offsetof(struct otp, earlier), EARLIER_MAX, NULL,
		"macs of the codes that it replaced"},
};
const struct record_type record_otp = {
	"otp", sizeof(struct otp), otp_fields, ARRAY_LEN(otp_fields)};

struct str challenge_contact(enum auth_contact contact, const struct person *p)
{
	if (contact == AUTH_CONTACT_EMAIL)
		return p->email_verified && email_ok(p->email) ? p->email : STR_NONE;
	if (contact == AUTH_CONTACT_MOBILE)
		return p->mobile_verified ? p->mobile : STR_NONE;
	return STR_NONE;
}

static struct str target_of(const struct challenge *c)
{
	return c->target.n ? c->target : challenge_contact(c->method->contact, c->person);
}

static struct str masked(enum auth_contact contact, struct arena *a, struct str target)
{
	return contact == AUTH_CONTACT_EMAIL ? thai_email_mask(a, target)
					     : thai_mobile_mask(a, target);
}

bool challenge_available(const struct auth_method *m, struct op *op, const struct person *person,
	struct auth_target *ret)
{
	const struct challenges *all = op->tx.app->challenges;
	struct str target;

	if (!all || !all->post->offers(all->post->data, m->contact))
		return false;
	if (!person)
		return true;
	target = challenge_contact(m->contact, person);
	if (!target.n)
		return false;
	*ret = (struct auth_target){
		.masked = masked(m->contact, op->tx.a, target),
		.changed = m->contact == AUTH_CONTACT_EMAIL ? person->email_changed
							    : person->mobile_changed,
	};
	return true;
}

static struct str key_of(struct op *op, const struct challenge *c)
{
	return key_join(op->tx.a, c->person->id, str_c(c->purpose));
}

/* Each part with its length, so that no two challenges give the same bytes. */
static struct str mac_of(
	struct op *op, const struct challenge *c, struct str target, struct str code)
{
	const struct str parts[] = {
		str_c(c->purpose), c->person->id, c->client, c->transaction, target, code, c->text};
	size_t n = ARRAY_LEN(parts) - (c->text.n == 0);
	unsigned char *mac = arena_alloc(op->tx.a, SHA256_SIZE);
	struct buf input;

	buf_init(&input, op->tx.a, MAC_INPUT);
	for (size_t i = 0; i < n; i++) {
		buf_addf(&input, "%zu:", parts[i].n);
		buf_add(&input, parts[i]);
	}
	if (buf_status(&input) != RC_OK || c->text.n > CHALLENGE_TEXT_MAX)
		arena_fail(op->tx.a, "a part of a challenge was not bounded");
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
	buf_init(&code, op->tx.a, CHALLENGE_DIGITS);
	buf_addf(&code, "%06u", n % CODES);
	return buf_str(&code);
}

/* Without 0 O 1 I, which people mix up. */
static struct str new_reference(struct op *op)
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
	unsigned char random[CHALLENGE_REFERENCE];
	char *text = arena_alloc(op->tx.a, CHALLENGE_REFERENCE + 1);

	_Static_assert(sizeof(letters) == 33, "a letter takes five bits");
	rng_fill(op->tx.app->rng, random, sizeof(random));
	for (size_t i = 0; i < CHALLENGE_REFERENCE; i++)
		text[i] = letters[random[i] % 32];
	return (struct str){text, CHALLENGE_REFERENCE};
}

static enum rc post_code(struct op *op, const struct challenge *c, struct str target,
	struct str code, struct otp *otp)
{
	const struct challenge_post *post = op->tx.app->challenges->post;
	struct web_mail text;
	struct challenge_message m = {
		.contact = c->method->contact,
		.target = target,
		.purpose = c->purpose,
		.person = c->person->id,
		.not_after = otp->expires,
		.ret_id = &otp->message,
	};

	if (challenge_text(op, c, code, otp->reference, &text) != RC_OK)
		return RC_INTERNAL;
	m.subject = text.subject;
	m.text = text.text;
	return post->put(post->data, op, &m);
}

/* A code that is replaced or used up does not come once more: its sender may have died, or its
 * provider not have answered. */
static enum rc cancel_message(struct op *op, const struct otp *otp)
{
	const struct challenge_post *post = op->tx.app->challenges->post;

	return post->take_back ? post->take_back(post->data, op, otp->message) : RC_OK;
}

/* An address that somebody typed is anybody's: by person and purpose as many as to one address, or
 * a login would send codes to one stranger after the other. */
static enum rc count_typed(struct op *op, const struct challenge *c, int64_t *ret_wait)
{
	struct buf name;

	if (!c->target.n)
		return RC_OK;
	buf_init(&name, op->tx.a, 100);
	buf_addf(&name, "%s:%.*s", c->purpose, STR_FMT(c->person->id));
	return throttle_take(op->tx.app->challenges->throttle, &op->tx, THROTTLE_CODES_TYPED,
		buf_str(&name), ret_wait);
}

/* Is it a code that this transaction had before? A code of another method went to the other
 * contact. */
static bool is_earlier(
	struct op *op, const struct challenge *c, const struct otp *otp, struct str code)
{
	const struct str targets[] = {target_of(c),
		c->target.n ? STR_NONE : challenge_contact(AUTH_CONTACT_EMAIL, c->person),
		c->target.n ? STR_NONE : challenge_contact(AUTH_CONTACT_MOBILE, c->person)};
	bool found = false;

	for (size_t t = 0; t < ARRAY_LEN(targets); t++) {
		struct str mac = targets[t].n ? mac_of(op, c, targets[t], code) : STR_NONE;

		for (size_t i = 0; mac.n && i + SHA256_SIZE <= otp->earlier.n; i += SHA256_SIZE)
			found |= secret_equal(mac, str_sub(otp->earlier, i, SHA256_SIZE));
	}
	return found;
}

/* The macs of the codes before the next one, if it belongs to the same transaction. */
static struct str earlier_of(struct op *op, const struct challenge *c, const struct otp *old)
{
	struct buf macs;

	if (old->mac.n != SHA256_SIZE || !str_eq(old->transaction, c->transaction))
		return STR_NONE;
	buf_init(&macs, op->tx.a, EARLIER_MAX);
	buf_add(&macs, old->mac);
	buf_add(&macs, str_sub(old->earlier, 0, EARLIER_MAX - SHA256_SIZE));
	return buf_str(&macs);
}

/* RC_DENIED: there is no contact to send to. */
static enum rc issue(struct op *op, const struct challenge *c, int64_t *ret_wait)
{
	struct str key = key_of(op, c), target = target_of(c), code;
	uint64_t version = STORE_ABSENT;
	struct otp old = {0}, new = {0};
	enum rc rc = record_get(op->tx.snap, TABLE_OTP, key, op->tx.a, &old, &version);

	if (!target.n)
		return RC_DENIED;
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (rc == RC_OK && op->tx.now < old.sent + CHALLENGE_RESEND) {
		*ret_wait = old.sent + CHALLENGE_RESEND - op->tx.now;
		return RC_LIMITED;
	}
	new.earlier = earlier_of(op, c, &old);
	do
		code = new_code(op);
	while (is_earlier(op, c, &new, code)); /* what is typed is one of them, never two */
	new = (struct otp){
		.mac = mac_of(op, c, target, code),
		.transaction = c->transaction,
		.factor = str_c(c->method->name),
		.reference = new_reference(op),
		.sent = op->tx.now,
		.expires = op->tx.now + CHALLENGE_LIFE,
		.earlier = new.earlier,
	};
	*ret_wait = CHALLENGE_RESEND;
	rc = count_typed(op, c, ret_wait);
	if (rc == RC_OK)
		rc = throttle_take(op->tx.app->challenges->throttle, &op->tx, THROTTLE_CODES,
			target, ret_wait);
	if (rc == RC_OK)
		rc = post_code(op, c, target, code, &new);
	if (rc == RC_OK)
		rc = cancel_message(op, &old);
	if (rc == RC_OK)
		record_put(op->tx.batch, TABLE_OTP, op->tx.a, key, &new, version);
	return rc;
}

enum auth_reason challenge_send(struct op *op, const struct challenge *c, int64_t *ret_wait)
{
	struct audit_entry entry = op_audit(op, AUDIT_OTP_SENT);
	enum rc rc = issue(op, c, ret_wait);

	if (rc == RC_LIMITED)
		return AUTH_LIMITED;
	if (rc != RC_OK)
		return AUTH_BUSY;
	entry.person = c->person->id;
	entry.account = c->account;
	entry.client = c->client;
	entry.session = c->session;
	if (c->session.n)
		entry.actor = c->person->id;
	entry.detail = str_c(c->method->name);
	op_audit_add(op, &entry);
	return AUTH_REASON_NONE;
}

/* The live code of this transaction by this method. */
static enum rc find_challenge(
	struct op *op, const struct challenge *c, struct otp *ret, uint64_t *ret_version)
{
	enum rc rc = record_get(op->tx.snap, TABLE_OTP, key_of(op, c), op->tx.a, ret, ret_version);

	if (rc != RC_OK)
		return rc;
	if (!str_eq(ret->transaction, c->transaction) || !str_eq_c(ret->factor, c->method->name))
		return RC_NOT_FOUND;
	return RC_OK;
}

static int64_t left(int64_t until, int64_t now)
{
	return until > now ? until - now : 0;
}

enum rc challenge_state(struct op *op, const struct challenge *c, struct challenge_sent *ret)
{
	const struct challenge_post *post = op->tx.app->challenges->post;
	struct otp otp;
	enum rc rc = find_challenge(op, c, &otp, NULL);

	*ret = (struct challenge_sent){.seconds = 0};
	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	*ret = (struct challenge_sent){
		.masked = masked(c->method->contact, op->tx.a, target_of(c)),
		.reference = otp.reference,
		.seconds = left(otp.expires, op->tx.now),
		.resend = left(otp.sent + CHALLENGE_RESEND, op->tx.now),
		.stuck = post->stuck && post->stuck(post->data, op, otp.message),
	};
	return RC_OK;
}

bool challenge_alive(struct op *op, const struct challenge *c)
{
	struct challenge_sent sent;

	return challenge_state(op, c, &sent) == RC_OK && sent.seconds > 0;
}

enum rc challenge_verify(
	struct op *op, const struct challenge *c, struct str typed, enum auth_reason *ret)
{
	uint64_t version;
	struct otp otp;
	struct str mac;
	enum rc rc = find_challenge(op, c, &otp, &version);

	*ret = AUTH_OVER;
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (rc == RC_NOT_FOUND || op->tx.now >= otp.expires)
		return RC_OK;
	mac = mac_of(op, c, target_of(c), str_sub(typed, 0, CHALLENGE_DIGITS + 1));
	*ret = AUTH_WRONG;
	if (!secret_equal(mac, otp.mac))
		return RC_OK;
	store_delete(op->tx.batch, TABLE_OTP, key_of(op, c), version);
	*ret = AUTH_REASON_NONE;
	return cancel_message(op, &otp);
}

const char *challenge_why(enum auth_reason reason)
{
	switch (reason) {
	case AUTH_OVER: return "code_over";
	case AUTH_MALFORMED: return "malformed_code";
	case AUTH_REPLACED: return "replaced_code";
	default: return "wrong_code";
	}
}

/* Is it, instead of the code under way, one that was replaced by it? */
static bool is_replaced(struct op *op, const struct challenge *c, struct str code)
{
	struct otp otp;

	if (record_get(op->tx.snap, TABLE_OTP, key_of(op, c), op->tx.a, &otp, NULL) != RC_OK)
		return false;
	return str_eq(otp.transaction, c->transaction) && is_earlier(op, c, &otp, code);
}

enum auth_reason challenge_judge(struct op *op, const struct challenge *c)
{
	struct str code = challenge_typed(op);

	if (!code.n)
		return AUTH_MALFORMED;
	return is_replaced(op, c, code) ? AUTH_REPLACED : AUTH_REASON_NONE;
}

bool challenge_may_mistype(struct op *op, struct str login)
{
	int64_t wait;

	return throttle_take(op->tx.app->throttle, &op->tx, THROTTLE_NO_CODES, login, &wait) ==
	       RC_OK;
}

void challenge_count(
	struct op *op, struct str account, struct str person, struct challenge_counted *ret)
{
	const struct throttle_attempt who = {
		.account = account,
		.person = person,
		.address = op->x->request.peer,
		.code = true,
	};
	struct throttle_ticket ticket = {.left = 0};

	ret->called = true;
	if (ret->reason != AUTH_REASON_NONE)
		return;
	ret->rc = throttle_begin(
		op->tx.app->challenges->throttle, op->tx.a, &who, &ticket, &ret->wait);
	ret->left = ticket.left;
	ret->lock = ticket.lock;
}

/* Whose attempt, and whether it is one: kept when the snapshot is gone. */
struct challenge_owner {
	bool (*find)(struct op *op, struct account *ret, struct challenge_counted *ret_counted);
	struct account account;
	struct challenge_counted *counted;
};

static bool find_owner(struct op *op, void *ctx)
{
	struct challenge_owner *owner = ctx;

	if (!owner->find(op, &owner->account, owner->counted))
		return false;
	owner->account.id = op_keep(op, owner->account.id);
	owner->account.person = op_keep(op, owner->account.person);
	return true;
}

void challenge_before(struct op *op,
	bool (*find)(struct op *op, struct account *ret, struct challenge_counted *ret_counted))
{
	struct challenge_counted *counted = arena_new_of(op->tx.a, struct challenge_counted);
	struct challenge_owner owner = {.find = find, .counted = counted};

	op->before = counted;
	if (op_prepare(op, find_owner, &owner))
		challenge_count(op, owner.account.id, owner.account.person, counted);
}

bool challenge_blocks(struct op *op,
	bool (*find)(struct op *op, struct account *ret, struct challenge_counted *ret_counted))
{
	struct challenge_counted *counted = arena_new_of(op->tx.a, struct challenge_counted);
	struct challenge_owner owner = {.find = find, .counted = counted};

	op->before = counted;
	counted->called = op_prepare(op, find_owner, &owner);
	return counted->called && counted->reason == AUTH_REASON_NONE;
}

struct str challenge_typed(struct op *op)
{
	struct str code;

	return typed_code(op->tx.a, op_param(op, "code"), CHALLENGE_DIGITS, &code) == RC_OK
		       ? code
		       : STR_NONE;
}
