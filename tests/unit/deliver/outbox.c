/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver_fixture.h"

#include "obs/log.h"
#include "core/schema.h"
#include "deliver/outbox.h"
#include "deliver/outbox_operations.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void sends_once_and_forgets_the_text(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_mail("รหัส 123456");
	struct message got;
	struct str id;

	check_ok(outbox_fixture_put(w, &m, &id));
	got = outbox_fixture_get(w, id);
	assert_int_equal(got.state, MESSAGE_QUEUED);
	assert_true(got.sealed.n > 0);
	assert_null(memmem(got.sealed.p, got.sealed.n, "123456", 6));
	check_c(got.masked, "so***@dla.example");
	assert_int_equal(outbox_fixture_run(w), 1);
	assert_int_equal(outbox_fixture_run(w), 0);
	got = outbox_fixture_get(w, id);
	assert_int_equal(got.state, MESSAGE_SENT);
	assert_int_equal(got.sealed.n, 0);
	assert_int_equal(got.attempts, 1);
	assert_int_equal(w->mail.n, 1);
	assert_string_equal(w->mail.texts[0], "รหัส 123456");
	assert_int_equal(outbox_fixture_count(w, TABLE_MESSAGE_DUE), 0);
}

static void is_not_there_without_its_batch(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_mail("x");
	struct tx tx = outbox_fixture_tx(w);
	const char *why;

	check_ok(outbox_put(&tx, &m, NULL, &why));
	tx_end(&tx);
	store_expect(tx.batch, TABLE_META, STR("nothing"), 7);
	check_rc(store_commit(w->store, tx.batch), RC_CONFLICT);
	assert_int_equal(outbox_fixture_run(w), 0);
	assert_int_equal(outbox_fixture_count(w, TABLE_MESSAGE), 0);
}

static void tries_again_with_the_same_text(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_mail("same");
	struct message got;
	struct str id;
	int64_t last = 0;

	w->mail.answer = TRANSPORT_RETRY;
	check_ok(outbox_fixture_put(w, &m, &id));
	for (int i = 0; i < 4; i++) {
		assert_int_equal(outbox_fixture_run(w), 1);
		assert_int_equal(outbox_fixture_run(w), 0);
		got = outbox_fixture_get(w, id);
		check_c(got.error, "scripted");
		assert_true(got.due_ms - w->now_ms > last); /* longer each time */
		last = got.due_ms - w->now_ms;
		w->now_ms = got.due_ms;
	}
	w->mail.answer = TRANSPORT_SENT;
	assert_int_equal(outbox_fixture_run(w), 1);
	assert_int_equal(w->mail.n, 5);
	for (size_t i = 1; i < w->mail.n; i++) {
		assert_string_equal(w->mail.texts[i], "same");
		assert_string_equal(w->mail.ids[i], w->mail.ids[0]);
	}
}

/* Providers repeat number, address and text in their errors: none of it is kept or logged. */
static char logged[4096];

static void keep_log(void *data, struct str line)
{
	size_t n = strlen(logged);

	(void)data;
	snprintf(logged + n, sizeof(logged) - n, "%.*s", STR_FMT(line));
}

static void errors_tell_no_target_and_no_code(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_mail("code");
	struct str id;

	w->mail.answer = TRANSPORT_RETRY;
	w->mail.error =
		"550 5.1.1 <person@office.test> 0812345678, 081-234-5678: \"รหัส 123456\" 123-456";
	check_ok(outbox_fixture_put(w, &m, &id));
	log_set_sink(keep_log, NULL);
	assert_int_equal(outbox_fixture_run(w), 1);
	log_set_sink(NULL, NULL);
	check_c(outbox_fixture_get(w, id).error, "550 5.1.1 # #, #: \"???????????? #\" #");
	assert_null(strstr(logged, "123456"));
}

static void never_sends_after_its_time(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_mail("late");
	struct str id;

	check_ok(outbox_fixture_put(w, &m, &id));
	w->now_ms = m.not_after * 1000 - 1;
	w->mail.answer = TRANSPORT_RETRY;
	assert_int_equal(outbox_fixture_run(w), 1);
	w->now_ms = m.not_after * 1000;
	w->mail.answer = TRANSPORT_SENT;
	assert_int_equal(outbox_fixture_run(w), 0);
	assert_int_equal(w->mail.n, 1);
	assert_int_equal(outbox_fixture_get(w, id).state, MESSAGE_EXPIRED);
	assert_int_equal(outbox_fixture_get(w, id).sealed.n, 0);
}

static void refusal_is_final(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_mail("no");
	struct str id;

	w->mail.answer = TRANSPORT_REJECTED;
	check_ok(outbox_fixture_put(w, &m, &id));
	assert_int_equal(outbox_fixture_run(w), 1);
	w->now_ms += 100000;
	assert_int_equal(outbox_fixture_run(w), 0);
	assert_int_equal(outbox_fixture_get(w, id).state, MESSAGE_FAILED);
}

static void second_provider_gets_the_same(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_sms("code 1");
	struct str id;

	w->sms.answer = TRANSPORT_RETRY;
	check_ok(outbox_fixture_put(w, &m, &id));
	assert_int_equal(outbox_fixture_run(w), 1);
	assert_int_equal(w->second.n, 1);
	assert_string_equal(w->second.texts[0], w->sms.texts[0]);
	check_c(outbox_fixture_get(w, id).provider, "second");
	assert_int_equal(outbox_fixture_get(w, id).state, MESSAGE_SENT);
	/* A final word of one provider does not end it while another may take it later. */
	w->sms.answer = TRANSPORT_REJECTED;
	w->second.answer = TRANSPORT_RETRY;
	check_ok(outbox_fixture_put(w, &m, &id));
	assert_int_equal(outbox_fixture_run(w), 1);
	assert_int_equal(outbox_fixture_get(w, id).state, MESSAGE_QUEUED);
}

static void counts_by_target(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_sms("n");

	for (int i = 0; i < 300; i++)
		check_ok(outbox_fixture_put(w, &m, NULL));
	check_rc(outbox_fixture_put(w, &m, NULL), RC_LIMITED);
	m.target = STR("+66812345679");
	check_ok(outbox_fixture_put(w, &m, NULL));
	m.target = STR("+66812345678");
	w->now_ms += (int64_t)2 * 3600 * 1000; /* its window slides */
	m.not_after = w->now_ms / 1000 + 300;
	check_ok(outbox_fixture_put(w, &m, NULL));
}

/* Two puts on one snapshot: the second of them does not slip under the limit. */
static void counts_races(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_sms("n");
	struct tx tx[2] = {outbox_fixture_tx(w), outbox_fixture_tx(w)};
	const char *why;

	for (int i = 0; i < 2; i++) {
		check_ok(outbox_put(&tx[i], &m, NULL, &why));
		tx_end(&tx[i]);
	}
	check_ok(store_commit(w->store, tx[0].batch));
	check_rc(store_commit(w->store, tx[1].batch), RC_CONFLICT);
}

static void bounds_the_queue(void **state)
{
	struct outbox_fixture *w = *state;
	char target[32];

	for (int i = 0; i < 1000; i++) {
		struct outbox_message m = outbox_fixture_sms("n");

		snprintf(target, sizeof(target), "+6681%07d", i);
		m.target = str_c(target);
		check_ok(outbox_fixture_put(w, &m, NULL));
	}
	check_rc(outbox_fixture_put(w,
			 &(struct outbox_message){.kind = MESSAGE_SMS,
				 .target = STR("+66911111111"),
				 .text = STR("x")},
			 NULL),
		RC_LIMITED);
}

static void needs_a_transport(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_sms("x");
	struct outbox *all = w->outbox;
	struct outbox_options none = {.store = w->store, .vault = &w->vault, .clock = &w->clock};

	check_ok(outbox_new(&none, &w->outbox));
	assert_false(outbox_offers(w->outbox, MESSAGE_SMS));
	check_rc(outbox_fixture_put(w, &m, NULL), RC_UNAVAILABLE);
	outbox_free(w->outbox);
	w->outbox = all;
	assert_true(outbox_offers(w->outbox, MESSAGE_SMS));
	assert_false(outbox_offers(NULL, MESSAGE_SMS));
}

static bool audit_line_has(struct outbox_fixture *w, uint64_t number, const char *part)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	struct store_record line;

	check_ok(store_snapshot_begin(w->store, &snap));
	check_ok(store_get(snap, TABLE_AUDIT, store_key_log(w->arena, number), &line));
	return memmem(line.value.p, line.value.n, part, strlen(part)) != NULL;
}

static enum rc run_order(
	struct outbox_fixture *w, const char *name, const struct outbox_order_args *args)
{
	static const struct actor somsri = {ACTOR_COMMAND, STR_INIT("cli:somsri"), {0}, {0}};
	struct operation_call call = {
		.operation = operation_find(deliver_operations, str_c(name)), .args = args};
	struct tx tx = outbox_fixture_tx(w); /* fills the application */

	tx_end(&tx);
	return operation_run(&w->app, &somsri, w->arena, &call);
}

static void drops_and_retries(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_mail("x");
	struct outbox_order_args order = {.reason = STR("ผิดคน")}, none = order;

	w->mail.answer = TRANSPORT_RETRY;
	check_ok(outbox_fixture_put(w, &m, &order.id));
	assert_int_equal(outbox_fixture_run(w), 1);
	assert_int_equal(outbox_fixture_run(w), 0);
	check_ok(run_order(w, "outbox.retry", &order));
	assert_int_equal(outbox_fixture_run(w), 1);
	order.reason = STR("a\nb");
	check_rc(run_order(w, "outbox.cancel", &order), RC_INVALID);
	order.reason = STR_NONE;
	check_ok(run_order(w, "outbox.cancel", &order));
	check_rc(run_order(w, "outbox.cancel", &order), RC_EXPIRED);
	check_rc(run_order(w, "outbox.retry", &order), RC_EXPIRED);
	none.id = STR("nothing");
	check_rc(run_order(w, "outbox.retry", &none), RC_NOT_FOUND);
	/* Who and why, once for each change that was made. */
	assert_int_equal(outbox_fixture_count(w, TABLE_AUDIT), 2);
	assert_true(audit_line_has(w, 1, "\"event\":\"message_retried\""));
	assert_true(audit_line_has(w, 1, "\"actor\":\"cli:somsri\""));
	assert_true(audit_line_has(w, 1, "ผิดคน"));
	assert_true(audit_line_has(w, 2, "\"event\":\"message_cancelled\""));
	w->now_ms += 100000;
	assert_int_equal(outbox_fixture_run(w), 0);
	assert_int_equal(outbox_fixture_get(w, order.id).state, MESSAGE_CANCELLED);
}

static void reports_are_idempotent(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_sms("x");
	struct str id;

	w->sms.provider_id = "their-id";
	check_ok(outbox_fixture_put(w, &m, &id));
	assert_int_equal(outbox_fixture_run(w), 1);
	check_rc(outbox_report(w->outbox, w->arena, STR("second"), STR("their-id"), true),
		RC_NOT_FOUND);
	w->now_ms += 2 * 86400 * INT64_C(1000);
	for (int i = 0; i < 3; i++)
		check_ok(outbox_report(w->outbox, w->arena, STR("first"), STR("their-id"), i == 0));
	assert_int_equal(outbox_fixture_get(w, id).state, MESSAGE_DELIVERED);
}

static void threads_send_each_message_once(void **state)
{
	struct outbox_fixture *w = *state;
	char text[16];

	for (int i = 0; i < 100; i++) {
		struct outbox_message m = outbox_fixture_mail("");

		snprintf(text, sizeof(text), "n%d", i);
		m.text = str_c(text);
		check_ok(outbox_fixture_put(w, &m, NULL));
	}
	outbox_start(w->outbox);
	while (outbox_fixture_count(w, TABLE_MESSAGE_DUE))
		usleep(2000);
	assert_true(outbox_stop(w->outbox, monotonic_ms() + 60000));
	assert_int_equal(w->mail.n, 100);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void wait_at_gate(void)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
}

/* All senders of SMS hang; mail goes. */
static void a_slow_kind_stops_no_other(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_sms("x"), letter = outbox_fixture_mail("y");
	struct str id;

	for (int i = 0; i < 100; i++)
		check_ok(outbox_fixture_put(w, &m, NULL));
	check_ok(outbox_fixture_put(w, &letter, &id));
	w->sms.before = wait_at_gate;
	pthread_mutex_lock(&gate);
	outbox_start(w->outbox);
	while (outbox_fixture_get(w, id).state != MESSAGE_SENT)
		usleep(2000);
	assert_int_equal(w->sms.n, 0);
	pthread_mutex_unlock(&gate);
	assert_true(outbox_stop(w->outbox, monotonic_ms() + 60000));
}

/* ---- a sender that dies ---- */

static void die_now(void)
{
	kill(getpid(), SIGKILL);
}

static int sent_pipe[2];

/* Sends, for the parent to see, and dies before the outcome is written. */
static void send_and_die(const struct transport *c, struct arena *a,
	const struct transport_message *what, struct transport_result *ret)
{
	if (write(sent_pipe[1], what->content.text.p, what->content.text.n) > 0)
		die_now();
}

/* A child opens the store by itself, claims, and dies before it sends or after it has. */
static void child_dies(struct outbox_fixture *w, bool sends)
{
	pid_t pid;
	int status;

	store_close(w->store);
	pid = fork();
	if (pid == 0) {
		size_t n;

		outbox_fixture_open_store(w);
		outbox_fixture_new_outbox(w, 1);
		w->mail.before = die_now;
		if (sends)
			w->mail.transport.send = send_and_die;
		if (outbox_run(w->outbox, &n) != RC_OK)
			_exit(3);
		_exit(4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	outbox_free(w->outbox);
	outbox_fixture_open_store(w);
	outbox_fixture_new_outbox(w, 4);
}

static void survives_its_sender(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_mail("code 4711");
	struct str id;

	check_ok(outbox_fixture_put(w, &m, &id));
	child_dies(w, false);
	assert_int_equal(outbox_fixture_get(w, id).state, MESSAGE_QUEUED);
	assert_int_equal(outbox_fixture_get(w, id).attempts, 1);
	/* Within the lease nobody else takes it, behind it somebody does. */
	assert_int_equal(outbox_fixture_run(w), 0);
	w->now_ms += 59999;
	assert_int_equal(outbox_fixture_run(w), 0);
	w->now_ms += 1;
	assert_int_equal(outbox_fixture_run(w), 1);
	assert_int_equal(outbox_fixture_get(w, id).state, MESSAGE_SENT);
	assert_string_equal(w->mail.texts[0], "code 4711");
	assert_int_equal(w->mail.n, 1);
}

/* Sent, and the sender died before it could say so: the same text once more, no other. */
static void repeats_what_nobody_acknowledged(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_mail("code 0815");
	char sent[64] = "";
	struct str id;

	check_ok(outbox_fixture_put(w, &m, &id));
	assert_int_equal(pipe(sent_pipe), 0);
	child_dies(w, true);
	assert_int_equal(read(sent_pipe[0], sent, sizeof(sent) - 1), 9);
	assert_int_equal(outbox_fixture_run(w), 0);
	w->now_ms += 60000;
	assert_int_equal(outbox_fixture_run(w), 1);
	assert_int_equal(w->mail.n, 1);
	assert_string_equal(w->mail.texts[0], sent);
	assert_int_equal(outbox_fixture_get(w, id).state, MESSAGE_SENT);
	close(sent_pipe[0]);
	close(sent_pipe[1]);
}

/* The first sender is so slow that its lease runs out: the second's outcome stands. */
static struct outbox_fixture *slow_world;

/* Of another process: what this one knows of the mail server it does not. */
static void others_turn(void)
{
	struct outbox *first = slow_world->outbox;

	slow_world->mail.before = NULL;
	slow_world->now_ms += 60000;
	outbox_fixture_new_outbox(slow_world, 4);
	assert_int_equal(outbox_fixture_run(slow_world), 1);
	outbox_free(slow_world->outbox);
	slow_world->outbox = first;
}

static void late_outcome_changes_nothing(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_mail("x");
	struct str id;

	slow_world = w;
	check_ok(outbox_fixture_put(w, &m, &id));
	w->mail.before = others_turn;
	assert_int_equal(outbox_fixture_run(w), 1);
	assert_int_equal(w->mail.n, 2);
	assert_string_equal(w->mail.texts[0], w->mail.texts[1]);
	assert_int_equal(outbox_fixture_get(w, id).state, MESSAGE_SENT);
	assert_int_equal(outbox_fixture_get(w, id).attempts, 2);
}

static void others_turn_fails(void)
{
	slow_world->mail.answer = TRANSPORT_RETRY;
	others_turn();
	slow_world->mail.answer = TRANSPORT_SENT;
}

static void late_success_counts(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_mail("x");
	struct str id;

	slow_world = w;
	check_ok(outbox_fixture_put(w, &m, &id));
	w->mail.before = others_turn_fails;
	assert_int_equal(outbox_fixture_run(w), 1);
	assert_int_equal(outbox_fixture_get(w, id).state, MESSAGE_SENT);
	assert_int_equal(outbox_fixture_count(w, TABLE_MESSAGE_DUE), 0);
}

static void others_turn_then_fail(void)
{
	others_turn_fails();
	slow_world->mail.answer = TRANSPORT_REJECTED;
}

static struct str under_way;

/* A code is used while its provider has not answered yet. */
static void taken_back_meanwhile(void)
{
	struct outbox_fixture *w = slow_world;
	struct tx tx = outbox_fixture_tx(w);

	check_ok(outbox_cancel(&tx, under_way));
	check_ok(outbox_cancel(&tx, STR("of another time")));
	tx_end(&tx);
	check_ok(store_commit(w->store, tx.batch));
	assert_int_equal(outbox_fixture_get(w, under_way).state, MESSAGE_CANCELLED);
}

static void taken_back_while_it_is_sent(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_mail("x");
	struct str failing;

	slow_world = w;
	w->mail.before = taken_back_meanwhile;
	check_ok(outbox_fixture_put(w, &m, &under_way));
	assert_int_equal(outbox_fixture_run(w), 1);
	assert_int_equal(outbox_fixture_get(w, under_way).state, MESSAGE_SENT);
	w->mail.answer = TRANSPORT_RETRY;
	check_ok(outbox_fixture_put(w, &m, &under_way));
	failing = under_way;
	assert_int_equal(outbox_fixture_run(w), 1);
	assert_int_equal(outbox_fixture_get(w, failing).state, MESSAGE_CANCELLED);
	w->mail.before = NULL;
	w->now_ms += 60000;
	assert_int_equal(outbox_fixture_run(w), 0);
}

static void late_failure_does_not(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_mail("x");
	struct str id;

	slow_world = w;
	check_ok(outbox_fixture_put(w, &m, &id));
	w->mail.before = others_turn_then_fail;
	assert_int_equal(outbox_fixture_run(w), 1);
	assert_int_equal(outbox_fixture_get(w, id).state, MESSAGE_QUEUED);
}

static void state_is_swept(void **state)
{
	struct outbox_fixture *w = *state;
	struct outbox_message m = outbox_fixture_mail("x");
	size_t n;

	check_ok(outbox_fixture_put(w, &m, NULL));
	assert_int_equal(outbox_fixture_run(w), 1);
	w->now_ms += OUTBOX_KEEP * 1000;
	check_ok(store_sweep(w->store, 1000, &n));
	assert_int_equal(outbox_fixture_count(w, TABLE_MESSAGE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		outbox_fixture_test(sends_once_and_forgets_the_text),
		outbox_fixture_test(is_not_there_without_its_batch),
		outbox_fixture_test(tries_again_with_the_same_text),
		outbox_fixture_test(errors_tell_no_target_and_no_code),
		outbox_fixture_test(never_sends_after_its_time),
		outbox_fixture_test(refusal_is_final),
		outbox_fixture_test(second_provider_gets_the_same),
		outbox_fixture_test(counts_by_target),
		outbox_fixture_test(counts_races),
		outbox_fixture_test(bounds_the_queue),
		outbox_fixture_test(needs_a_transport),
		outbox_fixture_test(drops_and_retries),
		outbox_fixture_test(reports_are_idempotent),
		outbox_fixture_test(threads_send_each_message_once),
		outbox_fixture_test(survives_its_sender),
		outbox_fixture_test(repeats_what_nobody_acknowledged),
		outbox_fixture_test(a_slow_kind_stops_no_other),
		outbox_fixture_test(late_outcome_changes_nothing),
		outbox_fixture_test(late_success_counts),
		outbox_fixture_test(late_failure_does_not),
		outbox_fixture_test(taken_back_while_it_is_sent),
		outbox_fixture_test(state_is_swept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
