/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/portal/theme.h"

#include "base/array.h"
#include "sandbox/common/config.h"

/* clang-format off */
const struct portal_theme portal_themes[] = {
	[PORTAL_EPLAN] = {
		.css = "portal eplan", .cookie = "eplan",
		.mark = "e-Plan", .name_th = "ระบบสารสนเทศเพื่อการวางแผนและประเมินผล (e-Plan)",
		.name_en = "Planning and evaluation of local governments",
		.owner = "กรมส่งเสริมการปกครองท้องถิ่น",
		.about = "จัดทำแผนพัฒนาท้องถิ่น ติดตามและประเมินผลโครงการขององค์กรปกครองส่วนท้องถิ่น",
		.news = {"กำหนดส่งแผนพัฒนาท้องถิ่น (พ.ศ. 2571–2575)", "คู่มือการบันทึกโครงการฉบับปรับปรุง",
			"การเข้าสู่ระบบด้วย ThaiID ผ่านประตู (Pratu)"},
		.api_title = "โครงการในแผนพัฒนาท้องถิ่น",
		.records = {
			{"ก่อสร้างถนนคอนกรีตเสริมเหล็ก หมู่ 3", "ยุทธศาสตร์ด้านโครงสร้างพื้นฐาน", "1,250,000 บาท"},
			{"ปรับปรุงระบบประปาหมู่บ้าน หมู่ 7", "ยุทธศาสตร์ด้านคุณภาพชีวิต", "480,000 บาท"},
			{"ศูนย์พัฒนาเด็กเล็กบ้านดอน", "ยุทธศาสตร์ด้านการศึกษา", "920,000 บาท"},
		},
	},
	[PORTAL_GFMIS] = {
		.css = "portal gfmis", .cookie = "gfmis",
		.mark = "GFMIS", .name_th = "New GFMIS Thai · GFMIS Web Portal",
		.name_en = "Government Fiscal Management Information System",
		.owner = "กรมบัญชีกลาง",
		.about = "บันทึกรายการ อนุมัติเบิกเงิน และอนุมัติจ่ายเงินของหน่วยเบิกจ่าย",
		.news = {"ปฏิทินปิดงวดบัญชีสิ้นเดือน", "การลงทะเบียน GFMIS Soft Token",
			"แบบคำร้องขอใช้บริการ Soft Token"},
		.api_title = "เอกสารขอเบิกเงิน",
		.records = {
			{"ขบ.02 3600000123", "ค่าสาธารณูปโภค", "48,210.00 บาท"},
			{"ขบ.02 3600000124", "ค่าวัสดุสำนักงาน", "12,900.50 บาท"},
			{"ขจ.05 4700000031", "อนุมัติจ่ายเงินแล้ว", "61,110.50 บาท"},
		},
	},
	[PORTAL_KTB] = {
		.css = "portal ktb", .cookie = "ktb",
		.mark = "KTB Corporate Online", .name_th = "KTB Corporate Online",
		.name_en = "Krungthai Bank for local governments",
		.owner = "ธนาคารกรุงไทย",
		.about = "โอนเงิน จ่ายเงิน และเรียกดูรายการเดินบัญชีขององค์กรปกครองส่วนท้องถิ่น",
		.news = {"การยืนยันตัวตนสองชั้น (2FA) สำหรับผู้อนุมัติ", "ตรวจสอบเบอร์โทรศัพท์ของผู้อนุมัติก่อนวันเริ่มใช้",
			"เวลาปิดรับรายการประจำวัน"},
		.api_title = "รายการที่รออนุมัติ",
		.records = {
			{"โอนเงินเดือนบุคลากร", "ผู้รับ 24 ราย", "412,350.00 บาท"},
			{"จ่ายผู้รับจ้าง หจก. ทางดีก่อสร้าง", "อ้างอิง KTB-2569-0117", "98,000.00 บาท"},
			{"ค่าไฟฟ้า การไฟฟ้าส่วนภูมิภาค", "อ้างอิง KTB-2569-0118", "23,871.25 บาท"},
		},
	},
};

static const struct {
	const char *claim, *label;
} labels[] = {
	{"sub", "รหัสบุคคล"}, {"name", "ชื่อ-นามสกุล"}, {"name#en", "ชื่อ-นามสกุล (อังกฤษ)"},
	{"title", "คำนำหน้าชื่อ"}, {"given_name", "ชื่อ"}, {"given_name#en", "ชื่อ (อังกฤษ)"},
	{"family_name", "นามสกุล"}, {"family_name#en", "นามสกุล (อังกฤษ)"},
	{"preferred_username", "ชื่อผู้ใช้"}, {"position", "ตำแหน่ง"}, {"locale", "ภาษา"},
	{"updated_at", "ข้อมูลปรับปรุงเมื่อ"}, {"email", "อีเมล"}, {"email_verified", "ยืนยันอีเมลแล้ว"},
	{"phone_number", "โทรศัพท์มือถือ"}, {"phone_number_verified", "ยืนยันเบอร์แล้ว"},
	{"pid", "เลขประจำตัวประชาชน"}, {"roles", "บทบาทในระบบนี้"}, {"office", "รหัสหน่วยงาน"},
	{"rights", "สิทธิ์การใช้งาน"}, {"iss", "ผู้ออก"}, {"aud", "ออกให้แก่"}, {"exp", "หมดอายุ"},
	{"iat", "ออกเมื่อ"}, {"auth_time", "ยืนยันตัวตนเมื่อ"}, {"nonce", "nonce"},
	{"acr", "ระดับการยืนยันตัวตน (acr)"}, {"amr", "วิธียืนยันตัวตน"}, {"sid", "รหัสการเข้าใช้งาน"},
	{"ial", "ระดับการพิสูจน์ตัวตน (IAL)"}, {"aal", "ระดับการยืนยันตัวตน (AAL)"},
	{"at_hash", "ค่าตรวจของ access token"},
};
/* clang-format on */

const char *portal_claim_label(struct str claim)
{
	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (str_eq_c(claim, labels[i].claim))
			return labels[i].label;
	return NULL;
}
