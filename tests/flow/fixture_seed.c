/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a flow test's world holds. */
#include "flow/fixture.h"

#include "base/die.h"
#include "base/random.h"
#include "crypto/hash.h"
#include "directory/directory.h"

#define MUST(call)                                                                                 \
	do {                                                                                       \
		if ((call) != RC_OK)                                                               \
			die("seed: " #call);                                                       \
	} while (0)

static const struct str roles[] = {STR_INIT("recorder"), STR_INIT("approver")};
static const struct str role_names[] = {STR_INIT("ผู้บันทึก"), STR_INIT("ผู้อนุมัติ")};

static void seed_commit(struct fixture *w, struct store_batch *b)
{
	MUST(store_commit(w->p.store, b));
}

void fixture_office(struct fixture *w, const char *code, const char *parent)
{
	struct store_batch *b = store_batch_new(w->a);
	const struct office office = {.code = str_c(code),
		.name_th = STR("สำนักงานทดสอบ"),
		.parent = str_c(parent),
		.admin_name = STR("นางแอดมิน ใจดี"),
		.admin_phone = STR("02 000 0000"),
		.admin_email = STR("admin@office.test")};

	office_put(b, w->a, &office, STORE_ABSENT);
	seed_commit(w, b);
}

void fixture_system(struct fixture *w, const char *id)
{
	struct store_batch *b = store_batch_new(w->a);
	const struct system system = {.id = str_c(id),
		.name_th = STR("ระบบแผน"),
		.name_en = STR("e-Plan"),
		.roles = {roles, 2},
		.role_names_th = {role_names, 2},
		.office = STR("100"),
		.launch_url = STR("https://portal.test/login")};

	system_put(b, w->a, &system, STORE_ABSENT);
	seed_commit(w, b);
}

struct str fixture_person(struct fixture *w, const char *name, const char *citizen_number)
{
	struct store_batch *b = store_batch_new(w->a);
	struct person p = {.given_th = str_c(name),
		.family_th = STR("ทดสอบ"),
		.given_en = str_c(name),
		.email = STR("person@office.test"),
		.email_verified = true,
		.mobile = STR("+66812345678")};
	char *id = arena_alloc(w->a, ID_SIZE + 1);

	memset(id, '0', ID_SIZE);
	memcpy(id, name, strlen(name) < ID_SIZE ? strlen(name) : ID_SIZE);
	p.id = (struct str){id, ID_SIZE};
	p.pid_hash = vault_pid_hash(&w->vault, w->a, str_c(citizen_number));
	p.pid_sealed =
		vault_pid_seal(&w->vault, w->a, &w->random->rng, p.id, str_c(citizen_number));
	p.created = p.updated = w->now_ms / 1000;
	person_put(b, w->a, &w->vault, NULL, 0, &p);
	seed_commit(w, b);
	return p.id;
}

struct str fixture_account(struct fixture *w, const char *username, struct str person)
{
	struct store_batch *b = store_batch_new(w->a);
	struct account c = {.username = str_c(username), .person = person, .office = STR("100")};

	c.id = id_new(w->a, &w->random->rng);
	account_put(b, w->a, NULL, 0, &c);
	seed_commit(w, b);
	return c.id;
}

static struct role_grant grant_of(
	enum role_grant_subject kind, struct str subject, const char *system, const char *role)
{
	return (struct role_grant){.subject_kind = kind,
		.subject = subject,
		.system = str_c(system),
		.role = str_c(role),
		.office = STR("100"),
		.document = STR("คำสั่งที่ 1/2569")};
}

void fixture_grant(struct fixture *w, enum role_grant_subject kind, struct str subject,
	const char *system, const char *role)
{
	struct store_batch *b = store_batch_new(w->a);
	const struct role_grant grant = grant_of(kind, subject, system, role);

	role_grant_put(b, w->a, &grant, STORE_ANY);
	seed_commit(w, b);
}

void fixture_end_grant(struct fixture *w, enum role_grant_subject kind, struct str subject,
	const char *system, const char *role)
{
	struct store_batch *b = store_batch_new(w->a);
	struct role_grant grant = grant_of(kind, subject, system, role);

	grant.until = w->now_ms / 1000;
	role_grant_put(b, w->a, &grant, STORE_ANY);
	seed_commit(w, b);
}

void fixture_suspend_person(struct fixture *w, struct str id)
{
	struct store_batch *b = store_batch_new(w->a);
	struct store_snapshot *snap;
	struct person old, new;
	uint64_t version;

	MUST(store_snapshot_begin(w->p.store, &snap));
	MUST(person_get(snap, w->a, id, &old, &version));
	new = old;
	new.status = STATUS_SUSPENDED;
	person_put(b, w->a, &w->vault, &old, version, &new);
	store_snapshot_end(snap);
	seed_commit(w, b);
}

void fixture_client(
	struct fixture *w, const char *id, const char *system, void (*change)(struct client *c))
{
	static const struct str uris[] = {
		STR_INIT(PORTAL_CB), STR_INIT("https://portal.test/cb2?x=1")};
	static const struct str after[] = {STR_INIT("https://portal.test/bye")};
	static const struct str grants[] = {
		STR_INIT("authorization_code"), STR_INIT("refresh_token")};
	static const struct str types[] = {STR_INIT("code")};
	unsigned char digest[SHA256_SIZE];
	struct store_batch *b = store_batch_new(w->a);
	struct client c = {.id = str_c(id),
		.system = str_c(system),
		.name = STR("Portal"),
		.name_th = STR("พอร์ทัล"),
		.redirect_uris = {uris, 2},
		.post_logout_redirect_uris = {after, 1},
		.grant_types = {grants, 2},
		.response_types = {types, 1},
		.scope = STR("openid profile email phone offline_access")};

	sha256(STR(PORTAL_SECRET), digest);
	c.secret_hash = str_dup(w->a, (struct str){(const char *)digest, SHA256_SIZE});
	if (change)
		change(&c);
	client_put(b, w->a, &c, STORE_ABSENT);
	seed_commit(w, b);
}

struct fixture *fixture_standard(enum fixture_store kind)
{
	struct fixture *w = fixture_new(kind);
	struct str somchai;

	fixture_office(w, "100", "");
	fixture_system(w, "eplan");
	fixture_client(w, "portal", "eplan", NULL);
	somchai = fixture_person(w, "somchai", SOMCHAI_PID);
	fixture_grant(w, ROLE_GRANT_PERSON, somchai, "eplan", "recorder");
	return w;
}
