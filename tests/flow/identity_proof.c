/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is kept of a proof of identity, and what portals are told of it afterwards. */
#include "flow/helpers.h"

#include "idp/assurance/identity_proof.h"
#include "support/administration.h"

#include <pthread.h>

#define TF      "\"trust_framework\":\"urn:test:framework\""
#define ONLY_TF "{\"verification\":{" TF "},"
#define GIVEN   "\"claims\":{\"given_name\":\"สมชาย\"}}"
#define ASK_TF  "{\"verification\":{\"trust_framework\":null},"

static void names_and_card(struct auth_identity *who)
{
	who->title_th = STR("นาย");
	who->given_th = STR("สมชาย");
	who->family_th = STR("ใจดี");
	who->given_en = STR("Somchai");
	who->family_en = STR("Jaidee");
	who->card_issued = STR("2024-01-02");
	who->card_expires = STR("2032-01-01");
	who->gender = STR("male");
	who->address = STR("99 หมู่ 1");
}

static struct fixture *fixture_proven(struct browser *b)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	*b = (struct browser){.w = w};
	w->script.told = names_and_card;
	log_in(b, SOMCHAI_PID);
	return w;
}

static struct str member_text(struct fixture *w, struct str document)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root = NULL;
	const struct json_value *claims;

	check_ok(json_value_parse(document, 1 << 20, &root));
	claims = json_value_get(root, "verified_claims");
	return claims ? json_value_text(w->a, claims) : STR_NONE;
}

/* Asked for in the ID token: what it has, also after a refresh. */
static void check_given(struct browser *b, const char *request, const char *answer)
{
	struct fixture *w = b->w;
	struct str claims = text(w, "claims={\"id_token\":{\"verified_claims\":%s}}", request);
	struct raw_answer r = authorize(b, ask(w, "scope=openid offline_access", claims.p, NULL));

	r = redeem(w, "portal", check_code(w, &r), CODE_VERIFIER);
	check_c(member_text(w, jwt_payload(w, member(w, &r, "id_token"))), answer);
	r = refresh(w, "portal", member(w, &r, "refresh_token"));
	check_c(member_text(w, jwt_payload(w, member(w, &r, "id_token"))), answer);
}

static struct identity_proof kept_proof(struct fixture *w)
{
	struct store_snapshot *snap;
	struct identity_proof proof;

	check_ok(store_snapshot_begin(w->p.store, &snap));
	check_ok(record_get(snap, TABLE_IDENTITY_PROOF, key_join(w->a, SOMCHAI, STR("thaid")), w->a,
		&proof, NULL));
	proof.given_th = str_dup(w->a, proof.given_th);
	proof.family_th = str_dup(w->a, proof.family_th);
	proof.ial = str_dup(w->a, proof.ial);
	store_snapshot_end(snap);
	return proof;
}

static void new_name(struct auth_identity *who)
{
	static char long_name[130];

	memset(long_name, 'x', sizeof(long_name));
	names_and_card(who);
	who->given_th = STR("สมชัย");
	who->family_th = (struct str){long_name, 121};
	who->title_en = (struct str){long_name, 60};
	who->card_issued = STR("2500-00-00");
}

/* The latest proof holds; a name that does not fit is left out, never cut. */
static void latest_proof_holds(void **state)
{
	struct browser b;
	struct fixture *w = fixture_proven(&b);
	struct browser second = {.w = w};
	struct identity_proof proof = kept_proof(w);

	(void)state;
	assert_int_equal(proof.time, 1800000000);
	check_c(proof.ial, "2.3");
	fixture_advance_clock(w, 5000);
	w->script.told = new_name;
	w->script.ial = "2.1";
	w->script.auth_time = 1800004000;
	log_in(&second, SOMCHAI_PID);
	proof = kept_proof(w);
	assert_int_equal(records(w, TABLE_IDENTITY_PROOF), 1);
	assert_int_equal(proof.first_time, 1800000000);
	assert_int_equal(proof.time, 1800004000);
	check_c(proof.ial, "2.1");
	check_c(proof.given_th, "สมชัย");
	check_c(proof.family_th, "");
	/* A date with an unknown day is no date of an answer. */
	check_given(&second,
		"{\"verification\":{\"trust_framework\":null,\"evidence\":[{\"type\":null,"
		"\"document_details\":{\"type\":null,\"date_of_issuance\":null}}]},"
		"\"claims\":{\"given_name\":null}}",
		"{\"verification\":{" TF ",\"evidence\":[{\"type\":\"document\","
		"\"document_details\":{\"type\":\"idcard\"}}]},"
		"\"claims\":{\"given_name\":\"สมชัย\"}}");
	fixture_free(w);
}

/* A time that the upstream cannot know is not believed. */
static void time_to_come_is_not_believed(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	(void)state;
	w->script.auth_time = 1800000000 + 60;
	log_in(&b, SOMCHAI_PID);
	assert_int_equal(kept_proof(w).time, 1800000000);
	fixture_free(w);
}

/* Nobody stands behind it: nothing is kept, and discovery says so. */
static void method_without_source(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	(void)state;
	w->p.methods.v[0].source = NULL;
	log_in(&b, SOMCHAI_PID);
	assert_int_equal(records(w, TABLE_IDENTITY_PROOF), 0);
	check_given(&b, ASK_TF "\"claims\":{\"given_name\":null}}", "");
	fixture_free(w);
}

static enum rc put_second(struct tx *tx, void *arg)
{
	static const struct auth_source bank = {
		.trust_framework = STR_INIT("urn:test:framework"), .organization = "ธนาคาร"};
	static const struct auth_method paotang = {.name = "paotang", .source = &bank};
	static const struct auth_identity who = {
		.given_th = STR_INIT("สมชาย"), .birthdate = STR_INIT("1990-05-06")};

	(void)arg;
	return identity_proof_note(tx, &paotang, SOMCHAI, &who);
}

/* Another source by the same record: each answers the request by itself. */
static void each_source_answers(void **state)
{
	static const struct actor actor = {.kind = ACTOR_COMMAND, .id = STR_INIT("cli:tester")};
	struct browser b;
	struct fixture *w = fixture_proven(&b);

	(void)state;
	check_ok(tx_run(&w->p, &actor, w->a, put_second, NULL));
	check_given(&b, ASK_TF "\"claims\":{\"given_name\":null}}",
		"[" ONLY_TF GIVEN "," ONLY_TF GIVEN "]");
	check_given(&b, ASK_TF "\"claims\":{\"birthdate\":null}}",
		ONLY_TF "\"claims\":{\"birthdate\":\"1990-05-06\"}}");
	check_given(&b,
		"{\"verification\":{\"trust_framework\":null,\"evidence\":[{\"type\":{\"value\":"
		"\"document\"}}]},\"claims\":{\"given_name\":null}}",
		"{\"verification\":{" TF ",\"evidence\":[{\"type\":\"document\"}]}," GIVEN);
	fixture_free(w);
}

enum { RACERS = 4 };

struct login_racer {
	struct fixture *w;
	struct arena *a;
	const char *target, *cookies;
	struct raw_answer answer;
};

static void *return_at_once(void *data)
{
	struct login_racer *r = data;

	r->answer = raw_get(r->a, r->w->port, r->target, r->cookies);
	return NULL;
}

/* Logins of one person from several browsers at once: one record, and every login is done. */
static void logins_at_once(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct login_racer racers[RACERS];
	pthread_t threads[RACERS];

	(void)state;
	w->script.told = names_and_card;
	for (size_t i = 0; i < RACERS; i++) {
		struct browser b = {.w = w};
		struct raw_answer r = authorize(&b, ask(w, NULL));

		racers[i] = (struct login_racer){.w = w,
			.a = arena_new(ARENA_MAX),
			.target = str_dup_c(w->a, return_of(&b, &r)),
			.cookies = text(w, "Cookie: pratu_browser=%.*s\r\n",
				STR_FMT(cookie_of(&b, "pratu_browser")))
					   .p};
	}
	for (size_t i = 0; i < RACERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, return_at_once, &racers[i]), 0);
	for (size_t i = 0; i < RACERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(racers[i].answer.status, 303);
		arena_free(racers[i].a);
	}
	assert_int_equal(records(w, TABLE_IDENTITY_PROOF), 1);
	assert_int_equal(records(w, TABLE_SESSION), RACERS);
	fixture_free(w);
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(latest_proof_holds),
		T(time_to_come_is_not_believed),
		T(method_without_source),
		T(each_source_answers),
		T(logins_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
