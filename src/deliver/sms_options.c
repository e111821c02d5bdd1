/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What an administrator may set about SMS providers, and the presets. */
#include "codec/uri.h"
#include "base/array.h"
#include "deliver/sms.h"
#include "deliver/sms_rules.h"

#define LIST(array)                                                                                \
	{                                                                                          \
		(array), ARRAY_LEN(array)                                                          \
	}
#define AT(member) offsetof(struct sms_provider, member)

static const char *const preset_words[] = {"custom", "thaibulksms", "smsmkt", "infobip", NULL};
_Static_assert(ARRAY_LEN(preset_words) == SMS_PRESET_MAX + 1, "a word for each value");
static const char *const auth_words[] = {"preset", "none", "basic", "bearer", "headers", NULL};
_Static_assert(ARRAY_LEN(auth_words) == SMS_AUTH_MAX + 1, "a word for each value");
static const char *const variables[] = {
	"to_0", "to_66", "to_plus", "text", "sender", "ref", "user", "secret", NULL};

static const struct conf_option provider_options[] = {
	{"name", CONF_STR, CONF_REQUIRED, AT(name), .min = 1, .max = 40,
		.help = "Short name, used in logs and in the path of delivery reports: letters, "
			"digits, hyphens."},
	{"preset", CONF_ENUM, 0, AT(preset), "custom", .words = preset_words,
		.help = "Provider interface. Every option below overrides the preset's value."},
	{"url", CONF_STR, 0, AT(wire.url), .max = 2048,
		.help = "URL to which messages are posted."},
	{"auth", CONF_ENUM, 0, AT(wire.auth), "preset", .words = auth_words,
		.help = "basic: user and secret. bearer: the secret. headers: only the lines in "
			"headers."},
	{"user", CONF_STR, 0, AT(user), .max = 255,
		.help = "User name or API key at the provider."},
	{"secret_file", CONF_SECRET_FILE, 0, AT(secret), .min = 8,
		.help = "File with the password, secret or API key."},
	{"headers", CONF_STRLIST, 0, AT(wire.headers), .max = 8,
		.help = "Additional header lines, such as \"api_key: {user}\"."},
	{"form", CONF_STRLIST, 0, AT(wire.form), .max = 20,
		.help = "Form fields, such as \"msisdn={to_66}\". Variables: {to_0} 08..., "
			"{to_66} 668..., {to_plus} +668..., {text}, {sender}, {ref}, {user}, "
			"{secret}."},
	{"json", CONF_STR, 0, AT(wire.json), .max = 4096,
		.help = "JSON body instead of a form, with variables inside its strings."},
	{"sender", CONF_STR, CONF_REQUIRED, AT(sender), .min = 1, .max = SMS_SENDER_MAX,
		.help = "Registered sender name: letters and digits."},
	{"accepted_when", CONF_STRLIST, 0, AT(wire.accepted_when), .max = 8,
		.help = "Conditions that the response body must meet, in addition to a 2xx status: "
			"\"code is 000\", "
			"\"list[0].id "
			"present\", \"bad_list empty\"; all must hold."},
	{"refused_when", CONF_STRLIST, 0, AT(wire.refused_when), .max = 8,
		.help = "Conditions under which the message was rejected and is not retried; any "
			"of them is enough."},
	{"id_path", CONF_STR, 0, AT(wire.id_path), .max = SMS_PATH_MAX,
		.help = "Path of the message id in the response: list[0].message_id."},
	{"error_paths", CONF_STRLIST, 0, AT(wire.error_paths), .max = 8,
		.help = "Paths of the error text in the response; the first that exists is used."},
	{"credit_path", CONF_STR, 0, AT(wire.credit_path), .max = SMS_PATH_MAX,
		.help = "Path of the remaining credit in the response."},
	{"credit_url", CONF_STR, 0, AT(wire.credit_url), .max = 2048,
		.help = "URL queried every sms.credit_interval for the remaining credit (GET, with "
			"the credentials of a message). The preset's URL is queried only if the "
			"preset's url is used as well."},
	{"credit_url_path", CONF_STR, 0, AT(wire.credit_url_path), .max = SMS_PATH_MAX,
		.help = "Path of the remaining credit in the response of credit_url."},
	{"credit_low", CONF_INT, 0, AT(credit_low), "0", .max = 100000000,
		.help = "If the remaining credit is at or below this value, sms_credit_low is "
			"logged; 0: never."},
	{"report_token_file", CONF_SECRET_FILE, 0, AT(report_token), .min = 16,
		.help = "File with the token in the URL for delivery reports: "
			"ISSUER/upstream/sms/NAME/TOKEN. Without it delivery reports are "
			"rejected."},
	{"report_list", CONF_STR, 0, AT(wire.report_list), .max = SMS_PATH_MAX,
		.help = "Path of the list of reports in a delivery report; empty: the body is one "
			"report."},
	{"report_id", CONF_STR, 0, AT(wire.report_id), .max = SMS_PATH_MAX,
		.help = "Path of the message id in a report."},
	{"report_status", CONF_STR, 0, AT(wire.report_status), .max = SMS_PATH_MAX,
		.help = "Path of the outcome in a report."},
	{"report_delivered", CONF_STRLIST, 0, AT(wire.report_delivered), .max = 8,
		.help = "Outcomes that mean: delivered to the telephone."},
	{"report_failed", CONF_STRLIST, 0, AT(wire.report_failed), .max = 8,
		.help = "Outcomes that mean: will not be delivered."},
	{"connect_timeout", CONF_SECONDS, 0, AT(connect_timeout), "5s", .min = 1, .max = 15,
		.help = "Time limit for connecting."},
	{"timeout", CONF_SECONDS, 0, AT(timeout), "15s", .min = 1, .max = 25,
		.help = "Time limit for one response; after it, the next provider gets the "
			"message."},
};
const struct conf_item sms_provider_item = {
	sizeof(struct sms_provider), provider_options, ARRAY_LEN(provider_options)};

/* ---- presets (upstreams: ThaiBulkSMS API v2, SMSMKT OTP portal, Infobip SMS API v3) ---- */

static const struct str tbs_form[] = {STR_INIT("msisdn={to_66}"), STR_INIT("message={text}"),
	STR_INIT("sender={sender}"), STR_INIT("force=standard")};
static const struct str tbs_accepted[] = {STR_INIT("phone_number_list[0].message_id present"),
	STR_INIT("bad_phone_number_list empty")};
static const struct str tbs_refused[] = {STR_INIT("bad_phone_number_list present")};
static const struct str tbs_errors[] = {STR_INIT("error.name"),
	STR_INIT("bad_phone_number_list[0].message"), STR_INIT("error.code")};
static const struct str tbs_delivered[] = {STR_INIT("DELIVRD"), STR_INIT("Delivered")};
static const struct str tbs_failed[] = {
	STR_INIT("UNDELIV"), STR_INIT("REJECTD"), STR_INIT("EXPIRED")};

static const struct str mkt_headers[] = {
	STR_INIT("api_key: {user}"), STR_INIT("secret_key: {secret}")};
static const struct str mkt_accepted[] = {STR_INIT("code is 000")};
static const struct str mkt_errors[] = {STR_INIT("detail"), STR_INIT("code")};

static const struct str bip_headers[] = {STR_INIT("Authorization: App {secret}")};
static const struct str bip_accepted[] = {
	STR_INIT("messages[0].status.groupName is PENDING|DELIVERED")};
static const struct str bip_refused[] = {STR_INIT("messages[0].status.groupName is UNDELIVERABLE")};
static const struct str bip_errors[] = {STR_INIT("messages[0].status.name"),
	STR_INIT("requestError.serviceException.messageId"), STR_INIT("errorCode")};
static const struct str bip_delivered[] = {STR_INIT("DELIVERED")};
static const struct str bip_failed[] = {
	STR_INIT("UNDELIVERABLE"), STR_INIT("EXPIRED"), STR_INIT("REJECTED")};

static const struct sms_wire presets[SMS_PRESET_MAX] = {
	[SMS_CUSTOM] = {.auth = SMS_AUTH_NONE},
	[SMS_THAIBULKSMS] =
		{
			.url = STR_INIT("https://api-v2.thaibulksms.com/sms"),
			.auth = SMS_AUTH_BASIC,
			.form = LIST(tbs_form),
			.accepted_when = LIST(tbs_accepted),
			.refused_when = LIST(tbs_refused),
			.id_path = STR_INIT("phone_number_list[0].message_id"),
			.error_paths = LIST(tbs_errors),
			.credit_path = STR_INIT("remaining_credit"),
			.credit_url = STR_INIT("https://api-v2.thaibulksms.com/credit"),
			.credit_url_path = STR_INIT("remaining_credit.standard"),
			.report_id = STR_INIT("message_id"),
			.report_status = STR_INIT("status"),
			.report_delivered = LIST(tbs_delivered),
			.report_failed = LIST(tbs_failed),
		},
	[SMS_SMSMKT] =
		{
			.url = STR_INIT("https://portal-otp.smsmkt.com/api/send-message"),
			.auth = SMS_AUTH_HEADERS,
			.headers = LIST(mkt_headers),
			.json = STR_INIT("{\"sender\":\"{sender}\",\"phone\":\"{to_0}\","
					 "\"message\":\"{text}\"}"),
			.accepted_when = LIST(mkt_accepted),
			.id_path = STR_INIT("result.transaction_id"),
			.error_paths = LIST(mkt_errors),
		},
	[SMS_INFOBIP] =
		{
			.auth = SMS_AUTH_HEADERS,
			.headers = LIST(bip_headers),
			.json = STR_INIT("{\"messages\":[{\"sender\":\"{sender}\","
					 "\"destinations\":[{\"to\":\"{to_66}\"}],"
					 "\"content\":{\"text\":\"{text}\"}}]}"),
			.accepted_when = LIST(bip_accepted),
			.refused_when = LIST(bip_refused),
			.id_path = STR_INIT("messages[0].messageId"),
			.error_paths = LIST(bip_errors),
			.report_list = STR_INIT("results"),
			.report_id = STR_INIT("messageId"),
			.report_status = STR_INIT("status.groupName"),
			.report_delivered = LIST(bip_delivered),
			.report_failed = LIST(bip_failed),
		},
};

static void override(struct str *preset, struct str given)
{
	if (given.n)
		*preset = given;
}

static void override_list(struct strlist *preset, struct strlist given)
{
	if (given.n)
		*preset = given;
}

struct sms_wire sms_wire_of(const struct sms_provider *p)
{
	const struct sms_wire *g = &p->wire;
	struct sms_wire w = presets[p->preset];

	/* Our credentials go to nobody but whom the operator named. */
	if (g->url.n)
		w.credit_url = STR_NONE;
	override(&w.url, g->url);
	override(&w.credit_url, g->credit_url);
	override(&w.credit_url_path, g->credit_url_path);
	if (g->auth != SMS_AUTH_PRESET)
		w.auth = g->auth;
	override_list(&w.headers, g->headers);
	if (g->form.n || g->json.n) {
		w.form = g->form;
		w.json = g->json;
	}
	override_list(&w.accepted_when, g->accepted_when);
	override_list(&w.refused_when, g->refused_when);
	override(&w.id_path, g->id_path);
	override_list(&w.error_paths, g->error_paths);
	override(&w.credit_path, g->credit_path);
	override(&w.report_list, g->report_list);
	override(&w.report_id, g->report_id);
	override(&w.report_status, g->report_status);
	override_list(&w.report_delivered, g->report_delivered);
	override_list(&w.report_failed, g->report_failed);
	return w;
}

/* ---- checks ---- */

static bool letters_and_digits(struct str s, bool hyphen)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(c >= '0' && c <= '9') && !(hyphen && c == '-'))
			return false;
	}
	return s.n > 0;
}

static bool url_ok(struct str text)
{
	struct uri uri;

	if (uri_parse(text, &uri) != RC_OK || uri.has_userinfo || uri.has_fragment)
		return false;
	if (str_eq_c(uri.scheme, "https"))
		return true;
	return str_eq_c(uri.scheme, "http") &&
	       (str_eq_c(uri.host, "localhost") || str_eq_c(uri.host, "127.0.0.1") ||
		       str_eq_c(uri.host, "::1"));
}

static bool templates_ok(struct strlist list, char separator)
{
	for (size_t i = 0; i < list.n; i++) {
		size_t at = str_find(list.v[i], separator);

		if (at == 0 || at >= list.v[i].n || str_has_control(list.v[i]) ||
			!sms_template_ok(list.v[i], variables))
			return false;
	}
	return true;
}

static bool rules_ok(struct strlist list)
{
	for (size_t i = 0; i < list.n; i++)
		if (!sms_rule_ok(list.v[i]))
			return false;
	return true;
}

static bool paths_ok(const struct sms_wire *w)
{
	for (size_t i = 0; i < w->error_paths.n; i++)
		if (!sms_path_ok(w->error_paths.v[i]))
			return false;
	return sms_path_ok(w->id_path) && sms_path_ok(w->credit_path) &&
	       sms_path_ok(w->credit_url_path) && sms_path_ok(w->report_list) &&
	       sms_path_ok(w->report_id) && sms_path_ok(w->report_status);
}

static const char *wire_fault(const struct sms_wire *w, const char **ret_option)
{
	*ret_option = "sms.providers[].url";
	if (!url_ok(w->url))
		return "is no https address; write the provider's (http to this machine only)";
	*ret_option = "sms.providers[].credit_url";
	if (w->credit_url.n && (!url_ok(w->credit_url) || !w->credit_url_path.n))
		return "is no https address, or credit_url_path does not name the path of the "
		       "credit in its response";
	*ret_option = "sms.providers[].headers";
	if (!templates_ok(w->headers, ':'))
		return "is no list of \"Name: text\", or holds an unknown {variable}";
	*ret_option = "sms.providers[].form";
	if (!templates_ok(w->form, '='))
		return "is no list of \"name=text\", or holds an unknown {variable}";
	*ret_option = "sms.providers[].json";
	if ((w->json.n > 0) == (w->form.n > 0) || !sms_template_ok(w->json, variables))
		return "must be there where form is not, and hold known {variables} only";
	*ret_option = "sms.providers[].accepted_when";
	if (!w->accepted_when.n || !rules_ok(w->accepted_when) || !rules_ok(w->refused_when))
		return "has no rule, or one that is not \"PATH is WORD\", \"PATH present\" or "
		       "\"PATH empty\"";
	*ret_option = "sms.providers[].id_path";
	if (!paths_ok(w))
		return "or another path is not like list[0].message_id";
	return NULL;
}

static bool named_before(const struct conf_list *providers, size_t i)
{
	const struct sms_provider *all = providers->v;

	for (size_t k = 0; k < i; k++)
		if (str_eq(all[k].name, all[i].name))
			return true;
	return false;
}

const char *sms_provider_fault(const struct conf_list *providers, size_t i, const char **ret_option)
{
	const struct sms_provider *p = (const struct sms_provider *)providers->v + i;
	struct sms_wire w = sms_wire_of(p);

	*ret_option = "sms.providers[].name";
	if (!letters_and_digits(p->name, true) || named_before(providers, i))
		return "stands twice or has other than letters, digits and hyphens";
	*ret_option = "sms.providers[].sender";
	if (!letters_and_digits(p->sender, false))
		return "has other than letters and digits; write the registered sender name";
	*ret_option = "sms.providers[].secret_file";
	if (w.auth != SMS_AUTH_NONE && !p->secret)
		return "is missing; name the file with our secret at the provider";
	return wire_fault(&w, ret_option);
}
