/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/clients.h"
#include "directory/operations/client_secret.h"

#include "codec/base64.h"
#include "directory/operations/check.h"
#include "directory_fixture.h"
#include "crypto/hash.h"
#include "directory/directory.h"

#include <pthread.h>

#define PORTAL                                                                                     \
	"\"client_name\":\"P\",\"system\":\"plan\",\"redirect_uris\":[\"https://p.example/cb\"]"

static void add_system(struct rights_fixture *s)
{
	struct store_batch *b = store_batch_new(s->arena);
	struct str roles[] = {STR("user")};
	struct system system = {.id = STR("plan"), .name_th = STR("แผน"), .roles = {roles, 1}};

	system_put(b, s->arena, &system, STORE_ABSENT);
	assert_int_equal(store_commit(s->admin.app.store, b), RC_OK);
}

static enum rc with_json(struct rights_fixture *s, const struct operation *o, const char *json,
	struct client_made *ret)
{
	const struct client_metadata_args args = {str_c(json)};

	return admin_run(&s->admin, s->arena, o, &args, ret);
}

static enum rc client_remove(struct rights_fixture *s, const char *id)
{
	const struct client_remove_args args = {str_c(id)};

	return admin_run(&s->admin, s->arena, &operation_client_remove, &args, NULL);
}

struct reading {
	struct str id;
	struct client client;
};

static enum rc read_client(struct tx *tx, void *data)
{
	struct reading *reading = data;

	return client_show(tx, reading->id, &reading->client);
}

static enum rc read_list(struct tx *tx, void *ret)
{
	return client_list(tx, ret);
}

static enum rc list_clients(struct rights_fixture *s, struct client_list *ret)
{
	return tx_read(&s->admin.app, &s->admin.actor, s->arena, read_list, ret);
}

static bool is_hash_of(struct rights_fixture *s, struct str hash, struct str secret)
{
	unsigned char want[SHA256_SIZE];

	sha256(secret, want);
	return str_eq(hash, (struct str){(const char *)want, SHA256_SIZE});
}

static struct client stored(struct rights_fixture *s, struct str id)
{
	struct reading reading = {.id = id};

	assert_int_equal(
		tx_read(&s->admin.app, &s->admin.actor, s->arena, read_client, &reading), RC_OK);
	return reading.client;
}

static void adds_with_a_secret(void **state)
{
	struct rights_fixture *s = *state;
	struct client_made one, two;
	struct client c;

	add_system(s);
	assert_int_equal(with_json(s, &operation_client_add, "{" PORTAL "}", &one), RC_OK);
	assert_int_equal(with_json(s, &operation_client_add, "{" PORTAL "}", &two), RC_OK);
	assert_int_equal(one.client.id.n, ID_SIZE);
	assert_false(str_eq(one.client.id, two.client.id));
	assert_true(str_starts(one.secret, STR(CLIENT_SECRET_PREFIX)));
	assert_int_equal(one.secret.n, sizeof(CLIENT_SECRET_PREFIX) - 1 + 43);
	assert_false(str_eq(one.secret, two.secret));
	c = stored(s, one.client.id);
	assert_true(is_hash_of(s, c.secret_hash, one.secret));
	assert_int_equal(c.created, 1800000000);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 2);
}

static void adds_without_a_secret(void **state)
{
	struct rights_fixture *s = *state;
	struct client_made made;

	add_system(s);
	assert_int_equal(with_json(s, &operation_client_add,
				 "{" PORTAL ",\"token_endpoint_auth_method\":\"none\"}", &made),
		RC_OK);
	assert_int_equal(made.secret.n, 0);
	assert_int_equal(stored(s, made.client.id).secret_hash.n, 0);
	assert_int_equal(
		admin_rotate_secret(&s->admin, s->arena, made.client.id, 0, &made), RC_DENIED);
}

static void refuses_to_add(void **state)
{
	struct rights_fixture *s = *state;
	struct client_made made;

	assert_int_equal(with_json(s, &operation_client_add, "{" PORTAL "}", &made), RC_INVALID);
	add_system(s);
	assert_int_equal(
		with_json(s, &operation_client_add, "{" PORTAL ",\"client_id\":\"p\"}", &made),
		RC_OK);
	assert_int_equal(
		with_json(s, &operation_client_add, "{" PORTAL ",\"client_id\":\"p\"}", &made),
		RC_EXISTS);
	assert_int_equal(
		with_json(s, &operation_client_add, "{" PORTAL ",\"x\":1}", &made), RC_INVALID);
	assert_int_equal(rights_fixture_count(s, TABLE_CLIENT), 1);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 1);
}

static void updates(void **state)
{
	struct rights_fixture *s = *state;
	struct client_made made, again;
	struct client c;

	add_system(s);
	assert_int_equal(
		with_json(s, &operation_client_add, "{" PORTAL ",\"client_id\":\"p\"}", &made),
		RC_OK);
	s->now_ms += 5000;
	assert_int_equal(with_json(s, &operation_client_update,
				 "{\"client_id\":\"p\",\"client_name\":\"Q\"}", &again),
		RC_OK);
	assert_int_equal(again.secret.n, 0);
	c = stored(s, STR("p"));
	assert_true(str_eq_c(c.name, "Q"));
	assert_true(is_hash_of(s, c.secret_hash, made.secret));
	assert_int_equal(c.created, 1800000000);
	assert_int_equal(c.updated, 1800000005);
	assert_int_equal(with_json(s, &operation_client_update, "{\"client_name\":\"Q\"}", &again),
		RC_INVALID);
	assert_int_equal(
		with_json(s, &operation_client_update, "{\"client_id\":\"nobody\"}", &again),
		RC_NOT_FOUND);
	assert_int_equal(with_json(s, &operation_client_update,
				 "{\"client_id\":\"p\",\"system\":\"none\"}", &again),
		RC_INVALID);
	assert_true(str_eq_c(stored(s, STR("p")).system, "plan"));
	/* Redirect URIs are for two people; the same ones may be named. */
	assert_int_equal(
		with_json(s, &operation_client_update,
			"{\"client_id\":\"p\",\"redirect_uris\":[\"https://q.example/cb\"]}",
			&again),
		RC_INVALID);
	assert_int_equal(
		with_json(s, &operation_client_update,
			"{\"client_id\":\"p\",\"redirect_uris\":[\"https://p.example/cb\"]}",
			&again),
		RC_OK);
}

static void secret_follows_the_method(void **state)
{
	struct rights_fixture *s = *state;
	struct client_made made;

	add_system(s);
	assert_int_equal(
		with_json(s, &operation_client_add, "{" PORTAL ",\"client_id\":\"p\"}", &made),
		RC_OK);
	assert_int_equal(
		with_json(s, &operation_client_update,
			"{\"client_id\":\"p\",\"token_endpoint_auth_method\":\"none\"}", &made),
		RC_OK);
	assert_int_equal(made.secret.n, 0);
	assert_int_equal(stored(s, STR("p")).secret_hash.n, 0);
	assert_int_equal(with_json(s, &operation_client_update,
				 "{\"client_id\":\"p\",\"token_endpoint_auth_method\":\"client_"
				 "secret_post\"}",
				 &made),
		RC_OK);
	assert_true(is_hash_of(s, stored(s, STR("p")).secret_hash, made.secret));
}

static void rotates_with_an_overlap(void **state)
{
	struct rights_fixture *s = *state;
	struct client_made first, second, third;
	struct client c;

	add_system(s);
	assert_int_equal(
		with_json(s, &operation_client_add, "{" PORTAL ",\"client_id\":\"p\"}", &first),
		RC_OK);
	assert_int_equal(admin_rotate_secret(&s->admin, s->arena, STR("p"), 3600, &second), RC_OK);
	c = stored(s, STR("p"));
	assert_true(is_hash_of(s, c.secret_hash, second.secret));
	assert_true(is_hash_of(s, c.old_secret_hash, first.secret));
	assert_int_equal(c.old_secret_until, 1800003600);
	assert_int_equal(admin_rotate_secret(&s->admin, s->arena, STR("p"), 0, &third), RC_OK);
	c = stored(s, STR("p"));
	assert_true(is_hash_of(s, c.secret_hash, third.secret));
	assert_int_equal(c.old_secret_hash.n, 0);
	assert_int_equal(c.old_secret_until, 0);
}

static enum rc with_secret(
	struct rights_fixture *s, const char *json, const char *secret, struct client_made *ret)
{
	const struct client_metadata_args args = {.file = str_c(json), .secret = str_c(secret)};

	return admin_run(&s->admin, s->arena, &operation_client_add, &args, ret);
}

#define BROUGHT     "0123456789abcdefghijkl"
#define BROUGHT_HEX "sha256:d70ff1ca6ddbd01dfdfbc2a2ca7fe4a0cb5db6ed27ab5d1b2b2dc94b6ba4e0d5"

/* A portal keeps the secret that it had at another provider; it is not given out again. */
static void takes_a_secret_along(void **state)
{
	struct rights_fixture *s = *state;
	struct client_rotate_secret_args rotate = {
		STR("p"), 60, STR("another-random-secret-of-30")};
	struct client_made made;
	unsigned char hash[SHA256_SIZE];
	struct buf hashed;

	add_system(s);
	assert_int_equal(with_secret(s, "{" PORTAL ",\"client_id\":\"p\"}", BROUGHT, &made), RC_OK);
	assert_int_equal(made.secret.n, 0);
	assert_true(is_hash_of(s, stored(s, STR("p")).secret_hash, STR(BROUGHT)));
	sha256(STR(BROUGHT), hash);
	buf_init(&hashed, s->arena, 100);
	buf_add_c(&hashed, "sha256:");
	buf_add(&hashed, base64_encode(s->arena, (struct str){(const char *)hash, SHA256_SIZE}));
	assert_int_equal(with_secret(s, "{" PORTAL ",\"client_id\":\"q\"}",
				 str_dup_c(s->arena, buf_str(&hashed)), &made),
		RC_OK);
	assert_true(is_hash_of(s, stored(s, STR("q")).secret_hash, STR(BROUGHT)));
	assert_int_equal(
		admin_run(&s->admin, s->arena, &operation_client_rotate_secret, &rotate, &made),
		RC_OK);
	assert_int_equal(made.secret.n, 0);
	assert_true(is_hash_of(s, stored(s, STR("p")).secret_hash, rotate.secret));
	assert_true(is_hash_of(s, stored(s, STR("p")).old_secret_hash, STR(BROUGHT)));
}

#define SIGNS ",\"token_endpoint_auth_method\":\"client_secret_jwt\""
#define LONG  "0123456789abcdefghijklmnopqrstuv"

/* The secret that is stored sealed; empty: there is none. */
static struct str unsealed(struct rights_fixture *s, struct str id, struct str sealed)
{
	struct str secret = STR_NONE;

	if (sealed.n)
		assert_int_equal(
			vault_client_secret_open(s->admin.app.vault, s->arena, id, sealed, &secret),
			RC_OK);
	return secret;
}

/* Decision 0073: the secret itself is kept where the client signs with it, and nowhere else. */
static void a_secret_that_signs_is_sealed(void **state)
{
	struct rights_fixture *s = *state;
	struct client_rotate_secret_args rotate = {.client_id = STR("p"), .overlap = 60};
	struct client_made first, second, made;
	struct client c;

	add_system(s);
	assert_int_equal(with_json(s, &operation_client_add,
				 "{" PORTAL SIGNS ",\"client_id\":\"p\"}", &first),
		RC_OK);
	c = stored(s, STR("p"));
	assert_true(first.secret.n >= 32);
	assert_true(str_eq(unsealed(s, c.id, c.secret_sealed), first.secret));
	assert_int_equal(
		admin_run(&s->admin, s->arena, &operation_client_rotate_secret, &rotate, &second),
		RC_OK);
	c = stored(s, STR("p"));
	assert_true(str_eq(unsealed(s, c.id, c.secret_sealed), second.secret));
	assert_true(str_eq(unsealed(s, c.id, c.old_secret_sealed), first.secret));
	/* By Basic the hash is enough, and the secret stays what it was. */
	assert_int_equal(with_json(s, &operation_client_update,
				 "{\"client_id\":\"p\",\"token_endpoint_auth_method\":"
				 "\"client_secret_basic\"}",
				 &made),
		RC_OK);
	c = stored(s, STR("p"));
	assert_int_equal(c.secret_sealed.n + c.old_secret_sealed.n + made.secret.n, 0);
	assert_true(is_hash_of(s, c.secret_hash, second.secret));
	/* Of a hash no secret can be sealed: there is a new one. */
	assert_int_equal(with_json(s, &operation_client_update,
				 "{\"client_id\":\"p\",\"token_endpoint_auth_method\":"
				 "\"client_secret_jwt\"}",
				 &made),
		RC_OK);
	c = stored(s, STR("p"));
	assert_true(made.secret.n && str_eq(unsealed(s, c.id, c.secret_sealed), made.secret));
}

static void a_secret_brought_to_sign_is_plain_and_long(void **state)
{
	struct rights_fixture *s = *state;
	struct client_made made;
	struct client c;

	add_system(s);
	assert_int_equal(with_secret(s, "{" PORTAL SIGNS "}", BROUGHT_HEX, &made), RC_INVALID);
	assert_int_equal(with_secret(s, "{" PORTAL SIGNS "}", BROUGHT, &made), RC_INVALID);
	assert_int_equal(
		with_secret(s, "{" PORTAL SIGNS ",\"client_id\":\"p\"}", LONG, &made), RC_OK);
	c = stored(s, STR("p"));
	assert_true(str_eq_c(unsealed(s, c.id, c.secret_sealed), LONG));
}

/* Who has keys has no secret, and none can be made for it. */
static void keys_instead_of_a_secret(void **state)
{
	struct rights_fixture *s = *state;
	struct client_rotate_secret_args rotate = {.client_id = STR("p")};
	struct client_made made;

	add_system(s);
	assert_int_equal(
		with_json(s, &operation_client_add, "{" PORTAL ",\"client_id\":\"p\"}", &made),
		RC_OK);
	assert_int_equal(with_json(s, &operation_client_update,
				 "{\"client_id\":\"p\",\"token_endpoint_auth_method\":"
				 "\"private_key_jwt\",\"jwks_uri\":\"https://p.example/jwks\"}",
				 &made),
		RC_OK);
	assert_int_equal(stored(s, STR("p")).secret_hash.n + made.secret.n, 0);
	assert_int_equal(
		admin_run(&s->admin, s->arena, &operation_client_rotate_secret, &rotate, &made),
		RC_DENIED);
}

/* The address is judged by the rules of fetching (attack row 15). */
static void keys_come_from_public_addresses(void **state)
{
	static const char *const bad[] = {"http://p.example/jwks", "https://127.0.0.1/jwks",
		"https://169.254.169.254/latest", "https://p.example:22/", "file:///etc/passwd",
		"https://u:p@p.example/", "https://0x7f.1/"};
	struct rights_fixture *s = *state;
	struct client_made made;
	struct buf json;

	add_system(s);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buf_init(&json, s->arena, 1000);
		buf_addf(&json,
			"{" PORTAL ",\"token_endpoint_auth_method\":\"private_key_jwt\","
			"\"jwks_uri\":\"%s\"}",
			bad[i]);
		assert_int_equal(with_json(s, &operation_client_add, json.p, &made), RC_INVALID);
	}
}

/* Kept as SHA-256, so it must be random; and a public client has none. */
static void refuses_a_weak_secret(void **state)
{
	static const char *const bad[] = {"short", "0123456789abcdefghijk", "sha256:", "sha256:abc",
		"sha256:zz0ff1ca6ddbd01dfdfbc2a2ca7fe4a0cb5db6ed27ab5d1b2b2dc94b6ba4e0d5",
		"0123456789abcdefghijก"};
	struct rights_fixture *s = *state;
	struct client_made made;

	add_system(s);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(with_secret(s, "{" PORTAL "}", bad[i], &made), RC_INVALID);
	assert_int_equal(with_secret(s, "{" PORTAL "}", BROUGHT_HEX, &made), RC_OK);
	assert_int_equal(with_secret(s, "{" PORTAL ",\"token_endpoint_auth_method\":\"none\"}",
				 BROUGHT, &made),
		RC_INVALID);
}

/* A preset registers without a file; a file beside it changes what it sets. */
static void adds_by_preset(void **state)
{
	struct rights_fixture *s = *state;
	struct client_metadata_args args = {.preset = 1,
		.url = STR("https://p.example"),
		.system = STR("plan"),
		.name = STR("P"),
		.client_id = STR("p")};
	struct client_made made;
	struct client c;

	add_system(s);
	assert_int_equal(
		admin_run(&s->admin, s->arena, &operation_client_add, &args, &made), RC_OK);
	assert_true(made.secret.n && made.configuration.n);
	assert_non_null(
		memmem(made.configuration.p, made.configuration.n, made.secret.p, made.secret.n));
	c = stored(s, STR("p"));
	assert_true(str_eq_c(c.redirect_uris.v[0], "https://p.example/callback"));
	args.client_id = STR("q");
	args.file = STR("{\"scope\":\"openid\",\"id_token_signed_response_alg\":\"PS256\"}");
	assert_int_equal(
		admin_run(&s->admin, s->arena, &operation_client_add, &args, &made), RC_OK);
	c = stored(s, STR("q"));
	assert_true(str_eq_c(c.scope, "openid"));
	assert_string_equal(id_token_alg_words[c.id_token_alg], "PS256");
	args.url = STR("https://p.example/");
	assert_int_equal(
		admin_run(&s->admin, s->arena, &operation_client_add, &args, &made), RC_INVALID);
	args = (struct client_metadata_args){.system = STR("plan")};
	assert_int_equal(
		admin_run(&s->admin, s->arena, &operation_client_add, &args, &made), RC_INVALID);
}

static void refuses_to_rotate(void **state)
{
	struct rights_fixture *s = *state;
	struct client_made made;

	assert_int_equal(
		admin_rotate_secret(&s->admin, s->arena, STR("p"), 0, &made), RC_NOT_FOUND);
	assert_int_equal(admin_rotate_secret(&s->admin, s->arena, STR("p"), -1, &made), RC_INVALID);
	assert_int_equal(admin_rotate_secret(&s->admin, s->arena, STR("p"),
				 CLIENT_SECRET_OVERLAP_MAX + 1, &made),
		RC_INVALID);
}

static void removes_and_lists(void **state)
{
	struct rights_fixture *s = *state;
	struct client_made made;
	struct client_list list;

	add_system(s);
	assert_int_equal(list_clients(s, &list), RC_OK);
	assert_int_equal(list.n, 0);
	assert_int_equal(
		with_json(s, &operation_client_add, "{" PORTAL ",\"client_id\":\"b\"}", &made),
		RC_OK);
	assert_int_equal(
		with_json(s, &operation_client_add, "{" PORTAL ",\"client_id\":\"a\"}", &made),
		RC_OK);
	assert_int_equal(list_clients(s, &list), RC_OK);
	assert_int_equal(list.n, 2);
	assert_true(str_eq_c(list.v[0].id, "a"));
	assert_true(str_eq_c(list.v[1].redirect_uris.v[0], "https://p.example/cb"));
	assert_int_equal(client_remove(s, "a"), RC_OK);
	assert_int_equal(client_remove(s, "a"), RC_NOT_FOUND);
	assert_int_equal(list_clients(s, &list), RC_OK);
	assert_int_equal(list.n, 1);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 3);
}

/* Many at once: each either changes the client it read, or reads again. */
static void *rotate_many(void *data)
{
	struct rights_fixture *s = data;
	struct arena *a = arena_new(ARENA_MAX);
	struct client_made made;
	size_t good = 0;

	for (int i = 0; i < 5; i++)
		good += admin_rotate_secret(&s->admin, a, STR("p"), 60, &made) == RC_OK;
	arena_free(a);
	return (void *)good;
}

static void survives_a_race(void **state)
{
	struct rights_fixture *s = *state;
	struct client_made made;
	pthread_t threads[4];
	size_t good = 0;
	void *ret;

	add_system(s);
	assert_int_equal(
		with_json(s, &operation_client_add, "{" PORTAL ",\"client_id\":\"p\"}", &made),
		RC_OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, rotate_many, s), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &ret), 0);
		good += (size_t)ret;
	}
	assert_true(good > 0);
	/* Every change that was reported has its event, and no other has. */
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 1 + good);
}

/* Otherwise one person gives a client other redirect URIs by removing and adding it. */
static void a_removed_id_is_never_given_again(void **state)
{
	const struct client_metadata_args args = {STR("{" PORTAL ",\"client_id\":\"p\"}")};
	struct rights_fixture *s = *state;
	struct operation_call call = {.operation = &operation_client_add, .args = &args};
	struct client_made made;

	add_system(s);
	assert_int_equal(
		with_json(s, &operation_client_add, "{" PORTAL ",\"client_id\":\"p\"}", &made),
		RC_OK);
	assert_int_equal(client_remove(s, "p"), RC_OK);
	assert_int_equal(
		operation_run(&s->admin.app, &s->admin.actor, s->arena, &call), RC_INVALID);
	assert_int_equal(call.problems.n, 1);
	assert_string_equal(call.problems.v[0].field, "client_id");
	assert_int_equal(rights_fixture_count(s, TABLE_CLIENT), 0);
	assert_int_equal(rights_fixture_count(s, TABLE_CLIENT_REMOVED), 1);
	/* Another id is free. */
	assert_int_equal(
		with_json(s, &operation_client_add, "{" PORTAL ",\"client_id\":\"p2\"}", &made),
		RC_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIRECTORY_TEST(adds_with_a_secret),
		DIRECTORY_TEST(adds_without_a_secret),
		DIRECTORY_TEST(refuses_to_add),
		DIRECTORY_TEST(updates),
		DIRECTORY_TEST(secret_follows_the_method),
		DIRECTORY_TEST(rotates_with_an_overlap),
		DIRECTORY_TEST(refuses_to_rotate),
		DIRECTORY_TEST(takes_a_secret_along),
		DIRECTORY_TEST(a_secret_that_signs_is_sealed),
		DIRECTORY_TEST(a_secret_brought_to_sign_is_plain_and_long),
		DIRECTORY_TEST(keys_instead_of_a_secret),
		DIRECTORY_TEST(keys_come_from_public_addresses),
		DIRECTORY_TEST(refuses_a_weak_secret),
		DIRECTORY_TEST(adds_by_preset),
		DIRECTORY_TEST(removes_and_lists),
		DIRECTORY_TEST(survives_a_race),
		DIRECTORY_TEST(a_removed_id_is_never_given_again),
	};

	return cmocka_run_group_tests_name("rights/clients", tests, NULL, NULL);
}
