/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The account pages. */
#include "samples.h"
#include "idp/account/pages_apps.h"
#include "idp/account/pages_history.h"
#include "idp/account/pages_holder.h"
#include "idp/login/pages_factor.h"
#include "web/pages_common.h"

#define NOVEMBER_2026 1795158420 /* 2026-11-20 14:07 in Bangkok */
#define DAY           86400
#define TOKEN         STR_INIT("3f6b0c1d9e")

static const struct web_support_contact support_contacts[] = {
	{.name = STR_INIT("นายสมศักดิ์ ใจดี"),
		.office = STR_INIT("องค์การบริหารส่วนตำบลบางตะไนย์"),
		.phone = STR_INIT("02 583 0000"),
		.email = STR_INIT("sso@bangtanai.example.go.th")},
};

static const struct web_profile profile = {
	.name_th = STR_INIT("นางสาวปิ่นมณี ศรีสุวรรณ์"),
	.name_en = STR_INIT("Ms Pinmanee Srisuwan"),
	.citizen = STR_INIT("X-XXXX-XXXX0-12-1"),
	.ial = STR_INIT("2.3"),
	.ial_time = NOVEMBER_2026 - 90 * DAY,
	.prover = STR_INIT("กรมการปกครอง · 20 พฤศจิกายน 2569 · IAL 2.3"),
	.accounts = ROWS((const struct web_holding[]){
		{.username = STR_INIT("A03004000041001"),
			.position = STR_INIT("นักวิชาการเงินและบัญชีชำนาญการ"),
			.office = STR_INIT("องค์การบริหารส่วนตำบลบางตะไนย์ จังหวัดนนทบุรี")},
		{.username = STR_INIT("pinmanee.s"),
			.office = STR_INIT("องค์การบริหารส่วนตำบลบางตะไนย์ จังหวัดนนทบุรี"),
			.suspended = true},
	}),
	.support_contacts = ROWS(support_contacts),
	.ways = ROWS((const struct web_auth_method[]){
		{.name = STR_INIT("thaid")}, {.name = STR_INIT("password"), .accounts = 1}}),
	.email = STR_INIT("pi***@bangtanai.example.go.th"),
	.email_verified = true,
	.mobile = STR_INIT("08X-XXX-5678"),
	.login_time = NOVEMBER_2026,
	.login_method = STR_INIT("thaid"),
	.login_device = STR_INIT("Chrome บน Windows"),
	.login_address = STR_INIT("203.0.113.9"),
	.aal = STR_INIT("2.2"),
	.before_time = NOVEMBER_2026 - DAY,
	.before_method = STR_INIT("password"),
	.before_address = STR_INIT("198.51.100.7"),
	.thai = true,
	.lang_action = STR_INIT("/account/language"),
	.csrf = TOKEN,
};
/* Only ThaID, no account, no address. */
static const struct web_profile profile_bare = {
	.name_th = STR_INIT("ปิ่นมณี ศรีสุวรรณ์"),
	.citizen = STR_INIT("X-XXXX-XXXX0-12-1"),
	.ways = ROWS((const struct web_auth_method[]){{.name = STR_INIT("thaid")}}),
	.login_time = NOVEMBER_2026,
	.login_method = STR_INIT("thaid"),
	.login_device = STR_INIT("อุปกรณ์ที่ไม่รู้จัก"),
};

static const struct web_session session_rows[] = {
	{.id = STR_INIT("s1"),
		.device = STR_INIT("Chrome บน Windows"),
		.address = STR_INIT("203.0.113.9"),
		.method = STR_INIT("thaid"),
		.since = NOVEMBER_2026 - 3600,
		.last_used = NOVEMBER_2026,
		.current = true,
		.portals = ROWS((const struct web_label[]){
			{STR_INIT("ระบบแผน (e-Plan)")}, {STR_INIT("ระบบบัญชี (e-LAAS)")}}),
		.portals_more = 4},
	{.id = STR_INIT("s2"),
		.device = STR_INIT("\"><script>alert(1)</script>"),
		.method = STR_INIT("password"),
		.since = NOVEMBER_2026 - DAY,
		.last_used = NOVEMBER_2026 - 7200},
};
#define SESSION_ACTIONS                                                                            \
	.csrf = TOKEN, .end_action = STR_INIT("/account/sessions/end"),                            \
	.others_action = STR_INIT("/account/sessions/others"),                                     \
	.everywhere_action = STR_INIT("/account/sessions/everywhere")
static const struct web_sessions sessions = {
	.notice = WEB_SESSIONS_ONE_ENDED,
	.sessions = ROWS(session_rows),
	.several = true,
	SESSION_ACTIONS,
};
static const struct web_sessions sessions_one = {
	.notice = WEB_SESSIONS_OTHERS_ENDED,
	.sessions = {.v = session_rows, .n = 1},
	SESSION_ACTIONS,
};

static const struct web_password_account password_accounts[] = {
	{STR_INIT("a1"), STR_INIT("A03004000041001"), STR_INIT("องค์การบริหารส่วนตำบลบางตะไนย์"),
		STR_INIT("/account/password?account=a1"), WEB_PASSWORD_OPEN},
	{STR_INIT("a2"), STR_INIT("pinmanee.s"), STR_INIT("องค์การบริหารส่วนตำบลบางตะไนย์"),
		STR_INIT(""), WEB_PASSWORD_CLOSED},
	{STR_INIT("a3"), STR_INIT("pinmanee.new"), STR_INIT(""), STR_INIT(""), WEB_PASSWORD_NONE},
};
#define SET_ACTIONS .action = STR_INIT("/account/password/set"), .csrf = TOKEN
static const struct web_set_password set_password = {
	.notice = WEB_SET_RULES,
	.account = STR_INIT("a1"),
	.username = STR_INIT("A03004000041001"),
	.rules = ROWS((const struct web_rule[]){
		{WEB_RULE_TOO_SHORT, 8, true}, {WEB_RULE_NO_LOWER, 0, false}}),
	.accounts = ROWS(password_accounts),
	.support_contacts = ROWS(support_contacts),
	SET_ACTIONS,
};
/* After a login by password; nothing is chosen. */
static const struct web_set_password set_password_choose = {
	.notice = WEB_SET_ELSEWHERE,
	.by_password = true,
	.accounts = ROWS(password_accounts),
	SET_ACTIONS,
};
static const struct web_set_password set_password_own = {
	.by_password = true,
	.account = STR_INIT("a1"),
	.username = STR_INIT("A03004000041001"),
	.accounts = {.v = password_accounts, .n = 1},
	SET_ACTIONS,
};

static const struct web_set_password set_password_done = {
	.notice = WEB_SET_DONE,
	SET_ACTIONS,
	.onward_url = STR_INIT("/apps"),
};

static const struct web_event events[] = {
	{.name = STR_INIT("login_failed"),
		.time = NOVEMBER_2026,
		.why = STR_INIT("รหัสผ่านไม่ถูกต้อง"),
		.username = STR_INIT("A03004000041001"),
		.address = STR_INIT("198.51.100.7")},
	{.name = STR_INIT("login"),
		.time = NOVEMBER_2026 - 3600,
		.why = STR_INIT("ThaiD"),
		.portal = STR_INIT("ระบบแผน (e-Plan)"),
		.device = STR_INIT("Chrome บน Windows"),
		.address = STR_INIT("203.0.113.9"),
		.here = true},
	{.name = STR_INIT("email_changed.removed"), .time = NOVEMBER_2026 - 7200},
	{.name = STR_INIT("initial_secret_issued"), .time = NOVEMBER_2026 - DAY, .other = true},
};
static const struct web_activity activity = {.days = 90,
	.events = ROWS(events),
	.paging = {1, 3, 137, STR_INIT(""), STR_INIT("/account/activity?page=2")},
	.sessions_url = STR_INIT("/account/sessions")};
static const struct web_activity activity_none = {
	.days = 90, .sessions_url = STR_INIT("/account/sessions")};

static const struct web_agreed_scope agreed_scopes[] = {
	{STR_INIT("profile")}, {STR_INIT("offline_access")}, {STR_INIT("eplan.write")}};
static const struct web_agreed agreed[] = {
	{.client = STR_INIT("eplan"),
		.portal = STR_INIT("ระบบแผน (e-Plan)"),
		.scopes = ROWS(agreed_scopes),
		.given = NOVEMBER_2026 - DAY,
		.stands = true,
		.text_version = STR_INIT("1"),
		.text_hash = STR_INIT("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")},
	{.client = STR_INIT("elaas"),
		.portal = STR_INIT("<b>e-LAAS</b>"),
		.given = NOVEMBER_2026 - 40 * DAY,
		.withdrawn = NOVEMBER_2026 - 30 * DAY,
		.text_version = STR_INIT("1")},
	{.client = STR_INIT("elaas"),
		.portal = STR_INIT("<b>e-LAAS</b>"),
		.given = NOVEMBER_2026 - 60 * DAY,
		.replaced = true,
		.text_version = STR_INIT("1")},
};
static const struct web_privacy privacy = {
	.withdrawn = true,
	.agreed = ROWS(agreed),
	.paging = {51, 53, 231, STR_INIT("/account/privacy?page=1"),
		STR_INIT("/account/privacy?page=3")},
	.action = STR_INIT("/account/privacy/withdraw"),
	.csrf = TOKEN,
	.data_url = STR_INIT("/account/privacy/data"),
};
static const struct web_privacy privacy_none = {.data_url = STR_INIT("/account/privacy/data")};

/* So many systems that one looks for one of them. */
static const struct web_system apps_found[] = {{.name = STR_INIT("e-Plan"),
	.full = STR_INIT("ระบบสารสนเทศเพื่อการวางแผนและประเมินผล"),
	.mark = STR_INIT("eP"),
	.last = NOVEMBER_2026,
	.open_url = STR_INIT("https://eplan.example.go.th/login")}};
static const struct web_apps apps_search = {
	.name = STR_INIT("ปิ่นมณี ศรีสุวรรณ์"),
	.systems = ROWS(apps_found),
	.search = true,
	.asked = STR_INIT("แผน"),
	.found = 1,
	.total = 14,
	.sessions = 1,
	.csrf = TOKEN,
	.logout_action = STR_INIT("/apps/logout"),
};

static const struct web_apps apps_none = {
	.name = STR_INIT("ปิ่นมณี ศรีสุวรรณ์"),
	.sessions = 1,
	.csrf = TOKEN,
	.logout_action = STR_INIT("/apps/logout"),
};

static const struct web_problem problem_forbidden = {
	.kind = WEB_PROBLEM_FORBIDDEN,
	.home_url = STR_INIT("/"),
};

const struct page_sample samples_holder[] = {
	{"problem-forbidden", &web_page_problem, BOTH(problem_forbidden)},
	{"apps-none", &web_page_apps, BOTH(apps_none), .signed_in = true},
	{"apps-search", &web_page_apps, BOTH(apps_search), .signed_in = true},
	{"profile", &web_page_profile, BOTH(profile), .signed_in = true},
	{"profile-bare", &web_page_profile, BOTH(profile_bare), .signed_in = true},
	{"activity", &web_page_activity, BOTH(activity), .signed_in = true},
	{"activity-none", &web_page_activity, BOTH(activity_none), .signed_in = true},
	{"privacy", &web_page_privacy, BOTH(privacy), .signed_in = true},
	{"privacy-none", &web_page_privacy, BOTH(privacy_none), .signed_in = true},
	{"sessions", &web_page_sessions, BOTH(sessions), .signed_in = true},
	{"sessions-one", &web_page_sessions, BOTH(sessions_one), .signed_in = true},
	{"set_password", &web_page_set_password, BOTH(set_password), .signed_in = true},
	{"set_password-choose", &web_page_set_password, BOTH(set_password_choose),
		.signed_in = true},
	{"set_password-done", &web_page_set_password, BOTH(set_password_done), .signed_in = true},
	{"set_password-own", &web_page_set_password, BOTH(set_password_own), .signed_in = true},
};
const size_t samples_holder_n = sizeof(samples_holder) / sizeof(samples_holder[0]);
