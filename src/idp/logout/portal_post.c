/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/logout/portal_post.h"

#include "base/array.h"
#include "codec/form.h"

#define TOKEN_FORM_MAX 16384u

void portal_post(
	void *data, struct arena *a, const struct portal_post *post, struct portal_answer *ret)
{
	struct outgoing_request request = {.method = "POST",
		.url = post->url,
		.content_type = STR("application/x-www-form-urlencoded"),
		.timeout_ms = post->timeout_ms,
		.turn_ms = post->timeout_ms,
		.end = post->end};
	struct outgoing_answer answer;
	struct buf form;

	buf_init(&form, a, TOKEN_FORM_MAX);
	form_add(&form, STR("logout_token"), post->token);
	request.body = buf_str(&form);
	*ret = (struct portal_answer){0, "no answer"};
	if (outgoing_call(data, a, &request, &answer, &ret->why) == RC_OK)
		ret->status = answer.status;
}

/* Statuses that do not mean "refused": RFC 9110 15.5.9, 15.6, RFC 6585 4, RFC 8470 5.2. */
static const int later[] = {408, 425, 429};

enum portal_verdict portal_verdict(int status)
{
	if (status == 200 || status == 204)
		return PORTAL_CONFIRMED;
	for (size_t i = 0; i < ARRAY_LEN(later); i++)
		if (status == later[i])
			return PORTAL_RETRY;
	/* 501: it does not offer this at all. */
	return status == 0 || (status >= 500 && status != 501) ? PORTAL_RETRY : PORTAL_REFUSED;
}
