/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/i18n.h"

#include "web/embedded.h"

#define ACCEPT_MAX     20u /* parts of Accept-Language looked at */
#define WEIGHT_ONE     1000u
#define BANGKOK_OFFSET (7 * 3600) /* no daylight saving since 1920 */
#define BUDDHIST_ERA   543

static const char *const tags[WEB_LANG_MAX] = {[WEB_TH] = "th", [WEB_EN] = "en"};

const char *web_lang_tag(enum web_lang lang)
{
	return tags[lang];
}

enum rc web_lang_parse(struct str tag, enum web_lang *ret)
{
	struct str primary = str_sub(tag, 0, str_find(tag, '-'));

	for (int lang = 0; lang < WEB_LANG_MAX; lang++) {
		if (str_ieq(primary, str_c(tags[lang]))) {
			*ret = (enum web_lang)lang;
			return RC_OK;
		}
	}
	return RC_NOT_FOUND;
}

/* qvalue in thousandths (RFC 9110 12.4.2); anything else counts as 0. */
static unsigned weight_parse(struct str s)
{
	static const unsigned place[] = {100, 10, 1};
	unsigned weight;

	if (!s.n || s.n > 5 || (s.p[0] != '0' && s.p[0] != '1') || (s.n > 1 && s.p[1] != '.'))
		return 0;
	weight = s.p[0] == '1' ? WEIGHT_ONE : 0;
	for (size_t i = 2; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return 0;
		weight += (unsigned)(s.p[i] - '0') * place[i - 2];
	}
	return weight > WEIGHT_ONE ? 0 : weight;
}

/* One "th-TH;q=0.8". */
static unsigned accept_part(struct str part, struct str *ret_tag)
{
	struct str parameter;

	str_cut(&part, ';', ret_tag);
	*ret_tag = str_trim(*ret_tag);
	while (part.p && str_cut(&part, ';', &parameter)) {
		parameter = str_trim(parameter);
		if (str_ieq(str_sub(parameter, 0, 2), STR("q=")))
			return weight_parse(str_sub(parameter, 2, parameter.n));
	}
	return WEIGHT_ONE;
}

static bool accept_choose(struct str header, enum web_lang *ret)
{
	unsigned best = 0, weight;
	enum web_lang lang;
	struct str part, tag;

	for (unsigned i = 0; i < ACCEPT_MAX && str_cut(&header, ',', &part); i++) {
		weight = accept_part(part, &tag);
		if (weight > best && !web_lang_parse(tag, &lang)) {
			best = weight;
			*ret = lang;
		}
	}
	return best > 0;
}

enum web_lang web_lang_choose(struct str ui_locales, struct str cookie, struct str accept_language)
{
	enum web_lang lang = WEB_TH;
	struct str tag;

	while (str_cut(&ui_locales, ' ', &tag)) {
		if (!web_lang_parse(tag, &lang))
			return lang;
	}
	if (!web_lang_parse(cookie, &lang) || accept_choose(accept_language, &lang))
		return lang;
	return WEB_TH;
}

static int compare(const void *key, const void *row)
{
	return str_cmp(*(const struct str *)key, ((const struct web_message *)row)->key);
}

static const struct web_message *message_of(struct str key)
{
	return bsearch(&key, web_messages, web_messages_n, sizeof(*web_messages), compare);
}

bool web_message_find(enum web_lang lang, struct str key, struct str *ret)
{
	const struct web_message *m = message_of(key);

	if (m)
		*ret = m->text[lang];
	return m != NULL;
}

bool web_page_message_find(enum web_lang lang, struct str key, struct str *ret)
{
	const struct web_message *m = message_of(key);

	if (m)
		*ret = m->page[lang];
	return m != NULL;
}

struct str web_text(enum web_lang lang, struct str key)
{
	struct str text;

	return web_message_find(lang, key, &text) ? text : STR_NONE;
}

static const char *const months[WEB_LANG_MAX][12] = {
	[WEB_TH] = {"มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม",
		"สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม"},
	[WEB_EN] = {"January", "February", "March", "April", "May", "June", "July", "August",
		"September", "October", "November", "December"},
};

static const char *const months_short[WEB_LANG_MAX][12] = {
	[WEB_TH] = {"ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.",
		"พ.ย.", "ธ.ค."},
	[WEB_EN] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
		"Dec"},
};

static bool bangkok(int64_t seconds, struct tm *ret)
{
	time_t shifted = (time_t)seconds + BANGKOK_OFFSET;

	return gmtime_r(&shifted, ret) != NULL;
}

static int year_of(const struct tm *tm, enum web_lang lang)
{
	return tm->tm_year + 1900 + (lang == WEB_TH ? BUDDHIST_ERA : 0);
}

void web_date_add(struct buf *out, enum web_lang lang, int64_t seconds)
{
	struct tm tm;

	if (bangkok(seconds, &tm))
		buf_addf(out, "%d %s %d", tm.tm_mday, months[lang][tm.tm_mon], year_of(&tm, lang));
}

void web_time_add(struct buf *out, enum web_lang lang, int64_t seconds)
{
	struct tm tm;

	if (!bangkok(seconds, &tm))
		return;
	buf_addf(out, "%d %s %d", tm.tm_mday, months_short[lang][tm.tm_mon], year_of(&tm, lang));
	buf_addf(out, lang == WEB_TH ? " เวลา %02d.%02d น." : ", %02d:%02d", tm.tm_hour, tm.tm_min);
}

void web_duration_add(struct buf *out, enum web_lang lang, int64_t seconds)
{
	static const struct {
		int64_t seconds, from;
		const char *one[WEB_LANG_MAX], *many[WEB_LANG_MAX];
	} units[] = {
		{86400, 36 * 3600, {"วัน", "day"}, {"วัน", "days"}},
		{3600, 90 * 60, {"ชั่วโมง", "hour"}, {"ชั่วโมง", "hours"}},
		{60, 90, {"นาที", "minute"}, {"นาที", "minutes"}},
		{1, 0, {"วินาที", "second"}, {"วินาที", "seconds"}},
	};
	size_t u = 0;
	int64_t n;

	seconds = seconds > 0 ? seconds : 0;
	while (seconds < units[u].from)
		u++;
	n = (seconds + units[u].seconds - 1) / units[u].seconds;
	buf_add_i64(out, n);
	buf_addf(out, " %s", n == 1 ? units[u].one[lang] : units[u].many[lang]);
}
