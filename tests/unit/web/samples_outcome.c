/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pages at the end: signed out, and "this was not me". */
#include "samples.h"

#include "idp/account/pages_security.h"
#include "idp/logout/pages_logout.h"
#include "idp/login/pages_login.h"
#include "idp/login/pages_outcome.h"
#include "idp/oauth/pages_oauth.h"

#define NOVEMBER_2026 1795158420 /* 2026-11-20 14:07 in Bangkok */
#define TOKEN         STR_INIT("3f6b0c1d9e")
#define NAME_TH       STR_INIT("นางสาวปิ่นมณี ศรีสุวรรณ์")
#define PORTAL        STR_INIT("https://eplan.example.go.th/")

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

/* What became of it. */
static const struct web_logged_out logged_out_report = {
	.portals_out = ROWS((const struct web_open_portal[]){
		{STR_INIT("e-Plan"), PORTAL}, {STR_INIT("e-LAAS"), STR_INIT("")}}),
	.portals_notified = ROWS((const struct web_open_portal[]){{STR_INIT("INFO"), PORTAL}}),
	.portals_late = ROWS((const struct web_open_portal[]){{STR_INIT("CCIS"), PORTAL}}),
	.open_portals = OPEN_PORTALS,
	.report_url = STR_INIT("/signed-out?r=pratu_so_x"),
	.login_url = STR_INIT("/apps"),
};
/* Frames are loading; it goes on to the portal. */
static const struct web_logged_out logged_out_leaving = {
	.portal = STR_INIT("e-Plan"),
	.portal_url = PORTAL,
	.leave_url = STR_INIT("https://eplan.example.go.th/bye?state=x"),
	.portals_notified = ROWS((const struct web_open_portal[]){{STR_INIT("e-Plan"), PORTAL}}),
	.report_url = STR_INIT("/signed-out?r=pratu_so_x"),
	.logout_frames = ROWS((const struct web_logout_frame[]){
		{STR_INIT("https://eplan.example.go.th/front-logout?iss=x&sid=y")}}),
	.login_url = STR_INIT("/apps"),
};

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

#define PAYMENT_ROWS(name, account, amount)                                                        \
	{STR_INIT("ชื่อผู้รับเงิน"), STR_INIT(name)}, {STR_INIT("เลขที่บัญชีผู้รับเงิน"), STR_INIT(account)},    \
	{                                                                                          \
		STR_INIT("จำนวนเงิน"), STR_INIT(amount)                                             \
	}
static const struct web_detail approve_details_th[] = {
	{.title = STR_INIT("อนุมัติการจ่ายเงิน"),
		.note = STR_INIT("ตรวจสอบข้อมูลให้ถูกต้องก่อนดำเนินการจ่ายเงิน"),
		.groups = ROWS((const struct web_detail_group[]){
			{.rows = ROWS((const struct web_detail_row[]){
				 {STR_INIT("จำนวนเงินรวม"), STR_INIT("1,234,567.50 บาท"), true},
				 {STR_INIT("จำนวนเงินเป็นตัวอักษร"),
					 STR_INIT("หนึ่งล้านสองแสนสามหมื่นสี่พันห้าร้อยหกสิบเจ็ดบาทห้าสิบสตางค์")},
				 {STR_INIT("จำนวนรายการ"), STR_INIT("2")},
				 {STR_INIT("เลขที่บัญชีที่หักเงิน"), STR_INIT("1234567890")},
				 {STR_INIT("วันที่จ่าย"), STR_INIT("31 ธันวาคม 2569")},
			 })},
			{.heading = STR_INIT("ผู้รับเงิน 1/2"),
				.rows = ROWS((const struct web_detail_row[]){
					PAYMENT_ROWS("ห้างหุ้นส่วนจำกัด ก่อสร้างไทย", "9876543210",
						"1,234,000.00 บาท")})},
			{.heading = STR_INIT("ผู้รับเงิน 2/2"),
				.rows = ROWS((const struct web_detail_row[]){PAYMENT_ROWS(
					"ร้าน <b>ข</b> & เพื่อน", "1112223334", "567.50 บาท")})},
		})},
};

static const struct web_approve approve_th = {
	.portal = STR_INIT("KTB Corporate Online"),
	.office = STR_INIT("ธนาคารกรุงไทย จำกัด (มหาชน)"),
	.user = NAME_TH,
	.details = ROWS(approve_details_th),
	.action = STR_INIT("/login/approve?i=7Qx"),
	.step = TOKEN,
};

static const struct web_detail approve_details_en[] = {
	{.title = STR_INIT("Approval of a payment"),
		.groups = ROWS((const struct web_detail_group[]){
			{.rows = ROWS((const struct web_detail_row[]){
				 {STR_INIT("Total amount"), STR_INIT("567.50 baht"), true},
				 {STR_INIT("Amount in words"),
					 STR_INIT(
						 "five hundred sixty-seven baht and fifty satang")},
			 })},
			{.heading = STR_INIT("Payee"),
				.rows = ROWS((const struct web_detail_row[]){
					{STR_INIT("Name of the payee"), STR_INIT("A & Sons")}})},
		})},
};

static const struct web_approve approve_en = {
	.portal = STR_INIT("KTB Corporate Online"),
	.user = STR_INIT("Ms Pinmanee Srisuwan"),
	.details = ROWS(approve_details_en),
	.action = STR_INIT("/login/approve?i=7Qx"),
	.step = TOKEN,
};

const struct page_sample samples_outcome[] = {
	{"logout_confirm", &web_page_logout_confirm, BOTH(logout)},
	{"logged_out", &web_page_logged_out, BOTH(logged_out)},
	{"logged_out-everywhere", &web_page_logged_out, BOTH(logged_out_everywhere)},
	{"logged_out-report", &web_page_logged_out, BOTH(logged_out_report)},
	{"logged_out-leaving", &web_page_logged_out, BOTH(logged_out_leaving)},
	{"approve", &web_page_approve, {&approve_th, &approve_en}},
	{"not_me", &web_page_not_me, BOTH(not_me)},
	{"not_me-done", &web_page_not_me, BOTH(not_me_done), .no_switch = true},
	{"not_me-over", &web_page_not_me, BOTH(not_me_over), .no_switch = true},
};
const size_t samples_outcome_n = sizeof(samples_outcome) / sizeof(samples_outcome[0]);
