/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages about email and mobile number. */
#include "samples.h"
#include "idp/account/pages_contact.h"
#include "idp/login/pages_factor.h"
#include "idp/login/pages_outcome.h"
#include "idp/login/pages_recovery.h"
#include "web/pages_common.h"

#define NOVEMBER_2026 1795158420 /* 2026-11-20 14:07 in Bangkok */
#define APRIL_2027    1806512400 /* 2027-04-01 00:00 in Bangkok */

#define CSRF .csrf = STR_INIT("pr_csrf_9f2c")
#define EMAIL_ROW                                                                                  \
	.kind = WEB_CONTACT_EMAIL, .change_url = STR_INIT("/account/contact/email"),               \
	.may_change = true, .remove_url = STR_INIT("/account/contact/email/remove")
#define MOBILE_ROW                                                                                 \
	.kind = WEB_CONTACT_MOBILE, .change_url = STR_INIT("/account/contact/mobile"),             \
	.may_change = true, .remove_url = STR_INIT("/account/contact/mobile/remove")

static const struct web_contacts both = {
	.notice = WEB_CONTACT_SAVED,
	.rows = ROWS((const struct web_contact[]){
		{EMAIL_ROW,
			.address = STR_INIT(
				"pinmanee.srisuwan.finance@bangtanai-subdistrict.example.go.th"),
			.verified = true, .changed = NOVEMBER_2026, .may_remove = true},
		{MOBILE_ROW, .address = STR_INIT("0812345678"), .waiting = true,
			.may_remove = true},
	}),
};
static const struct web_contacts none = {
	.notice = WEB_CONTACT_REMOVED,
	.rows = ROWS((const struct web_contact[]){{EMAIL_ROW}, {.kind = WEB_CONTACT_MOBILE}}),
};

static const struct web_contact_new new_email = {
	.kind = WEB_CONTACT_EMAIL,
	.notice = WEB_CONTACT_TAKEN,
	.typed = STR_INIT("pinmanee@bangtanai.example.go.th"),
	CSRF,
	.action = STR_INIT("/account/contact/begin"),
	.back_url = STR_INIT("/account/contact"),
};
static const struct web_contact_new new_mobile = {
	.kind = WEB_CONTACT_MOBILE,
	.notice = WEB_CONTACT_INVALID,
	.typed = STR_INIT("08123"),
	CSRF,
	.action = STR_INIT("/account/contact/begin"),
	.back_url = STR_INIT("/account/contact"),
};

#define REMOVAL                                                                                    \
	CSRF, .action = STR_INIT("/account/contact/remove"),                                       \
	      .back_url = STR_INIT("/account/contact")
static const struct web_contact_removal removal = {
	.kind = WEB_CONTACT_MOBILE,
	.address = STR_INIT("0812345678"),
	.may_remove = true,
	REMOVAL,
};
static const struct web_contact_removal removal_needed = {
	.kind = WEB_CONTACT_EMAIL,
	.notice = WEB_CONTACT_NEEDED,
	.address = STR_INIT("pinmanee@bangtanai.example.go.th"),
	REMOVAL,
};

static const struct web_contact_code code = {
	.kind = WEB_CONTACT_EMAIL,
	.notice = WEB_CONTACT_WRONG_CODE,
	.address = STR_INIT("pinmanee@bangtanai.example.go.th"),
	.reference = STR_INIT("K7XM"),
	.seconds = 284,
	.resend = 44,
	.may_resend = true,
	.tries = 4,
	CSRF,
	.change = STR_INIT("pr_change_77"),
	.action = STR_INIT("/account/contact/code"),
	.send_action = STR_INIT("/account/contact/send"),
	.drop_action = STR_INIT("/account/contact/drop"),
};
/* Another address within the minute; and no code may be sent any more. */
static const struct web_contact_code code_waits = {
	.kind = WEB_CONTACT_MOBILE,
	.notice = WEB_CONTACT_LIMITED,
	.wait = 41,
	.address = STR_INIT("0812345678"),
	.resend = 41,
	.may_resend = true,
	.tries = 5,
	CSRF,
	.change = STR_INIT("pr_change_78"),
	.action = STR_INIT("/account/contact/code"),
	.send_action = STR_INIT("/account/contact/send"),
	.drop_action = STR_INIT("/account/contact/drop"),
};

#define GIVE                                                                                       \
	.from = APRIL_2027, .action = STR_INIT("/login/email"), .step = STR_INIT("prg_1"),         \
	.skip_action = STR_INIT("/login/email/skip"), .skip_step = STR_INIT("prg_2"),              \
	.again_action = STR_INIT("/login/again"), .again_step = STR_INIT("prg_3")

static const struct web_enrol_email give = {
	GIVE,
	.portal = STR_INIT("ระบบบัญชีคอมพิวเตอร์ e-LAAS"),
	.typed = STR_INIT("pinmanee@bangtanai.example.go.th"),
	.skips = 4,
	.cancel_url = STR_INIT("/login/cancel?i=1"),
};
static const struct web_enrol_email give_now = {
	GIVE,
	.notice = WEB_CONTACT_INVALID,
	.typed = STR_INIT("pinmanee"),
	.support_contacts =
		ROWS((const struct web_support_contact[]){{.name = STR_INIT("นายสมศักดิ์ ใจดี"),
			.office = STR_INIT("องค์การบริหารส่วนตำบลบางตะไนย์"),
			.phone = STR_INIT("02 583 0000"),
			.email = STR_INIT("sso@bangtanai.example.go.th")}}),
};

static const struct web_otp give_code = {
	.portal = STR_INIT("ระบบบัญชีคอมพิวเตอร์ e-LAAS"),
	.factor = STR_INIT("otp_email"),
	.masked = STR_INIT("pinmanee@bangtanai.example.go.th"),
	.reference = STR_INIT("K7XM"),
	.seconds = 300,
	.resend = 60,
	.may_resend = true,
	.tries = 5,
	.action = STR_INIT("/login/email/code"),
	.step = STR_INIT("prg_4"),
	.id = STR_INIT("otp_email"),
	.send_action = STR_INIT("/login/email/send"),
	.send_step = STR_INIT("prg_5"),
	.other_action = STR_INIT("/login/email/other"),
	.other_step = STR_INIT("prg_6"),
	.again_action = STR_INIT("/login/again"),
	.again_step = STR_INIT("prg_3"),
};

/* No six digits. */
static const struct web_otp code_malformed = {
	.masked = STR_INIT("08X-XXX-5678"),
	.reference = STR_INIT("9QRT"),
	.seconds = 200,
	.tries = 5,
	.notice = WEB_LOGIN_MALFORMED,
	.action = STR_INIT("/login/code"),
	.step = STR_INIT("prg_7"),
	.id = STR_INIT("otp_sms"),
	.again_action = STR_INIT("/login/again"),
	.again_step = STR_INIT("prg_7"),
};

/* The code of the message before. */
static const struct web_otp code_replaced = {
	.masked = STR_INIT("08X-XXX-5678"),
	.reference = STR_INIT("9TZS"),
	.seconds = 200,
	.tries = 5,
	.notice = WEB_LOGIN_REPLACED,
	.action = STR_INIT("/login/code"),
	.step = STR_INIT("prg_7"),
	.id = STR_INIT("otp_sms"),
	.again_action = STR_INIT("/login/again"),
	.again_step = STR_INIT("prg_7"),
};

/* One that sets itself up, beside an email address. */
static const struct web_second_factor second_enrol = {
	.portal = STR_INIT("ระบบบัญชีคอมพิวเตอร์ e-LAAS"),
	.targets = ROWS((const struct web_target[]){
		{STR_INIT("nexus"), STR_INIT("nexus"), STR_INIT("NEXUS")}}),
	.enrol = true,
	.send_action = STR_INIT("/login/code/send"),
	.send_step = STR_INIT("prg_5"),
	.skips = 2,
	.skip_action = STR_INIT("/login/email/skip"),
	.skip_step = STR_INIT("prg_6"),
	.again_action = STR_INIT("/login/again"),
	.again_step = STR_INIT("prg_3"),
};

/* A grant that begins on a day to come. */
static const struct web_refusal begins = {
	.system = STR_INIT("ระบบบัญชีคอมพิวเตอร์ e-LAAS"),
	.office = STR_INIT("องค์การบริหารส่วนตำบลบางตะไนย์"),
	.begins = APRIL_2027,
	.home_url = STR_INIT("/apps"),
	.portal_url = STR_INIT("/login/cancel?i=1"),
};

const struct page_sample samples_address[] = {
	{"no_grant-begins", &web_page_no_grant, BOTH(begins)},
	{"code-malformed", &web_page_otp, BOTH(code_malformed)},
	{"code-replaced", &web_page_otp, BOTH(code_replaced)},
	{"addresses", &web_page_contacts, BOTH(both), .signed_in = true},
	{"addresses-none", &web_page_contacts, BOTH(none), .signed_in = true, .no_switch = true},
	{"address_new-email", &web_page_contact_new, BOTH(new_email), .signed_in = true},
	{"address_new-mobile", &web_page_contact_new, BOTH(new_mobile), .signed_in = true},
	{"address_remove", &web_page_contact_removal, BOTH(removal), .signed_in = true},
	{"address_remove-needed", &web_page_contact_removal, BOTH(removal_needed),
		.signed_in = true},
	{"address_code", &web_page_contact_code, BOTH(code), .signed_in = true},
	{"address_code-waits", &web_page_contact_code, BOTH(code_waits), .signed_in = true},
	{"give_email", &web_page_enrol_email, BOTH(give)},
	{"give_email-code", &web_page_otp, BOTH(give_code)},
	{"give_email-now", &web_page_enrol_email, BOTH(give_now)},
	{"second-enrol", &web_page_second_factor, BOTH(second_enrol)},
};
const size_t samples_address_n = sizeof(samples_address) / sizeof(samples_address[0]);
