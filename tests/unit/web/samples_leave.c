/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages on the way to another site and back from one. */
#include "idp/logout/pages_logout.h"
#include "samples.h"
#include "web/pages_common.h"

static const struct web_problem problem_cookies = {
	.kind = WEB_PROBLEM_COOKIES, .retry_url = STR_INIT("/")};
static const struct web_leave leave = {.site = STR_INIT("e-Plan"),
	.url = STR_INIT("https://eplan.example.go.th/cb?code=1&state=2")};
static const struct web_leave leave_app = {
	.url = STR_INIT("th.go.example.plan:/callback?code=1&state=2")};
static const struct web_hidden again_fields[] = {
	{STR_INIT("client_id"), STR_INIT("eplan")}, {STR_INIT("state"), STR_INIT("\"><&")}};
static const struct web_post_again post_again = {
	.action = STR_INIT("/oauth2/authorize?again=1"), .fields = {again_fields, 2}};
static const struct web_logged_out logged_out_nobody = {
	.nobody = true, .login_url = STR_INIT("/apps")};

const struct page_sample samples_leave[] = {
	{"problem-cookies", &web_page_problem, BOTH(problem_cookies), .no_switch = true},
	{"leave", &web_page_leave, BOTH(leave), .no_switch = true},
	{"leave-app", &web_page_leave, BOTH(leave_app), .no_switch = true},
	{"post-again", &web_page_post_again, BOTH(post_again), .no_switch = true},
	{"logged-out-nobody", &web_page_logged_out, BOTH(logged_out_nobody)},
};
const size_t samples_leave_n = sizeof(samples_leave) / sizeof(samples_leave[0]);
