/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_CONFIG_H
#define PRATU_MAIN_CONFIG_H

/*
 * The configuration of the program: one table of options (config_options.c), read by conf/conf.h
 * into struct config_values, checked as a whole and turned into what the parts want to have.
 *
 * A struct config lives until config_free and is read-only: any thread.
 */
#include "conf/conf.h"
#include "obs/log.h"
#include "base/secret.h"
#include "core/settings.h"

/* What belongs to no module; members in the order of the table. Times are seconds. */
struct config_values {
	struct str issuer;
	struct secret *master_key;

	struct str server_address;
	int64_t server_port, event_threads, workers, worker_queue;
	int64_t connections, connections_per_ip, bodies;
	int64_t idle_timeout, head_timeout, stop_timeout;
	struct strlist hosts, trusted_proxies;
	struct str tls_cert_file, tls_key_file;
	struct str management_address;
	int64_t management_port;
	struct strlist management_hosts;

	struct str store_directory;
	int64_t store_map, store_map_max, store_readers;

	int log_level; /* enum log_level */

	int64_t session_lifetime, session_idle, sessions_per_person, logins_per_minute;
	int64_t recovery_requests_per_minute, refused_returns_per_minute;
	int64_t codes_per_session_and_minute;
	int64_t login_lifetime, authorization_code_lifetime, access_lifetime, id_token_lifetime;
	int64_t refresh_lifetime, authorization_lifetime, refresh_grace;

	struct conf_list levels;   /* struct level */
	struct conf_list policies; /* struct login_policy */

	struct str organisation_th, organisation_en;
	struct str support_name_th, support_name_en, support_phone, support_email;
	struct str support_hours_th, support_hours_en;
	struct str privacy_url;
	bool demonstration;

	struct str http_ca_file;
	struct strlist outgoing_networks;
};

struct config {
	struct conf *conf;
	const struct config_values *v;
	struct arena *arena; /* of what is made here */
	struct settings settings;
	char *path;           /* of the file, as given */
	struct buf warnings;  /* a line each: what runs, and should be otherwise */
	struct config *older; /* the owner's: a list */
};

#define CONFIG_PATH_DEFAULT "/etc/pratu/pratu.yaml"
#define CONFIG_ERRORS_BYTES 65536u

/* Our own rows and those of the modules. Made at the first call, which comes before any thread. */
const struct conf_item *config_table(void);
struct module;
/* Inside of src/main. */
size_t config_module_offset(const struct module *m);

/* Errors as in conf/conf.h; those of several options have no line. */
MUST_USE enum rc config_load(const char *path, struct buf *errors, struct config **ret);
void config_free(struct config *c); /* NULL is fine */

/* Rules over several options, each adding its lines to errors or warnings. Inside src/main. */
void config_check(const struct config *c, struct buf *errors, struct buf *warnings);

#endif
