/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* R12: store verify compares the indexes that modules write by hand, in both directions; a store of
 * which each part was used has no faults. */
#include "flow/mailbox.h"

#include "core/tables_verify.h"
#include "deliver/outbox.h"
#include "directory/contact.h"
#include "directory/session_ended.h"
#include "idp/logout/delivery.h"
#include "idp/logout/logout_commands.h"
#include "workflow/workflow.h"

enum { KEPT_MAX = 8 };

struct found {
	size_t n;
	struct {
		const char *table, *text;
	} v[KEPT_MAX];
};

static void note(void *data, const struct tables_fault *fault)
{
	struct found *f = data;

	if (f->n < KEPT_MAX) {
		f->v[f->n].table = fault->table;
		f->v[f->n].text = fault->text;
	}
	f->n++;
}

static struct found verify(struct fixture *w)
{
	struct found f = {.n = 0};
	struct tables_report report;
	enum rc rc = tables_verify(&w->p, note, &f, &report);

	assert_int_equal(rc, f.n ? RC_CORRUPT : RC_OK);
	assert_int_equal(report.faults, f.n);
	return f;
}

static void check_only(struct fixture *w, const char *table, const char *text)
{
	struct found f = verify(w);

	if (f.n != 1 || strcmp(f.v[0].table, table) || !strstr(f.v[0].text, text))
		fail_msg("%zu faults, the first: %s: %s; wanted: %s: %s", f.n,
			f.n ? f.v[0].table : "", f.n ? f.v[0].text : "", table, text);
}

/* --- changes behind everybody's back --- */

struct kept {
	struct arena *a;
	struct str key, value;
};

static bool keep_first(void *data, const struct store_record *record)
{
	struct kept *k = data;

	k->key = str_dup(k->a, record->key);
	k->value = str_dup(k->a, record->value);
	return false;
}

/* The first record of a table; of those whose key is longer than `longer`. */
static struct kept first_of(struct fixture *w, enum table table, size_t longer)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	struct kept k = {.a = w->a, .key = STR_NONE};

	check_ok(store_snapshot_begin(w->p.store, &snap));
	do
		check_ok(store_scan(
			snap, (int)table, STR_NONE, str_dup(w->a, k.key), false, keep_first, &k));
	while (k.key.n <= longer);
	return k;
}

static void put_raw(struct fixture *w, enum table table, struct str key, struct str value)
{
	struct store_batch *b = store_batch_new(w->a);

	store_put(b, (int)table, key, value, STORE_ANY);
	check_ok(store_commit(w->p.store, b));
}

static void delete_raw(struct fixture *w, enum table table, struct str key)
{
	struct store_batch *b = store_batch_new(w->a);

	store_delete(b, (int)table, key, STORE_ANY);
	check_ok(store_commit(w->p.store, b));
}

/* Without its entry the record is named; with an entry of a record that is not there, or that is
 * not of this entry, the entry is. */
static void break_index(struct fixture *w, enum table index, size_t longer, const char *of,
	const char *index_name, const char *without, struct str stray, struct str stray_value)
{
	struct kept k = first_of(w, index, longer);

	delete_raw(w, index, k.key);
	check_only(w, of, without);
	put_raw(w, index, k.key, k.value);
	assert_int_equal(verify(w).n, 0);
	put_raw(w, index, stray, stray_value);
	check_only(w, index_name, "without its");
	delete_raw(w, index, stray);
	stray = str_dup(w->a, k.key);
	((char *)(uintptr_t)stray.p)[0] ^= 1;
	put_raw(w, index, stray, k.value);
	check_only(w, index_name, "does not have");
	delete_raw(w, index, stray);
	assert_int_equal(verify(w).n, 0);
}

static const struct actor job = {.kind = ACTOR_JOB};

/* --- the indexes --- */

static void sessions_by_person(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);
	struct browser b = {.w = w};
	struct kept k;

	log_in(&b, SOMCHAI_PID);
	k = first_of(w, TABLE_SESSION_BY_PERSON, 0);
	break_index(w, TABLE_SESSION_BY_PERSON, 0, "session", "session_by_person",
		"has no entry for it", STR("nobody\0x"),
		store_key_expiring(w->a, w->now_ms / 1000 + 1000, STR("not there")));
	put_raw(w, TABLE_SESSION_BY_PERSON, k.key,
		store_key_expiring(w->a, w->now_ms / 1000 - 1, STR("has expired")));
	check_only(w, "session", "names another session");
	put_raw(w, TABLE_SESSION_BY_PERSON, k.key, k.value);
	/* An entry of a session that has expired stays until the next login. */
	put_raw(w, TABLE_SESSION_BY_PERSON, STR("somebody\0x"),
		store_key_expiring(w->a, w->now_ms / 1000 - 1, STR("has expired")));
	assert_int_equal(verify(w).n, 0);
	/* And a session that has expired needs none. */
	fixture_advance_clock(w, 400 * 86400);
	delete_raw(w, TABLE_SESSION_BY_PERSON, k.key);
	assert_int_equal(verify(w).n, 0);
	fixture_free(w);
}

static enum rc put_mail(struct tx *tx, void *data)
{
	const struct outbox_message m = {.kind = MESSAGE_EMAIL,
		.target = STR("somchai@office.test"),
		.subject = STR("subject"),
		.text = STR("text"),
		.purpose = STR("notice")};
	const char *why;

	return outbox_put(tx, &m, data, &why);
}

static enum rc cancel_mail(struct tx *tx, void *data)
{
	return outbox_cancel(tx, *(struct str *)data);
}

static void due_messages(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);
	struct mailbox *box = mailbox_new(w);
	struct kept due;
	struct str id;

	check_ok(tx_run(&w->p, &job, w->a, put_mail, &id));
	break_index(w, TABLE_MESSAGE_DUE, 0, "message", "message_due", "has no entry for it",
		STR("\1 8 bytes nobody"), STR_NONE);
	due = first_of(w, TABLE_MESSAGE_DUE, 0);
	check_ok(tx_run(&w->p, &job, w->a, cancel_mail, &id));
	assert_int_equal(verify(w).n, 0);
	put_raw(w, TABLE_MESSAGE_DUE, due.key, due.value);
	check_only(w, "message_due", "not queued");
	mailbox_free(box);
	fixture_free(w);
}

static void with_email(struct person *p)
{
	p->email = STR("Somchai@office.test");
	p->email_verified = true;
}

static void without_email(struct person *p)
{
	p->email_verified = false;
}

static void email_addresses(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);
	size_t hash = vault_contact_hash(w->p.vault, w->a, STR_NONE).n;
	char stray[200];
	bool built;

	/* A store of before the index. */
	edit_person(w, SOMCHAI, with_email);
	assert_int_equal(verify(w).n, 0);
	check_ok(email_index_build(&w->p, &built));
	assert_true(built);
	memset(stray, 'x', sizeof(stray));
	break_index(w, TABLE_EMAIL, hash, "person", "email", "has no entry for it",
		(struct str){stray, hash + 10}, STR_NONE);
	/* The address's own record names who claimed it last, for ever. */
	put_raw(w, TABLE_EMAIL, (struct str){stray, hash}, STR("nobody"));
	assert_int_equal(verify(w).n, 0);
	edit_person(w, SOMCHAI, without_email);
	assert_int_equal(verify(w).n, 0);
	fixture_free(w);
}

static void put_request(struct fixture *w, enum request_state state)
{
	const struct change_request r = {.id = STR("AAAAAAAAAAAAAAAAAAAAAA"),
		.operation = STR("person.suspend"),
		.state = (int)state,
		.created = w->now_ms / 1000,
		.deadline = w->now_ms / 1000 + 1000};
	struct store_batch *b = store_batch_new(w->a);

	record_put(b, TABLE_CHANGE_REQUEST, w->a, r.id, &r, STORE_ANY);
	store_put(b, TABLE_CHANGE_REQUEST_QUEUE, store_key_expiring(w->a, r.created, r.id), r.id,
		STORE_ANY);
	check_ok(store_commit(w->p.store, b));
}

static void queue_of_requests(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);

	put_request(w, REQUEST_SUBMITTED);
	break_index(w, TABLE_CHANGE_REQUEST_QUEUE, 0, "change_request", "change_request_queue",
		"has no entry for it", STR("when and what"), STR("nothing"));
	put_request(w, REQUEST_REJECTED);
	check_only(w, "change_request_queue", "does not have");
	fixture_free(w);
}

static enum rc put_delivery(struct tx *tx, void *data)
{
	const struct session_ended ended = {
		.person = SOMCHAI, .sid = STR("AAAAAAAAAAAAAAAAAAAAAA"), .ended = tx->now};

	logout_delivery_add(tx, &ended, str_c(data));
	return RC_OK;
}

static void deliveries_of_ended_sessions(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);
	struct buf stray;

	buf_init(&stray, w->a, STORE_KEY_MAX);
	buf_add(&stray, STR("portal\0when due"));
	buf_add(&stray, store_key_expiring(w->a, w->now_ms / 1000 + 1000, STR("not there")));
	check_ok(tx_run(&w->p, &job, w->a, put_delivery, (void *)(uintptr_t) "portal"));
	break_index(w, (enum table)TABLE_LOGOUT_DUE, 0, "logout", "logout_due",
		"has no entry for it", buf_str(&stray), STR_NONE);
	fixture_free(w);
}

/* Kind A: a thousand portals were listed, and the others not a word. */
static void the_list_of_portals_is_whole(void **state)
{
	enum { PORTALS = 1003 };
	struct fixture *w = fixture_standard(FIXTURE_LMDB);
	struct store_snapshot *snap;
	struct tx tx = {.app = &w->p, .a = w->a, .now = w->now_ms / 1000};
	struct buf out;

	for (int i = 0; i < PORTALS; i++)
		check_ok(tx_run(
			&w->p, &job, w->a, put_delivery, (void *)(uintptr_t)text(w, "p%d", i).p));
	check_ok(store_snapshot_begin(w->p.store, &snap));
	tx.snap = snap;
	buf_init(&out, w->a, 1 << 20);
	check_ok(logout_commands[0].run(&tx, NULL, 0, &out));
	store_snapshot_end(snap);
	assert_int_equal(occurrences(buf_str(&out), "\"client\":"), PORTALS);
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_by_person),
		cmocka_unit_test(due_messages),
		cmocka_unit_test(email_addresses),
		cmocka_unit_test(queue_of_requests),
		cmocka_unit_test(deliveries_of_ended_sessions),
		cmocka_unit_test(the_list_of_portals_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
