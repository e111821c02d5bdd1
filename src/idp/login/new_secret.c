/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/new_secret.h"

#include "core/admission.h"
#include "idp/login/pages_factor.h"

bool new_secret_typed_alike(const struct op *op)
{
	return str_eq(op_param(op, WEB_FIELD_SECRET), op_param(op, "repeat"));
}

bool new_secret_typed(const struct op *op)
{
	struct str typed = op_param(op, WEB_FIELD_SECRET);

	return typed.n && typed.n <= SECRET_TYPED_MAX && new_secret_typed_alike(op);
}

struct admission *new_secret_admission(struct op *op, struct admission_place *place)
{
	const struct auth_method *m = auth_method_secret(&op->tx.app->methods);

	place->subject = op_place_subject(op, op->x->request.cookie);
	return m ? m->admission : NULL;
}

void new_secret_look(struct op *op, const struct auth_method *m, struct str account,
	struct str rules, struct new_secret *ret)
{
	if (!new_secret_typed(op))
		return;
	ret->called = true;
	m->secret->check(m, op, account, op_param(op, WEB_FIELD_SECRET), rules, &ret->change);
}

size_t new_secret_rules(struct op *op, const struct auth_method *m, struct str rules,
	unsigned broken, const struct web_rule **ret)
{
	struct web_rule *rows = arena_array(op->tx.a, SECRET_RULES_MAX, struct web_rule);
	struct secret_rule known[SECRET_RULES_MAX];
	size_t n = m->secret->rules(m, rules, known), shown = 0;

	for (size_t i = 0; i < n; i++) {
		enum web_rule_kind kind = web_rule_kind(str_c(known[i].word));

		if (kind != WEB_RULE_KIND_MAX_)
			rows[shown++] = (struct web_rule){kind, known[i].n,
				(known[i].bit & broken) != 0, web_rule_is_quiet(kind)};
	}
	*ret = rows;
	return shown;
}
