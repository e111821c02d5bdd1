/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/mail_compose.h"

#include "directory/names.h"

#define RULE "\n\n--------\n\n" /* between the languages */

static enum rc write_both(
	struct tx *tx, const struct text_type *type, const void *en, struct outbox_message *ret)
{
	struct web_mail mail;
	struct buf text;
	enum rc rc = web_mail_render(tx->app->web, tx->a, type, WEB_EN, en, &mail);

	if (rc != RC_OK)
		return rc;
	buf_init(&text, tx->a, OUTBOX_TEXT_MAX);
	buf_add(&text, ret->text);
	buf_add_c(&text, RULE);
	buf_add(&text, mail.text);
	ret->text = buf_str(&text);
	return buf_status(&text) ? RC_LIMITED : RC_OK;
}

enum rc mail_compose(struct tx *tx, const struct text_type *type, const struct person *person,
	const void *th, const void *en, struct outbox_message *ret)
{
	enum web_lang lang = WEB_TH;
	bool chosen = person_language(person, &lang);
	struct web_mail mail;
	enum rc rc =
		web_mail_render(tx->app->web, tx->a, type, lang, lang == WEB_EN ? en : th, &mail);

	if (rc != RC_OK)
		return rc;
	ret->subject = mail.subject;
	ret->text = mail.text;
	return chosen ? RC_OK : write_both(tx, type, en, ret);
}
