/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "factors/password/login_password.h"

#include "base/die.h"
#include "core/op.h"
#include "directory/password_login.h"
#include "directory/session.h"
#include "directory/directory.h"

struct login_password {
	struct factor base;
	struct password *password;
	struct throttle *throttle;
};

/* What check found, for accept. */
struct password_proof {
	uint64_t version; /* of the credential that was checked */
	struct credential credential;
};

struct password_lookup {
	struct account account;
	struct credential credential;
	uint64_t version;
	bool has_account, has_credential;
};

static struct login_password *of(struct factor *f)
{
	return (struct login_password *)f;
}

/* A reload may name a set that this process was not started with: the first one then. */
static const struct password_rules *rules_of(const struct password *p, struct str name)
{
	const struct password_rules *rules = password_rules_named(p, name);

	return rules ? rules : password_rules_named(p, STR_NONE);
}

/* A suspended account is as good as none. */
static enum rc find_account(struct op *op, struct str username, struct password_lookup *ret)
{
	enum rc rc = RC_NOT_FOUND;

	if (username_valid(username))
		rc = account_by_name(op->tx.snap, op->tx.a, username, &ret->account, NULL);
	if (rc == RC_OK) {
		ret->account.id = op_keep(op, ret->account.id);
		ret->account.person = op_keep(op, ret->account.person);
		ret->has_account = ret->account.status == STATUS_ACTIVE && ret->account.person.n;
	}
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* The credential outlives the snapshot: its texts are copied. */
static void keep_credential(struct op *op, struct credential *c)
{
	struct str *history = arena_array(op->tx.a, c->history.n, struct str);
	struct str *texts[] = {
		&c->account, &c->hash, &c->initial_by, &c->forbidden_by, &c->forbidden_reason};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = op_keep(op, *texts[i]);
	for (size_t i = 0; i < c->history.n; i++)
		history[i] = op_keep(op, c->history.v[i]);
	c->history.v = history;
}

static enum rc find_credential(struct op *op, struct password_lookup *ret)
{
	enum rc rc;

	if (!ret->has_account)
		return RC_OK;
	rc = credential_get(
		op->tx.snap, op->tx.a, ret->account.id, &ret->credential, &ret->version);
	ret->has_credential = rc == RC_OK;
	if (rc == RC_OK)
		keep_credential(op, &ret->credential);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc read_account(struct op *op, struct str username, struct password_lookup *ret)
{
	enum rc rc = op_read_begin(op);

	*ret = (struct password_lookup){.has_account = false};
	if (rc != RC_OK)
		return rc;
	rc = find_account(op, username, ret);
	op_read_end(op);
	return rc;
}

static enum rc read_credential(struct op *op, struct password_lookup *ret)
{
	enum rc rc = op_read_begin(op);

	if (rc != RC_OK)
		return rc;
	rc = find_credential(op, ret);
	op_read_end(op);
	return rc;
}

static enum rc count_password_attempt(struct login_password *p, struct op *op, struct str username,
	const struct password_lookup *found, int64_t *ret_wait)
{
	const struct throttle_attempt who = {
		.account = found->has_account ? found->account.id : STR_NONE,
		.person = found->has_account ? found->account.person : STR_NONE,
		.name = username,
		.address = op->x->request.peer,
	};
	struct throttle_ticket ticket;

	return throttle_begin(p->throttle, op->tx.a, &who, &ticket, ret_wait);
}

/* Keyed, so that nobody can foretell it. */
static uint32_t name_number(struct op *op, struct str username)
{
	struct attempt_subject subject =
		attempt_subject(op->tx.app->vault, ATTEMPT_NAME, username_fold(op->tx.a, username));
	uint32_t number;

	memcpy(&number, subject.bytes, sizeof(number));
	return number;
}

/* What is typed, and how it is judged. */
struct password_input {
	struct str username, secret, rules;
};

static enum rc verify_hash(struct login_password *p, struct op *op,
	const struct password_lookup *found, const struct password_input *typed,
	struct password_verdict *ret)
{
	return password_verify(p->password, op->tx.a,
		found->has_credential ? &found->credential : NULL,
		rules_of(p->password, typed->rules), typed->secret,
		name_number(op, typed->username), op->tx.now, ret);
}

struct rehash {
	const struct credential *credential;
	uint64_t version; /* of the one that was checked */
};

static enum rc rehash_put(struct tx *tx, void *data)
{
	const struct rehash *r = data;
	struct credential now;
	uint64_t version;
	enum rc rc = credential_get(tx->snap, tx->a, r->credential->account, &now, &version);

	if (rc == RC_OK && version == r->version)
		credential_put(tx->batch, tx->a, r->credential, version);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* Stores a replaced hash before the login continues, so that concurrent requests (a double click)
 * do not take each other's for another password. RC_CONFLICT: the credential is another one now. */
static enum rc renew(struct op *op, struct password_lookup *found, struct password_verdict *verdict)
{
	struct rehash rehash = {&verdict->credential, found->version};
	enum rc rc = tx_run(op->tx.app, &op->actor, op->tx.a, rehash_put, &rehash);

	if (rc == RC_OK)
		rc = read_credential(op, found);
	if (rc != RC_OK)
		return rc;
	verdict->changed = false;
	if (!found->has_credential || !str_eq(found->credential.hash, verdict->credential.hash))
		return RC_CONFLICT;
	return RC_OK;
}

static void verify_password(struct login_password *p, struct op *op, struct password_lookup *found,
	const struct password_input *typed, struct factor_verdict *ret)
{
	struct password_proof *proof = arena_new_of(op->tx.a, struct password_proof);
	struct password_verdict verdict;
	enum rc rc = verify_hash(p, op, found, typed, &verdict);

	if (rc == RC_OK && verdict.changed)
		rc = renew(op, found, &verdict);
	if (rc == RC_CONFLICT)
		rc = verify_hash(p, op, found, typed, &verdict);
	if (rc == RC_DENIED) {
		*ret = (struct factor_verdict){.outcome = FACTOR_WRONG,
			.why = "wrong_password",
			.tried_account = found->account.id,
			.tried_person = found->account.person};
		return;
	}
	if (rc != RC_OK || verdict.changed) {
		*ret = (struct factor_verdict){.outcome = FACTOR_BUSY, .why = "busy"};
		return;
	}
	*proof = (struct password_proof){found->version, verdict.credential};
	*ret = (struct factor_verdict){
		.outcome = FACTOR_PROVEN,
		.account = found->account.id,
		.must_change = (int)verdict.must_change,
		.credential_version = credential_version_of(op->tx.a, &verdict.credential),
		.proof = proof,
	};
}

/* The credential is read after the attempt was counted: the throttle may have waited. */
static void login_password_check(struct factor *f, struct op *op, struct str username,
	struct str secret, struct str rules, struct factor_verdict *ret)
{
	struct login_password *p = of(f);
	const struct password_input typed = {username, secret, rules};
	struct password_lookup found;
	int64_t wait = 0;
	enum rc rc =
		password_full(p->password) ? RC_UNAVAILABLE : read_account(op, username, &found);

	if (rc == RC_OK)
		rc = count_password_attempt(p, op, username, &found, &wait);
	if (rc == RC_OK)
		rc = read_credential(op, &found);
	if (rc == RC_OK)
		verify_password(p, op, &found, &typed, ret);
	else if (rc == RC_LIMITED)
		*ret = (struct factor_verdict){
			.outcome = FACTOR_LIMITED, .wait = wait, .why = "too_many_attempts"};
	else
		*ret = (struct factor_verdict){.outcome = FACTOR_BUSY, .why = "busy"};
}

static enum rc login_password_accept(
	struct factor *f, struct op *op, const struct factor_verdict *v)
{
	const struct password_proof *proof = v->proof;
	struct credential now;
	uint64_t version;
	enum rc rc = credential_get(op->tx.snap, op->tx.a, v->account, &now, &version);

	if (rc == RC_NOT_FOUND || (rc == RC_OK && version != proof->version))
		return RC_DENIED;
	if (rc != RC_OK)
		return rc;
	store_expect(op->tx.batch, TABLE_CREDENTIAL, v->account, version);
	return RC_OK;
}

static enum rc login_password_holds(
	struct op *op, struct str account, struct str credential_version)
{
	struct credential c;
	enum rc rc = credential_get(op->tx.snap, op->tx.a, account, &c, NULL);

	if (rc == RC_NOT_FOUND)
		return credential_version.n ? RC_EXPIRED : RC_OK;
	if (rc != RC_OK)
		return rc;
	if (c.forbidden)
		return RC_DENIED;
	return !credential_version.n ||
			       str_eq(credential_version, credential_version_of(op->tx.a, &c))
		       ? RC_OK
		       : RC_EXPIRED;
}

static size_t login_password_rules(
	struct factor *f, struct str rules, struct factor_rule ret[static FACTOR_RULES_MAX])
{
	const struct password_rules *r = rules_of(of(f)->password, rules);
	size_t n = 0;

	for (unsigned i = 0; i < PASSWORD_RULES; i++) {
		unsigned bit = 1u << i;
		int64_t number = 0;

		if (!password_rule_applies(r, bit))
			continue;
		if (bit == PASSWORD_TOO_SHORT)
			number = r->min;
		else if (bit == PASSWORD_TOO_LONG)
			number = r->max;
		else if (bit == PASSWORD_USED_BEFORE)
			number = r->differs;
		ret[n++] = (struct factor_rule){password_rule_word(bit), bit, number};
	}
	return n;
}

static int64_t login_password_max_age(struct factor *f, struct str rules)
{
	return rules_of(of(f)->password, rules)->max_age;
}

/* Everything read for a change, copied out of the snapshot. */
struct password_holder {
	struct password_lookup found;
	struct password_context context;
};

static void keep_context(struct op *op, struct password_context *c)
{
	struct str *texts[] = {&c->username, &c->office, &c->office_name_th, &c->office_name_en,
		&c->given_th, &c->family_th, &c->given_en, &c->family_en, &c->email, &c->mobile};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = op_keep(op, *texts[i]);
}

static enum rc find_holder(struct op *op, struct str id, struct password_holder *ret)
{
	struct account *account = &ret->found.account;
	struct person person = {.email = STR_NONE};
	struct office office = {.name_th = STR_NONE};
	enum rc rc = account_get(op->tx.snap, op->tx.a, id, account, NULL);

	if (rc == RC_OK)
		rc = person_get(op->tx.snap, op->tx.a, account->person, &person, NULL);
	if (rc != RC_OK)
		return rc;
	rc = office_get(op->tx.snap, op->tx.a, account->office, &office, NULL);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	ret->context = (struct password_context){
		.username = account->username,
		.office = account->office,
		.office_name_th = office.name_th,
		.office_name_en = office.name_en,
		.given_th = person.given_th,
		.family_th = person.family_th,
		.given_en = person.given_en,
		.family_en = person.family_en,
		.email = person.email,
		.mobile = person.mobile,
	};
	keep_context(op, &ret->context);
	ret->found.has_account = true;
	return find_credential(op, &ret->found);
}

static enum rc read_holder(struct op *op, struct str id, struct password_holder *ret)
{
	enum rc rc = op_read_begin(op);

	*ret = (struct password_holder){.found = {.has_account = false}};
	if (rc != RC_OK)
		return rc;
	rc = find_holder(op, id, ret);
	op_read_end(op);
	if (rc == RC_OK && !ret->found.has_credential)
		return RC_NOT_FOUND;
	return rc;
}

static void login_password_change(struct factor *f, struct op *op, struct str account,
	struct str typed, struct str rules, struct factor_change *ret)
{
	struct password_proof *proof = arena_new_of(op->tx.a, struct password_proof);
	struct password *password = of(f)->password;
	struct password_holder holder;
	int64_t wait;
	enum rc rc = throttle_address(of(f)->throttle, op->tx.a, op->x->request.peer, &wait);

	*ret = (struct factor_change){.outcome = FACTOR_BUSY};
	if (rc == RC_OK)
		rc = read_holder(op, account, &holder);
	if (rc != RC_OK)
		return;
	proof->version = holder.found.version;
	rc = password_change(password, op->tx.a, &holder.found.credential,
		rules_of(password, rules), &holder.context, typed, op->tx.now, &proof->credential,
		&ret->broken);
	if (rc == RC_OK)
		*ret = (struct factor_change){.outcome = FACTOR_PROVEN, .proof = proof};
	else if (rc == RC_INVALID)
		ret->outcome = FACTOR_WRONG;
}

static enum rc login_password_changed(
	struct factor *f, struct op *op, const struct factor_change *c)
{
	const struct password_proof *proof = c->proof;
	struct credential now;
	uint64_t version;
	enum rc rc =
		credential_get(op->tx.snap, op->tx.a, proof->credential.account, &now, &version);

	if (rc == RC_NOT_FOUND || (rc == RC_OK && version != proof->version))
		return RC_DENIED;
	if (rc == RC_OK)
		credential_put(op->tx.batch, op->tx.a, &proof->credential, version);
	return rc;
}

static enum rc login_password_finished(
	struct factor *f, struct op *op, struct str account, bool code)
{
	const struct throttle_ticket ticket = {
		attempt_subject(op->tx.app->vault, ATTEMPT_ACCOUNT, account), op->tx.now};
	struct credential c;
	uint64_t version;
	enum rc rc = credential_get(op->tx.snap, op->tx.a, account, &c, &version);

	(void)f;
	if (rc != RC_OK)
		return rc;
	/* The secret was replaced or password login disabled concurrently: check again. */
	store_expect(op->tx.batch, TABLE_CREDENTIAL, account, version);
	return throttle_success(&op->tx, &ticket, code);
}

static void login_password_free(struct factor *f)
{
	free(f);
}

static const struct factor_type type = {
	.name = PASSWORD_METHOD,
	.amr = PASSWORD_AMR,
	.check = login_password_check,
	.accept = login_password_accept,
	.holds = login_password_holds,
	.rules = login_password_rules,
	.max_age = login_password_max_age,
	.change = login_password_change,
	.changed = login_password_changed,
	.finished = login_password_finished,
	.free = login_password_free,
};

struct factor *login_password_new(struct password *password, struct throttle *throttle)
{
	struct login_password *p = xcalloc(1, sizeof(*p));

	p->base.type = &type;
	p->password = password;
	p->throttle = throttle;
	return &p->base;
}
