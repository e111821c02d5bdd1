/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "flow/mock_scene.h"

static const struct str only_mock[] = {STR_INIT("mock")};

int mock_scene_set_up(void **state)
{
	struct mock_scene *s = calloc(1, sizeof(*s));

	s->c = otp_fixture_new();
	s->w = s->c->w;
	s->b.w = s->w;
	s->mock = (struct mock){.kind = AUTH_POSSESSION,
		.first = AUTH_SHOW,
		.word = "sesame",
		.username = USERNAME,
		.everybody = true};
	mock_add(&s->w->p.methods, &s->mock);
	s->c->policy.second_factors = (struct strlist){only_mock, 1};
	*state = s;
	return 0;
}

int mock_scene_tear_down(void **state)
{
	struct mock_scene *s = *state;

	otp_fixture_free(s->c);
	free(s);
	return 0;
}

bool mock_logged_in(const struct browser *b)
{
	return cookie_of(b, "pratu_session").n > 0;
}

void mock_check_entered(struct mock_scene *s, const struct raw_answer *r, const char *amr)
{
	struct raw_answer tokens = redeem(s->w, "portal", check_code(s->w, r), CODE_VERIFIER);

	check_has(jwt_payload(s->w, member(s->w, &tokens, "id_token")), amr);
}

void mock_answer(struct mock_scene *s, bool accepted)
{
	s->mock.accepted = accepted;
	__atomic_store_n(&s->mock.answered, true, __ATOMIC_RELEASE);
}

struct raw_answer mock_come_back(
	struct mock_scene *s, struct browser *b, struct str state, const char *result)
{
	return browse_s(b,
		text(s->w, "/upstream/mock/callback?state=%.*s&result=%s", STR_FMT(state), result));
}
