/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/device.h"

struct sign {
	const char *part; /* of the header */
	const char *name;
};

/* Most browsers also name those they descend from: the more particular one stands first. */
static const struct sign browsers[] = {
	{"Line/", "LINE"},
	{"FBAN/", "Facebook"},
	{"FBAV/", "Facebook"},
	{"SamsungBrowser/", "Samsung Internet"},
	{"Edg", "Edge"},
	{"OPR/", "Opera"},
	{"CriOS/", "Chrome"},
	{"FxiOS/", "Firefox"},
	{"Firefox/", "Firefox"},
	{"Chrome/", "Chrome"},
	{"Safari/", "Safari"},
	{NULL, NULL},
};

static const struct sign systems[] = {
	{"iPhone", "iPhone"},
	{"iPad", "iPad"},
	{"Android", "Android"},
	{"Windows", "Windows"},
	{"CrOS", "ChromeOS"},
	{"Macintosh", "macOS"},
	{"Linux", "Linux"},
	{NULL, NULL},
};

static struct str sign_find(const struct sign *signs, struct str text)
{
	for (; signs->part; signs++) {
		if (text.n && memmem(text.p, text.n, signs->part, strlen(signs->part)))
			return str_c(signs->name);
	}
	return STR_NONE;
}

/* The message with {browser} and {system} put in. */
static void named_add(struct buf *out, struct str message, struct str browser, struct str system)
{
	struct str part;

	while (str_cut(&message, '{', &part)) {
		buf_add(out, part);
		if (!message.p || !str_cut(&message, '}', &part))
			return;
		buf_add(out, str_eq(part, STR("browser")) ? browser : system);
		if (!message.p)
			return;
	}
}

void web_device_parts(struct str user_agent, struct str *ret_browser, struct str *ret_system)
{
	*ret_browser = sign_find(browsers, user_agent);
	*ret_system = sign_find(systems, user_agent);
}

void web_device_add(struct buf *out, enum web_lang lang, struct str user_agent)
{
	struct str browser, system;

	web_device_parts(user_agent, &browser, &system);
	web_device_name_add(out, lang, browser, system);
}

void web_device_name_add(struct buf *out, enum web_lang lang, struct str browser, struct str system)
{
	if (browser.n && system.n)
		named_add(out, web_text(lang, STR("device.browser_on")), browser, system);
	else if (browser.n || system.n)
		buf_add(out, browser.n ? browser : system);
	else
		buf_add(out, web_text(lang, STR("device.unknown")));
}
