/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A code leaves as soon as it is stored: the operation wakes the outbox's senders. */
#include "deliver/sender.h"
#include "flow/otp_fixture.h"
#include "deliver/outbox.h"

#define PATIENCE_MS 20000

/* A mail server that counts. */
static int taken;

static void accept_message(const struct transport *c, struct arena *a,
	const struct transport_message *what, struct transport_result *ret)
{
	ret->outcome = TRANSPORT_SENT;
	__atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
}

static const struct transport transport = {"mail", MESSAGE_EMAIL, accept_message, 1000};
static const struct transport *const transports[] = {&transport};

/* The post as src/main makes it. */
static enum rc put_otp(void *data, struct op *op, const struct challenge_message *m)
{
	const struct outbox_message message = {.kind = MESSAGE_EMAIL,
		.target = m->target,
		.subject = m->subject,
		.text = m->text,
		.purpose = STR("login"),
		.code = true,
		.not_after = m->not_after};
	const char *why;

	return outbox_put(&op->tx, &message, NULL, &why);
}

static bool taken_within_patience(int n)
{
	const struct timespec pause = {0, 5000000};

	for (int ms = 0; ms < PATIENCE_MS; ms += 5) {
		if (__atomic_load_n(&taken, __ATOMIC_RELAXED) == n)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static void a_code_leaves_when_it_is_stored(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct app *p = &c->w->p;
	struct browser one = {.w = c->w}, two = {.w = c->w};
	const struct outbox_options options = {.store = p->store,
		.vault = p->vault,
		.clock = p->clock,
		.rng = p->rng,
		.transports = transports,
		.n_transports = 1,
		.threads = 2,
		.lease_ms = OUTBOX_LEASE_MS,
		.scan_ms = 3600000, /* nobody looks by himself */
		.retry_first_ms = OUTBOX_RETRY_FIRST_MS,
		.waiting_max = 10};

	c->post.put = put_otp;
	check_ok(outbox_new(&options, &p->outbox));
	outbox_start(p->outbox);
	code_page(&one);
	assert_true(taken_within_patience(1));
	fixture_advance_clock(c->w, 61);
	code_page(&two);
	assert_true(taken_within_patience(2));
	assert_true(outbox_stop(p->outbox, monotonic_ms() + 60000));
	outbox_free(p->outbox);
	p->outbox = NULL;
	otp_fixture_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_leaves_when_it_is_stored),
	};

	return cmocka_run_group_tests_name("flow/wake", tests, NULL, NULL);
}
