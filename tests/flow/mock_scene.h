/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_FLOW_MOCK_SCENE_H
#define PRATU_TESTS_FLOW_MOCK_SCENE_H

/* The flow tests' fixture with the mock method: somchai logs in by password, then it confirms,
 * which begins with its page. Needs cmocka. */
#include "factors/mock/mock.h"
#include "flow/recovery_fixture.h"
#include "idp/login/login_record.h"

#define M "/login/m/mock"

struct mock_scene {
	struct otp_fixture *c;
	struct fixture *w;
	struct mock mock;
	struct browser b;
};

/* cmocka's set-up and tear-down; *state is a struct mock_scene. */
int mock_scene_set_up(void **state);
int mock_scene_tear_down(void **state);

bool mock_logged_in(const struct browser *b);
/* The portal gets a code; the ID token says by what. */
void mock_check_entered(struct mock_scene *s, const struct raw_answer *r, const char *amr);
/* Somebody acts on the phone. */
void mock_answer(struct mock_scene *s, bool accepted);
/* The return of a round trip. */
struct raw_answer mock_come_back(
	struct mock_scene *s, struct browser *b, struct str state, const char *result);

#endif
