/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/privacy.h"

#include "idp/account/account.h"
#include "access/consent.h"
#include "directory/session_ended.h"
#include "directory/names.h"
#include "core/page.h"
#include "idp/account/pages_history.h"

#define SELF           "/account/privacy"
#define CONSENTS_SHOWN 50u /* on one page */

static void show_scopes(struct op *op, struct str scope, struct web_agreed *row)
{
	struct web_agreed_scope *scopes =
		arena_array(op->tx.a, SCOPES_MAX, struct web_agreed_scope);
	struct str word;
	size_t n = 0;

	while (str_cut(&scope, ' ', &word) && n < SCOPES_MAX)
		if (word.n)
			scopes[n++].scope = word;
	row->scopes.v = scopes;
	row->scopes.n = n;
}

/* Those in force first, which can be withdrawn; then the newest. */
static int by_force(const void *a, const void *b)
{
	const struct web_agreed *x = a, *y = b;

	if (x->stands != y->stands)
		return x->stands ? -1 : 1;
	return (x->given < y->given) - (x->given > y->given);
}

static struct web_agreed *show_consents(struct op *op, const struct consent_list *list)
{
	struct web_agreed *rows = arena_array(op->tx.a, list->n, struct web_agreed);

	for (size_t i = 0; i < list->n; i++) {
		const struct consent *c = list->v + i;
		/* Later ones of the same client are what was before. */
		bool past = i && str_eq(c->client, list->v[i - 1].client);

		rows[i] = (struct web_agreed){
			.client = c->client,
			.scope = c->scope,
			.given = c->given,
			.withdrawn = c->withdrawn,
			.stands = !past && !c->withdrawn,
			.replaced = past && !c->withdrawn,
			.text_version = c->text_version,
			.text_hash = c->text_hash,
		};
	}
	if (list->n)
		qsort(rows, list->n, sizeof(*rows), by_force);
	return rows;
}

static enum rc privacy_fill(struct op *op, const struct visit *v, struct web_privacy *model)
{
	size_t page = account_page_asked(op), skip = (page - 1) * CONSENTS_SHOWN, n;
	struct consent_list list;
	struct web_agreed *rows;
	enum rc rc = consents_of(&op->tx, v->person.id, &list);

	if (rc != RC_OK)
		return rc;
	skip = skip < list.n ? skip : 0;
	page = skip ? page : 1;
	n = list.n - skip < CONSENTS_SHOWN ? list.n - skip : CONSENTS_SHOWN;
	rows = show_consents(op, &list) + skip;
	for (size_t i = 0; i < n; i++) {
		rows[i].portal = name_of_portal(op, rows[i].client);
		show_scopes(op, rows[i].scope, rows + i);
	}
	model->agreed.v = rows;
	model->agreed.n = n;
	account_paging(op, SELF, page, skip, n, list.n, &model->paging);
	return RC_OK;
}

void account_privacy_run(struct op *op)
{
	struct web_privacy model = {
		.action = STR(SELF "/withdraw"),
		.data_url = STR(SELF "/data"),
	};
	const struct visit *v = op->visit;
	enum rc rc;

	rc = privacy_fill(op, v, &model);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	model.withdrawn = str_eq_c(op_param(op, "done"), "withdrawn");
	model.csrf = v->csrf;
	account_page(op, v, SELF, &web_page_privacy, &model);
}

void account_privacy_withdraw_run(struct op *op)
{
	struct audit_entry entry;
	const struct visit *v = op->visit;
	struct consent consent;
	enum rc rc;

	rc = consent_withdraw(op, v->person.id, op_param(op, "client"), &consent);
	if (rc == RC_OK)
		rc = session_leave_client_all(&op->tx, v->person.id, consent.client);
	if (rc == RC_OK) {
		entry = account_audit(op, v, AUDIT_CONSENT_WITHDRAWN);
		entry.client = consent.client;
		entry.detail = consent.scope;
		op_audit_add(op, &entry);
	} else if (rc != RC_NOT_FOUND) {
		op_fail(op, rc);
		return;
	}
	/* Pressed twice, or in another tab: it is withdrawn. */
	http_redirect(op->x, STR(SELF "?done=withdrawn"));
}
