/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What an administrator may set about mail and SMS, and what of it fits together. */
#include "core/module.h"
#include "base/array.h"
#include "deliver/deliver.h"

#define AT(member) offsetof(struct deliver_options, member)
#define ROW(name, kind, member, otherwise, from_, to_, text)                                       \
	{                                                                                          \
		.path = "mail." name, .type = (kind), .offset = AT(mail.member),                   \
		.fallback = (otherwise), .min = (from_), .max = (to_), .help = (text)              \
	}

static const char *const tls_words[] = {"starttls", "implicit", "none", NULL};
_Static_assert(ARRAY_LEN(tls_words) == SMTP_TLS_MAX + 1, "a word for each value");

const struct conf_option deliver_conf_options[] = {
	ROW("host", CONF_STR, host, NULL, 0, 255,
		"Host name of the mail submission server. Empty: no mail is sent."),
	ROW("port", CONF_INT, port, "0", 0, 65535,
		"Port of the mail server; 0: 587, or 465 if tls is implicit."),
	{.path = "mail.tls",
		.type = CONF_ENUM,
		.offset = AT(mail.tls),
		.fallback = "starttls",
		.words = tls_words,
		.help = "starttls: TLS by STARTTLS; mail is not sent if the server does not offer "
			"it. implicit: TLS from the first byte. none: clear text, to a loopback "
			"address only."},
	ROW("user", CONF_STR, user, NULL, 0, 255,
		"User name at the mail server; empty: no authentication."),
	ROW("password_file", CONF_SECRET_FILE, password, NULL, 8, 0,
		"File with the password of mail.user."),
	ROW("from", CONF_STR, from, NULL, 0, 254,
		"Sender address, such as no-reply@sso.example.go.th."),
	ROW("from_name", CONF_STR, from_name, NULL, 0, 200, "Sender name."),
	ROW("reply_to", CONF_STR, reply_to, NULL, 0, 254,
		"Reply-To address, such as the help desk's; empty: none."),
	ROW("hello", CONF_STR, hello, NULL, 0, 255,
		"Host name sent in EHLO; empty: the issuer's. Many mail servers refuse localhost."),
	ROW("connect_timeout", CONF_SECONDS, connect_timeout, "5s", 1, 60,
		"Time limit for connecting."),
	ROW("timeout", CONF_SECONDS, timeout, "30s", 1, 60,
		"Time limit for sending one mail, from the search for the host to "
		"the end of the conversation."),
	{"sms.providers", CONF_LIST, 0, AT(sms_providers), .max = SMS_PROVIDERS_MAX,
		.item = &sms_provider_item,
		.help = "SMS providers, tried in this order: the next one gets a message that the "
			"one before did not accept. Default: no SMS is sent."},
	{"sms.credit_interval", CONF_SECONDS, 0, AT(sms_credit_interval), "15m", .min = 60,
		.max = 86400,
		.help = "Interval at which the remaining credit is queried, from providers that "
			"support it."},
	{.path = NULL},
};

static void check_providers(const struct conf_list *providers, const struct option_check *k)
{
	for (size_t i = 0; i < providers->n; i++) {
		const char *option;
		const char *fault = sms_provider_fault(providers, i, &option);

		if (fault)
			option_refuse(k, option, "%s", fault);
	}
}

/* Codes that no transport sends: the people they are meant for cannot log in by password. */
static void warn_of_codes(
	const struct login_policy *p, const struct deliver_options *o, const struct option_check *k)
{
	for (size_t i = 0; i < p->second_factors.n; i++) {
		const struct auth_method *m =
			modules_method(all_modules, p->second_factors.v[i], AUTH_CONFIRM);

		if (m && m->contact == AUTH_CONTACT_EMAIL && !o->mail.host.n)
			option_warn(k, "mail.host",
				"is empty, and policy \"%.*s\" sends codes by email; name the "
				"mail server",
				STR_FMT(p->name));
		if (m && m->contact == AUTH_CONTACT_MOBILE && !o->sms_providers.n)
			option_warn(k, "sms.providers",
				"is empty, and policy \"%.*s\" sends codes by SMS; name a "
				"provider",
				STR_FMT(p->name));
	}
}

void deliver_options_check(
	const void *own, const struct settings *all, const struct option_check *k)
{
	const struct deliver_options *o = own;
	const char *option;
	const char *fault = mail_options_fault(&o->mail, &option);

	for (size_t i = 0; i < all->n_policies; i++)
		warn_of_codes(all->policies + i, o, k);
	if (fault)
		option_refuse(k, option, "%s", fault);
	check_providers(&o->sms_providers, k);
}
