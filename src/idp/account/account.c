/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/account/account.h"

#include "directory/names.h"
#include "core/page.h"
#include "directory/directory.h"
#include "directory/portal.h"

#define ACCOUNT_PAGES_MAX 10000u /* of one list */

/* Seconds until the session of the visit ends if nothing is done. */
static int64_t account_session_left(const struct op *op, const struct visit *v)
{
	const struct session *s = &v->here.s;
	int64_t idle = s->last_seen + s->idle_timeout;

	return (idle < s->expires ? idle : s->expires) - op->tx.now;
}

/* visit: the guard has counted this request as use of the session. */
void account_stay_run(struct op *op)
{
	struct buf body;

	buf_init(&body, op->tx.a, 64);
	buf_addf(&body, "{\"left\":%lld}", (long long)account_session_left(op, op->visit));
	http_answer(op->x, 200, "application/json", buf_str(&body));
}

void account_page(struct op *op, const struct visit *v, const char *self,
	const struct page_type *page, const void *model)
{
	struct page_options options = {
		.self = str_c(self),
		.user_name = v->name,
		.sign_out_csrf = v->csrf,
		.session_left = account_session_left(op, v),
		.home_url = STR("/apps"),
	};
	struct client portal;

	if (portal_came_from(op, &portal)) {
		options.back_portal = name_of_client(op, &portal);
		options.back_url = portal_start_url(op, &portal);
	}
	page_send(op, 200, page, model, &options);
}

size_t account_page_asked(struct op *op)
{
	uint64_t page;

	return str_to_u64(op_param(op, "page"), ACCOUNT_PAGES_MAX, &page) && page ? (size_t)page
										  : 1;
}

static struct str page_url(struct op *op, const char *path, size_t page)
{
	struct buf url;

	buf_init(&url, op->tx.a, 128);
	buf_addf(&url, "%s?page=%zu", path, page);
	return buf_str(&url);
}

void account_paging(struct op *op, const char *path, size_t page, size_t skip, size_t n,
	size_t total, struct web_paging *ret)
{
	*ret = (struct web_paging){.total = 0};
	if (n >= total)
		return;
	ret->from = (int64_t)(n ? skip + 1 : 0);
	ret->to = (int64_t)(skip + n);
	ret->total = (int64_t)total;
	if (page > 1)
		ret->newer_url = page_url(op, path, page - 1);
	if (skip + n < total)
		ret->older_url = page_url(op, path, page + 1);
}

struct audit_entry account_audit(const struct op *op, const struct visit *v, enum audit_event event)
{
	struct audit_entry entry = op_audit(op, event);

	entry.person = entry.actor = v->person.id;
	entry.session = v->here.s.sid;
	return entry;
}

enum rc account_password(struct op *op, const struct account *account, enum account_password *ret)
{
	struct credential c = {.forbidden = false};
	struct office office = {.password = OFFICE_PASSWORD_ALLOWED};
	enum rc rc = office_get(op->tx.snap, op->tx.a, account->office, &office, NULL);
	enum rc had = credential_get(op->tx.snap, op->tx.a, account->id, &c, NULL);

	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (had != RC_OK && had != RC_NOT_FOUND)
		return had;
	if (account->status != STATUS_ACTIVE || c.forbidden ||
		office.password == OFFICE_PASSWORD_FORBIDDEN)
		*ret = ACCOUNT_PASSWORD_CLOSED;
	else
		*ret = c.hash.n ? ACCOUNT_PASSWORD_OPEN : ACCOUNT_PASSWORD_NONE;
	return RC_OK;
}
