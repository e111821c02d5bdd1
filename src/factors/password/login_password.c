/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "factors/password/login_password.h"

#include "base/array.h"
#include "base/die.h"
#include "codec/typed.h"
#include "idp/login/method_frame.h"
#include "core/op.h"
#include "directory/password_login.h"
#include "directory/session.h"
#include "directory/directory.h"
#include "directory/standing.h"

struct login_password {
	struct password *password;
	struct throttle *throttle;
};

/* What a look at a secret found, for the part that writes. */
struct password_proof {
	uint64_t version; /* of the credential that was looked at */
	struct credential credential;
};

/* What the worker brought back. */
struct password_checked {
	enum auth_reason reason; /* NONE: right */
	int64_t wait;
	int64_t left, lock; /* as in struct throttle_ticket */
	const char *why;
	struct str account, person; /* whose */
	int must_change;
	struct password_proof proof;
};

struct password_lookup {
	struct account account;
	struct credential credential;
	uint64_t version;
	bool has_account, has_credential;
};

static struct login_password *of(const struct auth_method *m)
{
	return m->self;
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
	enum rc rc = account_by_name(op->tx.snap, op->tx.a, username, &ret->account, NULL);
	if (rc == RC_OK) {
		ret->account.id = op_keep(op, ret->account.id);
		ret->account.person = op_keep(op, ret->account.person);
		rc = account_standing(op->tx.snap, op->tx.a, &ret->account);
		ret->has_account = rc == RC_OK && ret->account.person.n;
	}
	return rc == RC_NOT_FOUND || rc == RC_DENIED ? RC_OK : rc;
}

/* The credential outlives the snapshot: its texts are copied. */
static void keep_credential(struct op *op, struct credential *c)
{
	struct str *history = arena_array(op->tx.a, c->history.n, struct str);
	struct str *texts[] = {
		&c->account, &c->hash, &c->initial_by, &c->forbidden_by, &c->forbidden_reason};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
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
	const struct password_lookup *found, struct password_checked *ret)
{
	const struct throttle_attempt who = {
		.account = found->has_account ? found->account.id : STR_NONE,
		.person = found->has_account ? found->account.person : STR_NONE,
		.name = username,
		.address = op->x->request.peer,
	};
	struct throttle_ticket ticket;
	enum rc rc = throttle_begin(p->throttle, op->tx.a, &who, &ticket, &ret->wait);

	if (rc == RC_OK) {
		ret->left = ticket.left;
		ret->lock = ticket.lock;
	}
	return rc;
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
static enum rc renew(struct login_password *p, struct op *op, struct password_lookup *found,
	struct password_verdict *verdict)
{
	struct rehash rehash = {&verdict->credential, found->version};
	struct str before = found->credential.hash;
	enum rc rc = tx_run(op->tx.app, &op->actor, op->tx.a, rehash_put, &rehash);

	if (rc == RC_OK)
		rc = read_credential(op, found);
	if (rc != RC_OK)
		return rc;
	verdict->changed = false;
	if (!found->has_credential || !str_eq(found->credential.hash, verdict->credential.hash))
		return RC_CONFLICT;
	password_renewed(p->password, before);
	return RC_OK;
}

static void verify_password(struct login_password *p, struct op *op, struct password_lookup *found,
	const struct password_input *typed, struct password_checked *ret)
{
	struct password_verdict verdict;
	enum rc rc = verify_hash(p, op, found, typed, &verdict);

	if (rc == RC_OK && verdict.changed)
		rc = renew(p, op, found, &verdict);
	if (rc == RC_CONFLICT)
		rc = verify_hash(p, op, found, typed, &verdict);
	ret->account = found->account.id;
	ret->person = found->account.person;
	if (rc == RC_DENIED) {
		ret->reason = AUTH_WRONG;
		ret->why = "wrong_password";
	} else if (rc != RC_OK || verdict.changed) {
		ret->reason = AUTH_BUSY;
		ret->why = "busy";
	} else {
		ret->must_change = (int)verdict.must_change;
		ret->proof = (struct password_proof){found->version, verdict.credential};
	}
}

/* The credential is read after the attempt was counted: the throttle may have waited. Takes the
 * same time whether there is such an account or not. */
static void check(struct login_password *p, struct op *op, const struct password_input *typed,
	struct password_checked *ret)
{
	struct password_lookup found;
	enum rc rc = password_full(p->password) ? RC_UNAVAILABLE
						: read_account(op, typed->username, &found);

	if (rc == RC_OK)
		rc = count_password_attempt(p, op, typed->username, &found, ret);
	if (rc == RC_OK)
		rc = read_credential(op, &found);
	if (rc == RC_OK) {
		verify_password(p, op, &found, typed, ret);
	} else if (rc == RC_LIMITED) {
		ret->reason = AUTH_LIMITED;
		ret->why = "too_many_attempts";
	} else {
		ret->reason = AUTH_BUSY;
		ret->why = "busy";
	}
}

static void login_password_work(struct auth_call *call)
{
	struct op *op = call->op;
	const struct password_input typed = {typed_username(op->tx.a, op_param(op, "username")),
		op_param(op, "password"), call->rules};
	struct password_checked *checked;

	if (!typed.username.n || !typed.secret.n || typed.secret.n > SECRET_TYPED_MAX)
		return;
	checked = arena_new_of(op->tx.a, struct password_checked);
	call->work = checked;
	check(of(call->method), op, &typed, checked);
}

/* Makes the commit depend on the secret that was checked. RC_DENIED: not any more. */
static enum rc accept(struct op *op, const struct password_checked *checked)
{
	struct credential now;
	uint64_t version;
	enum rc rc = credential_get(op->tx.snap, op->tx.a, checked->account, &now, &version);

	if (rc == RC_NOT_FOUND || (rc == RC_OK && version != checked->proof.version))
		return RC_DENIED;
	if (rc == RC_OK)
		store_expect(op->tx.batch, TABLE_CREDENTIAL, checked->account, version);
	return rc;
}

static enum auth_next login_password_step(struct auth_call *call)
{
	const struct password_checked *checked = call->work;
	enum rc rc;

	call->reason = checked->reason;
	call->seconds = checked->wait;
	call->why = checked->why;
	if (call->reason == AUTH_WRONG) {
		call->seconds = checked->lock;
		call->left = checked->left;
		call->tried_account = checked->account;
		call->tried_person = checked->person;
	}
	if (call->reason != AUTH_REASON_NONE)
		return AUTH_FAILED;
	rc = accept(call->op, checked);
	if (rc == RC_DENIED) {
		call->reason = AUTH_WRONG;
		call->why = "not_any_more";
		return AUTH_FAILED;
	}
	call->rc = rc;
	call->proof = auth_method_proof(call->method, call->op->tx.a);
	call->proof.account = checked->account;
	call->proof.version = credential_version_of(call->op->tx.a, &checked->proof.credential);
	call->must_change = checked->must_change;
	return AUTH_PROVEN;
}

static enum rc login_password_still_valid(const struct auth_method *m, struct op *op,
	const struct auth_proof *proof, const struct person *person)
{
	struct str credential_version = proof->version;
	struct credential c;
	enum rc rc = credential_get(op->tx.snap, op->tx.a, proof->account, &c, NULL);

	(void)m;
	(void)person;
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

static size_t secret_rules(const struct auth_method *m, struct str rules,
	struct secret_rule ret[static SECRET_RULES_MAX])
{
	const struct password_rules *r = rules_of(of(m)->password, rules);
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
		ret[n++] = (struct secret_rule){password_rule_word(bit), bit, number};
	}
	return n;
}

static int64_t secret_max_age(const struct auth_method *m, struct str rules)
{
	return rules_of(of(m)->password, rules)->max_age;
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

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
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

static void secret_check(const struct auth_method *m, struct op *op, struct str account,
	struct str typed, struct str rules, struct secret_change *ret)
{
	struct password_proof *proof = arena_new_of(op->tx.a, struct password_proof);
	struct password *password = of(m)->password;
	struct password_holder holder;
	int64_t wait;
	enum rc rc = throttle_address(of(m)->throttle, op->tx.a, op->x->request.peer, &wait);

	*ret = (struct secret_change){.reason = AUTH_BUSY};
	if (rc == RC_OK)
		rc = read_holder(op, account, &holder);
	if (rc != RC_OK)
		return;
	proof->version = holder.found.version;
	rc = password_change(password, op->tx.a, &holder.found.credential,
		rules_of(password, rules), &holder.context, typed, op->tx.now, &proof->credential,
		&ret->broken);
	if (rc == RC_OK)
		*ret = (struct secret_change){.proof = proof};
	else if (rc == RC_INVALID)
		ret->reason = AUTH_WRONG;
}

static enum rc secret_put(const struct auth_method *m, struct op *op, const struct secret_change *c)
{
	const struct password_proof *proof = c->proof;
	struct credential now;
	uint64_t version;
	enum rc rc =
		credential_get(op->tx.snap, op->tx.a, proof->credential.account, &now, &version);

	(void)m;
	if (rc == RC_NOT_FOUND || (rc == RC_OK && version != proof->version))
		return RC_DENIED;
	if (rc == RC_OK)
		credential_put(op->tx.batch, op->tx.a, &proof->credential, version);
	return rc;
}

static enum rc forget_attempts(
	const struct auth_method *m, struct op *op, struct str account, bool code)
{
	const struct throttle_ticket ticket = {
		attempt_subject(op->tx.app->vault, ATTEMPT_ACCOUNT, account), op->tx.now};
	struct credential c;
	uint64_t version;
	enum rc rc = credential_get(op->tx.snap, op->tx.a, account, &c, &version);

	(void)m;
	if (rc != RC_OK)
		return rc;
	/* The secret was replaced or password login disabled concurrently: check again. */
	store_expect(op->tx.batch, TABLE_CREDENTIAL, account, version);
	return throttle_success(&op->tx, &ticket, code);
}

static enum rc login_password_session_started(const struct auth_method *m, struct op *op,
	const struct auth_proof *own, const struct auth_proofs *all)
{
	return forget_attempts(m, op, own->account, auth_proofs_multi(all));
}

static void login_password_free(const struct auth_method *m)
{
	free(m->self);
}

static const struct secret_ops secret_ops = {
	.rules = secret_rules,
	.max_age = secret_max_age,
	.check = secret_check,
	.change = secret_put,
	.changed = forget_attempts,
};

const struct auth_method auth_method_password = {
	.name = PASSWORD_METHOD,
	.can = AUTH_IDENTIFY,
	.kind = AUTH_KNOWLEDGE,
	.amr = PASSWORD_AMR,
	.shown = WEB_METHOD_PASSWORD,
	.form_path = "/login/password",
	.work = login_password_work,
	.step = login_password_step,
	.still_valid = login_password_still_valid,
	.session_started = login_password_session_started,
	.secret = &secret_ops,
	.open = login_password_open,
	.free = login_password_free,
};

struct password *login_password_of(const struct auth_method *m)
{
	return of(m)->password;
}

void login_password_add(
	struct auth_methods *methods, struct password *password, struct throttle *throttle)
{
	struct login_password *p = xcalloc(1, sizeof(*p));
	struct auth_method m = auth_method_password;

	p->password = password;
	p->throttle = throttle;
	m.admission = password_admission(password);
	m.self = p;
	auth_methods_add(methods, &m);
}
