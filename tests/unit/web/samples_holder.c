/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The account pages. */
#include "samples.h"

#define NOVEMBER_2026 1795158420 /* 2026-11-20 14:07 in Bangkok */
#define DAY           86400
#define ROWS(...)                                                                                  \
	{                                                                                          \
		.v = __VA_ARGS__, .n = sizeof(__VA_ARGS__) / sizeof((__VA_ARGS__)[0])              \
	}
#define BOTH(model)                                                                                \
	{                                                                                          \
		&(model), &(model)                                                                 \
	}

static const struct web_contact contacts[] = {
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
	.accounts = ROWS((const struct web_holding[]){
		{.username = STR_INIT("A03004000041001"),
			.position = STR_INIT("นักวิชาการเงินและบัญชีชำนาญการ"),
			.office = STR_INIT("องค์การบริหารส่วนตำบลบางตะไนย์ จังหวัดนนทบุรี")},
		{.username = STR_INIT("pinmanee.s"),
			.office = STR_INIT("องค์การบริหารส่วนตำบลบางตะไนย์ จังหวัดนนทบุรี"),
			.suspended = true},
	}),
	.contacts = ROWS(contacts),
	.ways = ROWS((const struct web_way[]){
		{.name = STR_INIT("thaid")}, {.name = STR_INIT("password"), .accounts = 1}}),
	.email = STR_INIT("pi***@bangtanai.example.go.th"),
	.email_verified = true,
	.mobile = STR_INIT("08X-XXX-5678"),
	.login_time = NOVEMBER_2026,
	.login_method = STR_INIT("thaid"),
	.login_device = STR_INIT("Chrome บน Windows"),
	.login_address = STR_INIT("203.0.113.9"),
	.aal = STR_INIT("2.2"),
};
/* Only ThaID, no account, no address. */
static const struct web_profile profile_bare = {
	.name_th = STR_INIT("ปิ่นมณี ศรีสุวรรณ์"),
	.citizen = STR_INIT("X-XXXX-XXXX0-12-1"),
	.ways = ROWS((const struct web_way[]){{.name = STR_INIT("thaid")}}),
	.login_time = NOVEMBER_2026,
	.login_method = STR_INIT("thaid"),
	.login_device = STR_INIT("อุปกรณ์ที่ไม่รู้จัก"),
};

const struct sample samples_holder[] = {
	{"profile", WEB_PAGE_PROFILE, BOTH(profile), .signed_in = true},
	{"profile-bare", WEB_PAGE_PROFILE, BOTH(profile_bare), .signed_in = true},
};
const size_t samples_holder_n = sizeof(samples_holder) / sizeof(samples_holder[0]);
