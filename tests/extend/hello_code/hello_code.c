/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The example of docs/extending.md for an authentication method: an administrator gives a person a
 * code, and the person types it after the password. Only an HMAC of it is stored.
 */
#include "core/module.h"
#include "core/page.h"
#include "crypto/hash.h"
#include "directory/directory.h"
#include "idp/login/method_frame.h"
#include "idp/login/page_tables.h"
#include "obs/log.h"
#include "throttle/throttle.h"
#include "web/field_macros.h"

#define CODE_MAX 64u /* bytes */

extern const struct module module_hello_code;

/* --- the option --- */

struct hello_code_settings {
	int64_t length; /* of a code, at least */
};

static const struct conf_option options[] = {
	{"hello_code.length", CONF_INT, CONF_RELOAD, offsetof(struct hello_code_settings, length),
		"6", .min = 4, .max = 20, .help = "Minimum length of a code in characters."},
	{.path = NULL},
};

/* --- the table --- */

/* For a test's store; a real module writes the number itself: docs/extending.md, "A table". */
enum { TABLE_HELLO_CODE = TABLE_END + 2 };

struct hello_code {
	struct str digest;
	int64_t issued;
};

#define AT(member) offsetof(struct hello_code, member)
static const struct field hello_code_fields[] = {
	{1, "digest", FIELD_BYTES, FIELD_REQUIRED | FIELD_HIDDEN, AT(digest), SHA256_SIZE, NULL,
		"HMAC of person and code"},
	{2, "issued", FIELD_TIME, 0, AT(issued), 0, NULL, "when it was given"},
};
static const struct record_type record_hello_code = {
	"hello_code", sizeof(struct hello_code), hello_code_fields, 2};

static enum rc hello_code_get(
	struct tx *tx, struct str person, struct hello_code *ret, uint64_t *ret_version)
{
	return record_get(tx->snap, (enum table)TABLE_HELLO_CODE, person, tx->a, ret, ret_version);
}

static enum rc export_code(struct tx *tx, struct str person, struct json_writer *out)
{
	struct hello_code code;
	enum rc rc = hello_code_get(tx, person, &code, NULL);

	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	json_write_object(out);
	field_to_json(&record_hello_code, &code, out);
	json_write_object_end(out);
	return RC_OK;
}

static const struct module_table tables[] = {
	{.number = TABLE_HELLO_CODE,
		.name = "hello_code",
		.record = &record_hello_code,
		.key = "person id",
		.personal = true,
		.export_records = export_code},
	{.number = 0},
};

static struct str digest_of(const struct tx *tx, struct str person, struct str code)
{
	struct str key = {.p = (const char *)tx->app->vault->otp, .n = sizeof(tx->app->vault->otp)};
	unsigned char *digest = arena_alloc(tx->a, SHA256_SIZE);

	hmac_sha256(key, key_join(tx->a, STR("hello_code"), key_join(tx->a, person, code)), digest);
	return (struct str){.p = (const char *)digest, .n = SHA256_SIZE};
}

/* --- the operation --- */

struct issue_args {
	struct str person, code;
};

static const struct field issue_fields[] = {
	{1, "person", FIELD_STR, FIELD_REQUIRED, offsetof(struct issue_args, person), ID_SIZE, NULL,
		"id of the person"},
	{2, "code", FIELD_STR, FIELD_REQUIRED, offsetof(struct issue_args, code), CODE_MAX, NULL,
		"the code"},
};
static const struct record_type issue_type = {
	"hello_code_issue", sizeof(struct issue_args), issue_fields, 2};
static const char *const issue_positional[] = {"person", "code", NULL};

static enum rc issue_check(struct tx *tx, const void *data, struct problems *ret)
{
	const struct hello_code_settings *s = module_settings(tx->settings, &module_hello_code);
	const struct issue_args *args = data;
	struct person person;
	enum rc rc = person_get(tx->snap, tx->a, args->person, &person, NULL);

	if (rc == RC_OK && (int64_t)args->code.n < s->length)
		return problem_add(ret, "code", "is shorter than hello_code.length");
	return rc;
}

static enum rc issue_apply(struct tx *tx, const void *data, void *result)
{
	const struct issue_args *args = data;
	const struct hello_code code = {digest_of(tx, args->person, args->code), tx->now};
	struct audit_entry e = tx_audit(tx, AUDIT_HELLO_CODE_ISSUED);
	struct hello_code old;
	uint64_t version = STORE_ABSENT;
	enum rc rc = hello_code_get(tx, args->person, &old, &version);

	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	table_put(tx, &tables[0], args->person, rc == RC_OK ? &old : NULL, version, &code);
	e.person = args->person;
	tx_audit_add(tx, &e);
	return RC_OK;
}

static const struct operation operation_issue = {
	.name = "hello-code.issue",
	.help = "Gives a person a code for logging in; replaces the one before.",
	.args = &issue_type,
	.positional = issue_positional,
	.permission = "hello_code.write",
	.check = issue_check,
	.apply = issue_apply,
};
static const struct operation *const operations[] = {&operation_issue, NULL};

/* --- the page --- */

struct web_hello_code {
	struct str portal;
	enum web_login_message notice;
	int64_t wait, tries;
	struct str action, step;
	struct str again_action, again_step;
	struct str cancel_url;
};

#define M struct web_hello_code
static const struct tmpl_field web_hello_code_fields[] = {
	F(M, portal, TMPL_TEXT),
	F_WORD(M, notice, "code-notice", web_login_message_words),
	F(M, wait, TMPL_DURATION),
	F(M, tries, TMPL_I64),
	F(M, action, TMPL_URL),
	F(M, step, TMPL_TEXT),
	F(M, again_action, TMPL_URL),
	F(M, again_step, TMPL_TEXT),
	F(M, cancel_url, TMPL_URL),
	F_END,
};
#undef M
static const struct page_type web_page_hello_code = {
	.source = "hello_code.html",
	.fields = web_hello_code_fields,
	.failures = WEB_NOTICE(WEB_LOGIN_WRONG) | WEB_NOTICE(WEB_LOGIN_LIMITED) |
		    WEB_NOTICE(WEB_LOGIN_BUSY),
	.wrong_input = WEB_NOTICE(WEB_LOGIN_WRONG),
};
static const struct page_type *const pages[] = {&web_page_hello_code, NULL};

static void hello_code_show(const struct auth_call *call, const struct auth_frame *frame)
{
	const struct web_hello_code model = {
		.portal = frame->portal,
		.notice = frame->notice,
		.wait = frame->wait,
		.tries = frame->tries,
		.action = frame->action,
		.step = frame->step,
		.again_action = frame->again_action,
		.again_step = frame->again_step,
		.cancel_url = frame->cancel_url,
	};

	page_send(call->op, 200, &web_page_hello_code, &model, frame->options);
}

/* --- the method --- */

static bool hello_code_available(const struct auth_method *m, struct op *op,
	const struct person *person, struct auth_target *ret)
{
	struct hello_code code = {.issued = 0};

	if (person && hello_code_get(&op->tx, person->id, &code, NULL) != RC_OK)
		return false;
	*ret = (struct auth_target){.changed = code.issued};
	return true;
}

static enum auth_next hello_code_begin(struct auth_call *call)
{
	return AUTH_SHOW;
}

struct hello_code_counted {
	enum rc rc;
	int64_t wait;
	struct throttle_ticket ticket;
};

/* Counted durably before anything is compared: parallel guesses are no more than others. */
static void hello_code_work(struct auth_call *call)
{
	const struct throttle_attempt attempt = {.account = call->account->id,
		.person = call->account->person,
		.address = call->op->x->request.peer,
		.code = true};
	struct hello_code_counted *counted;

	if (!op_param(call->op, "code").n)
		return;
	counted = arena_new_of(call->op->tx.a, struct hello_code_counted);
	counted->rc = throttle_begin(call->op->tx.app->throttle, call->op->tx.a, &attempt,
		&counted->ticket, &counted->wait);
	call->work = counted;
}

static struct str version_of(struct arena *a, uint64_t version)
{
	struct buf text;

	buf_init(&text, a, 24);
	buf_add_i64(&text, (int64_t)version);
	return buf_str(&text);
}

static enum auth_next compare_code(struct auth_call *call)
{
	struct tx *tx = &call->op->tx;
	struct str typed = op_param(call->op, "code");
	struct hello_code code;
	uint64_t version;

	call->rc = hello_code_get(tx, call->person->id, &code, &version);
	if (call->rc == RC_NOT_FOUND) {
		call->rc = RC_OK;
		call->reason = AUTH_OVER;
	}
	if (call->rc != RC_OK || call->reason != AUTH_REASON_NONE)
		return AUTH_FAILED;
	if (!secret_equal(code.digest, digest_of(tx, call->person->id, typed))) {
		call->reason = AUTH_WRONG;
		call->why = "wrong_code";
		return AUTH_SHOW;
	}
	call->proof = auth_method_proof(call->method, tx->a);
	call->proof.version = version_of(tx->a, version);
	return AUTH_PROVEN;
}

static enum auth_next hello_code_step(struct auth_call *call)
{
	const struct hello_code_counted *counted = call->work;

	if (!counted) /* a poll; a method without AUTH_WAIT gets none */
		return AUTH_SHOW;
	if (counted->rc == RC_LIMITED) {
		call->reason = AUTH_LIMITED;
		call->seconds = counted->wait;
		call->why = "too_many_attempts";
		return AUTH_SHOW;
	}
	call->rc = counted->rc;
	call->left = counted->ticket.left;
	call->seconds = counted->ticket.lock;
	return call->rc == RC_OK ? compare_code(call) : AUTH_FAILED;
}

/* A code that was replaced since proves nothing any more. */
static enum rc hello_code_still_valid(const struct auth_method *m, struct op *op,
	const struct auth_proof *proof, const struct person *person)
{
	struct hello_code code;
	uint64_t version;
	enum rc rc = hello_code_get(&op->tx, proof->person, &code, &version);

	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_EXPIRED : rc;
	if (proof->version.n && !str_eq(proof->version, version_of(op->tx.a, version)))
		return RC_EXPIRED;
	return RC_OK;
}

static enum rc hello_code_session_started(const struct auth_method *m, struct op *op,
	const struct auth_proof *own, const struct auth_proofs *all)
{
	struct audit_entry e = op_audit(op, AUDIT_HELLO_CODE_USED);

	e.person = own->person;
	e.account = own->account;
	op_audit_add(op, &e);
	log_emit(LOG_EVENT_HELLO_CODE_USED, LOG_S("request", op->x->request.id));
	return RC_OK;
}

static const struct auth_method auth_method_hello = {
	.name = "hello",
	.can = AUTH_CONFIRM,
	.kind = AUTH_POSSESSION,
	.amr = "otp",
	.available = hello_code_available,
	.begin = hello_code_begin,
	.work = hello_code_work,
	.step = hello_code_step,
	.show = hello_code_show,
	.still_valid = hello_code_still_valid,
	.session_started = hello_code_session_started,
};
static const struct auth_method *const methods[] = {&auth_method_hello, NULL};

const struct module module_hello_code = {
	.name = "hello_code",
	.pages = pages,
	.tables = tables,
	.operations = operations,
	.options = options,
	.settings_size = sizeof(struct hello_code_settings),
	.methods = methods,
};
