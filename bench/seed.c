/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Fills a store for measurements: people with grants, live sessions whose cookies it prints, one a
 * line, and tokens (an authorization, an access and a refresh token each) that nobody uses. After
 * each kind it says on standard error how large the file has become.
 * bench_seed STORE MASTER-KEY-FILE PEOPLE SESSIONS GRANTS-EACH TOKENS REDIRECT-URI
 *            [ACCOUNTS [VERIFIED [PENDING]]]
 * A person's grants are for the systems "bench", other1 ... other63, then for further offices; with
 * more grants than that the systems are there too. The client is "bench" (secret "bench-secret") of
 * the system "bench". The first ACCOUNTS people have an account each: user000000 and on, password
 * "bench-Password1", argon2id of 19 MiB and two passes; and a second one without a password:
 * bare000000 and on. The email addresses of the first VERIFIED are verified: p000000@office.test
 * and on. PENDING people have a request of the client that waits (CIBA) for the time that a request
 * may live; their auth_req_id are printed instead of cookies.
 */
#include "base/die.h"
#include "crypto/pwhash.h"
#include "codec/thai.h"
#include "directory/credential.h"
#include "directory/directory.h"
#include "core/handle.h"
#include "core/schema.h"
#include "core/vault.h"
#include "base/clock.h"
#include "base/program.h"
#include "base/random.h"
#include "crypto/hash.h"
#include "idp/ciba/ciba_records.h"
#include "idp/oauth/token_records.h"
#include "directory/session.h"

#include <sys/stat.h>

#define MUST(call)                                                                                 \
	do {                                                                                       \
		if ((call) != RC_OK)                                                               \
			die("bench_seed: " #call);                                                 \
	} while (0)
#define SECRET   "bench-secret"
#define PASSWORD "bench-Password1"
#define CHUNK    10000
#define SYSTEMS  64 /* over which the grants of a person are spread */

struct seed {
	struct store *store;
	struct vault vault;
	long people, sessions, grants, tokens, accounts, verified, pending;
	const char *directory;
	struct str hash; /* of everybody's password */
};

static void seed_system(struct seed *s, struct arena *a, struct str redirect)
{
	static const struct str roles[] = {STR_INIT("recorder"), STR_INIT("approver")};
	static const struct str types[] = {STR_INIT("code")};
	static const struct str grants[] = {STR_INIT("authorization_code"),
		STR_INIT("refresh_token"), STR_INIT("client_credentials"), STR_INIT(CIBA_GRANT)};
	struct store_batch *b = store_batch_new(a);
	const struct office office = {.code = STR("100"), .name_th = STR("สำนักงานทดสอบ")};
	const struct system system = {.id = STR("bench"),
		.name_th = STR("ระบบวัด"),
		.roles = {roles, 2},
		.office = STR("100")};
	struct client client = {.id = STR("bench"),
		.system = STR("bench"),
		.name = STR("Bench"),
		.redirect_uris = {&redirect, 1},
		.grant_types = {grants, 4},
		.ciba_delivery = CIBA_DELIVERY_POLL,
		.response_types = {types, 1},
		.scope = STR("openid profile email api")};
	unsigned char digest[SHA256_SIZE];

	sha256(STR(SECRET), digest);
	client.secret_hash = (struct str){(const char *)digest, SHA256_SIZE};
	office_put(b, a, &office, STORE_ANY);
	system_put(b, a, &system, STORE_ANY);
	for (long i = 1; s->grants > SYSTEMS && i < SYSTEMS; i++) {
		struct system other = system;
		char id[32];

		snprintf(id, sizeof(id), "other%ld", i);
		other.id = str_dup(a, str_c(id));
		system_put(b, a, &other, STORE_ANY);
	}
	client_put(b, a, &client, STORE_ANY);
	MUST(store_commit(s->store, b));
}

static struct str number_id(struct arena *a, char kind, long i)
{
	char *id = arena_alloc(a, ID_SIZE + 1);

	snprintf(id, ID_SIZE + 1, "%c%021ld", kind, i);
	return (struct str){id, ID_SIZE};
}

/* The check digit is right: d13 = (11 - (sum of d_i * (14 - i)) mod 11) mod 10. */
static struct str seed_citizen_number(struct arena *a, long i)
{
	char *n = arena_alloc(a, CITIZEN_NUMBER_DIGITS + 1);
	int sum = 0;

	snprintf(n, CITIZEN_NUMBER_DIGITS + 1, "%012ld", i);
	for (int k = 0; k < 12; k++)
		sum += (n[k] - '0') * (13 - k);
	n[12] = (char)('0' + (11 - sum % 11) % 10);
	n[13] = '\0';
	return str_c(n);
}

static struct str numbered(struct arena *a, const char *before, long i, const char *after)
{
	char *text = arena_alloc(a, 64);

	snprintf(text, 64, "%s%06ld%s", before, i, after);
	return str_c(text);
}

static void put_account(struct seed *s, struct store_batch *b, struct arena *a, long i)
{
	const struct account with = {.id = number_id(a, 'a', i),
		.username = numbered(a, "user", i, ""),
		.person = number_id(a, 'p', i),
		.office = STR("100")};
	const struct account without = {.id = number_id(a, 'b', i),
		.username = numbered(a, "bare", i, ""),
		.person = with.person,
		.office = STR("100")};
	const struct credential c = {
		.account = with.id, .hash = s->hash, .set = clock_now(&clock_system)};

	account_put(b, a, NULL, 0, &with);
	account_put(b, a, NULL, 0, &without);
	credential_put(b, a, &c, STORE_ABSENT);
}

static void put_person(struct seed *s, struct store_batch *b, struct arena *a, long i)
{
	struct person p = {.id = number_id(a, 'p', i),
		.given_th = STR("สมชาย"),
		.family_th = STR("ใจดี"),
		.email = numbered(a, "p", i, "@office.test"),
		.email_verified = i < s->verified,
		.ial = STR("2.3")};
	struct str number = seed_citizen_number(a, i);

	p.pid_hash = vault_pid_hash(&s->vault, a, number);
	p.pid_sealed = vault_pid_seal(&s->vault, a, &rng_system, p.id, number);
	person_put(b, a, &s->vault, NULL, 0, &p);
	for (long g = 0; g < s->grants; g++) {
		char system[32], office[32];
		const struct role_grant grant = {.subject = p.id,
			.system = str_c(g % SYSTEMS ? system : "bench"),
			.role = STR("recorder"),
			.office = str_c(office),
			.document = STR("1/2569")};

		snprintf(system, sizeof(system), "other%ld", g % SYSTEMS);
		snprintf(office, sizeof(office), "%ld", 100 + g / SYSTEMS);
		role_grant_put(b, a, &grant, STORE_ANY);
	}
}

static void put_session(struct seed *s, struct store_batch *b, struct arena *a, long i)
{
	static const struct str amr[] = {STR_INIT("thaid")};
	int64_t now = clock_now(&clock_system);
	struct session session = {.sid = number_id(a, 's', i),
		.person = number_id(a, 'p', i % s->people),
		.auth_time = now,
		.amr = {amr, 1},
		.ial = STR("2.3"),
		.aal = STR("2.2"),
		.method = STR("thaid"),
		.created = now,
		.last_seen = now,
		.expires = now + 43200,
		.idle_timeout = 43200,
		.user_agent =
			STR("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36"),
		.address = STR("203.0.113.7")};
	struct handle h = handle_new(
		a, HANDLE_SESSION, session.expires, clock_now_ms(&clock_system), &rng_system);

	record_put(b, TABLE_SESSION, a, h.key, &session, STORE_ABSENT);
	store_put(b, TABLE_SESSION_BY_PERSON, key_join(a, session.person, session.sid), h.key,
		STORE_ANY);
	printf("pratu_session=%.*s\n", STR_FMT(h.text));
}

static void put_tokens(struct seed *s, struct store_batch *b, struct arena *a, long i)
{
	static const struct str amr[] = {STR_INIT("thaid")};
	int64_t ms = clock_now_ms(&clock_system), now = ms / 1000;
	struct handle family = handle_new(a, HANDLE_AUTHORIZATION, now + 2592000, ms, &rng_system);
	struct handle access = handle_new(a, HANDLE_ACCESS_TOKEN, now + 43200, ms, &rng_system);
	struct handle refresh = handle_new(a, HANDLE_REFRESH_TOKEN, now + 43200, ms, &rng_system);
	const struct authorization z = {.client = STR("bench"),
		.person = number_id(a, 'p', i % s->people),
		.sid = number_id(a, 's', i),
		.scope = STR("openid"),
		.auth_time = now,
		.amr = {amr, 1},
		.ial = STR("2.3"),
		.aal = STR("2.2"),
		.created_ms = ms,
		.expires = now + 2592000};
	const struct access_token t = {.authorization = family.key,
		.client = STR("bench"),
		.scope = STR("openid"),
		.audience = STR("bench"),
		.issued = now,
		.expires = now + 43200};
	const struct refresh_token r = {.authorization = family.key,
		.client = STR("bench"),
		.scope = STR("openid"),
		.issued = now,
		.expires = now + 43200};

	record_put(b, TABLE_AUTHORIZATION, a, family.key, &z, STORE_ABSENT);
	record_put(b, TABLE_ACCESS_TOKEN, a, access.key, &t, STORE_ABSENT);
	record_put(b, TABLE_REFRESH_TOKEN, a, refresh.key, &r, STORE_ABSENT);
}

static void put_pending(struct seed *s, struct store_batch *b, struct arena *a, long i)
{
	int64_t ms = clock_now_ms(&clock_system), expires = ms / 1000 + CIBA_LIFETIME_MAX;
	struct handle h = handle_new(a, HANDLE_CIBA, expires + CIBA_KEPT, ms, &rng_system);
	struct tx tx = {.a = a, .batch = b};
	const struct ciba_ref ref = {.r = {.id = number_id(a, 'c', i),
					     .client = STR("bench"),
					     .person = number_id(a, 'p', i % s->people),
					     .scope = STR("openid"),
					     .message = STR("1234"),
					     .created = ms / 1000,
					     .expires = expires},
		.key = h.key,
		.version = STORE_ABSENT};
	const struct ciba_person p = {.person = ref.r.person,
		.client = ref.r.client,
		.request = h.key,
		.last = ref.r.created};

	ciba_put(&tx, &ref);
	ciba_person_put(&tx, &p, STORE_ANY);
	printf("%.*s\n", STR_FMT(h.text));
}

static void tell_size(const struct seed *s, const char *kind, long n)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/data.mdb", s->directory);
	if (stat(path, &st) != 0)
		die("bench_seed: no file");
	fprintf(stderr, "%s %ld bytes %lld\n", kind, n, (long long)st.st_size);
}

static void in_chunks(struct seed *s, const char *kind, long n,
	void (*put)(struct seed *s, struct store_batch *b, struct arena *a, long i))
{
	for (long done = 0; done < n; done += CHUNK) {
		struct arena *a = arena_new(ARENA_MAX_CLI);
		struct store_batch *b = store_batch_new(a);

		for (long i = done; i < n && i < done + CHUNK; i++)
			put(s, b, a, i);
		MUST(store_commit(s->store, b));
		arena_free(a);
	}
	tell_size(s, kind, n);
}

int main(int argc, char **argv)
{
	struct seed s = {.store = NULL};
	struct secret *master;
	const char *why;
	struct arena *a;

	program_begin();
	if (argc < 8 || argc > 11) {
		fprintf(stderr, "usage: bench_seed STORE KEY-FILE PEOPLE SESSIONS GRANTS TOKENS "
				"REDIRECT-URI [ACCOUNTS [VERIFIED [PENDING]]]\n");
		return 2;
	}
	const struct store_lmdb_options options = {.directory = argv[1],
		.map_bytes = 1L << 30,
		.map_bytes_max = 1L << 36,
		.max_readers = 64};

	a = arena_new(ARENA_MAX_CLI);
	s.people = strtol(argv[3], NULL, 10);
	s.sessions = strtol(argv[4], NULL, 10);
	s.grants = strtol(argv[5], NULL, 10);
	s.tokens = strtol(argv[6], NULL, 10);
	s.accounts = argc > 8 ? strtol(argv[8], NULL, 10) : 0;
	s.verified = argc > 9 ? strtol(argv[9], NULL, 10) : 0;
	s.pending = argc > 10 ? strtol(argv[10], NULL, 10) : 0;
	s.directory = argv[1];
	s.hash = pwhash_make(a, &(const struct pwhash_cost){19 << 20, 2}, STR(PASSWORD));
	MUST(secret_from_file(argv[2], SECRET_MIN_BYTES, &master, &why));
	vault_open(master, &s.vault);
	MUST(store_open_lmdb(app_schema(), &clock_system, &options, &s.store));
	seed_system(&s, a, str_c(argv[7]));
	in_chunks(&s, "people", s.people, put_person);
	in_chunks(&s, "accounts", s.accounts, put_account);
	in_chunks(&s, "sessions", s.sessions, put_session);
	in_chunks(&s, "tokens", s.tokens, put_tokens);
	in_chunks(&s, "pending", s.pending, put_pending);
	store_close(s.store);
	secret_free(master);
	arena_free(a);
	return 0;
}
