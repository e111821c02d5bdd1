/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Files that an administrator imports, of the kind the first byte says: every row is taken or told,
 * within the bounds, and nothing is written by a dry run. */
#include "base/secret.h"
#include "directory/directory.h"
#include "directory/import/import.h"
#include "base/clock.h"
#include "support/counting_rng.h"
#include "support/store/mem.h"

#define NOW_MS 1800000000000

static int64_t fixed_now_ms(void *data)
{
	(void)data;
	return NOW_MS;
}

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

struct import_fixture {
	struct clock clock;
	struct vault vault;
	struct app app;
	struct actor actor;
	uint64_t events;
};

static uint64_t events(const struct import_fixture *s)
{
	struct store_snapshot *snap;
	uint64_t n;

	must(store_snapshot_begin(s->app.store, &snap) == RC_OK);
	must(store_count(snap, TABLE_AUDIT, &n) == RC_OK);
	store_snapshot_end(snap);
	return n;
}

static enum rc import_text(struct import_fixture *s, enum import_kind kind, struct str text,
	bool dry_run, struct import_result *ret)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX_CLI);
	const struct import_request request = {
		.kind = kind, .file = "f.csv", .text = text, .dry_run = dry_run};
	struct buf errors;
	enum rc rc;

	buf_init(&errors, a, IMPORT_ERRORS_BYTES);
	rc = import_csv(&s->app, &s->actor, &request, &errors, ret);
	must(buf_status(&errors) == RC_OK);
	must((rc == RC_INVALID) == (errors.n > 0));
	return rc;
}

/* One of each, so that rows can refer to something. */
static void store_fill(struct import_fixture *s)
{
	static const struct {
		enum import_kind kind;
		const char *text;
	} files[] = {
		{IMPORT_OFFICES, "code,name_th,parent\ndla,A,\np10,B,dla\n"},
		{IMPORT_SYSTEMS, "id,name_th,roles,office\nplan,P,user;boss,dla\n"},
		{IMPORT_PEOPLE, "citizen_number,given_th\n1101700230708,S\n"},
		{IMPORT_ACCOUNTS, "username,citizen_number,office\nsomchai,1101700230708,dla\n"},
		{IMPORT_CREDENTIALS, "username,hash\nsomchai,$1$abcdefgh$fONRjUkBEA8OT8s1E16wq/\n"},
	};
	struct import_result result;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		must(import_text(s, files[i].kind, str_c(files[i].text), false, &result) == RC_OK);
	s->events = events(s);
}

static struct import_fixture *site(void)
{
	static struct import_fixture s;
	struct secret *master;

	if (s.app.store)
		return &s;
	master = secret_new(STR("a master secret that only tests have"));
	vault_open(master, &s.vault);
	secret_free(master);
	s.clock = (struct clock){fixed_now_ms, NULL};
	must(store_open_mem(app_schema(), &s.clock, &s.app.store) == RC_OK);
	s.app.vault = &s.vault;
	s.app.clock = &s.clock;
	s.app.rng = &counting_rng_new()->rng; /* one run as the other */
	s.actor = (struct actor){ACTOR_COMMAND, STR("cli:fuzz"), STR_NONE, STR_NONE};
	store_fill(&s);
	return &s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct import_fixture *s = site();
	struct import_result r;
	enum rc rc;

	if (!size)
		return 0;
	rc = import_text(s, (enum import_kind)(data[0] % IMPORT_KIND_MAX),
		(struct str){(const char *)data + 1, size - 1}, true, &r);
	must(rc == RC_OK || rc == RC_INVALID);
	if (rc == RC_OK)
		must(!r.faults && r.added + r.changed + r.unchanged == r.rows);
	else
		must(r.faults > 0);
	must(events(s) == s->events);
	return 0;
}
