/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/auth_method.h"

#include "base/arena.h"
#include "base/die.h"

void auth_methods_add(struct auth_methods *methods, const struct auth_method *m)
{
	if (methods->n == AUTH_METHODS_MAX)
		die("more authentication methods than AUTH_METHODS_MAX");
	if (auth_method_named(methods, str_c(m->name)))
		die("an authentication method twice");
	methods->v[methods->n++] = *m;
}

void auth_methods_free(struct auth_methods *methods)
{
	for (size_t i = 0; i < methods->n; i++)
		if (methods->v[i].free)
			methods->v[i].free(&methods->v[i]);
	methods->n = 0;
}

const struct auth_method *auth_method_named(const struct auth_methods *methods, struct str name)
{
	for (size_t i = 0; i < methods->n; i++)
		if (str_eq_c(name, methods->v[i].name))
			return &methods->v[i];
	return NULL;
}

const struct auth_method *auth_method_first(
	const struct auth_methods *methods, struct strlist names, unsigned can)
{
	for (size_t i = 0; i < names.n; i++) {
		const struct auth_method *m = auth_method_named(methods, names.v[i]);

		if (m && (m->can & can) == can)
			return m;
	}
	return NULL;
}

const struct auth_method *auth_method_secret(const struct auth_methods *methods)
{
	for (size_t i = 0; i < methods->n; i++)
		if (methods->v[i].secret)
			return &methods->v[i];
	return NULL;
}

bool auth_method_available(const struct auth_method *m, struct op *op, const struct person *person,
	struct auth_target *ret)
{
	*ret = (struct auth_target){.changed = 0};
	return !m->available || m->available(m, op, person, ret);
}

struct auth_proof auth_method_proof(const struct auth_method *m, struct arena *a)
{
	struct str *amr = arena_new_of(a, struct str);

	*amr = str_c(m->amr);
	return (struct auth_proof){
		.method = str_c(m->name),
		.kind = (int)m->kind,
		.amr = {amr, 1},
		.aal = m->aal ? str_c(m->aal) : STR_NONE,
	};
}
