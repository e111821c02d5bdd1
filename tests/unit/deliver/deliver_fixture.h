/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_DELIVER_WORLD_H
#define PRATU_TESTS_DELIVER_WORLD_H

/* An outbox over an LMDB store in a directory of its own, a clock that is set by hand, and
 * transports that do as they are told and keep what they got. */
#include "core/tx.h"
#include "deliver/sender.h"
#include "unit/check.h"
#include "base/clock.h"

#include <pthread.h>

#define SEEN_MAX 512

struct scripted_transport {
	struct transport transport;
	enum transport_outcome answer;
	const char *provider_id, *error;
	pthread_mutex_t lock;
	size_t n;
	char texts[SEEN_MAX][64], ids[SEEN_MAX][32];
	void (*before)(void); /* called within send */
};

struct outbox_fixture {
	char directory[64];
	struct arena *arena;
	struct vault vault;
	struct clock clock;
	int64_t now_ms;
	struct store *store;
	struct outbox *outbox;
	struct throttle *throttle; /* 300 messages to one target in an hour */
	struct app app;            /* for units of work; outbox_fixture_tx fills it */
	struct scripted_transport mail, sms, second;
	const struct transport *transports[3];
};

#define NOW_MS 1800000000000

void outbox_fixture_open_store(struct outbox_fixture *w);
void outbox_fixture_new_outbox(struct outbox_fixture *w, int threads);
int outbox_fixture_setup(void **state);
int outbox_fixture_teardown(void **state);
#define outbox_fixture_test(f)                                                                     \
	cmocka_unit_test_setup_teardown(f, outbox_fixture_setup, outbox_fixture_teardown)

struct outbox_message outbox_fixture_mail(const char *text);
struct outbox_message outbox_fixture_sms(const char *text);
/* Puts in a batch of its own; the id lives in the fixture's arena. */
enum rc outbox_fixture_put(
	struct outbox_fixture *w, const struct outbox_message *m, struct str *ret_id);
/* A unit of work on a new snapshot; end it by tx_end. */
struct tx outbox_fixture_tx(struct outbox_fixture *w);
struct message outbox_fixture_get(struct outbox_fixture *w, struct str id);
size_t outbox_fixture_run(struct outbox_fixture *w);
uint64_t outbox_fixture_count(struct outbox_fixture *w, int table);

#endif
