/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/activation_slip.h"

#include "web/field_macros.h"

#define M struct activation_slip
static const struct tmpl_field fields[] = {
	F(M, username, TMPL_TEXT),
	F(M, secret, TMPL_TEXT),
	F(M, holder, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F(M, office_code, TMPL_TEXT),
	F(M, issued, TMPL_DATE),
	F(M, until, TMPL_TIME),
	F_END,
};
#undef M
const struct text_type text_activation_slip = {"activation_slip.html", fields};

enum rc activation_slip_write(const struct web *web, struct arena *a, enum web_lang lang,
	const struct issued_secret *issued, int64_t now, struct str *ret)
{
	const struct activation_slip model = {
		.username = issued->username,
		.secret = issued->secret,
		.holder = issued->holder_th,
		.office = issued->office_th,
		.office_code = issued->account_office,
		.issued = now,
		.until = issued->until,
	};

	return web_text_render(web, a, &text_activation_slip, lang, &model, ret);
}
