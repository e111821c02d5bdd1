/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/new_secret.h"
#include "idp/login/pages_factor.h"

bool new_secret_typed_alike(const struct op *op)
{
	return str_eq(op_param(op, "password"), op_param(op, "repeat"));
}

void new_secret_look(struct op *op, struct factor *x, struct str account, struct str rules,
	struct new_secret *ret)
{
	struct str typed = op_param(op, "password");

	if (!typed.n || typed.n > SECRET_TYPED_MAX || !new_secret_typed_alike(op))
		return;
	ret->called = true;
	x->type->change(x, op, account, typed, rules, &ret->change);
}

size_t new_secret_rules(struct op *op, struct factor *x, struct str rules, unsigned broken,
	const struct web_rule **ret)
{
	struct web_rule *rows = arena_array(op->tx.a, FACTOR_RULES_MAX, struct web_rule);
	struct factor_rule known[FACTOR_RULES_MAX];
	size_t n = x->type->rules(x, rules, known), shown = 0;

	for (size_t i = 0; i < n; i++) {
		enum web_rule_kind kind = web_rule_kind(str_c(known[i].word));

		if (kind != WEB_RULE_KIND_MAX_)
			rows[shown++] =
				(struct web_rule){kind, known[i].n, (known[i].bit & broken) != 0};
	}
	*ret = rows;
	return shown;
}
