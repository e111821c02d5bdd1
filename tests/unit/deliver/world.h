/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_DELIVER_WORLD_H
#define PRATU_TESTS_DELIVER_WORLD_H

/* An outbox over an LMDB store in a directory of its own, a clock that is set by hand, and carriers
 * that do as they are told and keep what they got. */
#include "deliver/sender.h"
#include "unit/check.h"
#include "base/clock.h"

#include <pthread.h>

#define SEEN_MAX 512

struct scripted {
	struct carrier carrier;
	enum carried answer;
	const char *provider_id, *error;
	pthread_mutex_t lock;
	size_t n;
	char texts[SEEN_MAX][64], ids[SEEN_MAX][32];
	void (*before)(void); /* called within send */
};

struct world {
	char directory[64];
	struct arena *arena;
	struct vault vault;
	struct clock clock;
	int64_t now_ms;
	struct store *store;
	struct outbox *outbox;
	struct scripted mail, sms, second;
	const struct carrier *carriers[3];
};

#define NOW_MS 1800000000000

void world_open_store(struct world *w);
void world_new_outbox(struct world *w, int threads);
int world_setup(void **state);
int world_teardown(void **state);
#define world_test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

struct outbox_message world_mail(const char *text);
struct outbox_message world_sms(const char *text);
/* Puts in a batch of its own; the id lives in the world's arena. */
enum rc world_put(struct world *w, const struct outbox_message *m, struct str *ret_id);
struct message world_get(struct world *w, struct str id);
size_t world_run(struct world *w);
uint64_t world_count(struct world *w, int table);

#endif
