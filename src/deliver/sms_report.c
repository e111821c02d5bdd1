/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/sms_report.h"

#include "deliver/sms.h"
#include "core/app.h"

#define FORM_TYPE "application/x-www-form-urlencoded"

static bool is_form(const struct http_request *r)
{
	struct str type = str_trim(str_sub(r->content_type, 0, str_find(r->content_type, ';')));

	return r->method == HTTP_GET || str_ieq(type, STR(FORM_TYPE));
}

static int status_of(enum rc rc)
{
	switch (rc) {
	case RC_OK: return 200;
	case RC_DENIED: return 404;
	case RC_INVALID: return 400;
	default: return 503; /* the provider comes again */
	}
}

void sms_report_handle(struct http_exchange *x)
{
	const struct app *p = x->app;
	const struct http_request *r = &x->request;
	enum rc rc = RC_DENIED;

	if (p->outbox && p->sms)
		rc = sms_report(p->sms, p->outbox, x->arena, r->tail, is_form(r),
			r->method == HTTP_GET ? r->query : r->body);
	http_answer(x, status_of(rc), "text/plain; charset=utf-8",
		rc == RC_OK ? STR("ok\n") : STR("not accepted\n"));
}
