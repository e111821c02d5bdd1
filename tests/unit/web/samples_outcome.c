/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pages at the end: signed out, and "this was not me". */
#include "samples.h"

#include "idp/account/pages_security.h"
#include "idp/login/pages_outcome.h"
#include "idp/oauth/pages_oauth.h"

#define NOVEMBER_2026 1795158420 /* 2026-11-20 14:07 in Bangkok */
#define TOKEN         STR_INIT("3f6b0c1d9e")
#define NAME_TH       STR_INIT("นางสาวปิ่นมณี ศรีสุวรรณ์")
#define PORTAL        STR_INIT("https://eplan.example.go.th/")
#define ROWS(...)                                                                                  \
	{                                                                                          \
		.v = __VA_ARGS__, .n = sizeof(__VA_ARGS__) / sizeof((__VA_ARGS__)[0])              \
	}

#define OPEN_PORTALS                                                                               \
	ROWS((const struct web_open_portal[]){                                                     \
		{STR_INIT("e-Plan"), PORTAL}, {STR_INIT("New GFMIS Thai"), STR_INIT("")}})
static const struct web_logout_confirm logout = {
	.open_portals = OPEN_PORTALS,
	.portal = STR_INIT("e-Plan"),
	.user = NAME_TH,
	.action = STR_INIT("/oauth2/logout"),
	.csrf = TOKEN,
	.request = STR_INIT("r7"),
};
static const struct web_logged_out logged_out = {
	.open_portals = OPEN_PORTALS,
	.portal = STR_INIT("e-Plan"),
	.portal_url = PORTAL,
	.logout_frames = ROWS((const struct web_logout_frame[]){
		{STR_INIT("https://eplan.example.go.th/front-logout?iss=x&sid=y")}}),
	.login_url = STR_INIT("/apps"),
};
static const struct web_logged_out logged_out_everywhere = {
	.everywhere = true, .open_portals = OPEN_PORTALS, .login_url = STR_INIT("/apps")};

static const struct web_not_me not_me = {
	.what = WEB_NOTIFICATION_EMAIL_CHANGED,
	.when = NOVEMBER_2026,
	.action = STR_INIT("/not-me/close"),
	.token = TOKEN,
	.login_url = STR_INIT("/apps"),
};
static const struct web_not_me not_me_done = {
	.state = WEB_NOT_ME_DONE,
	.open_portals = OPEN_PORTALS,
	.login_url = STR_INIT("/apps"),
};
static const struct web_not_me not_me_over = {
	.state = WEB_NOT_ME_OVER,
	.login_url = STR_INIT("/apps"),
};

#define BOTH(model)                                                                                \
	{                                                                                          \
		&(model), &(model)                                                                 \
	}

const struct page_sample samples_outcome[] = {
	{"logout_confirm", &web_page_logout_confirm, BOTH(logout)},
	{"logged_out", &web_page_logged_out, BOTH(logged_out)},
	{"logged_out-everywhere", &web_page_logged_out, BOTH(logged_out_everywhere)},
	{"not_me", &web_page_not_me, BOTH(not_me)},
	{"not_me-done", &web_page_not_me, BOTH(not_me_done), .no_switch = true},
	{"not_me-over", &web_page_not_me, BOTH(not_me_over), .no_switch = true},
};
const size_t samples_outcome_n = sizeof(samples_outcome) / sizeof(samples_outcome[0]);
