/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Proofs: stored and read again, what two of them show together, and those of a stored session. */
#include "base/arena.h"
#include "idp/login/method.h"
#include "idp/login/policy.h"
#include "unit/check.h"

#define KNOWLEDGE(m)                                                                               \
	{                                                                                          \
		.method = STR_INIT(m), .kind = AUTH_KNOWLEDGE                                      \
	}
#define POSSESSION(m)                                                                              \
	{                                                                                          \
		.method = STR_INIT(m), .kind = AUTH_POSSESSION                                     \
	}
#define FEDERATED(m)                                                                               \
	{                                                                                          \
		.method = STR_INIT(m), .kind = AUTH_FEDERATED                                      \
	}

static const struct str named[] = {STR_INIT("otp_email"), STR_INIT("push")};
static const struct login_policy policy = {.second_factors = {named, 2}};

struct satisfied {
	const char *name;
	struct auth_proofs proofs;
	bool multi, satisfies;
};

static const struct satisfied rows[] = {
	{"nothing", {.n = 0}, false, false},
	{"a password", {{KNOWLEDGE("password")}, 1}, false, false},
	{"a password and a code", {{KNOWLEDGE("password"), POSSESSION("otp_email")}, 2}, true,
		true},
	{"a code that is not named", {{KNOWLEDGE("password"), POSSESSION("otp_sms")}, 2}, true,
		false},
	{"two codes to two places", {{POSSESSION("otp_sms"), POSSESSION("otp_fax")}, 2}, false,
		false},
	{"two of a kind, one named", {{POSSESSION("otp_sms"), POSSESSION("push")}, 2}, false, true},
	{"a named one alone", {{POSSESSION("push")}, 1}, false, false},
	{"a named one first", {{POSSESSION("push"), POSSESSION("otp_sms")}, 2}, false, false},
	{"a PIN and a password", {{KNOWLEDGE("password"), KNOWLEDGE("pin")}, 2}, false, false},
	{"another provider, alone", {{FEDERATED("thaid")}, 1}, false, false},
	{"a password and another provider", {{KNOWLEDGE("password"), FEDERATED("thaid")}, 2}, true,
		false},
};

static void what_satisfies(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct satisfied *r = rows + i;

		if (auth_proofs_multi(&r->proofs) != r->multi)
			fail_msg("%s: kinds", r->name);
		if (proofs_satisfy(&policy, &r->proofs) != r->satisfies)
			fail_msg("%s: policy", r->name);
	}
}

/* amr says much of one method; it is one proof all the same. */
static void amr_is_not_counted(void **state)
{
	static const struct str amr[] = {STR_INIT("pin"), STR_INIT("face"), STR_INIT("hwk")};
	struct arena *a = arena_new(ARENA_MAX);
	struct auth_proofs one = {{{.method = STR("app"), .kind = AUTH_POSSESSION}}, 1};

	one.v[0].amr = (struct strlist){amr, 3};
	assert_false(proofs_satisfy(&policy, &one));
	assert_int_equal(auth_proofs_amr(&one, a).n, 3);
	one.v[one.n++] = (struct auth_proof){
		.method = STR("app2"), .kind = AUTH_POSSESSION, .amr = {amr, 2}};
	assert_int_equal(auth_proofs_amr(&one, a).n, 3);
	arena_free(a);
}

static void stored_and_read_again(void **state)
{
	static const struct str amr[] = {STR_INIT("pwd")};
	struct arena *a = arena_new(ARENA_MAX);
	struct auth_proofs proofs = {.n = 0}, again;
	struct strlist stored;
	struct str broken[AUTH_PROOFS_MAX + 1];

	for (int i = 0; i < AUTH_PROOFS_MAX; i++)
		assert_true(auth_proofs_add(&proofs, &(struct auth_proof){.method = STR("password"),
							     .person = STR("p"),
							     .account = STR("a"),
							     .version = STR("\x00\x01\xff"),
							     .kind = AUTH_INHERENCE,
							     .amr = {amr, 1},
							     .time = 1800000000,
							     .binds_transaction = true}));
	assert_false(auth_proofs_add(&proofs, &proofs.v[0]));
	stored = auth_proofs_encode(&proofs, a);
	check_ok(auth_proofs_decode(a, stored, &again));
	assert_int_equal(again.n, AUTH_PROOFS_MAX);
	check_c(again.v[3].method, "password");
	assert_int_equal(again.v[3].kind, AUTH_INHERENCE);
	assert_int_equal(again.v[3].version.n, proofs.v[3].version.n);
	assert_true(again.v[3].binds_transaction && !again.v[3].phishing_resistant);
	assert_int_equal(again.v[3].time, 1800000000);
	for (int i = 0; i <= AUTH_PROOFS_MAX; i++)
		broken[i] = stored.v[0];
	check_rc(auth_proofs_decode(a, (struct strlist){broken, AUTH_PROOFS_MAX + 1}, &again),
		RC_CORRUPT);
	broken[0] = STR("\x7f nonsense");
	check_rc(auth_proofs_decode(a, (struct strlist){broken, 1}, &again), RC_CORRUPT);
	check_ok(auth_proofs_decode(a, (struct strlist){NULL, 0}, &again));
	assert_int_equal(again.n, 0);
	arena_free(a);
}

/* --- of a session --- */

static void add(struct auth_methods *all, const char *name, enum auth_kind kind, const char *amr)
{
	auth_methods_add(all, &(struct auth_method){.name = name, .kind = kind, .amr = amr});
}

static void of_a_session(void **state)
{
	static const struct str methods[] = {STR_INIT("password"), STR_INIT("otp_sms")};
	static const struct str amr[] = {STR_INIT("pwd"), STR_INIT("otp")};
	static const struct str faces[] = {STR_INIT("pin"), STR_INIT("face")};
	struct app p = {.settings = NULL};
	struct session s = {.method = STR("password"), .amr = {amr, 2}, .methods = {methods, 2}};
	struct auth_proofs proofs;

	add(&p.methods, "password", AUTH_KNOWLEDGE, "pwd");
	add(&p.methods, "otp_email", AUTH_POSSESSION, "otp");
	add(&p.methods, "otp_sms", AUTH_POSSESSION, "otp");
	add(&p.methods, "thaid", AUTH_FEDERATED, "thaid");
	proofs = session_proofs(&p, &s);
	assert_int_equal(proofs.n, 2);
	check_c(proofs.v[1].method, "otp_sms");
	assert_true(auth_proofs_multi(&proofs));
	/* Of an older program: what amr says. */
	s.methods.n = 0;
	proofs = session_proofs(&p, &s);
	assert_int_equal(proofs.n, 2);
	assert_true(auth_proofs_multi(&proofs));
	s.amr.n = 1;
	proofs = session_proofs(&p, &s);
	assert_int_equal(proofs.n, 1);
	assert_ptr_equal(session_account_method(&p, &s), &p.methods.v[0]);
	/* Several words of another provider's are one proof of its own. */
	s.method = STR("thaid");
	s.amr = (struct strlist){faces, 2};
	proofs = session_proofs(&p, &s);
	assert_int_equal(proofs.n, 1);
	assert_true(auth_proofs_have(&proofs, AUTH_FEDERATED));
	assert_null(session_account_method(&p, &s));
	/* One that is not there any more. */
	s.method = STR("gone");
	proofs = session_proofs(&p, &s);
	assert_true(auth_proofs_have(&proofs, AUTH_FEDERATED));
	assert_null(session_account_method(&p, &s));
}

static void the_registry(void **state)
{
	static const struct str names[] = {STR_INIT("gone"), STR_INIT("b"), STR_INIT("a")};
	static const struct secret_ops secret;
	struct auth_methods all = {.n = 0};

	auth_methods_add(&all, &(struct auth_method){.name = "a", .can = AUTH_IDENTIFY});
	auth_methods_add(
		&all, &(struct auth_method){
			      .name = "b", .can = AUTH_IDENTIFY | AUTH_PROOF, .secret = &secret});
	assert_ptr_equal(auth_method_named(&all, STR("b")), &all.v[1]);
	assert_null(auth_method_named(&all, STR("c")));
	assert_null(auth_method_named(&all, STR_NONE));
	assert_ptr_equal(auth_method_secret(&all), &all.v[1]);
	assert_ptr_equal(
		auth_method_first(&all, (struct strlist){names, 3}, AUTH_IDENTIFY), &all.v[1]);
	assert_ptr_equal(
		auth_method_first(&all, (struct strlist){names + 2, 1}, AUTH_IDENTIFY), &all.v[0]);
	assert_null(auth_method_first(
		&all, (struct strlist){names + 2, 1}, AUTH_IDENTIFY | AUTH_PROOF));
	auth_methods_free(&all);
	assert_int_equal(all.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_satisfies),
		cmocka_unit_test(amr_is_not_counted),
		cmocka_unit_test(stored_and_read_again),
		cmocka_unit_test(of_a_session),
		cmocka_unit_test(the_registry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
