/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/config.h"

#include "base/array.h"
#include "base/die.h"
#include "core/module.h"
#include "net/outgoing.h"

#include <stddef.h>

#define AT(member) offsetof(struct config_values, member)

#define MINUTE 60
#define HOUR   3600
#define DAY    86400
#define MIB    (INT64_C(1) << 20)
#define TIB    (INT64_C(1) << 40)

static const char *const log_words[] = {"debug", "info", "notice", "warning", "error", NULL};
_Static_assert(ARRAY_LEN(log_words) == LOG_LEVEL_MAX + 1, "a word for each value");

static const struct conf_option level_options[] = {
	{"acr", CONF_STR, CONF_REQUIRED, offsetof(struct level, acr), .min = 1, .max = 200,
		.help = "Value that portals request in acr_values and receive in acr."},
	{"ial", CONF_STR, 0, offsetof(struct level, ial), .max = 4,
		.help = "Lowest identity assurance level (1.1 to 3); empty: any."},
	{"aal", CONF_STR, 0, offsetof(struct level, aal), .max = 4,
		.help = "Lowest authentication assurance level (1 to 3); empty: any."},
};
static const struct conf_item level_item = {
	sizeof(struct level), level_options, ARRAY_LEN(level_options)};

/* Where a help text names authentication methods: those that the modules bring (method_helps). */
#define METHODS_HERE "{methods}"

static const struct conf_option policy_options[] = {
	{"name", CONF_STR, CONF_REQUIRED, offsetof(struct login_policy, name), .min = 1, .max = 40,
		.help = "Name by which systems refer to this policy."},
	{"primary", CONF_STRLIST, CONF_REQUIRED, offsetof(struct login_policy, primary), .min = 1,
		.max = 8,
		.help = "Authentication methods offered first, in this order; each is " METHODS_HERE
			"."},
	{"acr", CONF_STR, 0, offsetof(struct login_policy, acr), .max = 200,
		.help = "Level from acr_levels that every login under this policy must reach; "
			"empty: none."},
	{"password.rules", CONF_STR, 0, offsetof(struct login_policy, password_rules), .max = 40,
		.help = "Set of password.rules that applies to new passwords; empty: the first."},
	{"second_factor.methods", CONF_STRLIST, 0, offsetof(struct login_policy, second_factors),
		.max = 4,
		.help = "Second factors offered after a password, in this order; each "
			"is " METHODS_HERE "."},
	{"second_factor.required_from", CONF_DATE, 0,
		offsetof(struct login_policy, second_factor_required_from),
		.help = "From this day (YYYY-MM-DD) a password login needs a second factor. Before "
			"it, only people with a verified email or mobile number are asked for a "
			"code. Empty: always required. An office may set its own day."},
	{"second_factor.grace_logins", CONF_INT, 0, offsetof(struct login_policy, grace_logins),
		"5", .max = 1000,
		.help = "Before that day, a person without a verified email or mobile number is "
			"asked for an email address at each password login and may skip that this "
			"many times."},
	{"email_unique", CONF_BOOL, 0, offsetof(struct login_policy, email_unique), "false",
		.help = "true: an email address belongs to one person; an address that another "
			"person has verified cannot be verified again. A person has one email "
			"address for all systems, so true in one policy applies to all."},
	{"password.ial", CONF_STR, 0, offsetof(struct login_policy, password_ial), "1.1", .max = 4,
		.help = "Identity assurance level of a password login."},
	{"password.aal", CONF_STR, 0, offsetof(struct login_policy, password_aal), "1", .max = 4,
		.help = "Authentication assurance level of a password alone."},
	{"second_factor.aal", CONF_STR, 0, offsetof(struct login_policy, second_factor_aal), "1",
		.max = 4,
		.help = "Authentication assurance level of a password with a second factor. A code "
			"by email raises the level above 1 only if this option says so."},
};
/* The same with the methods named; made by config_table. */
static struct conf_option policy_rows[ARRAY_LEN(policy_options)];
static const struct conf_item policy_item = {
	sizeof(struct login_policy), policy_rows, ARRAY_LEN(policy_rows)};

static const struct conf_option options[] = {
	{"issuer", CONF_URL, CONF_REQUIRED, AT(issuer), .max = 256,
		.help = "URL of this provider as browsers and portals reach it, without a path: "
			"https://sso.example.go.th. All URLs and tokens contain it, so do not "
			"change it later. http is accepted for a loopback address only."},
	{"master_key_file", CONF_SECRET_FILE, CONF_REQUIRED, AT(master_key), .min = 32,
		.help = "File with the master key, mode 0600, created by pratu init. It encrypts "
			"the citizen numbers and signing keys in the database. Keep a backup of "
			"it, separate from the database backups. credential:NAME reads a systemd "
			"credential."},

	{"server.address", CONF_STR, 0, AT(server_address), "127.0.0.1", .min = 1, .max = 64,
		.help = "IP address to listen on. A reverse proxy normally terminates TLS."},
	{"server.port", CONF_INT, 0, AT(server_port), "8080", .max = 65535,
		.help = "Port to listen on; 0: any free port."},
	{"server.event_threads", CONF_INT, 0, AT(event_threads), "2", .min = 1, .max = 64,
		.help = "Threads that serve connections. Recommended: number of processors minus "
			"one."},
	{"server.workers", CONF_INT, 0, AT(workers), "48", .min = 1, .max = 512,
		.help = "Threads for blocking requests: calls to upstreams, password hashes."},
	{"server.worker_queue", CONF_INT, 0, AT(worker_queue), "512", .min = 1, .max = 65536,
		.help = "Requests that may wait for a worker; forms with passwords or codes may "
			"use half of the queue. Further requests get 503."},
	{"server.connections", CONF_INT, 0, AT(connections), "10000", .min = 16, .max = 1000000,
		.help = "Maximum number of open connections."},
	{"server.connections_per_ip", CONF_INT, 0, AT(connections_per_ip), "200", .min = 1,
		.max = 1000000,
		.help = "Maximum number of open connections from one IP address (IPv6: from one "
			"/64; four times as many from a /56, sixteen times from a /48). Those of "
			"server.trusted_proxies are not limited: behind a proxy all connections "
			"come from its address."},
	{"server.bodies", CONF_BYTES, 0, AT(bodies), "128M", .min = MIB, .max = TIB,
		.help = "Memory for all request bodies over 4 KiB together that are arriving or "
			"being handled. A client network may hold a sixteenth of what is still "
			"free; requests that find no room get 503 with Retry-After."},
	{"server.idle_timeout", CONF_SECONDS, 0, AT(idle_timeout), "60s", .min = 1, .max = HOUR,
		.help = "Idle connections are closed after this time."},
	{"server.head_timeout", CONF_SECONDS, 0, AT(head_timeout), "10s", .min = 1, .max = 600,
		.help = "Time for the head of a request to arrive: from the connection, or from "
			"the first line of a further request."},
	{"server.stop_timeout", CONF_SECONDS, 0, AT(stop_timeout), "10s", .min = 1, .max = 300,
		.help = "Time that a stopping server waits for running requests."},
	{"server.hosts", CONF_STRLIST, 0, AT(hosts), .max = 16,
		.help = "Host header values accepted in addition to the issuer's, for example "
			"those of health checks."},
	{"server.trusted_proxies", CONF_STRLIST, 0, AT(trusted_proxies), .max = 32,
		.help = "IP addresses or networks (ADDRESS or ADDRESS/BITS) of proxies whose "
			"X-Forwarded-For header is trusted."},
	{"server.tls.cert_file", CONF_PATH, 0, AT(tls_cert_file), .max = 4096,
		.help = "PEM file with the certificate chain, if pratu terminates TLS itself."},
	{"server.tls.key_file", CONF_PATH, 0, AT(tls_key_file), .max = 4096,
		.help = "PEM file with the private key of that certificate."},

	{"management.address", CONF_STR, 0, AT(management_address), "127.0.0.1", .min = 1,
		.max = 64,
		.help = "IP address for /healthz, /readyz and /metrics. Do not use a public "
			"address."},
	{"management.port", CONF_INT, 0, AT(management_port), "8081", .max = 65535,
		.help = "Port for /healthz, /readyz and /metrics; 0: any free port."},
	{"management.hosts", CONF_STRLIST, 0, AT(management_hosts), .max = 16,
		.help = "Names by which monitoring reaches this listener, as in Host, with or "
			"without the port. IP addresses and localhost always work; other names get "
			"421, so that no web page can read it through a name of its own (DNS "
			"rebinding)."},

	{"store.directory", CONF_PATH, CONF_REQUIRED, AT(store_directory), .max = 4096,
		.help = "Directory of the database, on a local disk; created by pratu init."},
	{"store.map", CONF_BYTES, 0, AT(store_map), "16G", .min = 16 * MIB, .max = 16 * TIB,
		.help = "Address space reserved for the database at start. It uses neither memory "
			"nor disk."},
	{"store.map_max", CONF_BYTES, 0, AT(store_map_max), "256G", .min = 16 * MIB,
		.max = 16 * TIB, .help = "Upper limit to which the address space may grow."},
	{"store.readers", CONF_INT, 0, AT(store_readers), "512", .min = 16, .max = 8192,
		.help = "Maximum number of snapshots that are read at the same time, of all "
			"processes."},

	{"log.level", CONF_ENUM, CONF_RELOAD, AT(log_level), "info", .words = log_words,
		.help = "Lowest level written to standard error."},

	{"lifetimes.session", CONF_SECONDS, CONF_RELOAD, AT(session_lifetime), "12h",
		.min = 5 * MINUTE, .max = 30 * DAY, .help = "Maximum lifetime of a session."},
	{"lifetimes.session_idle", CONF_SECONDS, CONF_RELOAD, AT(session_idle), "30m",
		.min = 1 * MINUTE, .max = 30 * DAY,
		.help = "A session ends after this time without use."},
	{"lifetimes.login", CONF_SECONDS, CONF_RELOAD, AT(login_lifetime), "15m", .min = 1 * MINUTE,
		.max = 1 * HOUR, .help = "Time allowed to complete a login."},
	{"lifetimes.authorization_code", CONF_SECONDS, CONF_RELOAD, AT(authorization_code_lifetime),
		"60s", .min = 5, .max = 60, .help = "Lifetime of an authorization code."},
	{"lifetimes.access_token", CONF_SECONDS, CONF_RELOAD, AT(access_lifetime), "10m",
		.min = 1 * MINUTE, .max = 1 * DAY, .help = "Lifetime of an access token."},
	{"lifetimes.id_token", CONF_SECONDS, CONF_RELOAD, AT(id_token_lifetime), "10m",
		.min = 1 * MINUTE, .max = 1 * DAY, .help = "Lifetime of an ID token."},
	{"lifetimes.refresh_token", CONF_SECONDS, CONF_RELOAD, AT(refresh_lifetime), "12h",
		.min = 5 * MINUTE, .max = 365 * DAY,
		.help = "A refresh token expires after this time without use."},
	{"lifetimes.authorization", CONF_SECONDS, CONF_RELOAD, AT(authorization_lifetime), "30d",
		.min = 5 * MINUTE, .max = 365 * DAY,
		.help = "Maximum lifetime of an authorization: all refresh tokens issued from one "
			"authorization code expire after this time."},
	{"lifetimes.refresh_token_grace", CONF_SECONDS, CONF_RELOAD, AT(refresh_grace), "10s",
		.max = 60,
		.help = "A used refresh token is accepted again for this time, in case the "
			"response was lost, and yields the same successor."},

	{"limits.sessions_per_person", CONF_INT, CONF_RELOAD, AT(sessions_per_person), "20",
		.min = 1, .max = 100,
		.help = "Maximum number of sessions of one person; a further login ends the "
			"oldest."},
	{"limits.logins_per_minute", CONF_INT, CONF_RELOAD, AT(logins_per_minute), "1200",
		.min = 10, .max = 1000000,
		.help = "Logins allowed per minute from one IP address (IPv6: one /64); one whose "
			"request is over 4 KiB counts as several. Further requests get 429. Set it "
			"for your largest office behind one IP address."},

	{"limits.recovery_requests_per_minute", CONF_INT, CONF_RELOAD,
		AT(recovery_requests_per_minute), "20", .min = 1, .max = 100000,
		.help = "Recovery requests allowed per minute from one IP address (IPv6: one /64). "
			"Further requests get 429."},
	{"limits.refused_returns_per_minute", CONF_INT, CONF_RELOAD, AT(refused_returns_per_minute),
		"60", .min = 5, .max = 100000,
		.help = "Returns from ThaID or another provider per minute from one IP address "
			"(IPv6: one /64) whose code the provider refused. From an address with "
			"more, one return at a time is looked at until the minute is over."},
	{"limits.codes_per_session_and_minute", CONF_INT, CONF_RELOAD,
		AT(codes_per_session_and_minute), "300", .min = 10, .max = 1000000,
		.help = "Authorization codes issued per minute for one session, to all portals "
			"together. Further requests get temporarily_unavailable."},

	{"acr_levels", CONF_LIST, CONF_RELOAD, AT(levels), .max = 16, .item = &level_item,
		.help = "Levels that portals may request in acr_values, highest first. Default: "
			"urn:pratu:acr:high (2.3, 3), urn:pratu:acr:thaid (2.3, 2.2), "
			"urn:pratu:acr:basic (1.1, 1)."},
	{"policies", CONF_LIST, CONF_RELOAD, AT(policies), .max = 16, .item = &policy_item,
		.help = "Login policies. The first applies to systems that name none. Default: one "
			"policy named default, with every method that proves an "
			"identity: " METHODS_HERE "."},

	{"branding.organisation_th", CONF_STR, 0, AT(organisation_th), .max = 200,
		.help = "Name of the organisation that runs this provider, shown on every page, in "
			"Thai."},
	{"branding.organisation_en", CONF_STR, 0, AT(organisation_en), .max = 200,
		.help = "The same in English."},
	{"branding.support_name_th", CONF_STR, 0, AT(support_name_th), .max = 200,
		.help = "Name of the help desk, in Thai."},
	{"branding.support_name_en", CONF_STR, 0, AT(support_name_en), .max = 200,
		.help = "The same in English."},
	{"branding.support_phone", CONF_STR, 0, AT(support_phone), .max = 60,
		.help = "Telephone number of the help desk."},
	{"branding.support_email", CONF_STR, 0, AT(support_email), .max = 254,
		.help = "Email address of the help desk."},
	{"branding.support_hours_th", CONF_STR, 0, AT(support_hours_th), .max = 200,
		.help = "Opening hours of the help desk, in Thai."},
	{"branding.support_hours_en", CONF_STR, 0, AT(support_hours_en), .max = 200,
		.help = "The same in English."},
	{"branding.privacy_url", CONF_STR, 0, AT(privacy_url), .max = 2048,
		.help = "URL of the privacy notice, linked on every page."},
	{"branding.demonstration", CONF_BOOL, 0, AT(demonstration), "false",
		.help = "true: every page says that this is a demonstration and not the real "
			"service."},

	{"http_client.ca_file", CONF_PATH, 0, AT(http_ca_file), .max = 4096,
		.help = "PEM bundle of the certification authorities trusted for upstreams; empty: "
			"the system's bundle."},
	{"outgoing.private_networks", CONF_STRLIST, 0, AT(outgoing_networks),
		.max = OUTGOING_NETWORKS_MAX,
		.help = "IP addresses or networks (ADDRESS or ADDRESS/BITS) inside your own "
			"network "
			"that Pratu may call where a portal names them: jwks_uri, logout and "
			"notification endpoints. Each is loopback, private (RFC 1918), shared (RFC "
			"6598) or unique local (RFC 4193); list only those where portals are. "
			"Empty: public addresses only. A loopback address here allows plain http "
			"to "
			"it, for tests."},
};

#define MODULE_ROWS 512 /* options of all modules */

/* Where the settings of a module are in the values: behind ours, in the order of the modules. */
size_t config_module_offset(const struct module *m)
{
	size_t at = sizeof(struct config_values);

	for (size_t i = 0; all_modules[i] && all_modules[i] != m; i++)
		at += (all_modules[i]->settings_size + 15) & ~(size_t)15;
	return (at + 15) & ~(size_t)15;
}

/* The options of the modules; *size grows by their structs. Returns their number. */
static size_t add_modules(struct conf_option *rows, size_t *size)
{
	size_t n = 0;

	for (size_t m = 0; all_modules[m]; m++) {
		const struct conf_option *o = all_modules[m]->options;

		for (; o && o->path; o++, n++) {
			if (n == MODULE_ROWS)
				die("config: the modules have too many options");
			rows[n] = *o;
			rows[n].offset += config_module_offset(all_modules[m]);
		}
		*size = config_module_offset(all_modules[m]) + all_modules[m]->settings_size;
	}
	return n;
}

#define HELP_MAX 600 /* bytes of a help text with the names of the methods */

/* What the methods that a help text names must be able to do. */
static const struct {
	const char *path;
	unsigned can; /* enum auth_capability bits */
} method_helps[] = {
	{"primary", AUTH_IDENTIFY},
	{"second_factor.methods", AUTH_CONFIRM},
	{"policies", AUTH_IDENTIFY | AUTH_PROOF},
};

/* Writes the names of the methods into the help text of a row that names them. */
static void name_methods(struct conf_option *row, unsigned can, char help[static HELP_MAX])
{
	const char *here = strstr(row->help, METHODS_HERE);
	char names[METHOD_NAMES_MAX];

	if (!here)
		die("config: a help text does not name the methods");
	snprintf(help, HELP_MAX, "%.*s%s%s", (int)(here - row->help), row->help,
		modules_method_names(all_modules, can, names), here + strlen(METHODS_HERE));
	row->help = help;
}

static void name_all_methods(struct conf_option *rows, size_t n)
{
	static char helps[ARRAY_LEN(method_helps)][HELP_MAX];

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ARRAY_LEN(method_helps); k++)
			if (!strcmp(rows[i].path, method_helps[k].path))
				name_methods(&rows[i], method_helps[k].can, helps[k]);
}

const struct conf_item *config_table(void)
{
	static struct conf_option all[ARRAY_LEN(options) + MODULE_ROWS];
	static struct conf_item table = {sizeof(struct config_values), all, 0};
	const size_t n = ARRAY_LEN(options);

	if (table.n_options)
		return &table;
	memcpy(policy_rows, policy_options, sizeof(policy_options));
	name_all_methods(policy_rows, ARRAY_LEN(policy_rows));
	memcpy(all, options, sizeof(options));
	name_all_methods(all, n);
	table.n_options = n + add_modules(all + n, &table.size);
	return &table;
}
