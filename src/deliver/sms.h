/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_SMS_H
#define PRATU_DELIVER_SMS_H

/*
 * SMS over a provider's HTTP interface, described by configuration alone: address, credentials,
 * body with variables, and rules over the answer's body, since providers say "not sent" inside a
 * 200. Presets describe three of them; every option given replaces the preset's.
 *
 * Read-only after sms_init; any thread.
 */
#include "conf/conf.h"
#include "deliver/transport.h"
#include "deliver/sender.h"
#include "net/http_client.h"

#define SMS_PROVIDERS_MAX 4
#define SMS_SENDER_MAX    11
#define SMS_ANSWER_MAX    65536u /* bytes of a provider's answer or report */

enum sms_preset { SMS_CUSTOM, SMS_THAIBULKSMS, SMS_SMSMKT, SMS_INFOBIP, SMS_PRESET_MAX };
enum sms_auth {
	SMS_AUTH_PRESET,
	SMS_AUTH_NONE,
	SMS_AUTH_BASIC,
	SMS_AUTH_BEARER,
	SMS_AUTH_HEADERS,
	SMS_AUTH_MAX
};

/*
 * How one provider is spoken to. Texts hold variables: {to_0} {to_66} {to_plus} {text} {sender}
 * {ref} {user} {secret}. Paths are members and indexes, "phone_number_list[0].message_id"; rules
 * are "PATH is WORD", "PATH is WORD|WORD", "PATH present", "PATH empty".
 */
struct sms_wire {
	struct str url;
	int auth;                     /* enum sms_auth */
	struct strlist headers;       /* "Name: text" */
	struct strlist form;          /* "name=text"; or */
	struct str json;              /* a JSON text, variables within its strings */
	struct strlist accepted_when; /* all must hold, after a 2xx */
	struct strlist refused_when;  /* any of them: not sent and never will be */
	struct str id_path;
	struct strlist error_paths;             /* the first that exists is the error */
	struct str credit_path;                 /* in the answer to a message */
	struct str credit_url, credit_url_path; /* asked by itself; empty: cannot be */
	struct str report_list; /* path of a list of reports; empty: the body is one */
	struct str report_id, report_status;
	struct strlist report_delivered, report_failed; /* words of report_status */
};

struct sms_provider {
	struct str name;
	int preset; /* enum sms_preset */
	struct sms_wire wire;
	struct str user;
	struct secret *secret;
	struct str sender;
	int64_t credit_low; /* 0: no alarm */
	struct secret *report_token;
	int64_t connect_timeout, timeout; /* seconds */
};

extern const struct conf_item sms_provider_item;

/* One provider as it is used. */
struct sms_transport {
	struct transport transport;
	const struct sms_provider *provider;
	struct sms_wire wire; /* preset and options */
	struct http_client *http;
};

struct sms {
	struct sms_transport v[SMS_PROVIDERS_MAX];
	size_t n;
};

/* providers: struct sms_provider, at most SMS_PROVIDERS_MAX, that outlive it. */
void sms_init(struct sms *s, struct arena *a, const struct conf_list *providers,
	struct http_client *http);
/* The preset's wire with what the options give instead. */
struct sms_wire sms_wire_of(const struct sms_provider *p);
/* NULL, or a sentence with the fault of the i-th provider and its correction; *ret_option: the
 * option. */
const char *sms_provider_fault(
	const struct conf_list *providers, size_t i, const char **ret_option);

/* Inside src/deliver: a request to the provider, and its header lines with the credentials. */
struct http_fetch sms_fetch(const struct sms_transport *c, const char *method, struct str url);
void sms_add_headers(struct http_fetch *f, struct arena *a, const struct sms_transport *c,
	const struct transport_message *what);

/*
 * A delivery report to the path PROVIDER/TOKEN: JSON, or a form. Repeating it changes nothing.
 * RC_DENIED: unknown provider or wrong token; RC_INVALID: unreadable. Messages we do not know are
 * passed over.
 */
MUST_USE enum rc sms_report(const struct sms *s, struct outbox *o, struct arena *a, struct str path,
	bool is_form, struct str body);

#endif
