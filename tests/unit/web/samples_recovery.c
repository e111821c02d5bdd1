/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages of a forgotten password, of ThaID instead of one, and of who must wait. */
#include "samples.h"
#include "idp/account/pages_security.h"
#include "idp/login/pages_factor.h"
#include "idp/login/pages_login.h"
#include "idp/login/pages_recovery.h"
#include "web/pages_common.h"

#define NOVEMBER_2026 1795158420 /* 2026-11-20 14:07 in Bangkok */
#define DAY           86400
#define TOKEN         STR_INIT("3f6b0c1d9e")
#define USERNAME      STR_INIT("A03004000041001")
#define SMS                                                                                        \
	ROWS((const struct web_target[]){                                                          \
		{STR_INIT("otp_sms"), STR_INIT("otp_sms"), STR_INIT("08X-XXX-5678")}})

static const struct web_recovery_request forgot = {
	.portal = STR_INIT("e-Plan"),
	.username = USERNAME,
	.thaid_url = STR_INIT("/login/forgot/thaid"),
	.action = STR_INIT("/login/forgot"),
	.step = TOKEN,
	.back_url = STR_INIT("/login?t=7Qx"),
};

/* Without ThaID. */
static const struct web_recovery_request forgot_mail = {
	.action = STR_INIT("/login/forgot"),
	.step = TOKEN,
	.back_url = STR_INIT("/login?t=7Qx"),
};

static const struct web_recovery_request forgot_asked = {
	.portal = STR_INIT("e-Plan"),
	.asked = true,
	.back_url = STR_INIT("/login?t=7Qx"),
};

static const struct web_recovery reset = {
	.state = WEB_RECOVERY_OPEN,
	.username = USERNAME,
	.action = STR_INIT("/reset/begin"),
	.token = STR_INIT("pratu_rs_a0nVhAAA"),
};

static const struct web_recovery reset_prove = {
	.state = WEB_RECOVERY_PROVE,
	.username = USERNAME,
	.notice = WEB_LOGIN_LIMITED,
	.wait = 40,
	.targets = SMS,
	.send_action = STR_INIT("/login/code/send"),
	.send_step = TOKEN,
	.upstream_action = STR_INIT("/login/upstream"),
	.upstream_step = TOKEN,
};

static const struct web_recovery recovery_done = {
	.state = WEB_RECOVERY_DONE, .login_url = STR_INIT("https://eplan.example.go.th/")};
static const struct web_recovery reset_over = {
	.state = WEB_RECOVERY_OVER, .login_url = STR_INIT("/apps")};

static const struct web_otp code = {
	.reset = true,
	.factor = STR_INIT("otp_sms"),
	.masked = STR_INIT("08X-XXX-5678"),
	.reference = STR_INIT("K7XM"),
	.seconds = 300,
	.resend = 60,
	.may_resend = true,
	.tries = 5,
	.action = STR_INIT("/login/code"),
	.step = TOKEN,
	.id = STR_INIT("otp_sms"),
	.send_action = STR_INIT("/login/code/send"),
	.send_step = TOKEN,
	.again_action = STR_INIT("/login/again"),
	.again_step = TOKEN,
};

static const struct web_change change = {
	.username = USERNAME,
	.reset = true,
	.rules = ROWS((const struct web_rule[]){
		{WEB_RULE_TOO_SHORT, 8, false}, {WEB_RULE_USED_BEFORE, 5, false}}),
	.action = STR_INIT("/login/change"),
	.step = TOKEN,
};

#define OFFICE STR_INIT("องค์การบริหารส่วนตำบลบางตะไนย์ จังหวัดนนทบุรี")
static const struct web_auth_methods ways = {
	.thaid = true,
	.accounts = ROWS((const struct web_account_password_login[]){
		{.username = USERNAME,
			.office = OFFICE,
			.state = WEB_PASSWORD_LOGIN_OPEN,
			.set = NOVEMBER_2026 - 30 * DAY,
			.expires = NOVEMBER_2026 + 60 * DAY,
			.code_from = NOVEMBER_2026 + 90 * DAY},
		{.username = STR_INIT("pinmanee.s"),
			.office = OFFICE,
			.state = WEB_PASSWORD_LOGIN_NONE},
	}),
	.codes = true,
	.targets = ROWS((const struct web_target[]){
		{STR_INIT("otp_email"), STR_INIT("otp_email"), STR_INIT("pi***@bangtanai.go.th")},
		{STR_INIT("otp_sms"), STR_INIT("otp_sms"), STR_INIT("08X-XXX-5678")},
	}),
	.switch_url = STR_INIT("/account/ways/thaid"),
};

static const struct web_auth_methods ways_closed = {
	.closed = true,
	.thaid = true,
	.accounts = ROWS((const struct web_account_password_login[]){
		{.username = USERNAME,
			.state = WEB_PASSWORD_LOGIN_THAID_ONLY,
			.closed_at = NOVEMBER_2026},
		{.username = STR_INIT("second.p"), .state = WEB_PASSWORD_LOGIN_OFFICE},
		{.username = STR_INIT("third.p"),
			.state = WEB_PASSWORD_LOGIN_INITIAL,
			.expires = NOVEMBER_2026 + DAY},
	}),
	.codes = true,
};

static const struct web_switch switch_prove = {
	.accounts = ROWS((const struct web_label[]){{USERNAME}, {STR_INIT("pinmanee.s")}}),
	.action = STR_INIT("/account/ways/prove"),
	.csrf = TOKEN,
	.back_url = STR_INIT("/account/ways"),
};

static const struct web_switch switch_close = {
	.proven = true,
	.accounts = ROWS((const struct web_label[]){{USERNAME}}),
	.action = STR_INIT("/account/ways/close"),
	.csrf = TOKEN,
	.back_url = STR_INIT("/account/ways"),
};

/* Too many at once. */
static const struct web_problem problem_waiting = {.kind = WEB_PROBLEM_WAITING,
	.retry_url = STR_INIT("/upstream/thaid/callback?code=x&state=y"),
	.home_url = STR_INIT("https://eplan.example.go.th/"),
	.wait = 5};
/* The last attempt locked the account. */
static const struct web_login login_limited = {
	.portal = STR_INIT("ระบบแผน (e-Plan)"),
	.notice = WEB_LOGIN_LIMITED,
	.wait = 900,
	.username = STR_INIT("A03004000041001"),
	.thaid = true,
	.at_field = true,
	.first_help = true,
	.methods = ROWS((const struct web_method[]){
		{.kind = WEB_METHOD_THAID, .action = STR_INIT("/login/thaid"), .step = TOKEN},
		{.kind = WEB_METHOD_PASSWORD, .action = STR_INIT("/login/password"), .step = TOKEN},
	}),
	.cancel_url = STR_INIT("https://eplan.example.go.th/"),
};

static const struct web_login login_queue = {
	.portal = STR_INIT("e-Plan"),
	.notice = WEB_LOGIN_QUEUE,
	.wait = 8,
	.username = USERNAME,
	.methods = ROWS((const struct web_method[]){
		{.kind = WEB_METHOD_THAID, .action = STR_INIT("/login/thaid"), .step = TOKEN},
		{.kind = WEB_METHOD_PASSWORD,
			.action = STR_INIT("/login/password"),
			.step = TOKEN,
			.forgot_url = STR_INIT("/login/forgot?t=7Qx")},
	}),
	.cancel_url = STR_INIT("https://eplan.example.go.th/"),
};

const struct page_sample samples_forgot[] = {
	{"problem-waiting", &web_page_problem, BOTH(problem_waiting)},
	{"login-queue", &web_page_login, BOTH(login_queue)},
	{"login-limited", &web_page_login, BOTH(login_limited)},
	{"forgot", &web_page_recovery_request, BOTH(forgot)},
	{"forgot-mail", &web_page_recovery_request, BOTH(forgot_mail)},
	{"forgot-asked", &web_page_recovery_request, BOTH(forgot_asked)},
	{"reset", &web_page_recovery, BOTH(reset)},
	{"reset-prove", &web_page_recovery, BOTH(reset_prove)},
	{"reset-code", &web_page_otp, BOTH(code)},
	{"reset-change", &web_page_change, BOTH(change)},
	{"reset-done", &web_page_recovery, BOTH(recovery_done), .no_switch = true},
	{"reset-over", &web_page_recovery, BOTH(reset_over), .no_switch = true},
	{"ways", &web_page_auth_methods, BOTH(ways), .signed_in = true},
	{"ways-closed", &web_page_auth_methods, BOTH(ways_closed), .signed_in = true},
	{"switch", &web_page_switch, BOTH(switch_prove), .signed_in = true},
	{"switch-close", &web_page_switch, BOTH(switch_close), .signed_in = true},
};
const size_t samples_forgot_n = sizeof(samples_forgot) / sizeof(samples_forgot[0]);
