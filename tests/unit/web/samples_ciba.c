/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What portals ask of people who are elsewhere. */
#include "samples.h"

#include "idp/ciba/pages_ciba.h"

#define NOVEMBER_2026 1795158420 /* 2026-11-20 14:07 in Bangkok */
#define TOKEN         STR_INIT("3f6b0c1d9e")
#define ID            "Zq3v0pXk1TfWm2LrYd8aUg"
#define MESSAGE       "โอนเงิน 1,500.00 บาท ให้ นายสมชาย ใจดี อ้างอิง ก-12/2569"

static const struct web_ciba_list list = {
	.notice = WEB_CIBA_NOT_ME,
	.has_code = true,
	.code_action = STR_INIT("/account/requests/code"),
	.csrf = TOKEN,
	.requests = ROWS((const struct web_ciba_row[]){
		{.portal = STR_INIT("e-LAAS"),
			.message = STR_INIT(MESSAGE),
			.url = STR_INIT("/account/requests/one?r=" ID),
			.created = NOVEMBER_2026,
			.expires = NOVEMBER_2026 + 300},
		{.portal = STR_INIT("ศูนย์บริการทางโทรศัพท์"),
			.url = STR_INIT("/account/requests/one?r=" ID),
			.created = NOVEMBER_2026,
			.expires = NOVEMBER_2026 + 120},
	}),
};
static const struct web_ciba_list list_none = {.notice = WEB_CIBA_APPROVED};
static const struct web_ciba_list list_code = {.notice = WEB_CIBA_CODE_FORM,
	.code_action = STR_INIT("/account/requests/code"),
	.csrf = TOKEN};

static const struct web_ciba_request request = {
	.portal = STR_INIT("e-LAAS"),
	.system = STR_INIT("ระบบบัญชีคอมพิวเตอร์ขององค์กรปกครองส่วนท้องถิ่น"),
	.office = STR_INIT("กรมส่งเสริมการปกครองท้องถิ่น"),
	.user = STR_INIT("นางสาวปิ่นมณี ศรีสุวรรณ์"),
	.username = STR_INIT("pinmanee.s"),
	.message = STR_INIT(MESSAGE),
	.scopes = ROWS((const struct web_ciba_scope[]){{.scope = STR_INIT("openid")},
		{.scope = STR_INIT("profile")}, {.scope = STR_INIT("payments")}}),
	.details = ROWS((const struct web_detail[]){{.title = STR_INIT("อนุมัติการโอนเงิน"),
		.note = STR_INIT("โปรดตรวจยอดเงินและผู้รับ"),
		.groups = ROWS((const struct web_detail_group[]){
			{.rows = ROWS((const struct web_detail_row[]){
				 {STR_INIT("จำนวนเงิน"), STR_INIT("1,500.00 บาท"), true},
				 {STR_INIT("ผู้รับ"), STR_INIT("นายสมชาย ใจดี")},
			 })},
		})}}),
	.created = NOVEMBER_2026,
	.expires = NOVEMBER_2026 + 300,
	.action = STR_INIT("/account/requests/answer"),
	.csrf = TOKEN,
	.id = STR_INIT(ID),
};
static const struct web_ciba_request request_unable = {
	.state = WEB_CIBA_UNABLE,
	.portal = STR_INIT("e-LAAS"),
	.user = STR_INIT("นางสาวปิ่นมณี ศรีสุวรรณ์"),
	.created = NOVEMBER_2026,
	.expires = NOVEMBER_2026 + 300,
	.action = STR_INIT("/account/requests/answer"),
	.csrf = TOKEN,
	.id = STR_INIT(ID),
	.again_url = STR_INIT("/account/requests/one?r=" ID),
};
static const struct web_ciba_request request_over = {.id = STR_INIT("")};

const struct page_sample samples_ciba[] = {
	{"portal_requests", &web_page_ciba_list, BOTH(list), .signed_in = true},
	{"portal_requests-none", &web_page_ciba_list, BOTH(list_none), .signed_in = true},
	{"portal_requests-code", &web_page_ciba_list, BOTH(list_code), .signed_in = true},
	{"portal_request", &web_page_ciba_request, BOTH(request), .signed_in = true},
	{"portal_request-unable", &web_page_ciba_request, BOTH(request_unable), .signed_in = true},
	{"portal_request-over", &web_page_ciba_request, BOTH(request_over), .signed_in = true},
};
const size_t samples_ciba_n = sizeof(samples_ciba) / sizeof(samples_ciba[0]);
