/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "samples.h"

#include "base/arena.h"
#include "core/module.h"

#include "base/random.h"
#include "idp/account/pages_apps.h"
#include "idp/account/pages_security.h"
#include "idp/login/pages_factor.h"
#include "idp/login/pages_login.h"
#include "idp/login/pages_outcome.h"
#include "idp/oauth/pages_oauth.h"
#include "web/pages_common.h"

#define NOVEMBER_2026 1795158420 /* 2026-11-20 14:07 in Bangkok */
#define DAY           86400
#define TOKEN         STR_INIT("3f6b0c1d9e")

static void same_bytes(void *data, void *bytes, size_t n)
{
	memset(bytes, 0x5a, n);
}

const struct rng samples_rng = {.fill = same_bytes};

const struct web_options samples_options = {
	.organisation = {STR_INIT("กรมส่งเสริมการปกครองท้องถิ่น"),
		STR_INIT("Department of Local Administration")},
	.support_name = {STR_INIT("ศูนย์ช่วยเหลือผู้ใช้งาน"), STR_INIT("User support centre")},
	.support_phone = STR_INIT("02 241 9000"),
	.issuer = STR_INIT("https://sso.example.go.th"),
	.support_email = STR_INIT("help@sso.example.go.th"),
	.support_hours = {STR_INIT("วันทำการ 8.30–16.30 น."), STR_INIT("working days 8:30–16:30")},
	.privacy_url = STR_INIT("https://sso.example.go.th/privacy"),
	.rng = &samples_rng,
	.sandbox = true,
};

#define PLAN_TH   STR_INIT("ระบบสารสนเทศเพื่อการวางแผนและประเมินผล (e-Plan)")
#define PLAN_EN   STR_INIT("Planning and Evaluation System (e-Plan)")
#define OFFICE_TH STR_INIT("องค์การบริหารส่วนตำบลบางตะไนย์ จังหวัดนนทบุรี")
#define OFFICE_EN STR_INIT("Bang Tanai Subdistrict Administrative Organization, Nonthaburi")
#define NAME_TH   STR_INIT("นางสาวปิ่นมณี ศรีสุวรรณ์")
#define NAME_EN   STR_INIT("Ms Pinmanee Srisuwan")
#define USERNAME  STR_INIT("A03004000041001")
#define PORTAL    STR_INIT("https://eplan.example.go.th/")

static const struct web_login login_th = {
	.portal = PLAN_TH,
	.office = OFFICE_TH,
	.thaid = true,
	.at_field = true,
	.first_help = true,
	.methods = ROWS((const struct web_method[]){
		{.kind = WEB_METHOD_THAID, .action = STR_INIT("/login/thaid"), .step = TOKEN},
		{.kind = WEB_METHOD_PASSWORD,
			.action = STR_INIT("/login/password"),
			.step = TOKEN,
			.folded = true},
		{.kind = WEB_METHOD_OTHER,
			.label = STR_INIT("เข้าสู่ระบบด้วยบัญชีของกรมบัญชีกลาง"),
			.action = STR_INIT("/login/cgd"),
			.step = TOKEN},
	}),
	.cancel_url = PORTAL,
};

static const struct web_login login_en = {
	.portal = PLAN_EN,
	.office = OFFICE_EN,
	.thaid = true,
	.at_field = true,
	.first_help = true,
	.methods = ROWS((const struct web_method[]){
		{.kind = WEB_METHOD_THAID, .action = STR_INIT("/login/thaid"), .step = TOKEN},
		{.kind = WEB_METHOD_PASSWORD,
			.action = STR_INIT("/login/password"),
			.step = TOKEN,
			.folded = true},
		{.kind = WEB_METHOD_OTHER,
			.label = STR_INIT("Sign in with a Comptroller General’s account"),
			.action = STR_INIT("/login/cgd"),
			.step = TOKEN},
	}),
	.cancel_url = PORTAL,
};

/* Only ThaID, again, without a portal. */
static const struct web_login login_again = {
	.thaid = true,
	.user = NAME_TH,
	.methods = ROWS((const struct web_method[]){
		{.kind = WEB_METHOD_THAID, .action = STR_INIT("/login/thaid"), .step = TOKEN},
	}),
};

static const struct web_restart restart_browser_th = {
	.reason = WEB_RESTART_OTHER_BROWSER, .portal = STR_INIT("e-Plan"), .start_url = PORTAL};
static const struct web_restart restart_expired = {
	.reason = WEB_RESTART_EXPIRED, .start_url = STR_INIT("/apps")};
static const struct web_restart restart_codes = {
	.reason = WEB_RESTART_WRONG_CODES, .portal = STR_INIT("e-Plan"), .start_url = PORTAL};
static const struct web_restart restart_returned = {.reason = WEB_RESTART_RETURNED},
				restart_used = {.reason = WEB_RESTART_USED};

static const struct web_problem problem_internal = {
	.kind = WEB_PROBLEM_INTERNAL, .home_url = STR_INIT("/")};
static const struct web_problem problem_many = {
	.kind = WEB_PROBLEM_TOO_MANY, .retry_url = STR_INIT("/login?t=7Qx"), .wait = 290};
static const struct web_problem problem_host = {.kind = WEB_PROBLEM_OTHER_HOST,
	.home_url = STR_INIT("https://sso.example.go.th"),
	.address = STR_INIT("https://sso.example.go.th")};
static const struct web_problem problem_missing = {
	.kind = WEB_PROBLEM_NOT_FOUND, .home_url = STR_INIT("/")};
static const struct web_problem problem_cancelled = {.kind = WEB_PROBLEM_LOGIN_CANCELLED,
	.portal = STR_INIT("e-Plan"),
	.retry_url = STR_INIT("/login?t=7Qx"),
	.home_url = PORTAL};
static const struct web_problem problem_upstream = {.kind = WEB_PROBLEM_UPSTREAM_UNAVAILABLE,
	.portal = STR_INIT("e-Plan"),
	.retry_url = STR_INIT("/login?t=7Qx"),
	.home_url = PORTAL,
	.wait = 60};

static const struct web_oauth_error oauth_error = {
	.error = STR_INIT("invalid_request"),
	.hint = STR_INIT(
		"redirect_uri is not one of the registered ones (RFC 6749 section 3.1.2.3)."),
	.client_id = STR_INIT("eplan"),
	.redirect_uri = STR_INIT("https://evil.example/\"><script>alert(1)</script>"),
	.portal = STR_INIT("e-Plan"),
};

static const struct web_scope consent_scopes_th[] = {
	{.scope = STR_INIT("profile"),
		.claims = ROWS((const struct web_claim[]){
			{STR_INIT("name"), NAME_TH},
			{STR_INIT("preferred_username"), USERNAME},
		})},
	{.scope = STR_INIT("office"),
		.claims = ROWS((const struct web_claim[]){{STR_INIT("office"), OFFICE_TH}})},
	{.scope = STR_INIT("offline_access")},
	{.scope = STR_INIT("eplan.write"),
		.description = STR_INIT("บันทึกและแก้ไขแผนพัฒนาท้องถิ่นในนามของท่าน")},
};

static const struct web_scope consent_scopes_en[] = {
	{.scope = STR_INIT("profile"),
		.claims = ROWS((const struct web_claim[]){
			{STR_INIT("name"), NAME_EN},
			{STR_INIT("preferred_username"), USERNAME},
		})},
	{.scope = STR_INIT("office"),
		.claims = ROWS((const struct web_claim[]){{STR_INIT("office"), OFFICE_EN}})},
	{.scope = STR_INIT("offline_access")},
	{.scope = STR_INIT("eplan.write"),
		.description = STR_INIT("Record and change local development plans in your name.")},
};

static const struct web_consent consent_th = {
	.portal = STR_INIT("e-Plan"),
	.office = STR_INIT("กรมส่งเสริมการปกครองท้องถิ่น"),
	.portal_url = PORTAL,
	.user = NAME_TH,
	.scopes = ROWS(consent_scopes_th),
	.action = STR_INIT("/consent"),
	.step = TOKEN,
};

static const struct web_consent consent_en = {
	.portal = STR_INIT("e-Plan"),
	.office = STR_INIT("Department of Local Administration"),
	.portal_url = PORTAL,
	.user = NAME_EN,
	.scopes = ROWS(consent_scopes_en),
	.action = STR_INIT("/consent"),
	.step = TOKEN,
};

static const struct web_select_account select_th = {
	.portal = STR_INIT("New GFMIS Thai"),
	.accounts = ROWS((const struct web_account[]){
		{.id = STR_INIT("u1"),
			.username = USERNAME,
			.name = NAME_TH,
			.office = OFFICE_TH,
			.roles = ROWS((const struct web_label[]){{STR_INIT("ผู้บันทึก")}}),
			.current = true},
		{.id = STR_INIT("u2"),
			.username = STR_INIT("A03004000041002"),
			.name = NAME_TH,
			.office = OFFICE_TH,
			.roles = ROWS((const struct web_label[]){
				{STR_INIT("ผู้อนุมัติเบิกเงิน")}, {STR_INIT("ผู้ตรวจสอบรายงาน")}})},
	}),
	.several = true,
	.allow_other = true,
	.cancel_url = STR_INIT("/login/cancel?i=7Qx"),
	.action = STR_INIT("/select"),
	.step = TOKEN,
};

static const struct web_select_account select_en = {
	.portal = STR_INIT("New GFMIS Thai"),
	.accounts = ROWS((const struct web_account[]){
		{.id = STR_INIT("u1"),
			.username = USERNAME,
			.name = NAME_EN,
			.office = OFFICE_EN,
			.roles = ROWS((const struct web_label[]){{STR_INIT("Recorder")}}),
			.current = true},
		{.id = STR_INIT("u2"),
			.username = STR_INIT("A03004000041002"),
			.name = NAME_EN,
			.office = OFFICE_EN,
			.roles = ROWS((const struct web_label[]){
				{STR_INIT("Withdrawal approver")}, {STR_INIT("Report reader")}})},
	}),
	.several = true,
	.allow_other = true,
	.cancel_url = STR_INIT("/login/cancel?i=7Qx"),
	.action = STR_INIT("/select"),
	.step = TOKEN,
};

static const struct web_support_contact contacts_th[] = {
	{.name = STR_INIT("นายสมชาย ใจดี"),
		.office = OFFICE_TH,
		.phone = STR_INIT("02 500 1234 ต่อ 12"),
		.email = STR_INIT("sso-admin@bangtanai.example.go.th")},
};
static const struct web_support_contact contacts_en[] = {
	{.name = STR_INIT("Mr Somchai Jaidee"),
		.office = OFFICE_EN,
		.phone = STR_INIT("02 500 1234"),
		.email = STR_INIT("sso-admin@bangtanai.example.go.th")},
};

static const struct web_refusal refusal_th = {
	.system = PLAN_TH,
	.user = NAME_TH,
	.portal = STR_INIT("e-Plan"),
	.sign_out_action = STR_INIT("/login/sign-out?i=7Qx"),
	.csrf = TOKEN,
	.username = USERNAME,
	.office = OFFICE_TH,
	.support_contacts = ROWS(contacts_th),
	.home_url = STR_INIT("/apps"),
	.portal_url = PORTAL,
};
static const struct web_refusal refusal_en = {
	.system = PLAN_EN,
	.user = NAME_EN,
	.portal = STR_INIT("e-Plan"),
	.sign_out_action = STR_INIT("/login/sign-out?i=7Qx"),
	.csrf = TOKEN,
	.username = USERNAME,
	.office = OFFICE_EN,
	.support_contacts = ROWS(contacts_en),
	.home_url = STR_INIT("/apps"),
	.portal_url = PORTAL,
};
static const struct web_refusal expired_th = {
	.system = PLAN_TH,
	.user = NAME_TH,
	.portal = STR_INIT("e-Plan"),
	.sign_out_action = STR_INIT("/login/sign-out?i=7Qx"),
	.csrf = TOKEN,
	.username = USERNAME,
	.office = OFFICE_TH,
	.until = NOVEMBER_2026 - 51 * DAY,
	.support_contacts = ROWS(contacts_th),
	.home_url = STR_INIT("/apps"),
};
static const struct web_refusal expired_en = {
	.system = PLAN_EN,
	.user = NAME_EN,
	.portal = STR_INIT("e-Plan"),
	.sign_out_action = STR_INIT("/login/sign-out?i=7Qx"),
	.csrf = TOKEN,
	.username = USERNAME,
	.office = OFFICE_EN,
	.until = NOVEMBER_2026 - 51 * DAY,
	.support_contacts = ROWS(contacts_en),
	.home_url = STR_INIT("/apps"),
};
static const struct web_refusal unknown = {.portal_url = PORTAL};

static const struct web_system systems_th[] = {
	{.name = STR_INIT("e-Plan"),
		.full = PLAN_TH,
		.mark = STR_INIT("eP"),
		.last = NOVEMBER_2026,
		.description = STR_INIT("จัดทำ ติดตาม และประเมินผลแผนพัฒนาท้องถิ่น"),
		.owner = STR_INIT("กรมส่งเสริมการปกครองท้องถิ่น"),
		.open_url = STR_INIT("https://eplan.example.go.th/login"),
		.grants = ROWS((const struct web_role_grant[]){
			{STR_INIT("ผู้บันทึกข้อมูล"), OFFICE_TH, NOVEMBER_2026 + 300 * DAY}})},
	{.name = STR_INIT("New GFMIS Thai"),
		.mark = STR_INIT("NG"),
		.description = STR_INIT("ระบบบริหารการเงินการคลังภาครัฐแบบอิเล็กทรอนิกส์ใหม่"),
		.owner = STR_INIT("กรมบัญชีกลาง"),
		.open_url = STR_INIT("https://gfmis.example.go.th/login"),
		.grants = ROWS(
			(const struct web_role_grant[]){{STR_INIT("ผู้อนุมัติเบิกเงิน"), OFFICE_TH, 0},
				{STR_INIT("ผู้ตรวจสอบรายงาน"), OFFICE_TH, 0}})},
	{.name = STR_INIT("KTB Corporate Online"),
		.mark = STR_INIT("KC"),
		.owner = STR_INIT("ธนาคารกรุงไทย"),
		.grants = ROWS((const struct web_role_grant[]){
			{STR_INIT("Company User Authorizer"), OFFICE_TH, 0}})},
};
static const struct web_system systems_en[] = {
	{.name = STR_INIT("e-Plan"),
		.full = PLAN_EN,
		.mark = STR_INIT("eP"),
		.last = NOVEMBER_2026,
		.description = STR_INIT("Make, follow and evaluate local development plans."),
		.owner = STR_INIT("Department of Local Administration"),
		.open_url = STR_INIT("https://eplan.example.go.th/login"),
		.grants = ROWS((const struct web_role_grant[]){
			{STR_INIT("Recorder"), OFFICE_EN, NOVEMBER_2026 + 300 * DAY}})},
	{.name = STR_INIT("New GFMIS Thai"),
		.mark = STR_INIT("NG"),
		.description = STR_INIT("Government fiscal management information system."),
		.owner = STR_INIT("Comptroller General’s Department"),
		.open_url = STR_INIT("https://gfmis.example.go.th/login"),
		.grants = ROWS((const struct web_role_grant[]){
			{STR_INIT("Withdrawal approver"), OFFICE_EN, 0},
			{STR_INIT("Report reader"), OFFICE_EN, 0}})},
	{.name = STR_INIT("KTB Corporate Online"),
		.mark = STR_INIT("KC"),
		.owner = STR_INIT("Krungthai Bank"),
		.grants = ROWS((const struct web_role_grant[]){
			{STR_INIT("Company User Authorizer"), OFFICE_EN, 0}})},
};

static const struct web_apps apps_th = {
	.thaid_url = STR_INIT("/account/ways"),
	.name = NAME_TH,
	.username = USERNAME,
	.office = OFFICE_TH,
	.systems = ROWS(systems_th),
	.sessions = 2,
	.support_contacts = ROWS(contacts_th),
	.csrf = TOKEN,
	.logout_action = STR_INIT("/apps/logout"),
};
static const struct web_apps apps_en = {
	.name = NAME_EN,
	.username = USERNAME,
	.office = OFFICE_EN,
	.systems = ROWS(systems_en),
	.sessions = 2,
	.support_contacts = ROWS(contacts_en),
	.csrf = TOKEN,
	.logout_action = STR_INIT("/apps/logout"),
};

static const struct web_form_post form_post = {
	.portal = STR_INIT("e-Plan"),
	.action = STR_INIT("https://eplan.example.go.th/callback"),
	.fields = ROWS((const struct web_form_field[]){
		{STR_INIT("code"), STR_INIT("prc_4y7")},
		{STR_INIT("state"), STR_INIT("a\"b<c>&'")},
		{STR_INIT("iss"), STR_INIT("https://sso.example.go.th")},
	}),
};

/* Only a password, and it was wrong. */
static const struct web_login login_password = {
	.portal = STR_INIT("e-Plan"),
	.notice = WEB_LOGIN_WRONG,
	.left = 2,
	.username = USERNAME,
	.at_field = true,
	.first_help = true,
	.methods = ROWS((const struct web_method[]){
		{.kind = WEB_METHOD_PASSWORD,
			.action = STR_INIT("/login/password"),
			.step = TOKEN,
			.forgot_url = STR_INIT("/login/forgot?t=7Qx")},
	}),
};
#define CODE_TARGETS                                                                               \
	ROWS((const struct web_target[]){                                                          \
		{STR_INIT("otp_email"), STR_INIT("otp_email"), STR_INIT("pi***@bangtanai.go.th")}, \
		{STR_INIT("otp_sms"), STR_INIT("otp_sms"), STR_INIT("08X-XXX-5678")},              \
	})
static const struct web_second_factor second = {
	.portal = STR_INIT("e-Plan"),
	.notice = WEB_LOGIN_LIMITED,
	.wait = 45,
	.targets = CODE_TARGETS,
	.send_action = STR_INIT("/login/code/send"),
	.send_step = TOKEN,
	.again_action = STR_INIT("/login/again"),
	.again_step = TOKEN,
	.cancel_url = PORTAL,
};

static const struct web_otp code = {
	.portal = STR_INIT("e-Plan"),
	.factor = STR_INIT("otp_email"),
	.masked = STR_INIT("pi***@bangtanai.go.th"),
	.reference = STR_INIT("K7XM"),
	.seconds = 300,
	.resend = 60,
	.may_resend = true,
	.tries = 5,
	.action = STR_INIT("/login/code"),
	.step = TOKEN,
	.id = STR_INIT("otp_email"),
	.others = ROWS((const struct web_target[]){
		{STR_INIT("otp_sms"), STR_INIT("otp_sms"), STR_INIT("08X-XXX-5678")},
	}),
	.send_action = STR_INIT("/login/code/send"),
	.send_step = TOKEN,
	.again_action = STR_INIT("/login/again"),
	.again_step = TOKEN,
	.cancel_url = PORTAL,
};

/* A wrong code; no other may be sent. */
static const struct web_otp code_last = {
	.masked = STR_INIT("08X-XXX-5678"),
	.reference = STR_INIT("9QRT"),
	.seconds = 12,
	.stuck = true,
	.tries = 1,
	.notice = WEB_LOGIN_WRONG,
	.action = STR_INIT("/login/code"),
	.step = TOKEN,
	.id = STR_INIT("otp_sms"),
	.again_action = STR_INIT("/login/again"),
	.again_step = TOKEN,
};

/* What is confirmed stands above the field. */
static const struct web_otp code_confirm = {
	.confirm = STR_INIT("จ่าย 1,250.00 บาท ให้ ร้านบางตะไนย <พาณิชย์>"),
	.masked = STR_INIT("08X-XXX-5678"),
	.reference = STR_INIT("C4NF"),
	.seconds = 280,
	.tries = 5,
	.action = STR_INIT("/login/code"),
	.step = TOKEN,
	.id = STR_INIT("otp_sms"),
	.again_action = STR_INIT("/login/again"),
	.again_step = TOKEN,
};

static const struct web_change change = {
	.portal = STR_INIT("e-Plan"),
	.username = USERNAME,
	.notice = WEB_LOGIN_RULES,
	.why = WEB_CHANGE_HOLDER,
	.rules = ROWS((const struct web_rule[]){
		{WEB_RULE_TOO_SHORT, 8, true},
		{WEB_RULE_NO_LOWER, 0, false},
		{WEB_RULE_NO_UPPER, 0, true},
		{WEB_RULE_NO_DIGIT, 0, false},
		{WEB_RULE_NO_SPECIAL, 0, false},
		{WEB_RULE_COMMON, 0, false},
		{WEB_RULE_USED_BEFORE, 5, false},
	}),
	.action = STR_INIT("/login/change"),
	.step = TOKEN,
	.again_action = STR_INIT("/login/again"),
	.again_step = TOKEN,
};

static const struct web_second_factor_unavailable unable = {
	.portal = STR_INIT("e-Plan"),
	.username = USERNAME,
	.office = OFFICE_TH,
	.again_action = STR_INIT("/login/again"),
	.again_step = TOKEN,
};

static const struct web_problem problem_other = {
	.kind = WEB_PROBLEM_OTHER_PERSON,
	.retry_url = STR_INIT("/login?t=7Qx"),
	.home_url = STR_INIT("/"),
};

static const struct web_wait wait_qr = {
	.kind = WEB_WAIT_QR,
	.app = STR_INIT("เป๋าตัง"),
	.code = STR_INIT("K7XM"),
	.qr = STR_INIT("https://sso.example.go.th/qr/3f6b0c1d9e"),
	.seconds = 120,
	.action = STR_INIT("/wait/paotang"),
	.step = TOKEN,
	.poll_url = STR_INIT("/wait/paotang/status?t=7Qx"),
	.cancel_url = STR_INIT("/login?t=7Qx"),
};
static const struct web_wait wait_push = {
	.kind = WEB_WAIT_PUSH,
	.app = STR_INIT("Nexus Smart ID"),
	.code = STR_INIT("K7XM"),
	.seconds = 60,
	.checked = true,
	.action = STR_INIT("/wait/nexus"),
	.step = TOKEN,
};

static const struct page_sample samples[] = {
	{"login", &web_page_login, {&login_th, &login_en}},
	{"login-again", &web_page_login, BOTH(login_again), .nobody = true},
	{"restart-other-browser", &web_page_restart, BOTH(restart_browser_th)},
	{"restart-expired", &web_page_restart, BOTH(restart_expired)},
	{"restart-wrong-codes", &web_page_restart, BOTH(restart_codes)},
	{"restart-returned", &web_page_restart, BOTH(restart_returned), .no_switch = true},
	{"restart-used", &web_page_restart, BOTH(restart_used), .no_switch = true},
	{"problem-internal", &web_page_problem, BOTH(problem_internal), .no_switch = true},
	{"problem-too-many", &web_page_problem, BOTH(problem_many)},
	{"problem-other-host", &web_page_problem, BOTH(problem_host), .no_switch = true},
	{"problem-not-found", &web_page_problem, BOTH(problem_missing)},
	{"problem-cancelled", &web_page_problem, BOTH(problem_cancelled)},
	{"problem-upstream", &web_page_problem, BOTH(problem_upstream)},
	{"oauth_error", &web_page_oauth_error, BOTH(oauth_error)},
	{"consent", &web_page_consent, {&consent_th, &consent_en}},
	{"select_account", &web_page_select_account, {&select_th, &select_en}},
	{"no_grant", &web_page_no_grant, {&refusal_th, &refusal_en}},
	{"grant_expired", &web_page_grant_expired, {&expired_th, &expired_en}},
	{"unknown_person", &web_page_unknown_person, BOTH(unknown)},
	{"account_disabled", &web_page_account_disabled, {&refusal_th, &refusal_en}},
	{"apps", &web_page_apps, {&apps_th, &apps_en}, .signed_in = true},
	{"form_post", &web_page_form_post, BOTH(form_post), .no_switch = true},
	{"wait-qr", &web_page_wait, BOTH(wait_qr)},
	{"wait-push", &web_page_wait, BOTH(wait_push)},
	{"login-password", &web_page_login, BOTH(login_password)},
	{"second", &web_page_second_factor, BOTH(second)},
	{"code", &web_page_otp, BOTH(code)},
	{"code-confirm", &web_page_otp, BOTH(code_confirm)},
	{"code-last", &web_page_otp, BOTH(code_last)},
	{"change", &web_page_change, BOTH(change)},
	{"unable", &web_page_second_factor_unavailable, BOTH(unable)},
	{"problem-other-person", &web_page_problem, BOTH(problem_other)},
};

#define N_SAMPLES (sizeof(samples) / sizeof(samples[0]))

const struct page_sample *sample_at(size_t i)
{
	const struct {
		const struct page_sample *v;
		size_t n;
	} lists[] = {{samples, N_SAMPLES}, {samples_forgot, samples_forgot_n},
		{samples_holder, samples_holder_n}, {samples_address, samples_address_n},
		{samples_outcome, samples_outcome_n}, {samples_ciba, samples_ciba_n},
		{samples_leave, samples_leave_n}};

	for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++) {
		if (i < lists[k].n)
			return lists[k].v + i;
		i -= lists[k].n;
	}
	return NULL;
}

struct web_view sample_view(const struct page_sample *sample, enum web_lang lang)
{
	return (struct web_view){
		.lang = lang,
		.self = sample->no_switch ? STR_NONE : STR("/login?t=7Qx"),
		.request_id = STR("01J9Z3-4K7Q"),
		.user_name = sample->signed_in ? (lang == WEB_TH ? STR("ปิ่นมณี ศรีสุวรรณ์")
								 : STR("Pinmanee Srisuwan"))
					       : STR_NONE,
		.sign_out_csrf = sample->signed_in ? STR("3f6b0c1d9e") : STR_NONE,
		.session_left = sample->signed_in ? 1800 : 0,
		.home_url = sample->signed_in ? STR("/apps") : STR_NONE,
		.back_portal = sample->signed_in ? STR("e-Plan") : STR_NONE,
		.back_url = sample->signed_in ? STR("https://eplan.example.go.th/login") : STR_NONE,
	};
}

struct web_options samples_with_pages(const struct web_options *options)
{
	static struct arena *a; /* of the arrays, for as long as the process */
	struct web_options all = *options;

	if (!a)
		a = arena_new(ARENA_MAX);
	modules_web(all_modules, a, &all);
	return all;
}
