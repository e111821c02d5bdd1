/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a stored session was opened by. */
#include "idp/login/method.h"

/* One that is not registered any more says no more than another provider's word. */
static void add_named(const struct app *p, struct auth_proofs *proofs, struct str name)
{
	const struct auth_method *m = auth_method_named(&p->methods, name);
	const struct auth_proof proof = {
		.method = name,
		.kind = m ? (int)m->kind : AUTH_FEDERATED,
	};

	(void)auth_proofs_add(proofs, &proof);
}

static const struct auth_method *method_by_amr(const struct app *p, struct str amr)
{
	for (size_t i = 0; i < p->methods.n; i++)
		if (str_eq_c(amr, p->methods.v[i].amr))
			return &p->methods.v[i];
	return NULL;
}

/* A session from before its methods were kept: the one that began it, and one for each amr value
 * that is another method's. */
static void add_by_amr(const struct app *p, const struct session *s, struct auth_proofs *proofs)
{
	add_named(p, proofs, s->method);
	for (size_t i = 0; i < s->amr.n; i++) {
		const struct auth_method *m = method_by_amr(p, s->amr.v[i]);

		if (m && !str_eq_c(s->method, m->name))
			add_named(p, proofs, str_c(m->name));
	}
}

struct auth_proofs session_proofs(const struct app *p, const struct session *s)
{
	struct auth_proofs proofs = {.n = 0};

	for (size_t i = 0; i < s->methods.n; i++)
		add_named(p, &proofs, s->methods.v[i]);
	if (!proofs.n)
		add_by_amr(p, s, &proofs);
	return proofs;
}

const struct auth_method *session_account_method(const struct app *p, const struct session *s)
{
	const struct auth_method *m = auth_method_named(&p->methods, s->method);

	return m && m->kind != AUTH_FEDERATED ? m : NULL;
}

struct strlist proofs_methods(const struct auth_proofs *proofs, struct arena *a)
{
	struct str *names = arena_array(a, AUTH_PROOFS_MAX, struct str);

	for (size_t i = 0; i < proofs->n; i++)
		names[i] = proofs->v[i].method;
	return (struct strlist){names, proofs->n};
}
