/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/config.h"

#include "base/die.h"

#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define AT(member)   offsetof(struct config_values, member)

#define MINUTE 60
#define HOUR   3600
#define DAY    86400
#define MIB    (INT64_C(1) << 20)
#define TIB    (INT64_C(1) << 40)

static const char *const log_words[] = {"debug", "info", "notice", "warning", "error", NULL};

static const struct conf_option level_options[] = {
	{"acr", CONF_STR, CONF_REQUIRED, offsetof(struct level, acr), .min = 1, .max = 200,
		.help = "The value portals ask for with acr_values and find in acr."},
	{"ial", CONF_STR, 0, offsetof(struct level, ial), .max = 4,
		.help = "Identity assurance it needs (1.1 to 3); empty: any."},
	{"aal", CONF_STR, 0, offsetof(struct level, aal), .max = 4,
		.help = "Authentication assurance it needs (1 to 3); empty: any."},
};
static const struct conf_item level_item = {
	sizeof(struct level), level_options, COUNT(level_options)};

static const struct conf_option policy_options[] = {
	{"name", CONF_STR, CONF_REQUIRED, offsetof(struct login_policy, name), .min = 1, .max = 40,
		.help = "What systems name it by."},
	{"primary", CONF_STRLIST, CONF_REQUIRED, offsetof(struct login_policy, primary), .min = 1,
		.max = 8,
		.help = "Ways to log in, in the order in which they are offered: thaid, password."},
	{"acr", CONF_STR, 0, offsetof(struct login_policy, acr), .max = 200,
		.help = "The level that every login under this policy must reach; empty: none."},
	{"password.rules", CONF_STR, 0, offsetof(struct login_policy, password_rules), .max = 40,
		.help = "Which of password.rules new passwords follow; empty: the first."},
	{"second_factor.methods", CONF_STRLIST, 0, offsetof(struct login_policy, second_factors),
		.max = 4,
		.help = "What follows a password: otp_email, otp_sms (a one-time code), in the "
			"order offered; empty: nothing does."},
	{"second_factor.required_from", CONF_DATE, 0,
		offsetof(struct login_policy, second_factor_required_from),
		.help = "From this day nobody gets in by password without it; before, only people "
			"with a verified address are asked for a code. Empty: always. An office "
			"may have its own day."},
	{"second_factor.grace_logins", CONF_INT, 0, offsetof(struct login_policy, grace_logins),
		"5", .max = 1000,
		.help = "Before that day, a person without a verified address is asked at each "
			"login by password to give an email, and may go on without so often."},
	{"email_unique", CONF_BOOL, 0, offsetof(struct login_policy, email_unique), "false",
		.help = "true: an email belongs to one person only; nobody can verify one that "
			"somebody else has verified. A person has one email for all systems, so "
			"true in one policy holds everywhere."},
	{"password.ial", CONF_STR, 0, offsetof(struct login_policy, password_ial), "1.1", .max = 4,
		.help = "Identity assurance of a login by password."},
	{"password.aal", CONF_STR, 0, offsetof(struct login_policy, password_aal), "1", .max = 4,
		.help = "Authentication assurance of a password alone."},
	{"second_factor.aal", CONF_STR, 0, offsetof(struct login_policy, second_factor_aal), "1",
		.max = 4,
		.help = "Authentication assurance of a password and a code. A code by email "
			"counts as more than 1 only where you say so here."},
};
static const struct conf_item policy_item = {
	sizeof(struct login_policy), policy_options, COUNT(policy_options)};

static const struct conf_option options[] = {
	{"issuer", CONF_URL, CONF_REQUIRED, AT(issuer), .max = 256,
		.help = "Address of this provider as browsers and portals reach it, without a "
			"path: "
			"https://sso.example.go.th. Every address and token begins with it; it "
			"never "
			"changes again. http is accepted for this machine itself only."},
	{"master_key_file", CONF_SECRET_FILE, CONF_REQUIRED, AT(master_key), .min = 32,
		.help = "File with the master key, mode 0600, made by pratu init. Citizen numbers "
			"and "
			"signing keys in the database are encrypted under it: keep a copy apart "
			"from "
			"the database's copies. credential:NAME reads a systemd credential."},

	{"server.address", CONF_STR, 0, AT(server_address), "127.0.0.1", .min = 1, .max = 64,
		.help = "Address to listen on. TLS normally ends at a proxy in front."},
	{"server.port", CONF_INT, 0, AT(server_port), "8080", .max = 65535,
		.help = "Port to listen on; 0 takes any free one."},
	{"server.event_threads", CONF_INT, 0, AT(event_threads), "2", .min = 1, .max = 64,
		.help = "Threads that serve connections: as many as processors, less one."},
	{"server.workers", CONF_INT, 0, AT(workers), "48", .min = 1, .max = 512,
		.help = "Threads for what waits: upstreams, password hashes."},
	{"server.worker_queue", CONF_INT, 0, AT(worker_queue), "512", .min = 1, .max = 65536,
		.help = "Requests that may wait for a worker, forms with passwords and codes half "
			"as "
			"many; beyond, the answer is 503."},
	{"server.connections", CONF_INT, 0, AT(connections), "10000", .min = 16, .max = 1000000,
		.help = "Open connections altogether."},
	{"server.connections_per_ip", CONF_INT, 0, AT(connections_per_ip), "10000", .min = 1,
		.max = 1000000,
		.help = "Open connections of one address. Behind a proxy all come from the proxy."},
	{"server.idle_timeout", CONF_SECONDS, 0, AT(idle_timeout), "60s", .min = 1, .max = HOUR,
		.help = "A connection without a byte is closed after it."},
	{"server.stop_timeout", CONF_SECONDS, 0, AT(stop_timeout), "10s", .min = 1, .max = 300,
		.help = "How long a stop waits for running requests."},
	{"server.hosts", CONF_STRLIST, 0, AT(hosts), .max = 16,
		.help = "Host values accepted besides the issuer's, such as those of health "
			"checks."},
	{"server.trusted_proxies", CONF_STRLIST, 0, AT(trusted_proxies), .max = 32,
		.help = "Addresses (ADDRESS or ADDRESS/BITS) of proxies whose X-Forwarded-For is "
			"believed."},
	{"server.tls.cert_file", CONF_PATH, 0, AT(tls_cert_file), .max = 4096,
		.help = "PEM certificate chain, where pratu ends TLS itself."},
	{"server.tls.key_file", CONF_PATH, 0, AT(tls_key_file), .max = 4096,
		.help = "PEM private key of that certificate."},

	{"management.address", CONF_STR, 0, AT(management_address), "127.0.0.1", .min = 1,
		.max = 64,
		.help = "Address of /healthz, /readyz and /metrics. Never a public one."},
	{"management.port", CONF_INT, 0, AT(management_port), "8081", .max = 65535,
		.help = "Its port; 0 takes any free one."},

	{"store.directory", CONF_PATH, CONF_REQUIRED, AT(store_directory), .max = 4096,
		.help = "Directory of the database, on a local disk; made by pratu init."},
	{"store.map", CONF_BYTES, 0, AT(store_map), "16G", .min = 16 * MIB, .max = 16 * TIB,
		.help = "Address space for the database at the start. Costs neither memory nor "
			"disk."},
	{"store.map_max", CONF_BYTES, 0, AT(store_map_max), "256G", .min = 16 * MIB,
		.max = 16 * TIB, .help = "How far it may grow."},
	{"store.readers", CONF_INT, 0, AT(store_readers), "512", .min = 16, .max = 8192,
		.help = "Threads of all processes that may read at once."},

	{"log.level", CONF_ENUM, CONF_RELOAD, AT(log_level), "info", .words = log_words,
		.help = "The least level that is written to standard error."},

	{"lifetimes.session", CONF_SECONDS, CONF_RELOAD, AT(session_lifetime), "12h",
		.min = 5 * MINUTE, .max = 30 * DAY, .help = "A login lasts at most."},
	{"lifetimes.session_idle", CONF_SECONDS, CONF_RELOAD, AT(session_idle), "30m",
		.min = 1 * MINUTE, .max = 30 * DAY,
		.help = "A login ends when it is not used for."},
	{"lifetimes.login", CONF_SECONDS, CONF_RELOAD, AT(interaction_lifetime), "15m",
		.min = 1 * MINUTE, .max = 1 * HOUR, .help = "How long logging in may take."},
	{"lifetimes.authorization_code", CONF_SECONDS, CONF_RELOAD, AT(authorization_code_lifetime),
		"60s", .min = 5, .max = 60, .help = "An authorization code lives."},
	{"lifetimes.access_token", CONF_SECONDS, CONF_RELOAD, AT(access_lifetime), "10m",
		.min = 1 * MINUTE, .max = 1 * DAY, .help = "An access token lives."},
	{"lifetimes.id_token", CONF_SECONDS, CONF_RELOAD, AT(id_token_lifetime), "10m",
		.min = 1 * MINUTE, .max = 1 * DAY, .help = "An ID token is good for."},
	{"lifetimes.refresh_token", CONF_SECONDS, CONF_RELOAD, AT(refresh_lifetime), "12h",
		.min = 5 * MINUTE, .max = 365 * DAY,
		.help = "A refresh token that is not used dies after."},
	{"lifetimes.authorization", CONF_SECONDS, CONF_RELOAD, AT(authorization_lifetime), "30d",
		.min = 5 * MINUTE, .max = 365 * DAY,
		.help = "All refresh tokens of one login die after."},
	{"lifetimes.refresh_token_grace", CONF_SECONDS, CONF_RELOAD, AT(refresh_grace), "10s",
		.max = 60,
		.help = "A used refresh token may be repeated for so long, when the answer was "
			"lost; "
			"it then gives the same successor."},

	{"login.reauthentication_max_age", CONF_SECONDS, CONF_RELOAD, AT(reauthentication_max_age),
		"10m", .min = MINUTE, .max = HOUR,
		.help = "Account pages change an address, a password or a way of logging in only "
			"with a login at most so old; else the person logs in again first."},
	{"recovery.cooling_off", CONF_SECONDS, CONF_RELOAD, AT(cooling_off), "24h", .max = 30 * DAY,
		.help = "A changed email or mobile number cannot be used to replace a forgotten "
			"password so long after the change."},

	{"limits.sessions_per_person", CONF_INT, CONF_RELOAD, AT(sessions_per_person), "20",
		.min = 1, .max = 100,
		.help = "Logins of one person at once; one more ends the oldest."},
	{"limits.logins_per_minute", CONF_INT, CONF_RELOAD, AT(logins_per_minute), "1200",
		.min = 10, .max = 1000000,
		.help = "Logins that one network address (IPv6: one /64) may begin in a minute; "
			"one more is answered 429. Count how many people of your largest office "
			"sit "
			"behind one address."},

	{"limits.recovery_requests_per_minute", CONF_INT, CONF_RELOAD,
		AT(recovery_requests_per_minute), "20", .min = 1, .max = 100000,
		.help = "Forgotten passwords that one network address (IPv6: one /64) may tell of "
			"in a minute; one more is answered 429."},

	{"keys.overlap", CONF_SECONDS, CONF_RELOAD, AT(key_overlap), "24h", .max = 30 * DAY,
		.help = "A new signing key is published for so long before it signs, so that every "
			"portal has fetched it."},
	{"keys.lifetime", CONF_SECONDS, CONF_RELOAD, AT(key_lifetime), "90d", .max = 3650 * DAY,
		.help = "A signing key is replaced after; 0 leaves that to pratu keys rotate."},

	{"jobs.sweep_interval", CONF_SECONDS, 0, AT(sweep_interval), "15s", .min = 1,
		.max = 1 * HOUR, .help = "How often expired records are removed."},
	{"jobs.audit_checkpoint_interval", CONF_SECONDS, 0, AT(checkpoint_interval), "1h",
		.min = 1 * MINUTE, .max = 7 * DAY,
		.help = "How often the audit trail is signed, when it has grown."},

	{"acr_levels", CONF_LIST, CONF_RELOAD, AT(levels), .max = 16, .item = &level_item,
		.help = "Levels portals may ask for, the highest first. Without it: "
			"urn:pratu:acr:high (2.3, 3), "
			"urn:pratu:acr:thaid (2.3, 2.2), urn:pratu:acr:basic (1.1, 1)."},
	{"policies", CONF_LIST, CONF_RELOAD, AT(policies), .max = 16, .item = &policy_item,
		.help = "Login policies; the first is that of systems that name none. Without it: "
			"default, with thaid."},

	{"branding.organisation_th", CONF_STR, 0, AT(organisation_th), .max = 200,
		.help = "Who runs this place, on every page in Thai."},
	{"branding.organisation_en", CONF_STR, 0, AT(organisation_en), .max = 200,
		.help = "The same in English."},
	{"branding.support_name_th", CONF_STR, 0, AT(support_name_th), .max = 200,
		.help = "Whom people ask for help, in Thai."},
	{"branding.support_name_en", CONF_STR, 0, AT(support_name_en), .max = 200,
		.help = "The same in English."},
	{"branding.support_phone", CONF_STR, 0, AT(support_phone), .max = 60,
		.help = "Telephone of the help desk."},
	{"branding.support_email", CONF_STR, 0, AT(support_email), .max = 254,
		.help = "Email address of the help desk."},
	{"branding.support_hours_th", CONF_STR, 0, AT(support_hours_th), .max = 200,
		.help = "When it answers, in Thai."},
	{"branding.support_hours_en", CONF_STR, 0, AT(support_hours_en), .max = 200,
		.help = "The same in English."},
	{"branding.privacy_url", CONF_STR, 0, AT(privacy_url), .max = 2048,
		.help = "Privacy notice, linked on every page."},
	{"discovery.service_documentation", CONF_URL, CONF_RELOAD, AT(service_documentation),
		.max = 2048, .help = "Page for developers of portals, named in discovery."},
	{"discovery.op_policy_uri", CONF_URL, CONF_RELOAD, AT(policy_uri), .max = 2048,
		.help = "Policy for portals, named in discovery."},
	{"discovery.op_tos_uri", CONF_URL, CONF_RELOAD, AT(tos_uri), .max = 2048,
		.help = "Terms for portals, named in discovery."},
	{"branding.demonstration", CONF_BOOL, 0, AT(demonstration), "false",
		.help = "true says on every page that this is not the real service."},

	{"sms.providers", CONF_LIST, 0, AT(sms_providers), .max = SMS_PROVIDERS_MAX,
		.item = &sms_provider_item,
		.help = "SMS providers; the second gets a message that the first did not take. "
			"Without any no SMS is sent."},

	{"sms.credit_interval", CONF_SECONDS, 0, AT(sms_credit_interval), "15m", .min = 60,
		.max = 86400,
		.help = "How often providers that can be asked are asked for the credit left."},

	{"http_client.ca_file", CONF_PATH, 0, AT(http_ca_file), .max = 4096,
		.help = "PEM bundle of the authorities trusted for upstreams; empty: the "
			"system's."},
};

#define CONNECTOR_ROWS 64

/* Puts the rows of a connector behind ours, with offsets into our struct. */
static size_t add_rows(struct conf_option *table, size_t n, const struct conf_option *rows,
	size_t n_rows, size_t at)
{
	if (n_rows > CONNECTOR_ROWS)
		die("config: a connector has too many options");
	for (size_t i = 0; i < n_rows; i++) {
		table[n + i] = rows[i];
		table[n + i].offset += at;
	}
	return n + n_rows;
}

const struct conf_item *config_table(void)
{
	static struct conf_option all[COUNT(options) + 4 * CONNECTOR_ROWS];
	static struct conf_item table = {sizeof(struct config_values), all, 0};
	size_t n = COUNT(options);

	if (table.n_options)
		return &table;
	memcpy(all, options, sizeof(options));
	n = add_rows(all, n, thaid_conf_options, thaid_n_conf_options, AT(thaid));
	n = add_rows(all, n, mail_conf_options, mail_n_conf_options, AT(mail));
	n = add_rows(all, n, password_conf_options, password_n_conf_options, AT(password));
	table.n_options =
		add_rows(all, n, throttle_conf_options, throttle_n_conf_options, AT(throttle));
	return &table;
}
