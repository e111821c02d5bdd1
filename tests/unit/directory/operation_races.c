/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Every operation of every module, two at once: both read one moment, both add to a batch of their
 * own; one is stored, the other is RC_CONFLICT, reads again and says what is so now. A row without
 * a sample here is a fault: who adds an operation says what two of them must not do.
 */
#include "directory_fixture.h"

#include "core/module.h"
#include "directory/credential.h"
#include "deliver/outbox.h"
#include "idp/logout/delivery.h"
#include "deliver/sender.h"
#include "deliver/transport.h"
#include "unit/check.h"
#include "idp/ciba/ciba_records.h"
#include "idp/oauth/signing_keys.h"

#define ACCOUNT STR("account-id-of-22-chars")
#define PERSON  STR("person-id-of-22-chars.")
#define CLIENT                                                                                     \
	"\"client_name\":\"P\",\"system\":\"plan\",\"redirect_uris\":[\"https://p.example/cb\"]"

/* --- the scene --- */

static void put_directory(struct rights_fixture *s, struct store_batch *b)
{
	static const struct str roles[] = {STR_INIT("user")},
				uris[] = {STR_INIT("https://p.example/cb")};
	static const struct str grants[] = {STR_INIT("authorization_code")};
	static const struct str types[] = {STR_INIT("code")};
	const struct office office = {.code = STR("dla"), .name_th = STR("สถ.")};
	const struct system system = {
		.id = STR("plan"), .name_th = STR("แผน"), .roles = {roles, 1}};
	const struct person person = {.id = PERSON,
		.pid_hash = STR("0123456789abcdef0123456789abcdef"),
		.given_th = STR("สมชาย")};
	const struct account account = {
		.id = ACCOUNT, .username = STR("somchai"), .person = PERSON, .office = office.code};
	const struct client client = {.id = STR("p"),
		.system = system.id,
		.name = STR("P"),
		.redirect_uris = {uris, 1},
		.grant_types = {grants, 1},
		.response_types = {types, 1},
		.secret_hash = STR("0123456789abcdef0123456789abcdef"),
		.scope = STR("openid")};
	const struct role_grant grant = {.subject_kind = ROLE_GRANT_ACCOUNT,
		.subject = ACCOUNT,
		.system = system.id,
		.role = roles[0],
		.office = office.code};

	office_put(b, s->arena, &office, STORE_ABSENT);
	system_put(b, s->arena, &system, STORE_ABSENT);
	person_put(b, s->arena, &s->vault, NULL, 0, &person);
	account_put(b, s->arena, NULL, 0, &account);
	client_put(b, s->arena, &client, STORE_ABSENT);
	role_grant_put(b, s->arena, &grant, STORE_ABSENT);
}

static void put_password(struct rights_fixture *s, struct store_batch *b)
{
	const struct credential credential = {.account = ACCOUNT, .hash = STR("$argon2id$x")};

	credential_put(b, s->arena, &credential, STORE_ABSENT);
}

static enum rc put_message(struct tx *tx, void *ret_id)
{
	const struct outbox_message m = {.kind = MESSAGE_EMAIL,
		.target = STR("somchai@dla.example"),
		.subject = STR("s"),
		.text = STR("t"),
		.purpose = STR("notice"),
		.not_after = tx->now + 600,
		.notice = true};
	const char *why;

	return outbox_put(tx, &m, ret_id, &why);
}

static enum rc put_key(struct tx *tx, void *ret_id)
{
	return signing_key_add(tx, JOSE_ES256, tx->now + 86400, NULL, ret_id);
}

static enum rc put_ciba_request(struct tx *tx, void *data)
{
	struct str *ret_id = data;
	const struct ciba_ref ref = {.r = {.id = id_new(tx->a, tx->app->rng),
					     .client = STR("p"),
					     .person = PERSON,
					     .created = tx->now,
					     .expires = tx->now + 300},
		.key = store_key_expiring(tx->a, tx->now + 900, STR("0123456789abcdef")),
		.version = STORE_ABSENT};

	ciba_put(tx, &ref);
	*ret_id = ref.r.id;
	return RC_OK;
}

/* A way out that nothing leaves by: no thread sends. */
static const struct transport nowhere = {
	.name = "nowhere", .kind = MESSAGE_EMAIL, .longest_ms = 1000};
static const struct transport *const transports[] = {&nowhere};

static void open_outbox(struct rights_fixture *s)
{
	const struct outbox_options options = {.store = s->admin.app.store,
		.vault = &s->vault,
		.clock = &s->clock,
		.rng = &rng_system,
		.transports = transports,
		.n_transports = 1,
		.waiting_max = 100};

	check_ok(outbox_new(&options, &s->admin.app.outbox));
}

static struct rights_fixture *seeded(void)
{
	struct rights_fixture *s = rights_fixture_new();
	struct store_batch *b = store_batch_new(s->arena);

	s->settings.key_overlap = 86400;
	s->settings.key_lifetime = 90 * 86400;
	put_directory(s, b);
	check_ok(store_commit(s->admin.app.store, b));
	open_outbox(s);
	return s;
}

/* What some samples need besides. */
static void with_password(struct rights_fixture *s)
{
	struct store_batch *b = store_batch_new(s->arena);

	put_password(s, b);
	check_ok(store_commit(s->admin.app.store, b));
}

static void with_disabled_password(struct rights_fixture *s)
{
	with_password(s);
	check_ok(admin_password_disabled(&s->admin, s->arena, STR("somchai"), true, STR("x")));
}

static void with_suspended_account(struct rights_fixture *s)
{
	check_ok(admin_account_status(
		&s->admin, s->arena, STR("somchai"), STATUS_SUSPENDED, STR("x")));
}

static void with_suspended_person(struct rights_fixture *s)
{
	check_ok(admin_person_status(&s->admin, s->arena, PERSON, STATUS_SUSPENDED, STR("x")));
}

static void with_lock(struct rights_fixture *s)
{
	const struct attempt_subject subject = attempt_subject(&s->vault, ATTEMPT_ACCOUNT, ACCOUNT);
	const struct attempts counted = {.count = 9, .until_ms = s->now_ms + 60000, .locked = true};
	struct store_batch *b = store_batch_new(s->arena);
	struct str keys[ATTEMPT_BUCKETS];

	attempt_keys(s->arena, &subject, s->now_ms / 1000, ATTEMPT_PERIOD, keys);
	record_put(b, TABLE_ATTEMPTS, s->arena, keys[0], &counted, STORE_ABSENT);
	check_ok(store_commit(s->admin.app.store, b));
}

static enum rc wait_for_portal(struct tx *tx, void *arg)
{
	const struct session_ended ended = {
		.sid = STR("sid"), .person = STR("person-id-of-22-chars."), .ended = tx->now};

	(void)arg;
	logout_delivery_add(tx, &ended, STR("p"));
	return RC_OK;
}

static void with_waiting_logout(struct rights_fixture *s)
{
	static const struct actor actor = {.kind = ACTOR_JOB};

	check_ok(tx_run(&s->admin.app, &actor, s->arena, wait_for_portal, NULL));
}

/* --- the samples --- */

static const struct sample {
	const char *operation;
	const char *args; /* JSON; %s: the id of a queued message, or of what make makes */
	void (*seed)(struct rights_fixture *s);
	enum rc again; /* what the later one says when it has read again */
	enum rc (*make)(struct tx *tx, void *ret_id);
} samples[] = {
	{"person.suspend", "{\"id\":\"person-id-of-22-chars.\"}", NULL, RC_EXISTS},
	{"person.resume", "{\"id\":\"person-id-of-22-chars.\"}", with_suspended_person, RC_EXISTS},
	{"account.suspend", "{\"username\":\"somchai\"}", NULL, RC_EXISTS},
	{"account.resume", "{\"username\":\"somchai\"}", with_suspended_account, RC_EXISTS},
	{"account.issue-secret", "{\"username\":\"somchai\"}", NULL, RC_OK},
	{"account.password.disable", "{\"username\":\"somchai\",\"reason\":\"x\"}", with_password,
		RC_EXISTS},
	{"account.password.enable", "{\"username\":\"somchai\",\"reason\":\"x\"}",
		with_disabled_password, RC_EXISTS},
	{"account.password.require-change", "{\"username\":\"somchai\",\"reason\":\"x\"}",
		with_password, RC_EXISTS},
	{"account.unlock", "{\"username\":\"somchai\"}", with_lock, RC_EXISTS},
	{"office.update", "{\"code\":\"dla\",\"password_login\":\"disabled\",\"reason\":\"x\"}",
		NULL, RC_EXISTS},
	{"office.set-admin", "{\"code\":\"dla\",\"admin_name\":\"มาลี\"}", NULL, RC_EXISTS},
	{"grant.revoke",
		"{\"system\":\"plan\",\"role\":\"user\",\"office\":\"dla\",\"account\":"
		"\"somchai\"}",
		NULL, RC_EXISTS},
	{"client.add", "{\"file\":{" CLIENT ",\"client_id\":\"q\"}}", NULL, RC_EXISTS},
	{"client.update", "{\"file\":{\"client_id\":\"p\",\"client_name\":\"Q\"}}", NULL, RC_OK},
	{"client.rotate-secret", "{\"client_id\":\"p\"}", NULL, RC_OK},
	{"client.remove", "{\"client_id\":\"p\"}", NULL, RC_NOT_FOUND},
	{"client.set-redirect-uris",
		"{\"client_id\":\"p\",\"redirect_uris\":[\"https://q.example/cb\"]}", NULL,
		RC_EXISTS},
	{"keys.rotate", "{}", NULL, RC_EXISTS},
	{"keys.drop", "{\"kid\":\"%s\"}", NULL, RC_NOT_FOUND, put_key},
	{"logout.retry", "{\"client_id\":\"p\"}", with_waiting_logout, RC_OK},
	{"ciba.withdraw", "{\"request\":\"%s\"}", NULL, RC_NOT_FOUND, put_ciba_request},
	{"outbox.retry", "{\"id\":\"%s\"}", NULL, RC_OK},
	{"outbox.cancel", "{\"id\":\"%s\"}", NULL, RC_EXPIRED},
};

static const struct sample *sample_of(const struct operation *o)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (strcmp(samples[i].operation, o->name) == 0)
			return &samples[i];
	fail_msg("%s has no sample: say what two of them must not do", o->name);
	return NULL;
}

/* --- two at once --- */

static const void *args_of(
	struct rights_fixture *s, const struct operation *o, const struct sample *sample)
{
	struct json_value *json __attribute__((cleanup(json_value_freep))) = NULL;
	struct problems problems = {.n = 0};
	struct str id = STR_NONE, text;
	struct buf out;
	void *args;

	if (strstr(sample->args, "%s"))
		check_ok(tx_run(&s->admin.app, &s->admin.actor, s->arena,
			sample->make ? sample->make : put_message, &id));
	buf_init(&out, s->arena, 4096);
	for (const char *p = sample->args; *p; p++) {
		if (p[0] == '%' && p[1] == 's') {
			buf_add(&out, id);
			p++;
		} else {
			buf_add_byte(&out, (unsigned char)*p);
		}
	}
	text = buf_str(&out);
	check_ok(json_value_parse(text, 4096, &json));
	check_ok(operation_args_json(o, s->arena, json, &args, &problems));
	return args;
}

struct attempt {
	struct tx tx;
	void *result;
	struct problems problems;
};

static void begin(
	struct rights_fixture *s, const struct operation *o, const void *args, struct attempt *ret)
{
	tx_init(&ret->tx, &s->admin.app, &s->admin.actor, s->arena);
	ret->result = arena_zalloc(s->arena, o->result_size + 1);
	if (o->prepare)
		check_ok(o->prepare(&s->admin.app, s->arena, args, ret->result));
	check_ok(tx_begin(&ret->tx));
	check_ok(operation_apply(&ret->tx, o, args, ret->result, &ret->problems));
	tx_end(&ret->tx);
}

static enum rc apply_again(struct rights_fixture *s, const struct operation *o, const void *args)
{
	struct attempt last = {.result = arena_zalloc(s->arena, o->result_size + 1)};
	enum rc rc;

	if (o->prepare)
		check_ok(o->prepare(&s->admin.app, s->arena, args, last.result));
	tx_init(&last.tx, &s->admin.app, &s->admin.actor, s->arena);
	check_ok(tx_begin(&last.tx));
	rc = operation_apply(&last.tx, o, args, last.result, &last.problems);
	tx_end(&last.tx);
	return rc == RC_OK ? store_commit(s->admin.app.store, last.tx.batch) : rc;
}

static void two_at_once(const struct operation *o)
{
	const struct sample *sample = sample_of(o);
	struct rights_fixture *s = seeded();
	struct attempt first, second;
	const void *args;

	print_message("# %s\n", o->name);
	if (sample->seed)
		sample->seed(s);
	args = args_of(s, o, sample);
	begin(s, o, args, &first);
	begin(s, o, args, &second);
	check_ok(store_commit(s->admin.app.store, first.tx.batch));
	check_rc(store_commit(s->admin.app.store, second.tx.batch), RC_CONFLICT);
	check_rc(apply_again(s, o, args), sample->again);
	outbox_free(s->admin.app.outbox);
	rights_fixture_free(s);
}

static void every_operation(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t m = 0; all_modules[m]; m++)
		for (size_t i = 0; all_modules[m]->operations && all_modules[m]->operations[i];
			i++) {
			two_at_once(all_modules[m]->operations[i]);
			n++;
		}
	assert_int_equal(n, sizeof(samples) / sizeof(samples[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_operation)};

	return cmocka_run_group_tests_name("directory/operation_races", tests, NULL, NULL);
}
